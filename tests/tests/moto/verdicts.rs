use std::collections::{BTreeMap, BTreeSet};

use rules_core::rules::RULES;
use rules_tests::account::Files;
use rules_tests::canary::TOKEN;
use rules_tests::command::{Finished, rules_cli};
use rules_tests::event::Envelope;
use rules_tests::fake_aws::FakeAws;
use rules_tests::line::Line;
use rules_tests::moto::{ACCOUNT, Moto, Root};
use rules_tests::runtime_api::Function;

use super::account::{administrator, build, client, expected};

/// What AWS Config would know: rule, type, id and compliance.
type Known = BTreeSet<(String, String, String, String)>;

fn known(lines: &[Line]) -> Known {
    let key = |line: &Line| {
        (line.rule.clone(), line.resource_type.clone(), line.resource_id.clone(), line.compliance.clone())
    };
    lines.iter().map(key).collect()
}

fn command(moto: &Moto, arguments: &[&str]) -> Finished {
    let url = moto.url();
    let live = ["--endpoint-url", url.as_str()];
    rules_cli(arguments.iter().chain(&live), &[("AWS_REGION", "us-east-1")])
}

fn by_the_function(moto: &Moto) -> Known {
    let aws = FakeAws::with_files(ACCOUNT, Files::new());
    aws.issue_token(TOKEN);
    let url = moto.url();
    // AWS Config, which takes the evaluations and which moto does not act, is ours; everything else is moto's.
    let of_moto = ["CLOUDTRAIL", "CLOUDWATCH", "CLOUDWATCH_LOGS", "EVENTBRIDGE", "IAM", "SNS", "STS"];
    let variables: Vec<String> = of_moto.iter().map(|service| format!("AWS_ENDPOINT_URL_{service}")).collect();
    let variables: Vec<(&str, &str)> = variables.iter().map(|name| (name.as_str(), url.as_str())).collect();
    let function = Function::start(&aws.url(), &variables);
    let mut known = Known::new();
    for rule in RULES.iter().map(|definition| definition.id) {
        aws.forget();
        let envelope = Envelope { account: ACCOUNT, rule, parameters: &BTreeMap::new(), token: TOKEN };
        function.invoke(&envelope.scheduled("2026-02-03T04:05:06.789Z")).assert_ok();
        assert_eq!(aws.refused(), Vec::<String>::new());
        let accepted = aws.accepted().into_iter();
        known.extend(accepted.map(|one| (rule.to_owned(), one.resource_type, one.resource_id, one.compliance)));
    }
    known
}

#[tokio::test]
async fn live_collected_and_invoked_verdicts_agree() {
    let moto = Moto::start(Root { password: true, mfa: false, access_keys: 1 });
    build(&client(&moto)).await;

    let live = command(&moto, &["evaluate", "--format", "ndjson"]);
    assert_eq!(live.code, 1, "{}", live.stderr);
    let lines = live.lines();
    let name = |line: &Line| line.resource_name.clone().unwrap_or_else(|| line.resource_id.clone());
    let mut seen: Vec<_> = lines.iter().map(|line| (line.rule.clone(), name(line), line.compliance.clone())).collect();
    seen.sort();
    let owned =
        |(rule, name, compliance): (&str, &str, &str)| (rule.to_owned(), name.to_owned(), compliance.to_owned());
    assert_eq!(seen, expected().into_iter().map(owned).collect::<Vec<_>>());
    check_witnesses(&lines);

    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("snapshot.json");
    let snapshot = snapshot.to_str().unwrap();
    let collected = command(&moto, &["collect", "--output", snapshot]);
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    let from_snapshot = rules_cli(["evaluate", "--input", snapshot, "--format", "ndjson"], &[]);
    assert_eq!(from_snapshot.code, 1, "{}", from_snapshot.stderr);
    assert_eq!(known(&from_snapshot.lines()), known(&lines));

    assert_eq!(by_the_function(&moto), known(&lines));
}

/// The findings lead from the user to the statement.
fn check_witnesses(lines: &[Line]) {
    let finding = |name: &str| {
        let of = |line: &&Line| line.rule == "admin-user-mfa-enabled" && line.resource_name.as_deref() == Some(name);
        lines.iter().find(of).and_then(|line| line.findings.first()).unwrap()
    };
    assert_eq!(finding("bob").path, ["bob", "admins", "everything"]);
    assert_eq!(finding("cyd").path, ["cyd", "all"]);
    for name in ["bob", "cyd"] {
        assert_eq!(finding(name).statement.as_deref(), Some("All"));
    }
}

#[tokio::test]
async fn a_sound_account_passes() {
    let moto = Moto::start(Root { password: true, mfa: true, access_keys: 0 });
    moto.build_audit("us-east-1");
    administrator(&client(&moto), "ada").await;
    // The score of an administrator is not compared: it is the lowest.
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).filter(|id| *id != "principal-least-privilege").collect();
    let mut arguments = vec!["evaluate", "--format", "ndjson"];
    arguments.extend(rules.iter().flat_map(|id| ["--rule", id]));
    let live = command(&moto, &arguments);
    assert_eq!(live.code, 0, "{}{}", live.stdout, live.stderr);
    let lines = live.lines();
    let told = lines.iter().find(|line| line.rule == "root-usage-alarm-exists").unwrap();
    assert!(told.annotation.ends_with("metric filter root -> alarm root -> topic security"), "{}", told.annotation);
    let seen: BTreeMap<String, String> = lines.into_iter().map(|line| (line.rule, line.compliance)).collect();
    let expected = rules.iter().map(|&id| match id {
        // There are only AWS managed policies, and only an administrator.
        "policy-least-privilege" | "no-privilege-escalation" => (id, "NOT_APPLICABLE"),
        _ => (id, "COMPLIANT"),
    });
    assert_eq!(seen, expected.map(|(id, compliance)| (id.to_owned(), compliance.to_owned())).collect());
}
