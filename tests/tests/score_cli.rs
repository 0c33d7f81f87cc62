//! `rules-cli score`: its inputs, policies that limit, and what it says of resources without effect.

use std::path::{Path, PathBuf};

use rules_tests::command::{Finished, rules_cli};
use serde_json::Value;

const READS: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetObject","sqs:*"],"Resource":"*"}}"#;
const ONLY_S3: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
const NO_S3: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#;

fn file(name: &str, text: &str) -> String {
    rules_tests::scratch::file(env!("CARGO_TARGET_TMPDIR"), "score", name, text)
}

fn score(arguments: &[&str]) -> Finished {
    rules_cli([&["score", "--format", "ndjson"], arguments].concat(), &[])
}

fn scored(arguments: &[&str]) -> Value {
    let finished = score(arguments);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

#[test]
fn limits_take_away_what_they_do_not_allow() {
    let (reads, only_s3) = (file("reads.json", READS), file("only-s3.json", ONLY_S3));
    let get_object = file("get-object.json", &READS.replace(",\"sqs:*\"", ""));
    let alone = scored(&[&get_object]);
    assert!(scored(&[&reads])["score"].as_f64() < alone["score"].as_f64());
    for option in ["--boundary", "--scp"] {
        assert_eq!(scored(&[&reads, option, &only_s3])["score"], alone["score"], "{option}");
    }
    // A level's policies allow together; levels have to allow each.
    let levels = file("levels.json", &format!("[{ONLY_S3},{READS}]"));
    let nothing = file("no-s3.json", &format!("[{READS},{NO_S3}]"));
    assert_eq!(scored(&[&reads, "--scp", &levels])["score"], scored(&[&reads])["score"]);
    let both = scored(&[&reads, "--scp", &only_s3, "--scp", &nothing]);
    assert_eq!((&both["score"], &both["grants_nothing"]), (&Value::from(100.0), &Value::from(true)));
}

#[test]
fn limits_that_cannot_be_read_stop_everything() {
    let reads = file("read.json", READS);
    let broken = file("broken.json", r#"[{"Statement":[{"Effect":"Allow"}]}]"#);
    let finished = score(&[&reads, "--scp", &broken]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert!(
        finished.stderr.contains("broken.json") && finished.stderr.contains("$.Statement[0]"),
        "{}",
        finished.stderr
    );
    let missing = score(&[&reads, "--boundary", "no-such-file.json"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("no-such-file.json"), "{}", missing.stderr);
    let trust = score(&[&reads, "--policy-type", "trust", "--boundary", &reads]);
    assert_eq!(trust.code, 2);
    assert!(trust.stderr.contains("--boundary"), "{}", trust.stderr);
}

#[test]
fn a_level_has_to_allow_something() {
    let (reads, no_s3) = (file("reads-2.json", READS), file("no-s3-2.json", NO_S3));
    let allow = file("allow.json", &ONLY_S3.replace("s3:*", "*"));
    let refused = score(&[&reads, "--scp", &no_s3]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    for part in ["no-s3-2.json", "the level has no Allow", "FullAWSAccess"] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    assert_eq!(score(&[&reads, "--scp", &allow, "--scp", &no_s3]).code, 2, "each level by itself");
    assert_eq!(score(&[&reads, "--scp", &file("empty.json", "[]")]).code, 2);
    // Files joined by commas are one level, as a list is.
    let one_level = scored(&[&reads, "--scp", &format!("{no_s3},{allow}")]);
    let list = file("level.json", &format!("[{NO_S3},{}]", ONLY_S3.replace("s3:*", "*")));
    assert_eq!(one_level, scored(&[&reads, "--scp", &list]));
    let objects = file("objects-2.json", &READS.replace(r#","sqs:*""#, ""));
    assert_eq!(scored(&[&objects])["grants_nothing"], false);
    assert_eq!(scored(&[&objects, "--scp", &list])["grants_nothing"], true);
    // A file may have a comma in its name.
    let comma = file("a,b.json", ONLY_S3);
    assert_eq!(scored(&[&reads, "--scp", &comma])["grants_nothing"], false);
}

#[test]
fn a_boundary_without_an_allow_is_remarked_upon() {
    let (reads, no_s3) = (file("reads-3.json", READS), file("no-s3-3.json", NO_S3));
    let finished = score(&[&reads, "--boundary", &no_s3]);
    assert_eq!(finished.code, 0);
    assert!(finished.stderr.contains("no-s3-3.json: the permissions boundary has no Allow"), "{}", finished.stderr);
    assert!(finished.stdout.contains(r#""grants_nothing":true"#), "{}", finished.stdout);
}

#[test]
fn resource_control_policies_deny_where_they_apply() {
    let deny = |actions: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":"*","Action":{actions},"Resource":"*"}}}}"#
        )
    };
    let policy = |name: &str, action: &str| file(name, &ONLY_S3.replace("s3:*", action));
    let rcp = file("rcp.json", &deny(r#"["s3:*","iam:*"]"#));
    let get = policy("get.json", "s3:GetObject");
    assert_eq!(scored(&[&get, "--rcp", &rcp])["grants_nothing"], true);
    // IAM does not take part, nor do actions without resources, and no Allow is needed.
    for (name, action) in [("iam.json", "iam:CreateUser"), ("list.json", "s3:ListAllMyBuckets"), ("sqs.json", "sqs:*")]
    {
        let policy = policy(name, action);
        assert_eq!(scored(&[&policy, "--rcp", &rcp]), scored(&[&policy]), "{action}");
    }
    let both = file("rcps.json", &format!("[{},{}]", deny(r#""s3:PutObject""#), deny(r#""s3:GetObject""#)));
    assert_eq!(scored(&[&get, "--rcp", &both])["grants_nothing"], true);
    let refused = score(&[&get, "--rcp", &get]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("`Principal` is required"), "{}", refused.stderr);
}

#[test]
fn policies_are_read_as_the_aws_cli_prints_them() {
    let text = serde_json::to_string(NO_S3).unwrap();
    let described = |kind: &str, content: &str| {
        format!(
            r#"{{"Policy":{{"PolicySummary":{{"Id":"p-1","Name":"x","Type":"{kind}","AwsManaged":false}},"Content":{content}}}}}"#
        )
    };
    let reads = file("reads-4.json", READS);
    let plain = file("plain.json", &format!("[{NO_S3},{}]", ONLY_S3.replace("s3:*", "*")));
    let allow = file("allow-4.json", &ONLY_S3.replace("s3:*", "*"));
    let scp = file("described.json", &described("SERVICE_CONTROL_POLICY", &text));
    assert_eq!(scored(&[&reads, "--scp", &format!("{scp},{allow}")]), scored(&[&reads, "--scp", &plain]));
    let other = file("described-rcp.json", &described("RESOURCE_CONTROL_POLICY", &text));
    let finished = score(&[&reads, "--scp", &format!("{other},{allow}")]);
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("of the type RESOURCE_CONTROL_POLICY"), "{}", finished.stderr);
    for (name, output) in [
        ("role", format!(r#"{{"RoleName":"r","PolicyName":"p","PolicyDocument":{READS}}}"#)),
        ("user", format!(r#"{{"UserName":"u","PolicyName":"p","PolicyDocument":{READS}}}"#)),
        ("version", format!(r#"{{"PolicyVersion":{{"Document":{READS},"VersionId":"v1"}}}}"#)),
    ] {
        let found = scored(&[&file(&format!("{name}.json"), &output)]);
        assert_eq!((&found["policy"], &found["score"]), (&Value::from(name), &scored(&[&reads])["score"]));
    }
}

#[test]
fn what_aws_refuses_to_store_has_no_score() {
    for (name, document, place) in [
        ("name", ONLY_S3.replace(r#""Resource":"*""#, r#""Resource":"bucket""#), "$.Statement[0].Resource"),
        ("template", ONLY_S3.replace(r#""Resource":"*""#, r#""Resource":"${Arn}""#), "template placeholder"),
        ("sid", ONLY_S3.replace(r#""Effect""#, r#""Sid":"a b","Effect""#), "$.Statement[0].Sid"),
    ] {
        let finished = score(&[&file(&format!("refused-{name}.json"), &document)]);
        assert_eq!(finished.code, 2);
        let line: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert!(line["error"].as_str().unwrap().contains(place), "{line}");
    }
    // A bucket's policy may say more, and its resources are the service's affair.
    let bucket = ONLY_S3.replace(r#""Effect""#, r#""Sid":"a b","Principal":"*","Effect""#);
    let bucket = file("bucket.json", &bucket.replace(r#""Resource":"*""#, r#""Resource":"execute-api:/*""#));
    assert_eq!(score(&[&bucket, "--policy-type", "resource"]).code, 0);
}

/// A folder of one test's own with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("score-folders").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// The name of each policy, and its error if it has one.
fn rows(finished: &Finished) -> Vec<(String, Option<String>)> {
    let row = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["policy"].as_str().unwrap().to_owned(), line["error"].as_str().map(str::to_owned))
    };
    finished.stdout.lines().map(row).collect()
}

#[test]
fn a_folder_is_read_whole_and_what_is_skipped_is_named() {
    let folder = folder(
        "whole",
        &[
            ("b.json", ONLY_S3),
            ("team-a/admin.json", ONLY_S3),
            ("team-a/deep/er/WIDE.JSON", ONLY_S3),
            ("a.Json", ONLY_S3),
            ("notes.txt", "no policy"),
            ("admin.policy", ONLY_S3),
            ("package.json", r#"{"name": "x", "version": "1.0.0"}"#),
            (".git/config.json", ONLY_S3),
        ],
    );
    let finished = score(&[folder.to_str().unwrap()]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let names: Vec<String> = rows(&finished).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "team-a/admin", "team-a/deep/er/WIDE"]);
    for (file, why) in [
        ("notes.txt", "its name does not end in .json"),
        ("admin.policy", "its name does not end in .json"),
        ("package.json", "it contains no policy"),
        (".git", "a hidden folder"),
    ] {
        let line = finished.stderr.lines().find(|line| line.contains(&format!("/{file}: "))).unwrap();
        assert!(line.starts_with("note: skipped ") && line.ends_with(why), "{line}");
    }
    assert_eq!(finished.stderr.lines().count(), 4, "{}", finished.stderr);
}

#[test]
fn a_broken_policy_of_a_folder_is_an_error() {
    let folder = folder(
        "broken",
        &[
            ("good.json", ONLY_S3),
            ("typo.json", r#"{"Version": "2012-10-17", "Statment": []}"#),
            ("cut.json", r#"{"Version": "2012-"#),
            ("sub/empty.json", ""),
            ("other.json", "[1, 2]"),
        ],
    );
    let finished = score(&[folder.to_str().unwrap()]);
    assert_eq!(finished.code, 2);
    let rows = rows(&finished);
    let broken: Vec<&str> = rows.iter().filter(|(_, error)| error.is_some()).map(|(name, _)| name.as_str()).collect();
    assert_eq!((rows.len(), broken), (4, vec!["cut", "sub/empty", "typo"]));
    // A file that is named is meant to hold one.
    let finished = score(&[folder.join("other.json").to_str().unwrap()]);
    assert_eq!(finished.code, 2);
    assert!(finished.stdout.contains("it contains no policy document"), "{}", finished.stdout);
}

#[test]
fn a_folder_without_a_policy_is_an_error() {
    let sound = folder("beside", &[("a.json", ONLY_S3)]);
    for (name, files) in
        [("nothing", vec![]), ("nothing-of-use", vec![("package.json", r#"{"name": "x"}"#), ("a.txt", "x")])]
    {
        let empty = folder(name, &files);
        let finished = score(&[sound.to_str().unwrap(), empty.to_str().unwrap()]);
        assert_eq!(finished.code, 2);
        let expected =
            [("a".to_owned(), None), (name.to_owned(), Some("the folder has no *.json file with a policy".to_owned()))];
        assert_eq!(rows(&finished), expected);
    }
}

#[cfg(unix)]
#[test]
fn links_and_what_is_no_file_end_nowhere() {
    let folder = folder("links", &[("real/a.json", ONLY_S3)]);
    std::os::unix::fs::symlink("..", folder.join("real/loop")).unwrap();
    std::os::unix::fs::symlink("real/a.json", folder.join("b.json")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("c.json")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe.json")).status().unwrap();
    assert!(made.success());
    let finished = score(&[folder.to_str().unwrap()]);
    assert_eq!(finished.code, 0, "{}{}", finished.stdout, finished.stderr);
    assert_eq!(rows(&finished), [("b".to_owned(), None), ("real/a".to_owned(), None)]);
    for (file, why) in [("real/loop", "a link to a folder"), ("c.json", "not a file"), ("pipe.json", "not a file")] {
        assert!(finished.stderr.contains(&format!("{file}: {why}")), "{}", finished.stderr);
    }
}

#[test]
fn names_are_shown_as_they_are() {
    let folder = folder("names", &[("Jürgen Müller.json", ONLY_S3), ("a\u{202e}b.json", ONLY_S3)]);
    let finished = score(&[folder.to_str().unwrap()]);
    assert!(finished.stdout.contains("Jürgen Müller"), "{}", finished.stdout);
    assert!(finished.stdout.contains("a\\u202eb") && !finished.stdout.contains('\u{202e}'), "{}", finished.stdout);
    let table = rules_cli(["score", folder.to_str().unwrap()], &[]);
    assert!(table.stdout.contains("Jürgen Müller") && !table.stdout.contains('\u{202e}'), "{}", table.stdout);
}

#[test]
fn resources_without_effect_are_named() {
    let listing =
        file("listing.json", &READS.replace(r#""Resource":"*""#, r#""Resource":"arn:aws:s3:::b/*","Sid":"One""#));
    let found = scored(&[&listing]);
    let lints = found["lints"].as_array().unwrap();
    assert_eq!(lints.len(), 0, "sqs:* may be meant for anything: {lints:?}");
    let listing = file(
        "list.json",
        &NO_S3.replace("Deny", "Allow").replace("s3:*", "s3:ListBucket").replace(r#""*""#, r#""arn:aws:s3:::b/*""#),
    );
    let found = scored(&[&listing]);
    assert_eq!(found["lints"][0]["code"], "ineffective-resource");
    assert_eq!(found["lints"][0]["statement"], "0");
}
