//! Condition keys in policies that are attached to resources and roles, where they say who the requester has to be.

use super::circumstance::Circumstance;
use super::condition_key::{CallerBrings, KeyClass, classify};
use crate::policy::Condition;
use crate::score::definition::ScoreVersion;

/// The class of a condition's key.
pub(crate) fn classify_for_requesters(condition: &Condition) -> KeyClass {
    use KeyClass::Circumstance as In;
    let key = condition.key.lower();
    let (prefix, name) = key.split_once(':').unwrap_or(("", key));
    match (prefix, name) {
        ("aws", "principalorgid" | "principalorgpaths" | "principalaccount") => {
            In(Circumstance::Organization, CallerBrings::Present)
        }
        ("aws", "principalarn") => match condition.values.iter().map(|arn| lets_in(arn)).min() {
            Some(LetsIn::One) => In(Circumstance::Who, CallerBrings::Present),
            Some(LetsIn::Account) => In(Circumstance::Organization, CallerBrings::Present),
            Some(LetsIn::Anybody) | None => KeyClass::Free,
        },
        // The resource is the one that the policy is attached to.
        ("aws", "resourceaccount" | "resourceorgid" | "resourceorgpaths") | ("s3" | "kms", "resourceaccount") => {
            KeyClass::Free
        }
        // A secret that both sides know, and what the caller names itself.
        ("sts", "externalid" | "sourceidentity") => In(Circumstance::Parameter, CallerBrings::Fresh),
        // For whom a token was made out says who may use it where the audience is a pool of users.
        ("cognito-identity.amazonaws.com", "aud") => In(Circumstance::Who, CallerBrings::Fresh),
        ("saml", "aud" | "iss") => KeyClass::Free,
        (_, "aud" | "amr") if prefix.contains('.') => KeyClass::Free,
        _ => classify(key, ScoreVersion::V2),
    }
}

/// Whom a pattern of principals lets in, the most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LetsIn {
    /// Anybody can make a principal of this name in an account.
    Anybody,
    Account,
    One,
}

fn lets_in(arn: &str) -> LetsIn {
    let is_wild = |text: &str| text.contains(['*', '?']);
    let mut segments = arn.splitn(6, ':').skip(4);
    match (segments.next(), segments.next()) {
        (Some(account), Some(_)) if is_wild(account) || account.is_empty() => LetsIn::Anybody,
        (Some(_), Some(name)) if is_wild(name) => LetsIn::Account,
        (Some(_), Some(_)) => LetsIn::One,
        _ => LetsIn::Anybody,
    }
}
