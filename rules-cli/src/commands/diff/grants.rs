//! Changes of the permissions of policies and principals.

use std::collections::{BTreeMap, BTreeSet};

use rules_core::facts::Facts;
use rules_core::iam::{AuthorizationDetails, Grants, Identity};
use rules_core::permissions::{PrincipalPermissions, RequestMfa};
use rules_core::policy::PolicyDocument;
use rules_core::score::{Loss, PrincipalScorer, Score, score};

use super::AccountChanges;
use crate::output::changes::{Change, Direction};
use crate::widening::{Widening, compare};

/// A policy that the account set, by the ARN of what has it and its name.
struct Policy<'a> {
    name: String,
    arn: String,
    document: &'a PolicyDocument,
    is_trust: bool,
}

impl AccountChanges {
    pub(super) fn compare_grants(
        &mut self,
        old: &Facts,
        new: &Facts,
        before: &AuthorizationDetails,
        after: &AuthorizationDetails,
    ) {
        let (policies_before, policies_after) = (policies(before), policies(after));
        for key in policies_before.keys().chain(policies_after.keys()).collect::<BTreeSet<_>>() {
            let (was, is) = (policies_before.get(key), policies_after.get(key));
            // A resource that was created or deleted is reported as such.
            if let (Some(was), Some(is)) = (was, is) {
                self.compare_policy(was, is);
            } else if let Some(inline) = was.or(is).filter(|policy| policy.name.contains('/') && !policy.is_trust) {
                let other = if is.is_some() { before } else { after };
                if !hides_inline(other, &inline.arn) {
                    self.tell_inline(inline, is.is_some());
                }
            }
        }
        self.compare_principals(old, new, before, after);
    }

    fn compare_policy(&mut self, was: &Policy<'_>, is: &Policy<'_>) {
        let widening = compare(&[was.document], &[is.document]);
        if is.is_trust {
            let (code, direction) = match widening {
                Widening::Same => return,
                Widening::Wider => ("trust-wider", Direction::Worse),
                Widening::Narrower => ("trust-narrower", Direction::Better),
                Widening::Other => ("trust-changed", Direction::Neutral),
            };
            let message = format!("{}: the principals that can assume the role changed", is.name);
            self.changes.push(Change::new(code, direction, &is.name, Some(&is.arn), message));
            return;
        }
        let (before, after) = (score(was.document), score(is.document));
        self.tell(&is.name, &is.arn, "policy", widening, (before.score, after.score), after.losses.first());
    }

    fn tell_inline(&mut self, policy: &Policy<'_>, is_new: bool) {
        let score = score(policy.document);
        let (code, word) = if is_new { ("added", "new") } else { ("gone", "gone") };
        let message = format!("{} is {word}: score {}, grade {}", policy.name, score.score, score.grade);
        self.changes.push(Change::new(code, Direction::Neutral, &policy.name, Some(&policy.arn), message));
    }

    fn compare_principals(
        &mut self,
        old: &Facts,
        new: &Facts,
        before: &AuthorizationDetails,
        after: &AuthorizationDetails,
    ) {
        let (were, are) = (principals(before, old), principals(after, new));
        let (mut scorer_before, mut scorer_after) = (PrincipalScorer::new(), PrincipalScorer::new());
        for (arn, is) in &are {
            let Some(was) = were.get(arn) else { continue };
            fn documents<'a>(permissions: &PrincipalPermissions<'a>) -> Vec<&'a PolicyDocument> {
                permissions.policies().iter().map(|policy| policy.document).collect()
            }
            let widening = compare(&documents(was), &documents(is));
            let before = scorer_before.score(&was.layers(), &was.context(RequestMfa::Unknown));
            let after = scorer_after.score(&is.layers(), &is.context(RequestMfa::Unknown));
            let scores = (before.effective, after.effective);
            // A limit changes the score although the policies stay the same.
            let widening = match (widening, scores.1.cmp(&scores.0)) {
                (Widening::Same, std::cmp::Ordering::Less) => Widening::Wider,
                (Widening::Same, std::cmp::Ordering::Greater) => Widening::Narrower,
                (other, _) => other,
            };
            let kind = if arn.contains(":role/") { "role" } else { "user" };
            let name = format!("{kind} {}", is.identity().name);
            self.tell(&name, arn, "principal", widening, scores, after.largest_loss.as_ref());
        }
    }

    fn tell(
        &mut self,
        name: &str,
        arn: &str,
        what: &str,
        widening: Widening,
        (before, after): (Score, Score),
        cause: Option<&Loss>,
    ) {
        let direction = match (widening, after.cmp(&before)) {
            (Widening::Same, _) => return,
            (Widening::Wider, _) | (Widening::Other, std::cmp::Ordering::Less) => Direction::Worse,
            (Widening::Narrower, _) | (Widening::Other, std::cmp::Ordering::Greater) => Direction::Better,
            (Widening::Other, std::cmp::Ordering::Equal) => Direction::Neutral,
        };
        let (code, word) = match (what, direction) {
            ("policy", Direction::Worse) => ("policy-wider", "allows more"),
            ("policy", Direction::Better) => ("policy-narrower", "allows less"),
            ("policy", Direction::Neutral) => ("policy-changed", "allows different actions"),
            (_, Direction::Worse) => ("principal-wider", "has more permissions"),
            (_, Direction::Better) => ("principal-narrower", "has fewer permissions"),
            (_, Direction::Neutral) => ("principal-changed", "has different permissions"),
        };
        let mut message = format!("{name} {word}: score {before} before, {after} now");
        if let Some(cause) = cause.filter(|_| direction == Direction::Worse) {
            message.push_str(&format!("; -{} {} on {}", cause.points, cause.actions_in_words(), cause.reach));
        }
        let change = Change::new(code, direction, name, Some(arn), message);
        self.changes.push(change.between(&before.to_string(), &after.to_string()));
    }
}

/// The policies that can be read, each with its name in the output.
fn policies(details: &AuthorizationDetails) -> BTreeMap<(String, String), Policy<'_>> {
    let mut policies = BTreeMap::new();
    for policy in details.policies.iter().filter(|policy| !policy.is_aws_managed()) {
        let document = policy.details.known().and_then(|known| known.document.known());
        let arn = policy.identity.arn.to_string();
        if let Some(document) = document {
            let name = format!("policy {}", policy.identity.name);
            policies.insert((arn.clone(), String::new()), Policy { name, arn, document, is_trust: false });
        }
    }
    for (kind, identity, grants) in owners(details) {
        for inline in grants.and_then(|grants| grants.inline.known()).into_iter().flatten() {
            let Some(document) = inline.document.known() else { continue };
            let (name, arn) = (format!("{kind} policy {}/{}", identity.name, inline.name), identity.arn.to_string());
            policies.insert((arn.clone(), inline.name.clone()), Policy { name, arn, document, is_trust: false });
        }
    }
    for role in details.roles.iter().filter(|role| !role.is_service_linked()) {
        let Some(document) = role.details.known().and_then(|known| known.trust.known()) else { continue };
        let (name, arn) = (format!("trust policy of role {}", role.identity.name), role.identity.arn.to_string());
        policies.insert((arn.clone(), "\u{0}trust".to_owned()), Policy { name, arn, document, is_trust: true });
    }
    policies
}

/// Who can have inline policies, with what is known of them.
fn owners(details: &AuthorizationDetails) -> impl Iterator<Item = (&'static str, &Identity, Option<&Grants>)> {
    let users =
        details.users.iter().map(|user| ("user", &user.identity, user.details.known().map(|known| &known.grants)));
    let groups = details.groups.iter().map(|group| ("group", &group.identity, group.grants.known()));
    let roles = details.roles.iter().filter(|role| !role.is_service_linked());
    let roles = roles.map(|role| ("role", &role.identity, role.details.known().map(|known| &known.grants)));
    users.chain(groups).chain(roles)
}

/// Whether the owner with this ARN may have inline policies that are not known.
fn hides_inline(details: &AuthorizationDetails, arn: &str) -> bool {
    let mut of_owner = owners(details).filter(|(_, identity, _)| identity.arn.to_string() == arn);
    of_owner.any(|(_, _, grants)| grants.is_none_or(|grants| grants.inline.known().is_none()))
}

/// The users and roles whose policies are all known.
fn principals<'a>(details: &'a AuthorizationDetails, facts: &'a Facts) -> BTreeMap<String, PrincipalPermissions<'a>> {
    let users = details.users.iter().map(|user| PrincipalPermissions::of_user(user, details, facts));
    let roles = details.roles.iter().filter(|role| !role.is_service_linked());
    let roles = roles.map(|role| PrincipalPermissions::of_role(role, details, facts));
    // Those that are not known are named where administrators are looked for.
    let known = users.chain(roles).filter_map(Result::ok);
    known.map(|permissions| (permissions.identity().arn.to_string(), permissions)).collect()
}
