//! `policy-least-privilege`.

use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, FindingCode, Measure, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::iam::{Grants, ManagedPolicyDetails};
use crate::policy::{PolicyDocument, PolicyType};
use crate::score::{LeastPrivilegeScore, Score, ScoreVersion, score_of_type};

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "policy-least-privilege",
    summary: "Each customer-managed and inline policy reaches a minimum least-privilege score.",
    severity: Severity::High,
    page: include_str!("policy_least_privilege.md"),
    trigger: Trigger::PeriodicAndChange,
    resource_types: &[ResourceType::Policy, ResourceType::User, ResourceType::Group, ResourceType::Role],
    findings: &[FindingCode::ScoreBelowMinimum],
    parameters: &[
        ParameterDefinition {
            name: "minimumScore",
            kind: ParameterKind::WholeNumber { least: 0, most: 100 },
            default: "60",
            description: "The minimum score, from 0 (allows everything) to 100 (allows nothing).",
        },
        ParameterDefinition {
            name: "scope",
            kind: ParameterKind::Choice(&[ALL, ATTACHED]),
            default: ALL,
            description: "Whether managed policies that are not attached are evaluated too.",
        },
        ParameterDefinition {
            name: "scoreVersion",
            kind: ParameterKind::Choice(&["1", "2"]),
            default: "2",
            description: "The version of the score. Version 1 is kept for one release.",
        },
    ],
    facts: &[FactKind::AuthorizationDetails],
    controls: &[
        "CIS AWS 1.4: 1.16",
        "CIS AWS 3.0: 1.16",
        "CIS AWS 5.0: 1.15",
        "CIS AWS 6.0: 2.15",
        "CIS AWS 7.0: 2.14",
        "Security Hub: IAM.1",
        "Security Hub: IAM.21",
        "NIST 800-53: AC-6",
    ],
    build: |parameters| {
        Box::new(PolicyLeastPrivilege {
            minimum: Score::from_points(parameters.whole_number("minimumScore")),
            attached_only: parameters.choice("scope") == ATTACHED,
            version: super::score_version(parameters),
        })
    },
};

const ALL: &str = "all";
const ATTACHED: &str = "attached";

struct PolicyLeastPrivilege {
    minimum: Score,
    attached_only: bool,
    version: ScoreVersion,
}

impl Rule for PolicyLeastPrivilege {
    fn evaluate(&self, resource: &Resource<'_>, _: &Facts) -> Result<Outcome, MissingFact> {
        match resource {
            Resource::Policy(policy) => self.evaluate_managed(&policy.identity.name, policy.details.get()?),
            Resource::User(user) => self.evaluate_inline(&user.details.get()?.grants),
            Resource::Group(group) => self.evaluate_inline(group.grants.get()?),
            Resource::Role(role) if role.is_service_linked() => {
                Ok(Outcome::not_applicable("a service-linked role's policies belong to AWS"))
            }
            Resource::Role(role) => self.evaluate_inline(&role.details.get()?.grants),
            Resource::Account(_) => Ok(Outcome::not_applicable("the rule evaluates policies")),
        }
    }
}

impl PolicyLeastPrivilege {
    fn evaluate_managed(&self, name: &str, policy: &ManagedPolicyDetails) -> Result<Outcome, MissingFact> {
        if self.attached_only {
            let count = policy.attachment_count.ok_or_else(|| {
                MissingFact::new(format!("policy {name}"), "`AttachmentCount` is missing, which scope=attached needs")
            })?;
            if count == 0 {
                return Ok(Outcome::not_applicable("the policy is not attached"));
            }
        }
        self.judge([(name, policy.document.get()?)])
    }

    fn evaluate_inline(&self, grants: &Grants) -> Result<Outcome, MissingFact> {
        let inline = grants.inline.get()?;
        if inline.is_empty() {
            return Ok(Outcome::not_applicable("no inline policies"));
        }
        let mut documents = Vec::with_capacity(inline.len());
        for policy in inline {
            documents.push((policy.name.as_str(), policy.document.get()?));
        }
        self.judge(documents)
    }

    /// The worst policy decides; each one below the minimum is a finding, worst first.
    fn judge<'a>(
        &self,
        policies: impl IntoIterator<Item = (&'a str, &'a PolicyDocument)>,
    ) -> Result<Outcome, MissingFact> {
        let mut scored: Vec<(&str, LeastPrivilegeScore)> =
            policies.into_iter().map(|(name, document)| (name, self.score(document))).collect();
        scored.sort_by(|(one_name, one), (other_name, other)| (one.score, one_name).cmp(&(other.score, other_name)));
        let compliant_because = scored.first().map(|(name, worst)| describe(name, worst)).unwrap_or_default();
        let below = scored.iter().filter(|(_, score)| score.score < self.minimum);
        let findings = below.map(|(name, score)| self.finding(name, score)).collect();
        let measure = scored
            .first()
            .map(|(_, worst)| Measure { score_tenths: worst.score.tenths(), minimum_tenths: self.minimum.tenths() });
        Ok(Outcome::Judged { findings, compliant_because, measure })
    }

    fn score(&self, document: &PolicyDocument) -> LeastPrivilegeScore {
        score_of_type(document, PolicyType::Identity, self.version)
    }

    fn finding(&self, name: &str, score: &LeastPrivilegeScore) -> Finding {
        let mut message = format!("{} (minimum {})", describe(name, score), self.minimum);
        let largest = score.losses.first();
        if let Some(loss) = largest {
            message.push_str(&format!(": -{} for {} on {}", loss.points, loss.actions_in_words(), loss.reach));
            if let Some(fix) = &loss.fix {
                message.push_str(&format!("; {fix}"));
            }
        }
        Finding {
            code: FindingCode::ScoreBelowMinimum,
            message,
            policy: Some(name.to_owned()),
            statement: largest.and_then(|loss| loss.statement.clone()),
            path: vec![name.to_owned()],
            escalation: None,
        }
    }
}

fn describe(name: &str, score: &LeastPrivilegeScore) -> String {
    let name = crate::text::visible(name, 64);
    if score.grants_nothing {
        return format!("{name}: score {} (allows nothing)", score.score);
    }
    format!("{name}: score {}, grade {}", score.score, score.grade)
}
