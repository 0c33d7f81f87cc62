//! The permissions of a user's long-term access key without MFA.
//!
//! Policies require MFA by conditions. Whether the conditions are met without MFA depends on the request: a request
//! that the key signs does not have the condition keys of MFA, and a request of a session of GetSessionToken without a
//! device, which every user with a key can get, has `aws:MultiFactorAuthPresent` as false. A policy must limit both.

use super::mfa::enter_direct;
use super::{AdminDefinition, PrincipalPermissions, RequestMfa, Witness, allows};
use crate::catalogue::{self, AccessLevel, ActionIndex, ActionSet};
use crate::decision::{Context, PolicyLayers, Request, Truth};
use crate::policy::{ActionElement, Effect, PolicyDocument, ResourceElement, Statement};
use crate::score::{PrincipalScorer, Score};

/// Condition keys that distinguish a request that a service makes for a principal from the principal's own, in lower case.
const THROUGH_SERVICES: [&str; 4] = ["aws:viaawsservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast"];

/// Services that make no requests to other services for their callers.
const CALL_NOBODY: [&str; 2] = ["iam", "sts"];

/// The most dangerous use of a user's long-term access key without MFA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BareKey<E> {
    /// Be an administrator.
    Administer(Witness),
    /// Register an MFA device for the user, and sign in with it. `sts:GetSessionToken` takes no permission, and no policy
    /// controls it.
    RegisterDevice,
    /// Keep so many permissions that their score is below the minimum.
    KeepPower(Score),
    /// Become an administrator.
    Escalate(E),
    /// None of these: the permissions of the user require MFA.
    Nothing,
}

impl<'a> PrincipalPermissions<'a> {
    /// The most dangerous use of the access key of a user without MFA.
    ///
    /// The remaining permissions are scored like those of a principal, and must reach `minimum`. `escalation` returns
    /// how the user becomes an administrator with an MFA state; an uncertain escalation counts too.
    ///
    /// # Errors
    /// If `escalation` fails.
    pub fn bare_key<E, F>(
        &self,
        definition: AdminDefinition,
        minimum: Score,
        scorer: &mut PrincipalScorer<'a>,
        mut escalation: impl FnMut(RequestMfa) -> Result<Option<E>, F>,
    ) -> Result<BareKey<E>, F> {
        // A definition may look at a part of the policies, but all of them say what the key can do.
        for definition in [definition, AdminDefinition::Effective] {
            let mut witnesses = RequestMfa::WITHOUT_MFA.into_iter().map(|mfa| self.administrator(definition, mfa));
            if let Some(witness) = witnesses.find_map(|witness| witness) {
                return Ok(BareKey::Administer(witness));
            }
        }
        if self.may_register_a_device() {
            return Ok(BareKey::RegisterDevice);
        }
        let layers = self.layers();
        let scores = RequestMfa::WITHOUT_MFA.map(|mfa| scorer.score(&layers, &self.context(mfa)).effective);
        if let Some(least) = scores.into_iter().min().filter(|score| *score < minimum) {
            return Ok(BareKey::KeepPower(least));
        }
        for mfa in RequestMfa::WITHOUT_MFA {
            if let Some(found) = escalation(mfa)? {
                return Ok(BareKey::Escalate(found));
            }
        }
        Ok(BareKey::Nothing)
    }

    /// Whether the user can register an MFA device for itself without MFA. A hardware device needs no other permission.
    #[must_use]
    pub fn may_register_a_device(&self) -> bool {
        let (layers, resource) = (self.layers(), self.identity.arn.as_str());
        RequestMfa::WITHOUT_MFA.into_iter().any(|mfa| {
            let context = self.context(mfa);
            allows(&layers, &Request { action: "iam:EnableMFADevice", resource, context: &context }) > Truth::Fails
        })
    }

    /// The context of requests of which no service makes any for the principal, if that is so and matters.
    ///
    /// A service makes requests for its callers only: a principal that cannot call such a service makes every request
    /// itself.
    pub(super) fn only_direct_requests(&self, context: &Context) -> Option<Context> {
        let layers = self.layers();
        let tells_them_apart = |statement: &Statement| {
            statement.conditions.iter().any(|condition| THROUGH_SERVICES.contains(&condition.key.lower()))
        };
        if !layers.documents().flat_map(|document| &document.statements).any(tells_them_apart) {
            return None;
        }
        let mut direct = context.clone();
        enter_direct(&mut direct);
        let left = RemainingActions::left_by(&layers, &direct);
        let starts_something = left.unknown || left.known.iter().any(calls_others);
        (!starts_something).then_some(direct)
    }
}

/// Whether a service can make sensitive requests for a principal that calls the action.
fn calls_others(action: ActionIndex) -> bool {
    let reads = matches!(action.level(), AccessLevel::List | AccessLevel::Read);
    !reads && !CALL_NOBODY.contains(&action.service().prefix())
}

/// Some actions.
struct RemainingActions {
    known: ActionSet,
    /// Whether there are any beside, of which the catalogue knows nothing.
    unknown: bool,
}

impl RemainingActions {
    /// The actions of which not every request is denied.
    fn left_by(layers: &PolicyLayers<'_>, context: &Context) -> Self {
        let mut left = Self::allowed_by(layers.granting(), context);
        for level in layers.limits() {
            let allowed = Self::allowed_by(level.iter().copied(), context);
            left.known.intersect_with(&allowed.known);
            left.unknown &= allowed.unknown;
        }
        for document in layers.documents() {
            for statement in &document.statements {
                let is_total = statement.effect == Effect::Deny
                    && statement.resource.as_ref().is_none_or(is_every_resource)
                    && statement.conditions_in(document.version, context) == Truth::Holds;
                if is_total {
                    let denied = Self::of(&statement.action);
                    left.known.subtract(&denied.known);
                    left.unknown &= !denied.unknown;
                }
            }
        }
        left
    }

    fn allowed_by<'p>(documents: impl Iterator<Item = &'p PolicyDocument>, context: &Context) -> Self {
        let mut allowed = Self { known: ActionSet::empty(), unknown: false };
        for document in documents {
            let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
            for statement in allows.filter(|it| it.conditions_in(document.version, context) > Truth::Fails) {
                let of_statement = Self::of(&statement.action);
                allowed.known.union_with(&of_statement.known);
                allowed.unknown |= of_statement.unknown;
            }
        }
        allowed
    }

    fn of(element: &ActionElement) -> Self {
        let mut known = ActionSet::empty();
        for pattern in element.patterns() {
            catalogue::expand(pattern, &mut known);
        }
        if let ActionElement::NotAction(_) = element {
            let mut others = ActionSet::full();
            others.subtract(&known);
            known = others;
        }
        Self { known, unknown: super::administrator::spans_actions(element) }
    }
}

fn is_every_resource(element: &ResourceElement) -> bool {
    match element {
        ResourceElement::Resource(patterns) => patterns.iter().any(|pattern| pattern.is_everything()),
        ResourceElement::NotResource(_) => false,
    }
}
