//! Paths through services that run with a role.

use super::paths::{EscalationPath, PATHS, Technique};
use super::requester::SlowRequester;
use super::way::{SlowPermit, SlowWay};

/// Whose privilege is gained by a path.
pub(super) enum PathGain {
    /// That of a user, role or policy of the account, which is looked for case by case.
    Iam,
    /// That of a role which is passed to one of these services and trusts it.
    PassedRole(&'static [&'static str]),
    /// That of a role which is passed to some service and trusts it; the path's source does not say which.
    AnyPassedRole,
    /// That of a role which something has already that runs in one of these services.
    RunningRole(&'static [&'static str]),
    /// Whatever Identity Center grants.
    IdentityCenter,
}

impl EscalationPath {
    pub(super) fn gain(&self) -> PathGain {
        match self.technique {
            Technique::PassRole if self.services.is_empty() => PathGain::AnyPassedRole,
            Technique::PassRole => PathGain::PassedRole(self.services),
            Technique::RunningRole => PathGain::RunningRole(self.services),
            Technique::IdentityProvider if self.actions.iter().any(|action| action.starts_with("sso:")) => {
                PathGain::IdentityCenter
            }
            _ => PathGain::Iam,
        }
    }
}

/// A path all of whose actions but `iam:PassRole` a principal may do.
pub(super) struct OpenPath {
    pub(super) path: &'static EscalationPath,
    /// None for a path that takes nothing but `iam:PassRole`.
    way: Option<SlowWay>,
}

impl OpenPath {
    /// The step without any role passed.
    pub(super) fn way(&self) -> Option<SlowWay> {
        self.way.clone()
    }

    /// The step with a role passed.
    pub(super) fn way_with(&self, pass: SlowPermit) -> SlowWay {
        let passed = pass.way(self.path.name);
        match self.way() {
            None => passed,
            Some(way) => passed.after(way),
        }
    }
}

/// The paths through services that are open to a principal, as far as its own policies go.
pub(super) fn open_paths(by: &SlowRequester<'_>) -> Vec<OpenPath> {
    let through_services = PATHS.iter().filter(|path| !matches!(path.gain(), PathGain::Iam | PathGain::IdentityCenter));
    through_services.filter_map(|path| open(by, path)).collect()
}

/// The path through Identity Center, which grants whatever it likes where the account administers it.
pub(super) fn identity_center(by: &SlowRequester<'_>) -> Option<SlowWay> {
    let paths = PATHS.iter().filter(|path| matches!(path.gain(), PathGain::IdentityCenter));
    paths.filter_map(|path| open(by, path)?.way()).next()
}

fn open(by: &SlowRequester<'_>, path: &'static EscalationPath) -> Option<OpenPath> {
    // Every action has to be there at all before any is looked at closely.
    if !path.actions.iter().all(|action| by.has(action)) {
        return None;
    }
    let mut way: Option<SlowWay> = None;
    for action in path.actions.iter().filter(|action| **action != "iam:PassRole") {
        let permit = by.ask_somewhere(action)?;
        way = Some(match way {
            None => permit.way(path.name),
            Some(way) => way.with(permit),
        });
    }
    let way = match path.needs.first() {
        None => way,
        Some(what) => way.map(|way| way.unless_known(|| (*what).to_owned())),
    };
    Some(OpenPath { path, way })
}
