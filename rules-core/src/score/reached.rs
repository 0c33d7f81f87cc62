//! What a principal can become in its account, as a part of its score.

use std::collections::BTreeSet;

use super::amount::Amount;
use super::compile::circumstance::{Circumstance, Circumstances};
use super::compile::condition_key::{KeyClass, classify};
use super::definition::{Definition, HALVINGS, REACH};
use super::points::Score;
use super::share::Share;

/// A path by which a principal can become an administrator of its account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReachedAdministrator {
    /// The number of certain steps.
    pub certain_steps: u32,
    /// The number of uncertain steps.
    pub uncertain_steps: u32,
    /// The condition keys that the principal must meet to take the steps.
    pub conditions: Vec<String>,
    /// The actions of the steps, in order.
    pub actions: Vec<String>,
    /// The policy among those scored that allows its first step, counted from zero.
    pub policy: usize,
    /// The statement of that policy.
    pub statement: Option<String>,
    /// The path in words.
    pub path: String,
}

impl ReachedAdministrator {
    /// What the way adds to the principal's own exposed privilege: what an administrator has, a half for each certain step
    /// and another 2^-8 where any step is uncertain, and a factor for each kind of condition that has to be met.
    pub(crate) fn amount(&self, definition: &Definition) -> Amount {
        let halvings = self.certain_steps.saturating_add(if self.uncertain_steps == 0 { 0 } else { REACH.uncertain });
        let kinds: BTreeSet<Circumstance> =
            self.conditions.iter().filter_map(|key| circumstance(key, definition)).collect();
        let needed = kinds.into_iter().map(Circumstances::of).fold(Circumstances::NONE, Circumstances::union);
        Amount::of(ADMINISTRATOR, needed.narrow(definition, Share::WHOLE)).halved(halvings)
    }

    /// The maximum score while the path exists.
    pub(crate) fn most(&self) -> Score {
        if self.uncertain_steps == 0 {
            Score::from_tenths(REACH.most_if_certain)
        } else {
            Score::from_tenths(REACH.most)
        }
    }
}

fn circumstance(key: &str, definition: &Definition) -> Option<Circumstance> {
    match classify(&key.to_ascii_lowercase(), definition.version) {
        KeyClass::Circumstance(circumstance, _) => Some(circumstance),
        KeyClass::MfaPresent | KeyClass::MfaAge => Some(Circumstance::Mfa),
        KeyClass::Address => Some(Circumstance::Network),
        KeyClass::DirectCall => Some(Circumstance::Service),
        KeyClass::Free | KeyClass::Moment | KeyClass::PassedToService => None,
    }
}

/// The privilege of an administrator, in tenths.
const ADMINISTRATOR: u32 = 10 << HALVINGS;

#[cfg(test)]
mod tests {
    use super::ReachedAdministrator;
    use crate::score::definition::ScoreVersion;
    use crate::score::points::Score;

    fn way(certain_steps: u32, uncertain_steps: u32, conditions: &[&str]) -> ReachedAdministrator {
        ReachedAdministrator {
            certain_steps,
            uncertain_steps,
            conditions: conditions.iter().map(|key| (*key).to_owned()).collect(),
            actions: Vec::new(),
            policy: 0,
            statement: None,
            path: String::new(),
        }
    }

    #[test]
    fn each_step_halves_what_is_reached() {
        let definition = ScoreVersion::V2.definition();
        let score = |way: ReachedAdministrator| Score::of(way.amount(definition)).to_string();
        // log2(1 + 2^16) of 17 halvings are lost.
        assert_eq!(score(way(1, 0, &[])), "5.9");
        assert_eq!(score(way(2, 0, &[])), "11.8");
        assert_eq!(score(way(1, 1, &[])), "52.9");
        assert_eq!(score(way(0, 3, &[])), "47.0");
        // Multi-factor authentication of its own, once for the whole way: log2(1 + 0.7 · 2^16).
        assert_eq!(score(way(1, 0, &["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"])), "8.9");
        assert_eq!(score(way(1, 0, &["aws:CurrentTime"])), "5.9");
    }
}
