//! What runs: an account, a rule, an event, and what AWS Config shows before.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use rules_tests::account::{ACCOUNT, Account, Files};
use rules_tests::canary::{EXTERNAL_ID, TOKEN};
use rules_tests::details::Fields;
use rules_tests::event::{Change, Envelope, item};
use rules_tests::fake_aws::{Accepted, Services, Shown, Trust};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::memory::{Moments, connect};
use crate::{Accounts, HandleError, Handled, Invocation, MemberRole, TimeLimits};

pub(super) const MEMBER: &str = "444455556666";

const AT: &str = "2026-02-03T12:00:00.500Z";
/// Before [`AT`] and after it.
const EARLIER: f64 = 1_770_000_000.0;
const LATER: f64 = 1_770_120_001.0;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Happening {
    Schedule,
    Change,
    Oversized,
    Deleted,
}

/// What notifies a recipient of root user activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NotifiedBy {
    Alarm,
    EventBridge,
}

/// One run, but for what goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Setting {
    pub(super) rule: &'static str,
    pub(super) happening: Happening,
    /// Whether the event is of an account in which a role has to be assumed.
    pub(super) elsewhere: bool,
    pub(super) notified_by: NotifiedBy,
    /// How many users there are besides the few that have something to them.
    pub(super) users: usize,
    /// How many verdicts AWS Config shows on users that are gone.
    pub(super) gone: usize,
    /// Records in a page.
    pub(super) page_size: usize,
    /// What Lambda allows.
    pub(super) limit: Duration,
    pub(super) test_mode: bool,
}

/// What came of a run.
pub(super) struct Ran {
    pub(super) result: Result<Handled, HandleError>,
    /// What AWS Config shows afterwards.
    pub(super) shown: Vec<Shown>,
    /// Each call with its moment.
    pub(super) calls: Vec<(String, Instant)>,
    pub(super) took: Duration,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            rule: "policy-least-privilege",
            happening: Happening::Schedule,
            elsewhere: false,
            notified_by: NotifiedBy::Alarm,
            users: 0,
            gone: 3,
            page_size: 3,
            limit: Duration::from_secs(300),
            test_mode: false,
        }
    }
}

impl Setting {
    pub(super) fn account(&self) -> &'static str {
        if self.elsewhere { MEMBER } else { ACCOUNT }
    }

    /// The rule's name as AWS Config knows it.
    pub(super) fn rule_name(&self) -> String {
        format!("{}-conformance-pack-abcdefghi", self.rule)
    }

    /// The services before the event.
    pub(super) fn services(&self) -> Services {
        let services = Services::with_files(ACCOUNT, files(ACCOUNT, self.users, self.notified_by));
        let external_id = Some(EXTERNAL_ID.to_owned());
        let trust = Trust { role: "security/member".to_owned(), external_id, takes_source_identity: self.users == 0 };
        services.add_account(MEMBER, files(MEMBER, self.users, self.notified_by), trust);
        services.page_size(self.page_size);
        services.compliance_page_size(self.page_size.max(self.gone / 3));
        services.report_time("2026-02-03T11:00:00Z");
        self.before_the_event(&services);
        if self.happening == Happening::Oversized {
            services.record_history("AROAAPP", &[api_form(&self.item())]);
        }
        services
    }

    /// What AWS Config shows before the event, and the event's token.
    pub(super) fn before_the_event(&self, services: &Services) {
        services.show_nothing();
        services.issue_token_for(self.account(), &self.rule_name(), TOKEN);
        let show = |resource_type: &str, id: &str, at: f64, is_proactive: bool| {
            let evaluation = Accepted {
                resource_type: resource_type.to_owned(),
                resource_id: id.to_owned(),
                compliance: "NON_COMPLIANT".to_owned(),
                annotation: "an earlier verdict".to_owned(),
                ordering_timestamp: at,
            };
            services.show(self.account(), &self.rule_name(), Shown { evaluation, is_proactive });
        };
        for number in 0..self.gone {
            show("AWS::IAM::User", &format!("AIDAGONE{number:04}"), EARLIER, false);
        }
        // One that is there, one that is newer than the event, one that is only planned.
        show("AWS::IAM::User", "AIDAADA", EARLIER, false);
        show("AWS::IAM::User", "AIDANEWER", LATER, false);
        show("AWS::IAM::User", "AIDAPLANNED", EARLIER, true);
    }

    pub(super) fn event(&self) -> Vec<u8> {
        let token = if self.test_mode { "TESTMODE" } else { TOKEN };
        let envelope = Envelope { account: self.account(), rule: self.rule, parameters: &BTreeMap::new(), token };
        let event = match self.happening {
            Happening::Schedule => envelope.scheduled(AT),
            Happening::Change => envelope.change(&self.item(), false),
            Happening::Oversized => envelope.oversized(&self.item()),
            Happening::Deleted => {
                let mut item = self.item();
                item["configurationItemStatus"] = json!("ResourceDeleted");
                item["configuration"] = Value::Null;
                envelope.change(&item, false)
            }
        };
        event.to_string().into_bytes()
    }

    fn item(&self) -> Value {
        let account: Account = serde_json::from_value(account(self.account(), 0, self.notified_by)).unwrap();
        let change = Change {
            resource_type: "AWS::IAM::Role".to_owned(),
            name: "app".to_owned(),
            left_scope: false,
            configuration: Fields::default(),
            item: serde_json::Map::new(),
        };
        item(&account, &change)
    }

    /// The function after a cold start.
    pub(super) fn function(&self, services: &Services) -> Function {
        let moments = Moments::default();
        let role = MemberRole::new("security/member", Some(EXTERNAL_ID)).unwrap();
        let accounts = Accounts::new(connect(services, &moments)).with_member_role(role);
        Function { accounts, moments, services: services.clone() }
    }

    /// One run in a time of its own.
    pub(super) fn run(&self, function: &Function) -> Ran {
        function.moments.lock().unwrap().clear();
        let (result, took) = in_paused_time(async {
            let start = Instant::now();
            (function.answer(&self.event(), self.limit).await, start.elapsed())
        });
        let shown = function.services.shown(self.account(), &self.rule_name());
        let calls = std::mem::take(&mut *function.moments.lock().unwrap());
        Ran { result, shown, calls, took }
    }

    /// What a run without faults comes to.
    pub(super) fn without_faults(&self) -> Ran {
        let services = self.services();
        let ran = self.run(&self.function(&services));
        assert!(ran.result.is_ok(), "{self:?}: {}", ran.result.unwrap_err());
        assert_eq!(services.refused(), Vec::<String>::new());
        ran
    }
}

/// A function that has started, in memory.
pub(super) struct Function {
    pub(super) accounts: Accounts,
    pub(super) services: Services,
    moments: Moments,
}

impl Function {
    pub(super) async fn answer(&self, event: &[u8], limit: Duration) -> Result<Handled, HandleError> {
        let invocation = Invocation::parse(event)?;
        self.accounts.answer(invocation, Some(TimeLimits::new(Instant::now(), limit))).await
    }
}

/// Time passes only when there is nothing to do but to wait for it.
pub(super) fn in_paused_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(work)
}

/// What the AWS CLI would write of an account, made once.
fn files(id: &'static str, users: usize, notified_by: NotifiedBy) -> Files {
    static MADE: Mutex<BTreeMap<(&str, usize, NotifiedBy), Files>> = Mutex::new(BTreeMap::new());
    let make = || serde_json::from_value::<Account>(account(id, users, notified_by)).unwrap().files();
    MADE.lock().unwrap().entry((id, users, notified_by)).or_insert_with(make).clone()
}

/// An account in which every rule has something to say, and something that passes.
fn account(id: &str, users: usize, notified_by: NotifiedBy) -> Value {
    let mut all = json!({
        "ada": { "attached": ["arn:aws:iam::aws:policy/AdministratorAccess"], "credentials": ["password", "mfa"] },
        "bob": { "groups": ["admins"], "credentials": ["password"] },
        "cyd": { "inline": { "read": ["Allow s3:GetObject on arn:aws:s3:::reports/2026.csv"] }, "credentials": ["key"] },
    });
    for number in 0..users {
        let credentials: &[&str] = if number % 3 == 0 { &["password"] } else { &["password", "mfa"] };
        all[format!("user-{number:03}")] = json!({ "groups": ["admins"], "credentials": credentials });
    }
    json!({
        "id": id,
        "summary": {
            "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0,
            "AccountPasswordPresent": 1,
        },
        "report": { "root": ["password", "mfa"] },
        "virtual_mfa_devices": [format!("arn:aws:iam::{id}:user/ada")],
        "users": all,
        "groups": { "admins": { "inline": { "all": ["Allow * on *"] } } },
        "roles": { "app": { "inline": { "iam": ["Allow iam:* on *"] } } },
        "policies": {
            "arn:aws:iam::aws:policy/AdministratorAccess": ["Allow * on *"],
            "tight": ["Allow s3:GetObject on arn:aws:s3:::reports/2026.csv"],
        },
        // The Region of the connection, in which the root user's sign-ins are reported too.
        "regions": { "us-east-1": region(notified_by) },
    })
}

fn region(notified_by: NotifiedBy) -> Value {
    let of_something_else = json!({ "EventPattern": r#"{"source":["aws.ec2"]}"# });
    match notified_by {
        NotifiedBy::Alarm => json!({ "sound": true }),
        NotifiedBy::EventBridge => json!({ "sound": true, "alarms": {}, "eventbridge_rules": {
            "a": of_something_else, "b": of_something_else, "c": of_something_else, "root": {},
        } }),
    }
}

/// The form in which the API delivers an item.
fn api_form(item: &Value) -> Value {
    json!({
        "accountId": item["awsAccountId"],
        "configurationItemCaptureTime": 1_770_113_472.345,
        "configurationItemStatus": item["configurationItemStatus"],
        "configurationStateId": item["configurationStateId"].to_string(),
        "arn": item["ARN"],
        "resourceType": item["resourceType"],
        "resourceId": item["resourceId"],
        "resourceName": item["resourceName"],
        "configuration": item["configuration"].to_string(),
    })
}
