use std::collections::BTreeMap;

use rules_core::iam::AuthorizationDetails;
use rules_core::policy::{PrincipalElement, Principals};
use rules_tests::account::{ACCOUNT, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Files, facts};
use rules_tests::bad_input::{Expect, Kind};
use rules_tests::credential_report;
use serde::Deserialize;

use rules_tests::check::{as_of, assert_cause, check_all, compliance, verdicts};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Why the output as a whole is refused.
    details: Option<String>,
    /// What is said to be missing, somewhere.
    cause: Option<String>,
    cause_too: Option<String>,
    /// What is said to be unread in an output that is accepted.
    unread: Option<String>,
    /// The verdicts of admin-user-mfa-enabled by unique id.
    admin: Option<BTreeMap<String, String>>,
    /// The verdicts of policy-least-privilege by unique id.
    least_privilege: Option<BTreeMap<String, String>>,
    /// The role that all principals may assume.
    public_trust: Option<String>,
}

#[test]
fn each_is_refused_for_its_reason_or_judged_as_noted() {
    check_all(Kind::AuthorizationDetails, |input, expected: &Expected| {
        let text = String::from_utf8(input.bytes()).unwrap();
        let files = Files::from([
            (AUTHORIZATION_DETAILS.to_owned(), input.bytes()),
            (CREDENTIAL_REPORT.to_owned(), credential_report::of_users_in(&input.bytes()).into_bytes()),
        ]);
        let facts = facts(ACCOUNT, &files, as_of());
        let (admin, least_privilege) =
            (verdicts("admin-user-mfa-enabled", &facts), verdicts("policy-least-privilege", &facts));
        let lines = || admin.iter().chain(&least_privilege);
        match (AuthorizationDetails::parse(&text), &expected.details) {
            (Err(error), Some(cause)) => {
                assert_cause(&input.id, &error.to_string(), &[cause]);
                // Nobody is judged from it, and the account says so.
                for line in lines() {
                    assert_eq!((&*line.resource_type, &*line.compliance), ("AWS::::Account", "NOT_EVALUATED"));
                    assert_cause(&input.id, &line.annotation, &[cause]);
                }
                return;
            }
            (Ok(_), Some(_)) => panic!("it was accepted"),
            (Err(error), None) => panic!("it was refused: {error}"),
            (Ok(_), None) => {}
        }
        if let Some(admins) = &expected.admin {
            assert_eq!(compliance(&admin), *admins);
        }
        if let Some(policies) = &expected.least_privilege {
            assert_eq!(compliance(&least_privilege), *policies);
        }
        let unread: Vec<String> =
            facts.authorization_details.get().unwrap().unread().iter().map(ToString::to_string).collect();
        let not_judged = lines().filter(|line| line.compliance == "NOT_EVALUATED").map(|line| line.annotation.clone());
        let missing: Vec<String> = not_judged.chain(unread).collect();
        match &expected.cause {
            Some(cause) => {
                assert_eq!(input.expect, Expect::Error);
                let said = missing.iter().find(|said| said.contains(cause.as_str()));
                let said = said.unwrap_or_else(|| panic!("`{cause}` is not among {missing:?}"));
                assert_cause(&input.id, said, &[expected.cause_too.as_deref().unwrap_or(cause)]);
                assert!(
                    !lines().any(|line| line.compliance == "COMPLIANT"),
                    "a resource passes: {admin:?} {least_privilege:?}"
                );
            }
            None => {
                assert_eq!(input.expect, Expect::Ok);
                let unread = expected.unread.as_deref();
                assert!(missing.iter().all(|said| unread.is_some_and(|unread| said.contains(unread))), "{missing:?}");
                assert_eq!(missing.is_empty(), unread.is_none());
            }
        }
    });
}

#[test]
fn a_public_trust_policy_is_read_as_one() {
    check_all(Kind::AuthorizationDetails, |input, expected: &Expected| {
        let Some(role) = &expected.public_trust else { return };
        let details = AuthorizationDetails::parse(&String::from_utf8(input.bytes()).unwrap()).unwrap();
        let role = details.roles.iter().find(|candidate| candidate.identity.name == *role).unwrap();
        let trust = role.details.get().unwrap().trust.get().unwrap();
        assert_eq!(trust.statements[0].principal, Some(PrincipalElement::Principal(Principals::Everyone)));
    });
}
