//! Managed policies that a principal may choose: to attach one, or as a permissions boundary.
//!
//! Conditions on `iam:PolicyARN` and `iam:PermissionsBoundary` leave some policies and not others. What counts is what those
//! that are left say: AWS's own, those that the account has, and those that can be written for it.

use crate::decision::{ContextValue, Truth};
use crate::reach::account::PolicyIndex;
use crate::reach::action::Action;
use crate::reach::choice::{FRESH, asked_for, instance, is_fresh};
use crate::reach::clause::Keys;
use crate::reach::document::DocumentId;
use crate::reach::principal::single;
use crate::reach::request::{Request, Requester};
use crate::reach::state::Bound;
use crate::reach::way::Permit;

const POLICY: &str = "iam:PolicyARN";
const BOUNDARY: &str = "iam:PermissionsBoundary";

const CREATE_POLICY: Action = Action::named("iam:CreatePolicy");
const CREATE_VERSION: Action = Action::named("iam:CreatePolicyVersion");
const DELETE_VERSION: Action = Action::named("iam:DeletePolicyVersion");

/// A managed policy that may be chosen.
#[derive(Clone, Debug)]
pub(in crate::reach) struct Choice {
    /// What it takes, the choice itself first.
    pub(in crate::reach) permits: Vec<Permit>,
    pub(in crate::reach) chosen: Chosen,
    /// The policy's ARN.
    arn: String,
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

impl<'a> Requester<'_, 'a> {
    /// The managed policies that the principal may attach in a request: one that says everything if there certainly is any,
    /// else all that say something else, one for each thing that is said.
    pub(in crate::reach) fn policies_to_attach(&self, request: &Request<'_, 'a>) -> Vec<Choice> {
        let ask_for = |arn: &str| self.ask_for(request, POLICY, single(arn));
        if !self.has(request.action) || self.ask_for(request, POLICY, ContextValue::Unknown).is_none() {
            // Whatever the policy: nothing to choose.
            return Vec::new();
        }
        // AWS's own are there in every account.
        let administrator = self.account.policy_of_aws("AdministratorAccess");
        let mut found: Vec<Choice> = Vec::new();
        let everything = |arn: String, permits| Choice { permits, chosen: Chosen::Everything, arn };
        found.extend(ask_for(&administrator).map(|permit| everything(administrator, vec![permit])));
        // Without a condition on it, every policy is as good.
        if !self.involved(request.action).keys().meets(Keys::POLICY) {
            return found;
        }
        if !is_certain(&found) {
            found.extend(self.rewritten(&ask_for).map(|(arn, permits)| everything(arn, permits)));
            found.extend(self.made(POLICY, request, &ask_for).map(|(arn, permits)| everything(arn, permits)));
        }
        if is_certain(&found) {
            found.retain(Choice::is_certain);
            found.truncate(1);
            return found;
        }
        let iam = self.account.policy_of_aws(IAM_IN_FULL);
        found.extend(ask_for(&iam).map(|permit| Choice { permits: vec![permit], chosen: Chosen::IamInFull, arn: iam }));
        found.extend(self.existing(&ask_for));
        found
    }

    /// The permissions boundaries that the principal may set in a request: one that limits nothing, and those that some
    /// condition of the account asks for.
    pub(in crate::reach) fn boundaries_to_set(&self, request: &Request<'_, 'a>) -> Vec<Choice> {
        let ask_for = |arn: &str| self.ask_for(request, BOUNDARY, single(arn));
        if !self.has(request.action) || self.ask_for(request, BOUNDARY, ContextValue::Unknown).is_none() {
            return Vec::new();
        }
        let administrator = self.account.policy_of_aws("AdministratorAccess");
        let mut found: Vec<Choice> = Vec::new();
        let everything = |arn: String, permits| Choice { permits, chosen: Chosen::Everything, arn };
        found.extend(ask_for(&administrator).map(|permit| everything(administrator, vec![permit])));
        for policy in &self.account.boundary_policies {
            let Some(known) = self.account.policy(*policy) else { continue };
            let arn = known.arn().to_string();
            let Some(mut permit) = ask_for(&arn) else { continue };
            let chosen = match known.document {
                Some(document) => Chosen::Known(*policy, document),
                None => {
                    permit.truth = Truth::Undecided;
                    permit.missing = Some(format!("what policy {arn} says"));
                    Chosen::Everything
                }
            };
            found.push(Choice { permits: vec![permit], chosen, arn });
        }
        found.extend(self.made(BOUNDARY, request, &ask_for).map(|(arn, permits)| everything(arn, permits)));
        found
    }

    fn ask_for(&self, request: &Request<'_, 'a>, key: &'static str, value: ContextValue) -> Option<Permit> {
        let keys: Vec<_> = request.keys.iter().cloned().chain([(key, value)]).collect();
        self.permit(&Request { keys: &keys, ..*request })
    }

    /// Policies of the account in whose place the principal can put whatever it likes.
    fn rewritten<'s>(
        &'s self,
        ask_for: &'s impl Fn(&str) -> Option<Permit>,
    ) -> impl Iterator<Item = (String, Vec<Permit>)> + 's {
        let policies = self.account.indexed_policies().filter(|_| self.has(CREATE_VERSION));
        policies.filter_map(|(policy, known)| {
            let rewrite = self.rewrite(policy)?;
            let choice = ask_for(known.arn().as_str())?;
            Some((known.arn().to_string(), std::iter::once(choice).chain(rewrite).collect()))
        })
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

    /// Policies that the principal could make for a condition on which policy it is.
    fn made<'s>(
        &'s self,
        key: &'static str,
        request: &Request<'_, 'a>,
        ask_for: &'s impl Fn(&str) -> Option<Permit>,
    ) -> impl Iterator<Item = (String, Vec<Permit>)> + 's {
        let mut arns = Vec::new();
        if self.has(CREATE_POLICY) {
            let involved = self.involved(request.action);
            let clauses: Vec<_> = involved.clauses().collect();
            arns = asked_for(&key.to_ascii_lowercase(), &clauses, self.context());
            if key == BOUNDARY {
                arns.extend(self.account.boundary_values.iter().map(|value| instance(value)));
            }
            // A condition may rule out some names only.
            let own = &self.account.facts.account;
            arns.push(format!("arn:{}:iam::{own}:policy/{FRESH}", self.account.partition()));
            arns.sort_unstable();
            arns.dedup();
        }
        let new = arns.into_iter().filter(|arn| is_fresh(arn) || self.account.policy_by_arn(arn).is_none());
        new.filter_map(|arn| {
            let create = self.permit(&Request::on(CREATE_POLICY, &arn, &[]))?;
            let choice = ask_for(&arn)?;
            Some((arn, vec![choice, create]))
        })
    }

    /// Policies that the account has: of those that say the same, the one that is most certainly open.
    fn existing(&self, ask_for: &impl Fn(&str) -> Option<Permit>) -> Vec<Choice> {
        let choice = |policy: PolicyIndex, chosen: Chosen| {
            let arn = self.account.policy(policy)?.arn().to_string();
            Some(Choice { permits: vec![ask_for(&arn)?], chosen, arn })
        };
        let by_content = self.account.leading.iter().filter_map(|(document, policies)| {
            let mut best: Option<Choice> = None;
            for policy in policies {
                let Some(found) = choice(*policy, Chosen::Known(*policy, *document)) else { continue };
                if found.is_certain() {
                    return Some(found);
                }
                best = best.or(Some(found));
            }
            best
        });
        let unread = self.account.unread.iter().find_map(|policy| {
            let mut found = choice(*policy, Chosen::Everything)?;
            for permit in &mut found.permits {
                permit.truth = Truth::Undecided;
                permit.missing = Some(format!("what policy {} says", found.arn));
            }
            Some(found)
        });
        by_content.chain(unread).collect()
    }
}

impl Choice {
    /// The policy as a permissions boundary.
    pub(in crate::reach) fn bound(&self, everything: DocumentId) -> Bound {
        let (document, policy) = match self.chosen {
            Chosen::Everything | Chosen::IamInFull => (everything, None),
            Chosen::Known(policy, document) => (document, Some(policy)),
        };
        Bound { document, policy, arn: self.arn.as_str().into() }
    }

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
