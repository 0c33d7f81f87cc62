use std::collections::BTreeSet;

use rules_tests::account::{ACCOUNT, Account, write};
use rules_tests::command::rules_cli;
use serde_json::{Value, json};

fn evaluate(account: Value, arguments: &[&str]) -> Value {
    let account: Account = serde_json::from_value(account).unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(&account.files(), folder.path());
    let input = folder.path().to_str().unwrap();
    let all = [&["evaluate", "--input", input, "--account", ACCOUNT][..], arguments].concat();
    let finished = rules_cli(all, &[("AWS_REGION", "eu-west-1")]);
    assert!(finished.code < 2, "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

/// The Region and the partition of the first finding for Security Hub.
fn place(partition: &str, arguments: &[&str]) -> (String, String) {
    let account = json!({ "partition": partition, "report": { "root": ["password"] } });
    let rule = ["--rule", "root-mfa-enabled", "--format", "asff"];
    let findings = evaluate(account, &[&rule[..], arguments].concat());
    let product: Vec<&str> = findings[0]["ProductArn"].as_str().unwrap().split(':').collect();
    assert_eq!(findings[0]["Resources"][0]["Partition"], product[1]);
    assert_eq!(findings[0]["Resources"][0]["Region"], product[3]);
    (product[1].to_owned(), product[3].to_owned())
}

#[test]
fn a_finding_for_security_hub_is_where_the_account_is() {
    let is = |found: (String, String), partition: &str, region: &str| {
        assert_eq!((found.0.as_str(), found.1.as_str()), (partition, region));
    };
    is(place("aws", &[]), "aws", "eu-west-1");
    is(place("aws", &["--region", "eu-central-1"]), "aws", "eu-central-1");
    // A Region of another partition is not where the account is.
    is(place("aws-us-gov", &[]), "aws-us-gov", "us-gov-west-1");
    is(place("aws-us-gov", &["--region", "us-gov-east-1"]), "aws-us-gov", "us-gov-east-1");
    is(place("aws-cn", &[]), "aws-cn", "cn-north-1");
}

#[test]
fn findings_of_two_regions_are_two() {
    let region = json!({ "configuration_recorders": {}, "configuration_recorder_status": {} });
    let account = json!({ "report": {}, "regions": { "eu-west-1": region, "eu-central-1": region } });
    let log = evaluate(account, &["--rule", "config-recorder-enabled", "--format", "sarif"]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let fingerprints: BTreeSet<&str> = results
        .iter()
        .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap())
        .collect();
    let missing = results.iter().filter(|result| result["properties"]["finding"] == "no-recorder");
    assert_eq!((missing.count(), fingerprints.len()), (2, results.len()), "{log}");
}
