use std::collections::BTreeMap;

use rules_core::MissingFact;
use rules_core::audit::{RegionFacts, RegionalFactKind};
use rules_core::facts::{FactKind, Facts};

use super::{Snapshot, collect};
use crate::aws::loopback::{Loopback, iam_answer, iam_error};
use crate::facts::captured::{Captured, Regions};
use crate::facts::fact_source::FactSource;
use crate::facts::files::FileFacts;
use crate::facts::live::LiveFacts;

fn region() -> BTreeMap<RegionalFactKind, Captured> {
    let trail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/all";
    let trails = serde_json::json!({ "trailList": [{ "TrailARN": trail, "IsMultiRegionTrail": true }] });
    let denied = MissingFact::new("cloudtrail:GetTrailStatus", "AccessDenied: no");
    BTreeMap::from([
        (RegionalFactKind::Trails, Captured::new(Ok(trails))),
        (RegionalFactKind::TrailStatus, Captured::together(&serde_json::json!([]), &[denied])),
    ])
}

fn snapshot() -> Snapshot {
    let summary = serde_json::json!({"SummaryMap": {"AccountMFAEnabled": 1}});
    let denied = MissingFact::new("iam:ListVirtualMFADevices", "AccessDenied: no");
    Snapshot {
        account: "111122223333".parse().unwrap(),
        partition: "aws".to_owned(),
        collected_at: "2026-01-31T12:00:00Z".parse().unwrap(),
        facts: BTreeMap::from([
            (FactKind::AccountSummary, Captured::new(Ok(summary))),
            (FactKind::VirtualMfaDevices, Captured::new::<()>(Err(denied))),
        ]),
        regions: Regions::from([("eu-west-1".parse().unwrap(), region())]),
    }
}

#[test]
fn what_was_written_is_read() {
    let text = snapshot().to_text().unwrap();
    let read = Snapshot::parse(&text).unwrap();
    assert_eq!(read.account().as_str(), "111122223333");
    assert_eq!(read.collected_at().to_string(), "2026-01-31T12:00:00Z");
    let unavailable: Vec<String> = read.unavailable().iter().map(|(_, missing)| missing.to_string()).collect();
    let denied = ["iam:ListVirtualMFADevices: AccessDenied: no", "cloudtrail:GetTrailStatus: AccessDenied: no"];
    assert_eq!(unavailable, denied);
    let (facts, regions) = read.into_facts();
    assert!(matches!(facts[&FactKind::AccountSummary], Captured::Output(_)));
    assert!(matches!(regions[&"eu-west-1".parse().unwrap()][&RegionalFactKind::TrailStatus], Captured::Partial { .. }));
}

#[tokio::test]
async fn the_regions_of_a_snapshot_are_facts() {
    let source = FileFacts::from_snapshot(snapshot(), "a.snapshot");
    let kind = FactKind::Regional(RegionalFactKind::TrailStatus);
    let at = "2026-01-31T12:00:00Z".parse().unwrap();
    let facts = source.facts(&"111122223333".parse().unwrap(), &FactKind::ALL.into(), at).await;
    let region = &facts.regions[&"eu-west-1".parse().unwrap()];
    assert_eq!(region.trails.known().unwrap().known.len(), 1);
    let unread: Vec<String> = facts.not_read(&[kind].into()).iter().map(ToString::to_string).collect();
    assert_eq!(unread, ["cloudtrail:GetTrailStatus: AccessDenied: no"]);
    assert!(!region.alarms.missing().unwrap().is_failure(), "what was not collected is not given");
}

#[tokio::test]
async fn a_snapshot_from_before_there_were_regions_is_read() {
    let content = r#"{"schema_version":1,"account":"111122223333","partition":"aws","collected_at":"2026-01-31T12:00:00Z","facts":{"account-summary":{"output":{"SummaryMap":{"AccountMFAEnabled":1}}}}}"#;
    let text = format!(r#"{{"sha256":"{}","content":{content}}}"#, super::digest(content));
    let source = FileFacts::from_snapshot(Snapshot::parse(&text).unwrap(), "old.snapshot");
    assert_eq!(source.kinds(), [FactKind::AccountSummary].into());
    assert_eq!(source.problems().count(), 0);
    let next = content.replacen("\"schema_version\":1", "\"schema_version\":4", 1);
    let text = format!(r#"{{"sha256":"{}","content":{next}}}"#, super::digest(&next));
    let error = Snapshot::parse(&text).unwrap_err().to_string();
    assert!(error.contains("$.schema_version: 4 is unknown, expected 1 to 3"), "{error}");
}

#[tokio::test]
async fn what_an_earlier_version_cut_short_is_not_known() {
    let content = r#"{"schema_version":2,"account":"111122223333","partition":"aws","collected_at":"2026-01-31T12:00:00Z","facts":{},"regions":{"eu-west-1":{"trails":{"output":{"trailList":[]}},"trail-status":{"output":[]},"alarms":{"output":{"MetricAlarms":[]}}}}}"#;
    let text = format!(r#"{{"sha256":"{}","content":{content}}}"#, super::digest(content));
    let source = FileFacts::from_snapshot(Snapshot::parse(&text).unwrap(), "old.snapshot");
    let at = "2026-01-31T12:00:00Z".parse().unwrap();
    let facts = source.facts(&"111122223333".parse().unwrap(), &FactKind::ALL.into(), at).await;
    let region = &facts.regions[&"eu-west-1".parse().unwrap()];
    assert!(region.trails.known().is_some(), "nothing was added to it");
    for missing in [region.trail_status.missing(), region.alarms.missing()] {
        let missing = missing.unwrap();
        assert!(missing.is_failure() && missing.reason().contains("collect the snapshot again"), "{missing}");
    }
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

/// An account with one user, in which virtual devices must not be listed and nothing of Regions read.
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
        // A service that speaks JSON.
        json if json.starts_with('{') => (403, r#"{"__type":"AccessDeniedException","message":"no"}"#.to_owned()),
        _ => iam_error(403, "AccessDenied", "no"),
    }
}

/// What of Regions was to be read and could not be. What was not asked for is missing for a reason of each source's own.
fn failures(facts: &Facts) -> Vec<MissingFact> {
    let missing = |region: &RegionFacts| RegionalFactKind::ALL.map(|kind| region.missing(kind).cloned());
    facts.regions.values().flat_map(missing).flatten().filter(MissingFact::is_failure).collect()
}

#[tokio::test]
async fn a_snapshot_tells_what_the_account_told() {
    let loopback = Loopback::start(account).await;
    let kinds = FactKind::ALL.into();
    let live = LiveFacts::new(loopback.aws.clone());
    let snapshot = collect(&live, &kinds).await.unwrap();
    assert_eq!(snapshot.partition(), "aws-us-gov");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("account.json");
    snapshot.write(&path).unwrap();

    let source = FileFacts::open(&[path], None).unwrap();
    assert_eq!(source.collected_at(), Some(snapshot.collected_at()));
    let of = source.account().await.unwrap();
    let from_file = source.facts(&of, &kinds, snapshot.collected_at()).await;
    let from_live = live.facts(&of, &kinds, snapshot.collected_at()).await;
    let without_regions = |facts: &Facts| Facts { regions: BTreeMap::new(), problems: Vec::new(), ..facts.clone() };
    assert_eq!(without_regions(&from_file), without_regions(&from_live));
    assert_eq!(failures(&from_file), failures(&from_live));
    assert_eq!(failures(&from_file).len(), 3);
    assert!(from_file.credential_report.known().is_some() && from_file.authorization_details.known().is_some());

    let denied = [
        "iam:ListVirtualMFADevices: AccessDenied: no",
        "cloudtrail:DescribeTrails: AccessDeniedException: no",
        "config:DescribeConfigurationRecorders: AccessDeniedException: no",
        "config:DescribeConfigurationRecorderStatus: AccessDeniedException: no",
    ];
    assert_eq!(source.problems().map(ToString::to_string).collect::<Vec<_>>(), denied);
    assert_eq!(from_file.not_read(&FactKind::ALL.into()), from_live.not_read(&FactKind::ALL.into()));
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
