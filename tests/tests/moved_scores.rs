//! `rules-core/data/moved_scores.py`, with programs that print prepared output.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const CATALOGUE: &str = "S\ts3\nK\taws:RequestTag/${TagKey}\nC\t\nC\t0\nT\tbucket\tarn:${Partition}:s3:::${BucketName}\n\
                         A\tGetObject\tRD-\t0\nA\tListBucket\tL--\t0\tbucket!\nA\tPutObject\tW--\t0\n";

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A program that prints a policy's score.
fn program(folder: &TempDir, name: &str, row: &Value) -> PathBuf {
    let path = write(folder, name, &format!("#!/bin/sh\ncat <<'end'\n{row}\nend\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn row(version: u64, score: f64, points: f64) -> Value {
    json!({
        "policy": "everything.json", "score": score, "grade": "D", "score_version": version,
        "losses": [{ "points": points, "actions": ["s3:*"], "reach": "every resource" }],
    })
}

fn compare(before: (&Value, &str), after: (&Value, &str)) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let policies = folder.path().join("policies");
    std::fs::create_dir(&policies).unwrap();
    let policy = json!({ "Statement": { "Effect": "Allow", "Action": "s3:*Object", "Resource": "*" } });
    std::fs::write(policies.join("everything.json"), policy.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules-core/data/moved_scores.py");
    let mut command = Command::new("python3");
    command.arg(script).arg("--policies").arg(&policies);
    for (side, (row, catalogue)) in [("before", before), ("after", after)] {
        let program = program(&folder, side, row);
        let catalogue = write(&folder, &format!("{side}.txt"), catalogue);
        command.arg(format!("--{side}")).arg(program).arg(catalogue);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    (status.code(), String::from_utf8(stdout).unwrap())
}

#[test]
fn a_score_that_has_moved_is_explained() {
    let changed = CATALOGUE.replace("PutObject\tW--", "PutObject\tWX-").replace("A\tListBucket\tL--\t0\tbucket!\n", "")
        + "A\tRenameObject\tW--\t1\n";
    let (code, said) = compare((&row(1, 41.6, 58.4), CATALOGUE), (&row(1, 40.1, 59.9), &changed));
    assert_eq!(code, Some(1), "{said}");
    let expected = "actions: 1 added, 1 removed, 1 changed\n\
                    everything: 41.6 D -> 40.1 D\n  \
                    s3:PutObject: access level and classes W-- -> WX-\n  \
                    s3:RenameObject: added\n  \
                    lost before: 58.4 for s3:* on every resource\n  \
                    lost after: 59.9 for s3:* on every resource\n\
                    1 of 1 scores have moved\n";
    assert_eq!(said, expected);
}

#[test]
fn a_score_that_moves_by_itself_is_told_apart() {
    let (code, said) = compare((&row(1, 41.6, 58.4), CATALOGUE), (&row(2, 30.0, 70.0), CATALOGUE));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("score_version [1] -> [2]"), "{said}");
    assert!(said.contains("no action that it names has changed"), "{said}");
}

#[test]
fn what_has_not_moved_is_not_listed() {
    let numbered_otherwise =
        CATALOGUE.replace("C\t\nC\t0\n", "C\t0\nC\t\n").replace("\t0", "\t1").replace("C\t1", "C\t0");
    let same = row(1, 41.6, 58.4);
    let (code, said) = compare((&same, CATALOGUE), (&same, &numbered_otherwise));
    assert_eq!((code, said.as_str()), (Some(0), "actions: 0 added, 0 removed, 0 changed\n0 of 1 scores have moved\n"));
}
