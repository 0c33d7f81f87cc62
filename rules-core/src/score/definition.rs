//! Every constant of the score, with the version of the score that they make.
//!
//! A score is compared with scores of the same version only. So a change of a constant here, of a class in
//! `data/sensitivity.toml` or of a rule in `docs/score.md` raises [`SCORE_VERSION`]; a test below ties the constants to it.

/// The version of the score's definition: constants, classes and treatment. Scores of different versions do not compare.
pub const SCORE_VERSION: u32 = 1;

/// How often the exposed privilege of a full administrator can be halved until nothing is left: each halving is worth
/// the same number of points. Pinned, so that scores do not move when AWS adds actions.
pub(crate) const HALVINGS: u64 = 17;

/// The lowest scores of the grades A to D, in tenths of a point.
pub(crate) const GRADES: [u16; 4] = [900, 750, 600, 400];

/// What share of a resource type is left when a variable of its ARN is named, in percent.
pub(crate) struct NarrowingPercents {
    /// Infinitely many values match, as with `app-*`.
    pub(crate) some: u32,
    /// Some value matches.
    pub(crate) one: u32,
    /// A Region is named. Most accounts use few.
    pub(crate) region: u32,
    /// An account is named. Most policies could not reach another one anyway.
    pub(crate) account: u32,
    /// The action takes no resource, so that no policy can narrow it. It is not the policy's fault.
    pub(crate) without_resources: u32,
}

pub(crate) const NARROWING: NarrowingPercents =
    NarrowingPercents { some: 25, one: 3, region: 85, account: 90, without_resources: 25 };

/// What an action weighs by its access level, in tenths of a unit of privilege.
pub(crate) struct LevelTenths {
    pub(crate) list: u32,
    pub(crate) read: u32,
    pub(crate) tagging: u32,
    pub(crate) write: u32,
    /// A Write that deletes, stops or detaches.
    pub(crate) destructive: u32,
    pub(crate) permissions_management: u32,
}

pub(crate) const LEVELS: LevelTenths =
    LevelTenths { list: 2, read: 5, tagging: 20, write: 50, destructive: 70, permissions_management: 150 };

/// By how much Write and Permissions management weigh more in the services that govern identity and audit.
pub(crate) const GOVERNANCE_FACTOR: u32 = 2;

/// What an action weighs by its class, in tenths. The larger of level and class counts.
pub(crate) struct ClassTenths {
    pub(crate) data_read: u32,
    pub(crate) resource_exposure: u32,
    pub(crate) secret_read: u32,
    pub(crate) credential_issue: u32,
}

pub(crate) const CLASSES: ClassTenths =
    ClassTenths { data_read: 200, resource_exposure: 250, secret_read: 600, credential_issue: 600 };

/// What an action weighs that the catalogue does not know, in tenths: as a Write.
pub(crate) const UNKNOWN_ACTION_TENTHS: u32 = 50;
/// What all actions of a service weigh that the catalogue does not know, in tenths: as five Writes.
pub(crate) const UNKNOWN_SERVICE_TENTHS: u32 = 250;

/// What share of the exposure is left when a circumstance has to cooperate, in percent.
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
}

pub(crate) const CIRCUMSTANCES: CircumstancePercents = CircumstancePercents {
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
};

/// A condition on addresses restricts nothing when it lets in at least one of so many IPv4 addresses.
pub(crate) const OPEN_ADDRESSES_ONE_IN: u64 = 256;

/// What a fully exposed path of escalation weighs by its class, in tenths.
pub(crate) struct EscalationTenths {
    pub(crate) self_escalation: u32,
    pub(crate) principal_access: u32,
    pub(crate) new_pass_role: u32,
    pub(crate) existing_pass_role: u32,
    pub(crate) assume_role: u32,
}

pub(crate) const ESCALATION: EscalationTenths = EscalationTenths {
    self_escalation: 400_000,
    principal_access: 200_000,
    new_pass_role: 100_000,
    existing_pass_role: 25_000,
    assume_role: 5_000,
};

/// The power of the least exposed action with which a path counts: a path that is half closed at its weakest link is
/// worth an eighth.
pub(crate) const ESCALATION_POWER: u32 = 3;

/// How much work the search for a resource may take that several patterns allow. Beyond it the answer is what the
/// patterns match one by one, so that the score is too low and never too high. The unit is a comparison of two patterns,
/// and within searches 64 places of patterns by one character.
pub(crate) const SEARCH_WORK: usize = 1 << 17;

/// How many alternatives one Allow may have under its guardrails. Beyond it a layer is taken to allow what the others do.
pub(crate) const MAX_ALTERNATIVES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// Any other constant is another version of the score.
    #[test]
    fn the_constants_are_those_of_the_version() {
        let NarrowingPercents { some, one, region, account, without_resources } = NARROWING;
        let LevelTenths { list, read, tagging, write, destructive, permissions_management } = LEVELS;
        let ClassTenths { data_read, resource_exposure, secret_read, credential_issue } = CLASSES;
        let CircumstancePercents { network, mfa, organization, tag, service, region: regions, .. } = CIRCUMSTANCES;
        let CircumstancePercents { time, who, parameter, boundary, .. } = CIRCUMSTANCES;
        let EscalationTenths { self_escalation, principal_access, new_pass_role, existing_pass_role, assume_role } =
            ESCALATION;
        assert_eq!(SCORE_VERSION, 1);
        assert_eq!((HALVINGS, GRADES), (17, [900, 750, 600, 400]));
        assert_eq!([some, one, region, account, without_resources], [25, 3, 85, 90, 25]);
        assert_eq!([list, read, tagging, write, destructive, permissions_management], [2, 5, 20, 50, 70, 150]);
        assert_eq!([data_read, resource_exposure, secret_read, credential_issue], [200, 250, 600, 600]);
        assert_eq!((GOVERNANCE_FACTOR, UNKNOWN_ACTION_TENTHS, UNKNOWN_SERVICE_TENTHS), (2, 50, 250));
        assert_eq!([network, mfa, organization, tag, service, regions], [35, 50, 50, 40, 35, 80]);
        assert_eq!([time, who, parameter, boundary], [90, 60, 60, 15]);
        assert_eq!(OPEN_ADDRESSES_ONE_IN, 256);
        let escalation = [self_escalation, principal_access, new_pass_role, existing_pass_role, assume_role];
        assert_eq!((escalation, ESCALATION_POWER), ([400_000, 200_000, 100_000, 25_000, 5_000], 3));
        assert_eq!((SEARCH_WORK, MAX_ALTERNATIVES), (131_072, 64));
    }
}
