//! Random accounts of a few principals, so that their policies meet often.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::conditions::{ROWS, Row};
use super::generator::Dice;
use super::principals::arn;
use crate::account::{ACCOUNT, Account};
use crate::credential_report::{Credential, Report};
use crate::details::{GroupSpec, RoleSpec, UserSpec};

const USERS: [&str; 2] = ["ada", "bob"];
const GROUPS: [&str; 2] = ["admins", "staff"];
const ROLES: [&str; 3] = ["entry", "target", "work"];
const POLICIES: [&str; 2] = ["fence", "shared"];

/// An account of principals who are administrators, or nearly.
pub fn of_administrators(dice: &mut Dice) -> Account {
    let boundary = |dice: &mut Dice| dice.chance(1, 4).then(|| (*dice.pick(&POLICIES)).to_owned());
    let attached = |dice: &mut Dice| dice.chance(1, 3).then(|| "shared".to_owned()).into_iter().collect::<Vec<_>>();
    let users = USERS.map(|name| {
        let user = UserSpec {
            inline: inline(dice),
            attached: attached(dice),
            groups: GROUPS.iter().filter(|_| dice.chance(1, 3)).map(|name| (*name).to_owned()).collect(),
            boundary: boundary(dice),
            tags: tags(dice),
            credentials: credentials(dice),
            ..UserSpec::default()
        };
        (name.to_owned(), user)
    });
    let groups = GROUPS.map(|name| {
        (name.to_owned(), GroupSpec { inline: inline(dice), attached: attached(dice), ..GroupSpec::default() })
    });
    let roles = ROLES.map(|name| {
        let role = RoleSpec {
            inline: inline(dice),
            attached: attached(dice),
            boundary: boundary(dice),
            tags: tags(dice),
            trust: trust(dice),
            ..RoleSpec::default()
        };
        (name.to_owned(), role)
    });
    // A boundary that allows little would leave nothing to see.
    let policies = POLICIES.map(|name| (name.to_owned(), statements(dice, 3)));
    Account {
        users: Some(users.into()),
        groups: Some(groups.into()),
        roles: Some(roles.into()),
        policies: Some(policies.into()),
        report: Some(Report::default()),
        ..Account::default()
    }
}

/// An account with an administrator's role, and others who may be able to assume it.
pub fn of_roles(dice: &mut Dice) -> Account {
    let mut account = of_administrators(dice);
    for user in account.users.as_mut().unwrap().values_mut() {
        (user.inline, user.attached, user.boundary) = (assuming(dice), Vec::new(), fence(dice));
    }
    for group in account.groups.as_mut().unwrap().values_mut() {
        (group.inline, group.attached) = (assuming(dice), Vec::new());
    }
    for role in account.roles.as_mut().unwrap().values_mut() {
        (role.inline, role.attached, role.boundary) = (assuming(dice), Vec::new(), fence(dice));
    }
    let target = account.roles.as_mut().unwrap().get_mut("target").unwrap();
    target.boundary = None;
    target.inline = BTreeMap::from([("all".to_owned(), json!([everything(dice, 8)]))]);
    account.policies = Some(BTreeMap::from([("fence".to_owned(), assuming_statements(dice))]));
    account
}

/// Levels of service control policies, mostly none.
pub fn service_control(dice: &mut Dice) -> Vec<Vec<Value>> {
    let levels = if dice.chance(1, 3) { 1 + dice.below(2) } else { 0 };
    (0..levels).map(|_| (0..1 + dice.below(2)).map(|_| statements(dice, 1)).collect()).collect()
}

fn fence(dice: &mut Dice) -> Option<String> {
    dice.chance(1, 5).then(|| "fence".to_owned())
}

fn tags(dice: &mut Dice) -> BTreeMap<String, String> {
    let team = dice.pick(&[None, Some("ops"), Some("dev")]);
    team.iter().map(|team| ("team".to_owned(), (*team).to_owned())).collect()
}

fn credentials(dice: &mut Dice) -> Vec<Credential> {
    use Credential as C;
    dice.pick(&[
        vec![C::Password],
        vec![C::Password, C::Mfa],
        vec![C::Key],
        vec![C::SecondKey, C::Mfa],
        vec![C::InactiveKey],
        vec![],
    ])
    .clone()
}

fn inline(dice: &mut Dice) -> BTreeMap<String, Value> {
    let names = ["first", "second"].into_iter().filter(|_| dice.chance(1, 3)).collect::<Vec<_>>();
    names.into_iter().map(|name| (name.to_owned(), statements(dice, 1))).collect()
}

/// Statements of which about one in `rarity` + 1 grants everything.
fn statements(dice: &mut Dice, rarity: usize) -> Value {
    let statement = |dice: &mut Dice| match dice.below(6 + rarity) {
        0 | 1 => denial(dice),
        2 | 3 => allowance(dice),
        _ => everything(dice, 3),
    };
    (0..1 + dice.below(3)).map(|_| statement(dice)).collect()
}

/// An Allow of everything, however it is spelled, conditional in one of `whole` cases.
fn everything(dice: &mut Dice, whole: usize) -> Value {
    let (action, actions): (&str, Value) = dice
        .pick(&[
            ("Action", json!("*")),
            ("Action", json!(["s3:GetObject", "*:*"])),
            ("Action", json!("**")),
            ("NotAction", json!("s3:*")),
            ("NotAction", json!(["iam:DeleteUser", "organizations:*"])),
        ])
        .clone();
    let (resource, resources): (&str, Value) = dice
        .pick(&[
            ("Resource", json!("*")),
            ("Resource", json!(["arn:aws:s3:::b", "*"])),
            ("Resource", json!("arn:*")),
            ("NotResource", json!("arn:aws:s3:::b/*")),
            ("NotResource", json!(arn("user", "ada"))),
        ])
        .clone();
    let mut statement = json!({ "Effect": "Allow", action: actions, resource: resources });
    add_condition(dice, &mut statement, 1, whole, false);
    statement
}

fn resources(dice: &mut Dice) -> Value {
    let patterns = [
        "*",
        "*",
        "user/*",
        "role/*",
        "user/ada",
        "user/${aws:username}",
        "role/${aws:PrincipalTag/team}",
        "user/${aws:PrincipalTag/team}",
        "role/work",
        "group/*",
        "group/staff",
    ];
    let pattern = |dice: &mut Dice| match *dice.pick(&patterns) {
        "*" => json!("*"),
        rest => json!(format!("arn:aws:iam::{ACCOUNT}:{rest}")),
    };
    (0..1 + dice.below(2)).map(|_| pattern(dice)).collect()
}

/// An Allow that does not make an administrator by itself.
fn allowance(dice: &mut Dice) -> Value {
    let actions =
        ["iam:*", "iam:Put*Policy", "iam:AttachUserPolicy", "IAM:attachrolepolicy", "s3:*", "a*", "iam:PutGroupPolicy"];
    let mut statement = match dice.below(6) {
        // Nearly everything: but not all services, or not all resources.
        0 => json!({ "Effect": "Allow", "NotAction": ["s3:*", "*"], "Resource": "*" }),
        1 => json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:iam::*:*" }),
        2 => json!({ "Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::b", "*"] }),
        _ => json!({ "Effect": "Allow", "Action": [dice.pick(&actions)], "Resource": resources(dice) }),
    };
    add_condition(dice, &mut statement, 1, 4, false);
    statement
}

fn denial(dice: &mut Dice) -> Value {
    let actions =
        ["*", "iam:*", "iam:Put*", "iam:*UserPolicy", "iam:AttachGroupPolicy", "s3:*", "*:PutUserPolicy", "i*:Attach*"];
    let mut statement = match dice.below(4) {
        0 => json!({ "Effect": "Deny", "NotAction": ["s3:*", "iam:PutUserPolicy"], "Resource": resources(dice) }),
        1 => json!({ "Effect": "Deny", "Action": [dice.pick(&actions)], "NotResource": resources(dice) }),
        _ => {
            json!({ "Effect": "Deny", "Action": [dice.pick(&actions), dice.pick(&actions)], "Resource": resources(dice) })
        }
    };
    add_condition(dice, &mut statement, 1, 2, false);
    statement
}

/// In `part` of `whole` cases one or two tests.
fn add_condition(dice: &mut Dice, statement: &mut Value, part: usize, whole: usize, in_trust: bool) {
    if !dice.chance(part, whole) {
        return;
    }
    let rows: Vec<&Row> = ROWS.iter().filter(|row| !in_trust || row.outside.is_some()).collect();
    for _ in 0..1 + dice.below(2) {
        let row = dice.pick(&rows);
        let tests = &mut statement["Condition"][row.operator];
        // A second value for one key would be another test than that of the row.
        if tests.get(row.key).is_none() {
            tests[row.key] = json!(row.value);
        }
    }
}

fn assuming(dice: &mut Dice) -> BTreeMap<String, Value> {
    let some = dice.chance(1, 2);
    some.then(|| ("own".to_owned(), assuming_statements(dice))).into_iter().collect()
}

/// Statements about assuming roles.
fn assuming_statements(dice: &mut Dice) -> Value {
    let actions = ["sts:AssumeRole", "sts:*", "sts:Assume*", "s3:*"];
    let mut statement = |effect: &str, part, whole| {
        let mut statement = json!({ "Effect": effect, "Action": [dice.pick(&actions)], "Resource": resources(dice) });
        if dice.chance(1, 3) {
            statement["Resource"] = json!(arn("role", dice.pick::<&str>(&ROLES)));
        }
        add_condition(dice, &mut statement, part, whole, false);
        statement
    };
    let allow = statement("Allow", 1, 5);
    let second = statement("Allow", 1, 2);
    let deny = statement("Deny", 2, 3);
    match dice.below(4) {
        0 => json!([allow, deny]),
        1 => json!([allow, second]),
        _ => json!([allow]),
    }
}

/// A trust policy: services alone, principals of the account, of other accounts, and people who sign in by SAML.
fn trust(dice: &mut Dice) -> Value {
    let allows = (0..1 + dice.below(2)).map(|_| trusting(dice, "Allow")).collect::<Vec<_>>();
    let denies = (0..dice.below(4) / 3).map(|_| trusting(dice, "Deny")).collect::<Vec<_>>();
    json!([allows, denies].concat())
}

fn trusting(dice: &mut Dice, effect: &str) -> Value {
    let (actions, principal) = match dice.below(12) {
        0 => ("sts:AssumeRoleWithSAML", json!({ "Federated": arn("saml-provider", "idp") })),
        1 => ("sts:AssumeRole", json!({ "Federated": arn("saml-provider", "idp") })),
        2 | 3 => ("sts:AssumeRole", json!({ "Service": "lambda.amazonaws.com" })),
        _ => (*dice.pick(&["sts:AssumeRole", "sts:*", "sts:AssumeRole*", "sts:TagSession"]), principals(dice)),
    };
    // NotPrincipal in a Deny excludes unexpected principals, and in an Allow it includes nearly all of them.
    let element = if dice.chance(1, 12) && principal.get("Service").is_none() { "NotPrincipal" } else { "Principal" };
    let mut statement = json!({ "Effect": effect, element: principal, "Action": actions });
    if dice.chance(1, 6) {
        statement["Action"] = json!([actions, "sts:TagSession"]);
    }
    let (part, whole) = if effect == "Allow" { (1, 4) } else { (2, 3) };
    add_condition(dice, &mut statement, part, whole, true);
    statement
}

fn principals(dice: &mut Dice) -> Value {
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    let (ada, bob, work, entry) = (arn("user", "ada"), arn("user", "bob"), arn("role", "work"), arn("role", "entry"));
    let named = [
        ACCOUNT,
        &account,
        &ada,
        &bob,
        &work,
        &entry,
        &work,
        &entry,
        "AIDAGONE",
        "444455556666",
        "arn:aws:iam::444455556666:root",
        "arn:aws:iam::444455556666:user/eve",
        "arn:aws:iam::777788889999:root",
        "*",
    ];
    match dice.below(20) {
        0 => json!("*"),
        1 => json!({ "AWS": dice.pick(&named), "Service": "ec2.amazonaws.com" }),
        2 | 3 => json!({ "AWS": [dice.pick(&named), dice.pick(&named)] }),
        _ => json!({ "AWS": dice.pick(&named) }),
    }
}
