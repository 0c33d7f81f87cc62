//! Asking what a principal may do.

use super::account::{Account, Principal};
use super::candidates;
use super::capabilities::Capabilities;
use super::way::{Permit, surest};
use crate::arn::Arn;
use crate::decision::{Context, ContextValue, PolicyLayers, Request, Truth};
use crate::permissions::{Change, PrincipalPermissions, PrincipalType, SecondFactor, allow_everything, allows};
use crate::policy::Condition;

/// A principal that looks for ways.
pub(super) struct Requester<'p, 'a> {
    pub(super) permissions: &'p PrincipalPermissions<'a>,
    pub(super) capabilities: Capabilities,
    layers: PolicyLayers<'a>,
    pub(super) context: Context,
}

/// A condition key that a request carries besides what the principal brings.
pub(super) type Key = (&'static str, ContextValue);

/// The value of a key that a request carries.
pub(super) fn single(value: &str) -> ContextValue {
    ContextValue::Single(value.to_owned())
}

impl<'p, 'a> Requester<'p, 'a> {
    pub(super) fn new(
        permissions: &'p PrincipalPermissions<'a>,
        capabilities: Capabilities,
        second_factor: SecondFactor,
    ) -> Self {
        let context = permissions.context(second_factor);
        Self { permissions, capabilities, layers: permissions.layers(), context }
    }

    /// Whether some Allow covers the action at all.
    pub(super) fn has(&self, action: &str) -> bool {
        self.capabilities.contain(action)
    }

    /// Whether the principal may do `action` to `resource`; none when it may not.
    pub(super) fn ask(&self, action: &'static str, resource: &str, keys: &[Key]) -> Option<Permit> {
        if !self.has(action) {
            return None;
        }
        self.ask_in(action, resource, &with(&self.context, keys))
    }

    /// Whether the principal may do `action` to this principal of the account.
    pub(super) fn ask_about(&self, action: &'static str, target: &Principal<'_>, keys: &[Key]) -> Option<Permit> {
        if !self.has(action) {
            return None;
        }
        self.ask_in(action, target.identity.arn.as_str(), &with(&target.request(&self.context), keys))
    }

    fn ask_in(&self, action: &'static str, resource: &str, context: &Context) -> Option<Permit> {
        match allows(&self.layers, &Request { action, resource, context }) {
            Truth::Fails => None,
            Truth::Undecided => {
                Some(Permit { action, truth: Truth::Undecided, missing: Some(self.undecided(action, context)) })
            }
            Truth::Holds => Some(Permit { action, truth: Truth::Holds, missing: None }),
        }
    }

    /// Whether the principal may do `action` to anything at all.
    pub(super) fn ask_somewhere(&self, action: &'static str) -> Option<Permit> {
        if !self.has(action) {
            return None;
        }
        let resources = candidates::of_action(self.permissions, action, &self.context);
        surest(resources.iter().filter_map(|resource| self.ask(action, resource, &[])))
    }

    /// Whether the principal may attach a policy that grants everything with `action` to whatever has this ARN, in requests
    /// that carry what `context` says.
    pub(super) fn ask_to_attach(
        &self,
        action: &'static str,
        resource: &str,
        context: &Context,
        account: &Account<'_>,
    ) -> Option<Permit> {
        if !self.has(action) {
            return None;
        }
        let ask = |policy: &str| self.ask_in(action, resource, &with(context, &[("iam:PolicyARN", single(policy))]));
        // AWS's own is there in every account; that of the account may be what a condition asks for.
        let aws = ask(&account.administrator_access());
        let is_certain = aws.as_ref().is_some_and(|permit| permit.truth == Truth::Holds);
        if is_certain || self.conditions_on("iam:policyarn").next().is_none() {
            return aws;
        }
        let own = account.policies_that_grant_everything.iter().filter_map(|arn| ask(arn.as_str()));
        let rewritten = account
            .own_policies
            .iter()
            .filter(|arn| self.ask("iam:CreatePolicyVersion", arn.as_str(), &[]).is_some())
            .filter_map(|arn| ask(arn.as_str()));
        let made = self.policies_it_can_make().into_iter().filter_map(|arn| ask(&arn));
        surest(aws.into_iter().chain(own).chain(rewritten).chain(made))
    }

    /// The conditions of any statement on a key given in lower case.
    pub(super) fn conditions_on(&self, key: &str) -> impl Iterator<Item = &Condition> {
        let documents = self.layers.identity.iter().chain(&self.layers.boundary);
        let conditions =
            documents.flat_map(|document| &document.statements).flat_map(|statement| &statement.conditions);
        conditions.filter(move |condition| condition.key.lower() == key)
    }

    /// ARNs of policies that the principal could make for a condition on `iam:PolicyARN`.
    fn policies_it_can_make(&self) -> Vec<String> {
        if !self.has("iam:CreatePolicy") {
            return Vec::new();
        }
        let values = self.conditions_on("iam:policyarn").flat_map(|condition| &condition.values);
        let arns = values.map(|value| value.replace('*', candidates::FRESH).replace('?', "x"));
        arns.filter(|arn| self.ask("iam:CreatePolicy", arn, &[]).is_some()).collect()
    }

    /// Whether the principal may assume a role that names it.
    ///
    /// In one account that takes no policy of its own, so that only a Deny keeps it from it, or for a role its boundary.
    pub(super) fn ask_to_assume_when_named(&self, role: &str) -> Option<Permit> {
        let mut layers = self.layers.clone();
        if self.permissions.kind() == PrincipalType::User {
            // The boundary does not limit what names the user; its Denies still hold.
            layers.identity.extend(layers.boundary.take());
        }
        layers.identity.push(allow_everything());
        let action = "sts:AssumeRole";
        let request = Request { action, resource: role, context: &self.context };
        let missing = |truth| (truth == Truth::Undecided).then(|| self.undecided(action, &self.context));
        match allows(&layers, &request) {
            Truth::Fails => None,
            truth => Some(Permit { action, truth, missing: missing(truth) }),
        }
    }

    /// Whether the principal would be an administrator after a change.
    pub(super) fn administrator_after(&self, change: &Change<'_>) -> Truth {
        self.permissions.administrator_after(change, &self.context)
    }

    /// What an answer depends on that is not known: condition keys of the statements about the action.
    fn undecided(&self, action: &str, context: &Context) -> String {
        let documents = self.layers.identity.iter().chain(&self.layers.boundary);
        let statements =
            documents.flat_map(|document| document.statements.iter().map(move |statement| (document, statement)));
        let open = statements
            .filter(|(_, statement)| statement.action.covers(action))
            .filter(|(document, statement)| statement.conditions_in(document.version, context) == Truth::Undecided);
        let mut keys: Vec<&str> =
            open.flat_map(|(_, statement)| &statement.conditions).map(|condition| condition.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        match keys.is_empty() {
            true => format!("policy variables on {action}"),
            false => format!("{} on {action}", crate::text::visible(&keys.join(", "), 60)),
        }
    }
}

/// The context with further keys.
pub(super) fn with(context: &Context, keys: &[Key]) -> Context {
    keys.iter().fold(context.clone(), |context, (key, value)| context.with(key, value.clone()))
}

/// The ARN in a condition's value that is no pattern.
pub(super) fn literal_arn(value: &str) -> Option<Arn> {
    if value.contains(['*', '?', '$']) { None } else { value.parse().ok() }
}
