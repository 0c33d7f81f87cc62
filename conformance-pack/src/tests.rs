use rules_core::MissingFact;
use rules_core::config::{Outcome, ParameterDefinition, ParameterKind, ResourceType};
use rules_core::facts::{FactKind, Facts, Resource};
use rules_core::rules::{RULES, Rule, RuleDefinition, Severity, Trigger};

use super::{BASELINE, ConformancePack, Deployment, PackProfile, pascal_case, with_controls};

struct Nothing;

impl Rule for Nothing {
    fn evaluate(&self, _: &Resource<'_>, _: &Facts) -> Result<Outcome, MissingFact> {
        Ok(Outcome::not_applicable("nothing"))
    }
}

fn definition() -> RuleDefinition {
    RuleDefinition {
        id: "a-rule",
        summary: "A rule.",
        severity: Severity::Low,
        page: "",
        trigger: Trigger::Periodic,
        resource_types: &[ResourceType::Account],
        findings: &[],
        parameters: &[],
        facts: &[FactKind::AccountSummary],
        controls: &[],
        build: |_| Box::new(Nothing),
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn refusal(rules: Vec<&'static RuleDefinition>) -> String {
    ConformancePack::of(rules, Deployment::Account).and_then(|pack| pack.to_yaml()).unwrap_err().to_string()
}

fn many<T>(count: usize, value: T) -> &'static [T]
where
    T: Clone,
{
    leak(vec![value; count])
}

const PARAMETER: ParameterDefinition =
    ParameterDefinition { name: "scope", kind: ParameterKind::Boolean, default: "true", description: "What." };

#[test]
fn every_limit_is_kept_to_the_last_one_allowed() {
    let rule: &'static RuleDefinition = leak(definition());
    assert!(ConformancePack::of(vec![rule; 130], Deployment::Account).is_ok());
    assert_eq!(refusal(vec![rule; 131]), "the pack: 131 rules, but AWS Config allows 130");

    // FunctionArn and MaximumExecutionFrequency are two of the sixty.
    let with = |parameters| leak(RuleDefinition { parameters: many(parameters, PARAMETER), ..definition() });
    assert!(ConformancePack::of([with(58)], Deployment::Account).is_ok());
    assert_eq!(refusal(vec![with(59)]), "the pack: 61 parameters, but AWS Config allows 60");

    let named = |length| leak(RuleDefinition { id: leak("a".repeat(length)).as_str(), ..definition() });
    assert!(ConformancePack::of([named(37)], Deployment::Account).is_ok());
    let name = "a".repeat(38);
    assert_eq!(refusal(vec![named(38)]), format!("the name of rule {name}: 38 characters, but AWS Config allows 37"));

    let summed =
        |length: usize| leak(RuleDefinition { summary: leak("b".repeat(length - 1) + ".").as_str(), ..definition() });
    assert!(ConformancePack::of([summed(256)], Deployment::Account).is_ok());
    assert_eq!(
        refusal(vec![summed(257)]),
        "summary and controls of rule a-rule: 257 characters, but AWS Config allows 256"
    );

    let typed = |count| leak(RuleDefinition { resource_types: many(count, ResourceType::User), ..definition() });
    assert!(ConformancePack::of([typed(100)], Deployment::Account).is_ok());
    assert_eq!(refusal(vec![typed(101)]), "the scope of rule a-rule: 101 resource types, but AWS Config allows 100");

    let defaulted = |length| {
        let default = leak("d".repeat(length)).as_str();
        let parameter = ParameterDefinition { kind: ParameterKind::Names, default, ..PARAMETER };
        leak(RuleDefinition { parameters: many(1, parameter), ..definition() })
    };
    let room = 1_024 - r#"{"rule":"a-rule","scope":""}"#.len();
    assert!(ConformancePack::of([defaulted(room)], Deployment::Account).is_ok());
    assert_eq!(
        refusal(vec![defaulted(room + 1)]),
        "the parameters of rule a-rule: 1025 characters, but AWS Config allows 1024"
    );

    let called = |length: usize| {
        let parameter = ParameterDefinition { name: leak("c".repeat(length)).as_str(), ..PARAMETER };
        leak(RuleDefinition { parameters: many(1, parameter), ..definition() })
    };
    let room = 255 - "ARuleParam".len();
    assert!(ConformancePack::of([called(room)], Deployment::Account).is_ok());
    assert!(refusal(vec![called(room + 1)]).ends_with("of rule a-rule: 256 characters, but AWS Config allows 255"));
}

#[test]
fn a_template_that_is_too_long_is_refused() {
    let rule: &'static RuleDefinition = leak(RuleDefinition {
        summary: leak(format!("{}.", "word ".repeat(50).trim_end())).as_str(),
        trigger: Trigger::PeriodicAndChange,
        resource_types: &ResourceType::ALL,
        ..definition()
    });
    let message = refusal(vec![rule; 130]);
    assert!(message.starts_with("the template: "), "{message}");
    assert!(message.ends_with(" bytes, but AWS Config allows 51200"), "{message}");
}

#[test]
fn names_become_logical_ids() {
    assert_eq!(pascal_case("root-mfa-enabled"), "RootMfaEnabled");
    assert_eq!(pascal_case("minimumScore"), "MinimumScore");
}

#[test]
fn each_benchmark_is_named_once() {
    let controls =
        ["CIS AWS 1.4: 1.16", "CIS AWS 3.0: 1.16", "Security Hub: IAM.1", "Security Hub: IAM.21", "NIST 800-53: AC-6"];
    assert_eq!(
        with_controls("A rule.", &controls),
        "A rule. CIS AWS 1.4: 1.16, 3.0: 1.16. Security Hub: IAM.1, IAM.21. NIST 800-53: AC-6."
    );
    assert_eq!(with_controls("A rule.", &[]), "A rule.");
}

#[test]
fn the_profiles_take_their_rules_from_the_registry() {
    let ids = |profile| {
        let pack = ConformancePack::new(profile, Deployment::Account).unwrap();
        pack.rules.iter().map(|rule| rule.definition.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(PackProfile::Full), RULES.iter().map(|rule| rule.id).collect::<Vec<_>>());
    let mut baseline = ids(PackProfile::Baseline);
    baseline.sort_unstable();
    let mut expected = BASELINE;
    expected.sort_unstable();
    assert_eq!(baseline, expected);
    for profile in [PackProfile::Cis30, PackProfile::Cis70] {
        let cis = ids(profile);
        assert!(cis.contains(&"root-mfa-enabled") && !cis.contains(&"admin-user-mfa-enabled"), "{cis:?}");
    }
}

#[test]
fn a_pack_of_no_parameters_has_no_empty_sections() {
    let pack = ConformancePack::of([leak(definition())], Deployment::Organization).unwrap();
    let template = pack.to_yaml().unwrap();
    assert!(!template.contains("Conditions:"), "{template}");
    assert!(template.contains("the function of one central account"), "{template}");
}
