//! GetAccountAuthorizationDetails: the users, groups, roles and policies of an account.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::account_summary::{self, AccountSummary};
use super::credential_report::CredentialReport;
use super::entity::{Group, ManagedPolicy, NoIdentity, Role, User, last_of_path};
use super::listing::Ending;
use super::wire::{self, Omissible};
use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::{Fact, MissingFact};
use crate::json::{self, JsonError};
use crate::text::visible;

/// The users, groups, roles and policies of an account, complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationDetails {
    /// The users. All lists are ordered by ARN.
    pub users: Vec<User>,
    /// The groups.
    pub groups: Vec<Group>,
    /// The roles.
    pub roles: Vec<Role>,
    /// The customer managed policies, and the AWS managed policies in use.
    pub policies: Vec<ManagedPolicy>,
    group_by_name: BTreeMap<String, usize>,
    policy_by_arn: BTreeMap<Arn, usize>,
    end: End,
}

/// What is known of the end of the listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    /// Every page was read here, without a filter.
    #[default]
    Read,
    /// The output is marked as the last page.
    Said,
    /// The AWS CLI merged the pages, and the output has no mark.
    Unsaid,
}

/// The reason why the output was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidAuthorizationDetails(JsonError);

/// The four lists with unparsed elements, so that an invalid element does not affect the others.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lists<'a> {
    #[serde(borrow)]
    user_detail_list: Vec<&'a RawValue>,
    #[serde(borrow)]
    group_detail_list: Vec<&'a RawValue>,
    #[serde(borrow)]
    role_detail_list: Vec<&'a RawValue>,
    #[serde(borrow)]
    policies: Vec<&'a RawValue>,
    #[serde(default)]
    is_truncated: Omissible<bool>,
    #[serde(borrow)]
    marker: Option<&'a RawValue>,
    #[serde(borrow)]
    next_token: Option<&'a RawValue>,
}

impl AuthorizationDetails {
    /// Reads the JSON that `aws iam get-account-authorization-details` prints.
    ///
    /// # Errors
    /// If the text is not this output, if more pages follow, if two records of one ARN differ, or if records
    /// belong to different accounts. An unreadable record with a readable identity is not an error: its details are
    /// unavailable.
    pub fn parse(text: &str) -> Result<Self, InvalidAuthorizationDetails> {
        let lists: Lists<'_> = json::read_as(text).map_err(InvalidAuthorizationDetails)?;
        let Lists { is_truncated, marker, next_token, .. } = lists;
        let ending = Ending { is_truncated, marker, next_token };
        let end = match ending.is_said_whole().map_err(InvalidAuthorizationDetails)? {
            true => End::Said,
            false => End::Unsaid,
        };
        let element = Element { text };
        let users = element.read_list("UserDetailList", &lists.user_detail_list, User::from_wire, User::unreadable)?;
        let groups =
            element.read_list("GroupDetailList", &lists.group_detail_list, Group::from_wire, Group::unreadable)?;
        let roles = element.read_list("RoleDetailList", &lists.role_detail_list, Role::from_wire, Role::unreadable)?;
        let policies = element.read_list("Policies", &lists.policies, ManagedPolicy::from_wire, |wire, reason| {
            ManagedPolicy::unreadable(&wire, reason)
        })?;
        Ok(Self { end, ..Self::assemble(users, groups, roles, policies)? })
    }

    /// Takes the output of the API, every page of it.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_wire(wire: wire::AuthorizationDetails) -> Result<Self, InvalidAuthorizationDetails> {
        fn convert<W, T>(
            list: &str,
            records: Vec<W>,
            read: fn(W) -> Result<T, NoIdentity>,
        ) -> Result<Vec<T>, InvalidAuthorizationDetails> {
            let indexed = records.into_iter().enumerate();
            indexed
                .map(|(index, record)| read(record).map_err(|why| refuse(&format!("$.{list}[{index}]"), &why)))
                .collect()
        }
        Self::assemble(
            convert("UserDetailList", wire.user_detail_list, User::from_wire)?,
            convert("GroupDetailList", wire.group_detail_list, Group::from_wire)?,
            convert("RoleDetailList", wire.role_detail_list, Role::from_wire)?,
            convert("Policies", wire.policies, ManagedPolicy::from_wire)?,
        )
    }

    fn assemble(
        mut users: Vec<User>,
        mut groups: Vec<Group>,
        mut roles: Vec<Role>,
        mut policies: Vec<ManagedPolicy>,
    ) -> Result<Self, InvalidAuthorizationDetails> {
        settle(&mut users, |user| &user.identity.arn)?;
        settle(&mut groups, |group| &group.identity.arn)?;
        settle(&mut roles, |role| &role.identity.arn)?;
        settle(&mut policies, |policy| &policy.identity.arn)?;
        let group_by_name =
            groups.iter().enumerate().map(|(index, group)| (group.identity.name.clone(), index)).collect();
        let policy_by_arn =
            policies.iter().enumerate().map(|(index, policy)| (policy.identity.arn.clone(), index)).collect();
        let details = Self { users, groups, roles, policies, group_by_name, policy_by_arn, end: End::Read };
        details.check_one_account()?;
        Ok(details)
    }

    /// The same list, marked as complete, because every page was read without a filter.
    #[must_use]
    pub fn read_whole(self) -> Self {
        Self { end: End::Read, ..self }
    }

    fn check_one_account(&self) -> Result<(), InvalidAuthorizationDetails> {
        let Some(account) = self.account() else { return Ok(()) };
        match self.arns().find(|arn| arn.account_id().is_some_and(|other| other != account)) {
            None => Ok(()),
            Some(other) => {
                let other = visible(other.as_str(), 100);
                Err(refuse("$", &format!("records of two accounts: `{account}` and `{other}`")))
            }
        }
    }

    /// The reason why the lists are incomplete, if other facts prove it: pages can be missing, or a filter can exclude
    /// whole kinds of entities.
    ///
    /// A user without a row in `report` proves nothing. A row without a user proves that the list is incomplete only if
    /// the list is not marked as complete; otherwise the user was deleted after the report.
    #[must_use]
    pub fn hole(&self, summary: Option<&AccountSummary>, report: Option<&CredentialReport>) -> Option<MissingFact> {
        let missing = |reason: String| Some(MissingFact::new("account-authorization-details", reason));
        let own = self.policies.iter().filter(|policy| !policy.is_aws_managed()).count();
        let listed = [
            (self.users.len(), account_summary::USERS),
            (self.groups.len(), account_summary::GROUPS),
            (self.roles.len(), account_summary::ROLES),
            (own, account_summary::POLICIES),
        ];
        for (listed, key) in listed {
            let counted =
                summary.and_then(|summary| summary.count(key).ok()).and_then(|count| usize::try_from(count).ok());
            let is_short = match self.end {
                End::Read => false,
                End::Said => listed == 0,
                End::Unsaid => true,
            };
            if let Some(counted) = counted.filter(|counted| is_short && *counted > listed) {
                let kind = key.to_lowercase();
                return missing(format!("it lists {listed} of the {counted} {kind} in the account summary"));
            }
        }
        let unlisted = |arn: &&Arn| self.end == End::Unsaid && self.user(arn).is_none();
        let unlisted = report.and_then(|report| report.users().find(unlisted))?;
        let name = visible(&last_of_path(unlisted), 64);
        missing(format!("it does not have user {name} of the credential report, and its list can be incomplete"))
    }

    /// The account of the records; none without records.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.arns().find_map(Arn::account_id)
    }

    /// The ARN of every record.
    pub(crate) fn arns(&self) -> impl Iterator<Item = &Arn> {
        let users = self.users.iter().map(|user| &user.identity);
        let groups = self.groups.iter().map(|group| &group.identity);
        let roles = self.roles.iter().map(|role| &role.identity);
        let policies = self.policies.iter().map(|policy| &policy.identity);
        users.chain(groups).chain(roles).chain(policies).map(|identity| &identity.arn)
    }

    /// The user with this ARN, if there is one.
    #[must_use]
    pub fn user(&self, arn: &Arn) -> Option<&User> {
        let found = self.users.binary_search_by(|user| user.identity.arn.cmp(arn));
        found.ok().and_then(|index| self.users.get(index))
    }

    /// The role with this ARN, if there is one.
    #[must_use]
    pub fn role(&self, arn: &Arn) -> Option<&Role> {
        let found = self.roles.binary_search_by(|role| role.identity.arn.cmp(arn));
        found.ok().and_then(|index| self.roles.get(index))
    }

    /// The group with this name.
    ///
    /// # Errors
    /// If the group was not delivered. Its permissions are then unknown, not empty.
    pub fn group(&self, name: &str) -> Result<&Group, MissingFact> {
        let group = self.group_by_name.get(name).and_then(|index| self.groups.get(*index));
        group.ok_or_else(|| MissingFact::new(format!("group {name}"), "it is not among the account's groups"))
    }

    /// The managed policy with this ARN.
    ///
    /// # Errors
    /// If the policy was not delivered. Its permissions are then unknown, not empty.
    pub fn policy(&self, arn: &Arn) -> Result<&ManagedPolicy, MissingFact> {
        let policy = self.policy_by_arn.get(arn).and_then(|index| self.policies.get(*index));
        policy.ok_or_else(|| MissingFact::new(format!("policy {arn}"), "it is not among the delivered policies"))
    }

    /// Every part that was delivered but could not be read, in the order of the records.
    #[must_use]
    pub fn unread(&self) -> Vec<&MissingFact> {
        fn of_grants(grants: &super::Grants) -> impl Iterator<Item = &MissingFact> {
            let documents = grants.inline.known().into_iter().flatten().filter_map(|policy| policy.document.missing());
            documents.chain(grants.inline.missing()).chain(grants.attached.missing())
        }
        fn of<'a, T>(fact: &'a Fact<T>, inner: impl FnOnce(&'a T) -> Vec<&'a MissingFact>) -> Vec<&'a MissingFact> {
            match fact {
                Fact::Known(value) => inner(value),
                Fact::Unavailable(missing) => vec![missing],
            }
        }
        let mut unread = Vec::new();
        for user in &self.users {
            unread.extend(of(&user.details, |details| {
                of_grants(&details.grants).chain(details.groups.missing()).collect()
            }));
        }
        for group in &self.groups {
            unread.extend(of(&group.grants, |grants| of_grants(grants).collect()));
        }
        for role in &self.roles {
            unread.extend(of(&role.details, |details| {
                of_grants(&details.grants).chain(details.trust.missing()).collect()
            }));
        }
        for policy in &self.policies {
            unread.extend(of(&policy.details, |details| details.document.missing().into_iter().collect()));
        }
        unread
    }
}

fn refuse(path: &str, message: &str) -> InvalidAuthorizationDetails {
    InvalidAuthorizationDetails(JsonError::at(path, message))
}

/// Orders records by ARN and drops repeats: pages may overlap, but what they say of one record must agree.
fn settle<T: PartialEq>(records: &mut Vec<T>, arn: fn(&T) -> &Arn) -> Result<(), InvalidAuthorizationDetails> {
    records.sort_by(|one, other| arn(one).cmp(arn(other)));
    let torn = records.windows(2).find_map(|pair| match pair {
        [one, other] if arn(one) == arn(other) && one != other => Some(arn(one).clone()),
        _ => None,
    });
    if let Some(arn) = torn {
        let arn = visible(arn.as_str(), 100);
        return Err(refuse("$", &format!("two records of `{arn}` differ, so the account changed while it was read")));
    }
    records.dedup_by(|one, other| arn(one) == arn(other));
    Ok(())
}

/// Reads the elements of the lists of one text.
struct Element<'a> {
    text: &'a str,
}

impl<'a> Element<'a> {
    fn read_list<W: Deserialize<'a> + Default + Identified, T>(
        &self,
        list: &str,
        elements: &[&'a RawValue],
        read: fn(W) -> Result<T, NoIdentity>,
        unreadable: fn(W, &str) -> Result<T, NoIdentity>,
    ) -> Result<Vec<T>, InvalidAuthorizationDetails> {
        let mut records = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let path = format!("$.{list}[{index}]");
            let record = match json::read_as::<W>(element.get()) {
                Ok(wire) => read(wire),
                Err(error) => {
                    let error = error.inside(&path).moved_to(self.text, element.get());
                    let Ok(names) = json::read_as::<Names>(element.get()) else {
                        return Err(InvalidAuthorizationDetails(error));
                    };
                    unreadable(W::identified(names), &error.to_string())
                        .map_err(|_| InvalidAuthorizationDetails(error.clone()))
                        .map(Ok)?
                }
            };
            records.push(record.map_err(|why| refuse(&path, &why))?);
        }
        Ok(records)
    }
}

/// Only what identifies a record, for one whose other parts cannot be read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Names {
    #[serde(alias = "UserName", alias = "GroupName", alias = "RoleName", alias = "PolicyName")]
    name: Option<String>,
    #[serde(alias = "UserId", alias = "GroupId", alias = "RoleId", alias = "PolicyId")]
    id: Option<String>,
    arn: Option<String>,
}

/// A record with a known identity only.
trait Identified {
    fn identified(names: Names) -> Self;
}

impl Identified for wire::UserDetail {
    fn identified(names: Names) -> Self {
        Self { user_name: names.name, user_id: names.id, arn: names.arn, ..Self::default() }
    }
}

impl Identified for wire::GroupDetail {
    fn identified(names: Names) -> Self {
        Self { group_name: names.name, group_id: names.id, arn: names.arn, ..Self::default() }
    }
}

impl Identified for wire::RoleDetail {
    fn identified(names: Names) -> Self {
        Self { role_name: names.name, role_id: names.id, arn: names.arn, ..Self::default() }
    }
}

impl Identified for wire::ManagedPolicyDetail {
    fn identified(names: Names) -> Self {
        Self { policy_name: names.name, policy_id: names.id, arn: names.arn, ..Self::default() }
    }
}
