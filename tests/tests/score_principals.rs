//! The score of principals: what is known of them, and the layers that limit them.

use rules_core::config::RuleParameters;
use rules_core::decision::{Context, ContextValue, OtherKeys, PolicyLayers};
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::rules::rule;
use rules_core::score::{PrincipalScorer, score, score_principal};
use rules_tests::account::{Account, facts};
use rules_tests::judge;
use serde_json::{Value, json};

fn parse(statements: &Value) -> PolicyDocument {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    PolicyDocument::parse(&text, PolicyType::Identity).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn points(statements: &Value) -> String {
    score(&parse(statements)).score.to_string()
}

/// What is known of the user `ada`: all her tags too.
fn ada() -> Context {
    let single = |text: &str| ContextValue::Single(text.to_owned());
    let mut known = Context::new(OtherKeys::Unknown)
        .with("aws:PrincipalArn", single("arn:aws:iam::111122223333:user/eng/ada"))
        .with("aws:PrincipalAccount", single("111122223333"))
        .with("aws:PrincipalType", single("User"))
        .with("aws:username", single("ada"))
        .with("aws:userid", single("AIDAEXAMPLE"))
        .with("aws:PrincipalTag/team", single("data"))
        // Nothing of the principal: a score is not about one moment or address.
        .with("aws:SourceVpce", single("vpce-1"))
        .with("aws:CurrentTime", single("2000-01-01T00:00:00Z"));
    known.set_complete("aws:PrincipalTag/");
    known
}

/// The effective score of a principal with one policy.
fn points_of(known: &Context, statements: &Value) -> String {
    let document = parse(statements);
    score_principal(&PolicyLayers::of_identity([&document]), known).effective.to_string()
}

fn allow(condition: &Value) -> Value {
    json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition})
}

const ALL_OBJECTS: &str = "32.1";
const NOTHING: &str = "100.0";

#[test]
fn known_tests_of_the_principal_hold_or_fail() {
    for (condition, expected) in [
        (json!({"StringEquals": {"aws:username": "ada"}}), ALL_OBJECTS),
        (json!({"StringEquals": {"AWS:UserName": "bob"}}), NOTHING),
        (json!({"StringNotEquals": {"aws:username": "ada"}}), NOTHING),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/eng/*"}}), ALL_OBJECTS),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}), NOTHING),
        (json!({"StringEquals": {"aws:PrincipalTag/Team": ["web", "data"]}}), ALL_OBJECTS),
        (json!({"StringEquals": {"aws:PrincipalTag/team": "web"}}), NOTHING),
        // A tag that she does not have.
        (json!({"StringEquals": {"aws:PrincipalTag/admin": "true"}}), NOTHING),
        (json!({"Null": {"aws:PrincipalTag/admin": "true"}}), ALL_OBJECTS),
        (json!({"StringEqualsIfExists": {"aws:PrincipalTag/admin": "true"}}), ALL_OBJECTS),
        (json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}), ALL_OBJECTS),
        (json!({"StringLike": {"aws:userid": "AIDA*"}}), ALL_OBJECTS),
        (json!({"StringLike": {"aws:userid": "AROA*:*"}}), NOTHING),
        (
            json!({"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/eng/${aws:username}"}}),
            ALL_OBJECTS,
        ),
    ] {
        assert_eq!(points_of(&ada(), &allow(&condition)), expected, "{condition}");
    }
}

#[test]
fn what_is_not_known_of_the_principal_costs_as_ever() {
    let nothing = Context::new(OtherKeys::Unknown);
    for (condition, expected) in [
        // The holder is in its organization, and moments come.
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), ALL_OBJECTS),
        (json!({"DateLessThan": {"aws:CurrentTime": "2010-01-01T00:00:00Z"}}), ALL_OBJECTS),
        (json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}), "37.2"),
        (json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}), "43.4"),
        (json!({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}), "43.4"),
        (json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}), "82.1"),
        (json!({"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}), "82.1"),
    ] {
        let statements = allow(&condition);
        assert_eq!(points(&statements), expected, "{condition}");
        assert_eq!(points_of(&ada(), &statements), expected, "{condition}");
        assert_eq!(points_of(&nothing, &statements), expected, "{condition}");
    }
}

#[test]
fn a_variable_without_a_value_matches_nothing() {
    let condition = json!({"StringEquals": {"aws:ResourceTag/owner": "${aws:PrincipalTag/owner}"}});
    assert_eq!(points_of(&ada(), &allow(&condition)), NOTHING);
    let negated = json!({"StringNotEquals": {"aws:ResourceTag/owner": "${aws:PrincipalTag/owner}"}});
    assert_eq!(points_of(&ada(), &allow(&negated)), ALL_OBJECTS);
    let resource = |text: &str| json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": text});
    assert_eq!(points_of(&ada(), &resource("arn:aws:s3:::b/${aws:PrincipalTag/owner}/*")), NOTHING);
    let by_default = resource("arn:aws:s3:::b/${aws:PrincipalTag/owner, 'x'}/*");
    assert_eq!(points_of(&ada(), &by_default), points(&by_default));
}

#[test]
fn denials_hold_or_fail_too() {
    let everything = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let with_deny = |condition: Value| {
        let deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
        json!([everything, deny])
    };
    for (condition, expected) in [
        (json!({"StringNotEquals": {"aws:PrincipalTag/team": "data"}}), ALL_OBJECTS),
        (json!({"StringNotEquals": {"aws:PrincipalTag/team": "web"}}), NOTHING),
        (json!({"StringNotEquals": {"aws:PrincipalTag/admin": "true"}}), NOTHING),
        (json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/eng/*"}}), ALL_OBJECTS),
        (json!({"StringEquals": {"aws:username": "ada"}}), NOTHING),
    ] {
        assert_eq!(points_of(&ada(), &with_deny(condition.clone())), expected, "{condition}");
    }
    // An unknown principal must be one principal.
    let unknown = Context::new(OtherKeys::Unknown);
    let points = points_of(&unknown, &with_deny(json!({"StringNotEquals": {"aws:PrincipalTag/team": "data"}})));
    assert!(points != ALL_OBJECTS && points != NOTHING, "{points}");
}

#[test]
fn variables_of_the_principal_meet_other_layers() {
    let own =
        parse(&json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}));
    let boundary = |text: &str| parse(&json!({"Effect": "Allow", "Action": "*", "Resource": text}));
    let under = |boundary: &PolicyDocument, known: &Context| {
        let layers = PolicyLayers::of_identity([&own]).with(PolicyType::PermissionsBoundary, [boundary]);
        score_principal(&layers, known).effective.to_string()
    };
    // What is below the holder's own name counts as one object.
    let alone = points(&json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/one"}));
    assert_eq!(under(&boundary("arn:aws:s3:::home/ada/*"), &ada()), alone);
    assert_eq!(under(&boundary("arn:aws:s3:::home/bob/*"), &ada()), NOTHING);
    assert_eq!(under(&boundary("arn:aws:s3:::home/${aws:username}/*"), &ada()), alone);
}

#[test]
fn the_parts_of_a_score() {
    let (s3, secrets) = (
        parse(&json!({"Sid": "S3", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})),
        parse(
            &json!({"Sid": "Secrets", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}),
        ),
    );
    let boundary = parse(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let layers = PolicyLayers::of_identity([&secrets, &s3]).with(PolicyType::PermissionsBoundary, [&boundary]);
    let mut scorer = PrincipalScorer::new();
    let scored = scorer.score(&layers, &ada());
    assert_eq!(scored.effective.to_string(), ALL_OBJECTS);
    assert!(scored.granted < score(&secrets).score);
    let loss = scored.largest_loss.expect("a loss");
    assert_eq!((loss.policy, loss.statement.as_deref()), (1, Some("S3")));
    let without: Vec<String> =
        scorer.without_each(&layers, &ada()).into_iter().map(|score| score.to_string()).collect();
    assert_eq!(without, [ALL_OBJECTS, NOTHING]);
    let details = scorer.details(&layers, &ada());
    assert_eq!((details.score, details.losses.first()), (scored.effective, Some(&loss)));
}

/// The scores of the page's worked paths, each of a policy alone and of the user who has it.
#[test]
fn the_page_tells_the_scores_with_paths() {
    let page = include_str!("../../docs/score.md");
    let section = page.split("### Worked paths").nth(1).unwrap().split("\n## ").next().unwrap();
    let shown: Vec<(String, String)> = section
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let &[_, alone, .., user] = cells.as_slice() else { return None };
            alone.parse::<f64>().is_ok().then(|| (alone.to_owned(), user.to_owned()))
        })
        .collect();
    let on_itself = "arn:aws:iam::111122223333:user/ada";
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let role = json!({"ops": {
        "trust": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}],
        "inline": {"own": ["Allow iam:PutRolePolicy on arn:aws:iam::111122223333:role/ops"]},
    }});
    let administrator = json!({"run": {
        "trust": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
        "inline": {"own": ["Allow * on *"]},
    }});
    let found: Vec<(String, String)> = [
        (json!({"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": on_itself}), json!({})),
        (json!({"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": on_itself, "Condition": mfa}), json!({})),
        (
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/ops"}),
            role,
        ),
        (json!({"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}), administrator),
    ]
    .into_iter()
    .map(|(statement, roles)| {
        let alone = points(&json!([&statement]));
        (alone, score_of_ada(&statement, &roles))
    })
    .collect();
    assert_eq!(found, shown);
}

/// The score of a user with a password, MFA and one statement, in an account with some roles.
fn score_of_ada(statement: &Value, roles: &Value) -> String {
    let account = json!({
        "users": {"ada": {"inline": {"own": [statement]}, "credentials": ["password", "mfa"]}},
        "roles": roles,
        "report": {"root": ["password", "mfa"]},
    });
    let account: Account = serde_json::from_value(account).unwrap();
    let facts = facts(&account.id, &account.files(), "2026-01-31T12:00:00Z".parse().unwrap());
    let rule = rule("principal-least-privilege").unwrap();
    let verdicts = judge::account(rule, &RuleParameters::default(), &facts, facts.as_of);
    let verdict = verdicts.iter().find(|verdict| verdict.resource().name.as_deref() == Some("ada")).unwrap();
    let tenths = verdict.measure().unwrap().score_tenths;
    format!("{}.{}", tenths / 10, tenths % 10)
}
