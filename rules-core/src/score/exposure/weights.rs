//! What each action weighs.

use std::sync::OnceLock;

use super::action_types::ActionTypes;
use crate::catalogue::{ACTION_COUNT, AccessLevel, ActionClass, ActionIndex, ActionSet, actions};
use crate::score::amount::{Amount, ONE, percent_of};
use crate::score::resource::template::templates;

/// The share of an action without resource-level support: no policy can narrow it, so it is not the policy's fault.
pub(crate) const WITHOUT_RESOURCES: u32 = ONE / 4;

/// What an unknown action counts, in tenths: as a Write.
pub(crate) const UNKNOWN_ACTION: u32 = 50;
/// What every action of an unknown service counts, in tenths.
pub(crate) const UNKNOWN_SERVICE: u32 = 250;

/// The share at which `action` is exposed on one resource of each type, whichever it is.
pub(crate) fn share_of_one(action: ActionIndex) -> u32 {
    let action_types = ActionTypes::of(action);
    let types = action_types.types().map(|of| {
        let shares = of.into_iter().flat_map(templates).map(|template| template.narrowest);
        (shares.max().unwrap_or(WITHOUT_RESOURCES), (), ())
    });
    action_types.weigh(types).map_or(ONE, |(share, ())| share)
}

/// The weights of all actions, made once.
pub(crate) struct Weights {
    /// In tenths, by position.
    tenths: Vec<u32>,
    /// When nothing narrows the actions.
    full: Amounts,
    /// When each action has one resource of each type, made when first asked for.
    of_one: OnceLock<Amounts>,
}

/// How far every action is exposed in some case, and what that amounts to.
struct Amounts {
    /// By position.
    shares: Vec<u32>,
    amounts: Vec<Amount>,
    /// Of each 64 actions combined, for sets of whole services.
    words: Vec<Amount>,
}

/// The weights.
pub(crate) fn weights() -> &'static Weights {
    static WEIGHTS: OnceLock<Weights> = OnceLock::new();
    WEIGHTS.get_or_init(Weights::new)
}

impl Weights {
    fn new() -> Self {
        let tenths: Vec<u32> = actions().map(tenths).collect();
        let share = |action: ActionIndex| if action.resource_types().len() == 0 { WITHOUT_RESOURCES } else { ONE };
        Self { full: Amounts::new(&tenths, share), tenths, of_one: OnceLock::new() }
    }

    /// What `action` weighs, in tenths.
    pub(crate) fn of(&self, action: ActionIndex) -> u32 {
        self.tenths.get(action.position()).copied().unwrap_or(UNKNOWN_ACTION)
    }

    /// The share at which `action` is exposed when nothing narrows it.
    pub(crate) fn full_share(&self, action: ActionIndex) -> u32 {
        self.full.shares.get(action.position()).copied().unwrap_or(ONE)
    }

    /// The amount of `actions` when nothing narrows them.
    pub(crate) fn full_amount(&self, actions: &ActionSet) -> Amount {
        self.full.of(actions)
    }

    /// The amount of `actions` when each has one resource of each type.
    pub(crate) fn amount_of_one(&self, actions: &ActionSet) -> Amount {
        // The table is worth its making for many actions only.
        if self.of_one.get().is_none() && actions.len() < ACTION_COUNT / 64 {
            return actions.iter().map(|action| Amount::of(self.of(action), share_of_one(action))).sum();
        }
        self.of_one.get_or_init(|| Amounts::new(&self.tenths, share_of_one)).of(actions)
    }
}

impl Amounts {
    fn new(tenths: &[u32], share: impl Fn(ActionIndex) -> u32) -> Self {
        let shares: Vec<u32> = actions().map(share).collect();
        let amounts: Vec<Amount> =
            tenths.iter().zip(&shares).map(|(tenths, share)| Amount::of(*tenths, *share)).collect();
        let words = amounts.chunks(64).map(|word| word.iter().copied().sum()).collect();
        Self { shares, amounts, words }
    }

    fn of(&self, actions: &ActionSet) -> Amount {
        let mut sum = Amount::ZERO;
        for (index, word) in actions.words() {
            if word == u64::MAX {
                sum = sum.plus(self.words.get(index).copied().unwrap_or_default());
                continue;
            }
            let mut left = word;
            while left != 0 {
                let position = index * 64 + usize::try_from(left.trailing_zeros()).unwrap_or(0);
                left &= left - 1;
                sum = sum.plus(self.amounts.get(position).copied().unwrap_or_default());
            }
        }
        sum
    }
}

/// The weight of an action: the larger of those of its level and its class.
fn tenths(action: ActionIndex) -> u32 {
    let level = match action.level() {
        AccessLevel::List => 2,
        AccessLevel::Read => 5,
        AccessLevel::Tagging => 20,
        AccessLevel::Write if action.is_destructive() => 70,
        AccessLevel::Write => 50,
        AccessLevel::PermissionsManagement => 150,
    };
    let governs = action.service().is_governance()
        && matches!(action.level(), AccessLevel::Write | AccessLevel::PermissionsManagement);
    let level = if governs { level * 2 } else { level };
    let class = match action.class() {
        None => 0,
        Some(ActionClass::DataRead) => 200,
        Some(ActionClass::ResourceExposure) => 250,
        Some(ActionClass::SecretRead | ActionClass::CredentialIssue) => 600,
    };
    level.max(class)
}

/// The share of a share that is left by a narrowing of `percent`.
pub(crate) fn narrowed(share: u32, percent: u32) -> u32 {
    percent_of(share, percent)
}
