use std::collections::BTreeMap;

use rules_core::Timestamp;
use rules_core::rules::RULES;
use rules_tests::account::{ACCOUNT, Account};
pub(super) use rules_tests::canary::TOKEN;
use rules_tests::event::Envelope;
use rules_tests::fake_aws::{Accepted, FakeAws};
use rules_tests::runtime_api::{Function, Invoked};
use serde_json::{Value, json};

/// The Region that the function is in.
pub(super) const REGION: &str = "eu-west-1";
/// The arguments with which the command line reads it too.
pub(super) const HERE: [(&str, &str); 1] = [("AWS_REGION", REGION)];
pub(super) const AT: &str = "2026-02-03T04:05:06.789Z";

/// A function with the AWS that it talks to.
pub(super) struct Setting {
    pub(super) aws: FakeAws,
    pub(super) function: Function,
}

impl Setting {
    pub(super) fn new(account: Value) -> Self {
        Self::with_variables(account, &[])
    }

    pub(super) fn with_variables(account: Value, variables: &[(&str, &str)]) -> Self {
        let account: Account = serde_json::from_value(account).unwrap();
        let aws = FakeAws::start(&account);
        aws.issue_token(TOKEN);
        let function = Function::start(&aws.url(), variables);
        Self { aws, function }
    }

    /// Issues the token for a rule, so that AWS Config keeps what comes with it.
    pub(super) fn deploy(&self, account: &str, rule: &str) {
        self.aws.issue_token_for(account, &rule_name(rule), TOKEN);
    }

    pub(super) fn schedule(&self, rule: &str) -> Invoked {
        self.function.invoke(&scheduled(rule, &[]))
    }

    /// What AWS Config knows afterwards, by resource id.
    pub(super) fn compliance(&self) -> BTreeMap<String, String> {
        self.aws.accepted().into_iter().map(|one| (one.resource_id, one.compliance)).collect()
    }

    /// The one evaluation that was accepted.
    #[track_caller]
    pub(super) fn only(&self) -> Accepted {
        let accepted = self.aws.accepted();
        let [one] = accepted.as_slice() else { panic!("{accepted:?}") };
        one.clone()
    }
}

impl Drop for Setting {
    /// Whatever a test is about: the service never had a reason to refuse a request, and the log holds records.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let refused = self.aws.refused();
        assert!(refused.iter().all(|refusal| refusal.starts_with("InvalidResultToken")), "{refused:?}");
        let log = self.function.log();
        assert!(!log.contains("\"Statement\""), "the log holds a document:\n{log}");
        for line in log.lines() {
            assert!(serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object()), "no record: {line}");
        }
    }
}

pub(super) fn scheduled(rule: &str, parameters: &[(&str, &str)]) -> Value {
    envelope(rule, parameters, |envelope| envelope.scheduled(AT))
}

pub(super) fn envelope<T>(rule: &str, parameters: &[(&str, &str)], make: impl FnOnce(&Envelope<'_>) -> T) -> T {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    make(&Envelope { account: ACCOUNT, rule, parameters: &parameters, token: TOKEN })
}

/// The name under which a rule is deployed, as in the events.
pub(super) fn rule_name(rule: &str) -> String {
    format!("{rule}-conformance-pack-abcdefghi")
}

/// A moment as AWS Config's protocol writes it.
pub(super) fn seconds(moment: &str) -> f64 {
    let moment: Timestamp = moment.parse().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "the moments of tests are small")]
    let whole = moment.unix_seconds() as f64;
    whole + f64::from(moment.subsecond_nanoseconds()) / 1e9
}

/// An account in which every rule has something to say, and something that passes.
pub(super) fn account() -> Value {
    json!({
        "summary": {
            "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0,
            "AccountPasswordPresent": 1,
        },
        "report": { "root": ["password", "mfa"] },
        "virtual_mfa_devices": [],
        "users": {
            "ada": { "attached": ["arn:aws:iam::aws:policy/AdministratorAccess"], "credentials": ["password", "mfa"] },
            "bob": { "groups": ["admins"], "credentials": ["password"] },
            "cyd": { "inline": { "read": ["Allow s3:GetObject on arn:aws:s3:::reports/2026.csv"] }, "credentials": ["key"] },
        },
        "groups": { "admins": { "inline": { "all": ["Allow * on *"] } } },
        "roles": { "app": { "inline": { "iam": ["Allow iam:* on *"] } } },
        "policies": {
            "arn:aws:iam::aws:policy/AdministratorAccess": ["Allow * on *"],
            "tight": ["Allow s3:GetObject on arn:aws:s3:::reports/2026.csv"],
        },
        "regions": { REGION: { "sound": true } },
    })
}

/// What each rule has to say of [`account`].
pub(super) fn expected(rule: &str) -> BTreeMap<String, String> {
    let pairs: &[(&str, &str)] = match rule {
        "root-mfa-enabled"
        | "root-hardware-mfa-enabled"
        | "root-no-access-keys"
        | "root-not-used-recently"
        | "root-usage-alarm-exists"
        | "non-root-admin-exists"
        | "cloudtrail-enabled"
        | "config-recorder-enabled" => &[(ACCOUNT, "COMPLIANT")],
        "admin-user-mfa-enabled" => {
            &[("AIDAADA", "COMPLIANT"), ("AIDABOB", "NON_COMPLIANT"), ("AIDACYD", "NOT_APPLICABLE")]
        }
        "policy-least-privilege" => &[
            ("AGPAADMINS", "NON_COMPLIANT"),
            ("AIDAADA", "NOT_APPLICABLE"),
            ("AIDABOB", "NOT_APPLICABLE"),
            ("AIDACYD", "COMPLIANT"),
            ("ANPATIGHT", "COMPLIANT"),
            ("AROAAPP", "NON_COMPLIANT"),
        ],
        "principal-least-privilege" => &[
            ("AIDAADA", "NON_COMPLIANT"),
            ("AIDABOB", "NON_COMPLIANT"),
            ("AIDACYD", "COMPLIANT"),
            ("AROAAPP", "NON_COMPLIANT"),
        ],
        "no-privilege-escalation" => &[
            ("AIDAADA", "NOT_APPLICABLE"),
            ("AIDABOB", "NOT_APPLICABLE"),
            ("AIDACYD", "COMPLIANT"),
            ("AROAAPP", "NON_COMPLIANT"),
        ],
        other => panic!("nothing is expected of {other}"),
    };
    pairs.iter().map(|(id, compliance)| ((*id).to_owned(), (*compliance).to_owned())).collect()
}

/// The ids of all rules.
pub(super) fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|definition| definition.id)
}
