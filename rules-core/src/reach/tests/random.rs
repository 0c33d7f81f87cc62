//! Random accounts of a few principals, so that their policies meet often.

use serde_json::{Value, json};

use crate::Fact;
use crate::facts::Facts;
use crate::iam::{AuthorizationDetails, CredentialReport};

const ACCOUNT: &str = "111122223333";
const USERS: [&str; 3] = ["ada", "bob", "cat"];
const ROLES: [&str; 3] = ["entry", "work", "new-app"];
const GROUPS: [&str; 2] = ["dev", "ops"];
const POLICIES: [&str; 2] = ["shared", "fence"];

/// Numbers that are the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// What the conditions of an account are about, besides what they are about in every account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Nothing,
    /// MFA, external ids and names of sessions.
    Sessions,
    /// Tags of principals, resources and requests.
    Tags,
}

/// An action, with what it can be about.
type ActionOn = (&'static str, &'static [&'static str]);

const ACTIONS: [ActionOn; 36] = [
    ("iam:PutUserPolicy", &["user"]),
    ("iam:AttachUserPolicy", &["user"]),
    ("iam:PutRolePolicy", &["role"]),
    ("iam:AttachRolePolicy", &["role"]),
    ("iam:PutGroupPolicy", &["group"]),
    ("iam:AttachGroupPolicy", &["group"]),
    ("iam:AddUserToGroup", &["group"]),
    ("iam:RemoveUserFromGroup", &["group"]),
    ("iam:CreatePolicyVersion", &["policy"]),
    ("iam:SetDefaultPolicyVersion", &["policy"]),
    ("iam:CreateAccessKey", &["user"]),
    ("iam:DeleteAccessKey", &["user"]),
    ("iam:CreateLoginProfile", &["user"]),
    ("iam:UpdateLoginProfile", &["user"]),
    ("iam:CreateUser", &["user"]),
    ("iam:CreateRole", &["role"]),
    ("iam:UpdateAssumeRolePolicy", &["role"]),
    ("iam:DeleteUserPermissionsBoundary", &["user"]),
    ("iam:DeleteRolePermissionsBoundary", &["role"]),
    ("iam:PutUserPermissionsBoundary", &["user"]),
    ("iam:PutRolePermissionsBoundary", &["role"]),
    ("iam:DeleteUserPolicy", &["user"]),
    ("iam:DeleteRolePolicy", &["role"]),
    ("iam:DetachUserPolicy", &["user"]),
    ("iam:DetachRolePolicy", &["role"]),
    ("iam:DetachGroupPolicy", &["group"]),
    ("iam:DeleteGroupPolicy", &["group"]),
    ("iam:PassRole", &["role"]),
    ("sts:AssumeRole", &["role"]),
    ("lambda:CreateFunction", &[]),
    ("lambda:InvokeFunction", &[]),
    ("lambda:UpdateFunctionCode", &[]),
    ("ec2:RunInstances", &[]),
    ("cloudformation:CreateStack", &[]),
    ("iam:*", &["user", "role", "group", "policy"]),
    ("s3:GetObject", &[]),
];

impl About {
    fn actions(self) -> &'static [ActionOn] {
        match self {
            Self::Nothing => &[],
            Self::Sessions => &[("iam:EnableMFADevice", &["user"]), ("iam:DeactivateMFADevice", &["user"])],
            Self::Tags => &[
                ("iam:TagUser", &["user"]),
                ("iam:TagRole", &["role"]),
                ("iam:UntagUser", &["user"]),
                ("iam:UntagRole", &["role"]),
            ],
        }
    }

    /// A condition of a statement.
    fn condition(self, dice: &mut Dice) -> Option<Value> {
        let found = match self {
            Self::Nothing => return None,
            Self::Sessions => vec![
                json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
                json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
                json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
                json!({"Null": {"aws:MultiFactorAuthPresent": "true"}}),
                json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}),
            ],
            Self::Tags => vec![
                json!({"StringEquals": {"aws:PrincipalTag/team": dice.pick(&TEAMS)}}),
                json!({"StringNotEquals": {"aws:PrincipalTag/team": dice.pick(&TEAMS)}}),
                json!({"StringEquals": {"aws:ResourceTag/team": dice.pick(&TEAMS)}}),
                json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}),
                json!({"StringEquals": {"aws:RequestTag/team": dice.pick(&TEAMS)}}),
                json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
                json!({"Null": {"aws:PrincipalTag/team": "true"}}),
            ],
        };
        Some(found[dice.below(found.len())].clone())
    }

    /// A condition of a trust policy.
    fn condition_of_trust(self, dice: &mut Dice) -> Option<Value> {
        let found = match self {
            Self::Nothing => return None,
            Self::Sessions => [
                json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
                json!({"StringEquals": {"sts:ExternalId": "agreed"}}),
                json!({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}),
            ],
            Self::Tags => [
                json!({"StringEquals": {"aws:PrincipalTag/team": dice.pick(&TEAMS)}}),
                json!({"StringNotEquals": {"aws:PrincipalTag/team": dice.pick(&TEAMS)}}),
                json!({"StringEquals": {"sts:ExternalId": "agreed"}}),
            ],
        };
        Some(found[dice.below(found.len())].clone())
    }

    fn tags(self, dice: &mut Dice) -> Value {
        match self {
            Self::Tags if !dice.chance(3) => json!([{"Key": "team", "Value": dice.pick(&TEAMS)}]),
            _ => json!([]),
        }
    }
}

const TEAMS: [&str; 2] = ["ops", "web"];

fn resource(dice: &mut Dice, kinds: &[&str]) -> String {
    if kinds.is_empty() || dice.chance(3) {
        return "*".to_owned();
    }
    let kind = dice.pick(kinds);
    let name = match kind {
        "user" => dice.pick(&["ada", "bob", "cat", "*", "${aws:username}"]),
        "role" => dice.pick(&["entry", "work", "new-app", "*", "new-*", "w*"]),
        "group" => dice.pick(&["dev", "ops", "*"]),
        _ => dice.pick(&["shared", "fence", "*", "sh*"]),
    };
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

/// Conditions that hold, do not hold, or cannot be decided.
fn condition(dice: &mut Dice, about: About, action: &str) -> Option<Value> {
    if about != About::Nothing && dice.chance(3) {
        return about.condition(dice);
    }
    if !dice.chance(6) {
        return None;
    }
    let choosable = [
        json!({"ArnLike": {"iam:PolicyARN": format!("arn:aws:iam::{ACCOUNT}:policy/sh*")}}),
        json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}}),
    ];
    if action.contains(":Attach") && dice.chance(2) {
        return Some(choosable[dice.below(choosable.len())].clone());
    }
    if action == "iam:PassRole" && dice.chance(2) {
        return Some(
            json!({"StringEquals": {"iam:PassedToService": dice.pick(&["lambda.amazonaws.com", "ec2.amazonaws.com"])}}),
        );
    }
    let others = [
        json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}}),
        json!({"DateGreaterThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}}),
        json!({"StringEquals": {"aws:username": "ada"}}),
        json!({"ArnEquals": {"aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:role/work")}}),
    ];
    Some(others[dice.below(others.len())].clone())
}

fn statement(dice: &mut Dice, about: About, effect: &str) -> Value {
    let all: Vec<ActionOn> = ACTIONS.iter().chain(about.actions()).copied().collect();
    let (action, kinds) = dice.pick(&all);
    let mut actions = vec![action];
    // A second one about the same.
    let (other, its_kinds) = dice.pick(&all);
    if its_kinds == kinds {
        actions.push(other);
    }
    let mut statement = json!({"Effect": effect, "Action": actions, "Resource": resource(dice, kinds)});
    if let Some(condition) = condition(dice, about, action) {
        statement["Condition"] = condition;
    }
    statement
}

fn document(dice: &mut Dice, about: About) -> Value {
    let many = 1 + dice.below(3);
    let statements: Vec<Value> = (0..many)
        .map(|_| match dice.below(12) {
            0 => json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
            1 | 2 => statement(dice, about, "Deny"),
            _ => statement(dice, about, "Allow"),
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn inline(dice: &mut Dice, about: About) -> Value {
    let many = dice.pick(&[0, 1, 1, 2]);
    (0..many)
        .map(|place| json!({"PolicyName": format!("own{place}"), "PolicyDocument": document(dice, about)}))
        .collect()
}

fn attached(dice: &mut Dice) -> Value {
    match dice.chance(3) {
        true => json!([{"PolicyName": "shared", "PolicyArn": format!("arn:aws:iam::{ACCOUNT}:policy/shared")}]),
        false => json!([]),
    }
}

fn bound(dice: &mut Dice, principal: &mut Value) {
    if dice.chance(5) {
        let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{}", dice.pick(&POLICIES));
        principal["PermissionsBoundary"] = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
    }
}

fn trust(dice: &mut Dice, about: About) -> Value {
    let principal = match dice.below(6) {
        0 => json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/bob")}),
        1 => json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/entry")}),
        2 => json!({"Service": "lambda.amazonaws.com"}),
        3 => json!({"Service": ["ec2.amazonaws.com", "cloudformation.amazonaws.com"]}),
        _ => json!({"AWS": ACCOUNT}),
    };
    let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    if dice.chance(8) {
        statement["Condition"] = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});
    }
    if about != About::Nothing && dice.chance(4) {
        statement["Condition"] = about.condition_of_trust(dice).unwrap();
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

/// Details of a random account, in AWS's own shape.
pub(crate) fn details(dice: &mut Dice) -> Value {
    details_about(dice, About::Nothing)
}

/// The same with such conditions.
pub(crate) fn details_about(dice: &mut Dice, about: About) -> Value {
    let basics = |kind: &str, name: &str| {
        let id = format!("{kind}{}", name.to_ascii_uppercase());
        json!({"Path": "/", "CreateDate": "2024-01-01T00:00:00Z", "Tags": [],
               "Arn": format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}"), "UserId": id, "RoleId": id, "GroupId": id})
    };
    let users: Vec<Value> = USERS
        .iter()
        .map(|name| {
            let mut user = basics("user", name);
            let groups: Vec<&str> = GROUPS.into_iter().filter(|_| dice.chance(4)).collect();
            user["UserName"] = json!(name);
            user["Tags"] = about.tags(dice);
            user["UserPolicyList"] = inline(dice, about);
            user["AttachedManagedPolicies"] = attached(dice);
            user["GroupList"] = json!(groups);
            bound(dice, &mut user);
            user
        })
        .collect();
    let roles: Vec<Value> = ROLES
        .iter()
        .map(|name| {
            let mut role = basics("role", name);
            role["RoleName"] = json!(name);
            role["Tags"] = about.tags(dice);
            role["RolePolicyList"] = inline(dice, about);
            role["AttachedManagedPolicies"] = attached(dice);
            role["AssumeRolePolicyDocument"] = trust(dice, about);
            role["InstanceProfileList"] = json!([]);
            bound(dice, &mut role);
            role
        })
        .collect();
    let groups: Vec<Value> = GROUPS
        .iter()
        .map(|name| {
            let mut group = basics("group", name);
            group["GroupName"] = json!(name);
            group["GroupPolicyList"] = inline(dice, about);
            group["AttachedManagedPolicies"] = attached(dice);
            group
        })
        .collect();
    let policies: Vec<Value> = POLICIES
        .iter()
        .map(|name| {
            let mut versions =
                vec![json!({"VersionId": "v2", "IsDefaultVersion": true, "Document": document(dice, about)})];
            if dice.chance(3) {
                versions.push(json!({"VersionId": "v1", "IsDefaultVersion": false, "Document": document(dice, about)}));
            }
            json!({"PolicyName": name, "PolicyId": format!("ANPA{}", name.to_ascii_uppercase()), "Path": "/",
                   "Arn": format!("arn:aws:iam::{ACCOUNT}:policy/{name}"), "DefaultVersionId": "v2",
                   "AttachmentCount": 1, "IsAttachable": true, "PolicyVersionList": versions})
        })
        .collect();
    json!({"UserDetailList": users, "RoleDetailList": roles, "GroupDetailList": groups, "Policies": policies})
}

/// A credential report on the users.
pub(crate) fn report(dice: &mut Dice) -> String {
    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
        access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
        cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    let mut text = format!("{HEADER}\n");
    let root = format!("<root_account>,arn:aws:iam::{ACCOUNT}:root,2020-01-01T00:00:00+00:00,not_supported");
    text.push_str(&format!("{root},no_information,not_supported,not_supported,true"));
    text.push_str(",false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n");
    for user in USERS {
        let password = dice.chance(2);
        let mut key = || match dice.chance(2) {
            true => "true,2024-01-01T00:00:00+00:00,N/A,N/A,N/A",
            false => "false,N/A,N/A,N/A,N/A",
        };
        let (one, other) = (key(), key());
        let changed = if password { "2024-01-01T00:00:00+00:00" } else { "N/A" };
        text.push_str(&format!(
            "{user},arn:aws:iam::{ACCOUNT}:user/{user},2024-01-01T00:00:00+00:00,{password},N/A,{changed},N/A,{},{one},\
             {other},false,N/A,false,N/A\n",
            dice.chance(2)
        ));
    }
    text
}

/// What is known of an account.
pub(crate) fn facts(details: &Value, report: &str) -> Facts {
    let as_of = "2026-01-31T12:00:00Z".parse().unwrap();
    let mut facts = Facts::unread(ACCOUNT.parse().unwrap(), as_of);
    facts.authorization_details = Fact::Known(AuthorizationDetails::parse(&details.to_string()).unwrap());
    facts.credential_report = Fact::Known(CredentialReport::parse(report.as_bytes(), None, as_of).unwrap());
    facts
}
