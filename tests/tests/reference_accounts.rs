//! Who is an administrator, against an evaluator that was written apart from the engine, on random accounts.
//!
//! By default 600 accounts. `RULES_CASES` asks for another number, `RULES_SEED` for other accounts.

use std::collections::BTreeMap;

use rules_core::decision::Layer;
use rules_core::facts::Facts;
use rules_core::permissions::{AdminDefinition, PrincipalPermissions, RequestMfa};
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_tests::account::{Account, facts};
use rules_tests::details;
use rules_tests::random::{cases, seed};
use rules_tests::reference::accounts::{of_administrators, service_control};
use rules_tests::reference::conditions::{Answer, Kind, Mfa, NOW};
use rules_tests::reference::generator::Dice;
use rules_tests::reference::principals::{Definition, Grant, Reference};
use serde_json::{Value, json};

/// What the engine knows of the account.
fn known(account: &Account, levels: &[Vec<Value>]) -> Facts {
    let mut facts = facts(&account.id, &account.files(), NOW.parse().unwrap());
    let parse = |statements: &Value| {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        PolicyDocument::parse(&text, PolicyType::ServiceControl).unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    let layer = |level: &Vec<Value>| Layer::new(PolicyType::ServiceControl, level.iter().map(parse).collect());
    facts.organization = levels.iter().map(layer).collect();
    facts
}

fn shown(account: &Account, levels: &[Vec<Value>]) -> String {
    format!("{}\nservice control: {}", details::json(account), json!(levels))
}

const MFA: [(Mfa, RequestMfa); 3] =
    [(Mfa::Given, RequestMfa::Given), (Mfa::Never, RequestMfa::Never), (Mfa::Unknown, RequestMfa::Unknown)];

const DEFINITIONS: [(Definition, AdminDefinition); 2] = [
    (Definition::Effective, AdminDefinition::Effective),
    (Definition::AttachedPolicy, AdminDefinition::AttachedPolicy),
];

#[test]
fn administrators_are_those_of_the_reference() {
    let mut dice = Dice::new(seed());
    let mut seen: BTreeMap<(&str, Answer), u32> = BTreeMap::new();
    for _ in 0..cases(600) {
        let (account, levels) = (of_administrators(&mut dice), service_control(&mut dice));
        let reference = Reference { account: &account, service_control: &levels };
        let facts = known(&account, &levels);
        let details = facts.authorization_details.get().unwrap();
        let users = details.users.iter().map(|user| (Kind::User, PrincipalPermissions::of_user(user, details, &facts)));
        let roles = details.roles.iter().map(|role| (Kind::Role, PrincipalPermissions::of_role(role, details, &facts)));
        for (kind, permissions) in users.chain(roles) {
            let permissions = permissions.unwrap();
            let name = permissions.identity().name.as_str();
            for (mfa, request_mfa) in MFA {
                for (definition, admin_definition) in DEFINITIONS {
                    let caller = reference.caller(kind, name, mfa);
                    let expected = reference.administrator(&caller, definition);
                    let witness = permissions.administrator(admin_definition, request_mfa);
                    let found: (Answer, Option<Grant>) = match witness {
                        None => (Answer::No, None),
                        Some(witness) => {
                            assert!(!witness.proven || witness.conditional_on.is_empty(), "{witness:?}");
                            let answer = if witness.proven { Answer::Yes } else { Answer::Perhaps };
                            (answer, Some((witness.group, witness.policy, witness.statement.parse().unwrap())))
                        }
                    };
                    assert_eq!(found, expected, "{caller:?}, {definition:?}\n{}", shown(&account, &levels));
                    let which = if definition == Definition::Effective { "effective" } else { "attached" };
                    *seen.entry((which, expected.0)).or_default() += 1;
                }
            }
        }
    }
    assert_each_is_frequent(&seen, 6);
}

/// Agreement on one answer alone would be worth little.
fn assert_each_is_frequent<K: Ord + std::fmt::Debug>(seen: &BTreeMap<K, u32>, kinds: usize) {
    let all: u32 = seen.values().sum();
    println!("{seen:?}");
    assert_eq!(seen.len(), kinds, "{seen:?}");
    // The rarest answer has about one in fifty, by chance as few as one in a hundred.
    assert!(seen.values().all(|count| count * 400 > all), "{seen:?}");
}

#[test]
fn an_organization_limits_no_role_that_is_linked_to_a_service() {
    let all = json!({ "all": ["Allow * on *"] });
    let account = json!({ "roles": {
        "linked": { "inline": all, "path": "/aws-service-role/config.amazonaws.com/" },
        "own": { "inline": all }
    } });
    let account: Account = serde_json::from_value(account).unwrap();
    let facts = known(&account, &[vec![json!([{ "Effect": "Deny", "Action": "iam:*", "Resource": "*" }])]]);
    let details = facts.authorization_details.get().unwrap();
    for role in &details.roles {
        let permissions = PrincipalPermissions::of_role(role, details, &facts).unwrap();
        let witness = permissions.administrator(AdminDefinition::Effective, RequestMfa::Unknown);
        assert_eq!(witness.is_some(), role.identity.name == "linked", "{}", role.identity.name);
    }
}
