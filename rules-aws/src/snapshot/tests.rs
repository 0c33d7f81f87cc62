use std::collections::BTreeMap;

use rules_core::MissingFact;
use rules_core::facts::FactKind;

use super::{Captured, Snapshot, capture, collect};
use crate::fact_source::FactSource;
use crate::files::FileFacts;
use crate::live::LiveFacts;
use crate::loopback::{Loopback, iam_answer, iam_error};

fn snapshot() -> Snapshot {
    let summary = serde_json::json!({"SummaryMap": {"AccountMFAEnabled": 1}});
    let denied = MissingFact::new("iam:ListVirtualMFADevices", "AccessDenied: no");
    Snapshot {
        account: "111122223333".parse().unwrap(),
        partition: "aws".to_owned(),
        collected_at: "2026-01-31T12:00:00Z".parse().unwrap(),
        facts: BTreeMap::from([
            (FactKind::AccountSummary, capture(Ok(summary))),
            (FactKind::VirtualMfaDevices, capture::<()>(Err(denied))),
        ]),
    }
}

#[test]
fn what_was_written_is_read() {
    let text = snapshot().to_text().unwrap();
    let read = Snapshot::parse(&text).unwrap();
    assert_eq!(read.account().as_str(), "111122223333");
    assert_eq!(read.collected_at().to_string(), "2026-01-31T12:00:00Z");
    let unavailable = read.unavailable();
    assert_eq!(unavailable.len(), 1);
    assert_eq!(unavailable[0].1.to_string(), "iam:ListVirtualMFADevices: AccessDenied: no");
    assert!(matches!(read.into_facts()[&FactKind::AccountSummary], Captured::Output(_)));
}

#[test]
fn the_same_snapshot_is_the_same_text() {
    assert_eq!(snapshot().to_text().unwrap(), snapshot().to_text().unwrap());
}

#[test]
fn a_changed_snapshot_is_refused() {
    let text = snapshot().to_text().unwrap();
    for (from, to, why) in [
        ("\"AccountMFAEnabled\":1", "\"AccountMFAEnabled\":0", "another digest"),
        ("111122223333", "444455556666", "another digest"),
        ("\"sha256\"", "\"sha\"", "unknown field"),
        ("}\n", "", "EOF"),
    ] {
        let error = Snapshot::parse(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

const REPORT_HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,\
    access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,\
    access_key_2_last_rotated,access_key_2_last_used_date,cert_1_active,cert_1_last_rotated,cert_2_active,\
    cert_2_last_rotated";

/// An account with one user, in which virtual devices must not be listed.
fn account(body: &str, _: usize) -> (u16, String) {
    let row = |user: &str, arn: &str| {
        format!("{user},{arn},2024-01-01T00:00:00Z,true,N/A,true,false,N/A,N/A,false,N/A,N/A,false,N/A,false,N/A\n")
    };
    let answer = |action: &str, result: &str| iam_answer(action, result);
    match body.split('&').next().unwrap() {
        "Action=GetCallerIdentity" => {
            answer("GetCallerIdentity", "<Arn>arn:aws-us-gov:sts::111122223333:assumed-role/a/b</Arn>")
        }
        "Action=GetAccountSummary" => answer(
            "GetAccountSummary",
            "<SummaryMap><entry><key>AccountMFAEnabled</key><value>1</value></entry></SummaryMap>",
        ),
        "Action=GenerateCredentialReport" => answer("GenerateCredentialReport", "<State>COMPLETE</State>"),
        "Action=GetCredentialReport" => {
            let root = row("<root_account>", "arn:aws-us-gov:iam::111122223333:root");
            let ada = row("ada", "arn:aws-us-gov:iam::111122223333:user/ada");
            let report = format!("{REPORT_HEADER}\n{root}{ada}");
            let content = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, report);
            let time = "<GeneratedTime>2026-01-31T12:00:00Z</GeneratedTime>";
            answer("GetCredentialReport", &format!("<Content>{content}</Content>{time}"))
        }
        "Action=GetAccountAuthorizationDetails" => answer(
            "GetAccountAuthorizationDetails",
            "<UserDetailList><member><Path>/</Path><UserName>ada</UserName><UserId>AIDAADA</UserId>\
             <Arn>arn:aws-us-gov:iam::111122223333:user/ada</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate>\
             <UserPolicyList><member><PolicyName>p</PolicyName><PolicyDocument>\
             %7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D</PolicyDocument></member>\
             </UserPolicyList><GroupList/><AttachedManagedPolicies/></member></UserDetailList>\
             <GroupDetailList/><RoleDetailList/><Policies/><IsTruncated>false</IsTruncated>",
        ),
        _ => iam_error(403, "AccessDenied", "no"),
    }
}

#[tokio::test]
async fn a_snapshot_tells_what_the_account_told() {
    let loopback = Loopback::start(account).await;
    let kinds = FactKind::ALL.into();
    let snapshot = collect(&loopback.aws, &kinds).await.unwrap();
    assert_eq!(snapshot.partition(), "aws-us-gov");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.json");
    snapshot.write(&path).unwrap();

    let source = FileFacts::open(&[path], None).unwrap();
    assert_eq!(source.collected_at(), Some(snapshot.collected_at()));
    let of = source.account().await.unwrap();
    let from_file = source.facts(&of, &kinds, snapshot.collected_at()).await;
    let live = LiveFacts::new(loopback.aws.clone());
    assert_eq!(from_file, live.facts(&of, &kinds, snapshot.collected_at()).await);
    assert!(from_file.credential_report.known().is_some() && from_file.authorization_details.known().is_some());

    let denied = ["iam:ListVirtualMFADevices: AccessDenied: no"];
    assert_eq!(source.problems().map(ToString::to_string).collect::<Vec<_>>(), denied);
    assert_eq!(source.unread(&from_file, &FactKind::ALL), live.unread(&from_file, &FactKind::ALL));
}

#[cfg(unix)]
#[test]
fn a_snapshot_is_its_owners_and_replaces_only_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.json");
    for _ in 0..2 {
        snapshot().write(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let error = snapshot().write(&link).unwrap_err().to_string();
    assert!(error.contains("not a regular file"), "{error}");
    assert!(snapshot().write(&folder.path().join("absent/account.json")).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
