//! What each action weighs.

use std::sync::OnceLock;

use super::action_types::ActionTypes;
use crate::catalogue::{ACTION_COUNT, AccessLevel, ActionClass, ActionIndex, ActionSet, actions};
use crate::score::amount::Amount;
use crate::score::definition::{CLASSES, GOVERNANCE_FACTOR, LEVELS, NARROWING, UNKNOWN_ACTION_TENTHS};
use crate::score::resource::template::templates;
use crate::score::share::Share;

/// The share at which an action is exposed that takes no resource.
pub(crate) fn without_resources() -> Share {
    Share::of_percent(NARROWING.without_resources)
}

/// The share at which `action` is exposed on one resource of each type, whichever it is.
pub(crate) fn share_of_one(action: ActionIndex) -> Share {
    let types = ActionTypes::of(action);
    let shares = types.types().map(|of| {
        let shares = of.into_iter().flat_map(templates).map(|template| template.narrowest);
        (shares.max().unwrap_or_else(without_resources), (), ())
    });
    types.weigh(shares).map_or(Share::WHOLE, |(share, ())| share)
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
    shares: Vec<Share>,
    amounts: Vec<Amount>,
    /// Of each 64 actions together, for sets of whole services.
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
        let share =
            |action: ActionIndex| if action.resource_types().len() == 0 { without_resources() } else { Share::WHOLE };
        Self { full: Amounts::new(&tenths, share), tenths, of_one: OnceLock::new() }
    }

    /// What `action` weighs, in tenths.
    pub(crate) fn of(&self, action: ActionIndex) -> u32 {
        // Every action of the catalogue has a weight; one without would count as an unknown action does.
        self.tenths.get(action.position()).copied().unwrap_or(UNKNOWN_ACTION_TENTHS)
    }

    /// The share at which `action` is exposed when nothing narrows it.
    pub(crate) fn full_share(&self, action: ActionIndex) -> Share {
        self.full.shares.get(action.position()).copied().unwrap_or(Share::WHOLE)
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
    fn new(tenths: &[u32], share: impl Fn(ActionIndex) -> Share) -> Self {
        let shares: Vec<Share> = actions().map(share).collect();
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
        AccessLevel::List => LEVELS.list,
        AccessLevel::Read => LEVELS.read,
        AccessLevel::Tagging => LEVELS.tagging,
        AccessLevel::Write if action.is_destructive() => LEVELS.destructive,
        AccessLevel::Write => LEVELS.write,
        AccessLevel::PermissionsManagement => LEVELS.permissions_management,
    };
    let governs = action.service().is_governance()
        && matches!(action.level(), AccessLevel::Write | AccessLevel::PermissionsManagement);
    let level = if governs { level * GOVERNANCE_FACTOR } else { level };
    let class = match action.class() {
        None => 0,
        Some(ActionClass::DataRead) => CLASSES.data_read,
        Some(ActionClass::ResourceExposure) => CLASSES.resource_exposure,
        Some(ActionClass::SecretRead) => CLASSES.secret_read,
        Some(ActionClass::CredentialIssue) => CLASSES.credential_issue,
    };
    level.max(class)
}
