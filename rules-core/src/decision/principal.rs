//! Whether a `Principal` element includes the principal of a request.

use super::condition::Truth;
use super::context::{Context, ContextValue};
use crate::policy::{Effect, Principal, PrincipalElement, PrincipalKind, Principals};

/// How far principals stand for the requester.
#[derive(Clone, Copy)]
struct Named {
    /// By its own name or as all principals.
    itself: Truth,
    /// By its own name, as all principals or by its account.
    at_all: Truth,
}

impl PrincipalElement {
    /// Whether a statement with this element and `effect` is about the requester.
    ///
    /// An Allow that names an account leaves it to the account's own policies, so that it grants nothing by itself.
    pub(super) fn covers(&self, effect: Effect, context: &Context) -> Truth {
        match (self, effect) {
            (Self::Principal(principals), Effect::Allow) => named(principals, context).itself,
            (Self::Principal(principals), Effect::Deny) => named(principals, context).at_all,
            (Self::NotPrincipal(principals), _) => named(principals, context).at_all.negated(),
        }
    }
}

fn named(principals: &Principals, context: &Context) -> Named {
    let none = Named { itself: Truth::Fails, at_all: Truth::Fails };
    match principals {
        Principals::Everyone => Named { itself: Truth::Holds, at_all: Truth::Holds },
        Principals::Listed(listed) => listed.iter().map(|principal| names(principal, context)).fold(none, Named::or),
    }
}

impl Named {
    fn or(self, other: Self) -> Self {
        Self { itself: self.itself.max(other.itself), at_all: self.at_all.max(other.at_all) }
    }
}

fn names(principal: &Principal, context: &Context) -> Named {
    let by_name = |truth| Named { itself: truth, at_all: truth };
    match principal.kind {
        PrincipalKind::Aws if principal.value == "*" => by_name(Truth::Holds),
        PrincipalKind::Aws => match account_of(&principal.value) {
            Some(account) => {
                Named { itself: Truth::Fails, at_all: is(context, "aws:principalaccount", |value| value == account) }
            }
            None => by_name(is_of(&principal.value, context)),
        },
        PrincipalKind::Service => {
            let is_service = |value: &str| value.eq_ignore_ascii_case(&principal.value);
            by_name(is(context, "aws:principalservicename", is_service))
        }
        PrincipalKind::Federated => by_name(is(context, "aws:federatedprovider", |value| value == principal.value)),
        // No key of a request holds a canonical id.
        PrincipalKind::CanonicalUser => by_name(Truth::Undecided),
    }
}

/// Whether the requester is the user or role of this ARN, or perhaps the session.
fn is_of(arn: &str, context: &Context) -> Truth {
    let itself = is(context, "aws:principalarn", |value| value == arn);
    let Some((role, _)) = arn.split_once(":assumed-role/").and_then(|(_, session)| session.split_once('/')) else {
        return itself;
    };
    // The key holds the ARN of the role and not of its session.
    let is_role = |value: &str| value.rsplit('/').next() == Some(role) && value.contains(":role/");
    itself.max(is(context, "aws:principalarn", is_role).min(Truth::Undecided))
}

fn is(context: &Context, key: &str, accept: impl Fn(&str) -> bool) -> Truth {
    match context.get(key) {
        ContextValue::Single(value) => Truth::from(accept(value)),
        ContextValue::Unknown => Truth::Undecided,
        ContextValue::Absent | ContextValue::Multiple(_) | ContextValue::Since(_) => Truth::Fails,
    }
}

/// The account for which a principal stands as a whole: its number, or the ARN of its root.
fn account_of(value: &str) -> Option<&str> {
    let number = match value.split_once(':') {
        None => value,
        Some(_) => value.split(':').nth(4).filter(|_| value.ends_with(":root"))?,
    };
    (number.len() == 12 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

#[cfg(test)]
mod tests {
    use crate::decision::{Context, ContextValue, Decision, OtherKeys, PolicyLayers, Reading, Request};
    use crate::policy::{PolicyDocument, PolicyType};

    const ADA: &str = "arn:aws:iam::111122223333:user/ada";

    fn decide(effect: &str, element: &str, reading: Reading) -> Decision {
        let parse = |text: &str, policy_type| PolicyDocument::parse(text, policy_type).unwrap();
        let statement =
            format!(r#"{{"Statement":{{"Effect":"{effect}",{element},"Action":"s3:GetObject","Resource":"*"}}}}"#);
        let resource = parse(&statement, PolicyType::Resource);
        let all = parse(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#, PolicyType::Identity);
        let identity: &[PolicyDocument] = if effect == "Deny" { &[all] } else { &[] };
        let single = |text: &str| ContextValue::Single(text.to_owned());
        let context = Context::new(OtherKeys::Unknown)
            .with("aws:PrincipalArn", single(ADA))
            .with("aws:PrincipalAccount", single("111122223333"))
            .with("aws:PrincipalServiceName", ContextValue::Absent);
        let layers = PolicyLayers::of_identity(identity).with(PolicyType::Resource, [&resource]);
        let request = Request { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: &context };
        layers.decide(&request, reading).decision
    }

    #[test]
    fn a_resource_policy_grants_to_whom_it_names() {
        for (element, allowed) in [
            (r#""Principal":"*""#, true),
            (r#""Principal":{"AWS":"*"}"#, true),
            (
                r#""Principal":{"AWS":["arn:aws:iam::111122223333:user/bob","arn:aws:iam::111122223333:user/ada"]}"#,
                true,
            ),
            (r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"}"#, false),
            // An account's own policies grant where only the account is named.
            (r#""Principal":{"AWS":"111122223333"}"#, false),
            (r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"}"#, false),
            (r#""Principal":{"Service":"lambda.amazonaws.com"}"#, false),
        ] {
            let wanted = if allowed { Decision::Allowed } else { Decision::ImplicitlyDenied };
            assert_eq!(decide("Allow", element, Reading::Certain), wanted, "{element}");
        }
    }

    #[test]
    fn a_resource_policy_denies_whom_it_names() {
        for (element, denied) in [
            (r#""Principal":"*""#, true),
            (r#""Principal":{"AWS":"111122223333"}"#, true),
            (r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"}"#, true),
            (r#""Principal":{"AWS":"444455556666"}"#, false),
            (r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/ada"}"#, false),
            (r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/bob"}"#, true),
        ] {
            let wanted = if denied { Decision::ExplicitlyDenied } else { Decision::Allowed };
            assert_eq!(decide("Deny", element, Reading::Possible), wanted, "{element}");
        }
        let unknown = r#""Principal":{"CanonicalUser":"79a5"}"#;
        assert_eq!(decide("Deny", unknown, Reading::Possible), Decision::Allowed);
        assert_eq!(decide("Deny", unknown, Reading::Certain), Decision::ExplicitlyDenied);
    }
}
