//! Patterns of resources in `Resource` and `NotResource`.

use std::fmt;

/// A pattern of ARNs: six segments, each of which can contain `*` and `?`.
///
/// A wildcard never crosses one of the first five colons, and the sixth segment keeps its own colons. A pattern with
/// fewer segments is padded with `*`, as IAM does for identity policies. `*` alone stands for everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourcePattern {
    text: String,
    /// Where each of the first five segments ends, since a pattern is taken apart far more often than it is read.
    ends: [u32; 5],
}

impl ResourcePattern {
    /// The pattern with this text. Every text is a pattern; a text that is not an ARN or `*` matches nothing.
    #[must_use]
    pub fn new(text: String) -> Self {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let mut ends = [end; 5];
        for (slot, (colon, _)) in ends.iter_mut().zip(text.match_indices(':')) {
            *slot = u32::try_from(colon).unwrap_or(u32::MAX);
        }
        Self { text, ends }
    }

    /// As written in the document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The six segments, missing ones as `*`.
    #[must_use]
    pub fn segments(&self) -> [&str; 6] {
        let mut segments = ["*"; 6];
        let mut start = Some(0);
        for (index, segment) in segments.iter_mut().enumerate() {
            let Some(from) = start else { break };
            let end = self.ends.get(index).and_then(|end| usize::try_from(*end).ok()).unwrap_or(self.text.len());
            *segment = self.text.get(from..end).unwrap_or_default();
            start = (end < self.text.len()).then_some(end + 1);
        }
        segments
    }

    /// Whether every resource of some partition matches: `*`, or an ARN of nothing but wildcards after the partition.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        let [prefix, partition, rest @ ..] = self.segments();
        crate::glob::matches(prefix, "arn") && !partition.is_empty() && rest.into_iter().all(only_stars)
    }

    /// Whether `resource` matches: an ARN, or `*` for an action without resources, which only `*` covers.
    ///
    /// Policy variables are taken as literal text here.
    #[must_use]
    pub fn matches(&self, resource: &str) -> bool {
        let segments = self.segments();
        self.matches_with(resource, segments[5])
    }

    /// As [`Self::matches`], with the sixth segment replaced, as after the expansion of its variables.
    pub(crate) fn matches_with(&self, resource: &str, last: &str) -> bool {
        if only_stars(&self.text) {
            return true;
        }
        let [arn, partition, service, region, account, _] = self.segments();
        let mut parts = resource.splitn(6, ':');
        let mut next = |pattern: &str| parts.next().is_some_and(|part| crate::glob::matches(pattern, part));
        [arn, partition, service, region, account, last].into_iter().all(&mut next)
    }
}

/// Whether a pattern is one or more `*`.
pub(crate) fn only_stars(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*')
}

impl AsRef<str> for ResourcePattern {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ResourcePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::ResourcePattern;

    fn pattern(text: &str) -> ResourcePattern {
        ResourcePattern::new(text.to_owned())
    }

    #[test]
    fn a_star_does_not_cross_a_segment() {
        assert!(!pattern("arn:aws:iam::*:role/x").matches("arn:aws:iam::1:role/a:role/x"));
        assert!(pattern("arn:aws:s3:::b/*").matches("arn:aws:s3:::b/c/d:e"));
        assert!(!pattern("arn:aws:s3:*:b").matches("arn:aws:s3:::b"));
    }

    #[test]
    fn short_patterns_are_padded() {
        assert!(pattern("arn:aws:s3*").matches("arn:aws:s3:::b"));
        assert!(pattern("arn:*").matches("arn:aws:s3:::b"));
        assert!(!pattern("x").matches("arn:aws:s3:::b"));
    }

    #[test]
    fn everything_is_recognised_however_it_is_spelled() {
        for text in ["*", "**", "arn:*", "arn:aws:*:*:*:*", "a?n:*", "*:*:*:*:*:*"] {
            assert!(pattern(text).is_everything(), "{text}");
        }
        for text in ["arn:aws:s3:::*", "arn:aws:*:*:*:?*", "x*", "arn:aws:*:eu-west-1:*:*"] {
            assert!(!pattern(text).is_everything(), "{text}");
        }
    }

    #[test]
    fn only_a_star_covers_an_action_without_resources() {
        assert!(pattern("*").matches("*"));
        assert!(!pattern("arn:aws:s3:::*").matches("*"));
    }
}
