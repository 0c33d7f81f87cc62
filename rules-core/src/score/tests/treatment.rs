//! How names, conditions and requesters are treated, as `docs/score.md` says.

use crate::policy::{PolicyDocument, PolicyLimits, PolicyType};
use crate::score::{Score, score, score_attached};

/// The score of some statements.
fn of(statements: &str) -> Score {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let document = PolicyDocument::parse_within(&text, PolicyType::Identity, PolicyLimits::UNLIMITED);
    score(&document.unwrap_or_else(|error| panic!("{text}: {error}"))).score
}

fn allow(actions: &str, resources: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":{resources}}}"#)
}

fn allow_if(actions: &str, resources: &str, condition: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":{resources},"Condition":{condition}}}"#)
}

fn deny_if(actions: &str, condition: &str) -> String {
    format!(r#"{{"Effect":"Deny","Action":{actions},"Resource":"*","Condition":{condition}}}"#)
}

/// One pattern for each letter and digit that a name may begin with.
fn letters(before: &str, after: &str) -> Vec<String> {
    ('a'..='z').chain('0'..='9').map(|letter| format!(r#""{before}{letter}*{after}""#)).collect()
}

const FUNCTION: &str = "arn:aws:lambda:*:*:function:";

#[test]
fn patterns_that_match_every_name_are_everything() {
    let everything = of(&allow(r#""lambda:UpdateFunctionCode""#, &format!(r#""{FUNCTION}*""#)));
    let all = letters(FUNCTION, "");
    let code = r#""lambda:UpdateFunctionCode""#;
    assert_eq!(of(&allow(code, &format!("[{}]", all.join(",")))), everything);
    // In a statement each, and beside patterns that change nothing.
    let split: Vec<String> = all.iter().map(|pattern| allow(code, pattern)).collect();
    assert_eq!(of(&split.join(",")), everything);
    // One letter missing: some names, as any prefix.
    let fewer = &all[1..];
    let prefix = of(&allow(code, &format!(r#""{FUNCTION}app-*""#)));
    assert_eq!(of(&allow(code, &format!("[{}]", fewer.join(",")))), prefix);
    assert!(prefix > everything);
    // By the last letter, by the second, and by two letters.
    let last: Vec<String> = ('a'..='z').chain('0'..='9').map(|letter| format!(r#""{FUNCTION}*{letter}""#)).collect();
    assert_eq!(of(&allow(code, &format!("[{}]", last.join(",")))), everything);
    let second = letters(&format!("{FUNCTION}?"), "");
    assert_eq!(of(&allow(code, &format!("[{}]", second.join(",")))), everything);
    let deeper = [letters(&format!("{FUNCTION}a"), ""), all[1..].to_vec()].concat();
    assert_eq!(of(&allow(code, &format!("[{}]", deeper.join(",")))), everything);
}

#[test]
fn a_deny_of_everything_but_every_letter_denies_nothing() {
    let allow = allow(r#""s3:GetObject""#, r#""*""#);
    let spared = letters("arn:aws:s3:::", "").join(",");
    let deny = format!(r#"{{"Effect":"Deny","Action":"s3:*","NotResource":[{spared}]}}"#);
    assert_eq!(of(&format!("{allow},{deny}")), of(&allow));
}

#[test]
fn what_always_holds_for_the_holder_earns_nothing() {
    let alone = of(&allow(r#""s3:GetObject""#, r#""*""#));
    for condition in [
        r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
        r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1","aws:PrincipalType":"User"}}"#,
        r#"{"StringLike":{"aws:RequestedRegion":"*-*-*"}}"#,
        r#"{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}"#,
        r#"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#,
        r#"{"Bool":{"aws:MultiFactorAuthPresent":["true","false"]}}"#,
        r#"{"Null":{"aws:MultiFactorAuthPresent":"false"}}"#,
    ] {
        assert_eq!(of(&allow_if(r#""s3:GetObject""#, r#""*""#, condition)), alone, "{condition}");
    }
    for condition in [
        r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
        r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
        r#"{"StringNotLike":{"aws:RequestedRegion":"*-*-*"}}"#,
        r#"{"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}"#,
        r#"{"Null":{"aws:MultiFactorAuthPresent":"true"}}"#,
        r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":["true"]}}"#,
    ] {
        let both = [allow(r#""s3:GetObject""#, r#""*""#), deny_if(r#""*""#, condition)].join(",");
        assert_eq!(of(&both), alone, "{condition}");
    }
}

#[test]
fn a_limit_that_allows_an_administrators_policy_is_none() {
    let attach = |condition: &str| of(&allow_if(r#""iam:AttachUserPolicy""#, r#""*""#, condition));
    let alone = of(&allow(r#""iam:AttachUserPolicy""#, r#""*""#));
    for condition in [
        r#"{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}"#,
        r#"{"ArnLike":{"iam:PolicyARN":"arn:aws:iam::aws:policy/*"}}"#,
        r#"{"ArnNotEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/IAMFullAccess"}}"#,
    ] {
        assert_eq!(attach(condition), alone, "{condition}");
    }
    assert!(attach(r#"{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}"#) > alone);
}

#[test]
fn a_named_identity_exists() {
    let attach = |resource: &str| of(&allow(r#""iam:AttachUserPolicy""#, resource));
    let all = attach(r#""*""#);
    for resource in [
        r#""arn:aws:iam::111122223333:user/jenkins""#,
        r#""arn:aws:iam::*:user/j*""#,
        r#""arn:aws:iam::*:user/${aws:username}""#,
    ] {
        // What it weighs in the sum stays narrower.
        let one = attach(resource);
        assert!(one >= all && one.tenths() < all.tenths() + 5, "{resource}: {one} beside {all}");
    }
    let trust = of(&allow(r#""iam:UpdateAssumeRolePolicy""#, r#""arn:aws:iam::111122223333:role/app""#));
    assert!(trust.tenths() < 400, "{trust}");
    // Credentials of one's own are those of one principal among many: 50,500 · 0.09^3.75 = 6.0, and 0.3 in the sum.
    let own = of(&allow(r#""iam:CreateAccessKey""#, r#""arn:aws:iam::*:user/${aws:username}""#));
    assert_eq!(own.to_string(), "83.1");
}

#[test]
fn known_roles_exist() {
    let assume = |role: &str| of(&allow(r#""sts:AssumeRole""#, &format!(r#""arn:aws:iam::{role}""#)));
    let one = assume("111122223333:role/reader");
    for known in [
        "111122223333:role/OrganizationAccountAccessRole",
        "111122223333:role/Org*",
        "111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_*",
        "111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_9876543210fedcba",
    ] {
        assert!(assume(known).tenths() < 200, "{known}: {}", assume(known));
    }
    assert!(assume("111122223333:role/*-reader").tenths() > 600);
    // One name in any account, and the roles of the CDK, are more than one name.
    assert!(assume("*:role/reader") < one);
    assert!(assume("111122223333:role/cdk-hnb659fds-deploy-role-111122223333-eu-west-1") < one);
}

#[test]
fn a_blank_region_or_account_names_nothing() {
    let text =
        r#"{"Statement":{"Effect":"Allow","Action":"ec2:StartInstances","Resource":"arn:aws:ec2:::instance/*"}}"#;
    let found = score(&PolicyDocument::parse(text, PolicyType::Identity).unwrap());
    assert!(found.grants_nothing);
    let lints: Vec<&str> = found.lints.iter().map(|lint| lint.message.as_str()).collect();
    assert!(lints.iter().any(|lint| lint.contains("has no Region and account")), "{lints:?}");
    // Where the template leaves it blank too, it has to be.
    assert!(of(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::b/*""#)).tenths() < 1_000);
}

#[test]
fn an_object_is_no_bucket_and_a_stream_is_no_group() {
    let object = of(&allow(r#""s3:*""#, r#""arn:aws:s3:::b/k""#));
    assert!(object > of(&allow(r#""s3:*""#, r#"["arn:aws:s3:::b","arn:aws:s3:::b/k"]"#)));
    assert!(of(&allow(r#""s3:DeleteBucket""#, r#""arn:aws:s3:::b/k""#)).tenths() == 1_000);
    let group =
        |resource: &str| of(&allow(r#""logs:PutRetentionPolicy""#, &format!(r#""arn:aws:logs:*:*:{resource}""#)));
    assert_eq!(group("log-group:/app/web:*"), group("log-group:/app/web"));
    assert_eq!(group("log-group:*:*"), group("log-group:*"));
}

#[test]
fn a_tag_that_the_holder_may_set_narrows_nothing() {
    let stop = allow_if(r#""ec2:StopInstances""#, r#""*""#, r#"{"StringEquals":{"aws:ResourceTag/team":"a"}}"#);
    let tag = |resource: &str| allow(r#""ec2:CreateTags""#, resource);
    let by_tag = of(&stop);
    assert!(by_tag > of(&allow(r#""ec2:StopInstances""#, r#""*""#)));
    let on_instances = tag(r#""arn:aws:ec2:*:*:instance/*""#);
    let with = of(&[stop.clone(), on_instances.clone()].join(","));
    assert_eq!(with, of(&[allow(r#""ec2:StopInstances""#, r#""*""#), on_instances].join(",")));
    // Tags of something else, tags in the course of another call, and tags by the tag itself.
    let on_volumes = tag(r#""arn:aws:ec2:*:*:volume/*""#);
    let on_creation = allow_if(
        r#""ec2:CreateTags""#,
        r#""arn:aws:ec2:*:*:instance/*""#,
        r#"{"StringEquals":{"ec2:CreateAction":"RunInstances"}}"#,
    );
    let by_itself = allow_if(
        r#""ec2:CreateTags""#,
        r#""arn:aws:ec2:*:*:instance/*""#,
        r#"{"StringEquals":{"aws:ResourceTag/team":"a"}}"#,
    );
    for other in [on_volumes, on_creation, by_itself] {
        assert!(of(&[stop.clone(), other.clone()].join(",")) > with, "{other}");
    }
    // A tag that has to equal the holder's own, where it may tag itself.
    let equal = r#"{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}"#;
    let by_own = allow_if(r#""ec2:StopInstances""#, r#""*""#, equal);
    let itself = allow(r#""iam:TagUser""#, r#""arn:aws:iam::*:user/${aws:username}""#);
    let free = of(&[allow(r#""ec2:StopInstances""#, r#""*""#), itself.clone()].join(","));
    assert_eq!(of(&[by_own.clone(), itself].join(",")), free);
    let another = allow(r#""iam:TagUser""#, r#""arn:aws:iam::111122223333:user/bob""#);
    assert!(of(&[by_own, another].join(",")) > free);
}

#[test]
fn a_role_is_passed_to_the_service_of_the_path() {
    let with = |pass: &str| {
        let create = allow(r#"["lambda:CreateFunction","lambda:InvokeFunction"]"#, r#""*""#);
        of(&[create, pass.to_owned()].join(","))
    };
    let pass_to = |service: &str| {
        let condition = format!(r#"{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}"#);
        with(&allow_if(r#""iam:PassRole""#, r#""*""#, &condition))
    };
    let free = with(&allow(r#""iam:PassRole""#, r#""*""#));
    // The path is as open; handing on roles to others is not.
    assert!(pass_to("lambda.amazonaws.com").tenths() <= free.tenths() + 5);
    assert!(pass_to("ec2.amazonaws.com").tenths() > free.tenths() + 200);
    let deny = |operator: &str| {
        let condition = format!(r#"{{"{operator}":{{"iam:PassedToService":"lambda.amazonaws.com"}}}}"#);
        with(&[allow(r#""iam:PassRole""#, r#""*""#), deny_if(r#""iam:PassRole""#, &condition)].join(","))
    };
    assert!(deny("StringEquals") > free);
    assert!(deny("StringNotEquals").tenths() <= free.tenths() + 5);
}

#[test]
fn the_own_folder_is_one_value() {
    let folder = of(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::home/${aws:username}/*""#));
    assert_eq!(folder, of(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::home/one""#)));
    assert!(folder > of(&allow(r#""s3:GetObject""#, r#""arn:aws:s3:::home/${aws:username}*""#)));
}

/// The score of a resource's or role's own policy that lets in such a principal.
fn attached(policy_type: PolicyType, action: &str, resource: &str, principal: &str, condition: &str) -> Score {
    let text = format!(
        r#"{{"Statement":{{"Effect":"Allow","Action":"{action}",{resource}"Principal":{principal}{condition}}}}}"#
    );
    let document = PolicyDocument::parse(&text, policy_type).unwrap_or_else(|error| panic!("{text}: {error}"));
    score_attached(&document, policy_type, Some("111122223333")).score
}

#[test]
fn who_is_let_in_is_what_narrows() {
    let org = r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#;
    let source = r#","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#;
    let requesters = [
        (r#""*""#, ""),
        (r#""*""#, org),
        (r#"{"AWS":"111122223333"}"#, ""),
        (r#"{"Service":"sns.amazonaws.com"}"#, ""),
        (r#"{"Service":"sns.amazonaws.com"}"#, source),
        (r#"{"AWS":"arn:aws:iam::444455556666:role/ci"}"#, ""),
    ];
    let trust = requesters.map(|(who, when)| attached(PolicyType::Trust, "sts:AssumeRole", "", who, when));
    let queue = r#""Resource":"arn:aws:sqs:eu-west-1:111122223333:jobs","#;
    let resource = requesters.map(|(who, when)| attached(PolicyType::Resource, "sqs:*", queue, who, when));
    for scores in [trust, resource] {
        assert!(scores.is_sorted_by(|wider, narrower| wider < narrower), "{scores:?}");
        assert!(scores[0].tenths() < 400, "{scores:?}");
    }
    let account = attached(PolicyType::Trust, "sts:AssumeRole", "", r#"{"AWS":"444455556666"}"#, "");
    assert_eq!(account, trust[1]);
    // A condition on who it is, instead of a principal.
    let arn = r#","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/ci"}}"#;
    assert_eq!(attached(PolicyType::Trust, "sts:AssumeRole", "", r#""*""#, arn), trust[5]);
    let any_arn = r#","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ci"}}"#;
    assert_eq!(attached(PolicyType::Trust, "sts:AssumeRole", "", r#""*""#, any_arn), trust[0]);
}

#[test]
fn web_identities_are_anybody_unless_one_is_meant() {
    let provider = r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#;
    let of = |condition: &str| attached(PolicyType::Trust, "sts:AssumeRoleWithWebIdentity", "", provider, condition);
    let audience = r#","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#;
    let subject = r#","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:org/app:*"}}"#;
    assert_eq!(of(""), of(audience));
    assert!(of("").tenths() < 400 && of(subject).tenths() >= 900, "{} {}", of(""), of(subject));
}

#[test]
fn denies_of_principals_count() {
    let trust = |deny: &str| {
        let text = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"*"}}}},
                {{"Effect":"Deny","Action":"sts:AssumeRole",{deny}}}]}}"#
        );
        score_attached(&PolicyDocument::parse(&text, PolicyType::Trust).unwrap(), PolicyType::Trust, None).score
    };
    let open = trust(r#""Principal":{"AWS":"444455556666"}"#);
    assert!(open.tenths() < 400, "{open}");
    let one = trust(r#""NotPrincipal":{"AWS":"arn:aws:iam::444455556666:role/ci"}"#);
    assert!(one.tenths() >= 900, "{one}");
    let outside = trust(r#""Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#);
    assert!(outside > open && outside < one, "{outside}");
    assert_eq!(trust(r#""Principal":"*""#).tenths(), 1_000);
}

#[test]
fn what_to_change_in_a_trust_policy_is_the_principal() {
    let text = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}}"#;
    let found = score_attached(&PolicyDocument::parse(text, PolicyType::Trust).unwrap(), PolicyType::Trust, None);
    let fix = found.losses[0].fix.as_ref().unwrap();
    assert!(fix.text.contains("Principal") && fix.score > found.score, "{fix:?}");
    let lost: u16 = found.losses.iter().map(|loss| loss.points.tenths()).sum();
    assert_eq!(lost, 1_000 - found.score.tenths());
}
