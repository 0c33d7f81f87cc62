//! One test for each file of requests: `rules-cli simulate` decides each as the file says.

#![expect(clippy::unwrap_used, clippy::panic, reason = "every function here is part of a test")]

use std::path::Path;

use rules_tests::command::rules_cli;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Requests about one part of the policy language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requests {
    /// What the file shows.
    about: String,
    /// Members that every line has unless it has them itself.
    #[serde(default)]
    given: Map<String, Value>,
    requests: Vec<Request>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    /// What the request shows.
    about: String,
    /// The line without its id.
    line: Map<String, Value>,
    /// The decision, where there is one.
    decision: Option<String>,
    /// The policy and statement that decide, such as `1 Read`.
    statement: Option<String>,
    /// A part of the error, where the line is refused.
    error: Option<String>,
}

fn requests(path: &Path, content: String) -> datatest_stable::Result<()> {
    let file: Requests = serde_json::from_str(&content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = String::new();
    for (id, request) in file.requests.iter().enumerate() {
        let mut line = file.given.clone();
        line.extend(request.line.clone());
        line.insert("id".to_owned(), id.into());
        lines += &format!("{}\n", Value::Object(line));
    }
    let folder = tempfile::tempdir()?;
    let input = folder.path().join("requests.jsonl");
    std::fs::write(&input, lines)?;
    let finished = rules_cli(["simulate", "--requests", input.to_str().unwrap()], &[]);
    let answers: Vec<Value> = finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), file.requests.len(), "{}: {}", file.about, finished.stderr);
    for (answer, request) in answers.iter().zip(&file.requests) {
        request.check(answer);
    }
    let refused = file.requests.iter().any(|request| request.error.is_some());
    assert_eq!(finished.code, if refused { 2 } else { 0 }, "{}", finished.stderr);
    Ok(())
}

impl Request {
    fn check(&self, answer: &Value) {
        let about = &self.about;
        assert_eq!(answer["decision"].as_str(), self.decision.as_deref(), "{about}: {answer}");
        assert!(self.decision.is_some() != self.error.is_some(), "{about}: a decision or an error is expected");
        if let Some(statement) = &self.statement {
            let found = &answer["statement"];
            let found = format!("{} {}", found["policy"], found["statement"].as_str().unwrap_or_default());
            assert_eq!(&found, statement, "{about}");
        }
        if let Some(error) = &self.error {
            let message = answer["error"].as_str().unwrap_or_default();
            assert!(message.contains(error), "{about}: `{message}` does not contain `{error}`");
        }
    }
}

datatest_stable::harness! {
    { test = requests, root = "requests", pattern = r"\.json$" },
}
