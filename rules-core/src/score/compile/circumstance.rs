//! Circumstances that have to cooperate for a statement to apply, and what they are worth.

use crate::score::definition::Definition;
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
    /// The resource carries a tag of the principal.
    OwnTag,
    /// The request selects among data by a property that its owner gave it.
    Part,
}

impl Circumstance {
    pub(crate) const ALL: [Self; 12] = [
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
        Self::OwnTag,
        Self::Part,
    ];

    /// What share of the exposure is left when the circumstance is needed, in percent.
    fn percent(self, definition: &Definition) -> u32 {
        let percents = &definition.circumstances;
        match self {
            Self::Network => percents.network,
            Self::Mfa => percents.mfa,
            Self::Organization => percents.organization,
            Self::Tag | Self::OwnTag => percents.tag,
            Self::Service => percents.service,
            Self::Region => percents.region,
            Self::Time => percents.time,
            Self::Who => percents.who,
            Self::Parameter => percents.parameter,
            Self::Boundary => percents.boundary,
            Self::Part => percents.part,
        }
    }

    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Mfa => "MFA",
            Self::Organization => "organization",
            Self::Tag | Self::OwnTag => "resource tag",
            Self::Service => "calling service",
            Self::Region => "Region",
            Self::Time => "time",
            Self::Who => "principal",
            Self::Parameter => "request parameter",
            Self::Boundary => "policy or boundary attached",
            Self::Part => "part of the data",
        }
    }
}

/// A set of circumstances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Circumstances(u16);

impl Circumstances {
    pub(crate) const NONE: Self = Self(0);
    /// Those that tags of resources decide.
    pub(crate) const TAGS: Self = Self::of(Circumstance::Tag).union(Self::of(Circumstance::OwnTag));

    pub(crate) const fn of(circumstance: Circumstance) -> Self {
        Self(1 << (circumstance as u16))
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
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
    pub(crate) fn narrow(self, definition: &Definition, share: Share) -> Share {
        if self.is_empty() {
            return share;
        }
        // A tag of the resource is one circumstance, whichever tags are asked for.
        let own_tag = Self::of(Circumstance::OwnTag);
        let distinct = if self.contains(Self::TAGS) { self.without(own_tag) } else { self };
        distinct.iter().fold(share, |share, circumstance| share.percent(circumstance.percent(definition)))
    }

    /// Every subset, widest share first. There are twelve circumstances, so this is exact and small.
    pub(crate) fn subsets(self, definition: &Definition) -> Vec<Self> {
        let mut all = Vec::with_capacity(1 << self.0.count_ones());
        let mut subset = self.0;
        loop {
            all.push(Self(subset));
            if subset == 0 {
                break;
            }
            subset = (subset - 1) & self.0;
        }
        all.sort_by_cached_key(|subset| (std::cmp::Reverse(subset.narrow(definition, Share::WHOLE)), *subset));
        all
    }
}
