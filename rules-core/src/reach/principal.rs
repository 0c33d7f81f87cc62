//! Users and roles, as requesters and as targets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::choice::REGION;
use super::clause::{Clause, Keys};
use super::state::State;
use crate::decision::{Context, ContextValue, OtherKeys, Truth};
use crate::fact::MissingFact;
use crate::iam::{Identity, Role};
use crate::permissions::{Caller, PrincipalPermissions, PrincipalType, RequestMfa, trusted_services, trusts};
use crate::policy::PolicyDocument;
use crate::text::visible;

/// A user or role.
#[derive(Clone, Debug)]
pub(super) struct Principal<'a> {
    pub(super) identity: Cow<'a, Identity>,
    pub(super) kind: PrincipalType,
    pub(super) permissions: Result<PrincipalPermissions<'a>, MissingFact>,
    /// What applies to it before any change.
    pub(super) state: State,
    pub(super) role: Option<&'a Role>,
    /// Whether it does not exist yet.
    pub(super) is_new: bool,
    /// The statements of a role's trust policy.
    pub(super) trust_clauses: Vec<Clause<'a>>,
    /// What those ask for.
    pub(super) trust_keys: Keys,
    /// The services that they name, with whether they let them use the role.
    pub(super) trusted_services: Vec<(&'a str, Truth)>,
    /// None when they are not known.
    tags: Option<&'a BTreeMap<String, String>>,
    /// The ARN of its permissions boundary.
    boundary: ContextValue,
}

/// What is known of multi-factor authentication behind a principal's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Factor {
    /// Nothing.
    Unknown,
    /// The requests do not carry the keys, as those of a long-term access key.
    Absent,
    /// The requests say that there is none, as those of a session.
    Refused,
    /// There is one.
    Given,
}

impl Factor {
    pub(super) const ALL: [Self; 4] = [Self::Unknown, Self::Absent, Self::Refused, Self::Given];

    /// The bits of all.
    pub(super) const EVERY: u8 = 15;

    /// What a request carries about it.
    fn say(self, context: &mut Context) {
        const PRESENT: &str = "aws:MultiFactorAuthPresent";
        const AGE: &str = "aws:MultiFactorAuthAge";
        let (present, age) = match self {
            Self::Unknown => (ContextValue::Unknown, ContextValue::Unknown),
            Self::Absent => (ContextValue::Absent, ContextValue::Absent),
            Self::Refused => (single("false"), ContextValue::Absent),
            Self::Given => (single("true"), single("0")),
        };
        context.set(PRESENT, present);
        context.set(AGE, age);
    }

    /// What a session has that was begun with such requests.
    pub(super) fn of_session(self, by: PrincipalType) -> Self {
        match (self, by) {
            // Whether a session hands it on to the next one is not documented.
            (Self::Given, PrincipalType::Role) | (Self::Unknown, _) => Self::Unknown,
            (Self::Given, PrincipalType::User) => Self::Given,
            (Self::Absent | Self::Refused, _) => Self::Refused,
        }
    }

    pub(super) fn bit(self) -> u8 {
        match self {
            Self::Unknown => 1,
            Self::Absent => 2,
            Self::Refused => 4,
            Self::Given => 8,
        }
    }
}

impl From<RequestMfa> for Factor {
    fn from(known: RequestMfa) -> Self {
        match known {
            RequestMfa::Unknown => Self::Unknown,
            RequestMfa::Never => Self::Absent,
            RequestMfa::NotGiven => Self::Refused,
            RequestMfa::Given => Self::Given,
        }
    }
}

/// The value of a key that a request carries.
pub(super) fn single(value: &str) -> ContextValue {
    ContextValue::Single(value.to_owned())
}

impl<'a> Principal<'a> {
    pub(super) fn user(
        identity: &'a Identity,
        permissions: Result<PrincipalPermissions<'a>, MissingFact>,
        state: State,
        tags: Option<&'a BTreeMap<String, String>>,
    ) -> Self {
        Self {
            boundary: boundary_of(&permissions),
            identity: Cow::Borrowed(identity),
            kind: PrincipalType::User,
            permissions,
            state,
            role: None,
            is_new: false,
            trust_clauses: Vec::new(),
            trust_keys: Keys::NONE,
            trusted_services: Vec::new(),
            tags,
        }
    }

    pub(super) fn role(
        role: &'a Role,
        permissions: Result<PrincipalPermissions<'a>, MissingFact>,
        state: State,
        trust_clauses: Vec<Clause<'a>>,
    ) -> Self {
        let details = role.details.known();
        let trust = details.and_then(|details| details.trust.known());
        Self {
            boundary: boundary_of(&permissions),
            identity: Cow::Borrowed(&role.identity),
            trust_keys: trust_clauses.iter().fold(Keys::NONE, |keys, clause| keys | clause.keys),
            trust_clauses,
            kind: PrincipalType::Role,
            permissions,
            state,
            role: Some(role),
            is_new: false,
            trusted_services: trust.map(|trust| services_in(trust, role)).unwrap_or_default(),
            tags: details.and_then(|details| details.tags.known()),
        }
    }

    /// A user or role that does not exist yet.
    pub(super) fn new(permissions: PrincipalPermissions<'a>, state: State) -> Self {
        let bound = state.bounds.iter().flatten().next().map(|bound| single(&bound.arn));
        Self {
            boundary: bound.unwrap_or(ContextValue::Absent),
            identity: Cow::Owned(permissions.identity().clone()),
            kind: permissions.kind(),
            permissions: Ok(permissions),
            state,
            role: None,
            is_new: true,
            trust_clauses: Vec::new(),
            trust_keys: Keys::NONE,
            trusted_services: Vec::new(),
            tags: None,
        }
    }

    pub(super) fn arn(&self) -> &str {
        self.identity.arn.as_str()
    }

    /// The ARN of its permissions boundary, if it has one that is known.
    pub(super) fn boundary_arn(&self) -> Option<&str> {
        match &self.boundary {
            ContextValue::Single(arn) => Some(arn),
            _ => None,
        }
    }

    /// `user ada`, `role deploy`, `a new role`.
    pub(super) fn in_words(&self) -> String {
        let kind = match self.kind {
            PrincipalType::User => "user",
            PrincipalType::Role => "role",
        };
        match self.is_new {
            true => format!("a new {kind}"),
            false => format!("{kind} {}", visible(&self.identity.name, 40)),
        }
    }

    /// What its requests carry, whatever they are about; none when its policies are not known.
    pub(super) fn context(&self, factor: Factor) -> Option<Context> {
        let mut context = self.permissions.as_ref().ok()?.context(RequestMfa::Unknown);
        factor.say(&mut context);
        context.set("aws:SecureTransport", single("true"));
        context.set("aws:ViaAWSService", single("false"));
        context.set("aws:CalledVia", ContextValue::Absent);
        context.set("aws:CalledViaFirst", ContextValue::Absent);
        context.set("aws:CalledViaLast", ContextValue::Absent);
        Some(context)
    }

    /// Adds what requests about the principal carry.
    pub(super) fn say_as_resource(&self, context: &mut Context) {
        context.set("iam:PermissionsBoundary", self.boundary.clone());
        context.set("aws:ResourceAccount", single(self.identity.arn.account()));
        let tags = match (self.is_new, self.tags) {
            (true, _) => Some(Cow::Owned(BTreeMap::new())),
            (false, tags) => tags.map(Cow::Borrowed),
        };
        let Some(tags) = tags else { return };
        for prefix in ["aws:ResourceTag/", "iam:ResourceTag/"] {
            for (key, value) in tags.iter() {
                context.set(&format!("{prefix}{key}"), single(value));
            }
            context.set_complete(prefix);
        }
    }

    /// Its tags; none when they are not known.
    pub(super) fn tags(&self) -> Option<&'a BTreeMap<String, String>> {
        self.tags
    }

    /// The values of all its tags, as far as they are known.
    pub(super) fn tag_values(&self) -> impl Iterator<Item = &str> {
        self.tags.into_iter().flatten().map(|(_, value)| value.as_str())
    }

    /// Whether nobody in the account can change it: AWS made it for one of its services or for Identity Center.
    pub(super) fn is_protected(&self) -> bool {
        let resource = self.identity.arn.resource();
        resource.starts_with("role/aws-service-role/") || resource.starts_with("role/aws-reserved/")
    }

    pub(super) fn is_service_linked(&self) -> bool {
        self.role.is_some_and(Role::is_service_linked)
    }

    /// Who may assume the role, where it is one.
    pub(super) fn trust(&self) -> Option<Result<&'a PolicyDocument, MissingFact>> {
        self.role.map(|role| role.details.get()?.trust.get())
    }
}

/// The services that a trust policy names, with whether it lets them use the role on behalf of the role's account.
fn services_in<'a>(trust: &'a PolicyDocument, role: &Role) -> Vec<(&'a str, Truth)> {
    let context = Context::new(OtherKeys::Unknown).with("aws:SourceAccount", single(role.identity.arn.account()));
    let with_truth = |service| (service, trusts(trust, Caller::Service(service), &context).at_all);
    trusted_services(trust).into_iter().map(with_truth).collect()
}

fn boundary_of(permissions: &Result<PrincipalPermissions<'_>, MissingFact>) -> ContextValue {
    match permissions.as_ref().map(PrincipalPermissions::boundary) {
        Ok(Some(boundary)) => single(boundary.arn.as_str()),
        Ok(None) => ContextValue::Absent,
        Err(_) => ContextValue::Unknown,
    }
}

/// The Region in which requests to IAM are made.
pub(super) fn region_of_iam(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => REGION,
    }
}
