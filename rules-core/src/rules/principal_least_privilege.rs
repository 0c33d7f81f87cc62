//! `principal-least-privilege`.

use std::cell::RefCell;

use super::{Judge, Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, FindingCode, Measure, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::paths::{PATHS, Technique};
use crate::permissions::{PolicySource, PrincipalPermissions, RequestMfa};
use crate::reach::{Escalation, EscalationStep, Reach};
use crate::rules::Derived;
use crate::score::{PrincipalScore, PrincipalScorer, ReachedAdministrator, Score, ScoreVersion};
use crate::text::visible;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "principal-least-privilege",
    summary: "Each user and role reaches a minimum least-privilege score over all its policies together.",
    severity: Severity::High,
    page: include_str!("principal_least_privilege.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::User, ResourceType::Role],
    findings: &[FindingCode::PrincipalScoreBelowMinimum],
    parameters: &[
        ParameterDefinition {
            name: "minimumScore",
            kind: ParameterKind::WholeNumber { least: 0, most: 100 },
            default: "40",
            description: "The minimum score, from 0 (allows everything) to 100 (allows nothing).",
        },
        ParameterDefinition {
            name: "scoreVersion",
            kind: ParameterKind::Choice(&["1", "2"]),
            default: "2",
            description: "The version of the score. Version 1 is kept for one release.",
        },
    ],
    facts: &[FactKind::AuthorizationDetails, FactKind::CredentialReport],
    controls: &["NIST 800-53: AC-6", "NIST 800-53: AC-6(1)"],
    build: |parameters| {
        Box::new(PrincipalLeastPrivilege {
            minimum: Score::from_points(parameters.whole_number("minimumScore")),
            version: super::score_version(parameters),
        })
    },
};

/// The least score that complies unless the parameter says another.
pub(super) fn default_minimum() -> Score {
    let parameter = DEFINITION.parameters.iter().find(|parameter| parameter.name == "minimumScore");
    parameter.and_then(|parameter| parameter.default.parse().ok()).map_or(Score::MAX, Score::from_points)
}

struct PrincipalLeastPrivilege {
    minimum: Score,
    version: ScoreVersion,
}

impl Rule for PrincipalLeastPrivilege {
    fn evaluate(&self, resource: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let reach = self.asks_for_reach().then(|| Reach::new(facts)).transpose()?;
        self.judge(resource, facts, reach.as_ref(), &mut PrincipalScorer::of_version(self.version))
    }

    fn for_derived<'a>(&'a self, derived: &'a Derived<'_>) -> Box<Judge<'a>> {
        // Principals share policies, and what was worked out for one of them serves the others.
        let scorer = RefCell::new(PrincipalScorer::of_version(self.version));
        Box::new(move |resource| {
            let reach = self.asks_for_reach().then(|| derived.reach()).transpose()?;
            self.judge(resource, derived.facts(), reach, &mut scorer.borrow_mut())
        })
    }
}

impl PrincipalLeastPrivilege {
    /// Whether what a principal can become is part of its score.
    fn asks_for_reach(&self) -> bool {
        self.version != ScoreVersion::V1
    }

    fn judge<'a>(
        &self,
        resource: &Resource<'a>,
        facts: &'a Facts,
        reach: Option<&Reach<'_>>,
        scorer: &mut PrincipalScorer<'a>,
    ) -> Result<Outcome, MissingFact> {
        let details = facts.authorization_details.get()?;
        let permissions = match *resource {
            Resource::User(user) => PrincipalPermissions::of_user(user, details, facts)?,
            Resource::Role(role) if role.is_service_linked() => {
                return Ok(Outcome::not_applicable("a service-linked role's policies belong to AWS"));
            }
            Resource::Role(role) => PrincipalPermissions::of_role(role, details, facts)?,
            Resource::Account(_) | Resource::Group(_) | Resource::Policy(_) => {
                return Ok(Outcome::not_applicable("the rule evaluates users and roles"));
            }
        };
        let arn = &permissions.identity().arn;
        let escalation = match reach {
            Some(reach) => reach.of(arn, reach.own_mfa(arn))?,
            None => None,
        };
        let reached = escalation.as_ref().and_then(|escalation| reached_administrator(&permissions, escalation));
        let context = permissions.context(RequestMfa::Unknown);
        let score = scorer.score_reaching(&permissions.layers(), &context, reached.as_ref());
        let passes = score.effective >= self.minimum;
        if let (true, Some(way), Some(missing)) = (passes, &reached, facts.credential_report.missing()) {
            // With the report the path can be certain, and the score below the minimum.
            let certain_steps = way.certain_steps.saturating_add(way.uncertain_steps);
            let certain = ReachedAdministrator { certain_steps, uncertain_steps: 0, ..way.clone() };
            let depends = escalation.as_ref().is_some_and(depends_on_credentials);
            let mut lowest = || scorer.score_reaching(&permissions.layers(), &context, Some(&certain)).effective;
            if depends && lowest() < self.minimum {
                return Err(missing.clone());
            }
        }
        let outcome = match passes {
            true => Outcome::compliant(describe(&score)),
            false => Outcome::finding(self.finding(&permissions, &score)),
        };
        let measure = Measure { score_tenths: score.effective.tenths(), minimum_tenths: self.minimum.tenths() };
        Ok(outcome.measured(measure))
    }

    fn finding(&self, permissions: &PrincipalPermissions<'_>, score: &PrincipalScore) -> Finding {
        let mut message = format!("{} (minimum {})", describe(score), self.minimum);
        let largest = score.largest_loss.as_ref();
        let source = largest.and_then(|loss| permissions.policies().get(loss.policy));
        if let Some(loss) = largest {
            message.push_str(&format!(": -{} for {} on {}", loss.points, loss.actions_in_words(), loss.reach));
            if let Some(source) = source {
                message.push_str(&format!(" by {}", visible(source.name, 48)));
            }
            if let Some(fix) = &loss.fix {
                message.push_str(&format!("; {fix}"));
            }
        }
        let name = permissions.identity().name.as_str();
        let path = [Some(name), source.and_then(|source| source.group), source.map(|source| source.name)];
        Finding {
            code: FindingCode::PrincipalScoreBelowMinimum,
            message,
            policy: source.map(|source| source.name.to_owned()),
            statement: largest.and_then(|loss| loss.statement.clone()),
            path: path.into_iter().flatten().map(str::to_owned).collect(),
            escalation: None,
        }
    }
}

/// A way to become an administrator as a part of the score; none for an administrator, who takes no step.
fn reached_administrator(
    permissions: &PrincipalPermissions<'_>,
    escalation: &Escalation,
) -> Option<ReachedAdministrator> {
    let first = escalation.steps.first()?.actions.first().and_then(|action| action.allowed_by.as_ref());
    let policy = first.and_then(|statement| {
        let is_it =
            |policy: &PolicySource<'_>| policy.name == statement.policy && policy.group == statement.group.as_deref();
        permissions.policies().iter().position(is_it)
    });
    // Of a way that is there for certain, every step is.
    let uncertain = match escalation.proven {
        true => 0,
        false => escalation.steps.iter().filter(|step| !step.proven).count().max(1),
    };
    let steps = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let of_steps = escalation.steps.iter();
    Some(ReachedAdministrator {
        certain_steps: steps(escalation.steps.len().saturating_sub(uncertain)).saturating_add(escalation.further),
        uncertain_steps: steps(uncertain),
        conditions: of_steps.clone().flat_map(|step| step.conditions.iter().cloned()).collect(),
        actions: of_steps.flat_map(|step| step.actions.iter().map(|action| action.action.to_owned())).collect(),
        policy: policy.unwrap_or_default(),
        statement: first.map(|statement| statement.statement.clone()),
        path: escalation.in_words(),
    })
}

fn describe(score: &PrincipalScore) -> String {
    if score.grants_nothing {
        return format!("score {} (allows nothing)", score.effective);
    }
    let mut words = format!("score {}, grade {}", score.effective, score.grade);
    if score.granted < score.effective {
        words.push_str(&format!(" ({} without its limits)", score.granted));
    }
    words
}

/// Whether an uncertain step gets the credentials of a user: the credential report says whether it can.
fn depends_on_credentials(escalation: &Escalation) -> bool {
    let technique = |step: &EscalationStep| PATHS.iter().find(|path| path.id == step.path).map(|path| path.technique);
    let mut uncertain = escalation.steps.iter().filter(|step| !step.proven);
    uncertain.any(|step| technique(step) == Some(Technique::CredentialAccess))
}
