//! One test for each case: the core, the command line and the function give the verdicts that it expects.

#![expect(clippy::unwrap_used, clippy::panic, reason = "every function here is part of a test")]

use std::path::Path;

use rules_core::config::{ConfigEvent, InvokingEvent, RuleParameters, Verdict};
use rules_core::rules::{evaluate_account, evaluate_item, rule};
use rules_tests::account::facts;
use rules_tests::case::Case;
use rules_tests::line::Line;

fn case(path: &Path, content: String) -> datatest_stable::Result<()> {
    let (rule, case) = Case::read(path, &content);
    let by_core = core(&rule, &case);
    case.check(&by_core);
    Ok(())
}

fn core(id: &str, case: &Case) -> Vec<Line> {
    let definition = rule(id).unwrap_or_else(|| panic!("no rule {id}"));
    let mut parameters = RuleParameters::default();
    for (name, value) in &case.parameters {
        parameters.set(name, value);
    }
    let built = definition.with(&parameters).unwrap();
    let as_of = case.as_of.parse().unwrap();
    let verdicts: Vec<Verdict> = match &case.change {
        None => {
            let facts = facts(&case.account.id, &case.account.files(), as_of);
            evaluate_account(definition, built.as_ref(), &facts, as_of)
        }
        Some(_) => {
            let event = ConfigEvent::parse(case.event(id).to_string().as_bytes()).unwrap();
            let InvokingEvent::Change(item) = &event.invoking_event else { panic!("a change is expected") };
            vec![evaluate_item(definition, built.as_ref(), &item.summary, event.event_left_scope, Ok(item))]
        }
    };
    verdicts.iter().map(|verdict| Line::new(id, verdict)).collect()
}

datatest_stable::harness! {
    { test = case, root = "cases", pattern = r"\.json$" },
}
