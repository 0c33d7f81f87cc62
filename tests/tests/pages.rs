//! The examples on the rules' pages give the verdicts that the pages say.

use std::path::Path;

use rules_core::config::RuleParameters;
use rules_core::rules::{RULES, RuleDefinition};
use rules_tests::account::facts;
use rules_tests::case::Case;
use rules_tests::judge;
use rules_tests::line::Line;

/// The blocks of JSON in a page's section of examples.
fn examples(definition: &RuleDefinition) -> Vec<&'static str> {
    let (_, section) = definition.page.split_once("\n## Examples\n").unwrap_or_else(|| panic!("{}", definition.id));
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```json\n").skip(1);
    blocks.map(|block| block.split_once("\n```\n").unwrap().0).collect()
}

#[test]
fn every_example_gives_its_verdicts() {
    for definition in RULES {
        let examples = examples(definition);
        if examples.is_empty() {
            // Its examples are commands, which the command line's tests run.
            assert!(definition.page.contains("rules-cli evaluate --sample"), "{}", definition.id);
            continue;
        }
        let mut seen = Vec::new();
        for example in examples {
            let (_, case) = Case::read(&Path::new(definition.id).join("page"), example);
            let mut parameters = RuleParameters::default();
            case.parameters.iter().for_each(|(name, value)| parameters.set(name, value));
            let as_of = case.as_of.parse().unwrap();
            let facts = facts(&case.account.id, &case.account.files(), as_of);
            let verdicts = judge::account(definition, &parameters, &facts, as_of);
            let lines: Vec<Line> = verdicts.iter().map(|verdict| Line::new(definition.id, verdict)).collect();
            case.check(&lines);
            seen.extend(lines.into_iter().map(|line| line.compliance));
        }
        for compliance in ["COMPLIANT", "NON_COMPLIANT"] {
            assert!(seen.iter().any(|seen| seen == compliance), "{}: no example of {compliance}", definition.id);
        }
    }
}
