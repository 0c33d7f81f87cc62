//! What is cleared of earlier verdicts, and when nothing is.

use std::collections::VecDeque;

use rules_core::config::EvaluatedResource;

use super::*;

/// A user with one inline policy, in IAM's words.
fn user(name: &str, document: &str) -> Value {
    json!({
        "Path": "/", "UserName": name, "UserId": format!("AIDA{}", name.to_uppercase()),
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "CreateDate": "2023-01-01T00:00:00Z",
        "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": document }],
        "GroupList": [], "AttachedManagedPolicies": [], "Tags": []
    })
}

const READ: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;

fn reading(users: &[Value]) -> Vec<u8> {
    let details = json!({
        "UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": [], "IsTruncated": false
    });
    details.to_string().into_bytes()
}

/// A source that is read more than once, and gives other answers each time.
struct Readings {
    left: Mutex<VecDeque<Vec<u8>>>,
}

#[async_trait]
impl FactSource for Readings {
    async fn account(&self) -> Result<AccountId, MissingFact> {
        Ok(ACCOUNT.parse().unwrap())
    }

    async fn check_account(&self, _: &AccountId) -> Result<(), AccountError> {
        Ok(())
    }

    async fn facts(&self, account: &AccountId, kinds: &BTreeSet<FactKind>, as_of: Timestamp) -> Facts {
        let next = self.left.lock().unwrap().pop_front().expect("another reading");
        files(&[("account-authorization-details.json", &next)]).facts(account, kinds, as_of).await
    }

    async fn configuration_item(&self, _: &ConfigurationItemSummary) -> Result<ConfigurationItem, MissingFact> {
        Err(MissingFact::new("configuration item", "nobody asks for it"))
    }

    fn collected_at(&self) -> Option<Timestamp> {
        None
    }
}

/// AWS Config with earlier verdicts on users who are gone.
struct Shown {
    gone: Vec<StoredEvaluation>,
    put: DryRun,
    refuses: bool,
}

#[async_trait]
impl EvaluationSink for Shown {
    async fn put(&self, token: &ResultToken, evaluations: &[Evaluation]) -> Result<(), DeliveryError> {
        if self.refuses {
            let first = vec!["AIDAADA".to_owned()];
            return Err(DeliveryError { total: 1, refused: 1, first, reason: "no".to_owned() });
        }
        self.put.put(token, evaluations).await
    }

    async fn stored(&self, _: &str) -> Result<Vec<StoredEvaluation>, MissingFact> {
        Ok(self.gone.clone())
    }
}

fn shown(refuses: bool) -> Shown {
    let stored = |id: &str, is_proactive| StoredEvaluation {
        resource: EvaluatedResource {
            resource_type: "AWS::IAM::User".to_owned(),
            id: id.to_owned(),
            name: None,
            arn: None,
        },
        ordering_timestamp: "2026-01-30T12:00:00Z".parse().unwrap(),
        is_proactive,
    };
    let gone = vec![stored("AIDAADA", false), stored("AIDAGONE", false), stored("AIDAPLANNED", true)];
    Shown { gone, put: DryRun::new(), refuses }
}

/// What a schedule clears, or the kind of its failure.
async fn cleared(more: Value, readings: &[Vec<u8>], refuses: bool) -> Result<Vec<String>, &'static str> {
    let invoking = json!({
        "messageType": "ScheduledNotification", "awsAccountId": ACCOUNT,
        "notificationCreationTime": "2026-01-31T12:00:00.000Z"
    });
    let mut event = json!({ "ruleParameters": r#"{"rule":"policy-least-privilege"}"#, "configRuleName": "deployed" });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let source = Readings { left: Mutex::new(readings.to_vec().into()) };
    let sink = shown(refuses);
    let result = handle_event(&payload(&invoking, event), &source, &sink).await;
    let delivered = sink.put.evaluations();
    let ids = |kept: &[Evaluation]| kept.iter().map(|one| one.resource.id.clone()).collect::<Vec<_>>();
    match result {
        Ok(handled) => {
            let cleared = ids(&handled.cleared);
            // They are the last to be delivered, with the moment of the event.
            assert!(ids(&delivered).ends_with(&cleared), "{delivered:?}");
            assert!(handled.cleared.iter().all(|one| one.compliance_type == ComplianceType::NotApplicable));
            assert!(delivered.iter().all(|one| one.ordering_timestamp.to_string() == "2026-01-31T12:00:00Z"));
            Ok(cleared)
        }
        Err(error) => {
            assert!(!ids(&delivered).contains(&"AIDAGONE".to_owned()), "{delivered:?}");
            Err(error.kind())
        }
    }
}

#[tokio::test]
async fn what_is_gone_is_cleared_after_two_readings_that_agree() {
    let ada = reading(&[user("ada", READ)]);
    let and_another = reading(&[user("ada", READ), user("gone", READ)]);
    let one_torn = reading(&[user("ada", READ), user("bob", "%7B")]);
    let none = reading(&[]);
    for (about, more, readings, refuses, expected) in [
        ("both readings agree", json!({}), vec![&ada, &ada], false, Ok(vec!["AIDAGONE"])),
        ("nobody is left", json!({}), vec![&none, &none], false, Ok(vec!["AIDAADA", "AIDAGONE"])),
        ("the second reading has the user", json!({}), vec![&ada, &and_another], false, Err("NotCleared")),
        ("the second reading fails", json!({}), vec![&ada, &b"{".to_vec()], false, Err("NotCleared")),
        ("one of the users cannot be read", json!({}), vec![&one_torn], false, Err("NotEvaluated")),
        ("nothing can be read", json!({}), vec![&b"{".to_vec()], false, Err("NotEvaluated")),
        ("the verdicts are refused", json!({}), vec![&ada], true, Err("NotDelivered")),
        ("a test", json!({ "resultToken": "TESTMODE" }), vec![&ada], false, Ok(vec![])),
        ("the rule's name is not known", json!({ "configRuleName": null }), vec![&ada], false, Ok(vec![])),
    ] {
        let readings: Vec<Vec<u8>> = readings.into_iter().cloned().collect();
        let expected = expected.map(|ids| ids.into_iter().map(str::to_owned).collect());
        assert_eq!(cleared(more, &readings, refuses).await, expected, "{about}");
    }
}

#[tokio::test]
async fn nothing_is_cleared_where_something_that_no_verdict_depends_on_cannot_be_read() {
    let mut torn: Value = serde_json::from_slice(&reading(&[user("ada", READ)])).unwrap();
    torn["Policies"] = json!([{
        "PolicyName": "torn", "PolicyId": "ANPATORN", "Arn": "arn:aws:iam::aws:policy/torn", "Path": "/",
        "DefaultVersionId": "v1", "AttachmentCount": 0, "IsAttachable": true, "CreateDate": "2023-01-01T00:00:00Z",
        "PolicyVersionList": [{ "Document": "%7B", "VersionId": "v1", "IsDefaultVersion": true }]
    }]);
    assert_eq!(cleared(json!({}), &[torn.to_string().into_bytes()], false).await, Err("NotEvaluated"));
}

#[tokio::test]
async fn a_change_clears_nothing() {
    let mut item = item("ResourceDeleted");
    item["configuration"] = Value::Null;
    let invoking = json!({ "messageType": "ConfigurationItemChangeNotification", "configurationItem": item });
    let event = json!({ "ruleParameters": r#"{"rule":"policy-least-privilege"}"#, "configRuleName": "deployed" });
    let sink = shown(false);
    let handled = handle_event(&payload(&invoking, event), &Unreachable::default(), &sink).await.unwrap();
    assert_eq!((handled.cleared.len(), sink.put.evaluations().len()), (0, 1));
}
