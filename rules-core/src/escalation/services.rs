//! Paths through services that run with a role.

use super::paths::{EscalationPath, Gain, Need, PATHS};
use super::requester::Requester;
use super::way::{Permit, Way};

/// A path all of whose actions but `iam:PassRole` a principal may do.
pub(super) struct OpenPath {
    pub(super) path: &'static EscalationPath,
    /// None for a path that takes nothing but `iam:PassRole`.
    way: Option<Way>,
}

impl OpenPath {
    /// The step without any role passed.
    pub(super) fn way(&self) -> Option<Way> {
        self.way.clone()
    }

    /// The step with a role passed.
    pub(super) fn way_with(&self, pass: Permit) -> Way {
        let passed = pass.way(self.path.id);
        match self.way() {
            None => passed,
            Some(way) => passed.after(way),
        }
    }
}

/// The paths through services that are open to a principal, as far as its own policies go.
pub(super) fn open_paths(by: &Requester<'_>) -> Vec<OpenPath> {
    let through_services = PATHS.iter().filter(|path| !matches!(path.gain, Gain::Iam | Gain::IdentityCenter));
    through_services.filter_map(|path| open(by, path)).collect()
}

/// The path through Identity Center, which grants whatever it likes where the account administers it.
pub(super) fn identity_center(by: &Requester<'_>) -> Option<Way> {
    let paths = PATHS.iter().filter(|path| matches!(path.gain, Gain::IdentityCenter));
    paths.filter_map(|path| open(by, path)?.way()).next()
}

fn open(by: &Requester<'_>, path: &'static EscalationPath) -> Option<OpenPath> {
    // Every action has to be there at all before any is looked at closely.
    if !path.actions.iter().all(|action| by.has(action)) {
        return None;
    }
    let mut way: Option<Way> = None;
    for action in path.actions.iter().filter(|action| **action != "iam:PassRole") {
        let permit = by.ask_somewhere(action)?;
        way = Some(match way {
            None => permit.way(path.id),
            Some(way) => way.with(permit),
        });
    }
    let told = path.needs.iter().find_map(|need| match need {
        Need::Told(what) => Some(*what),
        Need::InstanceProfile => None,
    });
    let way = match told {
        None => way,
        Some(what) => way.map(|way| way.unless_known(|| what.to_owned())),
    };
    Some(OpenPath { path, way })
}
