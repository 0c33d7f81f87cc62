use std::collections::BTreeMap;

use rules_aws::{DryRun, FileFacts, handle_event};
use rules_core::config::Evaluation;
use rules_tests::account::{ACCOUNT, Files, write};
use rules_tests::canary::{self, TOKEN};
use rules_tests::check::AS_OF;
use rules_tests::command::{Finished, rules_cli};
use rules_tests::event::Envelope;
use tempfile::TempDir;

/// The rules about the records of GetAccountAuthorizationDetails.
pub(super) const ADMIN: &str = "admin-user-mfa-enabled";
pub(super) const LEAST_PRIVILEGE: &str = "policy-least-privilege";

/// Files in a folder of their own.
pub(super) fn folder(files: &Files) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(files, folder.path());
    folder
}

/// What `evaluate` makes of a folder; without a rule, every rule for which there is something.
pub(super) fn evaluate(folder: &TempDir, rule: Option<&str>) -> Finished {
    let input = folder.path().to_str().unwrap();
    let mut arguments =
        vec!["evaluate", "--input", input, "--account", ACCOUNT, "--as-of", AS_OF, "--format", "ndjson"];
    arguments.extend(rule.iter().flat_map(|rule| ["--rule", rule]));
    let finished = rules_cli(arguments, &[]);
    assert_printable(&finished);
    finished
}

/// What the handler of events delivers, and the error if it fails.
pub(super) fn handle(folder: &TempDir, rule: &str) -> (Vec<Evaluation>, Option<String>) {
    let source = FileFacts::open(&[folder.path().to_owned()], Some(ACCOUNT.parse().unwrap())).unwrap();
    let envelope = Envelope { account: ACCOUNT, rule, parameters: &BTreeMap::new(), token: TOKEN };
    let (sink, payload) = (DryRun::new(), envelope.scheduled(AS_OF).to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let result = runtime.block_on(handle_event(payload.as_bytes(), &source, &sink));
    canary::assert_absent("the invocation", &format!("{result:?}"));
    (sink.evaluations(), result.err().map(|error| error.to_string()))
}

/// Nothing that others wrote reaches a terminal as a character that steers it or does not show.
pub(super) fn assert_printable(finished: &Finished) {
    for text in [&finished.stdout, &finished.stderr] {
        let bad = text.chars().find(|character| rules_core::text::is_hidden(*character) && *character != '\n');
        assert_eq!(bad, None, "{text:?}");
    }
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
}
