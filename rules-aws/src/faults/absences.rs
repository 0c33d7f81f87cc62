//! What AWS always sends, and an answer does not have: no verdict is better for it, and none is cleared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rules_core::rules::RULES;
use rules_tests::fake_aws::{Services, Shown};
use rules_tests::fields::{Place, is_no_better, places, take_out};
use serde_json::Value;

use super::setting::{Happening, NotifiedBy, Ran, Setting};

/// What was answered to an operation.
type Answers = Vec<(String, Value)>;

/// Who calls is asked at every turn, and what is put is not read.
const NOT_FACTS: [&str; 3] = ["GetCallerIdentity", "AssumeRole", "PutEvaluations"];

#[test]
fn no_field_of_an_answer_can_be_missing_to_the_advantage_of_an_account() {
    let (mut runs, mut noticed, mut wrong) = (0, 0, Vec::new());
    for setting in settings() {
        let before = setting.services().shown(setting.account(), &setting.rule_name());
        let (answers, ideal) = answers(&setting);
        for (action, answer) in &answers {
            for place in places(answer) {
                let Some(ran) = without(&setting, action, answer, &place) else { continue };
                runs += 1;
                noticed += usize::from(ran.shown != ideal.shown || ran.result.is_err());
                let better = better(&before, &ideal.shown, &ran.shown);
                let what = format!("{}, {:?}, {action} {place:?}", setting.rule, setting.happening);
                wrong.extend(better.into_iter().map(|better| format!("{what}: {better}")));
            }
        }
    }
    println!("{runs} runs, {noticed} of them noticed");
    assert!(wrong.is_empty(), "{} of {runs} runs are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(noticed > 300, "only {noticed} of {runs} were noticed");
}

/// Each rule on its schedule, with both kinds of notification, and a change whose item is only in the history.
fn settings() -> Vec<Setting> {
    let plain = Setting::default();
    let by_event_bridge = Setting { rule: "root-usage-alarm-exists", notified_by: NotifiedBy::EventBridge, ..plain };
    let oversized = Setting { happening: Happening::Oversized, ..plain };
    let scheduled = RULES.iter().map(|rule| Setting { rule: rule.id, ..plain });
    scheduled.chain([by_event_bridge, oversized]).collect()
}

/// Everything that was answered in a run without faults, each answer once, and what it came to.
fn answers(setting: &Setting) -> (Answers, Ran) {
    let services = setting.services();
    let answers: Arc<Mutex<Answers>> = Arc::default();
    let seen = Arc::clone(&answers);
    services.distort(move |action, answer| {
        let answer = (action.to_owned(), answer.clone());
        let mut seen = seen.lock().unwrap();
        if !NOT_FACTS.contains(&action) && !seen.contains(&answer) {
            seen.push(answer);
        }
    });
    let ran = run(setting, &services);
    assert!(ran.result.is_ok(), "{setting:?}: {}", ran.result.unwrap_err());
    let answers = std::mem::take(&mut *answers.lock().unwrap());
    (answers, ran)
}

/// A run in which one answer lacks a field, if it is one that AWS always sends.
fn without(setting: &Setting, action: &str, answer: &Value, place: &Place) -> Option<Ran> {
    let mut shorter = answer.clone();
    if !take_out(&mut shorter, place) {
        return None;
    }
    let services = setting.services();
    let (action, answer) = (action.to_owned(), answer.clone());
    services.distort(move |called, result| {
        if *called == action && *result == answer {
            result.clone_from(&shorter);
        }
    });
    Some(run(setting, &services))
}

fn run(setting: &Setting, services: &Services) -> Ran {
    setting.run(&setting.function(services))
}

/// What AWS Config shows that is better than it would be without the fault, or not shown any more.
fn better(before: &[Shown], ideal: &[Shown], now: &[Shown]) -> Vec<String> {
    let by_resource = |shown: &[Shown]| -> BTreeMap<(String, String), String> {
        let key = |one: &Shown| (one.evaluation.resource_type.clone(), one.evaluation.resource_id.clone());
        shown.iter().map(|one| (key(one), one.evaluation.compliance.clone())).collect()
    };
    let (before, ideal, now) = (by_resource(before), by_resource(ideal), by_resource(now));
    let keys = before.keys().chain(ideal.keys()).chain(now.keys());
    let is_wrong = |key: &&(String, String)| {
        let (was, should, is) = (before.get(*key), ideal.get(*key), now.get(*key));
        let is_as_good = match (should, is) {
            (Some(should), Some(is)) => is_no_better(should, is),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        is != was && !is_as_good
    };
    keys.filter(is_wrong).map(|key| format!("{key:?} shows {:?}, ideally {:?}", now.get(key), ideal.get(key))).collect()
}
