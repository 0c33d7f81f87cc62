//! What each action weighs.

use std::sync::OnceLock;

use super::action_types::ActionTypes;
use crate::catalogue::{ACTION_COUNT, AccessLevel, ActionClass, ActionIndex, ActionSet, actions};
use crate::score::definition::{Definition, ScoreVersion};
use crate::score::resource::scale::Scale;
use crate::score::resource::template::templates;
use crate::score::share::Share;
use crate::score::sum::Sum;

/// The share at which an action is exposed that takes no resource.
pub(crate) fn without_resources(scale: Scale) -> Share {
    Share::of_percent(scale.narrowing.without_resources)
}

/// The share at which `action` is exposed on one resource of each type, whichever it is.
fn share_of_one(action: ActionIndex, definition: &'static Definition) -> Share {
    let (types, scale) = (ActionTypes::of(action, definition), Scale::sum(definition));
    let shares = types.types().map(|of| {
        let templates = of.into_iter().flat_map(|of| templates(of, definition));
        (templates.map(|template| template.narrowest(scale)).max().unwrap_or(without_resources(scale)), (), ())
    });
    types.weigh(shares).map_or(Share::WHOLE, |(share, ())| share)
}

/// The weights of all actions, made once.
pub(crate) struct Weights {
    definition: &'static Definition,
    /// In tenths, by position.
    tenths: Vec<u32>,
    /// The actions that count together up to a bound: those that list and read, where the version has one.
    bounded: ActionSet,
    /// When nothing narrows the actions.
    full: Amounts,
    /// When each action has one resource of each type, made when first asked for.
    of_one: OnceLock<Amounts>,
}

/// How far every action is exposed in some case, and what that amounts to.
struct Amounts {
    /// By position.
    shares: Vec<Share>,
    sums: Vec<Sum>,
    /// Of each 64 actions together, for sets of whole services.
    words: Vec<Sum>,
}

/// The weights of a version.
pub(crate) fn weights(definition: &'static Definition) -> &'static Weights {
    static OF_VERSIONS: [OnceLock<Weights>; ScoreVersion::ALL.len()] =
        [const { OnceLock::new() }; ScoreVersion::ALL.len()];
    let [first, second] = &OF_VERSIONS;
    let of_version = match definition.version {
        ScoreVersion::V1 => first,
        ScoreVersion::V2 => second,
    };
    of_version.get_or_init(|| Weights::new(definition))
}

impl Weights {
    fn new(definition: &'static Definition) -> Self {
        let tenths: Vec<u32> = actions().map(|action| tenths(action, definition)).collect();
        let is_bounded = |action: &ActionIndex| {
            definition.most_reads.is_some() && matches!(action.level(), AccessLevel::List | AccessLevel::Read)
        };
        let bounded: ActionSet = actions().filter(is_bounded).collect();
        let bare = without_resources(Scale::sum(definition));
        let share = |action: ActionIndex| if action.resource_types().len() == 0 { bare } else { Share::WHOLE };
        Self { definition, full: Amounts::new(&tenths, &bounded, share), tenths, bounded, of_one: OnceLock::new() }
    }

    /// What `action` weighs, in tenths.
    pub(crate) fn of(&self, action: ActionIndex) -> u32 {
        // Every action of the catalogue has a weight; one without would count as an unknown action does.
        self.tenths.get(action.position()).copied().unwrap_or(self.definition.unknown_action)
    }

    /// The share at which `action` is exposed when nothing narrows it.
    pub(crate) fn full_share(&self, action: ActionIndex) -> Share {
        self.full.shares.get(action.position()).copied().unwrap_or(Share::WHOLE)
    }

    /// The share at which `action` is exposed on one resource of each type.
    pub(crate) fn share_of_one(&self, action: ActionIndex) -> Share {
        share_of_one(action, self.definition)
    }

    /// What `action` amounts to when it is exposed to `share`.
    pub(crate) fn sum_of(&self, action: ActionIndex, share: Share) -> Sum {
        weigh(self.of(action), self.bounded.contains(action), share)
    }

    /// What `actions` amount to when nothing narrows them.
    pub(crate) fn full_sum(&self, actions: &ActionSet) -> Sum {
        self.full.of(actions)
    }

    /// What `actions` amount to when each has one resource of each type.
    pub(crate) fn sum_of_one(&self, actions: &ActionSet) -> Sum {
        // The table is worth its making for many actions only.
        if self.of_one.get().is_none() && actions.len() < ACTION_COUNT / 64 {
            return actions.iter().map(|action| self.sum_of(action, self.share_of_one(action))).sum();
        }
        self.of_one
            .get_or_init(|| Amounts::new(&self.tenths, &self.bounded, |action| self.share_of_one(action)))
            .of(actions)
    }
}

impl Amounts {
    fn new(tenths: &[u32], bounded: &ActionSet, share: impl Fn(ActionIndex) -> Share) -> Self {
        let shares: Vec<Share> = actions().map(share).collect();
        let of_actions = actions().zip(tenths.iter().zip(&shares));
        let sums: Vec<Sum> =
            of_actions.map(|(action, (tenths, share))| weigh(*tenths, bounded.contains(action), *share)).collect();
        let words = sums.chunks(64).map(|word| word.iter().copied().sum()).collect();
        Self { shares, sums, words }
    }

    fn of(&self, actions: &ActionSet) -> Sum {
        let mut sum = Sum::ZERO;
        for (index, word) in actions.words() {
            if word == u64::MAX {
                sum = sum.plus(self.words.get(index).copied().unwrap_or_default());
                continue;
            }
            let mut left = word;
            while left != 0 {
                let position = index * 64 + usize::try_from(left.trailing_zeros()).unwrap_or(0);
                left &= left - 1;
                sum = sum.plus(self.sums.get(position).copied().unwrap_or_default());
            }
        }
        sum
    }
}

fn weigh(tenths: u32, is_bounded: bool, share: Share) -> Sum {
    if is_bounded { Sum::of_read(tenths, share) } else { Sum::of_other(tenths, share) }
}

/// The weight of an action: the larger of those of its level and its class.
fn tenths(action: ActionIndex, definition: &Definition) -> u32 {
    let (levels, sensitivities) = (&definition.levels, &definition.sensitivities);
    let level = match action.level() {
        AccessLevel::List => levels.list,
        AccessLevel::Read => levels.read,
        AccessLevel::Tagging => levels.tagging,
        AccessLevel::Write if action.is_destructive() => levels.destructive,
        AccessLevel::Write => levels.write,
        AccessLevel::PermissionsManagement => levels.permissions_management,
    };
    let governs = action.service().is_governance()
        && matches!(action.level(), AccessLevel::Write | AccessLevel::PermissionsManagement);
    let level = if governs { level * sensitivities.governance_factor } else { level };
    let class = match action.class() {
        None => 0,
        Some(ActionClass::DataRead) => sensitivities.data_read,
        Some(ActionClass::ResourceExposure) => sensitivities.resource_exposure,
        Some(ActionClass::SecretRead) => sensitivities.secret_read,
        Some(ActionClass::CredentialIssue) => sensitivities.credential_issue,
    };
    level.max(class)
}
