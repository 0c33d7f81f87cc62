//! Circumstances that have to cooperate for a statement to apply, and what they are worth.

use std::sync::OnceLock;

use crate::score::definition::CIRCUMSTANCES;
use crate::score::share::Share;

/// A circumstance that has to cooperate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Circumstance {
    Network,
    Mfa,
    Organization,
    Tag,
    Service,
    Region,
    Time,
    Who,
    Parameter,
    Boundary,
}

impl Circumstance {
    pub(crate) const ALL: [Self; 10] = [
        Self::Network,
        Self::Mfa,
        Self::Organization,
        Self::Tag,
        Self::Service,
        Self::Region,
        Self::Time,
        Self::Who,
        Self::Parameter,
        Self::Boundary,
    ];

    /// What share of the exposure is left when the circumstance is needed, in percent.
    fn percent(self) -> u32 {
        match self {
            Self::Network => CIRCUMSTANCES.network,
            Self::Mfa => CIRCUMSTANCES.mfa,
            Self::Organization => CIRCUMSTANCES.organization,
            Self::Tag => CIRCUMSTANCES.tag,
            Self::Service => CIRCUMSTANCES.service,
            Self::Region => CIRCUMSTANCES.region,
            Self::Time => CIRCUMSTANCES.time,
            Self::Who => CIRCUMSTANCES.who,
            Self::Parameter => CIRCUMSTANCES.parameter,
            Self::Boundary => CIRCUMSTANCES.boundary,
        }
    }

    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Mfa => "MFA",
            Self::Organization => "organization",
            Self::Tag => "resource tag",
            Self::Service => "calling service",
            Self::Region => "Region",
            Self::Time => "time",
            Self::Who => "principal",
            Self::Parameter => "request parameter",
            Self::Boundary => "policy or boundary attached",
        }
    }
}

/// A set of circumstances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Circumstances(u16);

impl Circumstances {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn of(circumstance: Circumstance) -> Self {
        Self(1 << (circumstance as u16))
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Circumstance> {
        Circumstance::ALL.into_iter().filter(move |circumstance| self.contains(Self::of(*circumstance)))
    }

    /// The part of a share that is left when all of them are needed.
    pub(crate) fn narrow(self, share: Share) -> Share {
        self.iter().fold(share, |share, circumstance| share.percent(circumstance.percent()))
    }

    /// Every subset, widest share first. There are ten circumstances, so this is exact and small.
    pub(crate) fn subsets(self) -> impl Iterator<Item = Self> {
        static ALL: OnceLock<Vec<Circumstances>> = OnceLock::new();
        let all = ALL.get_or_init(|| {
            let mut all: Vec<Self> = (0..1 << Circumstance::ALL.len()).map(Self).collect();
            all.sort_by_key(|subset| (std::cmp::Reverse(subset.narrow(Share::WHOLE)), *subset));
            all
        });
        all.iter().copied().filter(move |subset| self.contains(*subset))
    }
}
