//! How much of a resource type a pattern reaches.
//!
//! An ARN template such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}` has variables. A *cell* says of each one
//! whether a pattern takes any value of it, some unbounded part of them, or one. The values are not enumerated: "any" is
//! a fresh text that no policy can name, so a pattern takes any value exactly when it matches that text.

use std::sync::OnceLock;

use super::amount::{ONE, percent_of};
use crate::catalogue::{RESOURCE_TYPE_COUNT, ResourceTypeIndex};
use crate::policy::ResourcePattern;

/// The most variables of a template that are told apart; further ones count as freely reached.
const MAX_VARIABLES: u32 = 16;

/// How much of a variable's values is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// Any value.
    Any,
    /// Infinitely many, but not any: a prefix, say.
    Some,
    /// At least one.
    One,
}

impl Extent {
    /// From the widest to the narrowest.
    pub(super) const ALL: [Self; 3] = [Self::Any, Self::Some, Self::One];

    fn bits(self) -> u32 {
        match self {
            Self::Any => 0,
            Self::Some => 1,
            Self::One => 2,
        }
    }
}

/// The extents of a template's variables in order, two bits each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Cell(u32);

impl Cell {
    pub(super) fn with(self, variable: &Variable, extent: Extent) -> Self {
        match variable.slot {
            Some(slot) => Self(self.0 | extent.bits() << (2 * slot)),
            None => self,
        }
    }

    pub(super) fn extent(self, slot: u32) -> Extent {
        match self.0 >> (2 * slot) & 3 {
            0 => Extent::Any,
            1 => Extent::Some,
            _ => Extent::One,
        }
    }
}

/// An ARN template, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) segments: [Vec<Token>; 6],
    /// The share that is left when every variable has one value.
    pub(super) narrowest: u32,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub(super) enum Token {
    Literal(&'static str),
    Variable(Variable),
}

/// A variable of a template.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) kind: VariableKind,
    /// Its place in a [`Cell`]; none for the partition and for variables beyond those told apart.
    pub(super) slot: Option<u32>,
    /// The character that comes next in the template, which no value holds: a bucket's name has no `/`.
    pub(super) stop: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VariableKind {
    /// Free: it never narrows.
    Partition,
    Region,
    Account,
    Other,
}

impl Variable {
    /// What share of the whole an extent leaves, in percent; none for an extent the variable does not have.
    pub(super) fn percent(&self, extent: Extent) -> Option<u32> {
        match (self.kind, extent) {
            (VariableKind::Partition, Extent::One) => Some(100),
            (VariableKind::Partition, _) => None,
            _ if self.slot.is_none() => (extent == Extent::One).then_some(100),
            (_, Extent::Any) => Some(100),
            (VariableKind::Region, Extent::One) => Some(85),
            (VariableKind::Account, Extent::One) => Some(90),
            (VariableKind::Region | VariableKind::Account, Extent::Some) => None,
            (VariableKind::Other, Extent::Some) => Some(25),
            (VariableKind::Other, Extent::One) => Some(3),
        }
    }
}

impl Template {
    pub(super) fn parse(text: &'static str) -> Self {
        let mut segments: [Vec<Token>; 6] = Default::default();
        let mut slots = 0..MAX_VARIABLES;
        for (index, (segment, tokens)) in text.splitn(6, ':').zip(&mut segments).enumerate() {
            let mut rest = segment;
            while let Some((literal, after)) = rest.split_once("${") {
                let Some((name, tail)) = after.split_once('}') else { break };
                if !literal.is_empty() {
                    tokens.push(Token::Literal(literal));
                }
                let kind = match (index, name) {
                    (1, _) => VariableKind::Partition,
                    (3, _) => VariableKind::Region,
                    (4, _) => VariableKind::Account,
                    _ => VariableKind::Other,
                };
                let slot = if kind == VariableKind::Partition { None } else { slots.next() };
                tokens.push(Token::Variable(Variable {
                    name,
                    kind,
                    slot,
                    stop: tail.bytes().next().filter(|byte| *byte != b'$'),
                }));
                rest = tail;
            }
            if !rest.is_empty() {
                tokens.push(Token::Literal(rest));
            }
        }
        let mut template = Self { segments, narrowest: ONE };
        template.narrowest = template
            .variables()
            .fold(ONE, |share, variable| percent_of(share, variable.percent(Extent::One).unwrap_or(100)));
        template
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.segments.iter().flatten().filter_map(|token| match token {
            Token::Variable(variable) => Some(variable),
            Token::Literal(_) => None,
        })
    }

    /// The share that a cell leaves.
    pub(super) fn share(&self, cell: Cell) -> u32 {
        self.variables().fold(ONE, |share, variable| match variable.slot {
            Some(slot) => percent_of(share, variable.percent(cell.extent(slot)).unwrap_or(100)),
            None => share,
        })
    }

    /// The widest cell that `pattern` reaches, with its share; none when it reaches nothing of this type.
    pub(super) fn widest(&self, pattern: &ResourcePattern) -> Option<(u32, Cell)> {
        let segments = pattern.segments();
        // The service tells most types apart, and it is a literal in almost all templates.
        if let ([Token::Literal(service)], named) = (self.segments[2].as_slice(), segments[2]) {
            if named != "*" && named != *service && !crate::glob::matches(named, service) {
                return None;
            }
        }
        let mut cell = Cell::default();
        for (tokens, segment) in self.segments.iter().zip(segments) {
            cell = widest_in_segment(tokens, segment.as_bytes(), cell)?;
        }
        Some((self.share(cell), cell))
    }
}

/// The templates of a resource type, taken apart once.
pub(super) fn templates(resource_type: ResourceTypeIndex) -> &'static [Template] {
    static TEMPLATES: [OnceLock<Box<[Template]>>; RESOURCE_TYPE_COUNT] =
        [const { OnceLock::new() }; RESOURCE_TYPE_COUNT];
    let parse = || resource_type.arn_templates().map(Template::parse).collect();
    TEMPLATES.get(resource_type.position()).map_or(&[], |templates| templates.get_or_init(parse))
}

/// The widest cell in which a segment's pattern matches its tokens, starting from the cell of the segments before.
///
/// Walks the pattern once for each token, keeping for each place in the pattern the widest way to get there.
fn widest_in_segment(tokens: &[Token], pattern: &[u8], before: Cell) -> Option<Cell> {
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
    // A literal beginning that differs settles most of the rest.
    if let [Token::Literal(text), ..] = tokens {
        let differs = |(wanted, byte): (&u8, u8)| !matches!(wanted, b'*' | b'?') && *wanted != byte;
        let mut literal = pattern.iter().zip(text.bytes()).take_while(|(wanted, _)| **wanted != b'*');
        if literal.any(differs) {
            return None;
        }
    }
    let mut places: Vec<Way> = vec![None; pattern.len() + 1];
    if let Some(first) = places.first_mut() {
        *first = Some((ONE, before));
    }
    close(&mut places, pattern);
    for token in tokens {
        places = match token {
            Token::Literal(text) => text.bytes().fold(places, |places, byte| {
                let mut next = step(&places, pattern, byte);
                close(&mut next, pattern);
                next
            }),
            Token::Variable(variable) => fill(&places, pattern, variable),
        };
    }
    places.pop().flatten().map(|(_, cell)| cell)
}

/// The widest way to a place in a pattern: its share within the segment, and its cell.
type Way = Option<(u32, Cell)>;

/// The wider of two ways; of equally wide ones the one with the smaller cell, so that the answer does not depend on order.
fn wider(one: Way, other: Way) -> Way {
    match (one, other) {
        (Some((share, cell)), Some((other_share, other_cell))) => {
            if (other_share, std::cmp::Reverse(other_cell)) > (share, std::cmp::Reverse(cell)) { other } else { one }
        }
        (one, None) => one,
        (None, other) => other,
    }
}

/// A `*` may match nothing: its place and the next are one.
fn close(places: &mut [Way], pattern: &[u8]) {
    for (index, byte) in pattern.iter().enumerate() {
        if *byte == b'*' {
            if let Some([here, next]) = places.get_mut(index..index + 2) {
                *next = wider(*next, *here);
            }
        }
    }
}

fn step(places: &[Way], pattern: &[u8], byte: u8) -> Vec<Way> {
    let mut next = vec![None; places.len()];
    for (index, (way, wanted)) in places.iter().zip(pattern).enumerate() {
        let target = match wanted {
            b'*' => index,
            b'?' => index + 1,
            wanted if *wanted == byte => index + 1,
            _ => continue,
        };
        if let Some(slot) = next.get_mut(target) {
            *slot = wider(*slot, *way);
        }
    }
    next
}

/// What becomes of the places when a variable is filled, to each extent.
fn fill(places: &[Way], pattern: &[u8], variable: &Variable) -> Vec<Way> {
    let narrowed = |way: Way, extent: Extent| -> Way {
        let (share, cell) = way?;
        Some((percent_of(share, variable.percent(extent)?), cell.with(variable, extent)))
    };
    let mut next = vec![None; places.len()];
    // The widest ways seen so far: from anywhere (one value), past a star (some values), and past a star in the run of
    // wildcards that goes on (any value; a run of fresh characters needs a star and is matched by nothing but wildcards).
    let (mut from_anywhere, mut past_a_star, mut in_run, mut past_star_in_run): (Way, Way, Way, Way) =
        Default::default();
    for (index, slot) in next.iter_mut().enumerate() {
        let byte = pattern.get(index);
        from_anywhere = wider(from_anywhere, places.get(index).copied().flatten());
        in_run = wider(in_run, places.get(index).copied().flatten());
        if byte == Some(&b'*') {
            past_a_star = from_anywhere;
            past_star_in_run = in_run;
        }
        *slot = wider(*slot, narrowed(past_star_in_run, Extent::Any));
        *slot = wider(*slot, narrowed(past_a_star, Extent::Some));
        *slot = wider(*slot, narrowed(from_anywhere, Extent::One));
        if !matches!(byte, Some(b'*' | b'?')) {
            (in_run, past_star_in_run) = (None, None);
        }
        // A value cannot take in the character that ends it.
        if byte.is_some() && byte == variable.stop.as_ref() {
            (from_anywhere, past_a_star) = (None, None);
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::{Extent, Template};
    use crate::policy::ResourcePattern;

    const OBJECT: &str = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
    const INSTANCE: &str = "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}";

    fn extents(template: &'static str, pattern: &str) -> Option<Vec<Extent>> {
        let template = Template::parse(template);
        let (_, cell) = template.widest(&ResourcePattern::new(pattern.to_owned()))?;
        Some(template.variables().filter_map(|variable| variable.slot).map(|slot| cell.extent(slot)).collect())
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
        assert_eq!(extents(OBJECT, "arn:aws:sqs:::b/*"), None);
    }

    #[test]
    fn regions_and_accounts() {
        use Extent::{Any, One, Some as Part};
        assert_eq!(extents(INSTANCE, "arn:aws:ec2:*:*:instance/*"), Some(vec![Any, Any, Any]));
        assert_eq!(extents(INSTANCE, "arn:aws:ec2:eu-*:111122223333:instance/i-*"), Some(vec![One, One, Part]));
        assert_eq!(extents(INSTANCE, "arn:aws:ec2:*:*:volume/*"), None);
        assert_eq!(extents(INSTANCE, "arn:aws:ec2:*:*:*"), Some(vec![Any, Any, Any]));
    }
}
