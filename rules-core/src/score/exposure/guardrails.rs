//! What bears on the Allows of identity policies: every Deny, and the Allows of each layer that limits them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::catalogue::{ActionIndex, ActionSet};
use crate::score::compile::policy::CompiledPolicy;
use crate::score::compile::statement::Grant;

/// The Denies and limiting layers, by the actions on which they bear.
#[derive(Debug)]
pub(crate) struct Limits<'a> {
    /// Every Deny, then the Allows of each layer.
    statements: Vec<Arc<Grant<'a>>>,
    denies: usize,
    /// Where in [`Self::statements`] the Allows of each layer are.
    layers: Vec<Range<usize>>,
    /// The actions on which something bears: a Deny, or a layer that does not allow them unconditionally.
    limited: ActionSet,
    /// Those of them that are denied whatever the circumstances, or that some layer does not allow in any.
    closed: ActionSet,
    /// Of each 64 actions those that are limited, in groups on which the same statements bear; from the first on that
    /// some are.
    words: Vec<Vec<(u64, BearingIndex)>>,
    /// The statements of each bearing in order, by their places in [`Self::statements`].
    bearings: Vec<Vec<usize>>,
}

/// Which statements bear on an action. The same for actions on which the same ones do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BearingIndex(usize);

impl<'a> Limits<'a> {
    /// Nothing bears on anything.
    pub(crate) fn none() -> Self {
        Self {
            statements: Vec::new(),
            denies: 0,
            layers: Vec::new(),
            limited: ActionSet::empty(),
            closed: ActionSet::empty(),
            words: Vec::new(),
            bearings: Vec::new(),
        }
    }

    /// The limits on identity policies: their own Denies, and levels such as the boundary, each of which must allow too.
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
        let mut limits = Self { statements, denies, layers, ..Self::none() };
        if !limits.is_none() {
            (limits.limited, limits.closed) = limits.limited_and_closed();
            limits.group();
        }
        limits
    }

    /// Whether there is no Deny and no limiting layer.
    pub(crate) fn is_none(&self) -> bool {
        self.denies == 0 && self.layers.is_empty()
    }

    /// The actions on which something bears.
    pub(crate) fn limited(&self) -> &ActionSet {
        &self.limited
    }

    /// The actions that are closed, whoever allows them.
    pub(crate) fn closed(&self) -> &ActionSet {
        &self.closed
    }

    /// Which statements bear on an action; none when none do.
    pub(crate) fn bearing(&self, action: ActionIndex) -> Option<BearingIndex> {
        let bit = 1 << (action.position() % 64);
        let groups = self.words.get((action.position() / 64).checked_sub(self.limited.word_range().start)?)?;
        groups.iter().find(|(actions, _)| actions & bit != 0).map(|(_, bearing)| *bearing)
    }

    /// The Denies among the statements that bear on an action.
    pub(crate) fn denies(&self, bearing: BearingIndex) -> impl Iterator<Item = &Grant<'a>> {
        self.among(bearing, 0..self.denies)
    }

    /// The Allows among them, for each layer.
    pub(crate) fn layers(&self, bearing: BearingIndex) -> impl Iterator<Item = impl Iterator<Item = &Grant<'a>>> {
        self.layers.iter().map(move |layer| self.among(bearing, layer.clone()))
    }

    /// Every Deny.
    pub(crate) fn all_denies(&self) -> impl Iterator<Item = &Grant<'a>> {
        self.statements.iter().take(self.denies).map(|deny| &**deny)
    }

    /// Every Allow of each layer.
    pub(crate) fn all_layers(&self) -> impl Iterator<Item = impl Iterator<Item = &Grant<'a>>> {
        self.layers.iter().map(|layer| self.allows(layer))
    }

    fn allows(&self, layer: &Range<usize>) -> impl Iterator<Item = &Grant<'a>> {
        self.statements.get(layer.clone()).unwrap_or_default().iter().map(|allow| &**allow)
    }

    fn among(&self, bearing: BearingIndex, range: Range<usize>) -> impl Iterator<Item = &Grant<'a>> {
        let places = self.bearings.get(bearing.0).map(Vec::as_slice).unwrap_or_default();
        let places = places.iter().filter(move |place| range.contains(place));
        places.filter_map(|place| self.statements.get(*place)).map(|grant| &**grant)
    }

    fn limited_and_closed(&self) -> (ActionSet, ActionSet) {
        let (mut limited, mut closed) = (ActionSet::empty(), ActionSet::empty());
        for deny in self.all_denies() {
            limited.union_with(&deny.actions);
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
            limited.union_with(&not_free);
            closed.union_with(&not_open);
        }
        (limited, closed)
    }

    /// Splits the limited actions into groups on which the same statements bear: 64 at a time, by one statement after
    /// the other.
    fn group(&mut self) {
        let mut numbers: BTreeMap<Vec<usize>, BearingIndex> = BTreeMap::new();
        for index in self.limited.word_range() {
            let mut groups = vec![(self.limited.word(index), Vec::new())];
            for (place, statement) in self.statements.iter().enumerate() {
                let actions = statement.actions.word(index);
                let mut split_off = Vec::new();
                for (group, bearing) in groups.iter_mut().filter(|(group, _)| group & actions != 0) {
                    if *group & !actions != 0 {
                        split_off.push((*group & !actions, bearing.clone()));
                    }
                    *group &= actions;
                    bearing.push(place);
                }
                groups.append(&mut split_off);
            }
            groups.retain(|(group, _)| *group != 0);
            let number = |(group, bearing): (u64, Vec<usize>)| {
                let next = BearingIndex(numbers.len());
                (group, *numbers.entry(bearing).or_insert(next))
            };
            self.words.push(groups.into_iter().map(number).collect());
        }
        let mut bearings: Vec<(BearingIndex, Vec<usize>)> =
            numbers.into_iter().map(|(bearing, number)| (number, bearing)).collect();
        bearings.sort_by_key(|(number, _)| *number);
        self.bearings = bearings.into_iter().map(|(_, bearing)| bearing).collect();
    }
}
