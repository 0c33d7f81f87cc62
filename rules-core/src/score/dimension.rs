//! Conditions as dimensions: what has to cooperate before a grant opens.
//!
//! A condition is tested against one fixed generic attacker: signed in without a second factor, from an unknown public
//! address, through no endpoint, calling directly, on an untagged resource of an unknown account. A test that holds
//! there is worth nothing. One that does not hold costs the dimension of its key: the attacker needs that circumstance
//! as well.

use std::net::IpAddr;

use crate::decision::{Context, ContextValue, OtherKeys, Truth, network_prefix, test_condition};
use crate::policy::{Comparison, Condition, Effect, PolicyVersion, SetOperator, Statement};

/// A circumstance that has to cooperate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Dimension {
    Network,
    Mfa,
    Organization,
    Tag,
    Service,
    Region,
    Time,
    Who,
    Parameter,
    Boundary,
}

impl Dimension {
    pub(super) const ALL: [Self; 10] = [
        Self::Network,
        Self::Mfa,
        Self::Organization,
        Self::Tag,
        Self::Service,
        Self::Region,
        Self::Time,
        Self::Who,
        Self::Parameter,
        Self::Boundary,
    ];

    /// What share of the exposure is left when the circumstance is needed, in percent.
    fn percent(self) -> u32 {
        match self {
            Self::Network | Self::Service => 35,
            Self::Mfa | Self::Organization => 50,
            Self::Tag => 40,
            Self::Region => 80,
            Self::Time => 90,
            Self::Who | Self::Parameter => 60,
            Self::Boundary => 15,
        }
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Mfa => "MFA",
            Self::Organization => "organization",
            Self::Tag => "resource tag",
            Self::Service => "calling service",
            Self::Region => "Region",
            Self::Time => "time",
            Self::Who => "principal",
            Self::Parameter => "request parameter",
            Self::Boundary => "policy or boundary attached",
        }
    }
}

/// A set of dimensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Dimensions(u16);

impl Dimensions {
    pub(super) const NONE: Self = Self(0);

    pub(super) fn of(dimension: Dimension) -> Self {
        Self(1 << (dimension as u16))
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Dimension> {
        Dimension::ALL.into_iter().filter(move |dimension| self.contains(Self::of(*dimension)))
    }

    /// The share that is left when all of them are needed.
    pub(super) fn narrow(self, share: u32) -> u32 {
        self.iter().fold(share, |share, dimension| super::weights::narrowed(share, dimension.percent()))
    }

    /// Every subset, widest share first. Ten dimensions at most, so this is exact and small.
    pub(super) fn subsets(self) -> Vec<Self> {
        let mut subsets: Vec<Self> = (0..=self.0).filter(|bits| bits & !self.0 == 0).map(Self).collect();
        subsets.sort_by_key(|subset| (std::cmp::Reverse(subset.narrow(super::amount::ONE)), *subset));
        subsets
    }
}

/// When a statement is in force for the generic attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    /// Never: it grants or denies nothing.
    Never,
    /// An Allow: as soon as these cooperate.
    Opens(Dimensions),
    /// A Deny: until one of these cooperates; none means always.
    Closes(Dimensions),
}

/// When `statement` is in force.
pub(super) fn force(statement: &Statement, version: PolicyVersion) -> Force {
    let tests = statement.conditions.iter().map(|condition| Test::of(condition, version));
    match statement.effect {
        Effect::Allow => {
            let mut needed = Dimensions::NONE;
            for test in tests {
                match test.as_allow() {
                    Some(dimensions) => needed = needed.union(dimensions),
                    None => return Force::Never,
                }
            }
            Force::Opens(needed)
        }
        Effect::Deny => {
            let mut escapes = Dimensions::NONE;
            for test in tests {
                match test.as_deny() {
                    Some(dimensions) => escapes = escapes.union(dimensions),
                    None => return Force::Never,
                }
            }
            Force::Closes(escapes)
        }
    }
}

/// What is known of one test.
struct Test<'a> {
    condition: &'a Condition,
    key: KeyClass,
    version: PolicyVersion,
}

/// What the generic attacker brings for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Brings {
    /// The key is absent.
    Nothing,
    /// The key has a value that no policy can name.
    Fresh,
    /// Whatever serves: the caller chooses.
    Either,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyClass {
    /// Earns nothing: the caller can say what it likes, or it is always so.
    Free,
    /// The caller's address.
    Address,
    /// The present moment.
    Moment,
    /// Whether AWS calls on somebody's behalf: known to be false.
    DirectCall,
    /// Any other key with a dimension.
    Dimension(Dimension, Brings),
}

fn classify(key: &str) -> KeyClass {
    use KeyClass::Dimension as In;
    let (prefix, name) = key.split_once(':').unwrap_or(("", key));
    let base = name.split('/').next().unwrap_or(name);
    match (prefix, base) {
        ("aws", "securetransport" | "useragent" | "referer" | "requesttag" | "tagkeys") => KeyClass::Free,
        (_, "tlsversion" | "signatureversion" | "signatureage" | "authtype" | "rolesessionname") => KeyClass::Free,
        ("aws", "sourceip") => KeyClass::Address,
        (
            "aws",
            "sourcevpc" | "sourcevpce" | "sourcevpcarn" | "vpcsourceip" | "vpceaccount" | "vpceorgid" | "vpceorgpaths",
        )
        | ("ec2", "sourceinstancearn") => In(Dimension::Network, Brings::Nothing),
        ("aws", "multifactorauthpresent" | "multifactorauthage") => In(Dimension::Mfa, Brings::Nothing),
        ("aws", "currenttime" | "epochtime") => KeyClass::Moment,
        ("aws", "tokenissuetime") => In(Dimension::Time, Brings::Either),
        ("aws", "viaawsservice" | "principalisawsservice") => KeyClass::DirectCall,
        (
            "aws",
            "calledvia" | "calledviafirst" | "calledvialast" | "principalservicename" | "principalservicenameslist",
        )
        | ("kms", "viaservice" | "grantisforawsresource") => In(Dimension::Service, Brings::Nothing),
        ("aws", "sourcearn" | "sourceaccount" | "sourceorgid" | "sourceorgpaths") => {
            In(Dimension::Service, Brings::Nothing)
        }
        ("aws", "principalorgid" | "principalorgpaths" | "resourceorgid" | "resourceorgpaths" | "resourceaccount")
        | ("s3" | "kms", "resourceaccount" | "calleraccount") => In(Dimension::Organization, Brings::Fresh),
        ("aws", "requestedregion") => In(Dimension::Region, Brings::Fresh),
        ("aws", _) if base.starts_with("principal") => In(Dimension::Who, Brings::Fresh),
        ("aws", "username" | "userid" | "sourceidentity" | "federatedprovider" | "assumedroot")
        | ("saml", _)
        | ("sts", "sourceidentity" | "externalid") => In(Dimension::Who, Brings::Fresh),
        ("iam", "policyarn") => In(Dimension::Boundary, Brings::Fresh),
        ("iam", "permissionsboundary") => In(Dimension::Boundary, Brings::Either),
        (_, "resourcetag" | "existingobjecttag") => In(Dimension::Tag, Brings::Nothing),
        _ if prefix.contains('.') => In(Dimension::Who, Brings::Fresh),
        _ => In(Dimension::Parameter, Brings::Fresh),
    }
}

/// A value that no policy can name.
const FRESH: &str = "\u{f0003}";

impl<'a> Test<'a> {
    fn of(condition: &'a Condition, version: PolicyVersion) -> Self {
        Self { condition, key: classify(condition.key.lower()), version }
    }

    /// In an Allow: what has to cooperate for the test to hold; none when it never does.
    fn as_allow(&self) -> Option<Dimensions> {
        // An unknown operator, or nothing that could be matched: counted as if it held, which never scores too well.
        let Some(comparison) = self.condition.operator.comparison.filter(|_| !self.is_malformed()) else {
            return Some(Dimensions::NONE);
        };
        if self.condition.values.is_empty() && !self.holds_generically() {
            return None;
        }
        match self.key {
            KeyClass::Free => Some(Dimensions::NONE),
            KeyClass::Moment => Some(match comparison {
                Comparison::DateLessThan
                | Comparison::DateLessThanEquals
                | Comparison::NumericLessThan
                | Comparison::NumericLessThanEquals => Dimensions::of(Dimension::Time),
                _ => Dimensions::NONE,
            }),
            _ if self.holds_generically() => Some(Dimensions::NONE),
            KeyClass::Address => Some(Dimensions::of(Dimension::Network)),
            KeyClass::DirectCall => Some(Dimensions::of(Dimension::Service)),
            KeyClass::Dimension(dimension, _) => Some(Dimensions::of(dimension)),
        }
    }

    /// In a Deny: what may cooperate to make the test fail; none when the generic attacker does not meet it at all.
    fn as_deny(&self) -> Option<Dimensions> {
        // An unknown operator or a malformed value protects nobody.
        let comparison = self.condition.operator.comparison.filter(|_| !self.is_malformed())?;
        match self.key {
            KeyClass::Free => None,
            KeyClass::Moment => match comparison {
                Comparison::DateGreaterThan
                | Comparison::DateGreaterThanEquals
                | Comparison::NumericGreaterThan
                | Comparison::NumericGreaterThanEquals => Some(Dimensions::of(Dimension::Time)),
                _ => None,
            },
            _ if !self.holds_whatever_is_chosen() => None,
            KeyClass::Address => Some(Dimensions::of(Dimension::Network)),
            KeyClass::DirectCall => Some(Dimensions::of(Dimension::Service)),
            KeyClass::Dimension(dimension, brings) => {
                Some(if self.can_fail(brings) { Dimensions::of(dimension) } else { Dimensions::NONE })
            }
        }
    }

    /// Whether no listed value is one that the operator could match.
    fn is_malformed(&self) -> bool {
        let values = &self.condition.values;
        !values.is_empty()
            && values
                .iter()
                .all(|value| !crate::decision::is_well_formed(self.condition, value) && !value.contains("${"))
    }

    /// Whether the generic attacker can meet the test as it stands.
    fn holds_generically(&self) -> bool {
        match self.key {
            KeyClass::Address => self.address_holds(),
            KeyClass::DirectCall => self.holds_with(ContextValue::Single("false".to_owned())),
            KeyClass::Dimension(_, brings) => self.brought(brings).into_iter().any(|value| self.holds_with(value)),
            KeyClass::Free | KeyClass::Moment => true,
        }
    }

    /// Whether the test holds for the generic attacker and whatever it chooses.
    fn holds_whatever_is_chosen(&self) -> bool {
        match self.key {
            KeyClass::Dimension(_, brings) => self.brought(brings).into_iter().all(|value| self.holds_with(value)),
            _ => self.holds_generically(),
        }
    }

    /// What the generic attacker may bring. A set operator that is vacuously true lets it leave the key out.
    fn brought(&self, brings: Brings) -> Vec<ContextValue> {
        let operator = &self.condition.operator;
        let value =
            if self.is_about_arns() { ["arn", FRESH, FRESH, FRESH, FRESH, FRESH].join(":") } else { FRESH.to_owned() };
        let fresh = || match operator.set {
            Some(_) => ContextValue::Multiple(vec![value.clone()]),
            None => ContextValue::Single(value.clone()),
        };
        let vacuous = operator.if_exists
            || operator.set == Some(SetOperator::ForAllValues)
            || operator.comparison == Some(Comparison::Null);
        match brings {
            Brings::Nothing => vec![ContextValue::Absent],
            Brings::Fresh if !vacuous => vec![fresh()],
            Brings::Fresh | Brings::Either => vec![fresh(), ContextValue::Absent],
        }
    }

    /// Whether values of the key are ARNs, of which some patterns take every one.
    fn is_about_arns(&self) -> bool {
        use Comparison as C;
        let compares = |comparison| matches!(comparison, C::ArnEquals | C::ArnLike | C::ArnNotEquals | C::ArnNotLike);
        self.condition.operator.comparison.is_some_and(compares) || self.condition.key.lower().ends_with("arn")
    }

    /// Whether some value of the key makes the test fail.
    fn can_fail(&self, brings: Brings) -> bool {
        let negated = self.condition.operator.comparison.is_some_and(Comparison::is_negated);
        // What is always present and compared with `*` cannot fail; a negated test fails on a listed value.
        let names_everything = self.condition.values.iter().any(|value| crate::policy::only_stars(value));
        match negated {
            true => !self.condition.values.is_empty(),
            false => brings == Brings::Nothing || !names_everything,
        }
    }

    fn holds_with(&self, value: ContextValue) -> bool {
        // A variable that compares a key with itself holds by this, as it should.
        let context = Context::new(OtherKeys::Absent).with(self.condition.key.as_str(), value);
        test_condition(self.condition, self.version, &context) == Truth::Holds
    }

    /// Whether an unknown public address may be expected to pass: when at least one in 256 of all IPv4 addresses does.
    fn address_holds(&self) -> bool {
        let negated = self.condition.operator.comparison == Some(Comparison::NotIpAddress);
        if !matches!(self.condition.operator.comparison, Some(Comparison::IpAddress | Comparison::NotIpAddress)) {
            return self.holds_with(ContextValue::Single(FRESH.to_owned()));
        }
        let named =
            self.condition.values.iter().filter_map(|value| network_prefix(value)).fold(0u64, |sum, network| {
                // In units of 2^-32 of the addresses of its family.
                sum.saturating_add(match network {
                    (IpAddr::V4(_), prefix) => 1 << (32 - prefix.min(32)),
                    (IpAddr::V6(_), prefix) => 1u64 << (32 - prefix.min(32)),
                })
            });
        let all = 1u64 << 32;
        let allowed = if negated { all.saturating_sub(named) } else { named };
        allowed >= all >> 8
    }
}
