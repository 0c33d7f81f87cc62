//! Privilege escalation: actions that together lead to more privilege than each of them grants.

use std::sync::OnceLock;

use super::SCORE_VERSION;
use super::amount::{Amount, ONE, times};
use crate::catalogue::{self, ActionIndex, ActionSet};
use crate::escalation::paths::{EscalationClass, EscalationPath, PATHS};

impl EscalationClass {
    pub(super) const ALL: [Self; 5] =
        [Self::SelfEscalation, Self::PrincipalAccess, Self::NewPassRole, Self::ExistingPassRole, Self::AssumeRole];

    /// What a fully exposed path of the class weighs, in tenths.
    fn tenths(self) -> u32 {
        match self {
            Self::SelfEscalation => 400_000,
            Self::PrincipalAccess => 200_000,
            Self::NewPassRole => 100_000,
            Self::ExistingPassRole => 25_000,
            Self::AssumeRole => 5_000,
        }
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::SelfEscalation => "granting itself more",
            Self::PrincipalAccess => "taking over another principal",
            Self::NewPassRole => "passing a role to something new",
            Self::ExistingPassRole => "taking over something that has a role",
            Self::AssumeRole => "assuming roles",
        }
    }
}

/// The widest open path of a class.
#[derive(Clone, Copy)]
pub(super) struct OpenPath {
    pub(super) path: &'static EscalationPath,
    pub(super) amount: Amount,
    /// The action that is the least exposed, which decides.
    pub(super) weakest: ActionIndex,
}

/// How far each action is exposed that any path needs, by its place in [`Paths::actions`].
pub(super) struct PathShares(Vec<u32>);

impl PathShares {
    pub(super) fn new(share: impl Fn(ActionIndex) -> u32) -> Self {
        Self(paths().actions.iter().map(|action| share(*action)).collect())
    }

    /// The same with other shares for some actions; none when no path needs any of them.
    pub(super) fn with(&self, changed: &ActionSet, share: impl Fn(ActionIndex) -> u32) -> Option<Self> {
        let mut shares: Option<Vec<u32>> = None;
        for (place, action) in paths().actions.iter().enumerate() {
            if changed.contains(*action) {
                if let Some(slot) = shares.get_or_insert_with(|| self.0.clone()).get_mut(place) {
                    *slot = share(*action);
                }
            }
        }
        shares.map(Self)
    }

    /// The widest open path of each class.
    pub(super) fn open_paths(&self) -> Vec<OpenPath> {
        if self.0.iter().all(|share| *share == 0) {
            return Vec::new();
        }
        let mut widest: [Option<(u32, OpenPath)>; EscalationClass::ALL.len()] = Default::default();
        for (path, places) in &paths().paths {
            let shares = places.iter().filter_map(|place| Some((*self.0.get(*place)?, *place)));
            let Some((least, weakest)) = shares.min() else { continue };
            let Some(slot) = widest.get_mut(path.class as usize) else { continue };
            if least == 0 || slot.as_ref().is_some_and(|(widest, _)| least <= *widest) {
                continue;
            }
            // The cube: a path that is half closed at its weakest link is worth an eighth.
            let cubed = times(times(least, least), least).min(ONE);
            let Some(weakest) = paths().actions.get(weakest) else { continue };
            let amount = Amount::of(path.class.tenths(), cubed);
            *slot = Some((least, OpenPath { path, amount, weakest: *weakest }));
        }
        widest.into_iter().flatten().map(|(_, open)| open).collect()
    }
}

/// The paths with their actions looked up.
struct Paths {
    /// Every action of any path, once, in order.
    actions: Vec<ActionIndex>,
    /// Each path with the places of its actions.
    paths: Vec<(&'static EscalationPath, Vec<usize>)>,
}

/// The paths that this version of the score knows.
fn known_paths() -> impl Iterator<Item = &'static EscalationPath> {
    PATHS.iter().filter(|path| path.score_version <= SCORE_VERSION)
}

/// A path with an action that the catalogue lacks would never open; the build refuses one.
fn paths() -> &'static Paths {
    static RESOLVED: OnceLock<Paths> = OnceLock::new();
    RESOLVED.get_or_init(|| {
        let find = |action: &str| action.split_once(':').and_then(|(service, name)| catalogue::action(service, name));
        let mut actions: Vec<ActionIndex> =
            known_paths().flat_map(|path| path.actions).filter_map(|action| find(action)).collect();
        actions.sort();
        actions.dedup();
        let place = |action: &&str| actions.binary_search(&find(action)?).ok();
        let look_up = |path: &'static EscalationPath| {
            Some((path, path.actions.iter().map(&place).collect::<Option<Vec<usize>>>()?))
        };
        Paths { paths: known_paths().filter_map(look_up).collect(), actions }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_path_is_resolved() {
        assert_eq!(super::paths().paths.len(), super::known_paths().count());
        assert_eq!(super::paths().paths.len(), 102);
    }
}
