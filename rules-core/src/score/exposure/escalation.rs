//! Privilege escalation: actions that together lead to more privilege than each of them grants.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::catalogue::{self, ActionIndex, ActionSet};
use crate::reach::paths::{EscalationClass, EscalationPath, PATHS};
use crate::score::amount::Amount;
use crate::score::definition::{ESCALATION, ESCALATION_POWER, SCORE_VERSION};
use crate::score::indexed::{Indexed, Place, place};
use crate::score::share::Share;

/// What a fully exposed path of a class weighs, in tenths.
fn tenths(class: EscalationClass) -> u32 {
    match class {
        EscalationClass::SelfEscalation => ESCALATION.self_escalation,
        EscalationClass::PrincipalAccess => ESCALATION.principal_access,
        EscalationClass::NewPassRole => ESCALATION.new_pass_role,
        EscalationClass::ExistingPassRole => ESCALATION.existing_pass_role,
        EscalationClass::AssumeRole => ESCALATION.assume_role,
    }
}

/// A class of paths in a few words.
pub(crate) fn class_in_words(class: EscalationClass) -> &'static str {
    match class {
        EscalationClass::SelfEscalation => "granting itself more",
        EscalationClass::PrincipalAccess => "taking over another principal",
        EscalationClass::NewPassRole => "passing a role to something new",
        EscalationClass::ExistingPassRole => "taking over something that has a role",
        EscalationClass::AssumeRole => "assuming roles",
    }
}

/// The widest open path of a class.
#[derive(Clone, Copy)]
pub(crate) struct OpenPath {
    pub(crate) path: &'static EscalationPath,
    pub(crate) amount: Amount,
    /// The action that is the least exposed, which decides.
    pub(crate) weakest: ActionIndex,
}

place! {
    /// The place of an action among those that paths need.
    PathActionIndex
}

/// How far each action is exposed that any path needs.
pub(crate) struct PathShares(Indexed<PathActionIndex, Share>);

impl PathShares {
    pub(crate) fn new(share: impl Fn(ActionIndex) -> Share) -> Self {
        Self(paths().actions.iter().map(|action| share(*action)).collect())
    }

    /// The same with other shares for some actions; none when no path needs any of them.
    pub(crate) fn with(&self, changed: &ActionSet, share: impl Fn(ActionIndex) -> Share) -> Option<Self> {
        let mut shares: Option<Indexed<PathActionIndex, Share>> = None;
        for (place, action) in paths().actions.enumerate().filter(|(_, action)| changed.contains(**action)) {
            shares.get_or_insert_with(|| self.0.clone())[place] = share(*action);
        }
        shares.map(Self)
    }

    /// The widest open path of each class.
    pub(crate) fn open_paths(&self) -> Vec<OpenPath> {
        if self.0.iter().all(|share| share.is_none()) {
            return Vec::new();
        }
        let mut widest: BTreeMap<EscalationClass, (Share, PathActionIndex, &'static EscalationPath)> = BTreeMap::new();
        for (path, places) in &paths().paths {
            // A path is as open as its narrowest link.
            let Some((least, weakest)) = places.iter().map(|place| (self.0[*place], *place)).min() else { continue };
            if !least.is_none() && widest.get(&path.class).is_none_or(|(widest, ..)| least > *widest) {
                widest.insert(path.class, (least, weakest, path));
            }
        }
        let open = |(least, weakest, path): (Share, PathActionIndex, &'static EscalationPath)| OpenPath {
            path,
            amount: Amount::of(tenths(path.class), least.power(ESCALATION_POWER)),
            weakest: paths().actions[weakest],
        };
        widest.into_values().map(open).collect()
    }
}

/// The paths with their actions looked up.
struct Paths {
    /// Every action of any path, once, in order.
    actions: Indexed<PathActionIndex, ActionIndex>,
    /// Each path with the places of its actions.
    paths: Vec<(&'static EscalationPath, Vec<PathActionIndex>)>,
}

/// The paths that this version of the score knows.
fn known_paths() -> impl Iterator<Item = &'static EscalationPath> {
    PATHS.iter().filter(|path| path.score_version <= SCORE_VERSION)
}

fn actions_of(path: &'static EscalationPath) -> &'static [&'static str] {
    path.actions_of_score(SCORE_VERSION)
}

/// A path with an action that the catalogue lacks would never open; the build refuses one.
fn paths() -> &'static Paths {
    static RESOLVED: OnceLock<Paths> = OnceLock::new();
    RESOLVED.get_or_init(|| {
        let find = |action: &str| action.split_once(':').and_then(|(service, name)| catalogue::action(service, name));
        let mut actions: Vec<ActionIndex> =
            known_paths().flat_map(actions_of).filter_map(|action| find(action)).collect();
        actions.sort();
        actions.dedup();
        let place = |action: &&str| actions.binary_search(&find(action)?).ok().map(PathActionIndex::from_position);
        let look_up = |path: &'static EscalationPath| {
            Some((path, actions_of(path).iter().map(&place).collect::<Option<Vec<_>>>()?))
        };
        Paths { paths: known_paths().filter_map(look_up).collect(), actions: actions.into_iter().collect() }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_path_is_resolved() {
        assert_eq!(super::paths().paths.len(), 102);
    }
}
