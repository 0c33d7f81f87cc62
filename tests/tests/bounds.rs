//! The constants that users can rely on: each with the last value within its bound and the first beyond it.

use std::time::Instant;

use rules_core::AccountId;
use rules_core::catalogue::{ActionSet, expand};
use rules_core::config::{EvaluatedResource, Evaluation, Finding, FindingCode, Outcome, RuleParameters, Verdict};
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::rules::{RULES, rule};
use rules_core::score::{Grade, Score, score};
use rules_tests::account::{Account, facts};
use rules_tests::judge;
use serde_json::{Value, json};

#[test]
fn grades_begin_where_they_are_said_to() {
    for (tenths, grade) in [
        (1_000, "A"),
        (900, "A"),
        (899, "B"),
        (750, "B"),
        (749, "C"),
        (600, "C"),
        (599, "D"),
        (400, "D"),
        (399, "F"),
        (0, "F"),
    ] {
        let score = Score::from_tenths(tenths);
        assert_eq!(Grade::of(score).to_string(), grade, "{score}");
    }
}

#[test]
fn a_score_has_one_decimal_and_at_most_a_hundred_points() {
    for (tenths, shown) in [(0, "0.0"), (1, "0.1"), (599, "59.9"), (600, "60.0"), (1_000, "100.0"), (1_001, "100.0")] {
        assert_eq!(Score::from_tenths(tenths).to_string(), shown);
    }
    assert_eq!(Score::from_points(100), Score::MAX);
    assert_eq!((Score::from_points(101), Score::from_points(u64::MAX)), (Score::MAX, Score::MAX));
}

/// A parameter of a rule: its default, what it takes, and what is refused.
type Parameter = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// Every parameter with a bound.
const PARAMETERS: [Parameter; 8] = [
    ("root-mfa-enabled", "scope", "any-credential", &["console-only"], &["any", "CONSOLE-ONLY"]),
    ("root-hardware-mfa-enabled", "require", "all-hardware", &["at-least-one"], &["all"]),
    ("root-no-access-keys", "certificates", "true", &["false", "False"], &["no", "0"]),
    ("root-not-used-recently", "windowDays", "90", &["1", "3650"], &["0", "3651", "-1", "90.0", "+90"]),
    ("policy-least-privilege", "minimumScore", "60", &["0", "100"], &["101", "60.5", "-1"]),
    ("policy-least-privilege", "scope", "all", &["attached"], &["none"]),
    ("principal-least-privilege", "minimumScore", "40", &["0", "100"], &["101", "1e1"]),
    ("no-privilege-escalation", "uncertain", "report", &["skip"], &["Skip", "ignore"]),
];

#[test]
fn parameters_have_their_defaults_and_end_at_their_bounds() {
    for (id, name, default, taken, refused) in PARAMETERS {
        let definition = rule(id).unwrap();
        let parameter = definition.parameters.iter().find(|parameter| parameter.name == name);
        assert_eq!(parameter.map(|parameter| parameter.default), Some(default), "{id} {name}");
        let with = |value: &str| {
            let mut parameters = RuleParameters::default();
            parameters.set(name, value);
            definition.with(&parameters).map(drop)
        };
        for value in taken.iter().chain([&default, &" ", &""]) {
            assert_eq!(with(value), Ok(()), "{id} {name}={value}");
        }
        for value in refused {
            let error = with(value).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(value), "{id} {name}={value}: {error}");
        }
    }
}

#[test]
fn parameters_take_as_many_characters_as_aws_config_does() {
    let object = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - "{\"a\":\"\"}".len()));
    assert!(RuleParameters::parse(&object(1_024)).is_ok());
    let error = RuleParameters::parse(&object(1_025)).unwrap_err().to_string();
    assert!(error.contains("1024"), "{error}");
}

/// An account with one policy: managed, and inline for a role.
fn account(statements: &Value) -> Account {
    let account = json!({ "policies": { "one": statements }, "roles": { "one": { "inline": { "one": statements } } } });
    serde_json::from_value(account).unwrap()
}

/// Whether a rule finds every resource that it judges compliant, under some parameters.
fn complies(id: &str, parameters: &[(&str, &str)], account: &Account) -> bool {
    let facts = facts(&account.id, &account.files(), "2026-01-31T12:00:00Z".parse().unwrap());
    let mut set = RuleParameters::default();
    parameters.iter().for_each(|(name, value)| set.set(*name, *value));
    let verdicts = judge::account(rule(id).unwrap(), &set, &facts, facts.as_of);
    let judged: Vec<bool> = verdicts
        .iter()
        .filter_map(|verdict| match verdict {
            Verdict::Evaluated(evaluation) => match evaluation.compliance_type.as_str() {
                "NOT_APPLICABLE" => None,
                other => Some(other == "COMPLIANT"),
            },
            Verdict::NotEvaluated(missing) => panic!("{missing:?}"),
        })
        .collect();
    assert!(judged.windows(2).all(|two| two[0] == two[1]), "{verdicts:?}");
    judged[0]
}

#[test]
fn a_score_complies_from_the_minimum_on() {
    let mut exact = 0;
    for statements in [
        json!(["Allow * on *"]),
        json!(["Allow s3:GetObject on arn:aws:s3:::b/*"]),
        json!(["Allow s3:* on *"]),
        json!(["Allow ec2:Describe* on *"]),
        json!(["Deny * on *"]),
    ] {
        let account = account(&statements);
        let text = rules_tests::details::document(&statements).to_string();
        let score = score(&PolicyDocument::parse(&text, PolicyType::Identity).unwrap()).score;
        for rule in ["policy-least-privilege", "principal-least-privilege"] {
            for minimum in 0..=100_u16 {
                let expected = score.tenths() >= minimum * 10;
                let parameters = [("minimumScore", minimum.to_string())];
                let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
                assert_eq!(complies(rule, &parameters, &account), expected, "{rule}: {statements} with {minimum}");
                exact += usize::from(score.tenths() == minimum * 10);
            }
            let default = if rule == "policy-least-privilege" { 600 } else { 400 };
            assert_eq!(complies(rule, &[], &account), score.tenths() >= default, "{rule}: {statements}");
        }
    }
    assert!(exact >= 4, "the minimum was met exactly only {exact} times");
}

fn evaluation(outcome: Outcome) -> Evaluation {
    let account: AccountId = "111122223333".parse().unwrap();
    let resource = EvaluatedResource::account(&account);
    match Verdict::new(resource, Ok(outcome), "2026-01-31T12:00:00Z".parse().unwrap()) {
        Verdict::Evaluated(evaluation) => evaluation,
        Verdict::NotEvaluated(missing) => panic!("{missing:?}"),
    }
}

#[test]
fn an_annotation_has_at_most_256_characters() {
    for (length, whole) in [(1, true), (255, true), (256, true), (257, false), (10_000, false)] {
        let text = "a".repeat(length);
        for outcome in [
            Outcome::compliant(text.clone()),
            Outcome::not_applicable(text.clone()),
            Outcome::finding(Finding::new(FindingCode::Custom("x"), text.clone())),
        ] {
            let annotation = evaluation(outcome).annotation;
            assert_eq!(annotation.len(), length.min(256), "{length}");
            assert_eq!(annotation == text, whole, "{length}");
            assert_eq!(annotation.ends_with("..."), !whole, "{length}");
        }
    }
    for empty in ["", " ", "\u{a0}".trim()] {
        assert_eq!(evaluation(Outcome::compliant(empty)).annotation, "COMPLIANT");
    }
}

#[test]
fn an_annotation_counts_the_findings_that_it_leaves_out_however_long_the_first_is() {
    for count in [2, 3, 11] {
        for length in [1, 240, 243, 244, 256, 300] {
            let findings = (0..count).map(|_| Finding::new(FindingCode::Custom("x"), "a".repeat(length))).collect();
            let evaluation = evaluation(Outcome::Judged { findings, compliant_because: String::new(), measure: None });
            let more = format!(" (and {} more)", count - 1);
            assert!(evaluation.annotation.ends_with(&more), "{}", evaluation.annotation);
            assert_eq!(evaluation.annotation.len(), 256.min(length + more.len()), "{count} findings of {length}");
            assert_eq!(evaluation.findings.len(), count);
        }
    }
}

#[test]
fn addresses_restrict_when_they_are_fewer_than_one_in_256() {
    let scored = |operator: &str, ranges: &[&str]| {
        let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": { operator: { "aws:SourceIp": ranges } } });
        let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        score(&PolicyDocument::parse(&text, PolicyType::Identity).unwrap()).score
    };
    let anywhere = scored("IpAddress", &["0.0.0.0/0"]);
    let all_but_one_in_256 = [
        "0.0.0.0/1",
        "128.0.0.0/2",
        "192.0.0.0/3",
        "224.0.0.0/4",
        "240.0.0.0/5",
        "248.0.0.0/6",
        "252.0.0.0/7",
        "254.0.0.0/8",
    ];
    for (operator, ranges, restricts) in [
        ("IpAddress", &["10.0.0.0/7"][..], false),
        ("IpAddress", &["10.0.0.0/8"], false),
        ("IpAddress", &["10.0.0.0/9"], true),
        ("IpAddress", &["10.0.0.1"], true),
        ("IpAddress", &["10.0.0.0/9", "10.128.0.0/9"], false),
        ("IpAddress", &["10.0.0.0/9", "10.128.0.0/10"], true),
        ("IpAddress", &["10.0.0.0/9", "0.0.0.0/0"], false),
        // A range that is named twice, or is within another one, adds nothing.
        ("IpAddress", &["10.0.0.0/9", "10.0.0.0/9"], true),
        ("IpAddress", &["10.0.0.0/9", "10.5.0.0/16", "10.0.0.0/10"], true),
        ("IpAddress", &["::/0"], false),
        ("IpAddress", &["2001:db8::/32", "2001:db8::/32"], true),
        ("NotIpAddress", &["10.0.0.0/8"], false),
        ("NotIpAddress", &["0.0.0.0/1", "0.0.0.0/1"], false),
        ("NotIpAddress", &["0.0.0.0/1", "::/1"], false),
        ("NotIpAddress", &["0.0.0.0/1", "128.0.0.0/1"], true),
        ("NotIpAddress", &all_but_one_in_256, false),
        ("NotIpAddress", &[&all_but_one_in_256[..], &["255.0.0.0/9"]].concat(), true),
    ] {
        let found = scored(operator, ranges);
        assert_eq!(found > anywhere, restricts, "{operator} {ranges:?}: {found}");
        assert!(found >= anywhere, "{operator} {ranges:?}: {found}");
    }
}

#[test]
fn ids_survive_the_suffix_of_an_organization() {
    // AWS Config allows 64 characters, and an organization's deployment appends 27.
    for definition in RULES {
        assert!(definition.id.len() + 27 <= 64, "{}", definition.id);
    }
}

/// Patterns that each match actions of many services, and none of them the same.
fn costly_patterns(count: usize) -> Vec<String> {
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());
    (0..count).map(|number| format!("*:*{}*{}{}*", letter(number / 676), letter(number / 26), letter(number))).collect()
}

#[test]
fn many_patterns_take_less_time_than_a_third_of_them_one_by_one() {
    let patterns = costly_patterns(1_500);
    let statement = json!({ "Effect": "Allow", "Action": patterns, "Resource": "*" });
    let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let document = PolicyDocument::parse(&text, PolicyType::Identity).unwrap();
    let seconds = |work: &dyn Fn()| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64()
    };
    let together = seconds(&|| assert!(!score(&document).grants_nothing));
    let one_by_one = seconds(&|| {
        let mut actions = ActionSet::empty();
        patterns.iter().take(500).for_each(|pattern| _ = expand(pattern, &mut actions));
        assert!(!actions.is_empty());
    });
    assert!(together < one_by_one, "{together} s together, {one_by_one} s for a third of them one by one");
}
