//! Managed policies that a principal may choose: to attach one, or as a permissions boundary.
//!
//! Conditions on `iam:PolicyARN` and `iam:PermissionsBoundary` leave some policies and not others. What counts is whether
//! one of those that are left leads on: AWS's own, those that the account has, and those that can be written for it.

use super::account::SlowAccount;
use super::candidates;
use super::requester::{SlowRequester, with};
use super::way::SlowPermit;
use crate::arn::Arn;
use crate::decision::{Context, ContextValue, Truth};
use crate::permissions::{ManagedDocument, PolicySource, allow_everything, allow_iam, grants_everything};

/// What a managed policy is chosen for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be attached.
    Policy,
    /// To be a permissions boundary.
    Boundary,
}

/// A managed policy that may be chosen.
pub(super) struct SlowChoice<'a> {
    pub(super) permit: SlowPermit,
    policy: SlowChosen<'a>,
}

enum SlowChosen<'a> {
    /// One that grants everything, or may.
    Everything,
    /// AWS's own that grants all of IAM.
    IamInFull,
    /// One of those that are known.
    Known(ManagedDocument<'a>),
}

impl<'a> SlowChoice<'a> {
    /// The policy as one that a principal has, by itself or by a group.
    pub(super) fn source(&self, group: Option<&'a str>) -> PolicySource<'a> {
        match self.policy {
            SlowChosen::Everything => everything(group),
            SlowChosen::IamInFull => PolicySource { group, name: IAM_IN_FULL, arn: None, document: allow_iam() },
            SlowChosen::Known(policy) => PolicySource {
                group,
                name: policy.arn.resource().rsplit('/').next().unwrap_or_default(),
                arn: Some(policy.arn),
                document: policy.document,
            },
        }
    }

    /// The policy as a boundary; none when it limits nothing.
    pub(super) fn boundary(&self) -> Option<ManagedDocument<'a>> {
        match self.policy {
            // All of IAM is not chosen as a boundary.
            SlowChosen::Everything | SlowChosen::IamInFull => None,
            SlowChosen::Known(policy) => Some(policy),
        }
    }

    /// What tells the policy from others.
    pub(super) fn key(&self) -> String {
        match self.policy {
            SlowChosen::Everything => "everything".to_owned(),
            SlowChosen::IamInFull => IAM_IN_FULL.to_owned(),
            SlowChosen::Known(policy) => policy.arn.to_string(),
        }
    }

    fn everything(permit: SlowPermit) -> Self {
        Self { permit, policy: SlowChosen::Everything }
    }
}

/// The name of AWS's own policy that grants all of IAM.
const IAM_IN_FULL: &str = "IAMFullAccess";

/// A policy of one's own making that grants everything.
pub(super) fn everything(group: Option<&str>) -> PolicySource<'_> {
    PolicySource { group, name: "", arn: None, document: allow_everything() }
}

impl Purpose {
    fn key(self) -> &'static str {
        match self {
            Self::Policy => "iam:PolicyARN",
            Self::Boundary => "iam:PermissionsBoundary",
        }
    }
}

impl<'a> SlowRequester<'a> {
    /// The managed policies that the principal may choose in `action` on `resource`, in requests that carry what `context`
    /// says: one that says everything if there is any, else those that lead on.
    pub(super) fn choices(
        &self,
        account: &SlowAccount<'a>,
        purpose: Purpose,
        (action, resource, context): (&'static str, &str, &Context),
    ) -> Vec<SlowChoice<'a>> {
        if !self.has(action) {
            return Vec::new();
        }
        let ask = |value: ContextValue| self.ask_in(action, resource, &with(context, &[(purpose.key(), value)]));
        let ask_for = |policy: &str| ask(ContextValue::Single(policy.to_owned()));
        // Whatever the policy: nothing to choose.
        if ask(ContextValue::Unknown).is_none() {
            return Vec::new();
        }
        let mut found: Vec<SlowChoice<'a>> = Vec::new();
        // AWS's own are there in every account.
        found.extend(ask_for(&account.policy_of_aws("AdministratorAccess")).map(SlowChoice::everything));
        // Without a condition on it, every policy is as good.
        if self.values_of(&purpose.key().to_ascii_lowercase()).next().is_none() {
            return found;
        }
        let written = || {
            let rewritten =
                account.own_policies.iter().filter_map(|arn| Some((arn.to_string(), self.rewrite(account, arn)?)));
            let both = rewritten.chain(self.policies_it_can_make(purpose)).filter_map(|(arn, permits)| {
                let permit = ask_for(&arn)?;
                let truth = permits.iter().map(|it| it.truth).min().unwrap_or(Truth::Holds).min(permit.truth);
                let missing = permit.missing.clone().or_else(|| permits.into_iter().find_map(|it| it.missing));
                Some(SlowPermit { truth, missing, ..permit })
            });
            both.map(SlowChoice::everything)
        };
        if !found.iter().any(|choice| choice.permit.truth == Truth::Holds) {
            found.extend(written());
        }
        if found.iter().any(|choice| choice.permit.truth == Truth::Holds) {
            found.retain(|choice| choice.permit.truth == Truth::Holds);
            found.truncate(1);
            return found;
        }
        let iam = ask_for(&account.policy_of_aws(IAM_IN_FULL)).filter(|_| purpose == Purpose::Policy);
        let iam = iam.map(|permit| SlowChoice { permit, policy: SlowChosen::IamInFull });
        let known = account.policies().filter(|policy| purpose == Purpose::Boundary || account.leads_on(policy));
        let known = known.filter_map(|policy| {
            Some(SlowChoice { permit: ask_for(policy.arn.as_str())?, policy: SlowChosen::Known(policy) })
        });
        let unknown = account.unread_policies().filter_map(|arn| {
            let missing = Some(format!("what policy {arn} says"));
            Some(SlowChoice::everything(SlowPermit { truth: Truth::Undecided, missing, ..ask_for(arn.as_str())? }))
        });
        let mut leading: Vec<SlowChoice<'a>> = iam.into_iter().chain(known).chain(unknown).collect();
        // Those that grant everything, if only under conditions, before the others.
        leading.sort_by_key(|choice| match choice.policy {
            SlowChosen::Everything => 0,
            SlowChosen::Known(policy) if grants_everything(policy.document) => 1,
            SlowChosen::IamInFull => 2,
            SlowChosen::Known(_) => 3,
        });
        found.extend(leading);
        found
    }

    /// What it takes to put whatever one likes in the place of a policy: it is in force at once.
    pub(super) fn rewrite(&self, account: &SlowAccount<'_>, policy: &Arn) -> Option<Vec<SlowPermit>> {
        /// A policy has no more versions than this.
        const MAX_VERSIONS: usize = 5;
        if policy.account() == "aws" {
            return None;
        }
        let create = self.ask("iam:CreatePolicyVersion", policy.as_str(), &[])?;
        let is_full = account.other_versions(policy).len() + 1 >= MAX_VERSIONS;
        let delete = is_full.then(|| self.ask("iam:DeletePolicyVersion", policy.as_str(), &[]));
        match delete {
            None => Some(vec![create]),
            Some(delete) => Some(vec![create, delete?]),
        }
    }

    /// ARNs of policies that the principal could make for a condition on which policy it is, with what that takes.
    fn policies_it_can_make(&self, purpose: Purpose) -> Vec<(String, Vec<SlowPermit>)> {
        if !self.has("iam:CreatePolicy") {
            return Vec::new();
        }
        let lower = purpose.key().to_ascii_lowercase();
        let arns = self.values_of(&lower).map(|value| value.replace('*', candidates::FRESH).replace('?', "x"));
        arns.filter_map(|arn| self.ask("iam:CreatePolicy", &arn, &[]).map(|permit| (arn, vec![permit]))).collect()
    }
}
