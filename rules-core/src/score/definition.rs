//! Every constant of the score, by version.
//!
//! Scores of one version are compared with each other, and with no others. So a change of a constant here, of a class in
//! `data/harm_classes.toml` or of a rule in `docs/score.md` makes another version; a test below ties the constants to theirs.

use std::fmt;
use std::str::FromStr;

use super::harm::Harm;

/// A version of the score's definition: constants, classes and treatment. Scores of different versions do not compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ScoreVersion {
    /// The first version, kept for one release.
    V1,
    /// Harm classes, fitted to the judgement of reviewers.
    #[default]
    V2,
}

impl ScoreVersion {
    /// Every version, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// The number that every score is reported with.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// What the version is made of.
    pub(crate) fn definition(self) -> &'static Definition {
        match self {
            Self::V1 => &VERSION_1,
            Self::V2 => &VERSION_2,
        }
    }
}

impl fmt::Display for ScoreVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl FromStr for ScoreVersion {
    type Err = UnknownScoreVersion;

    fn from_str(text: &str) -> Result<Self, UnknownScoreVersion> {
        Self::ALL.into_iter().find(|version| version.to_string() == text).ok_or(UnknownScoreVersion)
    }
}

/// A version of the score that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the versions of the score are 1 and 2")]
pub struct UnknownScoreVersion;

/// The constants of a version.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) version: ScoreVersion,
    /// How names narrow what an action weighs in the sum.
    pub(crate) sum: Narrowing,
    /// How names narrow what an action counts in a class of harm.
    pub(crate) harm: Narrowing,
    pub(crate) levels: Levels,
    pub(crate) sensitivities: Sensitivities,
    /// What the actions that list and read amount to at most, in tenths.
    pub(crate) most_reads: Option<u32>,
    /// What an action weighs that the catalogue does not know, in tenths.
    pub(crate) unknown_action: u32,
    /// What all actions of a service weigh that the catalogue does not know, in tenths.
    pub(crate) unknown_service: u32,
    pub(crate) circumstances: CircumstancePercents,
    pub(crate) terms: &'static [Term],
}

/// How often the exposed privilege of a full administrator can be halved until nothing is left: each halving is worth
/// the same number of points. Pinned, so that scores do not move when AWS adds actions.
pub(crate) const HALVINGS: u64 = 17;

/// The lowest scores of the grades A to D, in tenths of a point.
pub(crate) const GRADES: [u16; 4] = [900, 750, 600, 400];

/// What share of a resource type is left when a variable of its ARN is named, in percent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Narrowing {
    /// Infinitely many values match, as with `app-*`.
    pub(crate) some: u32,
    /// Some value matches.
    pub(crate) one: u32,
    /// A Region is named.
    pub(crate) region: u32,
    /// An account is named. Most policies could not reach another one anyway.
    pub(crate) account: u32,
    /// The action takes no resource, so that no policy can narrow it.
    pub(crate) without_resources: u32,
}

/// What an action weighs by its access level, in tenths of a unit of privilege.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Levels {
    pub(crate) list: u32,
    pub(crate) read: u32,
    pub(crate) tagging: u32,
    pub(crate) write: u32,
    /// A Write that deletes, stops or detaches.
    pub(crate) destructive: u32,
    pub(crate) permissions_management: u32,
}

/// What an action weighs at least by what `data/sensitivity.toml` says of it, in tenths. Version 2 has classes of harm instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sensitivities {
    pub(crate) data_read: u32,
    pub(crate) resource_exposure: u32,
    pub(crate) secret_read: u32,
    pub(crate) credential_issue: u32,
    /// By how much Write and Permissions management weigh more in the services that govern identity and audit.
    pub(crate) governance_factor: u32,
}

/// What share of the exposure is left when a circumstance has to cooperate, in percent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CircumstancePercents {
    pub(crate) network: u32,
    pub(crate) mfa: u32,
    pub(crate) organization: u32,
    pub(crate) tag: u32,
    pub(crate) service: u32,
    pub(crate) region: u32,
    pub(crate) time: u32,
    pub(crate) who: u32,
    pub(crate) parameter: u32,
    pub(crate) boundary: u32,
    /// The request selects among data by a property that its owner gave it.
    pub(crate) part: u32,
}

/// One or several kinds of harm that are counted together, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) harms: &'static [Harm],
    /// What it weighs when it is fully exposed, in tenths.
    pub(crate) tenths: u32,
    /// The power of the exposed share with which it counts.
    pub(crate) power: Quarters,
}

/// A power in quarters, which square roots compute exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quarters(pub(crate) u32);

/// What share of all requesters a policy lets in that is attached to a resource or role, in percent of anybody.
pub(crate) struct RequesterPercents {
    /// Any principal of another account.
    pub(crate) other_account: u32,
    /// Each kind of requester in percent of the one before it: those of the own account, a service for any of its customers,
    /// a service for a certain one, one principal.
    pub(crate) step: u32,
}

pub(crate) const REQUESTERS: RequesterPercents = RequesterPercents { other_account: 25, step: 40 };

/// What a way to become an administrator of the account is worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathWeights {
    /// How many halvings an uncertain way is worth, beside one for each certain step.
    pub(crate) uncertain: u32,
    /// The best score beside such a way, and beside a certain one, in tenths.
    pub(crate) most: u64,
    pub(crate) most_if_certain: u64,
}

/// Below A while there may be a way, and F while there is one.
pub(crate) const REACH: PathWeights = PathWeights { uncertain: 8, most: 899, most_if_certain: 399 };

/// A condition on addresses restricts nothing when it lets in at least one of so many IPv4 addresses.
pub(crate) const OPEN_ADDRESSES_ONE_IN: u64 = 256;

/// How much work the search for a resource may take that several patterns allow. Beyond it the answer is what the
/// patterns match one by one, so that the score is too low and never too high. The unit is a comparison of two patterns,
/// and within searches 64 places of patterns by one character.
pub(crate) const SEARCH_WORK: usize = 1 << 17;

/// How many alternatives one Allow may have under its guardrails. Beyond it a layer is taken to allow what the others do.
pub(crate) const MAX_ALTERNATIVES: usize = 64;

/// The definition of version 1. A path that is half closed at its weakest link is worth an eighth.
static VERSION_1: Definition = Definition {
    version: ScoreVersion::V1,
    sum: Narrowing { some: 25, one: 3, region: 85, account: 90, without_resources: 25 },
    harm: Narrowing { some: 25, one: 3, region: 85, account: 90, without_resources: 25 },
    levels: Levels { list: 2, read: 5, tagging: 20, write: 50, destructive: 70, permissions_management: 150 },
    sensitivities: Sensitivities {
        data_read: 200,
        resource_exposure: 250,
        secret_read: 600,
        credential_issue: 600,
        governance_factor: 2,
    },
    most_reads: None,
    unknown_action: 50,
    unknown_service: 250,
    circumstances: CircumstancePercents {
        network: 35,
        mfa: 50,
        organization: 50,
        tag: 40,
        service: 35,
        region: 80,
        time: 90,
        who: 60,
        parameter: 60,
        boundary: 15,
        part: 60,
    },
    terms: &[
        Term { harms: &[Harm::SelfGrant], tenths: 400_000, power: Quarters(12) },
        Term { harms: &[Harm::Takeover], tenths: 200_000, power: Quarters(12) },
        Term { harms: &[Harm::NewPassRole], tenths: 100_000, power: Quarters(12) },
        Term { harms: &[Harm::Code], tenths: 25_000, power: Quarters(12) },
        Term { harms: &[Harm::AssumeRole], tenths: 5_000, power: Quarters(12) },
    ],
};

/// A place narrows little: reviewers take five points off for a Region or a network.
const PLACE: u32 = 85;
/// As [`PLACE`], and less: a policy could mostly not reach another account anyway.
const ACCOUNT: u32 = 90;
/// Whether the circumstance is there is decided by others than the caller: as good as a name.
const BY_OTHERS: u32 = 20;
/// The caller can often bring the circumstance about.
const BY_CALLER: u32 = 70;

/// Administrator in one step. With everything else that an administrator may do it makes 2^17, and leaves what lacks this above.
const ESCALATION: u32 = 505_000;
/// Becoming a role through code, all secrets, blinding the account, the organization: F whatever else.
const GRAVE: u32 = 95_000;
/// Opening to others, identity providers and factors, destruction that cannot be undone.
const SEVERE: u32 = 40_000;
/// Reading or overwriting all primary data, handing on a role, lifting the blocks of public access.
const HEAVY: u32 = 30_000;
/// Secondary content, copies, the network, protections, disruption: D.
const MODERATE: u32 = 3_000;
/// Operating on everything that others have: C.
const LIGHT: u32 = 300;

/// Harm that one name contains: a single role, secret, bucket or function is a task, not a danger.
const STEEP: Quarters = Quarters(15);
/// One role through one thing is more than a task, and less than an opening.
const CODE: Quarters = Quarters(12);
/// Harm that one name does as well: one bucket made public, one trail stopped, one pool of users.
const SHALLOW: Quarters = Quarters(7);

/// The definition of version 2, fitted to the judgement of reviewers.
static VERSION_2: Definition = Definition {
    version: ScoreVersion::V2,
    // The sum is the floor under narrow policies: reviewers give one bucket 88, not 99.
    sum: Narrowing { some: 60, one: 30, region: PLACE, account: ACCOUNT, without_resources: 25 },
    // A prefix is judged nearly like one name. An action without resources cannot be narrowed, and does its harm in full.
    harm: Narrowing { some: 17, one: 9, region: PLACE, account: ACCOUNT, without_resources: 100 },
    levels: Levels { list: 1, read: 4, tagging: 7, write: 10, destructive: 10, permissions_management: 40 },
    sensitivities: Sensitivities {
        data_read: 0,
        resource_exposure: 0,
        secret_read: 0,
        credential_issue: 0,
        governance_factor: 1,
    },
    // A principal that reads all configuration reads it once.
    most_reads: Some(600),
    unknown_action: 50,
    unknown_service: 250,
    circumstances: CircumstancePercents {
        network: PLACE,
        mfa: BY_CALLER,
        organization: BY_CALLER,
        tag: BY_OTHERS,
        service: BY_OTHERS,
        region: PLACE,
        // No bound on the date earns anything.
        time: 100,
        who: BY_CALLER,
        parameter: BY_CALLER,
        boundary: 10,
        part: BY_OTHERS,
    },
    terms: &[
        Term {
            harms: &[Harm::SelfGrant, Harm::Takeover, Harm::NewPassRole, Harm::AssumeRole],
            tenths: ESCALATION,
            power: STEEP,
        },
        Term { harms: &[Harm::Code], tenths: GRAVE, power: CODE },
        Term { harms: &[Harm::Secrets], tenths: GRAVE, power: STEEP },
        Term { harms: &[Harm::Audit], tenths: GRAVE, power: SHALLOW },
        Term { harms: &[Harm::Guardrails], tenths: GRAVE, power: SHALLOW },
        Term { harms: &[Harm::Accounts], tenths: GRAVE, power: SHALLOW },
        Term { harms: &[Harm::Publication], tenths: SEVERE, power: SHALLOW },
        Term { harms: &[Harm::Identity], tenths: SEVERE, power: SHALLOW },
        Term { harms: &[Harm::Destruction], tenths: SEVERE, power: STEEP },
        Term { harms: &[Harm::Data], tenths: HEAVY, power: STEEP },
        Term { harms: &[Harm::PassRole], tenths: HEAVY, power: STEEP },
        Term { harms: &[Harm::Guards], tenths: HEAVY, power: SHALLOW },
        Term { harms: &[Harm::Content], tenths: MODERATE, power: SHALLOW },
        Term { harms: &[Harm::Copies], tenths: MODERATE, power: SHALLOW },
        Term { harms: &[Harm::Exposure], tenths: MODERATE, power: SHALLOW },
        Term { harms: &[Harm::Controls], tenths: MODERATE, power: SHALLOW },
        Term { harms: &[Harm::Disruption], tenths: MODERATE, power: STEEP },
        Term { harms: &[Harm::Operation], tenths: LIGHT, power: SHALLOW },
    ],
};

#[cfg(test)]
mod tests {
    use super::{
        Definition, GRADES, HALVINGS, MAX_ALTERNATIVES, OPEN_ADDRESSES_ONE_IN, PathWeights, REACH, REQUESTERS,
        SEARCH_WORK, ScoreVersion,
    };

    /// A value that is not a constant of a version can also change between versions only.
    #[test]
    fn the_scale_is_that_of_all_versions() {
        assert_eq!((REQUESTERS.other_account, REQUESTERS.step), (25, 40));
        assert_eq!((HALVINGS, GRADES, OPEN_ADDRESSES_ONE_IN), (17, [900, 750, 600, 400], 256));
        assert_eq!(REACH, PathWeights { uncertain: 8, most: 899, most_if_certain: 399 });
        assert_eq!((SEARCH_WORK, MAX_ALTERNATIVES), (131_072, 64));
    }

    fn written(definition: &Definition) -> String {
        let Definition {
            sum,
            harm,
            levels,
            sensitivities,
            most_reads,
            unknown_action,
            unknown_service,
            circumstances,
            terms,
            ..
        } = definition;
        let terms: Vec<String> =
            terms.iter().map(|term| format!("{:?} {}^{}/4", term.harms, term.tenths, term.power.0)).collect();
        format!(
            "{sum:?}\n{harm:?}\n{levels:?}\n{sensitivities:?}\n{most_reads:?} {unknown_action} {unknown_service}\n{circumstances:?}\n{}",
            terms.join("\n")
        )
    }

    /// Any other constant is another version of the score.
    #[test]
    fn the_constants_are_those_of_their_versions() {
        for version in ScoreVersion::ALL {
            let expected = match version {
                ScoreVersion::V1 => include_str!("definition/version_1.txt"),
                ScoreVersion::V2 => include_str!("definition/version_2.txt"),
            };
            assert_eq!(written(version.definition()), expected.trim_end(), "version {version}");
        }
    }

    #[test]
    fn versions_are_read_as_they_are_written() {
        for version in ScoreVersion::ALL {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
        assert!("0".parse::<ScoreVersion>().is_err());
    }
}
