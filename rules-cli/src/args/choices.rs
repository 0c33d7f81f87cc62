//! Choices: formats, types of policies, profiles, decisions.

use clap::ValueEnum;
use conformance_pack::PackProfile;
use rules_core::policy::PolicyType;

/// The decision that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expectation {
    #[value(name = "Allowed")]
    Allowed,
    /// Implicitly or explicitly
    #[value(name = "Denied")]
    Denied,
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line
    Ndjson,
}

/// How the registry is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// For people
    #[default]
    Table,
    /// JSON
    Json,
}

/// Which grammar applies to a policy document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyTypeArg {
    /// Attached to a user, group or role
    #[default]
    Identity,
    /// The trust policy of a role
    Trust,
    /// Attached to a resource
    Resource,
}

/// The rules in a conformance pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PackProfileArg {
    /// Root user, MFA of administrators, least privilege of policies
    Baseline,
    /// Every rule
    #[default]
    Full,
    /// The rules with a control of the CIS AWS Foundations Benchmark 3.0
    #[value(name = "cis-3.0")]
    Cis30,
    /// The rules with a control of the CIS AWS Foundations Benchmark 7.0
    #[value(name = "cis-7.0")]
    Cis70,
}

impl From<PackProfileArg> for PackProfile {
    fn from(argument: PackProfileArg) -> Self {
        match argument {
            PackProfileArg::Baseline => Self::Baseline,
            PackProfileArg::Full => Self::Full,
            PackProfileArg::Cis30 => Self::Cis30,
            PackProfileArg::Cis70 => Self::Cis70,
        }
    }
}

impl From<PolicyTypeArg> for PolicyType {
    fn from(argument: PolicyTypeArg) -> Self {
        match argument {
            PolicyTypeArg::Identity => Self::Identity,
            PolicyTypeArg::Trust => Self::Trust,
            PolicyTypeArg::Resource => Self::Resource,
        }
    }
}
