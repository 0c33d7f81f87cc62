//! The kinds of harm that actions are counted for, beyond what each of them weighs.

use std::fmt;

/// A kind of harm. Each is counted once, by the widest access that does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Harm {
    /// The principal grants itself more.
    SelfGrant,
    /// The principal becomes another one by its credentials, its trust or its sign-in.
    Takeover,
    /// The principal passes a role to something that it makes.
    NewPassRole,
    /// The principal assumes a role.
    AssumeRole,
    /// The principal runs its code on something that has a role already.
    Code,
    /// Secrets are read.
    Secrets,
    /// What records or detects is stopped or blinded.
    Audit,
    /// The guardrails of accounts are lifted.
    Guardrails,
    /// Accounts and the organization are controlled.
    Accounts,
    /// Resources are opened to others.
    Publication,
    /// Who may sign in is changed.
    Identity,
    /// What cannot be recovered is destroyed.
    Destruction,
    /// Primary data is read or overwritten.
    Data,
    /// A role is handed on.
    PassRole,
    /// The blocks of public access are lifted.
    Guards,
    /// Secondary content is read, such as logs and source code.
    Content,
    /// Copies of data are made.
    Copies,
    /// The network is opened, or what holds no primary data is shared.
    Exposure,
    /// Protections are weakened.
    Controls,
    /// What runs is disrupted.
    Disruption,
    /// What others have is operated on.
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
