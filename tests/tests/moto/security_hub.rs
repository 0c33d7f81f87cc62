use std::path::Path;
use std::process::Command;

use rules_tests::canary;
use rules_tests::command::rules_cli;
use rules_tests::moto::{Moto, Root};
use serde_json::Value;

/// The AWS CLI checks what it sends against the service's model, and moto keeps it.
#[test]
fn security_hub_takes_the_findings() {
    let moto = Moto::start(Root { password: true, mfa: false, access_keys: 0 });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("findings.json");
    let finished = rules_cli(["evaluate", "--sample", "--format", "asff", "--output", file.to_str().unwrap()], &[]);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    let findings: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let imported = hub(&moto, &["batch-import-findings", "--findings", &format!("file://{}", file.display())]);
    assert_eq!(imported["FailedCount"], 0, "{imported}");
    assert_eq!(imported["SuccessCount"], findings.as_array().unwrap().len());
}

fn hub(moto: &Moto, arguments: &[&str]) -> Value {
    let aws = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/aws");
    let output = Command::new(aws)
        .arg("securityhub")
        .args(arguments)
        .args(["--endpoint-url", &moto.url(), "--region", "us-east-1", "--output", "json"])
        .envs(canary::CREDENTIALS)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
