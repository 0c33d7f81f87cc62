//! What must hold of who is an administrator, or can become one, in random accounts.
//!
//! By default 512 random accounts for each property. `RULES_CASES` asks for another number, `RULES_SEED` for others.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use rules_core::decision::Layer;
use rules_core::facts::Facts;
use rules_core::iam::Identity;
use rules_core::permissions::{AdminDefinition, PrincipalPermissions, RequestMfa};
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::reach::Reach;
use rules_tests::account::{ACCOUNT, Account, facts};
use rules_tests::credential_report::{Credential, Report};
use rules_tests::details::{GroupSpec, RoleSpec, UserSpec};
use rules_tests::random::{cases, seed};
use serde_json::{Value, json};

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: cases(512),
        rng_seed: RngSeed::Fixed(seed()),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

const USERS: [&str; 3] = ["ada", "bob", "cy"];
const GROUPS: [&str; 2] = ["staff", "admins"];
const ROLES: [&str; 3] = ["entry", "work", "run"];
const POLICIES: [&str; 2] = ["shared", "fence"];

/// How near a principal is to being an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    CannotBecomeOne,
    CanBecomeOneUncertain,
    CanBecomeOne,
    Perhaps,
    Certainly,
}

const ACTIONS: [&str; 30] = [
    "*",
    "iam:*",
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:PutGroupPolicy",
    "iam:AddUserToGroup",
    "iam:CreatePolicyVersion",
    "iam:CreateAccessKey",
    "iam:UpdateLoginProfile",
    "iam:CreateUser",
    "iam:CreateRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:EnableMFADevice",
    "iam:PutUserPermissionsBoundary",
    "iam:RemoveUserFromGroup",
    "iam:TagUser",
    "iam:PassRole",
    "sts:AssumeRole",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "ec2:RunInstances",
    "s3:*",
    "iam:Create*",
];

/// Of principals, groups and policies of the account, narrow and wide.
fn resource() -> impl Strategy<Value = String> {
    let arn = |kind: &'static str, name: &'static str| format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}");
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => select(&USERS[..]).prop_map(move |name| arn("user", name)),
        2 => select(&ROLES[..]).prop_map(move |name| arn("role", name)),
        1 => select(&GROUPS[..]).prop_map(move |name| arn("group", name)),
        1 => select(&POLICIES[..]).prop_map(move |name| arn("policy", name)),
        1 => select(&["user/*", "role/*", "role/w*", "role/new-*", "group/*"][..])
            .prop_map(|rest| format!("arn:aws:iam::{ACCOUNT}:{rest}")),
    ]
}

/// Conditions that hold, do not hold, or are not known to hold. None on the boundary of what is changed: a boundary may
/// open such a grant, and should.
fn condition() -> impl Strategy<Value = Option<Value>> {
    let some = select(vec![
        json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}}),
        json!({"StringEquals": {"aws:username": "ada"}}),
        json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}}),
        json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
        json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}}),
    ]);
    prop_oneof![4 => Just(None), 1 => some.prop_map(Some)]
}

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    (vec(select(&ACTIONS[..]), 1..3), any::<bool>(), vec(resource(), 1..3), condition()).prop_map(
        move |(actions, complement, resources, condition)| {
            let element = if complement && effect == "Allow" { "NotAction" } else { "Action" };
            // NotAction or NotResource with an unrelated value would make every principal an administrator.
            let actions = if element == "NotAction" { vec!["iam:*", "sts:*", "s3:*"] } else { actions };
            let mut statement = json!({"Effect": effect, element: actions, "Resource": resources});
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        },
    )
}

fn statements() -> impl Strategy<Value = Value> {
    let everything = condition().prop_map(|condition| {
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition.unwrap_or(json!({}))})
    });
    vec(prop_oneof![8 => statement("Allow"), 2 => statement("Deny"), 1 => everything], 0..3).prop_map(Value::from)
}

fn inline() -> impl Strategy<Value = BTreeMap<String, Value>> {
    proptest::option::weighted(0.7, statements())
        .prop_map(|policy| policy.into_iter().map(|policy| ("own".to_owned(), policy)).collect())
}

fn attached() -> impl Strategy<Value = Vec<String>> {
    proptest::option::weighted(0.3, Just("shared".to_owned())).prop_map(|name| name.into_iter().collect())
}

fn boundary() -> impl Strategy<Value = Option<String>> {
    proptest::option::weighted(0.2, select(&POLICIES[..]).prop_map(str::to_owned))
}

fn user() -> impl Strategy<Value = UserSpec> {
    let groups = vec(select(&GROUPS[..]).prop_map(str::to_owned), 0..2);
    let credentials = select(vec![
        vec![Credential::Password],
        vec![Credential::Password, Credential::Mfa],
        vec![Credential::Key, Credential::SecondKey],
        vec![],
    ]);
    (inline(), attached(), groups, boundary(), credentials).prop_map(
        |(inline, attached, groups, boundary, credentials)| UserSpec {
            inline,
            attached,
            groups,
            boundary,
            credentials,
            ..UserSpec::default()
        },
    )
}

fn role() -> impl Strategy<Value = RoleSpec> {
    let principal = select(vec![
        json!({"AWS": ACCOUNT}),
        json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/bob")}),
        json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/entry")}),
        json!({"Service": "lambda.amazonaws.com"}),
        json!({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}),
    ]);
    let trust = (principal, condition()).prop_map(|(principal, condition)| {
        let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        json!([statement])
    });
    (inline(), attached(), boundary(), trust).prop_map(|(inline, attached, boundary, trust)| RoleSpec {
        inline,
        attached,
        boundary,
        trust,
        ..RoleSpec::default()
    })
}

prop_compose! {
    fn account()(
        users in vec(user(), USERS.len()),
        groups in vec((inline(), attached()), GROUPS.len()),
        roles in vec(role(), ROLES.len()),
        shared in statements(),
        fence in statements(),
        without in vec(select(&USERS[..]).prop_map(str::to_owned), 0..2),
    ) -> Account {
        fn named<T>(names: &[&str], values: Vec<T>) -> Option<BTreeMap<String, T>> {
            Some(names.iter().map(|name| (*name).to_owned()).zip(values).collect())
        }
        let groups = groups.into_iter().map(|(inline, attached)| GroupSpec { inline, attached, ..GroupSpec::default() }).collect();
        Account {
            users: named(&USERS, users),
            groups: named(&GROUPS, groups),
            roles: named(&ROLES, roles),
            policies: named(&POLICIES, vec![shared, fence]),
            report: Some(Report { without, ..Report::default() }),
            ..Account::default()
        }
    }
}

/// The rank of every user and role, by name.
fn ranks(account: &Account) -> BTreeMap<String, Rank> {
    ranks_under(account, &[])
}

/// The same under service control policies, level by level.
fn ranks_under(account: &Account, levels: &[Value]) -> BTreeMap<String, Rank> {
    let mut facts: Facts = facts(&account.id, &account.files(), "2026-01-31T12:00:00Z".parse().unwrap());
    let level = |statements: &Value| {
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        Layer::new(PolicyType::ServiceControl, vec![PolicyDocument::parse(&text, PolicyType::ServiceControl).unwrap()])
    };
    facts.organization = levels.iter().map(level).collect();
    let details = facts.authorization_details.get().unwrap();
    let reach = Reach::new(&facts).unwrap();
    let rank = |identity: &Identity, permissions: &PrincipalPermissions<'_>| {
        let witness = permissions.administrator(AdminDefinition::Effective, RequestMfa::Unknown);
        let escalation = || reach.of(&identity.arn, RequestMfa::Unknown).unwrap();
        let rank = match (witness, escalation()) {
            (Some(witness), _) if witness.proven => Rank::Certainly,
            (Some(_), _) => Rank::Perhaps,
            (None, Some(escalation)) if escalation.proven => Rank::CanBecomeOne,
            (None, Some(_)) => Rank::CanBecomeOneUncertain,
            (None, None) => Rank::CannotBecomeOne,
        };
        (identity.name.clone(), rank)
    };
    let users = details
        .users
        .iter()
        .map(|user| rank(&user.identity, &PrincipalPermissions::of_user(user, details, &facts).unwrap()));
    let roles = details
        .roles
        .iter()
        .map(|role| rank(&role.identity, &PrincipalPermissions::of_role(role, details, &facts).unwrap()));
    users.chain(roles).collect()
}

/// Adds a statement as an inline policy of its own to a user, group or role.
fn grant(account: &mut Account, to: usize, statement: Value) {
    let inline = [
        account.users.as_mut().unwrap().values_mut().map(|user| &mut user.inline).collect::<Vec<_>>(),
        account.groups.as_mut().unwrap().values_mut().map(|group| &mut group.inline).collect(),
        account.roles.as_mut().unwrap().values_mut().map(|role| &mut role.inline).collect(),
    ];
    let holder = inline.into_iter().flatten().nth(to).unwrap();
    holder.insert("added".to_owned(), json!([statement]));
}

const HOLDERS: usize = USERS.len() + GROUPS.len() + ROLES.len();

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_allow_never_takes_anybody_further_away(
        account in account(), to in 0..HOLDERS, statement in statement("Allow")
    ) {
        let before = ranks(&account);
        let mut changed = account;
        grant(&mut changed, to, statement);
        for (name, rank) in ranks(&changed) {
            prop_assert!(rank >= before[&name], "{name}: {:?} became {rank:?}", before[&name]);
        }
    }

    #[test]
    fn a_deny_never_brings_anybody_nearer(account in account(), to in 0..HOLDERS, statement in statement("Deny")) {
        let before = ranks(&account);
        let mut changed = account;
        grant(&mut changed, to, statement);
        for (name, rank) in ranks(&changed) {
            prop_assert!(rank <= before[&name], "{name}: {:?} became {rank:?}", before[&name]);
        }
    }

    #[test]
    fn a_boundary_never_brings_anybody_nearer(account in account(), to in 0..USERS.len() + ROLES.len()) {
        let before = ranks(&account);
        let mut changed = account;
        let users = changed.users.as_mut().unwrap().values_mut().map(|user| &mut user.boundary);
        let roles = changed.roles.as_mut().unwrap().values_mut().map(|role| &mut role.boundary);
        let boundary = users.chain(roles).nth(to).unwrap();
        // Another boundary in place of one is another matter.
        if boundary.is_none() {
            *boundary = Some("fence".to_owned());
            for (name, rank) in ranks(&changed) {
                prop_assert!(rank <= before[&name], "{name}: {:?} became {rank:?}", before[&name]);
            }
        }
    }

    #[test]
    fn a_service_control_policy_never_brings_anybody_nearer(
        account in account(), one in statements(), other in statements()
    ) {
        let before = ranks(&account);
        let under_one = ranks_under(&account, std::slice::from_ref(&one));
        for (name, rank) in &under_one {
            prop_assert!(*rank <= before[name], "{name}: {:?} became {rank:?}", before[name]);
        }
        for (name, rank) in ranks_under(&account, &[one, other]) {
            prop_assert!(rank <= under_one[&name], "{name}: {:?} became {rank:?}", under_one[&name]);
        }
    }

    #[test]
    fn membership_never_takes_anybody_further_away(account in account(), who in 0..USERS.len(), of in 0..GROUPS.len()) {
        let without_denials = |account: &Account| {
            let text = format!("{:?}{:?}", account.groups, account.policies);
            !text.contains("Deny")
        };
        prop_assume!(without_denials(&account));
        let before = ranks(&account);
        let mut changed = account;
        let groups = &mut changed.users.as_mut().unwrap().values_mut().nth(who).unwrap().groups;
        if !groups.iter().any(|group| group == GROUPS[of]) {
            groups.push(GROUPS[of].to_owned());
        }
        for (name, rank) in ranks(&changed) {
            prop_assert!(rank >= before[&name], "{name}: {:?} became {rank:?}", before[&name]);
        }
    }
}

#[test]
fn the_accounts_are_of_every_rank() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::new(config());
    let mut found = BTreeMap::new();
    for _ in 0..256 {
        for rank in ranks(&account().new_tree(&mut runner).unwrap().current()).into_values() {
            *found.entry(rank).or_insert(0) += 1;
        }
    }
    assert_eq!(found.len(), 5, "{found:?}");
    // Another seed gives other accounts: the rarest rank has 15 to 60 principals of 1,536.
    assert!(found.values().all(|count| *count >= 5), "{found:?}");
}
