//! The facts of an account.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::account::AccountId;
use crate::arn::Arn;
use crate::audit::{RegionFacts, RegionalFactKind};
use crate::decision::Layer;
use crate::fact::{Fact, MissingFact};
use crate::iam::{
    AccountSummary, AuthorizationDetails, CredentialReport, Group, Identity, ManagedPolicy, Role, User,
    VirtualMfaDevices,
};
use crate::policy::PolicyDocument;
use crate::region::Region;
use crate::resource::{EvaluatedResource, ResourceType};
use crate::timestamp::Timestamp;

/// The facts of an account that rules can read, each known or unavailable with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The account that is evaluated.
    pub account: AccountId,
    /// The time as of which it is evaluated.
    pub as_of: Timestamp,
    /// Whether the caller set this time. Otherwise it is the latest time in the facts, and does not prove that a fact
    /// is recent.
    pub as_of_is_given: bool,
    /// GetAccountSummary.
    pub account_summary: Fact<AccountSummary>,
    /// The credential report.
    pub credential_report: Fact<CredentialReport>,
    /// GetAccountAuthorizationDetails.
    pub authorization_details: Fact<AuthorizationDetails>,
    /// ListVirtualMFADevices.
    pub virtual_mfa_devices: Fact<VirtualMfaDevices>,
    /// The policies that the organization sets for the account, such as a layer of service control policies for each
    /// level from the organization's root to the account. Empty if they are unknown: a management account has none, and
    /// a member account cannot read them. Without them, a principal can seem to have more permissions than it has,
    /// never fewer.
    pub organization: Vec<Layer<PolicyDocument>>,
    /// The facts of each Region that was read.
    pub regions: BTreeMap<Region, RegionFacts>,
    /// Input that the source of the facts could not parse, by its kind of facts. The kind is none if the input can
    /// be of any kind.
    pub problems: Vec<(Option<FactKind>, MissingFact)>,
}

/// The parts of [`Facts`]: rules declare the parts that they need, and sources read these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// GetAccountSummary.
    AccountSummary,
    /// The credential report.
    CredentialReport,
    /// GetAccountAuthorizationDetails.
    AuthorizationDetails,
    /// ListVirtualMFADevices.
    VirtualMfaDevices,
    /// A part of the facts of a Region.
    Regional(RegionalFactKind),
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::AccountSummary,
        Self::CredentialReport,
        Self::AuthorizationDetails,
        Self::VirtualMfaDevices,
        Self::Regional(RegionalFactKind::Trails),
        Self::Regional(RegionalFactKind::TrailStatus),
        Self::Regional(RegionalFactKind::EventSelectors),
        Self::Regional(RegionalFactKind::ConfigurationRecorders),
        Self::Regional(RegionalFactKind::ConfigurationRecorderStatus),
        Self::Regional(RegionalFactKind::MetricFilters),
        Self::Regional(RegionalFactKind::Alarms),
        Self::Regional(RegionalFactKind::Subscriptions),
        Self::Regional(RegionalFactKind::EventBridgeRules),
    ];

    /// The part of a Region's facts that the kind is, if it is one.
    #[must_use]
    pub fn regional(self) -> Option<RegionalFactKind> {
        match self {
            Self::Regional(kind) => Some(kind),
            Self::AccountSummary | Self::CredentialReport | Self::AuthorizationDetails | Self::VirtualMfaDevices => {
                None
            }
        }
    }

    /// The name of the kind in messages and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccountSummary => "account-summary",
            Self::CredentialReport => "credential-report",
            Self::AuthorizationDetails => "account-authorization-details",
            Self::VirtualMfaDevices => "virtual-mfa-devices",
            Self::Regional(kind) => kind.as_str(),
        }
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Facts {
    /// The facts of an account before anything was read.
    #[must_use]
    pub fn unread(account: AccountId, as_of: Timestamp) -> Self {
        Self {
            account,
            as_of,
            as_of_is_given: true,
            account_summary: not_read(FactKind::AccountSummary),
            credential_report: not_read(FactKind::CredentialReport),
            authorization_details: not_read(FactKind::AuthorizationDetails),
            virtual_mfa_devices: not_read(FactKind::VirtualMfaDevices),
            organization: Vec::new(),
            regions: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// The facts of these kinds that could not be read, from whole parts to single rows and documents, each once.
    /// Facts that were not requested or not given are not included.
    #[must_use]
    pub fn not_read(&self, kinds: &BTreeSet<FactKind>) -> Vec<MissingFact> {
        let concerns = |kind: &Option<FactKind>| kind.is_none_or(|kind| kinds.contains(&kind));
        let problems = self.problems.iter().filter(|(kind, _)| concerns(kind)).map(|(_, problem)| problem);
        let parts = kinds.iter().flat_map(|kind| self.not_read_of(*kind));
        let mut not_read: Vec<MissingFact> = Vec::new();
        for missing in problems.chain(parts) {
            if !not_read.contains(missing) {
                not_read.push(missing.clone());
            }
        }
        not_read
    }

    fn not_read_of(&self, kind: FactKind) -> Vec<&MissingFact> {
        let mut missing: Vec<&MissingFact> = Vec::new();
        match kind {
            FactKind::AccountSummary => missing.extend(self.account_summary.missing()),
            FactKind::CredentialReport => {
                missing.extend(self.credential_report.missing());
                missing.extend(self.credential_report.known().into_iter().flat_map(CredentialReport::unread));
            }
            FactKind::AuthorizationDetails => {
                missing.extend(self.authorization_details.missing());
                missing.extend(self.authorization_details.known().into_iter().flat_map(AuthorizationDetails::unread));
            }
            FactKind::VirtualMfaDevices => missing.extend(self.virtual_mfa_devices.missing()),
            FactKind::Regional(kind) => {
                let regions = self.regions.values();
                missing.extend(regions.flat_map(|region| region.missing(kind).into_iter().chain(region.unread(kind))));
            }
        }
        // A part that was not given, or that no resource leads to, is not a failure.
        missing.retain(|missing| missing.is_failure());
        missing
    }

    /// The Regions in which a part was read, or was to be read.
    pub(crate) fn regions_with<'a, T: 'a>(
        &'a self,
        part: impl Fn(&'a RegionFacts) -> &'a Fact<T>,
    ) -> impl Iterator<Item = (&'a Region, &'a RegionFacts)> {
        self.regions.iter().filter(move |(_, region)| part(region).missing().is_none_or(MissingFact::is_failure))
    }

    /// The credential report, unless it is too old at the time of the evaluation.
    ///
    /// # Errors
    /// If there is none, or it is too old.
    pub fn credential_report(&self) -> Result<&CredentialReport, MissingFact> {
        let report = self.credential_report.get()?;
        match report.too_old_at(self.as_of, self.as_of_is_given) {
            Some(missing) => Err(missing),
            None => Ok(report),
        }
    }

    /// The same facts, without the parts that other parts prove to be incomplete.
    #[must_use]
    pub fn cross_checked(&self) -> Cow<'_, Self> {
        let hole = self.authorization_details.known().and_then(|details| {
            // An old report does not show what is missing in a new list.
            details.hole(self.account_summary.known(), self.credential_report().ok())
        });
        let Some(missing) = hole else { return Cow::Borrowed(self) };
        Cow::Owned(Self {
            account: self.account.clone(),
            as_of: self.as_of,
            as_of_is_given: self.as_of_is_given,
            account_summary: self.account_summary.clone(),
            credential_report: self.credential_report.clone(),
            authorization_details: Fact::Unavailable(missing),
            virtual_mfa_devices: self.virtual_mfa_devices.clone(),
            organization: self.organization.clone(),
            regions: self.regions.clone(),
            problems: self.problems.clone(),
        })
    }

    /// The partition of the account, such as `aws`, from the ARNs that are known.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        let details = self.authorization_details.known().and_then(|details| details.arns().next());
        details.or_else(|| self.credential_report.known().map(CredentialReport::root_arn)).map(Arn::partition)
    }
}

fn not_read<T>(kind: FactKind) -> Fact<T> {
    Fact::Unavailable(MissingFact::not_given(kind.as_str(), "it was not read"))
}

/// A resource to evaluate.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// The account.
    Account(&'a AccountId),
    /// A user.
    User(&'a User),
    /// A group.
    Group(&'a Group),
    /// A role.
    Role(&'a Role),
    /// A managed policy of the account.
    Policy(&'a ManagedPolicy),
}

impl Resource<'_> {
    /// The resource as AWS Config knows it.
    #[must_use]
    pub fn evaluated(&self) -> EvaluatedResource {
        let entity = |kind: ResourceType, identity: &Identity| EvaluatedResource {
            resource_type: kind.as_str().to_owned(),
            id: identity.id.clone(),
            name: Some(identity.name.clone()),
            arn: Some(identity.arn.clone()),
        };
        match self {
            Self::Account(account) => EvaluatedResource::account(account),
            Self::User(user) => entity(ResourceType::User, &user.identity),
            Self::Group(group) => entity(ResourceType::Group, &group.identity),
            Self::Role(role) => entity(ResourceType::Role, &role.identity),
            Self::Policy(policy) => entity(ResourceType::Policy, &policy.identity),
        }
    }
}

impl Facts {
    /// The user with this ARN.
    ///
    /// # Errors
    /// If the users of the account are unknown, or this user is not one of them.
    pub fn user(&self, arn: &Arn) -> Result<&User, MissingFact> {
        let not_listed = || MissingFact::new(format!("user {arn}"), "it is not one of the users of the account");
        self.authorization_details.get()?.user(arn).ok_or_else(not_listed)
    }

    /// The role with this ARN.
    ///
    /// # Errors
    /// If the roles of the account are unknown, or this role is not one of them.
    pub fn role(&self, arn: &Arn) -> Result<&Role, MissingFact> {
        let not_listed = || MissingFact::new(format!("role {arn}"), "it is not one of the roles of the account");
        self.authorization_details.get()?.role(arn).ok_or_else(not_listed)
    }

    /// The part that lists the resources of one type; none for the account, which needs no list.
    #[must_use]
    pub fn listed_in(kind: ResourceType) -> Option<FactKind> {
        match kind {
            ResourceType::Account => None,
            ResourceType::User | ResourceType::Group | ResourceType::Role | ResourceType::Policy => {
                Some(FactKind::AuthorizationDetails)
            }
        }
    }

    /// The resources of one type, ordered by ARN.
    ///
    /// # Errors
    /// If they could not be listed.
    pub fn resources(&self, kind: ResourceType) -> Result<Vec<Resource<'_>>, MissingFact> {
        if kind == ResourceType::Account {
            return Ok(vec![Resource::Account(&self.account)]);
        }
        let details = self.authorization_details.get()?;
        Ok(match kind {
            ResourceType::Account => Vec::new(),
            ResourceType::User => details.users.iter().map(Resource::User).collect(),
            ResourceType::Group => details.groups.iter().map(Resource::Group).collect(),
            ResourceType::Role => details.roles.iter().map(Resource::Role).collect(),
            ResourceType::Policy => {
                // The account cannot change AWS managed policies.
                details.policies.iter().filter(|policy| !policy.is_aws_managed()).map(Resource::Policy).collect()
            }
        })
    }
}
