//! The program as a gate in CI: places, thresholds, baselines, options from a file.

use std::path::Path;

use serde_json::{Value, json};

use super::support::{check_junit, check_sarif, check_schema, folder, run_in, write};

pub(super) fn good(number: usize) -> Value {
    let resource = format!("arn:aws:s3:::bucket-{number}/report.csv");
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]})
}

pub(super) fn bad(number: usize) -> Value {
    let mut policy = good(number);
    let wide = json!({"Sid": "Wide", "Effect": "Allow", "Action": ["iam:*", format!("s{number}x:*")], "Resource": "*"});
    policy["Statement"].as_array_mut().unwrap().push(wide);
    policy
}

/// 300 policies in nested folders, five of them bad.
pub(super) fn repository(name: &str) -> std::path::PathBuf {
    let root = folder(name);
    for number in 0..300 {
        let policy = if number % 60 == 7 { bad(number) } else { good(number) };
        write(&root, &path(number), &serde_json::to_string_pretty(&policy).unwrap());
    }
    root
}

/// Where one of them is.
pub(super) fn path(number: usize) -> String {
    format!("policies/team-{}/service-{}/p{number}.json", number % 7, number % 3)
}

/// Checks that an annotation is at the lines of a bad statement.
pub(super) fn check_annotation(root: &Path, annotation: &str) {
    let properties = annotation.strip_prefix("::error ").unwrap().split("::").next().unwrap();
    let property = |name: &str| properties.split(',').find_map(|pair| pair.strip_prefix(name)).unwrap();
    let file = property("file=");
    assert!(file.starts_with("policies/team-"), "{file}");
    let content = std::fs::read_to_string(root.join(file)).unwrap();
    let number = |name: &str| property(name).parse::<usize>().unwrap();
    let (first, last) = (number("line="), number("endLine="));
    let statement: Vec<&str> = content.lines().skip(first - 1).take(last + 1 - first).collect();
    let statement: Value = serde_json::from_str(&statement.join("")).expect("the lines are one statement");
    assert_eq!(statement["Sid"], "Wide");
}

#[test]
fn five_bad_policies_of_300_are_annotated_at_their_statements() {
    let root = repository("annotated");
    let finished = run_in(&root, &["score", "policies", "--min-score", "60", "--format", "github"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (1, ""));
    let annotations: Vec<&str> = finished.stdout.lines().collect();
    assert_eq!(annotations.len(), 5, "{}", finished.stdout);
    annotations.iter().for_each(|annotation| check_annotation(&root, annotation));
    let sarif = run_in(&root, &["score", "policies", "--min-score", "60", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    check_sarif(&log);
    let failing = log["runs"][0]["results"].as_array().unwrap().iter().filter(|result| result["kind"] == "fail");
    assert_eq!(failing.count(), 5);
    let junit = run_in(&root, &["score", "policies", "--min-score", "60", "--format", "junit"]);
    assert_eq!(check_junit(&junit.stdout), (5, 0));
}

#[test]
fn a_baseline_is_quiet_until_something_is_new() {
    let root = repository("baseline");
    let gate = |arguments: &[&str]| {
        let finished =
            run_in(&root, &[&["score", "policies", "--min-score", "60", "--format", "github"], arguments].concat());
        (finished.code, finished.stdout.lines().count(), finished.stderr)
    };
    assert_eq!(gate(&["--write-baseline", "baseline.json"]), (0, 0, String::new()));
    let written = std::fs::read_to_string(root.join("baseline.json")).unwrap();
    let known = ["--baseline", "baseline.json"];
    assert_eq!(gate(&known), (0, 0, String::new()));

    // Reformatting, reordering and moving change nothing.
    let mut policy = bad(7);
    policy["Statement"].as_array_mut().unwrap().reverse();
    policy["Statement"][0]["Sid"] = "Renamed".into();
    write(&root, &path(7), &policy.to_string());
    std::fs::create_dir_all(root.join("policies/elsewhere")).unwrap();
    std::fs::rename(root.join(path(67)), root.join("policies/elsewhere/renamed.json")).unwrap();
    assert_eq!(gate(&known), (0, 0, String::new()));
    run_in(&root, &["score", "policies", "--min-score", "60", "--write-baseline", "again.json"]);
    let again = std::fs::read_to_string(root.join("again.json")).unwrap();
    let causes = |text: &str| {
        let baseline: Value = serde_json::from_str(text).unwrap();
        let findings = baseline["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["causes"].to_string()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(causes(&written), causes(&again));

    // A new bad statement in a good policy, and one in a policy that is known to be bad.
    let mut worse = bad(127);
    let more = json!({"Effect": "Allow", "Action": "organizations:*", "Resource": "*"});
    worse["Statement"].as_array_mut().unwrap().push(more);
    write(&root, &path(127), &serde_json::to_string_pretty(&worse).unwrap());
    assert_eq!(gate(&known), (1, 1, String::new()));
    write(&root, &path(8), &bad(8).to_string());
    assert_eq!(gate(&known), (1, 2, String::new()));
    // A copy of what is known is new.
    write(&root, &path(8), &good(8).to_string());
    write(&root, &path(127), &bad(127).to_string());
    write(&root, "policies/copy.json", &bad(187).to_string());
    assert_eq!(gate(&known).0, 1);
    std::fs::remove_file(root.join("policies/copy.json")).unwrap();

    // What is gone is told.
    write(&root, &path(187), &good(187).to_string());
    let (code, annotations, told) = gate(&known);
    assert_eq!((code, annotations), (0, 0));
    assert!(
        told.contains("no longer found, but in the baseline: score-below-minimum of team-5/service-1/p187"),
        "{told}"
    );
    assert_eq!(gate(&["--baseline", "baseline.json", "-q"]), (0, 0, String::new()));
}

#[test]
fn a_baseline_that_is_none_is_refused() {
    let root = folder("no-baseline");
    write(&root, "p.json", &bad(1).to_string());
    write(&root, "old.json", r#"{"version":7,"score_version":1,"findings":[]}"#);
    for (file, cause) in [
        ("missing.json", "missing.json"),
        ("p.json", "not a baseline that --write-baseline wrote"),
        ("old.json", "$.version: expected 1, found 7"),
    ] {
        let finished = run_in(&root, &["score", "p.json", "--min-score", "60", "--baseline", file]);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        assert!(finished.stderr.contains(cause), "{}", finished.stderr);
    }
}

#[test]
fn a_baseline_of_an_account_holds_what_was_found_in_it() {
    let root = folder("account-baseline");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    for name in ["account-authorization-details.json", "account-summary.json", "credential-report.json"] {
        std::fs::copy(sample.join(name), root.join(name)).unwrap();
    }
    let evaluate =
        |arguments: &[&str]| run_in(&root, &[&["evaluate", "--input", ".", "--format", "ndjson"], arguments].concat());
    assert_eq!(evaluate(&[]).code, 1);
    assert_eq!(evaluate(&["--write-baseline", "baseline"]).code, 0);
    let known = evaluate(&["--baseline", "baseline"]);
    assert_eq!(known.code, 0);
    let wrong: Vec<Value> = known.lines().into_iter().filter(|line| line["compliance"] == "NON_COMPLIANT").collect();
    assert!(!wrong.is_empty() && wrong.iter().all(|line| line["known"] == true && line["pass"] == true));
    let log: Value =
        serde_json::from_str(&evaluate(&["--baseline", "baseline", "--format", "sarif"]).stdout).unwrap_or_default();
    assert_eq!(log, Value::Null, "--format is given once");

    let file = root.join("account-authorization-details.json");
    let mut details: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let wide = json!([{"PolicyName": "new", "PolicyDocument": {"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "*", "Resource": "*"}}}]);
    details["UserDetailList"][0]["UserPolicyList"] = wide;
    std::fs::write(&file, details.to_string()).unwrap();
    let new = evaluate(&["--baseline", "baseline", "--only", "failures"]);
    assert_eq!(new.code, 1);
    let name = &details["UserDetailList"][0]["UserName"];
    assert!(new.lines().iter().all(|line| line["resource_name"] == *name && line["known"] == false), "{}", new.stdout);
}

#[test]
fn thresholds_decide_what_fails() {
    let root = folder("thresholds");
    write(&root, "iam.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#);
    write(&root, "tight.json", &good(1).to_string());
    let code = |arguments: &[&str]| run_in(&root, &[&["score", "."], arguments].concat()).code;
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--min-score", "60"]), 1);
    assert_eq!(code(&["--fail-on", "critical"]), 1);
    assert_eq!(code(&["--min-score", "0"]), 0);
    assert_eq!(code(&["--min-score", "60", "--ignore", "iam.*"]), 0);
    let lines = run_in(&root, &["score", ".", "--min-score", "60", "--format", "ndjson"]).lines();
    assert_eq!(
        (&lines[0]["threshold"], &lines[0]["pass"], &lines[0]["severity"]),
        (&json!(60.0), &json!(false), &json!("critical"))
    );
    assert_eq!((&lines[1]["pass"], &lines[1]["severity"]), (&json!(true), &Value::Null));
    let sample = |arguments: &[&str]| run_in(&root, &[&["evaluate", "--sample"], arguments].concat()).code;
    let alone = ["--rule", "policy-least-privilege"];
    assert_eq!(sample(&alone), 1);
    assert_eq!(sample(&[&alone[..], &["--fail-on", "high"]].concat()), 1);
    assert_eq!(sample(&[&alone[..], &["--fail-on", "critical"]].concat()), 0);
    // What is shown never changes the exit code.
    assert_eq!(sample(&[&alone[..], &["--min-severity", "critical"]].concat()), 1);
}

#[test]
fn low_scores_are_accepted_for_a_time() {
    let root = folder("accepted");
    write(&root, "p/legacy/wide.json", &bad(1).to_string());
    let gate = |arguments: &[&str]| {
        run_in(&root, &[&["score", "p", "--min-score", "60", "--format", "ndjson"], arguments].concat())
    };
    assert_eq!(gate(&[]).code, 1);
    let exception = |resource: &str, expires: &str| {
        format!(
            "[[exception]]\nrule = \"policy-least-privilege\"\nresource = \"{resource}\"\nowner = \"ops\"\n\
             reason = \"replaced soon\"\nexpires = {expires}\n"
        )
    };
    let soon = format!("{}-12-31", this_year());
    for resource in ["legacy/*", "p/legacy/wide.json"] {
        write(&root, "exceptions.toml", &exception(resource, &soon));
        let finished = gate(&["--exceptions", "exceptions.toml"]);
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""), "{resource}");
        let line = &finished.lines()[0];
        assert_eq!((&line["exception"]["owner"], &line["pass"]), (&json!("ops"), &json!(true)));
    }
    write(&root, "exceptions.toml", &exception("legacy/*", "2020-01-31"));
    let expired = gate(&["--exceptions", "exceptions.toml"]);
    assert_eq!(expired.code, 1);
    assert!(expired.stderr.contains("has expired"), "{}", expired.stderr);

    // Beside the policy's file, for that policy alone.
    write(&root, "p/legacy/wide.exceptions.toml", &exception("legacy/wide", &soon));
    let finished = gate(&[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    write(&root, "p/legacy/other.json", &bad(2).to_string());
    assert_eq!(gate(&[]).code, 1);
    write(&root, "p/legacy/wide.exceptions.toml", "nonsense");
    let finished = gate(&[]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert!(finished.stderr.contains("wide.exceptions.toml"), "{}", finished.stderr);
}

/// The year, from the clock of the machine.
fn this_year() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    1970 + now / 31_556_952
}

#[test]
fn what_is_shown_can_be_chosen_and_ordered() {
    let root = folder("shown");
    let rows = |arguments: &[&str]| {
        let finished = run_in(&root, &[&["evaluate", "--sample", "--format", "ndjson"], arguments].concat());
        assert_eq!(finished.code, 1);
        finished.lines()
    };
    let all = rows(&[]);
    let failures = rows(&["--only", "failures"]);
    assert!(failures.len() < all.len() && failures.iter().all(|row| row["pass"] == false));
    let critical = rows(&["--min-severity", "critical", "--only", "failures"]);
    assert!(!critical.is_empty() && critical.iter().all(|row| row["severity"] == "critical"));
    let scores: Vec<f64> = rows(&["--sort", "score"]).iter().filter_map(|row| row["score"].as_f64()).collect();
    assert!(scores.len() > 5 && scores.is_sorted());
    let names: Vec<String> = rows(&["--sort", "name"])
        .iter()
        .map(|row| row["resource_name"].as_str().or(row["resource_id"].as_str()).unwrap().to_owned())
        .collect();
    assert!(names.is_sorted());
    assert_eq!(rows(&["--sort", "severity"]).len(), all.len());
}

#[test]
fn one_run_writes_several_reports() {
    let root = folder("reports");
    let reports = ["--report", "sarif=out/../a.sarif", "--report", "junit=b.xml", "--report", "html=c.html"];
    let finished = run_in(&root, &[&["evaluate", "--sample", "--format", "ndjson"], &reports[..]].concat());
    assert_eq!(finished.code, 2, "there is no such folder");
    let reports = ["--report", "sarif=a.sarif", "--report", "junit=b.xml", "--report", "html=c.html"];
    let finished = run_in(&root, &[&["evaluate", "--sample", "--format", "ndjson"], &reports[..]].concat());
    assert_eq!((finished.code, finished.stderr.as_str()), (1, ""));
    assert!(!finished.lines().is_empty());
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    check_sarif(&serde_json::from_str(&read("a.sarif")).unwrap());
    assert!(check_junit(&read("b.xml")).0 > 0);
    assert!(read("c.html").starts_with("<!doctype html>"));
    for (given, cause) in [
        ("html", "expected FORMAT=FILE, FORMAT one of table, json"),
        ("htlm=x", "did you mean `html`?"),
        ("html=", "expected FORMAT=FILE"),
    ] {
        let finished = run_in(&root, &["evaluate", "--sample", "--report", given]);
        assert_eq!(finished.code, 2);
        assert!(finished.stderr.contains(cause), "{}", finished.stderr);
    }
}

#[test]
fn options_come_from_the_nearest_file() {
    let root = folder("options");
    write(&root, "rules.toml", "[score]\nmin_score = 60\nignore = [\"vendor/\"]\n");
    write(&root, "policies/deep/bad.json", &bad(1).to_string());
    write(&root, "policies/vendor/bad.json", &bad(2).to_string());
    let below = root.join("policies");
    let finished = run_in(&below, &["score", ".", "--format", "ndjson"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (1, ""));
    assert_eq!(finished.lines().len(), 1);
    assert_eq!(run_in(&below, &["score", ".", "--min-score", "0"]).code, 0, "the command line wins");
    let told = run_in(&below, &["score", ".", "-v", "--format", "ndjson"]).stderr;
    assert!(told.contains("options are read from") && told.contains("ignored"), "{told}");

    let shown = run_in(&below, &["config", "--format", "json"]);
    let settings: Vec<Value> = serde_json::from_str(&shown.stdout).unwrap();
    let setting = |key: &str| settings.iter().find(|setting| setting["key"] == key).unwrap();
    assert_eq!(setting("score.min_score")["value"], "60.0");
    assert!(setting("score.min_score")["from"].as_str().unwrap().ends_with("rules.toml"));
    assert_eq!(setting("fail_on")["from"], "default");
    assert!(run_in(&below, &["config"]).stdout.contains("score.min_score"));

    write(&root, "policies/other.toml", "[score]\nmin-score = 60\n");
    let finished = run_in(&below, &["score", ".", "--config", "other.toml"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert!(
        finished.stderr.contains("unknown key `score.min-score`, did you mean `min_score`?"),
        "{}",
        finished.stderr
    );
    assert_eq!(run_in(&below, &["score", ".", "--config", "missing.toml"]).code, 2);
}

#[test]
fn parameters_come_from_the_file_too() {
    let root = folder("parameters");
    write(
        &root,
        "rules.toml",
        "[parameters.policy-least-privilege]\nminimumScore = 0\n[evaluate]\nrules = [\"policy-least-privilege\"]\n",
    );
    let finished = run_in(&root, &["evaluate", "--sample", "--format", "ndjson"]);
    assert_eq!(finished.code, 0);
    let lines = finished.lines();
    assert!(lines.iter().all(|line| line["rule"] == "policy-least-privilege"));
    let judged = lines.iter().filter(|line| line["compliance"] == "COMPLIANT");
    assert!(
        judged.clone().count() > 3 && judged.clone().all(|line| line["threshold"] == 0.0 && line["score"].is_f64())
    );
    let param = ["--param", "policy-least-privilege.minimumScore=60"];
    assert_eq!(run_in(&root, &[&["evaluate", "--sample"], &param[..]].concat()).code, 1);
    // A parameter of a rule that does not run is not an error in a file.
    assert_eq!(run_in(&root, &["evaluate", "--sample", "--rule", "root-no-access-keys"]).code, 0);
}

#[test]
fn what_is_printed_follows_its_schema() {
    let root = folder("schemas");
    write(&root, "bad.json", &bad(1).to_string());
    write(&root, "broken.json", r#"{"Statement":[{}]}"#);
    write(&root, "tight.json", &good(1).to_string());
    let schema = |name: &str| -> Value { serde_json::from_str(&run_in(&root, &["schema", name]).stdout).unwrap() };
    let held = |name: &str, arguments: &[&str]| {
        let lines = run_in(&root, arguments).lines();
        assert!(!lines.is_empty());
        for line in &lines {
            check_schema(&schema(name), line, name);
        }
    };
    held("evaluate", &["evaluate", "--sample", "--format", "ndjson"]);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/account-authorization-details.json");
    held("evaluate", &["evaluate", "--input", sample.to_str().unwrap(), "--format", "ndjson"]);
    held("score", &["score", ".", "--format", "ndjson"]);
    held("score", &["score", ".", "--min-score", "60", "--account", "111122223333", "--format", "ndjson"]);
    let requests = concat!(
        r#"{"id": 1, "action": "s3:GetObject", "resource": "*", "context": {"aws:x": ["a"], "aws:y": true}}"#,
        "\n",
        r#"{"action": "s3:GetObject", "resource": "arn:aws:s3:::bucket-1/report.csv"}"#,
        "\n",
    );
    write(&root, "requests.jsonl", requests);
    for line in requests.lines() {
        check_schema(&schema("requests"), &serde_json::from_str(line).unwrap(), "requests");
    }
    held("simulate", &["simulate", "--requests", "requests.jsonl", "--policy", "bad.json"]);
    held("simulate", &["simulate", "--requests", "requests.jsonl", "--policy", "bad.json", "--why"]);
    write(&root, "requests.jsonl", "{}");
    held("simulate", &["simulate", "--requests", "requests.jsonl", "--policy", "bad.json"]);
}

#[test]
fn findings_in_files_have_places() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let rules = ["--rule", "policy-least-privilege", "--format", "ndjson"];
    let finished = run_in(&sample, &[&["evaluate", "--input", "."], &rules[..]].concat());
    let text = std::fs::read_to_string(sample.join("account-authorization-details.json")).unwrap();
    let lines = finished.lines();
    let findings = lines.iter().flat_map(|line| line["findings"].as_array().unwrap());
    let mut places = 0;
    for finding in findings {
        assert_eq!(finding["file"], "account-authorization-details.json");
        let line = usize::try_from(finding["line"].as_u64().unwrap()).unwrap();
        let statement: Vec<&str> = text.lines().skip(line - 1).take(4).collect();
        assert!(statement.join("").contains("\"Effect\""), "{finding}: {statement:?}");
        places += 1;
    }
    assert!(places > 2);
}

#[test]
fn a_simulation_says_why_and_what_was_expected() {
    let root = folder("simulation");
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},
        {"Sid":"No","Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}]}"#;
    write(&root, "p.json", policy);
    write(
        &root,
        "b.json",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}"#,
    );
    let ask = |resource: &str, arguments: &[&str]| {
        let common = ["simulate", "--policy", "p.json", "--action", "s3:GetObject", "--resource", resource];
        run_in(&root, &[&common[..], arguments].concat())
    };
    let why = &ask("arn:aws:s3:::a/k", &["--why", "--boundary", "b.json"]).lines()[0];
    assert_eq!(why["decision"], "ImplicitlyDenied");
    assert_eq!(why["not_allowed_by"], json!(["identity", "permissions-boundary"]));
    let read = json!({"policy": 0, "policy_type": "identity", "statement": "Read", "effect": "Allow", "applies": false,
        "because": "Bool aws:SecureTransport is not met"});
    assert_eq!(why["why"][0], read);
    assert_eq!(why["why"][1]["because"], "it applies to other resources");
    let secure = ["--context", "aws:SecureTransport=true", "--expect"];
    let expected = |resource: &str, decision: &str| {
        let finished = ask(resource, &[&secure[..], &[decision]].concat());
        (finished.code, finished.stderr)
    };
    assert_eq!(expected("arn:aws:s3:::a/k", "Allowed"), (0, String::new()));
    assert_eq!(expected("arn:aws:s3:::secret/k", "Denied"), (0, String::new()));
    let unexpected = "unexpected: expected Allowed, decided ExplicitlyDenied\n".to_owned();
    assert_eq!(expected("arn:aws:s3:::secret/k", "Allowed"), (1, unexpected));
    assert_eq!(expected("arn:aws:s3:::a/k", "Denied").0, 1);
}

#[test]
fn names_that_aws_does_not_have_are_told_or_refused() {
    let root = folder("names");
    write(&root, "p.json", &good(1).to_string());
    let ask = |action: &str, resource: &str, arguments: &[&str]| {
        let common = ["simulate", "--policy", "p.json", "--action", action, "--resource", resource];
        let finished = run_in(&root, &[&common[..], arguments].concat());
        (finished.code, finished.stderr)
    };
    let (code, told) = ask("s3:GetObjet", "bucket", &[]);
    assert_eq!(code, 0);
    assert!(told.contains("did you mean `s3:GetObject`?") && told.contains("neither an ARN nor `*`"), "{told}");
    assert_eq!(ask("s3:GetObjet", "*", &["--strict"]).0, 2);
    assert_eq!(ask("s3:GetObject", "bucket", &["--strict"]).0, 2);
    assert_eq!(ask("s3:GetObject", "*", &["--strict"]), (0, String::new()));
    let line = r#"{"id": 1, "action": "s3:GetObjet", "resource": "*"}"#;
    write(&root, "r.jsonl", &format!("{line}\n{line}\n"));
    let lines = |arguments: &[&str]| {
        run_in(&root, &[&["simulate", "--policy", "p.json", "--requests", "r.jsonl"], arguments].concat())
    };
    let told = lines(&[]);
    assert_eq!((told.code, told.stderr.lines().count()), (0, 1));
    let refused = lines(&["--strict"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.lines().iter().all(|line| line["error"].as_str().unwrap().contains("did you mean")),
        "{}",
        refused.stdout
    );
}

#[test]
fn every_command_helps_in_80_columns() {
    let root = folder("help");
    let program = run_in(&root, &["help"]);
    assert_eq!(program.code, 0);
    let commands = program.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"score") && commands.contains(&"config"), "{commands:?}");
    for command in commands {
        let help = run_in(&root, &["help", command]);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{command}");
        assert!(help.stdout.contains("Usage: rules-cli"), "{command}");
    }
}
