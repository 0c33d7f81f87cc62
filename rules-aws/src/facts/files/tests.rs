use std::path::Path;

use rules_core::facts::Facts;

use super::*;
use crate::facts::fact_source::FactSource;

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
        ("account-authorization-details.json", b"\xff\xfe{"),
        ("credential-report.json", br#"{"Content": "%%%", "GeneratedTime": "2026-01-31T12:00:00Z"}"#),
    ]);
    let source = open(&[folder.path()]).unwrap();
    let problems: Vec<String> = source.problems().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 3, "{problems:?}");
    for (file, place) in [
        ("account-summary.json", "$.SummaryMap"),
        ("account-summary.json", "(line 2, column"),
        ("account-authorization-details.json", "UTF-16 and ends in the middle"),
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
    assert!(missing.contains("belongs to account 111122223333, not to 444455556666"), "{missing}");
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
    {"AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a",
     "ActionsEnabled": true, "AlarmActions": []}]}"#;

const TWO_ACCOUNTS: &[u8] = br#"{"MetricAlarms": [
    {"AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:444455556666:alarm:a",
     "ActionsEnabled": true, "AlarmActions": []},
    {"AlarmName": "b", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:b",
     "ActionsEnabled": true, "AlarmActions": []}]}"#;

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
    std::fs::write(folder.path().join("backup/account-summary.json"), SUMMARY).unwrap();
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
        ("trails.json", &trails[..], "it belongs in a folder with the name of its Region"),
        ("eu-west-1/trails.json", b"\xff\xfe{", "UTF-16 and ends in the middle"),
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
    assert!(missing.contains("belongs to account 111122223333, not to 444455556666"), "{missing}");
}

fn problems(source: &FileFacts) -> Vec<String> {
    source.problems().map(ToString::to_string).collect()
}

#[tokio::test]
async fn files_are_known_by_what_is_in_them() {
    let utf_16 = |text: &[u8]| -> Vec<u8> {
        let text = String::from_utf8(text.to_vec()).unwrap();
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    let (summary, devices) = (utf_16(SUMMARY), utf_16(DEVICES));
    let folder = with_region("eu-west-1", &[("describe-alarms.json", ALARMS), ("trails.txt", &trails())]);
    std::fs::write(folder.path().join("monday.txt"), &summary).unwrap();
    std::fs::write(folder.path().join("mfa"), &devices).unwrap();
    // The name is of another kind than the contents.
    std::fs::write(folder.path().join("credential-report.csv"), DETAILS).unwrap();
    let source = open(&[folder.path()]).unwrap();
    assert_eq!(problems(&source), Vec::<String>::new());
    assert_eq!(source.passed_over(), None);
    let facts = facts(&source).await;
    assert!(facts.account_summary.known().is_some() && facts.virtual_mfa_devices.known().is_some());
    assert!(facts.authorization_details.known().is_some() && facts.credential_report.known().is_none());
    let region = facts.regions.values().next().unwrap();
    assert!(region.trails.known().is_some() && region.alarms.known().is_some());
}

#[test]
fn a_file_with_the_right_name_stands_before_those_that_hold_the_same() {
    let other = br#"{"SummaryMap": {"AccountMFAEnabled": 0}}"#;
    let folder = folder(&[
        ("account-summary.json", SUMMARY),
        ("account-summary.json.bak", other),
        ("account-summary-of-may.txt", b"| AccountMFAEnabled | 1 |"),
        ("virtual-mfa-devices.json", DEVICES),
        ("README.md", b"?"),
        (".hidden.json", other),
    ]);
    std::fs::create_dir(folder.path().join("old")).unwrap();
    let source = open(&[folder.path()]).unwrap();
    assert_eq!(problems(&source), Vec::<String>::new());
    let passed_over = source.passed_over().unwrap();
    assert!(passed_over.ends_with(" and 1 more") && !passed_over.contains("hidden"), "{passed_over}");
}

#[tokio::test]
async fn of_two_files_without_the_right_name_neither_is_believed() {
    let folder = folder(&[("monday.json", SUMMARY), ("tuesday.json", SUMMARY), ("virtual-mfa-devices.json", DEVICES)]);
    let source = open(&[folder.path()]).unwrap();
    let missing = facts(&source).await.account_summary.missing().unwrap().to_string();
    assert!(missing.contains("it is given twice") && missing.contains("tuesday.json"), "{missing}");
}

#[test]
fn a_name_that_is_nearly_right_is_named() {
    let folder = folder(&[
        ("Account_Summary.json", b"| AccountMFAEnabled | 1 |"),
        ("virtual-mfa-devices.json", DEVICES),
        ("virtual-mfa-devices.csv", b"?"),
    ]);
    let source = open(&[folder.path()]).unwrap();
    let problems = problems(&source);
    assert!(
        matches!(&problems[..], [one] if one.contains("Account_Summary.json: its name is nearly that of account-summary")),
        "{problems:?}"
    );
    assert!(source.kinds().contains(&FactKind::AccountSummary), "rules that need it run");
    assert!(source.passed_over().unwrap().contains("virtual-mfa-devices.csv"));
}

#[test]
fn files_of_a_region_in_a_folder_of_another_name_are_named() {
    for name in ["Frankfurt", "eu-west-1 (Ireland)", "EU-WEST-1", "eu_west_1", "old"] {
        let folder =
            with_region(name, &[("trails.json", &trails()), ("describe-alarms.json", ALARMS), ("a.txt", b"?")]);
        std::fs::write(folder.path().join("account-summary.json"), SUMMARY).unwrap();
        let source = open(&[folder.path()]).unwrap();
        let problems = problems(&source);
        assert_eq!(problems.len(), 2, "{problems:?}");
        let names_it = |problem: &String| {
            problem.contains(name) && problem.contains("it belongs in a folder with the name of its Region")
        };
        assert!(problems.iter().all(names_it), "{problems:?}");
        assert!(source.kinds().contains(&regional("trails")) && source.kinds().contains(&regional("alarms")));
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let folder = folder(&[("virtual-mfa-devices.json", DEVICES)]);
    for name in ["account-summary.json", "pipe"] {
        let made = std::process::Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap();
        assert!(made.success());
    }
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.json")).unwrap();
    std::os::unix::fs::symlink("/nonexistent", folder.path().join("credential-report.json")).unwrap();
    let source = open(&[folder.path()]).unwrap();
    let problems = problems(&source);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("account-summary.json: it is not a regular file"), "{problems:?}");
    assert!(problems[1].contains("credential-report.json: "), "{problems:?}");
    let passed_over = source.passed_over().unwrap();
    assert!(passed_over.contains("pipe") && passed_over.contains("zero.json"), "{passed_over}");
}

#[tokio::test]
async fn a_snapshot_is_read_from_a_folder_of_its_own() {
    let snapshot =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../rules-cli/sample/account-summary.json")).unwrap();
    let content = format!(
        r#"{{"schema_version":2,"account":"111122223333","partition":"aws","collected_at":"2026-01-31T12:00:00Z","facts":{{"account-summary":{{"output":{}}}}}}}"#,
        String::from_utf8(snapshot).unwrap().trim()
    );
    let digest = {
        use sha2::{Digest, Sha256};
        Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let text = format!(r#"{{"sha256":"{digest}","content":{content}}}"#).into_bytes();
    let alone = folder(&[("of-today", &text)]);
    let source = open(&[alone.path()]).unwrap();
    assert_eq!((source.collected_at(), problems(&source)), ("2026-01-31T12:00:00Z".parse().ok(), Vec::new()));
    let beside = folder(&[("of-today", &text), ("virtual-mfa-devices.json", DEVICES)]);
    let source = open(&[beside.path()]).unwrap();
    assert!(source.collected_at().is_none() && source.passed_over().unwrap().contains("of-today"));
}

#[tokio::test]
async fn the_account_of_a_cut_listing_is_known_and_nothing_else_of_it() {
    let page = String::from_utf8(DEVICES.to_vec()).unwrap().replace("]}", r#"], "NextToken": "more"}"#);
    let source = FileFacts::from_memory([("virtual-mfa-devices.json", page.as_bytes())], None);
    assert_eq!(source.account().await, Ok(account("111122223333")));
    let missing = facts(&source).await.virtual_mfa_devices.missing().unwrap().to_string();
    assert!(missing.contains("$.NextToken: more pages follow"), "{missing}");
}

#[tokio::test]
async fn what_kept_the_account_from_being_known_is_said() {
    let account = |files: Vec<(&'static str, &'static [u8])>| async {
        FileFacts::from_memory(files, None).account().await.unwrap_err().to_string()
    };
    let said = account(vec![("account-summary.json", SUMMARY)]).await;
    assert!(said.contains("--account"), "{said}");
    for (name, bytes, why) in [
        ("account-authorization-details.json", &b""[..], "the document is empty"),
        ("account-summary.json", b"---- GetAccountSummary ----", "account-summary.json: $"),
        ("snapshot.json", br#"{"sha256": "00", "content": {}}"#, "the content has another digest"),
        ("snapshot.json", b"\x7fELF\x02\xff", "not UTF-8"),
    ] {
        let said = account(vec![(name, bytes)]).await;
        assert!(said.contains(why) && said.contains(name) && said.contains("--account"), "{said}");
    }
}

#[test]
fn the_latest_moment_is_that_of_all_files() {
    let details = br#"{"UserDetailList": [{"CreateDate": "2025-01-31T12:00:00Z"}], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;
    let status = br#"{"IsLogging": true, "LatestDeliveryTime": "2025-03-01T00:00:00Z"}"#;
    let latest = |files: Vec<(&'static str, &'static [u8])>| FileFacts::from_memory(files, None).latest_moment();
    assert_eq!(latest(vec![("account-summary.json", SUMMARY)]), None);
    let files = vec![("eu-west-1/trail-status.json", &status[..]), ("account-authorization-details.json", details)];
    assert_eq!(latest(files), "2025-03-01T00:00:00Z".parse().ok());
}
