use std::path::Path;

use super::*;

const SUMMARY: &[u8] = br#"{"SummaryMap": {"AccountMFAEnabled": 1}}"#;
const DEVICES: &[u8] =
    br#"{"VirtualMFADevices": [{"SerialNumber": "s", "User": {"Arn": "arn:aws:iam::111122223333:root"}}]}"#;
const DETAILS: &[u8] = br#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

async fn facts(source: &FileFacts) -> Facts {
    let as_of = "2026-01-31T12:00:00Z".parse().unwrap();
    source.facts(&account("111122223333"), &FactKind::ALL.into(), as_of).await
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn open(paths: &[&Path]) -> Result<FileFacts, InputError> {
    FileFacts::open(&paths.iter().map(|path| path.to_path_buf()).collect::<Vec<_>>(), None)
}

#[tokio::test]
async fn folders_and_files_are_merged() {
    let one = folder(&[("account-summary.json", SUMMARY), ("notes.txt", b"?")]);
    let other = folder(&[("virtual-mfa-devices.json", DEVICES)]);
    let source = open(&[one.path(), &other.path().join("virtual-mfa-devices.json")]).unwrap();
    assert_eq!(source.account().await, Ok(account("111122223333")));
    assert_eq!(source.kinds(), [FactKind::AccountSummary, FactKind::VirtualMfaDevices].into());
    let facts = facts(&source).await;
    assert!(facts.account_summary.known().is_some());
    assert!(facts.virtual_mfa_devices.known().unwrap().root_has_one());
    let missing = facts.credential_report.missing().unwrap().to_string();
    assert_eq!(missing, "credential-report: credential-report.json was not given");
    assert_eq!(facts.not_read(&FactKind::ALL.into()), []);
}

#[tokio::test]
async fn a_malformed_file_is_unavailable_with_its_place() {
    let folder = folder(&[
        ("account-summary.json", b"{\"SummaryMap\":\n {\"AccountMFAEnabled\": \"1\"}}"),
        ("virtual-mfa-devices.json", DEVICES),
        ("account-authorization-details.json", b"\xff\xfe{\x00"),
        ("credential-report.json", br#"{"Content": "%%%", "ReportFormat": "text/csv"}"#),
    ]);
    let source = open(&[folder.path()]).unwrap();
    let problems: Vec<String> = source.problems().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 3, "{problems:?}");
    for (file, place) in [
        ("account-summary.json", "$.SummaryMap"),
        ("account-summary.json", "(line 2, column"),
        ("account-authorization-details.json", "UTF-16"),
        ("credential-report.json", "$.Content"),
    ] {
        assert!(problems.iter().any(|text| text.contains(file) && text.contains(place)), "{file}: {problems:?}");
    }
    let facts = facts(&source).await;
    assert!(facts.account_summary.missing().is_some() && facts.virtual_mfa_devices.known().is_some());
    assert_eq!(facts.not_read(&FactKind::ALL.into()).len(), 3);
    assert_eq!(facts.not_read(&[FactKind::VirtualMfaDevices].into()), []);
}

#[tokio::test]
async fn what_is_given_twice_is_not_known() {
    let source =
        FileFacts::from_memory([("a/account-summary.json", SUMMARY), ("b/account-summary.json", SUMMARY)], None);
    let missing = facts(&source).await.account_summary.missing().unwrap().to_string();
    assert_eq!(missing, "account-summary: it is given twice: a/account-summary.json and b/account-summary.json");
    assert_eq!(source.problems().count(), 1);
}

#[tokio::test]
async fn facts_of_another_account_are_not_taken() {
    let source = FileFacts::from_memory([("virtual-mfa-devices.json", DEVICES)], Some(account("444455556666")));
    assert!(source.check_account(&account("444455556666")).await.is_err());
    let as_of = "2026-01-31T12:00:00Z".parse().unwrap();
    let facts = source.facts(&account("444455556666"), &FactKind::ALL.into(), as_of).await;
    let missing = facts.virtual_mfa_devices.missing().unwrap().to_string();
    assert!(missing.contains("of account 111122223333, not of 444455556666"), "{missing}");
    // The file is of another account, and so the part is not known.
    let unread = facts.not_read(&FactKind::ALL.into());
    assert_eq!(unread.len(), 2, "{unread:?}");
}

#[tokio::test]
async fn files_without_an_account_serve_the_one_that_is_asked_about() {
    let source = FileFacts::from_memory(
        [("account-summary.json", SUMMARY), ("account-authorization-details.json", DETAILS)],
        None,
    );
    assert!(source.account().await.is_err());
    assert_eq!(source.check_account(&account("111122223333")).await, Ok(()));
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_hides_nothing() {
    let folder = folder(&[("snapshot.json", b"{"), ("account-summary.json", SUMMARY)]);
    let source = open(&[&folder.path().join("snapshot.json"), &folder.path().join("account-summary.json")]).unwrap();
    assert_eq!(source.kinds(), FactKind::ALL.into());
    let facts = facts(&source).await;
    assert!(facts.credential_report.missing().unwrap().to_string().contains("snapshot.json"));
    assert_eq!(source.problems().count(), 2, "{:?}", source.problems().collect::<Vec<_>>());
}

#[test]
fn an_input_that_is_none_is_refused() {
    let folder = folder(&[("notes.txt", b"?")]);
    assert!(matches!(open(&[folder.path()]), Err(InputError::NothingKnown { .. })));
    assert!(matches!(open(&[&folder.path().join("absent")]), Err(InputError::Io { .. })));
}

const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all";

fn trails() -> Vec<u8> {
    format!(r#"{{"trailList": [{{"TrailARN": "{TRAIL}", "IsMultiRegionTrail": true}}]}}"#).into_bytes()
}

const ALARMS: &[u8] = br#"{"MetricAlarms": [
    {"AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a"}]}"#;

const TWO_ACCOUNTS: &[u8] = br#"{"MetricAlarms": [
    {"AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:444455556666:alarm:a"},
    {"AlarmName": "b", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:b"}]}"#;

fn regional(name: &str) -> FactKind {
    FactKind::ALL.into_iter().find(|kind| kind.regional().is_some() && kind.as_str() == name).unwrap()
}

fn with_region(region: &str, files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(region)).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(region).join(name), bytes).unwrap();
    }
    folder
}

#[tokio::test]
async fn folders_named_by_regions_are_read() {
    let trails = trails();
    let folder = with_region("eu-west-1", &[("trails.json", &trails), ("alarms.json", ALARMS), ("notes.txt", b"?")]);
    std::fs::create_dir(folder.path().join("backup")).unwrap();
    std::fs::write(folder.path().join("backup/trails.json"), "{").unwrap();
    // The folder with Regions, the folder of one, and files in it.
    for paths in [
        vec![folder.path().to_owned()],
        vec![folder.path().join("eu-west-1")],
        vec![folder.path().join("eu-west-1/trails.json"), folder.path().join("eu-west-1/alarms.json")],
    ] {
        let source = FileFacts::open(&paths, None).unwrap();
        assert_eq!(source.problems().count(), 0, "{paths:?}");
        assert_eq!(source.account().await, Ok(account("111122223333")), "any ARN tells the account");
        assert_eq!(source.kinds(), [regional("trails"), regional("alarms")].into());
        let facts = facts(&source).await;
        assert_eq!(facts.regions.keys().map(|region| region.as_str()).collect::<Vec<_>>(), ["eu-west-1"]);
        let region = facts.regions.values().next().unwrap();
        assert!(region.trails.known().is_some() && region.alarms.known().is_some());
        let missing = region.subscriptions.missing().unwrap();
        assert_eq!(missing.to_string(), "subscriptions: eu-west-1/subscriptions.json was not given");
        assert!(!missing.is_failure());
    }
}

#[tokio::test]
async fn a_trail_of_the_organization_does_not_tell_the_account() {
    let org = String::from_utf8(trails()).unwrap().replace("true}", r#"true, "IsOrganizationTrail": true}"#);
    let source = FileFacts::from_memory([("eu-west-1/trails.json", org.as_bytes())], None);
    assert!(source.account().await.is_err());
}

#[tokio::test]
async fn a_regional_file_that_is_not_what_it_should_be_is_a_problem() {
    let trails = trails();
    for (name, bytes, why) in [
        ("trails.json", &trails[..], "named by its Region"),
        ("eu-west-1/trails.json", b"\xff\xfe{\x00", "UTF-16"),
        ("eu-west-1/trails.json", b"{\"trailList\":\n 1}", "$.trailList: expected a list"),
        ("eu-west-1/trails.json", b"{\"trailList\":\n [}", "(line 2, column 3)"),
        ("eu-west-1/alarms.json", TWO_ACCOUNTS, "records of two accounts: 111122223333 and 444455556666"),
        ("us-east-1/alarms.json", ALARMS, "a record of Region `eu-west-1`, not of us-east-1"),
    ] {
        let source = FileFacts::from_memory([(name, bytes), ("account-summary.json", SUMMARY)], None);
        let problems: Vec<String> = source.problems().map(ToString::to_string).collect();
        assert!(matches!(&problems[..], [one] if one.starts_with(name) && one.contains(why)), "{why}: {problems:?}");
        let facts = facts(&source).await;
        assert!(facts.account_summary.known().is_some(), "nothing else is lost");
        assert_eq!(facts.not_read(&[FactKind::AccountSummary].into()), []);
        assert_eq!(facts.not_read(&FactKind::ALL.into()).len(), 1);
    }
}

#[tokio::test]
async fn a_regional_part_that_is_given_twice_or_of_another_account_is_not_known() {
    let trails = trails();
    let twice = [("a/us-east-1/trails.json", &trails[..]), ("b/us-east-1/trails.json", &trails[..])];
    let source = FileFacts::from_memory(twice, None);
    let missing = facts(&source).await.regions.values().next().unwrap().trails.missing().unwrap().to_string();
    assert!(missing.starts_with("trails of us-east-1: it is given twice"), "{missing}");

    let source = FileFacts::from_memory([("us-east-1/trails.json", &trails[..])], Some(account("444455556666")));
    assert!(source.check_account(&account("444455556666")).await.is_err());
    let at = "2026-01-31T12:00:00Z".parse().unwrap();
    let facts = source.facts(&account("444455556666"), &FactKind::ALL.into(), at).await;
    let missing = facts.regions.values().next().unwrap().trails.missing().unwrap().to_string();
    assert!(missing.contains("of account 111122223333, not of 444455556666"), "{missing}");
}
