//! Random faults in random runs.
//!
//! `RULES_FAULT_SCHEDULES` is how many, `RULES_SEED` the first of their seeds, and `RULES_FAULT_SEED` replays one of them alone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rules_core::rules::RULES;
use rules_tests::fake_aws::Call;
use rules_tests::fault::Fault;
use rules_tests::random::{number, seed};

use super::check::check;
use super::setting::{Happening, NotifiedBy, Ran, Setting};

/// In every run of the tests.
const SCHEDULES: u64 = 10_000;

#[test]
fn no_schedule_of_faults_makes_loses_or_erases_a_verdict() {
    let seeds = match number("RULES_FAULT_SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let first = seed();
            first..first + number("RULES_FAULT_SCHEDULES").unwrap_or(SCHEDULES)
        }
    };
    let next = AtomicU64::new(seeds.start);
    let wrong = Mutex::new(Vec::new());
    let faulty = AtomicU64::new(0);
    let failed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut ideals = Ideals::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    match ideals.try_out(seed) {
                        Ok(tried) => {
                            faulty.fetch_add(u64::from(tried.faults > 0), Ordering::Relaxed);
                            failed.fetch_add(u64::from(tried.failed), Ordering::Relaxed);
                        }
                        Err(why) => wrong.lock().unwrap().push(format!("RULES_FAULT_SEED={seed}: {why}")),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!("seeds {seeds:?}: {faulty:?} with faults, {failed:?} failed");
    let shown: Vec<&str> = wrong.iter().take(20).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} schedules are wrong:\n{}", wrong.len(), shown.join("\n"));
}

/// What came of one schedule.
struct Tried {
    faults: usize,
    failed: bool,
}

/// Runs without faults, made once.
#[derive(Default)]
struct Ideals(HashMap<Setting, Ran>);

impl Ideals {
    fn try_out(&mut self, seed: u64) -> Result<Tried, String> {
        let mut random = fastrand::Rng::with_seed(seed);
        let setting = setting(&mut random);
        // The limit has no part in a run that does not wait.
        let ideal = Setting { limit: Duration::from_secs(300), ..setting };
        let ideal = self.0.entry(ideal).or_insert_with(|| ideal.without_faults());

        let services = setting.services();
        let before = services.shown(setting.account(), &setting.rule_name());
        let faults = Arc::new(Mutex::new(Vec::new()));
        services.schedule(schedule(random, Arc::clone(&faults)));
        fastrand::seed(seed);
        let function = setting.function(&services);
        let ran = setting.run(&function);
        let faults = std::mem::take(&mut *faults.lock().unwrap());
        let describe = |why: String| format!("{why}\n  {setting:?}\n  {faults:?}");
        let vanished = faults.iter().any(|(_, _, fault)| *fault == Fault::Vanish);
        check(&setting, &before, ideal, &ran, vanished).map_err(describe)?;
        if let (true, Err(error)) = (faults.is_empty(), &ran.result) {
            return Err(describe(format!("it fails by itself: {error}")));
        }

        // The same event again, as Lambda delivers it after a failure, and sometimes after none.
        services.heal();
        let again = setting.run(&function);
        match again.result {
            Ok(_) if again.shown == ideal.shown => Ok(Tried { faults: faults.len(), failed: ran.result.is_err() }),
            Ok(_) => Err(describe(format!("the next event shows {:?}", again.shown))),
            Err(error) => Err(describe(format!("the next event fails: {error}"))),
        }
    }
}

fn setting(random: &mut fastrand::Rng) -> Setting {
    let happening = match random.u8(..10) {
        0 => Happening::Change,
        1 => Happening::Oversized,
        2 => Happening::Deleted,
        _ => Happening::Schedule,
    };
    let scheduled = happening == Happening::Schedule;
    Setting {
        rule: if scheduled { RULES[random.usize(..RULES.len())].id } else { "policy-least-privilege" },
        happening,
        // Only the own account has a history.
        elsewhere: happening != Happening::Oversized && random.u8(..3) == 0,
        notified_by: [NotifiedBy::Alarm, NotifiedBy::EventBridge][random.usize(..2)],
        users: 0,
        gone: random.usize(..3) * 2,
        page_size: [1, 3, 1_000][random.usize(..3)],
        limit: Duration::from_secs([10, 30, 60, 300, 900][random.usize(..5)]),
        test_mode: random.u8(..20) == 0,
    }
}

/// A schedule with few faults or many.
fn schedule(
    mut random: fastrand::Rng,
    made: Arc<Mutex<Vec<(String, usize, Fault)>>>,
) -> impl FnMut(&Call<'_>) -> Option<Fault> + Send {
    let density = [0.02, 0.1, 0.3, 0.7][random.usize(..4)];
    move |call| {
        if random.f64() >= density {
            return None;
        }
        let mut made = made.lock().unwrap();
        let possible: Vec<Fault> = Fault::ALL
            .into_iter()
            .filter(|fault| fault.applies_to(call.action))
            // A record that two readings lack does not exist.
            .filter(|fault| *fault != Fault::Vanish || made.iter().all(|(_, _, made)| made != fault))
            .collect();
        let fault = possible[random.usize(..possible.len())];
        made.push((call.action.to_owned(), call.number, fault));
        Some(fault)
    }
}
