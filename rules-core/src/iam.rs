//! The facts from AWS Identity and Access Management about an account.
//!
//! Each entity has an identity, which is what verdicts are reported for, and details, which may be unavailable when the
//! entity could not be read. One unreadable entity does not affect the others.

pub mod account_summary;
mod authorization_details;
pub mod credential_report;
mod entity;
mod listing;
mod virtual_mfa_devices;
pub mod wire;

pub use account_summary::AccountSummary;
pub use authorization_details::{AuthorizationDetails, InvalidAuthorizationDetails};
pub use credential_report::CredentialReport;
pub use entity::{
    AttachedPolicy, Grants, Group, Identity, InlinePolicy, ManagedPolicy, ManagedPolicyDetails, ManagedPolicyVersion,
    Role, RoleDetails, User, UserDetails,
};
pub use virtual_mfa_devices::VirtualMfaDevices;
