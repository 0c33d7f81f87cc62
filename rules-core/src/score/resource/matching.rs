//! How much of a template a pattern matches.

use super::extents::{Breadth, Extent, Extents};
use super::pattern::Segments;
use super::scale::Scale;
use super::template::{Template, Token, Variable, VariableKind};
use crate::score::compile::principal::Own;
use crate::score::share::Share;

impl Template {
    /// How much of the template a pattern matches at most; none when it matches no resource of this type.
    pub(crate) fn widest(&self, pattern: &Segments<'_>, scale: Scale) -> Option<Breadth> {
        // The service tells most types apart, and it is a literal in almost all templates.
        let named = pattern.service();
        if self.service().is_some_and(|service| service != named && !crate::glob::matches(named, service)) {
            return None;
        }
        let pattern = self.read(pattern);
        // And so does the resource's beginning or end.
        let ([.., tokens], [.., resource]) = (&self.segments, &pattern.parts);
        if literals_differ(tokens, resource.as_bytes()) {
            return None;
        }
        let walk = Walk { scale, names_are_never_empty: self.names_are_never_empty };
        let mut extents = Extents::default();
        for (tokens, segment) in self.segments.iter().zip(pattern.parts) {
            extents = walk.widest_in_segment(tokens, segment.as_bytes(), extents)?;
        }
        if pattern.own == Own::Folder {
            extents = self.names_narrowed(extents);
        }
        Some(Breadth { share: self.share(extents, scale), extents })
    }

    /// Whether some resource of the template ends as a pattern of the last segment says.
    pub(crate) fn matches_last(&self, last: &str) -> bool {
        let walk = Walk { scale: Scale::LIKE_FOR_LIKE, names_are_never_empty: self.names_are_never_empty };
        let [.., tokens] = &self.segments;
        walk.widest_in_segment(tokens, last.as_bytes(), Extents::default()).is_some()
    }

    /// Whether every resource matches a pattern, whatever values its variables have.
    pub(crate) fn is_within(&self, pattern: &Segments<'_>) -> bool {
        self.segments.iter().zip(self.read(pattern).parts).all(|(tokens, segment)| match tokens.as_slice() {
            _ if segment == "*" => true,
            [] => crate::policy::only_stars(segment) || segment.is_empty(),
            [Token::Literal(text)] => crate::glob::matches(segment, text),
            [Token::Variable(_)] => crate::policy::only_stars(segment),
            tokens => covers(tokens, segment.as_bytes()),
        })
    }
}

/// How a pattern is held against tokens.
#[derive(Clone, Copy)]
struct Walk {
    scale: Scale,
    names_are_never_empty: bool,
}

impl Walk {
    /// The widest extents in which a segment's pattern matches its tokens, starting from the extents of the segments before.
    ///
    /// Walks the tokens, keeping the places in the pattern that they can lead to, each with the widest way there.
    fn widest_in_segment(self, tokens: &[Token], pattern: &[u8], before: Extents) -> Option<Extents> {
        // What most patterns of most segments are: a wildcard, a literal, or a partition, which is free.
        match tokens {
            [] if pattern.is_empty() => return Some(before),
            [Token::Variable(Variable { kind: VariableKind::Partition, .. })] if !pattern.is_empty() => {
                return Some(before);
            }
            [Token::Literal(text)] if !pattern.contains(&b'*') && !pattern.contains(&b'?') => {
                return (text.as_bytes() == pattern).then_some(before);
            }
            _ if pattern == b"*" => return Some(before),
            _ => {}
        }
        if literals_differ(tokens, pattern) {
            return None;
        }
        let mut places = Places::default();
        places.reach(0, Breadth { share: Share::WHOLE, extents: before }, pattern);
        let mut next = Places::default();
        for token in tokens {
            match token {
                Token::Literal(text) => {
                    for byte in text.bytes() {
                        places.step(byte, pattern, &mut next);
                        std::mem::swap(&mut places, &mut next);
                    }
                }
                Token::Variable(variable) => {
                    places.fill(self, variable, pattern, &mut next);
                    std::mem::swap(&mut places, &mut next);
                }
            }
        }
        let (end, breadth) = places.0.last()?;
        (*end == pattern.len()).then_some(breadth.extents)
    }
}

/// Places in a pattern in order, each with the greatest breadth that leads there; its share is that within the segment.
#[derive(Default)]
struct Places(Vec<(usize, Breadth)>);

impl Places {
    /// Adds a place, and those behind it that a `*` matching nothing leads to.
    fn reach(&mut self, mut place: usize, breadth: Breadth, pattern: &[u8]) {
        loop {
            self.keep_wider(place, breadth);
            if pattern.get(place) != Some(&b'*') {
                break;
            }
            place += 1;
        }
    }

    fn keep_wider(&mut self, place: usize, breadth: Breadth) {
        // Places come almost in order.
        let at = self.0.iter().rposition(|(other, _)| *other <= place);
        match at.and_then(|at| self.0.get_mut(at)) {
            Some((other, kept)) if *other == place => *kept = breadth.max(*kept),
            _ => self.0.insert(at.map_or(0, |at| at + 1), (place, breadth)),
        }
    }

    /// The places behind one byte.
    fn step(&self, byte: u8, pattern: &[u8], next: &mut Self) {
        next.0.clear();
        for (place, breadth) in &self.0 {
            match pattern.get(*place) {
                Some(b'*') => next.reach(*place, *breadth, pattern),
                Some(wanted) if *wanted == b'?' || *wanted == byte => next.reach(place + 1, *breadth, pattern),
                _ => {}
            }
        }
    }

    /// The places behind a variable, which is filled to each extent.
    fn fill(&self, walk: Walk, variable: &Variable, pattern: &[u8], next: &mut Self) {
        next.0.clear();
        let narrowed = |breadth: Option<Breadth>, extent: Extent| {
            let Breadth { share, extents } = breadth?;
            let share = share.percent(variable.percent(extent, walk.scale)?);
            Some(Breadth { share, extents: extents.with(variable.slot, extent) })
        };
        // The greatest breadths so far: from anywhere (one value), past a star (some values), and past a star in the run of
        // wildcards that goes on (any value; a run of fresh characters needs a star and is matched by nothing but wildcards).
        let (mut from_anywhere, mut past_a_star, mut in_run, mut past_star_in_run) = (None, None, None, None);
        let mut sources = self.0.iter().peekable();
        let Some((first, _)) = self.0.first() else { return };
        for place in *first..=pattern.len() {
            let byte = pattern.get(place);
            // Of a value that has yet to begin, nothing has been read: it may be empty, if that is a value at all. A `*` that
            // goes on has room for one.
            let begins_here = sources.next_if(|(source, _)| *source == place).map(|(_, breadth)| *breadth);
            let (mut begun, may_be_empty) = (from_anywhere, !walk.names_are_never_empty || byte == Some(&b'*'));
            if may_be_empty {
                begun = begun.max(begins_here);
            }
            from_anywhere = from_anywhere.max(begins_here);
            in_run = in_run.max(begins_here);
            if byte == Some(&b'*') {
                past_a_star = from_anywhere;
                past_star_in_run = in_run;
            }
            let any = narrowed(past_star_in_run, Extent::Any);
            let some = narrowed(past_a_star, Extent::Some);
            if let Some(breadth) = any.max(some).max(narrowed(begun, Extent::One)) {
                next.0.push((place, breadth));
            }
            if !matches!(byte, Some(b'*' | b'?')) {
                (in_run, past_star_in_run) = (None, None);
            }
            // A value cannot take in the character that ends it.
            if byte.is_some() && byte == variable.stop.as_ref() {
                (from_anywhere, past_a_star) = (None, None);
            }
        }
    }
}

/// Whether a pattern differs from its tokens before its first `*` or behind its last: that settles most of them.
fn literals_differ(tokens: &[Token], pattern: &[u8]) -> bool {
    let differ = |(wanted, byte): (&u8, u8)| !matches!(wanted, b'*' | b'?') && *wanted != byte;
    let begins_otherwise = match tokens {
        [Token::Literal(text), ..] => {
            pattern.iter().take_while(|wanted| **wanted != b'*').zip(text.bytes()).any(differ)
        }
        _ => false,
    };
    begins_otherwise
        || match tokens {
            [.., Token::Literal(text)] => {
                pattern.iter().rev().take_while(|wanted| **wanted != b'*').zip(text.bytes().rev()).any(differ)
            }
            _ => false,
        }
}

/// Whether a segment's pattern matches its tokens whatever values the variables have: only a `*` takes in any value.
fn covers(tokens: &[Token], pattern: &[u8]) -> bool {
    let pass_stars = |places: &mut Vec<bool>| {
        for (index, byte) in pattern.iter().enumerate() {
            if let (b'*', Some([here, next])) = (byte, places.get_mut(index..index + 2)) {
                *next |= *here;
            }
        }
    };
    let mut places = vec![false; pattern.len() + 1];
    if let Some(first) = places.first_mut() {
        *first = true;
    }
    pass_stars(&mut places);
    let mut advance = |accepts: &dyn Fn(u8) -> bool| {
        let mut next = vec![false; places.len()];
        for (index, (_, wanted)) in places.iter().zip(pattern).enumerate().filter(|(_, (here, _))| **here) {
            let target = if *wanted == b'*' { index } else { index + 1 };
            if let Some(slot) = next.get_mut(target) {
                *slot |= accepts(*wanted);
            }
        }
        pass_stars(&mut next);
        places = next;
    };
    for token in tokens {
        match token {
            Token::Literal(text) => {
                text.bytes().for_each(|byte| advance(&|wanted| matches!(wanted, b'*' | b'?') || wanted == byte));
            }
            Token::Variable(_) => advance(&|wanted| wanted == b'*'),
        }
    }
    places.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::{Breadth, Extent, Scale, Segments, Template};
    use crate::policy::ResourcePattern;
    use crate::score::definition::ScoreVersion;

    const OBJECT: &str = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
    const INSTANCE: &str = "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}";

    fn extents(template: &'static str, pattern: &str) -> Option<Vec<Extent>> {
        let definition = ScoreVersion::V2.definition();
        let template = Template::parse(template, definition);
        let Breadth { extents, .. } =
            template.widest(&Segments::from(&ResourcePattern::new(pattern.to_owned())), Scale::sum(definition))?;
        Some(template.variables().filter_map(|variable| variable.slot).map(|slot| extents.of(slot)).collect())
    }

    #[test]
    fn buckets_and_objects() {
        use Extent::{Any, One, Some as Part};
        for (pattern, expected) in [
            ("*", [Any, Any]),
            ("arn:aws:s3:::*", [Any, Any]),
            ("arn:aws:s3:::b/*", [One, Any]),
            ("arn:aws:s3:::b/c", [One, One]),
            ("arn:aws:s3:::b/c/*", [One, Part]),
            ("arn:aws:s3:::app-*", [Part, Any]),
            ("arn:aws:s3:::app-*/*", [Part, Any]),
            ("arn:aws:s3:::*/x", [Any, Part]),
            ("arn:aws:s3:::??*/*", [Any, Any]),
            ("arn:aws:s3:::b/????", [One, One]),
        ] {
            assert_eq!(extents(OBJECT, pattern), Some(expected.to_vec()), "{pattern}");
        }
        assert_eq!(extents(OBJECT, "arn:aws:s3:::b"), None);
        assert_eq!(extents(OBJECT, "arn:aws:s3:::b/"), None);
        assert_eq!(extents(OBJECT, "arn:aws:sqs:::b/*"), None);
    }

    #[test]
    fn regions_and_accounts() {
        use Extent::{Any, One, Some as Part};
        assert_eq!(extents(INSTANCE, "arn:aws:ec2:*:*:instance/*"), Some(vec![Any, Any, Any]));
        assert_eq!(extents(INSTANCE, "arn:aws:ec2:eu-*:111122223333:instance/i-*"), Some(vec![One, One, Part]));
        assert_eq!(extents(INSTANCE, "arn:aws:ec2:*:*:volume/*"), None);
        assert_eq!(extents(INSTANCE, "arn:aws:ec2:*:*:*"), Some(vec![Any, Any, Any]));
        for blank in ["arn:aws:ec2:::instance/*", "arn:aws:ec2::1:instance/*", "arn:aws:ec2:eu-west-1::instance/*"] {
            assert_eq!(extents(INSTANCE, blank), None);
        }
    }
}
