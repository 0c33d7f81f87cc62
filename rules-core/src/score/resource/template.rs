//! ARN templates, taken apart.

use std::sync::OnceLock;

use super::extents::{Extent, Extents, Slot};
use crate::catalogue::{RESOURCE_TYPE_COUNT, ResourceTypeIndex};
use crate::score::definition::NARROWING;
use crate::score::share::Share;

/// An ARN template, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) segments: [Vec<Token>; 6],
    /// The share that is left when every variable has one value.
    pub(crate) narrowest: Share,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub(crate) enum Token {
    Literal(&'static str),
    Variable(Variable),
}

/// A variable of a template.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) kind: VariableKind,
    /// Its place in [`Extents`]; none for the partition and for variables beyond those that are told apart.
    pub(crate) slot: Option<Slot>,
    /// The character that comes next in the template, which no value holds: a bucket's name has no `/`.
    pub(crate) stop: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VariableKind {
    /// Free: it never narrows.
    Partition,
    Region,
    Account,
    Other,
}

impl Variable {
    /// What share of the whole an extent leaves, in percent; none for an extent the variable does not have.
    pub(crate) fn percent(&self, extent: Extent) -> Option<u32> {
        match (self.kind, extent) {
            (VariableKind::Partition, Extent::One) => Some(100),
            (VariableKind::Partition, _) => None,
            _ if self.slot.is_none() => (extent == Extent::One).then_some(100),
            (_, Extent::Any) => Some(100),
            (VariableKind::Region, Extent::One) => Some(NARROWING.region),
            (VariableKind::Account, Extent::One) => Some(NARROWING.account),
            (VariableKind::Region | VariableKind::Account, Extent::Some) => None,
            (VariableKind::Other, Extent::Some) => Some(NARROWING.some),
            (VariableKind::Other, Extent::One) => Some(NARROWING.one),
        }
    }
}

/// What a `*` of a template is called.
pub(crate) const REST: &str = "Rest";

/// What stands before the next variable of a segment, its name, and what comes after it. A `*` is a variable without a name:
/// whatever stands there.
fn next_variable(text: &'static str, segment: usize) -> Option<(&'static str, &'static str, &'static str)> {
    let (literal, after) = text.split_at_checked(text.find(['$', '*'])?)?;
    match after.strip_prefix("${") {
        Some(after) => after.split_once('}').map(|(name, tail)| (literal, name, tail)),
        None => {
            let name = match segment {
                3 => "Region",
                4 => "Account",
                _ => REST,
            };
            after.strip_prefix('*').map(|tail| (literal, name, tail))
        }
    }
}

impl Template {
    pub(crate) fn parse(text: &'static str) -> Self {
        let mut segments: [Vec<Token>; 6] = Default::default();
        let mut slots = Slot::all();
        for (index, (segment, tokens)) in text.splitn(6, ':').zip(&mut segments).enumerate() {
            let mut rest = segment;
            while let Some((literal, name, tail)) = next_variable(rest, index) {
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
                let stop = tail.bytes().next().filter(|byte| !matches!(byte, b'$' | b'*'));
                tokens.push(Token::Variable(Variable { name, kind, slot, stop }));
                rest = tail;
            }
            if !rest.is_empty() {
                tokens.push(Token::Literal(rest));
            }
        }
        let mut template = Self { segments, narrowest: Share::WHOLE };
        template.narrowest = template
            .variables()
            .fold(Share::WHOLE, |share, variable| share.percent(variable.percent(Extent::One).unwrap_or(100)));
        template
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.segments.iter().flatten().filter_map(|token| match token {
            Token::Variable(variable) => Some(variable),
            Token::Literal(_) => None,
        })
    }

    /// The share that extents leave.
    pub(crate) fn share(&self, extents: Extents) -> Share {
        self.variables().fold(Share::WHOLE, |share, variable| match variable.slot {
            Some(slot) => share.percent(variable.percent(extents.of(slot)).unwrap_or(100)),
            None => share,
        })
    }

    /// The service that resources of the template belong to; none where it is a variable.
    pub(crate) fn service(&self) -> Option<&'static str> {
        match self.segments.get(2).map(Vec::as_slice) {
            Some([Token::Literal(service)]) => Some(service),
            _ => None,
        }
    }
}

/// The templates of a resource type, taken apart once.
pub(crate) fn templates(resource_type: ResourceTypeIndex) -> &'static [Template] {
    static TEMPLATES: [OnceLock<Box<[Template]>>; RESOURCE_TYPE_COUNT] =
        [const { OnceLock::new() }; RESOURCE_TYPE_COUNT];
    let parse = || resource_type.arn_templates().map(Template::parse).collect();
    TEMPLATES.get(resource_type.position()).map_or(&[], |templates| templates.get_or_init(parse))
}
