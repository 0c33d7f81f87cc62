//! Harm classes: what actions can be abused for.

use std::fmt;

/// What an action can be abused for. `data/harm_classes.toml` has the criterion of each class in words, and its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HarmClass {
    /// Makes the caller another principal.
    Takeover,
    /// Runs the caller's code on something that has a role.
    Code,
    /// Returns stored secrets.
    Secrets,
    /// Stops or weakens recording and detection.
    Audit,
    /// Removes the guardrails of accounts.
    Guardrails,
    /// Controls accounts and the organization.
    Accounts,
    /// Opens resources to others.
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
    /// Makes copies of data.
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

impl HarmClass {
    /// Every class, the heaviest first.
    pub const ALL: [Self; 18] = [
        Self::Takeover,
        Self::Code,
        Self::Secrets,
        Self::Audit,
        Self::Guardrails,
        Self::Accounts,
        Self::Publication,
        Self::Identity,
        Self::Destruction,
        Self::Data,
        Self::PassRole,
        Self::Guards,
        Self::Content,
        Self::Copies,
        Self::Exposure,
        Self::Controls,
        Self::Disruption,
        Self::Operation,
    ];

    /// The name in `data/harm_classes.toml`: `takeover`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Takeover => "takeover",
            Self::Code => "code",
            Self::Secrets => "secrets",
            Self::Audit => "audit",
            Self::Guardrails => "guardrails",
            Self::Accounts => "accounts",
            Self::Publication => "publication",
            Self::Identity => "identity",
            Self::Destruction => "destruction",
            Self::Data => "data",
            Self::PassRole => "passrole",
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

impl fmt::Display for HarmClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The harm classes of an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Harms(u32);

/// As in `build/harm_classes.rs`.
const OPERATION_BY_DEFAULT: u32 = 1 << 30;
const NAMED: u32 = 1 << 31;

impl Harms {
    /// Whether the action is listed in a class.
    #[must_use]
    pub fn contains(self, class: HarmClass) -> bool {
        self.0 >> (class as u32) & 1 == 1
    }

    /// The classes that list the action.
    pub fn classes(self) -> impl Iterator<Item = HarmClass> {
        HarmClass::ALL.into_iter().filter(move |class| self.contains(*class))
    }

    /// Whether the action changes something without being in a class or harmless: it is in [`HarmClass::Operation`] unless a
    /// path of escalation needs nothing but it.
    #[must_use]
    pub fn operates_by_default(self) -> bool {
        self.0 & OPERATION_BY_DEFAULT != 0
    }

    /// Whether the action writes a grant, trust, a boundary, a membership or an identity provider for one identity.
    #[must_use]
    pub fn is_about_one_identity(self) -> bool {
        self.0 & NAMED != 0
    }

    /// From the tables.
    pub(super) fn from_table(bits: u32) -> Self {
        Self(bits)
    }
}
