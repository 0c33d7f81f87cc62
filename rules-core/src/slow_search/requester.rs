//! Asking what a principal may do.

use std::rc::Rc;

use super::account::SlowPrincipal;
use super::candidates;
use super::way::{SlowPermit, surest};
use crate::decision::{Context, ContextValue, PolicyLayers, Request, Truth};
use crate::fact::MissingFact;
use crate::iam::Identity;
use crate::permissions::{
    Caller, PrincipalPermissions, PrincipalType, RequestMfa, allow_everything, allows, choices, chosen, statements,
};
use crate::policy::{PolicyDocument, PolicyType};

/// A principal that looks for ways.
pub(super) struct SlowRequester<'a> {
    pub(super) principal: Rc<SlowPrincipal<'a>>,
    pub(super) permissions: Rc<PrincipalPermissions<'a>>,
    pub(super) mfa: RequestMfa,
    pub(super) layers: PolicyLayers<'a>,
    pub(super) context: Context,
}

/// A condition key that a request carries besides what the principal brings.
pub(super) type RequestKey = (&'static str, ContextValue);

/// The value of a key that a request carries.
pub(super) fn single(value: &str) -> ContextValue {
    ContextValue::Single(value.to_owned())
}

impl<'a> SlowRequester<'a> {
    /// A principal with what is known of its MFA; none when its policies are not known.
    pub(super) fn new(principal: &Rc<SlowPrincipal<'a>>, mfa: RequestMfa) -> Result<Self, MissingFact> {
        let permissions = Rc::clone(principal.permissions.as_ref().map_err(Clone::clone)?);
        let (layers, context) = (permissions.layers(), permissions.context(mfa));
        Ok(Self { principal: Rc::clone(principal), permissions, mfa, layers, context })
    }

    /// The principal with each choice that a call of AssumeRole leaves it and that conditions tell apart; none at all where
    /// they do not.
    pub(super) fn with_choices(&self, trust: &PolicyDocument) -> Vec<Self> {
        let own = self.layers.documents().flat_map(statements).filter(|(_, it)| it.action.covers("sts:AssumeRole"));
        let choices = choices(trust, Caller::Principal(self.identity()));
        let contexts = chosen(&self.context, statements(trust).chain(own), choices);
        let with = |context| Self {
            principal: Rc::clone(&self.principal),
            permissions: Rc::clone(&self.permissions),
            mfa: self.mfa,
            layers: self.layers.clone(),
            context,
        };
        contexts.into_iter().map(with).collect()
    }

    /// Who it is.
    pub(super) fn identity(&self) -> &Identity {
        self.permissions.identity()
    }

    /// Whether some Allow covers the action at all.
    pub(super) fn has(&self, action: &str) -> bool {
        self.principal.capabilities.contain(action)
    }

    /// Whether the principal may do `action` to `resource`; none when it may not.
    pub(super) fn ask(&self, action: &'static str, resource: &str, keys: &[RequestKey]) -> Option<SlowPermit> {
        if !self.has(action) {
            return None;
        }
        self.ask_in(action, resource, &with(&self.context, keys))
    }

    /// Whether the principal may do `action` to this principal of the account.
    pub(super) fn ask_about(
        &self,
        action: &'static str,
        target: &SlowPrincipal<'_>,
        keys: &[RequestKey],
    ) -> Option<SlowPermit> {
        if !self.has(action) {
            return None;
        }
        let arn = target.identity.arn.as_str();
        let as_tagged = self.ask_in(action, arn, &with(&target.request(&self.context), keys));
        as_tagged.or_else(|| {
            // Its tags may be what stands in the way, and those can be others.
            self.ask_to_tag(target)?;
            let permit = self.ask_in(action, arn, &with(&target.request_whatever_its_tags(&self.context), keys))?;
            let missing = format!("which tags {} is given", target.in_words());
            Some(SlowPermit { truth: Truth::Undecided, missing: Some(missing), ..permit })
        })
    }

    /// Whether the principal may change the tags of this principal of the account.
    pub(super) fn ask_to_tag(&self, target: &SlowPrincipal<'_>) -> Option<SlowPermit> {
        let actions = match target.kind() {
            PrincipalType::User => ["iam:TagUser", "iam:UntagUser"],
            PrincipalType::Role => ["iam:TagRole", "iam:UntagRole"],
        };
        let open = actions.into_iter().filter(|action| self.has(action) && !target.is_protected());
        surest(
            open.filter_map(|action| self.ask_in(action, target.identity.arn.as_str(), &target.request(&self.context))),
        )
    }

    pub(super) fn ask_in(&self, action: &'static str, resource: &str, context: &Context) -> Option<SlowPermit> {
        match allows(&self.layers, &Request { action, resource, context }) {
            Truth::Fails => None,
            Truth::Undecided => {
                Some(SlowPermit { action, truth: Truth::Undecided, missing: Some(self.undecided(action, context)) })
            }
            Truth::Holds => Some(SlowPermit { action, truth: Truth::Holds, missing: None }),
        }
    }

    /// Whether the principal may do `action` to anything at all.
    pub(super) fn ask_somewhere(&self, action: &'static str) -> Option<SlowPermit> {
        if !self.has(action) {
            return None;
        }
        let resources = candidates::of_action(&self.permissions, action, &self.context);
        surest(resources.iter().filter_map(|resource| self.ask(action, resource, &[])))
    }

    /// Whether the principal may assume a role that names it.
    ///
    /// In one account that takes no policy of its own, so that only a Deny keeps it from it, or for a role its boundary.
    pub(super) fn ask_to_assume_when_named(&self, role: &str) -> Option<SlowPermit> {
        let mut layers = self.layers.clone();
        if self.permissions.kind() == PrincipalType::User {
            // The boundary does not limit what names the user; its Denies still hold.
            for boundary in layers.remove(PolicyType::PermissionsBoundary) {
                layers.push(PolicyType::Identity, boundary.documents);
            }
        }
        layers.push(PolicyType::Identity, [allow_everything()]);
        let action = "sts:AssumeRole";
        let request = Request { action, resource: role, context: &self.context };
        let missing = |truth| (truth == Truth::Undecided).then(|| self.undecided(action, &self.context));
        match allows(&layers, &request) {
            Truth::Fails => None,
            truth => Some(SlowPermit { action, truth, missing: missing(truth) }),
        }
    }

    /// Values of the conditions on `key`, given in lower case, in any of the policies.
    pub(super) fn values_of(&self, key: &str) -> impl Iterator<Item = &str> {
        let documents = self.layers.set_by_account();
        let conditions =
            documents.flat_map(|document| &document.statements).flat_map(|statement| &statement.conditions);
        conditions.filter(move |condition| condition.key.lower() == key).flat_map(|it| &it.values).map(String::as_str)
    }

    /// What an answer depends on that is not known: condition keys of the statements about the action.
    fn undecided(&self, action: &str, context: &Context) -> String {
        let documents = self.layers.set_by_account();
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
pub(super) fn with(context: &Context, keys: &[RequestKey]) -> Context {
    keys.iter().fold(context.clone(), |context, (key, value)| context.with(key, value.clone()))
}
