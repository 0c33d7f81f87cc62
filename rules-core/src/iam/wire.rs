//! The formats in which IAM and AWS Config deliver entities.
//!
//! One set of types reads both: the output of GetAccountAuthorizationDetails (`UserName`) and AWS Config's
//! configuration items (`userName`) differ only in the case of the first letter. The types of [`super`] check and
//! interpret them, so every field here can be absent.

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Deserialize as DeriveDeserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::timestamp::Timestamp;

/// The output of GetAccountAuthorizationDetails, all pages together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct AuthorizationDetails {
    pub user_detail_list: Vec<UserDetail>,
    pub group_detail_list: Vec<GroupDetail>,
    pub role_detail_list: Vec<RoleDetail>,
    pub policies: Vec<ManagedPolicyDetail>,
    /// Whether more pages follow. Pages are merged after the last one was read.
    pub is_truncated: bool,
}

/// A field that IAM omits if it is empty. IAM does not use null for this, so null is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Omissible<T> {
    /// The field is omitted.
    #[default]
    LeftOut,
    /// The field is null.
    Null,
    /// The value of the field.
    Given(T),
}

impl<T> Omissible<T> {
    /// Whether the field is omitted.
    #[must_use]
    pub fn is_left_out(&self) -> bool {
        matches!(self, Self::LeftOut)
    }

    /// The same in a source that writes null where there is nothing to say.
    #[must_use]
    pub(crate) fn or_null(self) -> Self {
        if let Self::Null = self { Self::LeftOut } else { self }
    }
}

impl<T> From<Option<T>> for Omissible<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::LeftOut, Self::Given)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Omissible<T> {
    /// Only called where the field is there.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Given))
    }
}

impl<T: Serialize> Serialize for Omissible<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Given(value) => value.serialize(serializer),
            Self::LeftOut | Self::Null => serializer.serialize_none(),
        }
    }
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct UserDetail {
    #[serde(alias = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(alias = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(alias = "userId", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(alias = "arn", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(alias = "createDate", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    #[serde(alias = "userPolicyList", skip_serializing_if = "Omissible::is_left_out")]
    pub user_policy_list: Omissible<Vec<PolicyDetail>>,
    #[serde(alias = "groupList", skip_serializing_if = "Option::is_none")]
    pub group_list: Option<Vec<String>>,
    #[serde(alias = "attachedManagedPolicies", skip_serializing_if = "Option::is_none")]
    pub attached_managed_policies: Option<Vec<AttachedPolicy>>,
    #[serde(alias = "permissionsBoundary", skip_serializing_if = "Omissible::is_left_out")]
    pub permissions_boundary: Omissible<AttachedPermissionsBoundary>,
    #[serde(alias = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// A group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct GroupDetail {
    #[serde(alias = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(alias = "groupName", skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    #[serde(alias = "groupId", skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    #[serde(alias = "arn", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(alias = "createDate", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    #[serde(alias = "groupPolicyList", skip_serializing_if = "Option::is_none")]
    pub group_policy_list: Option<Vec<PolicyDetail>>,
    #[serde(alias = "attachedManagedPolicies", skip_serializing_if = "Option::is_none")]
    pub attached_managed_policies: Option<Vec<AttachedPolicy>>,
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct RoleDetail {
    #[serde(alias = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(alias = "roleName", skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    #[serde(alias = "roleId", skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    #[serde(alias = "arn", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(alias = "createDate", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    #[serde(alias = "assumeRolePolicyDocument", skip_serializing_if = "Option::is_none")]
    pub assume_role_policy_document: Option<Document>,
    #[serde(alias = "instanceProfileList", skip_serializing_if = "Option::is_none")]
    pub instance_profile_list: Option<Vec<InstanceProfile>>,
    #[serde(alias = "rolePolicyList", skip_serializing_if = "Option::is_none")]
    pub role_policy_list: Option<Vec<PolicyDetail>>,
    #[serde(alias = "attachedManagedPolicies", skip_serializing_if = "Option::is_none")]
    pub attached_managed_policies: Option<Vec<AttachedPolicy>>,
    #[serde(alias = "permissionsBoundary", skip_serializing_if = "Omissible::is_left_out")]
    pub permissions_boundary: Omissible<AttachedPermissionsBoundary>,
    #[serde(alias = "roleLastUsed", skip_serializing_if = "Option::is_none", deserialize_with = "if_readable")]
    pub role_last_used: Option<RoleLastUsed>,
    #[serde(alias = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// When a role was last used. The date is absent if the role was not used in the tracking period, which is 400 days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct RoleLastUsed {
    #[serde(alias = "lastUsedDate", skip_serializing_if = "Option::is_none")]
    pub last_used_date: Option<Timestamp>,
}

/// A value if it can be read. No verdict depends on it, so that what cannot be read is left out.
fn if_readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RoleLastUsed>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// An instance profile, which gives a role to EC2 instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct InstanceProfile {
    #[serde(alias = "instanceProfileName", skip_serializing_if = "Option::is_none")]
    pub instance_profile_name: Option<String>,
    #[serde(alias = "arn", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// A managed policy with its versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct ManagedPolicyDetail {
    #[serde(alias = "policyName", skip_serializing_if = "Option::is_none")]
    pub policy_name: Option<String>,
    #[serde(alias = "policyId", skip_serializing_if = "Option::is_none")]
    pub policy_id: Option<String>,
    #[serde(alias = "arn", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    #[serde(alias = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(alias = "defaultVersionId", skip_serializing_if = "Option::is_none")]
    pub default_version_id: Option<String>,
    #[serde(alias = "attachmentCount", skip_serializing_if = "Option::is_none")]
    pub attachment_count: Option<u64>,
    #[serde(alias = "permissionsBoundaryUsageCount", skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_usage_count: Option<u64>,
    #[serde(alias = "createDate", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    #[serde(alias = "policyVersionList", skip_serializing_if = "Option::is_none")]
    pub policy_version_list: Option<Vec<PolicyVersion>>,
}

/// One version of a managed policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct PolicyVersion {
    #[serde(alias = "document", skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    #[serde(alias = "versionId", skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    #[serde(alias = "isDefaultVersion", skip_serializing_if = "Option::is_none")]
    pub is_default_version: Option<bool>,
}

/// An inline policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct PolicyDetail {
    #[serde(alias = "policyName", skip_serializing_if = "Option::is_none")]
    pub policy_name: Option<String>,
    #[serde(alias = "policyDocument", skip_serializing_if = "Option::is_none")]
    pub policy_document: Option<Document>,
}

/// The attachment of a managed policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct AttachedPolicy {
    #[serde(alias = "policyName", skip_serializing_if = "Option::is_none")]
    pub policy_name: Option<String>,
    #[serde(alias = "policyArn", skip_serializing_if = "Option::is_none")]
    pub policy_arn: Option<String>,
}

/// The permissions boundary of a user or role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct AttachedPermissionsBoundary {
    #[serde(alias = "permissionsBoundaryType", skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_type: Option<String>,
    #[serde(alias = "permissionsBoundaryArn", skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_arn: Option<String>,
}

/// A tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are IAM's own")]
pub struct Tag {
    #[serde(alias = "key")]
    pub key: String,
    #[serde(alias = "value")]
    pub value: String,
}

/// A policy document as delivered, not yet decoded.
///
/// IAM and AWS Config deliver percent-encoded text, the AWS CLI decodes it into an object, and sample items of AWS's
/// own tools wrap that object in a list of one. All three are stored as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Document(String);

impl Document {
    /// The document with this text: JSON, or percent-encoded JSON.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue as Deserialize>::deserialize(deserializer)?;
        let read = |raw: &str| serde_json::from_str(raw).map_err(D::Error::custom);
        match raw.get().as_bytes().first() {
            Some(b'"') => read(raw.get()).map(Self),
            Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(raw.get()).map_err(D::Error::custom)?.as_slice()
            {
                [document] => Ok(Self(document.get().to_owned())),
                list => {
                    Err(D::Error::custom(format!("a list of {} policy documents where one was expected", list.len())))
                }
            },
            _ => Ok(Self(raw.get().to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RoleDetail;

    #[test]
    fn a_last_use_that_cannot_be_read_costs_nothing_else() {
        let read = |last_used: &str| -> RoleDetail {
            serde_json::from_str(&format!(r#"{{"RoleName":"app","RoleLastUsed":{last_used}}}"#)).unwrap()
        };
        let date = |role: RoleDetail| role.role_last_used.map(|used| used.last_used_date.map(|date| date.to_string()));
        assert_eq!(
            date(read(r#"{"LastUsedDate":"2026-01-05T06:07:08Z","Region":"eu-west-1"}"#)),
            Some(Some("2026-01-05T06:07:08Z".to_owned()))
        );
        assert_eq!(date(read("{}")), Some(None));
        for damaged in ["null", "7", r#""yesterday""#, r#"{"LastUsedDate":"yesterday"}"#] {
            let role = read(damaged);
            assert_eq!((role.role_name.as_deref(), role.role_last_used), (Some("app"), None), "{damaged}");
        }
        assert_eq!(serde_json::from_str::<RoleDetail>("{}").unwrap(), RoleDetail::default());
    }
}
