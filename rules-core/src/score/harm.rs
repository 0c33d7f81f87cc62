//! The kinds of harm that actions are counted for, beyond what each of them weighs.

use std::fmt;

/// A kind of harm. Each kind counts once, with the widest access that can cause it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Harm {
    /// The principal gives itself more permissions.
    SelfGrant,
    /// The principal takes over another principal, by its credentials, trust policy or sign-in.
    Takeover,
    /// The principal passes a role to a new resource.
    NewPassRole,
    /// The principal assumes a role.
    AssumeRole,
    /// The principal runs code on an existing resource that has a role.
    Code,
    /// Reads secrets.
    Secrets,
    /// Stops or weakens recording and detection.
    Audit,
    /// Removes the guardrails of accounts.
    Guardrails,
    /// Controls accounts and the organization.
    Accounts,
    /// Gives others access to resources.
    Publication,
    /// Changes who can sign in.
    Identity,
    /// Destroys what cannot be recovered.
    Destruction,
    /// Reads or overwrites primary data.
    Data,
    /// Passes a role.
    PassRole,
    /// Removes blocks of public access.
    Guards,
    /// Reads secondary content, such as logs and source code.
    Content,
    /// Copies data.
    Copies,
    /// Opens the network, or shares resources without primary data.
    Exposure,
    /// Weakens protections.
    Controls,
    /// Disrupts running resources.
    Disruption,
    /// Operates on resources of others.
    Operation,
}

impl Harm {
    /// The name: `self-grant`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SelfGrant => "self-grant",
            Self::Takeover => "takeover",
            Self::NewPassRole => "new-pass-role",
            Self::AssumeRole => "assume-role",
            Self::Code => "code",
            Self::Secrets => "secrets",
            Self::Audit => "audit",
            Self::Guardrails => "guardrails",
            Self::Accounts => "accounts",
            Self::Publication => "publication",
            Self::Identity => "identity",
            Self::Destruction => "destruction",
            Self::Data => "data",
            Self::PassRole => "pass-role",
            Self::Guards => "guards",
            Self::Content => "content",
            Self::Copies => "copies",
            Self::Exposure => "exposure",
            Self::Controls => "controls",
            Self::Disruption => "disruption",
            Self::Operation => "operation",
        }
    }
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
