//! Resources, as AWS Config names them.

use std::fmt;

use crate::account::AccountId;
use crate::arn::Arn;

/// The kinds of resources that rules report on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// `AWS::::Account`.
    Account,
    /// `AWS::IAM::User`.
    User,
    /// `AWS::IAM::Group`.
    Group,
    /// `AWS::IAM::Role`.
    Role,
    /// `AWS::IAM::Policy`: a managed policy of the account.
    Policy,
}

impl ResourceType {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Account, Self::User, Self::Group, Self::Role, Self::Policy];

    /// AWS Config's name of the kind.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "AWS::::Account",
            Self::User => "AWS::IAM::User",
            Self::Group => "AWS::IAM::Group",
            Self::Role => "AWS::IAM::Role",
            Self::Policy => "AWS::IAM::Policy",
        }
    }

    /// The kind that AWS Config calls `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The resource of a verdict, as AWS Config names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvaluatedResource {
    /// AWS Config's name of the resource type, as text, because an event can have a type that no rule evaluates.
    pub resource_type: String,
    /// AWS Config's resource id: the account id, or IAM's unique id.
    pub id: String,
    /// The friendly name, if there is one.
    pub name: Option<String>,
    /// The ARN, if there is one.
    pub arn: Option<Arn>,
}

impl EvaluatedResource {
    /// The account itself.
    #[must_use]
    pub fn account(account: &AccountId) -> Self {
        Self {
            resource_type: ResourceType::Account.as_str().to_owned(),
            id: account.to_string(),
            name: None,
            arn: None,
        }
    }
}
