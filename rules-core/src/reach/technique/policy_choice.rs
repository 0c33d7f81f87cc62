//! The managed policies that a principal can attach, or set as a permissions boundary.
//!
//! Conditions on `iam:PolicyARN` and `iam:PermissionsBoundary` allow some policies only. The documents of these
//! policies decide: AWS managed policies, policies of the account, and policies that can be created.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::decision::{ContextValue, Truth};
use crate::reach::account::PolicyIndex;
use crate::reach::action::Action;
use crate::reach::choice::{FRESH, asked_for, instance, is_fresh};
use crate::reach::clause::{Clause, Keys};
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
    /// The managed policies that the principal may attach in a request: one that says everything if there is any that is
    /// certain enough, else all that say something else, one for each thing that is said.
    pub(in crate::reach) fn policies_to_attach(&self, request: &Request<'_, 'a>, level: Truth) -> Vec<Choice> {
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
        let is_enough = |found: &[Choice]| found.iter().any(|choice| choice.truth() >= level);
        if !is_enough(&found) {
            let attachable = self.attachable(request);
            let rewritten = self.rewritten(&attachable, &ask_for);
            let own = rewritten.chain(self.made(POLICY, request, &ask_for));
            for choice in own.map(|(arn, permits)| everything(arn, permits)) {
                let is_last = choice.truth() >= level;
                found.push(choice);
                if is_last {
                    break;
                }
            }
            if !is_enough(&found) {
                let arn = self.account.policy_of_aws(IAM_IN_FULL);
                let iam = |permit| Choice { permits: vec![permit], chosen: Chosen::IamInFull, arn: arn.clone() };
                found.extend(ask_for(&arn).map(iam));
                found.extend(self.existing(&attachable, &ask_for));
                return found;
            }
        }
        found.retain(|choice| choice.truth() >= level);
        found.truncate(1);
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

    /// The account's policies that some Allow that may be about the target may let the principal attach, whatever the
    /// conditions on anything else, in order.
    fn attachable(&self, request: &Request<'_, 'a>) -> Cow<'_, [PolicyIndex]> {
        let may_be_about = |clause: &&Clause<'_>| {
            let bounds = request.target_state.filter(|_| clause.keys.meets(Keys::BOUNDARY)).map(|state| &state.bounds);
            let is_bounded =
                bounds.is_none_or(|bounds| bounds.iter().any(|bound| clause.may_apply_within(bound.as_ref())));
            is_bounded && self.may_be_about(clause, request.resource)
        };
        let involved = self.involved(request.action);
        let allows = involved.held_clauses().filter(|it| it.is_allow()).filter(may_be_about);
        let by_clause: Vec<&[PolicyIndex]> = allows.map(|clause| clause.attachable(self.account)).collect();
        if let [only] = by_clause.as_slice() {
            return Cow::Borrowed(only);
        }
        let mut found = by_clause.concat();
        found.sort_unstable();
        found.dedup();
        Cow::Owned(found)
    }

    /// Policies of the account in whose place the principal can put whatever it likes.
    fn rewritten<'s>(
        &'s self,
        attachable: &'s [PolicyIndex],
        ask_for: &'s impl Fn(&str) -> Option<Permit>,
    ) -> impl Iterator<Item = (String, Vec<Permit>)> + 's {
        let attachable = if self.has(CREATE_VERSION) { attachable } else { &[] };
        attachable.iter().filter_map(|policy| {
            let (known, rewrite) = (self.account.policy(*policy)?, self.rewrite(*policy)?);
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
    fn existing(&self, attachable: &[PolicyIndex], ask_for: &impl Fn(&str) -> Option<Permit>) -> Vec<Choice> {
        let choice = |policy: PolicyIndex, chosen: Chosen| {
            let arn = self.account.policy(policy)?.arn().to_string();
            Some(Choice { permits: vec![ask_for(&arn)?], chosen, arn })
        };
        let may_attach = |policy: &PolicyIndex| attachable.binary_search(policy).is_ok();
        // Where only a few may be attached, one need not look through what all of them say.
        let documents: Vec<DocumentId> = if attachable.len() < self.account.leading.len() {
            let documents = attachable.iter().filter_map(|policy| self.account.policy(*policy)?.document);
            documents.collect::<BTreeSet<_>>().into_iter().collect()
        } else {
            self.account.leading.keys().copied().collect()
        };
        let by_content = documents.into_iter().filter_map(|document| {
            let mut best: Option<Choice> = None;
            for policy in self.account.leading.get(&document)?.iter().copied().filter(may_attach) {
                let Some(found) = choice(policy, Chosen::Known(policy, document)) else { continue };
                if found.is_certain() {
                    return Some(found);
                }
                best = best.or(Some(found));
            }
            best
        });
        let unread = self.account.unread.iter().filter(|policy| may_attach(policy)).find_map(|policy| {
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

/// The name of AWS's own policy that grants all of IAM.
pub(in crate::reach) const IAM_IN_FULL: &str = "IAMFullAccess";
