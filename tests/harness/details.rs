//! GetAccountAuthorizationDetails from short descriptions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::Account;
use crate::canary;
use crate::credential_report::Credential;

const MADE: &str = "2023-01-01T00:00:00Z";

/// A user.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct UserSpec {
    pub path: String,
    pub inline: BTreeMap<String, Value>,
    /// By name, or by ARN for policies of AWS.
    pub attached: Vec<String>,
    pub groups: Vec<String>,
    pub boundary: Option<String>,
    pub tags: BTreeMap<String, String>,
    /// What the credential report says of the user.
    pub credentials: Vec<Credential>,
    pub fields: Fields,
}

/// A group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct GroupSpec {
    pub inline: BTreeMap<String, Value>,
    pub attached: Vec<String>,
    pub fields: Fields,
}

/// A role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct RoleSpec {
    pub path: String,
    pub inline: BTreeMap<String, Value>,
    pub attached: Vec<String>,
    pub boundary: Option<String>,
    pub tags: BTreeMap<String, String>,
    /// By name.
    pub instance_profiles: Vec<String>,
    pub last_used: Option<String>,
    pub trust: Value,
    pub fields: Fields,
}

/// Fields of a record of AWS's that are not as they should be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    /// Not there.
    pub without: Vec<String>,
    /// There, and null.
    pub null: Vec<String>,
}

impl Fields {
    /// Changes a record.
    ///
    /// # Panics
    /// If the record does not have the field.
    pub fn apply(&self, record: &mut Value) {
        let record = record.as_object_mut().unwrap();
        for name in &self.without {
            assert!(record.remove(name).is_some(), "there is no {name}");
        }
        for name in &self.null {
            record.insert(name.clone(), Value::Null);
        }
    }
}

/// A managed policy: a document by itself (see [`document`]), or `{"document", "attachment_count"}`, or `{"record"}` with
/// whatever IAM's record is to hold instead.
pub type PolicySpec = Value;

impl Default for UserSpec {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            inline: BTreeMap::new(),
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: None,
            tags: BTreeMap::new(),
            credentials: Vec::new(),
            fields: Fields::default(),
        }
    }
}

impl Default for RoleSpec {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            inline: BTreeMap::new(),
            attached: Vec::new(),
            boundary: None,
            tags: BTreeMap::new(),
            instance_profiles: Vec::new(),
            last_used: None,
            trust: json!([{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }]),
            fields: Fields::default(),
        }
    }
}

/// The whole output.
#[must_use]
pub fn json(account: &Account) -> Value {
    let make = Make { account };
    let mut output = json!({
        "UserDetailList": account.users.iter().flatten().map(|(name, user)| make.user(name, user)).collect::<Vec<_>>(),
        "GroupDetailList": account.groups.iter().flatten().map(|(name, group)| make.group(name, group)).collect::<Vec<_>>(),
        "RoleDetailList": account.roles.iter().flatten().map(|(name, role)| make.role(name, role)).collect::<Vec<_>>(),
        "Policies": account.policies.iter().flatten().map(|(name, policy)| make.policy(name, policy)).collect::<Vec<_>>(),
        "IsTruncated": false,
    });
    account.listing.apply(&mut output);
    output
}

/// A policy document as a file of the AWS CLI holds it.
///
/// A list holds statements, each an object or one of the form `Allow s3:GetObject, s3:ListBucket on *`. An object is the
/// document as it stands, text is taken as it stands too (percent-encoded, damaged).
#[must_use]
pub fn document(short: &Value) -> Value {
    let mut document = match short {
        Value::Array(statements) => {
            let statements: Vec<Value> = statements.iter().map(statement).collect();
            json!({ "Version": "2012-10-17", "Statement": statements })
        }
        other => other.clone(),
    };
    canary::mark(&mut document);
    document
}

fn statement(short: &Value) -> Value {
    let Value::String(text) = short else { return short.clone() };
    let (effect, rest) = text.split_once(' ').unwrap_or_else(|| panic!("no statement: {text}"));
    let (actions, resources) = rest.split_once(" on ").unwrap_or_else(|| panic!("no statement: {text}"));
    let list = |text: &str| Value::from(text.split(',').map(str::trim).collect::<Vec<_>>());
    json!({ "Effect": effect, "Action": list(actions), "Resource": list(resources) })
}

/// IAM's record of one entity of the account, as [`json()`] has it.
#[must_use]
pub fn record(account: &Account, resource_type: &str, name: &str) -> Value {
    let (list, key) = match resource_type {
        "AWS::IAM::User" => ("UserDetailList", "UserName"),
        "AWS::IAM::Group" => ("GroupDetailList", "GroupName"),
        "AWS::IAM::Role" => ("RoleDetailList", "RoleName"),
        _ => ("Policies", "PolicyName"),
    };
    let details = json(account);
    let records = details[list].as_array().unwrap();
    records.iter().find(|record| record[key] == name).unwrap_or_else(|| panic!("no {resource_type} {name}")).clone()
}

struct Make<'a> {
    account: &'a Account,
}

impl Make<'_> {
    fn arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.account.partition, self.account.id)
    }

    /// Policies of AWS are named by ARN.
    fn policy_arn(&self, name: &str) -> String {
        if name.starts_with("arn:") { name.to_owned() } else { self.arn(&format!("policy/{name}")) }
    }

    fn attached(&self, names: &[String]) -> Value {
        let attachment = |name: &String| {
            let arn = self.policy_arn(name);
            json!({ "PolicyName": arn.rsplit('/').next(), "PolicyArn": arn })
        };
        names.iter().map(attachment).collect()
    }

    fn boundary(&self, name: &str) -> Value {
        json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": self.policy_arn(name) })
    }

    fn user(&self, name: &str, user: &UserSpec) -> Value {
        let mut record = json!({
            "Path": user.path,
            "UserName": name,
            "UserId": id("AIDA", name),
            "Arn": self.arn(&format!("user{}{name}", user.path)),
            "CreateDate": MADE,
            "GroupList": user.groups,
            "AttachedManagedPolicies": self.attached(&user.attached),
            "Tags": tags(&user.tags),
        });
        put(&mut record, "UserPolicyList", inline(&user.inline));
        put(&mut record, "PermissionsBoundary", user.boundary.as_deref().map(|name| self.boundary(name)));
        user.fields.apply(&mut record);
        record
    }

    fn group(&self, name: &str, group: &GroupSpec) -> Value {
        let mut record = json!({
            "Path": "/",
            "GroupName": name,
            "GroupId": id("AGPA", name),
            "Arn": self.arn(&format!("group/{name}")),
            "CreateDate": MADE,
            "GroupPolicyList": inline(&group.inline).unwrap_or_else(|| json!([])),
            "AttachedManagedPolicies": self.attached(&group.attached),
        });
        group.fields.apply(&mut record);
        record
    }

    fn role(&self, name: &str, role: &RoleSpec) -> Value {
        let mut record = json!({
            "Path": role.path,
            "RoleName": name,
            "RoleId": id("AROA", name),
            "Arn": self.arn(&format!("role{}{name}", role.path)),
            "CreateDate": MADE,
            "AssumeRolePolicyDocument": document(&role.trust),
            "InstanceProfileList": role.instance_profiles.iter().map(|name| json!({ "InstanceProfileName": name })).collect::<Vec<_>>(),
            "Tags": tags(&role.tags),
            "RolePolicyList": inline(&role.inline).unwrap_or_else(|| json!([])),
            "AttachedManagedPolicies": self.attached(&role.attached),
        });
        put(&mut record, "PermissionsBoundary", role.boundary.as_deref().map(|name| self.boundary(name)));
        put(&mut record, "RoleLastUsed", role.last_used.as_deref().map(|date| json!({ "LastUsedDate": date })));
        role.fields.apply(&mut record);
        record
    }

    fn policy(&self, name: &str, policy: &PolicySpec) -> Value {
        let arn = self.policy_arn(name);
        let name = arn.rsplit('/').next().unwrap();
        let short = policy.get("document").unwrap_or(policy);
        let mut record = json!({
            "PolicyName": name,
            "PolicyId": id("ANPA", name),
            "Arn": arn,
            "Path": "/",
            "DefaultVersionId": "v1",
            "AttachmentCount": policy.get("attachment_count").cloned().unwrap_or_else(|| self.attachments(&arn).into()),
            "IsAttachable": true,
            "CreateDate": MADE,
            "PolicyVersionList": [{ "Document": document(short), "VersionId": "v1", "IsDefaultVersion": true }],
        });
        for (key, value) in policy.get("record").and_then(Value::as_object).into_iter().flatten() {
            record[key] = value.clone();
        }
        record
    }

    /// To how many users, groups and roles a policy is attached.
    fn attachments(&self, arn: &str) -> usize {
        let users = self.account.users.iter().flatten().map(|(_, user)| &user.attached);
        let groups = self.account.groups.iter().flatten().map(|(_, group)| &group.attached);
        let roles = self.account.roles.iter().flatten().map(|(_, role)| &role.attached);
        users.chain(groups).chain(roles).filter(|names| names.iter().any(|name| self.policy_arn(name) == arn)).count()
    }
}

/// A unique id that shows whose it is.
#[must_use]
pub fn id(prefix: &str, name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    prefix.chars().chain(letters.map(|letter| letter.to_ascii_uppercase())).collect()
}

fn tags(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

fn inline(policies: &BTreeMap<String, Value>) -> Option<Value> {
    // IAM leaves the list out when it is empty.
    (!policies.is_empty()).then(|| {
        let policy =
            |(name, short): (&String, &Value)| json!({ "PolicyName": name, "PolicyDocument": document(short) });
        policies.iter().map(policy).collect()
    })
}

fn put(record: &mut Value, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        record[key] = value;
    }
}
