//! The guardrails of identity policies: every Deny, and the Allows of each layer that has to allow too.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::setting::Setting;
use crate::catalogue::{ActionIndex, ActionSet};
use crate::policy::LayerRole;
use crate::score::compile::layer::CompiledLayer;
use crate::score::compile::policy::CompiledPolicy;
use crate::score::compile::statement::CompiledStatement;
use crate::score::indexed::{IndexPlace, Indexed, place};

place! {
    /// The place of a statement among all guardrails: the Denies come first, then the Allows of each layer.
    GuardrailIndex
}

place! {
    /// Which guardrails an action has: the same for actions that have the same ones.
    GuardrailSetIndex
}

/// Denies, and layers that limit, by the actions that they are about.
#[derive(Debug)]
pub(crate) struct Guardrails<'a> {
    pub(crate) setting: Setting,
    statements: Indexed<GuardrailIndex, Arc<CompiledStatement<'a>>>,
    /// How many of the statements are Denies.
    denies: usize,
    /// The positions of the Allows of each layer.
    layers: Vec<Range<usize>>,
    /// The actions that have guardrails: a Deny, or a layer that does not allow them unconditionally.
    guarded: ActionSet,
    /// Those of them that are denied in all circumstances, or that some layer does not allow in any.
    closed: ActionSet,
    /// Of each 64 actions those that are guarded, split by their sets; from the first 64 on of which some are.
    words: Vec<Vec<(u64, GuardrailSetIndex)>>,
    /// The statements of each set, in order.
    sets: Indexed<GuardrailSetIndex, Vec<GuardrailIndex>>,
}

impl<'a> Guardrails<'a> {
    /// No action has any.
    pub(crate) fn none(setting: Setting) -> Self {
        Self {
            setting,
            statements: Indexed::default(),
            denies: 0,
            layers: Vec::new(),
            guarded: ActionSet::empty(),
            closed: ActionSet::empty(),
            words: Vec::new(),
            sets: Indexed::default(),
        }
    }

    /// The guardrails of identity policies: their own Denies, and the layers that limit them.
    pub(crate) fn new(
        identity: &Indexed<impl IndexPlace, Arc<CompiledPolicy<'a>>>,
        limits: &[CompiledLayer<Arc<CompiledPolicy<'a>>>],
        setting: Setting,
    ) -> Self {
        let everyone = identity.iter().chain(limits.iter().flat_map(|layer| &layer.policies));
        let mut statements: Indexed<GuardrailIndex, _> = everyone.flat_map(|policy| &policy.denies).cloned().collect();
        let denies = statements.len();
        let mut layers = Vec::with_capacity(limits.len());
        for layer in limits.iter().filter(|layer| layer.role == LayerRole::Limits) {
            let start = statements.len();
            for allow in layer.policies.iter().flat_map(|policy| &policy.allows) {
                statements.push(allow.clone());
            }
            layers.push(start..statements.len());
        }
        let mut guardrails = Self { statements, denies, layers, ..Self::none(setting) };
        if !guardrails.is_none() {
            (guardrails.guarded, guardrails.closed) = guardrails.guarded_and_closed();
            guardrails.group();
        }
        guardrails
    }

    /// Whether there is no Deny and no layer that limits.
    pub(crate) fn is_none(&self) -> bool {
        self.denies == 0 && self.layers.is_empty()
    }

    /// The actions that have guardrails.
    pub(crate) fn guarded(&self) -> &ActionSet {
        &self.guarded
    }

    /// The actions that are closed whatever an identity policy allows.
    pub(crate) fn closed(&self) -> &ActionSet {
        &self.closed
    }

    /// Which guardrails an action has; none when it has none.
    pub(crate) fn set_of(&self, action: ActionIndex) -> Option<GuardrailSetIndex> {
        let bit = 1 << (action.position() % 64);
        let sets = self.words.get((action.position() / 64).checked_sub(self.guarded.word_range().start)?)?;
        sets.iter().find(|(actions, _)| actions & bit != 0).map(|(_, set)| *set)
    }

    /// The Denies of a set.
    pub(crate) fn denies(&self, set: GuardrailSetIndex) -> impl Iterator<Item = &CompiledStatement<'a>> {
        self.among(set, 0..self.denies)
    }

    /// The Allows of a set, for each layer.
    pub(crate) fn layers(
        &self,
        set: GuardrailSetIndex,
    ) -> impl Iterator<Item = impl Iterator<Item = &CompiledStatement<'a>>> {
        self.layers.iter().map(move |layer| self.among(set, layer.clone()))
    }

    /// Every Deny.
    pub(crate) fn all_denies(&self) -> impl Iterator<Item = &CompiledStatement<'a>> {
        self.statements.iter().take(self.denies).map(|deny| &**deny)
    }

    /// Every Allow of each layer.
    pub(crate) fn all_layers(&self) -> impl Iterator<Item = impl Iterator<Item = &CompiledStatement<'a>>> {
        let allows = |layer: &Range<usize>| self.statements.iter().skip(layer.start).take(layer.len());
        self.layers.iter().map(move |layer| allows(layer).map(|allow| &**allow))
    }

    fn among(&self, set: GuardrailSetIndex, range: Range<usize>) -> impl Iterator<Item = &CompiledStatement<'a>> {
        let statements = self.sets[set].iter().filter(move |statement| range.contains(&statement.position()));
        statements.map(|statement| &*self.statements[*statement])
    }

    fn guarded_and_closed(&self) -> (ActionSet, ActionSet) {
        let (mut guarded, mut closed) = (ActionSet::empty(), ActionSet::empty());
        for deny in self.all_denies() {
            guarded.union_with(&deny.actions);
            if deny.is_unconditional() {
                closed.union_with(&deny.actions);
            }
        }
        for layer in self.all_layers() {
            let (mut not_free, mut not_open) = (ActionSet::full(), ActionSet::full());
            for allow in layer {
                not_open.subtract(&allow.actions);
                if allow.is_unconditional() {
                    not_free.subtract(&allow.actions);
                }
            }
            guarded.union_with(&not_free);
            closed.union_with(&not_open);
        }
        (guarded, closed)
    }

    /// Splits the guarded actions into those that have the same guardrails: 64 at a time, by one statement after the other.
    fn group(&mut self) {
        let mut numbers: BTreeMap<Vec<GuardrailIndex>, GuardrailSetIndex> = BTreeMap::new();
        for index in self.guarded.word_range() {
            let mut parts = vec![(self.guarded.word(index), Vec::new())];
            for (place, statement) in self.statements.enumerate() {
                let actions = statement.actions.word(index);
                let mut split_off = Vec::new();
                for (part, set) in parts.iter_mut().filter(|(part, _)| part & actions != 0) {
                    if *part & !actions != 0 {
                        split_off.push((*part & !actions, set.clone()));
                    }
                    *part &= actions;
                    set.push(place);
                }
                parts.append(&mut split_off);
            }
            parts.retain(|(part, _)| *part != 0);
            let mut number = |(part, set): (u64, Vec<GuardrailIndex>)| {
                let known = numbers.get(&set).copied();
                let number = known.unwrap_or_else(|| {
                    let number = self.sets.push(set.clone());
                    numbers.insert(set, number);
                    number
                });
                (part, number)
            };
            self.words.push(parts.into_iter().map(&mut number).collect());
        }
    }
}
