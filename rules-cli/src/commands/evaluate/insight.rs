//! The parts of reports for people besides verdicts: administrators, and the causes of low scores.

use std::collections::BTreeMap;

use rules_core::Arn;
use rules_core::config::{EvaluatedResource, Finding, FindingCode, Verdict};
use rules_core::facts::Facts;
use rules_core::iam::AuthorizationDetails;
use rules_core::permissions::{AdminDefinition, PrincipalPermissions, PrincipalType, RequestMfa};
use rules_core::score::{PrincipalScorer, score};

use super::known::document;
use crate::explanation::Explanation;
use crate::output::context::{Administrator, Hop};
use crate::output::{AccountReport, ReportedVerdict};

/// The number of low scores of a rule that are explained. The others are listed with their largest loss.
const EXPLAINED: usize = 100;

/// Adds what the facts show.
pub(super) fn add(facts: &Facts, report: &mut AccountReport) {
    report.context.organization_layers = facts.organization.len();
    report.context.regions = facts.regions.keys().map(ToString::to_string).collect();
    let Some(details) = facts.authorization_details.known() else { return };
    let principals = Principals::new(details, facts);
    report.context.administrators = Some(principals.administrators());
    let mut scorer = PrincipalScorer::new();
    for rule in &mut report.rules {
        let mut low: Vec<&mut ReportedVerdict> =
            rule.verdicts.iter_mut().filter(|reported| score_of(&reported.verdict).is_some()).collect();
        low.sort_by_key(|reported| score_of(&reported.verdict));
        for reported in low.into_iter().take(EXPLAINED) {
            let Verdict::Evaluated(evaluation) = &reported.verdict else { continue };
            let explain = |finding| principals.explain(&evaluation.resource, finding, &mut scorer);
            reported.explanations = evaluation.findings.iter().map(explain).collect();
        }
    }
}

/// The score of what is wrong, where a score decided.
fn score_of(verdict: &Verdict) -> Option<u16> {
    match verdict {
        Verdict::Evaluated(evaluation) if !evaluation.findings.is_empty() => {
            evaluation.measure.map(|measure| measure.score_tenths)
        }
        Verdict::Evaluated(_) | Verdict::NotEvaluated(_) => None,
    }
}

/// The users and roles whose policies are known.
struct Principals<'a> {
    details: &'a AuthorizationDetails,
    permissions: BTreeMap<&'a Arn, PrincipalPermissions<'a>>,
}

impl<'a> Principals<'a> {
    fn new(details: &'a AuthorizationDetails, facts: &'a Facts) -> Self {
        let users = details.users.iter().map(|user| {
            let permissions = PrincipalPermissions::of_user(user, details, facts);
            (&user.identity.arn, permissions)
        });
        let roles = details.roles.iter().filter(|role| !role.is_service_linked()).map(|role| {
            let permissions = PrincipalPermissions::of_role(role, details, facts);
            (&role.identity.arn, permissions)
        });
        // Of the others the verdicts say that they could not be judged.
        let known = users.chain(roles).filter_map(|(arn, permissions)| Some((arn, permissions.ok()?)));
        Self { details, permissions: known.collect() }
    }

    /// Users first, each kind by ARN.
    fn administrators(&self) -> Vec<Administrator> {
        let mut found: Vec<Administrator> = self.permissions.values().filter_map(administrator).collect();
        found.sort_by(|one, other| (other.kind, &one.arn).cmp(&(one.kind, &other.arn)));
        found
    }

    fn explain<'s>(
        &'s self,
        resource: &EvaluatedResource,
        finding: &Finding,
        scorer: &mut PrincipalScorer<'s>,
    ) -> Option<Explanation> {
        let (arn, policy) = (resource.arn.as_ref()?, finding.policy.as_deref()?);
        if finding.code == FindingCode::ScoreBelowMinimum {
            let document = document(self.details, arn, policy)?;
            return Some(Explanation::new(&score(document), |_| true, document));
        }
        let permissions = self.permissions.get(arn)?;
        let group = match finding.path.as_slice() {
            [_, group, _] => Some(group.as_str()),
            _ => None,
        };
        let mut sources = permissions.policies().iter();
        let at = sources.position(|source| source.name == policy && source.group == group)?;
        let source = permissions.policies().get(at)?;
        let details = scorer.details(&permissions.layers(), &permissions.context(RequestMfa::Unknown));
        Some(Explanation::new(&details, |loss| loss.policy == at, source.document))
    }
}

fn administrator(permissions: &PrincipalPermissions<'_>) -> Option<Administrator> {
    let witness = permissions.administrator(AdminDefinition::Effective, RequestMfa::Unknown)?;
    let identity = permissions.identity();
    let group = witness.group.map(|name| Hop { kind: "group", name });
    let policy = Hop { kind: "policy", name: witness.policy };
    Some(Administrator {
        kind: match permissions.kind() {
            PrincipalType::User => "user",
            PrincipalType::Role => "role",
        },
        name: identity.name.clone(),
        arn: identity.arn.to_string(),
        is_one: true,
        path: group.into_iter().chain([policy]).collect(),
        statement: witness.statement,
        conditional_on: witness.conditional_on,
    })
}
