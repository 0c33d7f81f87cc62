//! Events come twice and out of order. What AWS Config shows in the end is what it shows when they come in order.

use std::collections::BTreeMap;
use std::time::Duration;

use rules_core::Timestamp;
use rules_tests::account::{ACCOUNT, Account};
use rules_tests::canary::TOKEN;
use rules_tests::event::Envelope;
use rules_tests::fake_aws::{Services, Shown};
use rules_tests::random::seed;
use serde_json::{Value, json};

use super::setting::{Function, Setting, in_paused_time};

const INTERLEAVINGS: u64 = 1_000;
const EVENTS: usize = 50;
const ROLES: usize = 9;
const SCHEDULES: usize = 5;

/// The first moment, in seconds since 1970.
const FIRST: i64 = 1_770_100_000;

#[test]
fn the_order_of_delivery_changes_nothing() {
    let setting = Setting::default();
    let first = seed();
    for seed in first..first + INTERLEAVINGS / 10 {
        let mut random = fastrand::Rng::with_seed(seed);
        let history = History::new(&mut random);
        let in_order = history.deliver(&setting, &history.events);
        assert_eq!(history.events.len(), EVENTS);
        for interleaving in 0..10 {
            let mut events = history.events.clone();
            let twice: Vec<Vec<u8>> = events.iter().filter(|_| random.u8(..4) == 0).cloned().collect();
            events.extend(twice);
            random.shuffle(&mut events);
            let shown = history.deliver(&setting, &events);
            assert_eq!(shown, in_order, "seed {seed}, interleaving {interleaving}");
        }
    }
}

/// What happened to some roles, and the account that is left.
struct History {
    account: Account,
    /// In order.
    events: Vec<Vec<u8>>,
}

impl History {
    fn new(random: &mut fastrand::Rng) -> Self {
        let mut left = serde_json::Map::new();
        let mut states = vec![None; ROLES];
        let mut at: Vec<i64> = (0..EVENTS).map(|_| random.i64(1..20_000)).collect();
        at.sort_unstable();
        at.dedup();
        while at.len() < EVENTS {
            at.push(at[at.len() - 1] + 1);
        }
        let parameters = BTreeMap::new();
        let envelope =
            Envelope { account: ACCOUNT, rule: "policy-least-privilege", parameters: &parameters, token: TOKEN };
        let mut events = Vec::new();
        for (index, at) in at.into_iter().enumerate() {
            let moment = Timestamp::from_unix(FIRST + at, 0).unwrap().to_string();
            let event = if index % (EVENTS / SCHEDULES) == EVENTS / SCHEDULES - 1 {
                envelope.scheduled(&moment)
            } else {
                let role = random.usize(..ROLES);
                states[role] = if random.u8(..3) == 0 { None } else { Some(random.bool()) };
                envelope.change(&item(role, states[role], &moment), false)
            };
            events.push(event.to_string().into_bytes());
        }
        for (role, state) in states.into_iter().enumerate() {
            if let Some(wide) = state {
                left.insert(name(role), json!({ "inline": { "p": [statement(wide)] } }));
            }
        }
        let account = json!({ "users": {}, "roles": left });
        Self { account: serde_json::from_value(account).unwrap(), events }
    }

    fn deliver(&self, setting: &Setting, events: &[Vec<u8>]) -> Vec<Shown> {
        let services = Services::with_files(ACCOUNT, self.account.files());
        services.issue_token_for(ACCOUNT, &setting.rule_name(), TOKEN);
        let function: Function = setting.function(&services);
        in_paused_time(async {
            for event in events {
                function.answer(event, Duration::from_secs(300)).await.unwrap();
            }
        });
        services.shown(ACCOUNT, &setting.rule_name())
    }
}

fn name(role: usize) -> String {
    format!("role-{role}")
}

fn statement(wide: bool) -> &'static str {
    if wide { "Allow iam:* on *" } else { "Allow s3:GetObject on arn:aws:s3:::reports/2026.csv" }
}

/// A role with a wide policy or a narrow one, or one that is gone.
fn item(role: usize, state: Option<bool>, at: &str) -> Value {
    let name = name(role);
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let id = format!("AROA{}", name.to_uppercase().replace('-', ""));
    let configuration = state.map(|wide| {
        let document = rules_tests::details::document(&json!([statement(wide)])).to_string();
        json!({
            "path": "/", "roleName": name, "roleId": id, "arn": arn, "createDate": "2023-01-01T00:00:00Z",
            "assumeRolePolicyDocument": rules_tests::event::percent_encode(r#"{"Version":"2012-10-17","Statement":[]}"#),
            "rolePolicyList": [{
                "policyName": "p", "policyDocument": rules_tests::event::percent_encode(&document),
            }],
            "attachedManagedPolicies": [],
        })
    });
    json!({
        "configurationItemVersion": "1.3", "configurationItemCaptureTime": at, "configurationStateId": 1,
        "awsAccountId": ACCOUNT, "configurationItemStatus": if state.is_some() { "OK" } else { "ResourceDeleted" },
        "resourceType": "AWS::IAM::Role", "resourceId": id, "resourceName": name, "ARN": arn, "awsRegion": "global",
        "configuration": configuration,
    })
}
