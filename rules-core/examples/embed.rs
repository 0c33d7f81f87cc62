//! Scores a policy and evaluates an account: `cargo run -p rules-core --example embed`.
//!
//! The input files in this folder are output of the AWS CLI. There is no credential report, so some rules cannot be evaluated, and
//! name the missing fact.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use rules_core::iam::{AccountSummary, AuthorizationDetails};
use rules_core::{AccountExceptions, ConfiguredRule, Fact, Facts, assess, parse, score};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scored = score(&parse(include_str!("policy.json"))?);
    println!("policy.json: score {}, grade {}", scored.score, scored.grade);

    // Time is an input: the library reads no clock.
    let as_of = "2026-01-31T12:00:00Z".parse()?;
    let mut facts = Facts::unread("111122223333".parse()?, as_of);
    facts.account_summary = Fact::Known(AccountSummary::parse(include_str!("account/account-summary.json"))?);
    let details = include_str!("account/account-authorization-details.json");
    facts.authorization_details = Fact::Known(AuthorizationDetails::parse(details)?);

    let assessment = assess(&facts, &ConfiguredRule::all(), &AccountExceptions::default(), as_of);
    for rule in &assessment.rules {
        for verdict in &rule.verdicts {
            let (id, resource) = (rule.definition.id, &verdict.resource().id);
            println!("{id} {resource} {}: {}", verdict.compliance(), verdict.annotation());
        }
    }
    Ok(())
}
