//! The conversion of the SDK's types into the types of the core.

use aws_sdk_iam::types as sdk;
use rules_core::Timestamp;
use rules_core::iam::wire;

use crate::aws::sdk_time;

pub(super) fn user(user: sdk::UserDetail) -> wire::UserDetail {
    wire::UserDetail {
        path: user.path,
        user_name: user.user_name,
        user_id: user.user_id,
        arn: user.arn,
        create_date: moment(user.create_date.as_ref()),
        user_policy_list: list(user.user_policy_list, inline_policy).into(),
        group_list: user.group_list,
        attached_managed_policies: list(user.attached_managed_policies, attached_policy),
        permissions_boundary: user.permissions_boundary.map(boundary).into(),
        tags: list(user.tags, tag),
    }
}

pub(super) fn group(group: sdk::GroupDetail) -> wire::GroupDetail {
    wire::GroupDetail {
        path: group.path,
        group_name: group.group_name,
        group_id: group.group_id,
        arn: group.arn,
        create_date: moment(group.create_date.as_ref()),
        group_policy_list: list(group.group_policy_list, inline_policy),
        attached_managed_policies: list(group.attached_managed_policies, attached_policy),
    }
}

pub(super) fn role(role: sdk::RoleDetail) -> wire::RoleDetail {
    wire::RoleDetail {
        path: role.path,
        role_name: role.role_name,
        role_id: role.role_id,
        arn: role.arn,
        create_date: moment(role.create_date.as_ref()),
        assume_role_policy_document: role.assume_role_policy_document.map(wire::Document::new),
        instance_profile_list: list(role.instance_profile_list, |profile| wire::InstanceProfile {
            instance_profile_name: Some(profile.instance_profile_name),
            arn: Some(profile.arn),
        }),
        role_policy_list: list(role.role_policy_list, inline_policy),
        attached_managed_policies: list(role.attached_managed_policies, attached_policy),
        permissions_boundary: role.permissions_boundary.map(boundary).into(),
        role_last_used: role
            .role_last_used
            .map(|used| wire::RoleLastUsed { last_used_date: moment(used.last_used_date.as_ref()) }),
        tags: list(role.tags, tag),
    }
}

pub(super) fn managed_policy(policy: sdk::ManagedPolicyDetail) -> wire::ManagedPolicyDetail {
    wire::ManagedPolicyDetail {
        policy_name: policy.policy_name,
        policy_id: policy.policy_id,
        arn: policy.arn,
        path: policy.path,
        default_version_id: policy.default_version_id,
        attachment_count: policy.attachment_count.and_then(|count| count.try_into().ok()),
        permissions_boundary_usage_count: policy
            .permissions_boundary_usage_count
            .and_then(|count| count.try_into().ok()),
        create_date: moment(policy.create_date.as_ref()),
        policy_version_list: list(policy.policy_version_list, |version| wire::PolicyVersion {
            document: version.document.map(wire::Document::new),
            version_id: version.version_id,
            is_default_version: Some(version.is_default_version),
        }),
    }
}

/// A list that was not delivered stays unknown; it is not empty.
fn list<S, W>(records: Option<Vec<S>>, convert: fn(S) -> W) -> Option<Vec<W>> {
    records.map(|records| records.into_iter().map(convert).collect())
}

fn moment(moment: Option<&aws_smithy_types::DateTime>) -> Option<Timestamp> {
    moment.and_then(sdk_time::from_sdk)
}

fn inline_policy(policy: sdk::PolicyDetail) -> wire::PolicyDetail {
    wire::PolicyDetail {
        policy_name: policy.policy_name,
        policy_document: policy.policy_document.map(wire::Document::new),
    }
}

fn attached_policy(policy: sdk::AttachedPolicy) -> wire::AttachedPolicy {
    wire::AttachedPolicy { policy_name: policy.policy_name, policy_arn: policy.policy_arn }
}

fn boundary(boundary: sdk::AttachedPermissionsBoundary) -> wire::AttachedPermissionsBoundary {
    wire::AttachedPermissionsBoundary {
        permissions_boundary_type: boundary.permissions_boundary_type.map(|kind| kind.as_str().to_owned()),
        permissions_boundary_arn: boundary.permissions_boundary_arn,
    }
}

fn tag(tag: sdk::Tag) -> wire::Tag {
    wire::Tag { key: tag.key, value: tag.value }
}
