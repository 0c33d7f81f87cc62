//! A rule is a file with its page, a line in the registry, a folder of cases and an entry in the pack: all or none.

#![expect(clippy::panic, clippy::unwrap_used, reason = "every function here is part of a test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use conformance_pack::{ConformancePack, Deployment, PackProfile};
use rules_core::config::{FindingCode, RuleParameters};
use rules_core::rules::RULES;
use rules_tests::case::Case;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn text(path: impl AsRef<Path>) -> String {
    let path = repository().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Names of the entries of a folder.
fn entries(folder: &str) -> BTreeSet<String> {
    let path = repository().join(folder);
    let entries = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_rule_file_is_registered_and_has_its_page() {
    let files = entries("rules-core/src/rules");
    let registered: BTreeSet<String> = RULES.iter().map(|rule| rule.id.replace('-', "_")).collect();
    let with_definition: BTreeSet<String> = files
        .iter()
        .filter_map(|file| file.strip_suffix(".rs"))
        .filter(|name| text(format!("rules-core/src/rules/{name}.rs")).contains("RuleDefinition = RuleDefinition {"))
        .map(str::to_owned)
        .collect();
    let pages: BTreeSet<String> = files.iter().filter_map(|file| file.strip_suffix(".md")).map(str::to_owned).collect();
    assert_eq!(with_definition, registered, "files with a definition, and the registry");
    assert_eq!(pages, registered, "pages, and the registry");
}

#[test]
fn every_rule_has_cases() {
    let registered: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(entries("tests/cases"), registered, "folders of cases, and the registry");
    for rule in RULES {
        let cases = entries(&format!("tests/cases/{}", rule.id));
        assert!(cases.iter().any(|case| case.ends_with(".json")), "{} has no cases", rule.id);
    }
}

/// No code vanishes or is added without its page, and none without a case that has it and one that has its message in full.
#[test]
fn every_finding_code_has_cases_and_is_on_the_page_of_its_rule() {
    type Codes = BTreeSet<(&'static str, FindingCode)>;
    let of_rules: Codes = RULES.iter().flat_map(|rule| rule.findings.iter().map(|code| (rule.id, *code))).collect();
    let all: BTreeSet<FindingCode> = of_rules.iter().map(|(_, code)| *code).collect();
    assert_eq!(all, FindingCode::ALL.iter().copied().collect(), "codes of the rules, and all codes");

    let (mut of_cases, mut in_full) = (Codes::new(), Codes::new());
    for rule in RULES {
        let row = rule.page.lines().find(|line| line.starts_with("| Finding")).unwrap_or_default();
        let on_page: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let codes: Vec<&str> = rule.findings.iter().map(|code| code.as_str()).collect();
        assert_eq!(on_page, codes, "the page of {}, and its findings", rule.id);
        for file in entries(&format!("tests/cases/{}", rule.id)).iter().filter(|name| name.ends_with(".json")) {
            let path = PathBuf::from(format!("tests/cases/{}/{file}", rule.id));
            let (_, case) = Case::read(&path, &text(&path));
            for expected in &case.expect {
                let codes: Vec<FindingCode> = expected.findings.iter().map(|code| code.parse().unwrap()).collect();
                of_cases.extend(codes.iter().map(|code| (rule.id, *code)));
                in_full.extend(codes.first().filter(|_| expected.message.is_some()).map(|code| (rule.id, *code)));
            }
        }
    }
    assert_eq!(of_cases, of_rules, "codes of the cases, and codes of the rules");
    assert_eq!(in_full, of_rules, "codes of cases with a message in full, and codes of the rules");
}

#[test]
fn every_rule_is_in_the_index() {
    let index = text("docs/rules.md");
    for rule in RULES {
        assert!(index.contains(rule.id), "{} is not in docs/rules.md", rule.id);
    }
}

#[test]
fn the_committed_pack_is_the_one_that_the_registry_makes() {
    const COMMITTED: &str = "conformance-pack/template.yaml";
    let pack = ConformancePack::new(PackProfile::Full, Deployment::Account).and_then(|pack| pack.to_yaml());
    let pack = pack.unwrap_or_else(|error| panic!("{error}"));
    // Not assert_eq, which would print both.
    assert!(text(COMMITTED) == pack, "{COMMITTED} is out of date: cargo run -p rules-cli -- pack > {COMMITTED}");
}

#[test]
fn definitions_are_sound() {
    let mut ids = BTreeSet::new();
    for rule in RULES {
        assert!(ids.insert(rule.id), "{} is registered twice", rule.id);
        assert!(rule.id.len() <= 37, "{} does not survive the suffixes of packs and organizations", rule.id);
        assert!(rule.summary.len() <= 256, "{}", rule.id);
        assert!(
            rule.page.starts_with(&format!("# `{}`", rule.id)) || rule.page.starts_with(&format!("# {}", rule.id)),
            "{}",
            rule.id
        );
        assert!(rule.page.contains(&format!("| Severity | {} |", rule.severity)), "{}", rule.id);
        assert!(!rule.resource_types.is_empty() && !rule.facts.is_empty(), "{}", rule.id);
        for parameter in rule.parameters {
            assert!(rule.page.contains(parameter.name), "the page of {} does not explain {}", rule.id, parameter.name);
            assert_ne!(parameter.name, "rule", "`rule` names the definition");
        }
        // Every default is a value of its own kind.
        assert!(rule.with(&RuleParameters::default()).is_ok(), "{}", rule.id);
    }
}

/// A control that asks for every Region is claimed for those that were read, and no other is qualified.
#[test]
fn controls_of_all_regions_are_claimed_for_those_that_were_read() {
    let qualified = |rule: &rules_core::rules::RuleDefinition| -> Vec<String> {
        rule.claims()
            .filter_map(|claim| claim.strip_suffix(" (in the Regions that were read)").map(str::to_owned))
            .collect()
    };
    for rule in RULES {
        let expected: Vec<&str> = match rule.id {
            "config-recorder-enabled" => {
                rule.controls.iter().copied().filter(|id| id.starts_with("CIS AWS ")).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(qualified(rule), expected, "{}", rule.id);
        assert_eq!(rule.claims().count(), rule.controls.len());
    }
}
