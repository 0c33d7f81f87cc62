//! Filter patterns of CloudWatch Logs for JSON events: the parser and the evaluation.
//!
//! `{ ($.userIdentity.type = "Root") && ($.eventType != "AwsServiceEvent") }`: terms of a selector, an operator and a value,
//! joined by `&&` (which binds tighter) and `||`, with parentheses.

mod parse;

use super::root_use::{Actor, Field, RootCoverage};
use crate::decision::Truth;

/// A condition on an event.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Term { selector: String, test: Test },
}

/// What is asked of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Equals(Wanted),
    Differs(Wanted),
    Exists,
    NotExists,
    /// A test that no text passes: a comparison of numbers, `IS NULL`, `IS TRUE` or `IS FALSE`.
    NotText,
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    /// This text, with any text before or after it where a wildcard stands there.
    Text { text: String, more_before: bool, more_after: bool },
    /// A value that is not evaluated: a regular expression, or a `*` in the middle of a text.
    Unjudged,
}

/// Whether a filter with this pattern counts every use of the root user.
pub(super) fn root_coverage(pattern: &str) -> RootCoverage {
    let pattern = pattern.trim();
    if !pattern.starts_with('{') {
        let reason = match pattern {
            "" => "it matches every event, so an alarm on it is always in ALARM state",
            _ => "its pattern searches for text, not for fields of the event",
        };
        return RootCoverage::Misses(reason.to_owned());
    }
    let expression = match parse::parse(pattern) {
        Ok(expression) => expression,
        Err(error) => return RootCoverage::Unknown(format!("its pattern cannot be parsed: {error}")),
    };
    match (expression.holds(Actor::Root), expression.holds(Actor::SomebodyElse)) {
        (Truth::Holds, Truth::Holds) => {
            RootCoverage::Misses("it matches every event, so an alarm on it is always in ALARM state".to_owned())
        }
        (Truth::Holds, Truth::Undecided | Truth::Fails) => RootCoverage::Covers,
        (Truth::Fails, _) => RootCoverage::Misses("it matches no use of the root user".to_owned()),
        (Truth::Undecided, _) => RootCoverage::Misses("it matches only some uses of the root user".to_owned()),
    }
}

impl Expression {
    fn holds(&self, actor: Actor) -> Truth {
        match self {
            Self::And(parts) => parts.iter().map(|part| part.holds(actor)).min().unwrap_or(Truth::Holds),
            Self::Or(parts) => parts.iter().map(|part| part.holds(actor)).max().unwrap_or(Truth::Fails),
            Self::Term { selector, test } => test.holds(actor.record_field(selector)),
        }
    }
}

impl Test {
    fn holds(&self, field: Field<'_>) -> Truth {
        match self {
            Self::Equals(wanted) => wanted.matches(field),
            // What a field that is missing differs from is not documented.
            Self::Differs(_) if field == Field::Absent => Truth::Undecided,
            Self::Differs(wanted) => wanted.matches(field).negated(),
            Self::Exists => field.exists(),
            Self::NotExists => field.exists().negated(),
            Self::NotText => match field {
                Field::Is(_) | Field::StartsWith(_) => Truth::Fails,
                Field::AnyBut(_) | Field::Present | Field::Absent | Field::Unknown => Truth::Undecided,
            },
        }
    }
}

impl Wanted {
    fn matches(&self, field: Field<'_>) -> Truth {
        match (self, field) {
            (_, Field::Absent) => Truth::Fails,
            (Self::Text { text, more_before: false, more_after: false }, _) => field.equals(text),
            (Self::Text { text, more_before, more_after }, Field::Is(value)) => {
                Truth::from(match (more_before, more_after) {
                    (true, true) => value.contains(text.as_str()),
                    (true, false) => value.ends_with(text.as_str()),
                    (false, _) => value.starts_with(text.as_str()),
                })
            }
            // Wildcards alone match whatever there is.
            (Self::Text { text, .. }, _) if text.is_empty() => field.exists(),
            (Self::Text { .. } | Self::Unjudged, _) => Truth::Undecided,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RootCoverage, root_coverage};

    const BY_ROOT: &str = r#"$.userIdentity.type = "Root""#;
    const NOT_FOR_ROOT: &str = "$.userIdentity.invokedBy NOT EXISTS";
    const NO_SERVICE: &str = r#"$.eventType != "AwsServiceEvent""#;

    #[track_caller]
    fn covers(pattern: &str) {
        assert_eq!(root_coverage(pattern), RootCoverage::Covers, "{pattern}");
    }

    #[track_caller]
    fn misses(pattern: &str, why: &str) {
        let coverage = root_coverage(pattern);
        assert!(matches!(&coverage, RootCoverage::Misses(reason) if reason.contains(why)), "{pattern}: {coverage:?}");
    }

    #[track_caller]
    fn is_not_understood(pattern: &str, why: &str) {
        let coverage = root_coverage(pattern);
        assert!(matches!(&coverage, RootCoverage::Unknown(reason) if reason.contains(why)), "{pattern}: {coverage:?}");
    }

    #[test]
    fn the_clauses_may_stand_in_any_order() {
        let clauses = [BY_ROOT, NOT_FOR_ROOT, NO_SERVICE];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let [one, two, three] = order.map(|index| clauses[index]);
            covers(&format!("{{ {one} && {two} && {three} }}"));
            covers(&format!("{{({one})&&({two})&&({three})}}"));
            covers(&format!("{{ (({one}) && {two}) && (({three})) }}"));
            covers(&format!("\n{{\t{one}\n&& ({two}  &&  {three})\r\n}} "));
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        covers("{$.userIdentity.type=Root&&$.userIdentity.invokedBy NOT EXISTS&&$.eventType!=AwsServiceEvent}");
        covers(r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy not exists }"#);
        covers(r#"{ $.userIdentity["type"] = "Root" && $['eventType'] != "AwsServiceEvent" }"#);
        covers(r#"{ $.["userIdentity"].type = "Root" }"#);
        covers("{ $.userIdentity.type = Ro* }");
        covers("{ $.userIdentity.type = *oo* }");
        covers(r#"{ $.userIdentity.type = "*Root" }"#);
        covers("{ $.userIdentity.type = %Root% }");
        covers("{ $.userIdentity.type = %^Root$% }");
    }

    #[test]
    fn what_matches_more_covers() {
        covers(&format!("{{ {BY_ROOT} }}"));
        covers(&format!("{{ {BY_ROOT} && {NO_SERVICE} }}"));
        covers(&format!("{{ {BY_ROOT} || $.eventName = ConsoleLogin }}"));
        covers(&format!("{{ $.eventName = ConsoleLogin && $.errorMessage EXISTS || {BY_ROOT} && {NOT_FOR_ROOT} }}"));
        covers(&format!("{{ {BY_ROOT} && ({NOT_FOR_ROOT} || $.sourceIPAddress = 10.*) }}"));
        covers(&format!("{{ {BY_ROOT} && $.eventName = * && $.userIdentity EXISTS }}"));
        covers(r#"{ $.userIdentity.type != "IAMUser" }"#);
    }

    #[test]
    fn what_matches_less_misses() {
        let some = "only some uses";
        for clause in [
            "$.eventName = ConsoleLogin",
            r#"$.eventType = "AwsApiCall""#,
            "$.awsRegion = us-east-1",
            "$.errorCode NOT EXISTS",
            "$.errorCode EXISTS",
            "$.userIdentity.mfaAuthenticated IS TRUE",
            "$.responseElements IS NULL",
            "$.x.count > 1",
            r#"$.userIdentity.invokedBy != "ec2.amazonaws.com""#,
            "$.eventName != %^Get%",
        ] {
            misses(&format!("{{ ({BY_ROOT}) && ({NOT_FOR_ROOT}) && ({NO_SERVICE}) && ({clause}) }}"), some);
        }
        misses(&format!("{{ ({BY_ROOT} || {NO_SERVICE}) && $.eventName = ConsoleLogin }}"), some);
        misses("{ $.userIdentity.type = R*t }", some);
        misses("{ $.userIdentity.type = %R..t% }", some);
        let none = "no use of the root user";
        misses(r#"{ $.userIdentity.type = "root" }"#, none);
        misses(r#"{ $.userIdentity.type != "Root" }"#, none);
        misses(r#"{ $.userIdentity.type = "IAMUser" }"#, none);
        misses(r#"{ $.userIdentity.type = " Root" }"#, none);
        misses("{ $.userIdentity.type > 1 }", none);
        misses(&format!("{{ {BY_ROOT} && $.userIdentity.invokedBy EXISTS }}"), none);
        misses(&format!(r#"{{ {BY_ROOT} && $.eventType = "AwsServiceEvent" }}"#), none);
        misses(r#"{ $.useridentity.type = "Root" }"#, some);
    }

    #[test]
    fn what_matches_everything_tells_nothing() {
        for pattern in ["", " ", "{ $.userIdentity.type = * }", "{ $.eventName EXISTS }"] {
            misses(pattern, "every event");
        }
        misses(&format!("{{ {BY_ROOT} || {NO_SERVICE} }}"), "every event");
        misses(&format!("{{ ({BY_ROOT} && {NOT_FOR_ROOT}) || {NO_SERVICE} }}"), "every event");
        misses(&format!("{{ {BY_ROOT} || {NOT_FOR_ROOT} && {NO_SERVICE} }}"), "every event");
    }

    #[test]
    fn what_looks_for_text_misses() {
        for pattern in ["Root", r#""userIdentity" "Root""#, "[ip, user = Root, ...]", "?Root ?root", "%Root%"] {
            misses(pattern, "searches for text");
        }
    }

    #[test]
    fn an_invalid_pattern_cannot_be_parsed() {
        for (pattern, why) in [
            ("{", "character 2"),
            ("{ }", "expected a selector"),
            ("{ $.a = }", "expected a value"),
            ("{ $.a }", "expected an operator"),
            ("{ $.a = b", "expected `}`"),
            ("{ ($.a = b }", "expected `)`"),
            ("{ $.a = b } c", "after the pattern"),
            ("{ $.a = 'Root' }", "single quotes"),
            ("{ $.a = \"b }", "quotation mark is not closed"),
            ("{ $.a = %b }", "is not closed"),
            ("{ $.a & $.b }", "expected an operator"),
            ("{ $.a = b & $.c = d }", "expected `&&`"),
            ("{ $.a[ = b }", "expected `]`"),
            ("{ $. = b }", "expected a name"),
            ("{ $.a NOT b }", "EXISTS"),
            ("{ $.a IS b }", "NULL"),
        ] {
            is_not_understood(pattern, why);
        }
        is_not_understood(&format!("{{ {}$.a = b{} }}", "(".repeat(500), ")".repeat(500)), "nested");
    }
}
