//! The known paths of privilege escalation: their actions, and their other requirements.
//!
//! The facts are from pathfinding.cloud (Apache-2.0) and Prowler (Apache-2.0). They are in `data/escalation_paths.json`
//! and are compiled in.

use std::fmt;

/// A path of privilege escalation.
#[derive(Debug)]
pub struct EscalationPath {
    /// The id of the path.
    pub id: PathId,
    /// The id as it is printed.
    pub name: &'static str,
    /// The class of the path in the score.
    pub class: EscalationClass,
    /// The technique of the path.
    pub technique: Technique,
    /// The actions of the path, all of which are required.
    pub actions: &'static [&'static str],
    /// Resource types on which an action must be allowed, in addition to those that the catalogue requires.
    pub types: &'static [(&'static str, &'static [&'static str])],
    /// The services whose roles the path can control; empty if the path does not use a service.
    pub services: &'static [&'static str],
    /// Whether the role must be in an instance profile.
    pub instance_profile: bool,
    /// Other requirements, in words, which IAM policies do not show.
    pub needs: &'static [&'static str],
    /// Whether the score of a policy counts it. Other paths depend on the account, so only the search in accounts uses
    /// them.
    pub scored: bool,
    /// The actions that the score counts, if they differ from `actions`.
    scored_actions: &'static [&'static str],
    /// The source that describes it.
    pub source: &'static str,
}

/// The id of a known path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(u8);

/// The class of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EscalationClass {
    /// The principal gives itself more permissions.
    SelfEscalation,
    /// The principal gets credentials of another principal, or changes its trust policy.
    PrincipalAccess,
    /// The principal passes a role to a new resource.
    NewPassRole,
    /// The principal takes over an existing resource that has a role.
    ExistingPassRole,
    /// The principal assumes a role.
    AssumeRole,
}

/// The technique of a path, which selects the code that searches for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Technique {
    /// Create or change credentials of a user.
    CredentialAccess,
    /// Assume a role, with or without a change of its trust policy.
    AssumeRole,
    /// Pass a role to a service that runs the principal's code or commands.
    PassRole,
    /// Run code or commands on an existing resource that has a role.
    RunningRole,
    /// Give a principal policies, other versions of its policies, or groups.
    PolicyGrant,
    /// Remove a limit of a principal.
    ConstraintRemoval,
    /// Create a principal.
    PrincipalCreation,
    /// Change or use an identity provider.
    IdentityProvider,
}

include!(concat!(env!("OUT_DIR"), "/escalation_paths.rs"));

impl EscalationPath {
    /// The actions that the score counts.
    #[must_use]
    pub fn actions_of_score(&self) -> &'static [&'static str] {
        if self.scored_actions.is_empty() { self.actions } else { self.scored_actions }
    }
}

/// Every known path, in the order of the data.
#[must_use]
pub fn all() -> &'static [EscalationPath] {
    &PATHS
}

impl PathId {
    /// The id with this name.
    ///
    /// # Panics
    /// If no path has this id. A constant with an unknown id does not compile.
    #[expect(clippy::indexing_slicing, clippy::panic, reason = "it is only called by the compiler")]
    #[must_use]
    pub const fn named(name: &str) -> Self {
        let mut number = 0;
        while number < PATHS.len() {
            if crate::text::is_same(PATHS[number].name.as_bytes(), name.as_bytes()) {
                return PATHS[number].id;
            }
            number += 1;
        }
        panic!("no path has this id")
    }

    /// The id as it is printed, such as `iam-001`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.path().map_or("", |path| path.name)
    }

    /// The path with this id.
    #[must_use]
    pub fn path(self) -> Option<&'static EscalationPath> {
        PATHS.get(usize::from(self.0))
    }
}

impl fmt::Display for PathId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PathId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{PATHS, PathId};

    #[test]
    fn a_path_is_found_by_its_id() {
        for path in &PATHS {
            assert_eq!(PathId::named(path.name), path.id);
            assert_eq!(path.id.path().unwrap().name, path.name);
        }
        assert_eq!(PathId::named("iam-001").to_string(), "iam-001");
    }
}
