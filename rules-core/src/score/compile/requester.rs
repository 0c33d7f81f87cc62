//! Who is let in by policies that are attached to resources and roles: each kind of requester that such a policy tells apart.

use std::collections::BTreeSet;

use super::principal::KnownPrincipal;
use crate::decision::{Context, ContextValue, OtherKeys};
use crate::policy::{PolicyDocument, Principal, PrincipalElement, PrincipalKind, Principals};

/// A requester that a policy tells apart from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Requester {
    /// Any principal of any account, and who has no account.
    Anybody,
    /// Any principal of this account.
    OfAccount(String),
    /// This user, role or session, or this user of Amazon S3.
    Principal(String),
    /// This AWS service.
    Service(String),
    /// Users of this identity provider.
    OfProvider(String),
}

impl Requester {
    /// The requesters that the Allows of a policy tell apart.
    pub(crate) fn all(document: &PolicyDocument) -> BTreeSet<Self> {
        let elements = document.statements.iter().filter_map(|statement| statement.principal.as_ref());
        elements.flat_map(Self::of).collect()
    }

    fn of(element: &PrincipalElement) -> Vec<Self> {
        match element {
            PrincipalElement::Principal(Principals::Everyone) => vec![Self::Anybody],
            PrincipalElement::Principal(Principals::Listed(listed)) => listed.iter().map(Self::named).collect(),
            // All but some principals can be any principal; the excluded ones are distinguished too.
            PrincipalElement::NotPrincipal(Principals::Everyone) => Vec::new(),
            PrincipalElement::NotPrincipal(Principals::Listed(listed)) => {
                std::iter::once(Self::Anybody).chain(listed.iter().map(Self::named)).collect()
            }
        }
    }

    fn named(principal: &Principal) -> Self {
        let value = principal.value.clone();
        match principal.kind {
            _ if value == "*" => Self::Anybody,
            PrincipalKind::Aws => match account_of(&value) {
                Some(account) => Self::OfAccount(account.to_owned()),
                None => Self::Principal(value),
            },
            PrincipalKind::Service => Self::Service(value),
            PrincipalKind::Federated => Self::OfProvider(value),
            PrincipalKind::CanonicalUser => Self::Principal(value),
        }
    }

    /// Whether a statement with this element is about the requester.
    pub(crate) fn is_meant_by(&self, element: Option<&PrincipalElement>) -> bool {
        match element {
            None => true,
            Some(PrincipalElement::Principal(principals)) => self.is_among(principals),
            Some(PrincipalElement::NotPrincipal(principals)) => !self.is_among(principals),
        }
    }

    fn is_among(&self, principals: &Principals) -> bool {
        let Principals::Listed(listed) = principals else { return true };
        listed.iter().map(Self::named).any(|named| match (&named, self) {
            (Self::Anybody, _) => true,
            (Self::OfAccount(account), Self::Principal(arn)) => arn.split(':').nth(4) == Some(account),
            (named, itself) => named == itself,
        })
    }

    /// What is known of the requester.
    pub(crate) fn known(&self) -> KnownPrincipal {
        let single = |text: &str| ContextValue::Single(text.to_owned());
        let mut context = Context::new(OtherKeys::Unknown);
        let mut set = |key: &str, value: ContextValue| {
            context.set(key, value);
        };
        match self {
            Self::Anybody | Self::OfProvider(_) => {}
            Self::OfAccount(account) => set("aws:PrincipalAccount", single(account)),
            Self::Principal(arn) => {
                if let Some(account) = arn.split(':').nth(4) {
                    set("aws:PrincipalAccount", single(account));
                    set("aws:PrincipalArn", single(arn));
                }
            }
            Self::Service(service) => {
                set("aws:PrincipalIsAWSService", single("true"));
                set("aws:PrincipalServiceName", single(service));
            }
        }
        KnownPrincipal::requesting(&context)
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
