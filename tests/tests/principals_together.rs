//! Principals that share policies, groups and limits are judged in one run as each is by itself: what was worked out for one
//! must not be taken for another.

use std::collections::BTreeMap;

use rules_core::MissingFact;
use rules_core::config::{Outcome, RuleParameters};
use rules_core::decision::{Context, ContextValue, OtherKeys, PolicyLayers};
use rules_core::facts::Resource;
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::rules::RULES;
use rules_core::score::{LimitedScorer, PrincipalScorer, score_layers, score_principal};
use rules_tests::account::facts;
use rules_tests::random::{cases, seed};
use rules_tests::reference::accounts::{of_administrators, of_roles};
use rules_tests::reference::conditions::NOW;
use rules_tests::reference::generator::Dice;
use serde_json::{Value, json};

/// Documents that say something else of different principals, or mean something else under different limits.
fn documents() -> Vec<PolicyDocument> {
    let allow = |action: &str, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let deny = |action: &str| json!({ "Effect": "Deny", "Action": action, "Resource": "*" });
    let when = |mut statement: Value, operator: &str, key: &str, value: &str| {
        statement["Condition"] = json!({ operator: { key: value } });
        statement
    };
    let statements = [
        json!([allow("s3:GetObject", "*"), allow("secretsmanager:GetSecretValue", "*")]),
        json!([when(allow("s3:*", "*"), "StringEquals", "aws:PrincipalTag/team", "data")]),
        json!([allow("s3:*", "arn:aws:s3:::home/${aws:username}/*"), allow("s3:ListAllMyBuckets", "*")]),
        json!([allow("iam:PassRole", "*")]),
        json!([allow("lambda:*", "*")]),
        json!([allow("*", "*")]),
        json!([allow("kms:Decrypt", "*"), deny("s3:*")]),
        json!([deny("iam:*")]),
        json!([when(deny("secretsmanager:*"), "StringNotEquals", "aws:username", "ada")]),
        json!([allow("ec2:*", "*"), when(deny("*"), "StringEquals", "aws:PrincipalTag/team", "web")]),
        json!([when(allow("*", "*"), "StringLike", "aws:PrincipalArn", "*:user/*")]),
    ];
    let parse = |statements: &Value| {
        let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        PolicyDocument::parse(&text, PolicyType::Identity).unwrap()
    };
    statements.iter().map(parse).collect()
}

/// Users with and without a team, a role, and a principal of which nothing is known.
fn principals() -> Vec<Context> {
    let single = |text: &str| ContextValue::Single(text.to_owned());
    let user = |name: &str, team: Option<&str>| {
        let mut known = Context::new(OtherKeys::Unknown)
            .with("aws:username", single(name))
            .with("aws:PrincipalArn", single(&format!("arn:aws:iam::111122223333:user/{name}")));
        known.set_complete("aws:PrincipalTag/");
        team.map_or(known.clone(), |team| known.with("aws:PrincipalTag/team", single(team)))
    };
    let role = Context::new(OtherKeys::Unknown)
        .with("aws:username", ContextValue::Absent)
        .with("aws:PrincipalArn", single("arn:aws:iam::111122223333:role/work"));
    vec![
        user("ada", Some("data")),
        user("bob", Some("data")),
        user("ada", Some("web")),
        user("cy", None),
        role,
        Context::new(OtherKeys::Unknown),
    ]
}

/// A few of the documents in some order.
fn some<'d>(dice: &mut Dice, documents: &'d [PolicyDocument], most: usize) -> Vec<&'d PolicyDocument> {
    (0..=dice.below(most)).map(|_| dice.pick(documents)).collect()
}

fn layers<'d>(dice: &mut Dice, documents: &'d [PolicyDocument]) -> PolicyLayers<'d> {
    let mut layers = PolicyLayers::of_identity(some(dice, documents, 4));
    if dice.chance(1, 4) {
        layers.push(PolicyType::PermissionsBoundary, [dice.pick(documents)]);
    }
    let levels = if dice.chance(1, 4) { 1 + dice.below(2) } else { 0 };
    for _ in 0..levels {
        layers.push(PolicyType::ServiceControl, some(dice, documents, 2));
    }
    layers
}

#[test]
fn a_scorer_that_has_seen_others_scores_as_a_new_one() {
    let (documents, principals) = (documents(), principals());
    let mut dice = Dice::new(seed());
    let mut scorer = PrincipalScorer::new();
    let mut seen = BTreeMap::new();
    for _ in 0..cases(400) {
        let (layers, known) = (layers(&mut dice, &documents), dice.pick(&principals));
        let alone = score_principal(&layers, known);
        assert_eq!(scorer.score(&layers, known), alone, "{layers:?} {known:?}");
        *seen.entry(alone.effective).or_insert(0) += 1;
        // Once more, now that it is remembered, and with everything that is said of it.
        if dice.chance(1, 4) {
            assert_eq!(scorer.score(&layers, known), alone, "a second time: {layers:?} {known:?}");
            let mut new = PrincipalScorer::new();
            assert_eq!(scorer.details(&layers, known), new.details(&layers, known), "{layers:?} {known:?}");
            assert_eq!(scorer.without_each(&layers, known), new.without_each(&layers, known), "{layers:?} {known:?}");
        }
    }
    assert!(seen.len() > 10, "few different scores: {seen:?}");
}

#[test]
fn a_scorer_under_limits_scores_each_policy_as_if_it_were_the_first() {
    let documents = documents();
    let mut dice = Dice::new(seed());
    for _ in 0..cases(400) / 20 {
        let limits = layers(&mut dice, &documents);
        let scorer = LimitedScorer::under(&limits);
        for document in &documents {
            let mut alone = limits.clone();
            alone.remove(PolicyType::Identity);
            alone.push(PolicyType::Identity, [document]);
            assert_eq!(scorer.score(document), score_layers(&alone), "{limits:?} {document:?}");
        }
    }
}

/// What a rule says of every resource of an account, in one run or each for itself.
#[test]
fn a_rule_judges_many_as_it_judges_each() {
    let mut dice = Dice::new(seed().wrapping_add(1));
    for _ in 0..cases(400) / 10 {
        let account = if dice.chance(1, 2) { of_administrators(&mut dice) } else { of_roles(&mut dice) };
        let facts = facts(&account.id, &account.files(), NOW.parse().unwrap());
        for definition in RULES {
            let choices: &[&str] = match definition.parameters.iter().any(|one| one.name == "adminDefinition") {
                true => &["effective", "effective-or-escalating", "attached-policy"],
                false => &[""],
            };
            for choice in choices.iter().copied() {
                let mut parameters = RuleParameters::default();
                if !choice.is_empty() {
                    parameters.set("adminDefinition", choice);
                }
                let rule = definition.with(&parameters).unwrap();
                let judge = rule.for_account(&facts);
                for kind in definition.resource_types {
                    for resource in facts.resources(*kind).unwrap() {
                        let by_itself = |resource: &Resource<'_>| -> Result<Outcome, MissingFact> {
                            definition.with(&parameters).unwrap().evaluate(resource, &facts)
                        };
                        let together = judge(&resource);
                        assert_eq!(together, by_itself(&resource), "{} {choice} {resource:?}", definition.id);
                    }
                }
            }
        }
    }
}
