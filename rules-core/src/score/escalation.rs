//! Privilege escalation: actions that together lead to more privilege than each of them grants.

use std::sync::OnceLock;

use super::amount::{Amount, ONE, times};
use super::escalation_paths::PATHS;
use crate::catalogue::{self, ActionIndex};

/// A way to more privilege.
pub(super) struct EscalationPath {
    pub(super) id: &'static str,
    pub(super) class: EscalationClass,
    /// All of them are needed.
    pub(super) actions: &'static [&'static str],
}

/// What kind of way it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EscalationClass {
    /// The principal grants itself more.
    SelfEscalation,
    /// The principal gets at the credentials or trust of another one.
    PrincipalAccess,
    /// The principal passes a role to something that it makes.
    NewPassRole,
    /// The principal takes over something that has a role already.
    ExistingPassRole,
    /// The principal assumes a role.
    AssumeRole,
}

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

/// The widest open path of each class; `share` says how far an action is exposed.
pub(super) fn open_paths(share: &dyn Fn(ActionIndex) -> u32) -> Vec<OpenPath> {
    let mut widest: [Option<(u32, OpenPath)>; EscalationClass::ALL.len()] = Default::default();
    for (path, actions) in resolved() {
        let Some((least, weakest)) = actions.iter().map(|action| (share(*action), *action)).min() else { continue };
        let Some(slot) = widest.get_mut(path.class as usize) else { continue };
        if least > 0 && slot.as_ref().is_none_or(|(widest, _)| least > *widest) {
            // The cube: a path that is half closed at its weakest link is worth an eighth.
            let cubed = times(times(least, least), least).min(ONE);
            *slot = Some((least, OpenPath { path, amount: Amount::of(path.class.tenths(), cubed), weakest }));
        }
    }
    widest.into_iter().flatten().map(|(_, open)| open).collect()
}

/// Every path with its actions looked up, once. A path with an action that the catalogue lacks would never open, so a
/// test holds the data to the catalogue.
fn resolved() -> &'static [(&'static EscalationPath, Vec<ActionIndex>)] {
    static RESOLVED: OnceLock<Vec<(&'static EscalationPath, Vec<ActionIndex>)>> = OnceLock::new();
    RESOLVED.get_or_init(|| {
        let look_up = |path: &'static EscalationPath| {
            let actions = path.actions.iter().map(|action| {
                let (service, name) = action.split_once(':')?;
                catalogue::action(service, name)
            });
            Some((path, actions.collect::<Option<Vec<ActionIndex>>>()?))
        };
        PATHS.iter().filter_map(look_up).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::escalation_paths::PATHS;

    #[test]
    fn the_table_is_what_the_data_says() {
        let data: serde_json::Value =
            serde_json::from_str(include_str!("../../data/escalation_paths.json")).unwrap();
        let paths = data["paths"].as_array().unwrap();
        assert_eq!(paths.len(), PATHS.len());
        for (theirs, ours) in paths.iter().zip(PATHS) {
            assert_eq!(theirs["id"], ours.id);
            assert_eq!(theirs["required_actions"], serde_json::json!(ours.actions), "{}", ours.id);
        }
    }

    #[test]
    fn every_path_is_resolved() {
        assert_eq!(super::resolved().len(), PATHS.len());
    }
}
