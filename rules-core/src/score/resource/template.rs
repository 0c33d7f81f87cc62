//! ARN templates, taken apart.

use std::sync::OnceLock;

use super::extents::{Extent, Extents, Slot};
use super::pattern::Segments;
use super::scale::Scale;
use crate::catalogue::{RESOURCE_TYPE_COUNT, ResourceTypeIndex};
use crate::score::definition::{Definition, ScoreVersion};
use crate::score::share::Share;

/// An ARN template, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) segments: [Vec<Token>; 6],
    /// Whether a variable has to have a value of at least one character.
    pub(crate) names_are_never_empty: bool,
    /// Whether ARNs of another type of the service begin like this one's, followed by a `:`. What patterns end in `:*` is
    /// then part of the ARN and not of a name, as for log groups.
    pub(crate) is_continued: bool,
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
    pub(crate) fn percent(&self, extent: Extent, scale: Scale) -> Option<u32> {
        let narrowing = scale.narrowing;
        match (self.kind, extent) {
            (VariableKind::Partition, Extent::One) => Some(100),
            (VariableKind::Partition, _) => None,
            _ if self.slot.is_none() => (extent == Extent::One).then_some(100),
            (_, Extent::Any) => Some(100),
            (VariableKind::Region, Extent::One) => Some(narrowing.region),
            (VariableKind::Account, Extent::One) => Some(narrowing.account),
            (VariableKind::Region | VariableKind::Account, Extent::Some) => None,
            (VariableKind::Other, Extent::Some) => Some(narrowing.some),
            (VariableKind::Other, Extent::One) => Some(narrowing.one),
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
    /// Takes a template apart that no other template continues.
    pub(crate) fn parse(text: &'static str, definition: &Definition) -> Self {
        Self::continued(text, None, definition)
    }

    /// Takes a template apart of which another one is a longer form, with this character behind what they share.
    fn continued(text: &'static str, continuation: Option<u8>, definition: &Definition) -> Self {
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
                let next = tail.bytes().next().filter(|byte| !matches!(byte, b'$' | b'*'));
                let stop = if index == 5 && tail.is_empty() { continuation } else { next };
                tokens.push(Token::Variable(Variable { name, kind, slot, stop }));
                rest = tail;
            }
            if !rest.is_empty() {
                tokens.push(Token::Literal(rest));
            }
        }
        let names_are_never_empty = definition.version != ScoreVersion::V1;
        Self { segments, names_are_never_empty, is_continued: continuation == Some(b':') }
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.segments.iter().flatten().filter_map(|token| match token {
            Token::Variable(variable) => Some(variable),
            Token::Literal(_) => None,
        })
    }

    /// The share that extents leave.
    pub(crate) fn share(&self, extents: Extents, scale: Scale) -> Share {
        let extents = if scale.lone_names_are_many { self.lone_names_widened(extents) } else { extents };
        let extents = if scale.is_own { self.own_name_ignored(extents) } else { extents };
        self.variables().fold(Share::WHOLE, |share, variable| match variable.slot {
            Some(slot) => share.percent(variable.percent(extents.of(slot), scale).unwrap_or(100)),
            None => share,
        })
    }

    /// The share that is left when every variable has one value.
    pub(crate) fn narrowest(&self, scale: Scale) -> Share {
        let one = |variable: &Variable| variable.percent(Extent::One, scale).unwrap_or(100);
        self.variables().fold(Share::WHOLE, |share, variable| share.percent(one(variable)))
    }

    /// One name in any account is a name in many accounts.
    fn lone_names_widened(&self, extents: Extents) -> Extents {
        let slot =
            |kind| self.variables().filter(move |variable| variable.kind == kind).filter_map(|variable| variable.slot);
        if slot(VariableKind::Account).any(|account| extents.of(account) != Extent::Any) {
            return extents;
        }
        slot(VariableKind::Other).fold(extents, |extents, name| extents.widened(name))
    }

    /// The extents without what says which resource it is: the Region, the account and the first name.
    fn own_name_ignored(&self, extents: Extents) -> Extents {
        let names = self.variables().filter(|variable| variable.kind == VariableKind::Other).take(1);
        let places = self.variables().filter(|of| matches!(of.kind, VariableKind::Region | VariableKind::Account));
        names.chain(places).filter_map(|variable| variable.slot).fold(extents, Extents::ignored)
    }

    /// The extents with one value of a name counted as some, for names that are known to exist in some form.
    pub(crate) fn names_widened(&self, extents: Extents) -> Extents {
        let names = self.variables().filter(|variable| variable.kind == VariableKind::Other);
        names.filter_map(|variable| variable.slot).fold(extents, Extents::widened)
    }

    /// The extents with every name counted as any.
    pub(crate) fn names_ignored(&self, extents: Extents) -> Extents {
        let names = self.variables().filter(|variable| variable.kind == VariableKind::Other);
        names.filter_map(|variable| variable.slot).fold(extents, Extents::ignored)
    }

    /// The extents with some values of a name counted as one.
    pub(crate) fn names_narrowed(&self, extents: Extents) -> Extents {
        let names = self.variables().filter(|variable| variable.kind == VariableKind::Other);
        names.filter_map(|variable| variable.slot).fold(extents, Extents::narrowed)
    }

    /// The pattern as it is read for this template.
    pub(crate) fn read<'g>(&self, pattern: &Segments<'g>) -> Segments<'g> {
        let [arn, partition, service, region, account, last] = pattern.parts;
        match last.strip_suffix(":*").filter(|_| self.is_continued) {
            Some(name) if self.matches_last(name) => {
                Segments { parts: [arn, partition, service, region, account, name], ..*pattern }
            }
            _ => *pattern,
        }
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
pub(crate) fn templates(resource_type: ResourceTypeIndex, definition: &Definition) -> &'static [Template] {
    type OfTypes = [OnceLock<Box<[Template]>>; RESOURCE_TYPE_COUNT];
    static OF_VERSIONS: [OfTypes; ScoreVersion::ALL.len()] =
        [const { [const { OnceLock::new() }; RESOURCE_TYPE_COUNT] }; ScoreVersion::ALL.len()];
    let parse = || {
        let template = |text| Template::continued(text, continuation(resource_type, text, definition), definition);
        resource_type.arn_templates().map(template).collect()
    };
    let of_version = OF_VERSIONS.get(definition.version as usize);
    let of_type = of_version.and_then(|of_version| of_version.get(resource_type.position()));
    of_type.map_or(&[], |templates| templates.get_or_init(parse))
}

/// What stands behind a template in a longer one of the same service: a `/` or a `:`.
fn continuation(resource_type: ResourceTypeIndex, text: &str, definition: &Definition) -> Option<u8> {
    if definition.version == ScoreVersion::V1 {
        return None;
    }
    let others = resource_type.service().resource_types().flat_map(ResourceTypeIndex::arn_templates);
    let rests = others.filter_map(|other| other.strip_prefix(text)?.bytes().next());
    // A name that a `/` ends may still hold colons.
    rests.filter(|next| matches!(next, b'/' | b':')).min()
}
