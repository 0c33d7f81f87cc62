//! What needs the whole score to be seen.

mod cross_validation;
mod treatment;

use super::score;
use crate::policy::{PolicyDocument, PolicyType};

#[test]
fn a_star_in_a_template_is_whatever_stands_there() {
    let grants_nothing = |action: &str, resource: &str| {
        let text = format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}}}"#);
        score(&PolicyDocument::parse(&text, PolicyType::Identity).unwrap()).grants_nothing
    };
    assert!(!grants_nothing("dms:DeleteCertificate", "arn:aws:dms:eu-west-1:111122223333:cert:ABC"));
    assert!(!grants_nothing("dms:DeleteCertificate", "arn:aws:dms:*:*:cert:*"));
    assert!(grants_nothing("dms:DeleteCertificate", "arn:aws:dms:eu-west-1:111122223333:rep:ABC"));
}

fn lints(actions: &str, resources: &str) -> Vec<String> {
    let text = format!(r#"{{"Statement":{{"Effect":"Allow","Action":{actions},"Resource":{resources}}}}}"#);
    let document = PolicyDocument::parse(&text, PolicyType::Identity).unwrap();
    score(&document).lints.into_iter().map(|lint| lint.message).collect()
}

#[test]
fn an_action_needs_a_resource_that_it_is_about() {
    let found = lints(r#"["s3:ListBucket","s3:GetObject"]"#, r#""arn:aws:s3:::b/*""#);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("s3:ListBucket applies to arn:"), "{found:?}");
    for resources in [r#""arn:aws:s3:::b*""#, r#"["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#, r#""*""#] {
        assert_eq!(lints(r#"["s3:ListBucket","s3:GetObject"]"#, resources), Vec::<String>::new());
    }
}

#[test]
fn a_resource_needs_an_action_that_is_about_it() {
    let both = r#"["arn:aws:s3:::b/*","arn:aws:sqs:*:*:q"]"#;
    assert_eq!(lints(r#""s3:GetObject*""#, both), ["no action of the statement applies to arn:aws:sqs:*:*:q"]);
    assert_eq!(lints(r#"["s3:GetObject","sqs:SendMessage"]"#, both), Vec::<String>::new());
}

#[test]
fn what_is_not_known_is_not_held_against_anybody() {
    // No such action, every action, and actions without resources.
    for actions in [r#"["s3:GetObject","s3:NoSuchAction"]"#, r#""*""#, r#"["s3:GetObject","s3:ListAllMyBuckets"]"#] {
        assert_eq!(lints(actions, r#"["arn:aws:s3:::b/*","arn:aws:sqs:*:*:q"]"#), Vec::<String>::new(), "{actions}");
    }
    assert_eq!(lints(r#""ec2:DescribeInstances""#, r#""arn:aws:ec2:*:*:instance/*""#), Vec::<String>::new());
    assert_eq!(lints(r#""s3:GetObject""#, r#""arn:aws:s3:::${aws:username}/*""#), Vec::<String>::new());
}

/// The example of the module's documentation.
#[test]
fn a_policy_on_its_way() {
    let text = r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::app-*",
        "Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}}"#;
    let found = score(&PolicyDocument::parse(text, PolicyType::Identity).unwrap());
    let [harm, sum] = found.losses.as_slice() else { panic!("{found:?}") };
    assert_eq!([found.score, harm.points, sum.points].map(|points| points.tenths()), [898, 93, 9]);
    let scope = "s3/object: some BucketName, any ObjectName, by condition on network";
    assert_eq!(
        (harm.reach.as_str(), sum.reach.as_str()),
        (format!("reading or overwriting data: {scope}").as_str(), scope)
    );
    assert!(harm.fix.is_some());
}
