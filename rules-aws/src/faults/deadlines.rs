//! However long AWS takes, a run ends in time and says why.

use std::collections::BTreeSet;
use std::time::Duration;

use rules_tests::fault::Fault;

use super::check::check;
use super::setting::{Happening, Setting};

/// What takes time.
const SLOW: [Fault; 7] = [
    Fault::Silence,
    Fault::Stall,
    Fault::Trickle,
    Fault::Throttling,
    Fault::InternalError,
    Fault::ReportStarted,
    Fault::ReportNotReady,
];

#[test]
fn every_run_ends_two_seconds_before_its_limit() {
    let plain = Setting { page_size: 1_000, ..Setting::default() };
    let settings = [
        plain,
        Setting { rule: "root-mfa-enabled", ..plain },
        Setting { rule: "admin-user-mfa-enabled", elsewhere: true, ..plain },
        Setting { happening: Happening::Oversized, ..plain },
    ];
    let mut runs = 0;
    for setting in settings {
        let services = setting.services();
        let before = services.shown(setting.account(), &setting.rule_name());
        let ideal = setting.without_faults();
        let actions: BTreeSet<&String> = ideal.calls.iter().map(|(action, _)| action).collect();
        for limit in [10, 30, 60, 900].map(Duration::from_secs) {
            let setting = Setting { limit, ..setting };
            for action in &actions {
                for fault in SLOW.into_iter().filter(|fault| fault.applies_to(action)) {
                    let services = setting.services();
                    services.fail(action, fault);
                    fastrand::seed(runs);
                    runs += 1;
                    let ran = setting.run(&setting.function(&services));
                    let why = check(&setting, &before, &ideal, &ran, false);
                    assert_eq!(why, Ok(()), "{fault:?} at {action}, {setting:?}");
                    assert!(ran.result.is_err(), "{fault:?} at {action}, {setting:?}");
                }
            }
        }
    }
    println!("{runs} runs");
}

#[test]
fn a_report_is_not_polled_faster_than_once_a_second() {
    let setting = Setting { rule: "root-mfa-enabled", ..Setting::default() };
    for (action, fault) in [
        ("GenerateCredentialReport", Fault::ReportStarted),
        ("GenerateCredentialReport", Fault::LimitExceeded),
        ("GetCredentialReport", Fault::ReportNotReady),
        ("GetCredentialReport", Fault::ReportExpired),
    ] {
        let services = setting.services();
        services.fail(action, fault);
        let ran = setting.run(&setting.function(&services));
        let polls: Vec<_> = ran.calls.iter().filter(|(called, _)| called == action).map(|(_, at)| *at).collect();
        assert!(polls.len() > 1, "{action}: {fault:?}");
        for pair in polls.windows(2) {
            assert!(pair[1] - pair[0] >= Duration::from_secs(1), "{action}: {fault:?}");
        }
        // 40 % of the 270 seconds for reading.
        assert!(*polls.last().unwrap() - polls[0] <= Duration::from_secs(108), "{action}: {fault:?}");
    }
}

#[test]
fn a_denial_is_not_tried_again() {
    let setting = Setting { rule: "admin-user-mfa-enabled", elsewhere: true, ..Setting::default() };
    let ideal = setting.without_faults();
    let actions: BTreeSet<&String> = ideal.calls.iter().map(|(action, _)| action).collect();
    for action in actions {
        for fault in [Fault::AccessDenied, Fault::ExpiredToken, Fault::BadSignature] {
            let services = setting.services();
            services.fail(action, fault);
            let ran = setting.run(&setting.function(&services));
            let error = ran.result.unwrap_err().to_string();
            assert!(error.contains(action.as_str()), "{fault:?} at {action}: {error}");
            let calls = ran.calls.iter().filter(|(called, _)| called == action).count();
            assert_eq!(calls, 1, "{fault:?} at {action}");
            assert!(ran.took < Duration::from_secs(2), "{fault:?} at {action}: {:?}", ran.took);
        }
    }
}
