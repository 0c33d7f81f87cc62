//! Conditions with the answer written beside each: for whom of an account it holds, and for others.

use std::collections::BTreeMap;

use serde_json::Value;

use self::Answer::{No, Perhaps, Yes};

/// Whether something holds. The smallest of several answers is "and", the largest is "or".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Answer {
    No,
    Perhaps,
    Yes,
}

/// A user or a role of the account, as the caller of a request.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Which of the two.
    pub kind: Kind,
    /// The friendly name; every path is `/`.
    pub name: &'a str,
    /// Its tags.
    pub tags: &'a BTreeMap<String, String>,
    /// Whether a session may bring tags of its own.
    pub takes_session_tags: bool,
    /// Whether there is MFA behind the request.
    pub mfa: Mfa,
}

/// A user or a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    User,
    Role,
}

/// MFA behind a request: by a device, never as with a bare access key, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mfa {
    Given,
    Never,
    Unknown,
}

/// One test of a condition: `operator: { key: value }`.
pub struct Row {
    /// Such as `StringEquals`.
    pub operator: &'static str,
    /// Such as `aws:username`.
    pub key: &'static str,
    /// What the key is compared with.
    pub value: &'static str,
    /// For principals of the account, at the moment at which the accounts are judged.
    holds: fn(&Caller<'_>) -> Answer,
    /// For principals outside the account; none if trust policies of the accounts do not use it.
    pub outside: Option<Answer>,
}

impl Answer {
    /// The opposite.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Perhaps => Self::Perhaps,
            Self::Yes => Self::No,
        }
    }
}

/// Yes or no.
#[must_use]
pub fn answer(holds: bool) -> Answer {
    if holds { Yes } else { No }
}

impl Caller<'_> {
    fn is_user(&self, name: &str) -> bool {
        self.kind == Kind::User && self.name == name
    }

    fn by_mfa(&self, given: Answer, never: Answer) -> Answer {
        match self.mfa {
            Mfa::Given => given,
            Mfa::Never => never,
            Mfa::Unknown => Perhaps,
        }
    }

    /// The value of the tag `team`, if it is known; none is a value too.
    pub(super) fn team(&self) -> Option<Option<&str>> {
        let team = self.tags.get("team").map(String::as_str);
        match self.kind {
            Kind::User => Some(team),
            // A tag of the role's own stays, unless a session brings another.
            Kind::Role if self.takes_session_tags => None,
            Kind::Role => team.map(Some),
        }
    }

    fn in_team(&self, wanted: &str) -> Answer {
        self.team().map_or(Perhaps, |team| answer(team == Some(wanted)))
    }
}

const fn of_principal(
    operator: &'static str,
    key: &'static str,
    value: &'static str,
    holds: fn(&Caller<'_>) -> Answer,
    outside: Option<Answer>,
) -> Row {
    Row { operator, key, value, holds, outside }
}

const fn of_time(operator: &'static str, value: &'static str, holds: fn(&Caller<'_>) -> Answer, same: Answer) -> Row {
    Row { operator, key: "aws:CurrentTime", value, holds, outside: Some(same) }
}

const fn unknown(operator: &'static str, key: &'static str, value: &'static str) -> Row {
    Row { operator, key, value, holds: |_| Perhaps, outside: Some(Perhaps) }
}

/// When the accounts are judged.
pub const NOW: &str = "2026-01-31T12:00:00Z";

/// Every test that the accounts use. Time goes on from [`NOW`]: what is not yet may be later, what is over stays over.
pub const ROWS: [Row; 39] = [
    of_principal("Bool", "aws:MultiFactorAuthPresent", "true", |by| by.by_mfa(Yes, No), Some(Perhaps)),
    of_principal("BoolIfExists", "aws:MultiFactorAuthPresent", "false", |by| by.by_mfa(No, Yes), Some(Perhaps)),
    of_principal("BoolIfExists", "aws:MultiFactorAuthPresent", "true", |by| by.by_mfa(Yes, Yes), Some(Perhaps)),
    of_principal("NumericLessThan", "aws:MultiFactorAuthAge", "3600", |by| by.by_mfa(Yes, No), Some(Perhaps)),
    of_principal("NumericLessThanIfExists", "aws:MultiFactorAuthAge", "3600", |by| by.by_mfa(Yes, Yes), Some(Perhaps)),
    of_time("DateLessThan", "2026-01-31T12:00:00Z", |_| No, No),
    of_time("DateLessThan", "2026-01-31T12:00:01Z", |_| Yes, Yes),
    of_time("DateLessThanIfExists", "2025-12-31T00:00:00Z", |_| No, No),
    of_time("DateLessThanEquals", "2026-01-31T12:00:00Z", |_| Yes, Yes),
    of_time("DateLessThanEquals", "2026-01-31T11:59:59Z", |_| No, No),
    of_time("DateGreaterThan", "2026-01-31T12:00:00Z", |_| Perhaps, Perhaps),
    of_time("DateGreaterThan", "2026-01-31T11:59:59Z", |_| Yes, Yes),
    of_time("DateGreaterThanEquals", "2026-01-31T12:00:00Z", |_| Yes, Yes),
    of_time("DateGreaterThanEquals", "2026-01-31T12:00:01Z", |_| Perhaps, Perhaps),
    of_time("DateEquals", "2026-01-31T12:00:00Z", |_| Yes, Yes),
    of_time("DateEquals", "2026-01-31T13:00:00Z", |_| Perhaps, Perhaps),
    of_time("DateEquals", "2026-01-31T11:00:00Z", |_| No, No),
    of_time("DateNotEquals", "2026-01-31T11:00:00Z", |_| Yes, Yes),
    of_principal("DateLessThan", "aws:EpochTime", "1769860800", |_| No, Some(No)),
    of_principal("DateLessThan", "aws:EpochTime", "1769860801", |_| Yes, Some(Yes)),
    of_principal("StringEquals", "aws:username", "ada", |by| answer(by.is_user("ada")), Some(Perhaps)),
    of_principal("StringNotEquals", "aws:username", "ada", |by| answer(!by.is_user("ada")), Some(Perhaps)),
    of_principal(
        "StringEqualsIfExists",
        "aws:username",
        "ada",
        |by| answer(by.kind == Kind::Role || by.name == "ada"),
        Some(Perhaps),
    ),
    of_principal("StringLike", "aws:PrincipalArn", "*:user/*", |by| answer(by.kind == Kind::User), None),
    of_principal("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*", |by| answer(by.kind == Kind::User), None),
    of_principal(
        "ArnEquals",
        "aws:PrincipalArn",
        "arn:aws:iam::111122223333:role/work",
        |by| answer(by.kind == Kind::Role && by.name == "work"),
        None,
    ),
    of_principal("StringEquals", "aws:PrincipalAccount", "111122223333", |_| Yes, None),
    of_principal("StringNotEquals", "aws:PrincipalAccount", "111122223333", |_| No, None),
    of_principal("StringEquals", "aws:PrincipalType", "User", |by| answer(by.kind == Kind::User), None),
    of_principal("StringEquals", "aws:PrincipalTag/team", "ops", |by| by.in_team("ops"), Some(Perhaps)),
    of_principal("StringNotEquals", "aws:PrincipalTag/team", "ops", |by| by.in_team("ops").opposite(), Some(Perhaps)),
    of_principal(
        "Null",
        "aws:PrincipalTag/team",
        "true",
        |by| by.team().map_or(Perhaps, |team| answer(team.is_none())),
        Some(Perhaps),
    ),
    of_principal("Bool", "aws:PrincipalIsAWSService", "false", |_| Yes, None),
    unknown("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
    unknown("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
    unknown("StringEquals", "aws:SourceVpce", "vpce-1"),
    unknown("StringNotEquals", "aws:RequestedRegion", "eu-west-1"),
    unknown("StringEqualsIfExists", "aws:SourceVpce", "vpce-1"),
    unknown("ForAllValues:StringEquals", "aws:TagKeys", "team"),
];

/// Whether the statement's conditions hold for a principal of the account, or for principals outside it.
pub(super) fn conditions(statement: &Value, by: Option<&Caller<'_>>) -> Answer {
    let operators = statement.get("Condition").and_then(Value::as_object);
    let tests = operators.into_iter().flatten().flat_map(|(operator, tests)| {
        let tests = tests.as_object().expect("an operator has an object of keys");
        tests.iter().map(move |(key, value)| (operator, key, value))
    });
    let holds = |(operator, key, value): (&String, &String, &Value)| {
        let is_it = |row: &&Row| row.operator == operator && row.key == key && value == row.value;
        let row = ROWS.iter().find(is_it).unwrap_or_else(|| panic!("{operator} {key} {value} is in no row"));
        match by {
            Some(caller) => (row.holds)(caller),
            None => row.outside.unwrap_or_else(|| panic!("{operator} {key} {value} is not for trust policies")),
        }
    };
    tests.map(holds).min().unwrap_or(Yes)
}
