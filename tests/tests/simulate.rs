//! `rules-cli simulate`: its answers against those of the reference evaluator, and what it does with bad lines.

use rules_core::policy::{PolicyDocument, PolicyType};
use rules_tests::command::{Finished, rules_cli};
use rules_tests::reference::generator::{Dice, policies, request};
use rules_tests::reference::{Answer, Coverage, Policies, Request, WildcardService, decide};
use serde_json::{Value, json};

fn file(name: &str, text: &str) -> String {
    rules_tests::scratch::file(env!("CARGO_TARGET_TMPDIR"), "simulate", name, text)
}

fn simulate(arguments: &[&str]) -> Finished {
    // The requests are about actions that AWS does not have, which would be told.
    rules_cli([&["simulate", "--quiet"], arguments].concat(), &[])
}

fn answers(finished: &Finished) -> Vec<Value> {
    finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a line out should say.
fn line(id: &Value, answer: Answer) -> Value {
    let (decision, statement) = match answer {
        Answer::Allowed(policy, statement) => ("Allowed", Some((policy, statement))),
        Answer::ImplicitlyDenied => ("ImplicitlyDenied", None),
        Answer::ExplicitlyDenied(policy, statement) => ("ExplicitlyDenied", Some((policy, statement))),
    };
    let statement = statement.map(|(policy, statement)| json!({"policy": policy, "statement": statement.to_string()}));
    json!({"id": id, "decision": decision, "statement": statement})
}

/// Whether AWS would store all of these policies.
fn are_storable(policies: &Policies) -> bool {
    let is_storable = |document: &Value, policy_type| {
        PolicyDocument::parse(&document.to_string(), policy_type).is_ok_and(|found| found.check(policy_type).is_ok())
    };
    policies.identity.iter().all(|document| is_storable(document, PolicyType::Identity))
        && policies.boundary.iter().all(|document| is_storable(document, PolicyType::PermissionsBoundary))
        && policies.service_control.iter().flatten().all(|document| is_storable(document, PolicyType::ServiceControl))
}

/// Whether each level has an Allow, without which `--scp` refuses it.
fn levels_allow(policies: &Policies) -> bool {
    let allows = |document: &Value| document.to_string().contains(r#""Effect":"Allow""#);
    policies.service_control.iter().all(|level| level.iter().any(allows))
}

fn expected(policies: &Policies, request: &Request) -> Answer {
    decide(policies, request, WildcardService::Denies, &mut Coverage::new())
}

#[test]
fn lines_are_decided_as_the_reference_decides() {
    let mut dice = Dice::new(4);
    let (mut lines, mut wanted) = (String::new(), Vec::new());
    for number in 0..2_000 {
        let (policies, request) = (policies(&mut dice), request(&mut dice));
        let id = if number % 2 == 0 { json!(number) } else { json!(format!("request {number}")) };
        let mut line_in = json!({
            "id": id, "policies": policies.identity, "scps": policies.service_control,
            "action": request.action, "resource": request.resource, "context": request.context,
        });
        if let Some(boundary) = &policies.boundary {
            line_in["boundary"] = boundary.clone();
        }
        lines += &format!("{line_in}\n");
        let answer = are_storable(&policies).then(|| line(&id, expected(&policies, &request)));
        wanted.push(answer.ok_or(id));
    }
    let requests = file("own-policies.jsonl", &lines);
    let finished = simulate(&["--requests", &requests]);
    // What AWS would refuse to store is refused, and by far not all of it is refused.
    let refused = wanted.iter().filter(|wanted| wanted.is_err()).count();
    assert!((100..1_000).contains(&refused), "{refused} of {}", wanted.len());
    assert_eq!((finished.code, finished.stderr.as_str()), (2, ""));
    let answers = answers(&finished);
    assert_eq!(answers.len(), wanted.len());
    for (answer, wanted) in answers.iter().zip(&wanted) {
        match wanted {
            Ok(wanted) => assert_eq!(answer, wanted),
            Err(id) => assert!(answer["id"] == *id && answer["error"].is_string(), "{answer}"),
        }
    }
}

#[test]
fn policies_of_the_command_line_serve_lines_without_any() {
    let mut dice = Dice::new(5);
    let mut sets = std::iter::repeat_with(|| policies(&mut dice));
    let sets: Vec<Policies> =
        sets.by_ref().filter(|policies| are_storable(policies) && levels_allow(policies)).take(20).collect();
    for (set, policies) in sets.iter().enumerate() {
        let mut arguments = vec!["--requests".to_owned()];
        let (mut lines, mut wanted) = (String::new(), Vec::new());
        for number in 0..50 {
            let request = request(&mut dice);
            let line_in = json!({"id": number, "action": request.action, "resource": request.resource, "context": request.context});
            lines += &format!("{line_in}\n");
            wanted.push(line(&json!(number), expected(policies, &request)));
        }
        let write = |name: String, text: String| file(&name, &text);
        arguments.push(write(format!("{set}.jsonl"), lines));
        arguments.push("--policy".to_owned());
        for (index, document) in policies.identity.iter().enumerate() {
            arguments.push(write(format!("{set}-policy-{index}.json"), document.to_string()));
        }
        if let Some(boundary) = &policies.boundary {
            arguments.extend(["--boundary".to_owned(), write(format!("{set}-boundary.json"), boundary.to_string())]);
        }
        for (index, level) in policies.service_control.iter().enumerate() {
            // A level of one document may be the document itself.
            let text = if let [only] = level.as_slice() { only.to_string() } else { json!(level).to_string() };
            arguments.extend(["--scp".to_owned(), write(format!("{set}-scp-{index}.json"), text)]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let finished = simulate(&arguments);
        // A boundary without an Allow is remarked upon.
        let notes = finished.stderr.lines().all(|line| line.contains("the permissions boundary has no Allow"));
        assert!(finished.code == 0 && notes, "{}", finished.stderr);
        assert_eq!(answers(&finished), wanted, "{}", json!(policies));
    }
}

const READ_WITH_MFA: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::app/${aws:username}/*"},
    {"Effect": "Deny", "Action": "*", "Resource": "*",
     "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*",
     "Condition": {"ForAllValues:StringEquals": {"t:list": ["a", "b"]}}}]}"#;

#[test]
fn one_request_is_asked_by_arguments() {
    let policy = file("read-with-mfa.json", READ_WITH_MFA);
    let ask = |action: &str, resource: &str, context: &[&str]| -> Value {
        let mut arguments = vec!["--policy", &policy, "--action", action, "--resource", resource];
        arguments.extend(context.iter().flat_map(|pair| ["--context", pair]));
        let finished = simulate(&arguments);
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
        let answers = answers(&finished);
        assert_eq!(answers.len(), 1);
        answers[0].clone()
    };
    let (bob, mfa) = ("aws:username=bob", "aws:MultiFactorAuthPresent=true");
    let object = "arn:aws:s3:::app/bob/x=y";
    let answer = |decision: &str, statement: Option<&str>| {
        let statement = statement.map(|statement| json!({"policy": 0, "statement": statement}));
        json!({"id": null, "decision": decision, "statement": statement})
    };
    assert_eq!(ask("S3:getobject", object, &[bob, mfa]), answer("Allowed", Some("Read")));
    assert_eq!(ask("s3:GetObject", object, &[mfa]), answer("ImplicitlyDenied", None));
    assert_eq!(ask("s3:GetObject", object, &[bob]), answer("ExplicitlyDenied", Some("1")));
    // A key given twice is multi-valued.
    assert_eq!(ask("s3:ListBucket", "*", &[mfa, "t:list=a", "T:List=b"]), answer("Allowed", Some("2")));
    assert_eq!(ask("s3:ListBucket", "*", &[mfa, "t:list=a", "T:List=c"]), answer("ImplicitlyDenied", None));
}

#[test]
fn a_bad_line_is_answered_and_the_others_too() {
    let policy = file("for-bad-lines.json", READ_WITH_MFA);
    let good =
        r#"{"id": "good", "action": "s3:GetObject", "resource": "*", "context": {"n": 1e2, "b": true, "l": []}}"#;
    let long = "a".repeat(8_193);
    for (bad, id, cause) in [
        ("nonsense", Value::Null, "line 2: $"),
        (r#"{"id": 1, "action": "s3:GetObject"}"#, json!(1), "missing field `resource`"),
        (r#"{"id": 1, "action": "s3", "resource": "*"}"#, json!(1), "action `s3` is not `service:Name`"),
        (r#"{"id": 1, "action": "s3:Get*", "resource": "*"}"#, json!(1), "action `s3:Get*` is not `service:Name`"),
        (r#"{"id": 1, "action": "s3:GetObject", "resource": ""}"#, json!(1), "the resource is empty"),
        (r#"{"id": 1, "polices": [], "action": "a:b", "resource": "*"}"#, json!(1), "unknown field `polices`"),
        (r#"{"id": 1, "id": 2, "action": "a:b", "resource": "*"}"#, Value::Null, "duplicate field `id`"),
        (r#"{"id": [], "action": "a:b", "resource": "*"}"#, Value::Null, "expected an id"),
        (r#"{"id": 1, "action": "a:b", "resource": "*", "context": {"k": null}}"#, json!(1), "with the value null"),
        (r#"{"id": 1, "action": "a:b", "resource": "*", "context": {"k": {}}}"#, json!(1), "neither text, number nor"),
        (
            r#"{"id": 1, "action": "a:b", "resource": "*", "context": {"k": 1, "K": 2}}"#,
            json!(1),
            "duplicate condition key",
        ),
        (
            r#"{"id": 1, "policies": [{"Statement": [{"Effect": "Allow"}]}], "action": "a:b", "resource": "*"}"#,
            json!(1),
            "in policies[0]: $.Statement[0]",
        ),
        (
            &format!(r#"{{"id": 1, "action": "a:b", "resource": "*", "context": {{"k": "{long}"}}}}"#),
            json!(1),
            "longer than",
        ),
        (
            &format!(r#"{{"id": 1, "action": "a:b", "resource": "arn:{long}"}}"#),
            json!(1),
            "the resource is longer than",
        ),
        (r#"{"id": 1, "scps": [[], [{}]], "action": "a:b", "resource": "*"}"#, json!(1), "in scps[1][0]: $"),
    ] {
        let requests = file("bad-line.jsonl", &format!("{good}\n{bad}\n\n{good}"));
        let finished = simulate(&["--policy", &policy, "--requests", &requests]);
        assert_eq!((finished.code, finished.stderr.as_str()), (2, ""), "{bad}");
        let answers = answers(&finished);
        let [before, error, after] = answers.as_slice() else { panic!("{bad}: {answers:?}") };
        assert_eq!((&before["decision"], before), (&json!("ExplicitlyDenied"), after), "{bad}");
        assert_eq!(error["id"], id, "{bad}: {error}");
        let message = error["error"].as_str().unwrap();
        assert!(message.contains(cause), "{bad}: {message}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let policy = file("for-usage.json", READ_WITH_MFA);
    let policy = &policy;
    let requests = file("no-policies.jsonl", r#"{"id": 1, "action": "s3:GetObject", "resource": "*"}"#);
    let requests = &requests;
    let finished = simulate(&["--requests", requests]);
    assert_eq!(finished.code, 2);
    assert_eq!(answers(&finished)[0]["error"], "the request has no `policies`, and there is no --policy");
    for (arguments, cause) in [
        (vec!["--policy", policy, "--action", "s3:GetObject"], "--resource"),
        (vec!["--action", "s3:GetObject", "--resource", "*"], "--policy"),
        (vec!["--policy", policy, "--action", "s3", "--resource", "*"], "is not `service:Name`"),
        (vec!["--policy", policy, "--requests", requests, "--action", "s3:GetObject"], "cannot be used with"),
        (vec!["--policy", requests, "--action", "s3:GetObject", "--resource", "*"], "unknown element"),
        (vec!["--policy", "/nonexistent", "--action", "s3:GetObject", "--resource", "*"], "/nonexistent"),
    ] {
        let finished = simulate(&arguments);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(finished.stderr.contains(cause), "{arguments:?}: {}", finished.stderr);
    }
}
