//! Cuts of the published labs of privilege escalation.

use rules_core::cut::Cut;
use rules_core::facts::Facts;
use rules_core::iam::{AuthorizationDetails, CredentialReport};
use rules_core::reach::Reach;
use rules_core::{Fact, Timestamp};

/// Every lab is left without a path, by at most two statements, which are known to be the fewest.
#[test]
fn each_lab_is_fixed_by_one_or_two_statements() {
    let mut many = 0;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/benchmark/labs");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for lab in entries.filter(|path| path.is_dir()) {
        let at: Timestamp = "2026-06-30T00:00:00Z".parse().unwrap();
        let mut facts = Facts::unread("111122223333".parse().unwrap(), at);
        let details = std::fs::read_to_string(lab.join("account-authorization-details.json")).unwrap();
        facts.authorization_details = Fact::Known(AuthorizationDetails::parse(&details).unwrap());
        let report = std::fs::read(lab.join("credential-report.json")).unwrap();
        facts.credential_report = Fact::Known(CredentialReport::parse_printed(&report, at).unwrap());
        let reach = Reach::new(&facts).unwrap();
        let has_path = |arn| reach.of(arn, reach.own_mfa(arn)).unwrap().is_some();
        let cut = Cut::of(&facts, &[], &|| None).unwrap();
        assert!(cut.is_minimum && cut.statements <= 2 && cut.left.is_empty(), "{}: {cut:#?}", lab.display());
        assert!(cut.principals.iter().all(has_path), "{}", lab.display());
        many += usize::from(cut.statements > 0);
    }
    assert!(many >= 37, "{many} labs with paths");
}
