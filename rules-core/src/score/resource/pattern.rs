//! Patterns of resources taken apart, and compared with each other.

use crate::policy::ResourcePattern;
use crate::score::compile::principal::Own;

/// The six segments of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segments<'g> {
    pub(crate) parts: [&'g str; 6],
    /// Whether the pattern names what is the holder's own.
    pub(crate) own: Own,
}

impl<'g> From<&'g ResourcePattern> for Segments<'g> {
    fn from(pattern: &'g ResourcePattern) -> Self {
        Self { parts: pattern.segments(), own: Own::No }
    }
}

impl<'g> From<(&'g ResourcePattern, Own)> for Segments<'g> {
    fn from((pattern, own): (&'g ResourcePattern, Own)) -> Self {
        Self { parts: pattern.segments(), own }
    }
}

impl<'g> Segments<'g> {
    /// The service that the pattern names.
    pub(crate) fn service(&self) -> &'g str {
        let [_, _, service, ..] = self.parts;
        service
    }

    /// What the last segment begins with, up to its first wildcard.
    pub(crate) fn beginning(&self) -> &'g str {
        let [.., last] = self.parts;
        last.split(['*', '?']).next().unwrap_or_default()
    }

    /// Whether an ARN of these segments matches.
    pub(crate) fn match_all(&self, arn: &[&str; 6]) -> bool {
        self.parts.iter().zip(arn).all(|(pattern, segment)| crate::glob::matches(pattern, segment))
    }

    /// Whether nothing matches both patterns, as far as their literal beginnings and ends tell.
    pub(crate) fn are_apart(&self, other: &Self) -> bool {
        self.parts.iter().zip(other.parts).any(|(one, other)| literals_differ(one.as_bytes(), other.as_bytes()))
    }

    /// The pattern of what matches both, where of each segment one pattern takes in whatever the other does.
    pub(crate) fn meet(&self, other: &Self) -> Option<Self> {
        let mut both = *self;
        if other.own == Own::Folder {
            both.own = Own::Folder;
        }
        for (own, others) in both.parts.iter_mut().zip(other.parts) {
            if takes_in(own, others) {
                *own = others;
            } else if !takes_in(others, own) {
                return None;
            }
        }
        Some(both)
    }

    /// Whether the pattern matches whatever `other` matches; not found out in every case.
    pub(crate) fn takes_in(&self, other: &Self) -> bool {
        self.parts.iter().zip(other.parts).all(|(own, others)| takes_in(own, others))
    }
}

/// Whether one pattern matches whatever the other does: then it matches the text of that, too. A `?` also matches the
/// text of a `*`, which stands for more.
fn takes_in(one: &str, other: &str) -> bool {
    one == "*" || one == other || (!one.contains('?') && crate::glob::matches(one, other))
}

/// Whether two patterns differ before their first wildcards or behind their last ones.
fn literals_differ(one: &[u8], other: &[u8]) -> bool {
    let is_wild = |byte: &u8| matches!(byte, b'*' | b'?');
    let differ = |(one, other): (&u8, &u8)| one != other;
    let literal = |pair: &(&u8, &u8)| !is_wild(pair.0) && !is_wild(pair.1);
    one.iter().zip(other).take_while(literal).any(differ)
        || one.iter().rev().zip(other.iter().rev()).take_while(literal).any(differ)
        || (one.len() != other.len() && !one.iter().chain(other).any(is_wild))
}

#[cfg(test)]
mod tests {
    use super::Segments;
    use crate::policy::ResourcePattern;

    #[test]
    fn patterns_meet_segment_by_segment() {
        for (one, other, both) in [
            ("arn:aws:s3:::*", "arn:*:s3:::app-*", Some("arn:aws:s3:::app-*")),
            ("arn:aws:ec2:eu-*:*:*", "arn:aws:*:eu-west-1:1:instance/*", Some("arn:aws:ec2:eu-west-1:1:instance/*")),
            ("arn:aws:s3:::app-*", "arn:aws:s3:::*-logs", None),
            ("arn:aws:s3:::?", "arn:aws:s3:::*", Some("arn:aws:s3:::?")),
            ("arn:aws:s3:::a?", "arn:aws:s3:::a*", Some("arn:aws:s3:::a?")),
            ("arn:aws:s3:::??", "arn:aws:s3:::a?", None),
        ] {
            let patterns = [one, other].map(|text| ResourcePattern::new(text.to_owned()));
            let [one, other] = patterns.each_ref().map(Segments::from);
            for met in [one.meet(&other), other.meet(&one)] {
                assert_eq!(met.map(|segments| segments.parts.join(":")).as_deref(), both);
            }
        }
    }

    #[test]
    fn patterns_are_apart_by_their_literals() {
        for (one, other, apart) in [
            ("arn:aws:s3:::app-*", "arn:aws:s3:::web-*", true),
            ("arn:aws:s3:::*-app", "arn:aws:s3:::*-web", true),
            ("arn:aws:s3:::app", "arn:aws:s3:::apps", true),
            ("arn:aws:s3:::app*", "arn:aws:s3:::apps", false),
            ("arn:aws:s3:::a*b", "arn:aws:s3:::*", false),
            ("arn:aws:s3:::*", "arn:aws:sqs:::*", true),
        ] {
            let patterns = [one, other].map(|text| ResourcePattern::new(text.to_owned()));
            let [one, other] = patterns.each_ref().map(Segments::from);
            assert_eq!((one.are_apart(&other), other.are_apart(&one)), (apart, apart), "{one:?} {other:?}");
        }
    }
}
