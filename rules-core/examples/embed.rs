//! Scores a policy and evaluates an account: `cargo run -p rules-core --example embed`.
//!
//! The input files in this folder are output of the AWS CLI. There is no credential report, so that some rules cannot reach a
//! verdict and name the missing fact.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use rules_core::assessment::{ConfiguredRule, assess};
use rules_core::config::{RuleParameters, Verdict};
use rules_core::exceptions::AccountExceptions;
use rules_core::facts::Facts;
use rules_core::iam::{AccountSummary, AuthorizationDetails};
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::rules::RULES;
use rules_core::{Fact, score::score};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    results()?.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// The lines to print.
pub(crate) fn results() -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let policy = PolicyDocument::parse(include_str!("policy.json"), PolicyType::Identity)?;
    let scored = score(&policy);
    let mut lines = vec![format!("policy.json: score {}, grade {}", scored.score, scored.grade)];

    // Time is an input: the core reads no clock.
    let as_of = "2026-01-31T12:00:00Z".parse()?;
    let mut facts = Facts::unread("111122223333".parse()?, as_of);
    facts.account_summary = Fact::Known(AccountSummary::parse(include_str!("account/account-summary.json"))?);
    let details = include_str!("account/account-authorization-details.json");
    facts.authorization_details = Fact::Known(AuthorizationDetails::parse(details)?);

    let rules = RULES.iter().map(|definition| ConfiguredRule::new(definition, &RuleParameters::default()));
    let assessment = assess(&facts, &rules.collect::<Result<Vec<_>, _>>()?, &AccountExceptions::default(), as_of);
    for rule in &assessment.rules {
        for verdict in &rule.verdicts {
            let (compliance, why) = match &verdict {
                Verdict::Evaluated(evaluation) => (evaluation.compliance_type.as_str(), evaluation.annotation.clone()),
                Verdict::NotEvaluated(not_evaluated) => ("NOT_EVALUATED", not_evaluated.missing.to_string()),
            };
            lines.push(format!("{} {} {compliance}: {why}", rule.definition.id, verdict.resource().id));
        }
    }
    Ok(lines)
}
