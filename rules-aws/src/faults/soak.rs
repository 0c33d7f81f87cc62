//! A function that is never stopped.
//!
//! `RULES_SOAK_INVOCATIONS` is how many invocations one process answers, more than it needs to warm up.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use rules_core::rules::RULES;
use rules_tests::fault::Fault;
use rules_tests::random::{number, seed};

use super::check::check;
use super::setting::{Happening, Ran, Setting};

/// In every run of the tests.
const INVOCATIONS: u64 = 3_000;

/// Invocations before memory is looked at first: by then everything has been made that is kept.
const WARM_UP: u64 = 1_000;

/// How much memory may grow after that, in KiB.
const GROWTH: u64 = 2_048;

/// One call in twenty.
const DENSITY: f64 = 0.05;

/// Set for the process in which nothing else happens.
const ALONE: &str = "RULES_SOAK_ALONE";

#[test]
fn memory_and_descriptors_do_not_grow() {
    if std::env::var_os(ALONE).is_some() {
        return soak();
    }
    let this = std::env::current_exe().unwrap();
    let test = "faults::soak::memory_and_descriptors_do_not_grow";
    let arguments = ["--exact", test, "--nocapture", "--test-threads=1"];
    let output = Command::new(this).args(arguments).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    println!("{said}");
}

fn soak() {
    let invocations = number("RULES_SOAK_INVOCATIONS").unwrap_or(INVOCATIONS);
    assert!(
        invocations > WARM_UP,
        "RULES_SOAK_INVOCATIONS is {invocations}: it has to be more than {WARM_UP}, after which memory is looked at"
    );
    let settings = settings();
    let ideals: HashMap<Setting, Ran> = settings.iter().map(|setting| (*setting, setting.without_faults())).collect();
    let services = settings[0].services();
    let function = settings[0].function(&services);
    let mut random = fastrand::Rng::with_seed(seed());
    let mut warm = None;
    let mut failed = 0;
    let mut most = 0;
    for number in 0..invocations {
        let setting = settings[random.usize(..settings.len())];
        services.forget();
        setting.before_the_event(&services);
        let before = services.shown(setting.account(), &setting.rule_name());
        let mut faults = random.fork();
        let vanished = Arc::new(AtomicBool::new(false));
        let vanish = Arc::clone(&vanished);
        services.schedule(move |call| {
            if faults.f64() >= DENSITY {
                return None;
            }
            let possible = Fault::ALL.into_iter().filter(|fault| fault.applies_to(call.action));
            // A record that two readings lack does not exist.
            let possible: Vec<Fault> =
                possible.filter(|fault| *fault != Fault::Vanish || !vanish.load(Relaxed)).collect();
            let fault = possible[faults.usize(..possible.len())];
            vanish.fetch_or(fault == Fault::Vanish, Relaxed);
            Some(fault)
        });
        let ran = setting.run(&function);
        if let Err(why) = check(&setting, &before, &ideals[&setting], &ran, vanished.load(Relaxed)) {
            panic!("invocation {number}, {setting:?}: {why}");
        }
        failed += usize::from(ran.result.is_err());
        if number >= WARM_UP {
            let now = (resident(), descriptors());
            most = most.max(now.0);
            let (memory, open) = *warm.get_or_insert(now);
            assert!(now.0 <= memory + GROWTH, "invocation {number}: {} KiB, {memory} KiB when warm", now.0);
            assert!(now.1 <= open, "invocation {number}: {} descriptors, {open} when warm", now.1);
        }
    }
    let (memory, open) = warm.unwrap();
    println!(
        "{invocations} invocations, {failed} failed; {memory} KiB and {open} descriptors when warm, then at most {most} KiB"
    );
}

fn settings() -> Vec<Setting> {
    let plain = Setting { limit: Duration::from_secs(60), ..Setting::default() };
    let of_rules = RULES.iter().map(|rule| Setting { rule: rule.id, ..plain });
    let elsewhere = RULES.iter().map(|rule| Setting { rule: rule.id, elsewhere: true, ..plain });
    let changes = [Happening::Change, Happening::Deleted].map(|happening| Setting { happening, ..plain });
    of_rules.chain(elsewhere).chain(changes).collect()
}

/// The memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
