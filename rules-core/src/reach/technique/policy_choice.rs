//! Managed policies that a principal may choose: to attach one, or as a permissions boundary.
//!
//! Conditions on `iam:PolicyARN` and `iam:PermissionsBoundary` leave some policies and not others. What counts is what those
//! that are left say: AWS's own, those that the account has, and those that can be written for it.

use std::collections::BTreeMap;

use crate::decision::{ContextValue, Truth};
use crate::reach::account::PolicyIndex;
use crate::reach::action::Action;
use crate::reach::choice::{asked_for, is_fresh};
use crate::reach::document::DocumentId;
use crate::reach::principal::single;
use crate::reach::request::{Request, Requester};
use crate::reach::way::Permit;

const CREATE_POLICY: Action = Action::named("iam:CreatePolicy");
const CREATE_VERSION: Action = Action::named("iam:CreatePolicyVersion");
const DELETE_VERSION: Action = Action::named("iam:DeletePolicyVersion");

/// What a managed policy is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::reach) enum Purpose {
    /// To be attached.
    Policy,
    /// To be a permissions boundary.
    Boundary,
}

/// A managed policy that may be chosen.
#[derive(Clone, Debug)]
pub(in crate::reach) struct Choice {
    /// What it takes, the choice itself first.
    pub(in crate::reach) permits: Vec<Permit>,
    pub(in crate::reach) chosen: Chosen,
}

/// Which policy is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::reach) enum Chosen {
    /// One that grants everything, or may.
    Everything,
    /// AWS's own that grants all of IAM.
    IamInFull,
    /// One of the account's details.
    Known(PolicyIndex, DocumentId),
}

impl Purpose {
    fn key(self) -> &'static str {
        match self {
            Self::Policy => "iam:PolicyARN",
            Self::Boundary => "iam:PermissionsBoundary",
        }
    }
}

impl<'a> Requester<'_, 'a> {
    /// The managed policies that the principal may choose in a request: one that says everything if there certainly is
    /// any, else all that say something else, one for each thing that is said.
    pub(in crate::reach) fn choices(&self, purpose: Purpose, request: &Request<'_, 'a>) -> Vec<Choice> {
        if !self.has(request.action) {
            return Vec::new();
        }
        let ask = |value: ContextValue| {
            let keys: Vec<_> = request.keys.iter().cloned().chain([(purpose.key(), value)]).collect();
            self.permit(&Request { keys: &keys, ..*request })
        };
        let ask_for = |policy: &str| ask(single(policy));
        // Whatever the policy: nothing to choose.
        if ask(ContextValue::Unknown).is_none() {
            return Vec::new();
        }
        let everything = |permits: Vec<Permit>| Choice { permits, chosen: Chosen::Everything };
        let mut found: Vec<Choice> = Vec::new();
        // AWS's own are there in every account.
        let administrator = self.account.policy_of_aws("AdministratorAccess");
        found.extend(ask_for(&administrator).map(|permit| everything(vec![permit])));
        let lower = purpose.key().to_ascii_lowercase();
        let involved = self.involved(request.action);
        let asks = |key: &str| {
            involved.clauses().any(|clause| clause.statement.conditions.iter().any(|it| it.key.lower() == key))
        };
        // Without a condition on it, every policy is as good.
        if !asks(&lower) {
            return found;
        }
        if !is_certain(&found) {
            found.extend(self.written(purpose, request, &ask_for).map(everything));
        }
        if is_certain(&found) {
            found.retain(|choice| choice.is_certain());
            found.truncate(1);
            return found;
        }
        if purpose == Purpose::Policy {
            let iam = ask_for(&self.account.policy_of_aws(IAM_IN_FULL));
            found.extend(iam.map(|permit| Choice { permits: vec![permit], chosen: Chosen::IamInFull }));
        }
        found.extend(self.existing(purpose, &ask_for));
        found
    }

    /// Policies that the principal can write itself.
    fn written<'s>(
        &'s self,
        purpose: Purpose,
        request: &Request<'_, 'a>,
        ask_for: &'s impl Fn(&str) -> Option<Permit>,
    ) -> impl Iterator<Item = Vec<Permit>> + 's {
        let rewritten = self.account.indexed_policies().filter_map(|(policy, known)| {
            let rewrite = self.rewrite(policy)?;
            let choice = ask_for(known.arn().as_str())?;
            Some(std::iter::once(choice).chain(rewrite).collect())
        });
        let rewritten = rewritten.take(if self.has(CREATE_VERSION) { usize::MAX } else { 0 });
        let made = self.policies_it_can_make(purpose, request).into_iter().filter_map(|(arn, create)| {
            let choice = ask_for(&arn)?;
            Some(vec![choice, create])
        });
        rewritten.chain(made)
    }

    /// What it takes to put whatever one likes in the place of a policy: it is in force at once.
    pub(in crate::reach) fn rewrite(&self, policy: PolicyIndex) -> Option<Vec<Permit>> {
        /// A policy has no more versions than this.
        const MAX_VERSIONS: usize = 5;
        let known = self.account.policy(policy).filter(|known| !known.policy.is_aws_managed())?;
        if !self.has(CREATE_VERSION) {
            return None;
        }
        let create = self.permit(&Request::on(CREATE_VERSION, known.arn().as_str(), &[]))?;
        if known.versions() < MAX_VERSIONS {
            return Some(vec![create]);
        }
        Some(vec![create, self.permit(&Request::on(DELETE_VERSION, known.arn().as_str(), &[]))?])
    }

    /// ARNs of policies that the principal could make for a condition on which policy it is.
    fn policies_it_can_make(&self, purpose: Purpose, request: &Request<'_, 'a>) -> Vec<(String, Permit)> {
        if !self.has(CREATE_POLICY) {
            return Vec::new();
        }
        let involved = self.involved(request.action);
        let clauses: Vec<_> = involved.clauses().collect();
        let mut arns = asked_for(&purpose.key().to_ascii_lowercase(), &clauses, self.context());
        // A condition may rule out some names only.
        let own = &self.account.facts.account;
        arns.push(format!("arn:{}:iam::{own}:policy/{}", self.account.partition(), crate::reach::choice::FRESH));
        let is_new = |arn: &String| is_fresh(arn) || self.account.policy_by_arn(arn).is_none();
        let arns = arns.into_iter().filter(is_new);
        arns.filter_map(|arn| Some((self.permit(&Request::on(CREATE_POLICY, &arn, &[]))?, arn)))
            .map(|(permit, arn)| (arn, permit))
            .collect()
    }

    /// Policies that the account has: of those that say the same, the one that is most certainly open.
    fn existing(&self, purpose: Purpose, ask_for: &impl Fn(&str) -> Option<Permit>) -> Vec<Choice> {
        let mut by_content: BTreeMap<DocumentId, Choice> = BTreeMap::new();
        let mut unread: Option<Choice> = None;
        for (policy, known) in self.account.indexed_policies() {
            let arn = known.arn().as_str();
            let Some(document) = known.document else {
                unread = unread.or_else(|| {
                    let mut permit = ask_for(arn)?;
                    permit.truth = Truth::Undecided;
                    permit.missing = Some(format!("what policy {arn} says"));
                    Some(Choice { permits: vec![permit], chosen: Chosen::Everything })
                });
                continue;
            };
            let says_something = document != DocumentId::SILENT;
            let leads_on = says_something && !self.account.documents.get(document).allows.is_empty();
            let is_settled = by_content.get(&document).is_some_and(Choice::is_certain);
            if !leads_on || is_settled {
                continue;
            }
            let Some(permit) = ask_for(arn) else { continue };
            if by_content.get(&document).is_none() || permit.truth == Truth::Holds {
                by_content.insert(document, Choice { permits: vec![permit], chosen: Chosen::Known(policy, document) });
            }
        }
        let _ = purpose;
        by_content.into_values().chain(unread).collect()
    }
}

impl Choice {
    /// Whether it can be made for certain.
    pub(in crate::reach) fn is_certain(&self) -> bool {
        self.truth() == Truth::Holds
    }

    pub(in crate::reach) fn truth(&self) -> Truth {
        self.permits.iter().map(|permit| permit.truth).min().unwrap_or(Truth::Fails)
    }
}

fn is_certain(found: &[Choice]) -> bool {
    found.iter().any(Choice::is_certain)
}

/// The name of AWS's own policy that grants all of IAM.
pub(in crate::reach) const IAM_IN_FULL: &str = "IAMFullAccess";
