//! The progress line on a terminal, with the current calls of a live account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rules_aws::{Call, CallMoment};

use super::diagnostics;

/// How often the line moves.
const TICK: Duration = Duration::from_millis(100);

/// Actions that are called once for each page of one listing.
const LISTINGS: [&str; 2] = ["iam:GetAccountAuthorizationDetails", "iam:ListVirtualMFADevices"];

/// IAM makes the report between calls of the first, which all end at once; the second gets it.
const REPORT_IS_MADE: &str = "iam:GenerateCredentialReport";
const REPORT_IS_READ: &str = "iam:GetCredentialReport";

/// What is being read, shown to a person who waits. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    calls: Calls,
    /// Whether the line is shown.
    line: Option<ProgressBar>,
    began: Option<Instant>,
}

impl Progress {
    /// Takes note of a call that begins or ends.
    pub(crate) fn hear(&self, call: Call<'_>) {
        let mut state = self.state();
        let place = CallPlace { action: call.action, region: call.region.map(str::to_owned) };
        match call.moment {
            CallMoment::Begins => {
                let number = state.calls.begin(place.clone());
                diagnostics::detail(&place.text(number));
                state.began.get_or_insert_with(Instant::now);
            }
            CallMoment::Ends => state.calls.end(&place),
        }
        let text = state.calls.text();
        if state.line.is_none() && diagnostics::has_watcher() {
            state.line = Some(line());
        }
        if let Some(line) = &state.line {
            line.set_message(text);
        }
    }

    /// Takes the line away, so that something else can be printed. The next call shows it again.
    pub(crate) fn clear(&self) {
        if let Some(line) = self.state().line.take() {
            line.finish_and_clear();
        }
    }

    /// Takes the line away and says what was done, where there was a line.
    pub(crate) fn end(&self) {
        let is_shown = self.state().line.is_some();
        self.clear();
        let state = self.state();
        if let Some(began) = state.began.filter(|_| is_shown) {
            let seconds = began.elapsed().as_secs_f32();
            diagnostics::note(&format_args!("read the account with {} calls in {seconds:.1} s", state.calls.number));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line() -> ProgressBar {
    let line = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
        line.set_style(style);
    }
    line.enable_steady_tick(TICK);
    line
}

/// What is called where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CallPlace {
    action: &'static str,
    region: Option<String>,
}

impl CallPlace {
    fn text(&self, number: usize) -> String {
        let mut text = self.action.to_owned();
        if let Some(region) = &self.region {
            text.push_str(" in ");
            text.push_str(region);
        }
        if LISTINGS.contains(&self.action) && number > 1 {
            text.push_str(&format!(", page {number}"));
        }
        if self.action == REPORT_IS_MADE {
            text.push_str(", IAM makes the report");
        }
        text
    }
}

/// The calls so far, and those without an answer yet.
#[derive(Debug, Default)]
struct Calls {
    number: usize,
    by_place: BTreeMap<CallPlace, usize>,
    under_way: Vec<CallPlace>,
}

impl Calls {
    /// Adds a call, and gives its number among those of the same kind.
    fn begin(&mut self, place: CallPlace) -> usize {
        self.number += 1;
        let replaced = |other: &CallPlace| {
            *other == place && place.action == REPORT_IS_MADE
                || other.action == REPORT_IS_MADE && place.action == REPORT_IS_READ
        };
        self.under_way.retain(|other| !replaced(other));
        self.under_way.push(place.clone());
        let number = self.by_place.entry(place).or_default();
        *number += 1;
        *number
    }

    fn end(&mut self, place: &CallPlace) {
        if place.action != REPORT_IS_MADE
            && let Some(at) = self.under_way.iter().position(|other| other == place)
        {
            self.under_way.remove(at);
        }
    }

    fn text(&self) -> String {
        let number = |place| self.by_place.get(place).copied().unwrap_or_default();
        let texts: Vec<String> = self.under_way.iter().map(|place| place.text(number(place))).collect();
        texts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::{CallPlace, Calls};

    fn place(action: &'static str) -> CallPlace {
        CallPlace { action, region: None }
    }

    #[test]
    fn pages_and_regions_are_shown() {
        let mut calls = Calls::default();
        let details = place("iam:GetAccountAuthorizationDetails");
        calls.begin(details.clone());
        calls.begin(place("iam:GetAccountSummary"));
        assert_eq!(calls.text(), "iam:GetAccountAuthorizationDetails; iam:GetAccountSummary");
        calls.end(&place("iam:GetAccountSummary"));
        calls.end(&details);
        calls.begin(details);
        let trails = CallPlace { action: "cloudtrail:DescribeTrails", region: Some("eu-west-1".to_owned()) };
        calls.begin(trails);
        let expected = "iam:GetAccountAuthorizationDetails, page 2; cloudtrail:DescribeTrails in eu-west-1";
        assert_eq!(calls.text(), expected);
        assert_eq!(calls.number, 4);
    }

    #[test]
    fn a_report_is_being_made_until_it_is_read() {
        let mut calls = Calls::default();
        for _ in 0..2 {
            calls.begin(place("iam:GenerateCredentialReport"));
            calls.end(&place("iam:GenerateCredentialReport"));
            assert_eq!(calls.text(), "iam:GenerateCredentialReport, IAM makes the report");
        }
        calls.begin(place("iam:GetCredentialReport"));
        assert_eq!(calls.text(), "iam:GetCredentialReport");
        calls.end(&place("iam:GetCredentialReport"));
        assert_eq!(calls.text(), "");
    }
}
