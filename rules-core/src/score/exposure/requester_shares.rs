//! What share of all requesters a policy lets in that is attached to a resource or role.

use crate::score::compile::circumstance::{Circumstance, Circumstances};
use crate::score::compile::requester::Requester;
use crate::score::definition::REQUESTERS;
use crate::score::share::Share;

/// What share a requester is, depending on the circumstances that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequesterShares {
    /// Anybody, unless a condition asks who it is.
    Anybody,
    /// Any principal of another account, unless a condition asks which one.
    OtherAccount,
    /// Any principal of the resource's own account.
    OwnAccount,
    /// A service, for whichever of its customers, unless a condition asks for whom it acts.
    Service,
    /// One principal.
    One,
}

impl RequesterShares {
    pub(crate) fn of(requester: &Requester, own_account: Option<&str>) -> Self {
        match requester {
            Requester::Anybody => Self::Anybody,
            Requester::OfAccount(account) if Some(account.as_str()) == own_account => Self::OwnAccount,
            Requester::OfAccount(_) => Self::OtherAccount,
            Requester::Principal(_) => Self::One,
            Requester::Service(_) => Self::Service,
            // A provider of SAML assertions is the account's own; that of web identities serves anybody.
            Requester::OfProvider(provider) if provider.contains(":saml-provider/") => Self::OwnAccount,
            Requester::OfProvider(_) => Self::Anybody,
        }
    }

    /// The share of the requesters in some circumstances, and those of the circumstances that narrow further.
    pub(crate) fn split(self, circumstances: Circumstances) -> (Share, Circumstances) {
        let needs = |circumstance| circumstances.contains(Circumstances::of(circumstance));
        let steps = match self {
            _ if needs(Circumstance::Who) => Some(ONE),
            Self::Anybody if needs(Circumstance::Service) => Some(BOUND_SERVICE),
            Self::Anybody if needs(Circumstance::Organization) => Some(OTHER_ACCOUNT),
            Self::Anybody => None,
            Self::OtherAccount => Some(OTHER_ACCOUNT),
            Self::OwnAccount => Some(OWN_ACCOUNT),
            Self::Service if needs(Circumstance::Service) => Some(BOUND_SERVICE),
            Self::Service => Some(SERVICE),
            Self::One => Some(ONE),
        };
        let narrower = |share: Share, _| share.percent(REQUESTERS.step);
        let share = match steps {
            None => Share::WHOLE,
            Some(steps) => (0..steps).fold(Share::of_percent(REQUESTERS.other_account), narrower),
        };
        let who = [Circumstance::Who, Circumstance::Organization, Circumstance::Service].map(Circumstances::of);
        (share, who.into_iter().fold(circumstances, Circumstances::without))
    }
}

/// How many steps requesters are narrower than another account as a whole.
const OTHER_ACCOUNT: u32 = 0;
const OWN_ACCOUNT: u32 = 1;
const SERVICE: u32 = 2;
const BOUND_SERVICE: u32 = 3;
const ONE: u32 = 4;
