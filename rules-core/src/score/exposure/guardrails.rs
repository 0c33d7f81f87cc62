//! What bears on the Allows of identity policies: every Deny, and the Allows of each layer that guardrails them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::catalogue::{ActionIndex, ActionSet};
use crate::score::compile::policy::CompiledPolicy;
use crate::score::compile::statement::CompiledStatement;

/// The Denies and limiting layers, by the actions on which they bear.
#[derive(Debug)]
pub(crate) struct Guardrails<'a> {
    /// Every Deny, then the Allows of each layer.
    statements: Vec<Arc<CompiledStatement<'a>>>,
    denies: usize,
    /// Where in [`Self::statements`] the Allows of each layer are.
    layers: Vec<Range<usize>>,
    /// The actions on which something bears: a Deny, or a layer that does not allow them unconditionally.
    guarded: ActionSet,
    /// Those of them that are denied whatever the circumstances, or that some layer does not allow in any.
    closed: ActionSet,
    /// Of each 64 actions those that are guarded, in groups on which the same statements bear; from the first on that
    /// some are.
    words: Vec<Vec<(u64, GuardrailSetIndex)>>,
    /// The statements of each guardrail_set in order, by their places in [`Self::statements`].
    sets: Vec<Vec<usize>>,
}

/// Which statements bear on an action. The same for actions on which the same ones do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GuardrailSetIndex(usize);

impl<'a> Guardrails<'a> {
    /// Nothing bears on anything.
    pub(crate) fn none() -> Self {
        Self {
            statements: Vec::new(),
            denies: 0,
            layers: Vec::new(),
            guarded: ActionSet::empty(),
            closed: ActionSet::empty(),
            words: Vec::new(),
            sets: Vec::new(),
        }
    }

    /// The guardrails on identity policies: their own Denies, and levels such as the boundary, each of which must allow too.
    pub(crate) fn new(identity: &[Arc<CompiledPolicy<'a>>], levels: &[Vec<Arc<CompiledPolicy<'a>>>]) -> Self {
        let everyone = identity.iter().chain(levels.iter().flatten());
        let mut statements: Vec<_> = everyone.flat_map(|policy| &policy.denies).cloned().collect();
        let denies = statements.len();
        let mut layers = Vec::with_capacity(levels.len());
        for level in levels {
            let start = statements.len();
            statements.extend(level.iter().flat_map(|policy| &policy.allows).cloned());
            layers.push(start..statements.len());
        }
        let mut guardrails = Self { statements, denies, layers, ..Self::none() };
        if !guardrails.is_none() {
            (guardrails.guarded, guardrails.closed) = guardrails.guarded_and_closed();
            guardrails.group();
        }
        guardrails
    }

    /// Whether there is no Deny and no limiting layer.
    pub(crate) fn is_none(&self) -> bool {
        self.denies == 0 && self.layers.is_empty()
    }

    /// The actions on which something bears.
    pub(crate) fn guarded(&self) -> &ActionSet {
        &self.guarded
    }

    /// The actions that are closed, whoever allows them.
    pub(crate) fn closed(&self) -> &ActionSet {
        &self.closed
    }

    /// Which statements bear on an action; none when none do.
    pub(crate) fn set_of(&self, action: ActionIndex) -> Option<GuardrailSetIndex> {
        let bit = 1 << (action.position() % 64);
        let groups = self.words.get((action.position() / 64).checked_sub(self.guarded.word_range().start)?)?;
        groups.iter().find(|(actions, _)| actions & bit != 0).map(|(_, guardrail_set)| *guardrail_set)
    }

    /// The Denies among the statements that bear on an action.
    pub(crate) fn denies(&self, guardrail_set: GuardrailSetIndex) -> impl Iterator<Item = &CompiledStatement<'a>> {
        self.among(guardrail_set, 0..self.denies)
    }

    /// The Allows among them, for each layer.
    pub(crate) fn layers(
        &self,
        guardrail_set: GuardrailSetIndex,
    ) -> impl Iterator<Item = impl Iterator<Item = &CompiledStatement<'a>>> {
        self.layers.iter().map(move |layer| self.among(guardrail_set, layer.clone()))
    }

    /// Every Deny.
    pub(crate) fn all_denies(&self) -> impl Iterator<Item = &CompiledStatement<'a>> {
        self.statements.iter().take(self.denies).map(|deny| &**deny)
    }

    /// Every Allow of each layer.
    pub(crate) fn all_layers(&self) -> impl Iterator<Item = impl Iterator<Item = &CompiledStatement<'a>>> {
        self.layers.iter().map(|layer| self.allows(layer))
    }

    fn allows(&self, layer: &Range<usize>) -> impl Iterator<Item = &CompiledStatement<'a>> {
        self.statements.get(layer.clone()).unwrap_or_default().iter().map(|allow| &**allow)
    }

    fn among(
        &self,
        guardrail_set: GuardrailSetIndex,
        range: Range<usize>,
    ) -> impl Iterator<Item = &CompiledStatement<'a>> {
        let places = self.sets.get(guardrail_set.0).map(Vec::as_slice).unwrap_or_default();
        let places = places.iter().filter(move |place| range.contains(place));
        places.filter_map(|place| self.statements.get(*place)).map(|grant| &**grant)
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

    /// Splits the guarded actions into groups on which the same statements bear: 64 at a time, by one statement after
    /// the other.
    fn group(&mut self) {
        let mut numbers: BTreeMap<Vec<usize>, GuardrailSetIndex> = BTreeMap::new();
        for index in self.guarded.word_range() {
            let mut groups = vec![(self.guarded.word(index), Vec::new())];
            for (place, statement) in self.statements.iter().enumerate() {
                let actions = statement.actions.word(index);
                let mut split_off = Vec::new();
                for (group, guardrail_set) in groups.iter_mut().filter(|(group, _)| group & actions != 0) {
                    if *group & !actions != 0 {
                        split_off.push((*group & !actions, guardrail_set.clone()));
                    }
                    *group &= actions;
                    guardrail_set.push(place);
                }
                groups.append(&mut split_off);
            }
            groups.retain(|(group, _)| *group != 0);
            let number = |(group, guardrail_set): (u64, Vec<usize>)| {
                let next = GuardrailSetIndex(numbers.len());
                (group, *numbers.entry(guardrail_set).or_insert(next))
            };
            self.words.push(groups.into_iter().map(number).collect());
        }
        let mut sets: Vec<(GuardrailSetIndex, Vec<usize>)> =
            numbers.into_iter().map(|(guardrail_set, number)| (number, guardrail_set)).collect();
        sets.sort_by_key(|(number, _)| *number);
        self.sets = sets.into_iter().map(|(_, guardrail_set)| guardrail_set).collect();
    }
}
