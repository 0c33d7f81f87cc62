//! Every fault at every call, at the first, a middle and the last one, and at all of them.

use std::collections::{BTreeMap, BTreeSet};

use rules_core::rules::RULES;
use rules_tests::fault::Fault;

use super::check::check;
use super::setting::{Happening, NotifiedBy, Setting};
use crate::OPERATIONS;

/// What is called before any event, and has tests of its own.
const ELSEWHERE: [&str; 2] = ["GetObject", "GetParameter"];

/// Whether a run recovers from one such fault. From the others it must not recover: they are no accidents.
fn passes(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Refuse
            | Fault::Reset
            | Fault::Silence
            | Fault::Lost
            | Fault::Stall
            | Fault::Trickle
            | Fault::CutBody
            | Fault::WrongLength
            | Fault::Html
            | Fault::GzipRubbish
            | Fault::NotText
            | Fault::TornDocument
            | Fault::Throttling
            | Fault::InternalError
            | Fault::Unavailable
            | Fault::EmptyPage
            | Fault::Overlap
            | Fault::TornRecord
            | Fault::ReportStarted
            | Fault::ReportNotReady
            | Fault::ReportExpired
            | Fault::SomeFail
            | Fault::AllFail
    )
}

fn settings() -> Vec<Setting> {
    let plain = Setting::default();
    let mut settings: Vec<Setting> = RULES.iter().map(|rule| Setting { rule: rule.id, ..plain }).collect();
    settings.push(Setting { rule: "admin-user-mfa-enabled", elsewhere: true, ..plain });
    settings.push(Setting {
        rule: "root-usage-alarm-exists",
        elsewhere: true,
        notified_by: NotifiedBy::EventBridge,
        ..plain
    });
    settings.push(Setting { happening: Happening::Change, ..plain });
    settings.push(Setting { happening: Happening::Change, elsewhere: true, ..plain });
    settings.push(Setting { happening: Happening::Oversized, ..plain });
    settings.push(Setting { happening: Happening::Deleted, ..plain });
    // Several batches of everything.
    settings.push(Setting { rule: "admin-user-mfa-enabled", users: 230, gone: 210, page_size: 100, ..plain });
    settings
}

/// Which of a number of calls.
fn positions(count: usize) -> BTreeSet<Option<usize>> {
    [Some(0), Some(count / 2), Some(count - 1), None].into()
}

#[test]
fn every_fault_at_every_call() {
    let mut runs = 0;
    let mut wrong = Vec::new();
    let mut sites = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for setting in settings() {
        let services = setting.services();
        let before = services.shown(setting.account(), &setting.rule_name());
        let ideal = setting.without_faults();
        let mut counts = BTreeMap::<&str, usize>::new();
        for (action, _) in &ideal.calls {
            *counts.entry(action).or_default() += 1;
        }
        for (action, count) in counts {
            sites.insert(action.to_owned());
            for fault in Fault::ALL.into_iter().filter(|fault| fault.applies_to(action)) {
                kinds.insert(fault);
                for position in positions(count) {
                    // A record that no reading has does not exist.
                    if fault == Fault::Vanish && position.is_none() {
                        continue;
                    }
                    fastrand::seed(runs);
                    runs += 1;
                    let services = setting.services();
                    let function = setting.function(&services);
                    let of = action.to_owned();
                    services.schedule(move |call| {
                        let here = call.action == of && position.is_none_or(|position| position == call.number);
                        here.then_some(fault)
                    });
                    let ran = setting.run(&function);
                    let mut verdict = check(&setting, &before, &ideal, &ran, fault == Fault::Vanish);
                    if position.is_some() && passes(fault) && verdict.is_ok() {
                        verdict =
                            ran.result.as_ref().map(drop).map_err(|error| format!("it does not recover: {error}"));
                    }
                    // The next event is answered as if nothing had been.
                    services.heal();
                    let next = setting.run(&function);
                    let next = match next.result {
                        Ok(_) if next.shown == ideal.shown => Ok(()),
                        Ok(_) => Err(format!("the next event shows {:?}", next.shown)),
                        Err(error) => Err(format!("the next event fails: {error}")),
                    };
                    if let Err(why) = verdict.and(next) {
                        wrong.push(format!("{fault:?} at {action} {position:?} of {count}, {setting:?}: {why}"));
                    }
                }
            }
        }
    }
    println!("{runs} runs, {} kinds of faults, {} kinds of calls", kinds.len(), sites.len());
    assert!(wrong.is_empty(), "{} of {runs} runs are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(runs >= 1_250, "{runs}");
    assert_eq!(kinds.len(), Fault::ALL.len(), "every fault has its place");
    let untried: Vec<&str> = OPERATIONS
        .iter()
        .filter_map(|operation| operation.action.split_once(':'))
        .map(|(_, name)| name)
        .filter(|name| !sites.contains(*name) && !ELSEWHERE.contains(name))
        .collect();
    assert!(untried.is_empty(), "no fault was tried at {untried:?}");
}
