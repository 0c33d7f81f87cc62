//! Statements, compiled once for the search for escalation paths.

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use super::account::{Account, KnownPolicy, PolicyIndex};
use super::action::{Coverage, Covered, Mask};
use super::somewhere::{anything, segments_of};
use super::state::Bound;
use crate::decision::{Context, ContextValue, OtherKeys, Truth, test_condition};
use crate::permissions::spans;
use crate::policy::{
    ActionElement, Condition, Effect, PolicyVersion, PrincipalElement, Principals, ResourceElement, Statement,
};

/// A statement that is about some action of a path.
#[derive(Clone, Debug)]
pub(super) struct Clause<'a> {
    pub(super) statement: &'a Statement,
    pub(super) version: PolicyVersion,
    /// Its zero-based place in the document.
    pub(super) place: usize,
    pub(super) actions: Covered,
    /// What its conditions and variables ask for.
    pub(super) keys: Keys,
    /// Whether it allows every action on every resource, as an administrator's does.
    pub(super) spans: bool,
    /// Every key of its conditions and variables, in lower case.
    pub(super) named: Vec<String>,
    /// Whether it is about every resource.
    is_everywhere: bool,
    /// The account's policies that its conditions may let one attach, in order.
    attachable: OnceLock<Vec<PolicyIndex>>,
}

/// What conditions and variables ask for, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys(u16);

impl Keys {
    pub(super) const NONE: Self = Self(0);
    /// Multi-factor authentication.
    pub(super) const MFA: Self = Self(1);
    /// Who asks: its ARN, name or id.
    pub(super) const CALLER: Self = Self(1 << 1);
    /// The tags of who asks.
    pub(super) const CALLER_TAG: Self = Self(1 << 2);
    /// The tags of what is asked about.
    pub(super) const RESOURCE_TAG: Self = Self(1 << 3);
    /// The managed policy that is attached or detached.
    pub(super) const POLICY: Self = Self(1 << 4);
    /// The permissions boundary of what is asked about.
    pub(super) const BOUNDARY: Self = Self(1 << 5);
    /// What only the request says, and so who makes it.
    pub(super) const REQUEST: Self = Self(1 << 6);
    /// Anything else.
    pub(super) const OTHER: Self = Self(1 << 7);
    /// Whether there is a variable anywhere.
    pub(super) const VARIABLE: Self = Self(1 << 8);

    /// Those that depend on what is asked, and not only on who asks.
    pub(super) const OF_REQUESTS: Self =
        Self(Self::RESOURCE_TAG.0 | Self::POLICY.0 | Self::BOUNDARY.0 | Self::REQUEST.0 | Self::OTHER.0);

    /// Those that tell who asks.
    pub(super) const CALLERS: Self = Self(Self::CALLER.0 | Self::CALLER_TAG.0);

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// What kind of key it is, given in lower case.
    pub(super) fn of(key: &str) -> Self {
        match key {
            "aws:multifactorauthpresent" | "aws:multifactorauthage" => Self::MFA,
            "aws:principalarn" | "aws:username" | "aws:userid" => Self::CALLER,
            "iam:policyarn" => Self::POLICY,
            "iam:permissionsboundary" => Self::BOUNDARY,
            _ if key.starts_with("aws:principaltag/") => Self::CALLER_TAG,
            _ if key.starts_with("aws:resourcetag/") || key.starts_with("iam:resourcetag/") => Self::RESOURCE_TAG,
            _ if super::choice::is_chosen(key) => Self::REQUEST,
            _ => Self::OTHER,
        }
    }
}

impl std::ops::BitOr for Keys {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl<'a> Clause<'a> {
    /// The statement, unless it is about no action of a path.
    pub(super) fn of(
        statement: &'a Statement,
        version: PolicyVersion,
        place: usize,
        coverage: &mut Coverage<'a>,
    ) -> Option<Self> {
        let actions = coverage.of(&statement.action);
        if actions.all.is_empty() {
            return None;
        }
        let patterns = || statement.resource.iter().flat_map(ResourceElement::patterns);
        let mut keys = Keys::NONE;
        for pattern in patterns() {
            keys = keys.union(of_variables(pattern.as_str(), version));
        }
        for condition in &statement.conditions {
            keys = keys.union(Keys::of(condition.key.lower()));
            for value in &condition.values {
                keys = keys.union(of_variables(value, version));
            }
        }
        let is_everywhere = match &statement.resource {
            None => true,
            Some(ResourceElement::Resource(patterns)) => patterns.iter().any(|pattern| pattern.as_str() == "*"),
            Some(ResourceElement::NotResource(_)) => false,
        };
        Some(Self {
            statement,
            version,
            place,
            actions,
            keys,
            spans: spans(statement),
            named: keys_named(statement, version, keys),
            is_everywhere,
            attachable: OnceLock::new(),
        })
    }

    pub(super) fn is_allow(&self) -> bool {
        self.statement.effect == Effect::Allow
    }

    /// Whether it denies its actions whatever the request.
    pub(super) fn bars(&self) -> bool {
        !self.is_allow() && self.is_everywhere && self.is_unconditional()
    }

    /// The account's policies that its conditions may let one attach, whatever else a request says, in order.
    pub(super) fn attachable<'s>(&'s self, account: &'s Account<'_>) -> &'s [PolicyIndex] {
        if !self.keys.meets(Keys::POLICY) {
            return &account.every_policy;
        }
        self.attachable.get_or_init(|| {
            let may = |(policy, known): (PolicyIndex, &KnownPolicy<'_>)| {
                let arn = ContextValue::Single(known.arn().to_string());
                self.may_apply_where("iam:PolicyARN", arn).then_some(policy)
            };
            account.indexed_policies().filter_map(may).collect()
        })
    }

    /// Whether its conditions may hold for a target with a permissions boundary, whatever else a request says.
    pub(super) fn may_apply_within(&self, bound: Option<&Bound>) -> bool {
        let arn = bound.map_or(ContextValue::Absent, |bound| ContextValue::Single(bound.arn.to_string()));
        self.may_apply_where("iam:PermissionsBoundary", arn)
    }

    fn may_apply_where(&self, key: &str, value: ContextValue) -> bool {
        let mut context = Context::new(OtherKeys::Unknown);
        context.set(key, value);
        let conditions = &self.statement.conditions;
        conditions.iter().all(|condition| test_condition(condition, self.version, &context) > Truth::Fails)
    }

    /// Whether it has no condition.
    pub(super) fn is_unconditional(&self) -> bool {
        self.statement.conditions.is_empty()
    }

    /// Whether it is about the resource.
    pub(super) fn covers(&self, resource: &str, context: &Context) -> Truth {
        match &self.statement.resource {
            _ if self.is_everywhere => Truth::Holds,
            None => Truth::Holds,
            Some(element) => element.covers(self.version, resource, context),
        }
    }

    /// Whether it applies to a request about one of its actions.
    pub(super) fn applies(&self, resource: &str, context: &Context) -> Truth {
        match self.covers(resource, context) {
            Truth::Fails => Truth::Fails,
            covers => covers.min(self.conditions_hold(context)),
        }
    }

    /// Whether its conditions hold.
    pub(super) fn conditions_hold(&self, context: &Context) -> Truth {
        self.conditions_hold_but(context, |_| false)
    }

    /// Whether its conditions hold, those that are left out aside.
    pub(super) fn conditions_hold_but(&self, context: &Context, leave_out: impl Fn(&Condition) -> bool) -> Truth {
        let conditions = self.statement.conditions.iter().filter(|condition| !leave_out(condition));
        conditions.map(|condition| test_condition(condition, self.version, context)).min().unwrap_or(Truth::Holds)
    }

    /// The parts of each pattern of its resources, of which a complement leaves nearly everything.
    pub(super) fn segments(&self, context: &Context) -> Vec<[String; 6]> {
        match &self.statement.resource {
            Some(ResourceElement::Resource(patterns)) => {
                patterns.iter().filter_map(|pattern| segments_of(pattern, self.version, context)).collect()
            }
            Some(ResourceElement::NotResource(_)) | None => vec![anything()],
        }
    }

    /// The keys of conditions that cannot be decided.
    pub(super) fn undecided<'s>(&'s self, context: &'s Context) -> impl Iterator<Item = &'s str> {
        let conditions = self.statement.conditions.iter();
        let open = conditions.filter(|it| test_condition(it, self.version, context) == Truth::Undecided);
        open.map(|condition| condition.key.as_str())
    }

    /// A hash of what [`Self::is_same`] compares.
    pub(super) fn hash_into(&self, hasher: &mut impl Hasher) {
        self.place.hash(hasher);
        hash_statement(self.statement, hasher);
    }

    /// Whether it says the same at the same place of a document.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.place == other.place && self.version == other.version && self.statement == other.statement
    }
}

/// Every key of a statement's conditions and variables, in lower case.
fn keys_named(statement: &Statement, version: PolicyVersion, keys: Keys) -> Vec<String> {
    let conditions = &statement.conditions;
    let mut named: Vec<String> = conditions.iter().map(|condition| condition.key.lower().to_owned()).collect();
    if keys.meets(Keys::VARIABLE) {
        let values = conditions.iter().flat_map(|condition| &condition.values).map(String::as_str);
        let patterns = statement.resource.iter().flat_map(ResourceElement::patterns);
        let texts = values.chain(patterns.map(|pattern| pattern.as_str()));
        named.extend(texts.flat_map(|text| variables(text, version)));
    }
    named.sort_unstable();
    named.dedup();
    named
}

/// What the variables of a text ask for.
fn of_variables(text: &str, version: PolicyVersion) -> Keys {
    variables(text, version).fold(Keys::NONE, |keys, variable| keys | Keys::of(&variable) | Keys::VARIABLE)
}

/// The keys of the variables of a text, in lower case. Documents of the old version have none.
pub(super) fn variables(text: &str, version: PolicyVersion) -> impl Iterator<Item = String> {
    let text = if version == PolicyVersion::V2012 { text } else { "" };
    let inside = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    let keys = inside.map(|(variable, _)| variable.split_once(',').map_or(variable, |(key, _)| key).trim());
    keys.filter(|key| !matches!(*key, "*" | "?" | "$")).map(str::to_ascii_lowercase)
}

/// Two statements that are the same have the same hash.
fn hash_statement(statement: &Statement, hasher: &mut impl Hasher) {
    statement.sid.hash(hasher);
    statement.effect.hash(hasher);
    matches!(statement.action, ActionElement::Action(_)).hash(hasher);
    statement.action.patterns().hash(hasher);
    if let Some(element) = &statement.resource {
        matches!(element, ResourceElement::Resource(_)).hash(hasher);
        element.patterns().hash(hasher);
    }
    for condition in &statement.conditions {
        condition.operator.text.hash(hasher);
        condition.key.lower().hash(hasher);
        condition.values.hash(hasher);
    }
    match &statement.principal {
        Some(
            PrincipalElement::Principal(Principals::Listed(listed))
            | PrincipalElement::NotPrincipal(Principals::Listed(listed)),
        ) => {
            listed.iter().for_each(|principal| principal.value.hash(hasher));
        }
        _ => 0.hash(hasher),
    }
}

/// The actions of a path that some Allow, and those that some Deny covers.
pub(super) fn masks(clauses: &[Clause<'_>]) -> (Mask, Mask) {
    let of = |allow: bool| {
        let such = clauses.iter().filter(|clause| clause.is_allow() == allow);
        such.fold(Mask::NONE, |all, clause| all.union(clause.actions.all))
    };
    (of(true), of(false))
}
