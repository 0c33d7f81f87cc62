//! The same account and the same event come to the same, whatever the way.

use std::time::Duration;

use rules_core::facts::FactKind;
use rules_core::rules::RULES;
use rules_tests::canary;
use rules_tests::fake_aws::Shown;

use super::memory::{Moments, connect};
use super::setting::{Setting, in_paused_time};
use crate::{DryRun, FileFacts, LiveDryRun, LiveFacts, collect, handle_event};

#[test]
fn pages_change_nothing() {
    for rule in RULES {
        let of = |page_size| Setting { rule: rule.id, page_size, ..Setting::default() }.without_faults().shown;
        let whole = of(1_000);
        for page_size in [1, 2, 5] {
            assert_eq!(of(page_size), whole, "{}, pages of {page_size}", rule.id);
        }
    }
}

#[test]
fn a_snapshot_gives_the_verdicts_of_the_live_account() {
    for rule in RULES {
        let setting = Setting { rule: rule.id, gone: 0, ..Setting::default() };
        // A snapshot is judged as of its collection, which is now.
        let report_time = crate::clock::now().to_string();
        let services = || {
            let services = setting.services();
            services.report_time(&report_time);
            services
        };
        let live = setting.run(&setting.function(&services()));
        let services = services();
        let (snapshot, from_snapshot) = in_paused_time(async {
            let aws = connect(&services, &Moments::default());
            let snapshot = collect(&LiveFacts::new(aws), &FactKind::ALL.into()).await.unwrap();
            let sink = DryRun::new();
            let source = FileFacts::from_snapshot(snapshot.clone(), "snapshot");
            handle_event(&setting.event(), &source, &sink).await.unwrap();
            (snapshot, sink.evaluations())
        });
        let live: Vec<_> = live.result.unwrap().evaluations().cloned().collect();
        assert_eq!(from_snapshot, live, "{}", rule.id);
        let text = snapshot.to_text().unwrap();
        canary::assert_absent("the snapshot", &text.replace(canary::DOCUMENT_ID, ""));
    }
}

#[test]
fn a_dry_run_says_what_would_be_cleared_and_clears_nothing() {
    let setting = Setting::default();
    let live = setting.without_faults().result.unwrap();
    let services = setting.services();
    let before = services.shown(setting.account(), &setting.rule_name());
    let dry = in_paused_time(async {
        let aws = connect(&services, &Moments::default());
        let sink = LiveDryRun::new(aws.clone());
        handle_event(&setting.event(), &LiveFacts::new(aws), &sink).await.unwrap()
    });
    assert_eq!(dry, live);
    let ids: Vec<&str> = dry.cleared.iter().map(|one| one.resource.id.as_str()).collect();
    assert_eq!(ids, ["AIDAGONE0000", "AIDAGONE0001", "AIDAGONE0002"]);
    assert_eq!(services.shown(setting.account(), &setting.rule_name()), before);
    assert!(!services.calls().contains(&"PutEvaluations".to_owned()));
}

#[test]
fn test_mode_changes_nothing() {
    for happening in [super::setting::Happening::Schedule, super::setting::Happening::Change] {
        let setting = Setting { test_mode: true, happening, ..Setting::default() };
        let services = setting.services();
        let before = services.shown(setting.account(), &setting.rule_name());
        let ran = setting.run(&setting.function(&services));
        assert!(ran.result.unwrap().cleared.is_empty());
        assert_eq!(ran.shown, before);
        assert_eq!(services.in_test_mode(), 1);
    }
}

#[test]
fn an_event_that_comes_twice_or_late_changes_nothing() {
    let setting = Setting::default();
    let services = setting.services();
    let function = setting.function(&services);
    let shown = |event: &str, expected: Option<&[Shown]>| {
        let event = String::from_utf8(setting.event()).unwrap().replace("2026-02-03T12:00:00.500Z", event);
        in_paused_time(function.answer(event.as_bytes(), Duration::from_secs(300))).unwrap();
        let shown = services.shown(setting.account(), &setting.rule_name());
        if let Some(expected) = expected {
            assert_eq!(shown, expected);
        }
        shown
    };
    let newest = shown("2026-02-03T12:00:00.500Z", None);
    shown("2026-02-03T12:00:00.500Z", Some(&newest));
    shown("2026-02-03T11:59:59.000Z", Some(&newest));
    shown("2026-02-02T12:00:00.000Z", Some(&newest));
}
