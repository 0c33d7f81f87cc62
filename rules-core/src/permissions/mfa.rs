//! Multi-factor authentication (MFA) in requests.

use crate::decision::{Context, ContextValue, OtherKeys, Truth};
use crate::policy::{Effect, PolicyVersion, Statement};

/// The MFA state of a principal's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestMfa {
    /// Unknown.
    Unknown,
    /// Requests without MFA that a long-term access key signs: they do not have the condition keys of MFA.
    Never,
    /// Requests of a session without MFA, of GetSessionToken or the console: they have `aws:MultiFactorAuthPresent` as
    /// false.
    NotGiven,
    /// Requests with MFA, whenever a policy requires it.
    Given,
}

impl RequestMfa {
    /// The two kinds of requests of a long-term access key without an MFA device: requests that it signs, and requests
    /// of a session, which every user with a key can get.
    pub const WITHOUT_MFA: [Self; 2] = [Self::Never, Self::NotGiven];

    /// Sets the condition keys of MFA in a context.
    pub(super) fn enter(self, context: &mut Context) {
        let single = |text: &str| ContextValue::Single(text.to_owned());
        let (present, age) = match self {
            Self::Unknown => return,
            Self::Never => (ContextValue::Absent, ContextValue::Absent),
            Self::NotGiven => (single("false"), ContextValue::Absent),
            Self::Given => (single("true"), single("0")),
        };
        context.set("aws:MultiFactorAuthPresent", present);
        context.set("aws:MultiFactorAuthAge", age);
        if self == Self::Never {
            context.set("aws:TokenIssueTime", ContextValue::Absent);
        }
    }
}

/// Says in a context that its requests are made by the principal itself and not by a service for it.
pub(super) fn enter_direct(context: &mut Context) {
    context.set("aws:ViaAWSService", ContextValue::Single("false".to_owned()));
    for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"] {
        context.set(key, ContextValue::Absent);
    }
}

/// Whether a statement is bound to MFA: an Allow that allows nothing without MFA, or a Deny that denies all its actions
/// without MFA, for requests that a long-term access key signs and for a session without MFA.
///
/// Other conditions of the statement are unknown: an Allow stays bound with another condition, and a Deny does not.
///
/// ```
/// use rules_core::permissions::is_bound_to_mfa;
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// let bound = |effect: &str, condition: &str| {
///     let text = format!(
///         r#"{{"Statement":{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{{condition}}}}}}}"#
///     );
///     let document = PolicyDocument::parse(&text, PolicyType::Identity).unwrap();
///     is_bound_to_mfa(&document.statements[0], document.version)
/// };
/// assert!(bound("Allow", r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#));
/// assert!(bound("Deny", r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}"#));
/// // A session without MFA carries the key.
/// assert!(!bound("Deny", r#""Null":{"aws:MultiFactorAuthPresent":"true"}"#));
/// ```
#[must_use]
pub fn is_bound_to_mfa(statement: &Statement, version: PolicyVersion) -> bool {
    let bound = match statement.effect {
        Effect::Allow => Truth::Fails,
        Effect::Deny => Truth::Holds,
    };
    RequestMfa::WITHOUT_MFA.into_iter().all(|mfa| {
        let mut context = Context::new(OtherKeys::Unknown);
        mfa.enter(&mut context);
        enter_direct(&mut context);
        !statement.conditions.is_empty() && statement.conditions_in(version, &context) == bound
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PolicyDocument, PolicyType};

    /// Whether an Allow and a Deny with these conditions are bound to MFA.
    fn bound(conditions: &str) -> (bool, bool) {
        let of = |effect: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{{conditions}}}}}}}"#
            );
            let document = PolicyDocument::parse(&text, PolicyType::Identity).unwrap();
            is_bound_to_mfa(&document.statements[0], document.version)
        };
        (of("Allow"), of("Deny"))
    }

    #[test]
    fn each_spelling_binds_what_it_binds() {
        let present = "aws:MultiFactorAuthPresent";
        let age = "aws:MultiFactorAuthAge";
        for (operator, key, value, allow, deny) in [
            ("Bool", present, r#""true""#, true, false),
            ("Bool", present, r#""false""#, false, false),
            ("Bool", present, r#"["true", "false"]"#, false, false),
            ("BoolIfExists", present, r#""true""#, false, false),
            ("BoolIfExists", present, r#""false""#, false, true),
            ("BoolIfExists", present, r#"["false"]"#, false, true),
            ("BoolIfExists", present, "false", false, true),
            ("Null", present, r#""true""#, false, false),
            ("Null", present, r#""false""#, false, false),
            ("ForAnyValue:Bool", present, r#""true""#, true, false),
            ("ForAnyValue:BoolIfExists", present, r#""false""#, false, false),
            ("ForAllValues:Bool", present, r#""true""#, false, false),
            ("ForAllValues:Bool", present, r#""false""#, false, true),
            ("StringEquals", present, r#""true""#, true, false),
            ("StringNotEquals", present, r#""true""#, false, true),
            ("StringNotEquals", present, r#""false""#, false, false),
            ("NumericLessThan", age, "3600", true, false),
            ("NumericLessThanIfExists", age, "3600", false, true),
            ("NumericGreaterThan", age, "3600", true, false),
            ("NumericGreaterThanIfExists", age, "3600", false, true),
            ("Null", age, r#""false""#, true, false),
            ("Null", age, r#""true""#, false, true),
            // Nothing of MFA is asked.
            ("IpAddress", "aws:SourceIp", r#""203.0.113.0/24""#, false, false),
            ("NoSuchOperator", present, r#""true""#, false, false),
        ] {
            let said = bound(&format!(r#""{operator}":{{"{key}":{value}}}"#));
            assert_eq!(said, (allow, deny), "{operator} {key} {value}");
        }
    }

    #[test]
    fn a_call_is_not_by_a_service() {
        let pair = r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"false","aws:ViaAWSService":"false"}"#;
        assert_eq!(bound(pair), (false, true));
        let other = r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"false"},"Bool":{"aws:ViaAWSService":"true"}"#;
        assert_eq!(bound(other), (true, false));
        let address =
            r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"false"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#;
        assert_eq!(bound(address), (false, false));
    }
}
