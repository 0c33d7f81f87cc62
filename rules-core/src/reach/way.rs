//! Steps that a principal can take, and how certain they are.

use super::action::Action;
use super::request::{Answer, Key, Reliance, Request, Requester};
use crate::decision::{ContextValue, Truth};
use crate::paths::PathId;
use crate::text::visible;

/// A step that a principal can take, or may be able to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) path: PathId,
    pub(super) permits: Vec<Permit>,
    /// Never [`Truth::Fails`].
    pub(super) truth: Truth,
    /// What would have to be known to be certain.
    pub(super) missing: Vec<String>,
}

/// What a principal may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Permit {
    pub(super) action: Action,
    /// An ARN, or `*`.
    pub(super) resource: String,
    /// Never [`Truth::Fails`].
    pub(super) truth: Truth,
    /// The policy among those that the principal holds, and its statement's zero-based place in it.
    pub(super) by: Option<(usize, usize)>,
    /// Condition keys that were set for it.
    pub(super) set: Vec<(String, ContextValue)>,
    /// Condition keys that its maker meets.
    pub(super) met: Vec<String>,
    /// What would have to be known to be certain.
    pub(super) missing: Option<String>,
    /// What of the principal has to be changed for it.
    pub(super) relies: Reliance,
}

impl<'a> Requester<'_, 'a> {
    /// What the principal may do, unless it may not.
    pub(super) fn permit(&self, request: &Request<'_, 'a>) -> Option<Permit> {
        let answer = self.ask(request);
        self.permit_of(request.action, request.resource, request.keys, answer)
    }

    /// The permit for an answer.
    pub(super) fn permit_of(&self, action: Action, resource: &str, keys: &[Key], answer: Answer) -> Option<Permit> {
        if answer.truth == Truth::Fails {
            return None;
        }
        let mut set: Vec<(String, ContextValue)> =
            keys.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let mut met: Vec<String> = answer.set.iter().map(|(key, _)| key.clone()).collect();
        set.extend(answer.set.iter().cloned());
        if answer.rests_on_mfa {
            met.push("aws:MultiFactorAuthPresent".to_owned());
        }
        let missing = (answer.truth == Truth::Undecided).then(|| match answer.open.is_empty() {
            true => format!("policy variables on {}", action.name()),
            false => format!("{} on {}", visible(&answer.open.join(", "), 60), action.name()),
        });
        let Answer { truth, by, relies, .. } = answer;
        Some(Permit { action, resource: resource.to_owned(), truth, by, set, met, missing, relies })
    }
}

impl Permit {
    /// The uncertain reading.
    pub(super) fn unsure(action: Action, resource: &str, missing: &str) -> Self {
        Self {
            action,
            resource: resource.to_owned(),
            truth: Truth::Undecided,
            by: None,
            set: Vec::new(),
            met: Vec::new(),
            missing: Some(format!("{missing} for {}", action.name())),
            relies: Reliance::default(),
        }
    }

    /// The step that takes this permit alone.
    pub(super) fn way(self, path: PathId) -> Way {
        let truth = self.truth;
        let missing = self.missing.iter().cloned().collect();
        Way { path, permits: vec![self], truth, missing }
    }
}

impl Way {
    /// A step that takes nothing yet.
    pub(super) fn empty(path: PathId) -> Self {
        Self { path, permits: Vec::new(), truth: Truth::Holds, missing: Vec::new() }
    }

    /// The step that takes this one and `permit`.
    pub(super) fn with(mut self, permit: Permit) -> Self {
        self.truth = self.truth.min(permit.truth);
        self.missing.extend(permit.missing.iter().cloned());
        if !self.permits.iter().any(|known| known.action == permit.action) {
            self.permits.push(permit);
        }
        self
    }

    /// The step that takes `permit` first and then what this one takes.
    pub(super) fn after(self, permit: Permit) -> Self {
        let way = Self { permits: Vec::new(), ..self.clone() }.with(permit);
        Self { permits: way.permits.into_iter().chain(self.permits).collect(), ..way }
    }

    /// The step, no more certain than `truth`; `missing` says what is not known when it is not certain.
    pub(super) fn depends_on(mut self, truth: Truth, missing: impl FnOnce() -> String) -> Self {
        if truth < Truth::Holds {
            self.missing.extend(Some(missing()).filter(|text| !text.is_empty()));
        }
        self.truth = self.truth.min(truth);
        self
    }

    /// The step, which depends on something that is not known.
    pub(super) fn unless_known(self, missing: impl FnOnce() -> String) -> Self {
        self.depends_on(Truth::Undecided, missing)
    }
}

/// The most certain of the ways; of equally certain ones the first.
pub(super) fn best(ways: impl IntoIterator<Item = Way>) -> Option<Way> {
    ways.into_iter().reduce(|best, way| if way.truth > best.truth { way } else { best })
}
