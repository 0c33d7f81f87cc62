//! One test for each case: the core, the command line and the function give the verdicts that it expects. With
//! `RULES_CORE_ALONE=1` the core alone, in a second.

#![expect(clippy::unwrap_used, clippy::panic, reason = "every function here is part of a test")]

use std::ffi::OsString;
use std::path::Path;

use rules_aws::{DryRun, FileFacts, HandleError, Handled, Invocation};
use rules_core::assessment::{assess, assess_item};
use rules_core::config::{ConfigEvent, InvokingEvent, RuleParameters};
use rules_core::exceptions::{RefusedException, Unaddressed};
use rules_core::rules::rule;
use rules_tests::account::{facts, write};
use rules_tests::canary;
use rules_tests::case::Case;
use rules_tests::command::{Unread, exit_code, rules_cli};
use rules_tests::judge;
use rules_tests::line::Line;
use tempfile::TempDir;

fn case(path: &Path, content: String) -> datatest_stable::Result<()> {
    let (rule, case) = Case::read(path, &content);
    let by_core = core(&rule, &case);
    case.check(&by_core);
    if std::env::var_os("RULES_CORE_ALONE").is_some() {
        return Ok(());
    }
    // An account of which there is no file at all cannot be given to the programs.
    if !case.account.files().is_empty() {
        let folder = tempfile::tempdir()?;
        write(&case.account.files(), folder.path());
        same("the command line", &command_line(&rule, &case, &folder), &by_core);
        same("the function", &function(&rule, &case, &folder), &by_core);
    }
    Ok(())
}

fn same(who: &str, lines: &[Line], by_core: &[Line]) {
    let stable = |lines: &[Line]| {
        let mut sorted: Vec<Line> = lines.to_vec();
        // Errors name the file they are about where there is one.
        sorted.iter_mut().filter(|line| line.compliance == "NOT_EVALUATED").for_each(|line| line.annotation.clear());
        sorted.sort();
        sorted
    };
    assert_eq!(stable(lines), stable(by_core), "{who} says something else than the core");
}

fn core(id: &str, case: &Case) -> Vec<Line> {
    let definition = rule(id).unwrap_or_else(|| panic!("no rule {id}"));
    let mut parameters = RuleParameters::default();
    for (name, value) in &case.parameters {
        parameters.set(name, value);
    }
    let rule = judge::configured(definition, &parameters);
    let as_of = case.as_of.parse().unwrap();
    let account = case.account.id.parse().unwrap();
    let exceptions = case.exceptions().of_account(&account, Unaddressed::OwnAccount, as_of);
    let assessment = match &case.change {
        None => {
            let mut facts = facts(&case.account.id, &case.account.files(), as_of);
            facts.organization = case.organization();
            assess(&facts, std::slice::from_ref(&rule), &exceptions, as_of)
        }
        Some(_) => {
            let event = ConfigEvent::parse(case.event(id).to_string().as_bytes()).unwrap();
            let InvokingEvent::Change(item) = &event.invoking_event else { panic!("a change is expected") };
            assess_item(&rule, &item.summary, event.event_left_scope, Ok(item), &exceptions)
        }
    };
    assert!(assessment.unread.is_empty() || case.unread.is_some(), "{:?}", assessment.unread);
    assert_eq!(assessment.notes, case.notes);
    check_refused(case, &assessment.refused);
    assessment.verdicts().map(|verdict| Line::new(id, verdict)).collect()
}

/// Each exception that is refused, and no other.
fn check_refused(case: &Case, refused: &[RefusedException]) {
    let refused: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(refused.len(), case.refused.len(), "{refused:?}");
    for (said, expected) in refused.iter().zip(&case.refused) {
        assert!(said.contains(expected), "`{said}` does not contain `{expected}`");
    }
}

fn command_line(id: &str, case: &Case, folder: &TempDir) -> Vec<Line> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut push = |words: &[&str]| arguments.extend(words.iter().map(Into::into));
    let event = folder.path().join("event");
    if case.change.is_some() {
        std::fs::write(&event, case.event(id).to_string()).unwrap();
        push(&["invoke", event.to_str().unwrap()]);
    } else {
        push(&["evaluate", "--rule", id, "--as-of", &case.as_of, "--account", &case.account.id]);
        for (name, value) in &case.parameters {
            push(&["--param", &format!("{id}.{name}={value}")]);
        }
    }
    // Beside the input, since a folder that is the input may hold nothing but files of an account.
    let exceptions = tempfile::NamedTempFile::new().unwrap();
    if !case.exceptions.is_empty() {
        std::fs::write(&exceptions, case.exceptions.join("\n")).unwrap();
        push(&["--exceptions", exceptions.path().to_str().unwrap()]);
    }
    // A level is a file with the list of its policies.
    let levels = tempfile::tempdir().unwrap();
    for (number, level) in case.levels().iter().enumerate() {
        let file = levels.path().join(format!("{number}.json"));
        std::fs::write(&file, level.to_string()).unwrap();
        push(&["--scp", file.to_str().unwrap()]);
    }
    if let Some(list) = case.resource_control() {
        let file = levels.path().join("resource-control.json");
        std::fs::write(&file, list.to_string()).unwrap();
        push(&["--rcp", file.to_str().unwrap()]);
    }
    push(&["--input", folder.path().to_str().unwrap(), "--format", "ndjson"]);
    let finished = rules_cli(arguments, &[]);
    let lines = finished.lines();
    let is_whole = case.unread.is_none() && case.refused.is_empty();
    let unread = if is_whole { Unread::Nothing } else { Unread::Something };
    assert_eq!(finished.code, exit_code(&lines, unread), "{}{}", finished.stdout, finished.stderr);
    for refused in &case.refused {
        assert!(finished.stderr.contains(refused), "`{refused}` is not in {}", finished.stderr);
    }
    for note in &case.notes {
        assert!(finished.stderr.contains(&format!("note: {note}")), "`{note}` is not in {}", finished.stderr);
    }
    if let Some(unread) = &case.unread {
        let said = format!("{}{}", finished.stdout, finished.stderr);
        assert!(said.contains(unread), "`{unread}` is not in {said}");
    }
    lines
}

fn function(id: &str, case: &Case, folder: &TempDir) -> Vec<Line> {
    let account = case.account.id.parse().unwrap();
    let source = FileFacts::open(&[folder.path().to_owned()], Some(account)).unwrap();
    let sink = DryRun::new();
    let payload = case.event(id).to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let invocation =
        Invocation::parse(payload.as_bytes()).unwrap().with_exceptions(&case.exceptions(), Unaddressed::OwnAccount);
    let invocation = invocation.with_organization(case.organization());
    let result = runtime.block_on(invocation.run(&source, &sink));
    canary::assert_absent("the invocation", &format!("{result:?}"));
    let handled: &Handled = match &result {
        Ok(handled) => handled,
        Err(HandleError::NotEvaluated(handled) | HandleError::ExceptionsRefused(handled)) => handled,
        Err(other) => panic!("{other}"),
    };
    assert_eq!(handled.notes, case.notes);
    check_refused(case, &handled.refused);
    let lines: Vec<Line> = handled.verdicts.iter().map(|verdict| Line::new(id, verdict)).collect();
    let held_back = lines.iter().filter(|line| line.compliance == "NOT_EVALUATED").count();
    let is_whole = held_back == 0 && case.unread.is_none() && case.refused.is_empty();
    assert_eq!(result.is_ok(), is_whole, "{result:?}");
    // Everything that was judged was delivered; where there is nothing to judge, the account gets a result.
    assert_eq!(sink.evaluations().len(), if lines.is_empty() { 1 } else { lines.len() - held_back });
    lines
}

datatest_stable::harness! {
    { test = case, root = "cases", pattern = r"\.json$" },
}
