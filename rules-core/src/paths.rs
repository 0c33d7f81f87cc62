//! The known paths of privilege escalation: which actions together lead to more privilege, and what else they take.
//!
//! Facts from pathfinding.cloud (Apache-2.0) and Prowler (Apache-2.0), kept in `data/escalation_paths.json` and compiled in.

use std::fmt;

/// A way to more privilege.
#[derive(Debug)]
pub struct EscalationPath {
    /// Which one it is.
    pub id: PathId,
    /// The id as it is printed.
    pub name: &'static str,
    /// What the score weighs it as.
    pub class: EscalationClass,
    /// How it is taken.
    pub technique: Technique,
    /// All of them are needed.
    pub actions: &'static [&'static str],
    /// Types of resources that actions have to be allowed on where that is more than the catalogue requires.
    pub types: &'static [(&'static str, &'static [&'static str])],
    /// The services whose roles it leads to; none where it leads to no role of a service.
    pub services: &'static [&'static str],
    /// Whether the role has to be in an instance profile.
    pub instance_profile: bool,
    /// What the path also requires and IAM policies do not show, in words.
    pub needs: &'static [&'static str],
    /// Whether the score of a policy counts it. What only an account decides is left to the search in accounts.
    pub scored: bool,
    /// What the score counts in place of `actions`, where that is something else.
    scored_actions: &'static [&'static str],
    /// Who describes it.
    pub source: &'static str,
}

/// The id of a known path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(u8);

/// What kind of way it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EscalationClass {
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

/// How a path is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Technique {
    /// Credentials of a user are made or changed.
    CredentialAccess,
    /// A role is assumed, as it stands or after its trust policy was changed.
    AssumeRole,
    /// A role is passed to a service that does what one says with it.
    PassRole,
    /// Something that runs with a role already does what one says.
    RunningRole,
    /// A principal is given policies, other versions of them, or groups.
    PolicyGrant,
    /// What limits a principal is taken away.
    ConstraintRemoval,
    /// A principal is created.
    PrincipalCreation,
    /// An identity provider vouches for what one says.
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
    /// When no path has it. A constant with such a name does not compile.
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

    /// What is known of the path.
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
