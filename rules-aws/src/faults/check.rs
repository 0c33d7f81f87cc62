//! What a run with faults may come to.

use std::collections::BTreeMap;
use std::time::Duration;

use rules_core::config::Evaluation;
use rules_tests::canary;
use rules_tests::fake_aws::Shown;

use super::setting::{Ran, Setting};
use crate::HandleError;

/// A run ends so long before Lambda would end it.
const SPARE: Duration = Duration::from_secs(2);

/// Attempts of one call.
const ATTEMPTS: usize = 5;

/// Calls that do not depend on the account: who calls (twice), the role, the summary, the report with its waits.
const FIXED_CALLS: usize = 50;

/// Calls that look for the evaluations at fault in refused batches, as in `put_evaluations.rs`.
const SEARCH_CALLS: usize = 200;

/// Holds a run against the one without faults and what AWS Config showed before both.
///
/// With `vanished` there was a page that left a record out, which no program can see on that page.
pub(super) fn check(setting: &Setting, before: &[Shown], ideal: &Ran, ran: &Ran, vanished: bool) -> Result<(), String> {
    verdicts(before, ideal, ran)?;
    accounted(setting, ideal, ran, vanished)?;
    bounded(setting, ideal, ran)?;
    secrets(ran)
}

type Key = (String, String);

fn by_resource(shown: &[Shown]) -> BTreeMap<Key, &Shown> {
    let key = |one: &Shown| (one.evaluation.resource_type.clone(), one.evaluation.resource_id.clone());
    shown.iter().map(|one| (key(one), one)).collect()
}

/// Each resource shows what it showed before or what it shows without faults. So no fault makes a verdict, none erases one,
/// and none gives it another time.
fn verdicts(before: &[Shown], ideal: &Ran, ran: &Ran) -> Result<(), String> {
    let (before, ideal, now) = (by_resource(before), by_resource(&ideal.shown), by_resource(&ran.shown));
    let keys = before.keys().chain(ideal.keys()).chain(now.keys());
    for key in keys {
        let is_old = now.get(key) == before.get(key);
        let is_ideal = match (now.get(key), ideal.get(key)) {
            (Some(now), Some(ideal)) => same_verdict(now, ideal),
            (None, None) => true,
            _ => false,
        };
        if !is_old && !is_ideal {
            return Err(format!(
                "{key:?} shows {:?}; before {:?}, ideally {:?}",
                now.get(key),
                before.get(key),
                ideal.get(key)
            ));
        }
    }
    Ok(())
}

/// But for the annotation, which tells what a verdict rests on: with less to read it may rest on less.
fn same_verdict(one: &Shown, other: &Shown) -> bool {
    let parts =
        |shown: &Shown| (shown.evaluation.compliance.clone(), shown.evaluation.ordering_timestamp, shown.is_proactive);
    parts(one) == parts(other)
}

fn all_same(some: &[Shown], others: &[Shown]) -> bool {
    let (some, others) = (by_resource(some), by_resource(others));
    some.iter().all(|(key, one)| others.get(key).is_some_and(|other| same_verdict(one, other)))
}

/// Success means that nothing is different from the ideal, down to the bytes. Failure names everything that was not judged.
fn accounted(setting: &Setting, ideal: &Ran, ran: &Ran, vanished: bool) -> Result<(), String> {
    let error = match &ran.result {
        Ok(_) if ran.shown == ideal.shown => return Ok(()),
        // It is one record, and what it showed before it shows still.
        Ok(_) if vanished && ran.shown.len() + 1 == ideal.shown.len() => return Ok(()),
        // Or another record is the reason of the same verdict.
        Ok(_) if vanished && ran.shown.len() == ideal.shown.len() && all_same(&ran.shown, &ideal.shown) => {
            return Ok(());
        }
        Ok(_) => return Err(format!("it succeeded and shows {:?}, ideally {:?}", ran.shown, ideal.shown)),
        Err(error) => error,
    };
    let Some(handled) = error.handled() else {
        return if ran.calls.iter().any(|(action, _)| action == "PutEvaluations") {
            Err(format!("it delivered something and does not say what: {error}"))
        } else {
            Ok(())
        };
    };
    let expected = ideal.result.as_ref().map(|ideal| ideal.verdicts.len()).unwrap_or_default();
    let nothing_is_listed = handled.evaluations().next().is_none();
    if handled.verdicts.len() != expected && !nothing_is_listed && !vanished {
        return Err(format!("{} of {expected} resources are accounted for: {error}", handled.verdicts.len()));
    }
    let delivered = match error {
        HandleError::Delivery { error, .. } => error.total - error.refused,
        _ => handled.evaluations().count(),
    };
    if !handled.cleared.is_empty() || setting.test_mode {
        return Ok(());
    }
    let now = by_resource(&ran.shown);
    let shows = |one: &&Evaluation| {
        let shown = now.get(&(one.resource.resource_type.clone(), one.resource.id.clone()));
        let compliance = shown.map_or("NOT_APPLICABLE", |shown| shown.evaluation.compliance.as_str());
        compliance == one.compliance_type.as_str()
    };
    let as_said = handled.evaluations().filter(shows).count();
    if as_said >= delivered {
        Ok(())
    } else {
        Err(format!("{delivered} are said to be delivered, {as_said} are shown: {error}"))
    }
}

/// In time and in calls.
fn bounded(setting: &Setting, ideal: &Ran, ran: &Ran) -> Result<(), String> {
    if ran.took + SPARE > setting.limit {
        return Err(format!("it took {:?} of {:?}", ran.took, setting.limit));
    }
    let most = ATTEMPTS * (FIXED_CALLS + 3 * ideal.calls.len()) + SEARCH_CALLS;
    if ran.calls.len() > most {
        return Err(format!("{} calls, and {} without faults", ran.calls.len(), ideal.calls.len()));
    }
    Ok(())
}

/// Nothing secret is in what a run says, nor in what it would say to a debugger.
fn secrets(ran: &Ran) -> Result<(), String> {
    let mut said = format!("{:?}", ran.result);
    if let Err(error) = &ran.result {
        let message = error.to_string();
        if message.chars().count() > 300 {
            return Err(format!("an error of {} characters: {message}", message.chars().count()));
        }
        said.push_str(&message);
    }
    match canary::found_in(&said) {
        None => Ok(()),
        Some(found) => Err(format!("it tells a secret: {found}")),
    }
}
