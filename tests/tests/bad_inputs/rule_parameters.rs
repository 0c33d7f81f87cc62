use rules_core::config::{InvalidParameter, ParameterDefinition, ParameterKind, Parameters, RuleParameters};
use rules_tests::bad_input::{Expect, Kind};
use serde::Deserialize;

use rules_tests::check::{assert_cause, check_all};

/// Parameters as a rule may declare them, of the kinds that the inputs are about.
const DECLARED: &[ParameterDefinition] = &[
    ParameterDefinition {
        name: "maxAccessKeyAge",
        kind: ParameterKind::WholeNumber { least: 1, most: 36_500 },
        default: "90",
        description: "How old an access key may be, in days.",
    },
    ParameterDefinition {
        name: "exemptUsers",
        kind: ParameterKind::Names,
        default: "",
        description: "Whose keys are not looked at.",
    },
    ParameterDefinition {
        name: "rules",
        kind: ParameterKind::SomeNames,
        default: "all",
        description: "What is looked at.",
    },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "the names are the parameters' own")]
struct Expected {
    cause: Option<String>,
    cause_too: Option<String>,
    maxAccessKeyAge: Option<u64>,
    exemptUsers: Option<Vec<String>>,
}

#[test]
fn each_is_refused_for_its_reason_or_read_as_noted() {
    check_all(Kind::RuleParameters, |input, expected: &Expected| {
        let text = String::from_utf8(input.bytes()).unwrap();
        match (read(&text), input.expect) {
            (Err(error), Expect::Error) => {
                let causes = [expected.cause.as_deref(), expected.cause_too.as_deref()];
                assert_cause(&input.id, &error.to_string(), &causes.into_iter().flatten().collect::<Vec<_>>());
            }
            (Ok(parameters), Expect::Ok) => {
                assert_eq!(Some(parameters.whole_number("maxAccessKeyAge")), expected.maxAccessKeyAge);
                assert_eq!(Some(parameters.names("exemptUsers")), expected.exemptUsers.as_deref());
                assert_eq!(parameters.names("rules"), ["all"]);
            }
            (Ok(_), Expect::Error) => panic!("it was accepted"),
            (Err(error), Expect::Ok) => panic!("it was refused: {error}"),
        }
    });
}

fn read(text: &str) -> Result<Parameters, InvalidParameter> {
    RuleParameters::parse(text)?.check(DECLARED)
}
