//! IAM, STS, AWS Config, CloudTrail, CloudWatch, SNS and EventBridge, as strict as the services are about what they are
//! sent, and with what they keep.
//!
//! [`Services`] answers requests in memory; [`FakeAws`] is the same behind a server on loopback.

mod cbor;
mod config;
mod iam;
mod regional;
mod sts;
mod wire;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

pub use self::config::{Accepted, PutEvaluations, Shown};
pub use self::sts::{Session, Trust};
use crate::account::{Account, Files};
use crate::fault::Fault;
use crate::http::{Answer, Request, Server};

/// The services on loopback.
pub struct FakeAws {
    server: Server,
    services: Services,
}

/// The services with the accounts behind them. Clones share them.
#[derive(Clone)]
pub struct Services(Arc<Mutex<State>>);

/// What the services know and have seen.
struct State {
    /// The account of the caller without a role.
    own: Member,
    /// Other accounts, each with the role that can be assumed there.
    others: BTreeMap<String, (Member, Trust)>,
    /// At most so many records in a page of a listing.
    page_size: usize,
    /// At most so many verdicts in a page of GetComplianceDetailsByConfigRule.
    compliance_page_size: usize,
    /// When the credential report was made; none for whenever it is asked for.
    report_time: Option<String>,
    faults: Schedule,
    distortion: Distortion,
    /// The Region and action of every call, in order.
    calls: Vec<(String, String)>,
    counts: BTreeMap<String, usize>,
    sessions: Vec<Session>,
    /// The ids of the access keys that calls were signed with.
    access_keys: BTreeSet<String>,
}

/// Decides, call by call, what goes wrong.
type Schedule = Box<dyn FnMut(&Call<'_>) -> Option<Fault> + Send>;

/// Changes what an operation answers.
type Distortion = Box<dyn FnMut(&str, &mut Value) + Send>;

/// One account.
#[derive(Clone)]
struct Member {
    account: String,
    files: Files,
    config: config::Config,
}

/// A call, as a schedule of faults sees it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The operation.
    pub action: &'a str,
    /// How many calls of it there were before, since the schedule was set.
    pub number: usize,
}

impl FakeAws {
    /// Starts the services.
    #[must_use]
    pub fn start(account: &Account) -> Self {
        Self::with_files(&account.id, account.files())
    }

    /// Starts the services with what the AWS CLI wrote of an account.
    #[must_use]
    pub fn with_files(account: &str, files: Files) -> Self {
        let services = Services::with_files(account, files);
        let shared = services.clone();
        let server = Server::start(move |request| Some(shared.answer(request)));
        Self { server, services }
    }

    /// Where the services are.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }
}

impl Deref for FakeAws {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl Services {
    /// The services with what the AWS CLI wrote of an account.
    #[must_use]
    pub fn with_files(account: &str, files: Files) -> Self {
        Self(Arc::new(Mutex::new(State {
            own: Member::new(account, files),
            others: BTreeMap::new(),
            page_size: 1_000,
            compliance_page_size: 100,
            report_time: None,
            faults: Box::new(|_| None),
            distortion: Box::new(|_, _| {}),
            calls: Vec::new(),
            counts: BTreeMap::new(),
            sessions: Vec::new(),
            access_keys: BTreeSet::new(),
        })))
    }

    /// Adds another account, with the role in it that can be assumed.
    pub fn add_account(&self, account: &str, files: Files, trust: Trust) {
        self.state().others.insert(account.to_owned(), (Member::new(account, files), trust));
    }

    /// The answer to a request.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Answer {
        self.state().answer(request)
    }

    /// Decides from now on what goes wrong.
    pub fn schedule(&self, faults: impl FnMut(&Call<'_>) -> Option<Fault> + Send + 'static) {
        let mut state = self.state();
        state.counts.clear();
        state.faults = Box::new(faults);
    }

    /// Changes from now on what operations answer, before it is written in the words of the protocol.
    pub fn distort(&self, distortion: impl FnMut(&str, &mut Value) + Send + 'static) {
        self.state().distortion = Box::new(distortion);
    }

    /// Makes every call of an action fail.
    pub fn fail(&self, action: &str, fault: Fault) {
        self.fail_after(0, action, fault);
    }

    /// Makes every call of an action fail, once so many of them have succeeded.
    pub fn fail_after(&self, after: usize, action: &str, fault: Fault) {
        let action = action.to_owned();
        self.schedule(move |call| (call.action == action && call.number >= after).then_some(fault));
    }

    /// Lets every call succeed again.
    pub fn heal(&self) {
        self.schedule(|_| None);
    }

    /// Delivers listings in pages of this many records.
    pub fn page_size(&self, records: usize) {
        self.state().page_size = records;
    }

    /// Delivers what AWS Config shows in pages of this many verdicts.
    pub fn compliance_page_size(&self, verdicts: usize) {
        self.state().compliance_page_size = verdicts;
    }

    /// Dates the credential report.
    pub fn report_time(&self, time: &str) {
        self.state().report_time = Some(time.to_owned());
    }

    /// Issues a result token for whatever rule it is used for; what comes with it is not kept.
    pub fn issue_token(&self, token: &str) {
        self.state().own.config.tokens.insert(token.to_owned(), None);
    }

    /// Issues a result token for a rule of an account, as AWS Config does with an event.
    pub fn issue_token_for(&self, account: &str, rule: &str, token: &str) {
        self.state().member(account).config.tokens.insert(token.to_owned(), Some(rule.to_owned()));
    }

    /// Has AWS Config show a verdict.
    pub fn show(&self, account: &str, rule: &str, shown: Shown) {
        self.state().member(account).config.show(rule, shown);
    }

    /// What AWS Config shows of a rule.
    #[must_use]
    pub fn shown(&self, account: &str, rule: &str) -> Vec<Shown> {
        self.state().member(account).config.shown(rule)
    }

    /// Forgets what AWS Config shows.
    pub fn show_nothing(&self) {
        let mut state = self.state();
        state.own.config.results.clear();
        state.others.values_mut().for_each(|(member, _)| member.config.results.clear());
    }

    /// Lists evaluations of these resources as failed, the next time or for ever.
    pub fn fail_evaluations(&self, ids: &[&str], for_ever: bool) {
        let ids: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let mut state = self.state();
        let config = &mut state.own.config;
        let failing = if for_ever { &mut config.failing } else { &mut config.failing_once };
        failing.extend(ids);
    }

    /// Gives AWS Config the history of a resource, newest first, in the form of its API.
    pub fn record_history(&self, id: &str, items: &[Value]) {
        self.state().own.config.history.insert(id.to_owned(), items.to_vec());
    }

    /// Every call of PutEvaluations in the own account that was well-formed.
    #[must_use]
    pub fn put_evaluations(&self) -> Vec<PutEvaluations> {
        self.state().own.config.puts.clone()
    }

    /// What AWS Config has accepted in the own account, in order.
    #[must_use]
    pub fn accepted(&self) -> Vec<Accepted> {
        self.state().own.config.puts.iter().flat_map(|put| put.accepted.clone()).collect()
    }

    /// What was refused because a request broke a rule of the service.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        let state = self.state();
        let others = state.others.values().flat_map(|(member, _)| &member.config.refused);
        state.own.config.refused.iter().chain(others).cloned().collect()
    }

    /// How many submissions were in test mode, which keeps nothing.
    #[must_use]
    pub fn in_test_mode(&self) -> usize {
        self.state().own.config.test_mode
    }

    /// The action of every call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.iter().map(|(_, action)| action.clone()).collect()
    }

    /// The Region and action of every call so far.
    #[must_use]
    pub fn calls_by_region(&self) -> Vec<(String, String)> {
        self.state().calls.clone()
    }

    /// The newest call.
    ///
    /// # Panics
    /// When there was none.
    #[must_use]
    pub fn last_call(&self) -> String {
        self.state().calls.last().expect("there was a call").1.clone()
    }

    /// The sessions of roles that were begun.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.state().sessions.clone()
    }

    /// The ids of the access keys that calls were signed with.
    #[must_use]
    pub fn access_keys(&self) -> Vec<String> {
        self.state().access_keys.iter().cloned().collect()
    }

    /// Forgets what it has seen. What AWS Config shows stays.
    pub fn forget(&self) {
        let mut state = self.state();
        state.calls.clear();
        state.counts.clear();
        state.sessions.clear();
        state.own.config.forget();
        state.others.values_mut().for_each(|(member, _)| member.config.forget());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Member {
    fn new(account: &str, files: Files) -> Self {
        Self { account: account.to_owned(), files, config: config::Config::default() }
    }
}

impl State {
    fn member(&mut self, account: &str) -> &mut Member {
        match self.others.get_mut(account) {
            Some((member, _)) => member,
            None => {
                assert_eq!(self.own.account, account, "the services do not have the account");
                &mut self.own
            }
        }
    }
}
