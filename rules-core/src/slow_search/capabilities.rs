//! Which of the actions that escalation takes a principal's policies name at all.
//!
//! Nearly every principal has none of them, and this settles it before any request is decided.

use std::sync::LazyLock;

use super::paths::PATHS;
use super::services::PathGain;
use crate::catalogue::{self, ActionIndex, expand_lists};
use crate::policy::{ActionElement, Effect, PolicyDocument};

/// Actions that steps take which are no paths of the table.
const FURTHER: [&str; 6] = [
    "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile",
    "iam:CreatePolicy",
    "iam:DeactivateMFADevice",
    "iam:DeletePolicyVersion",
    "iam:RemoveRoleFromInstanceProfile",
];

const WORDS: usize = 4;

/// Actions each of which is a step by itself.
const SIGN_IN: [&str; 3] = ["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"];
const GRANT: [&str; 9] = [
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
];
const LIFT: [&str; 16] = [
    "iam:DeleteGroupPolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:EnableMFADevice",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    "iam:RemoveUserFromGroup",
    "iam:TagRole",
    "iam:TagUser",
    "iam:UntagRole",
    "iam:UntagUser",
];
const CREATE: [&str; 2] = ["iam:CreateRole", "iam:CreateUser"];
const ASSUME: [&str; 3] = ["sts:AssumeRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateSAMLProvider"];

/// A set of the actions that escalation takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Capabilities([u64; WORDS]);

/// What kinds of steps a principal's policies have the actions for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Powers {
    /// To get credentials of other users.
    pub(super) sign_in: bool,
    /// To assume roles, or to have them trust oneself.
    pub(super) assume: bool,
    /// To run something with a role.
    pub(super) run: bool,
    /// To give oneself or others more.
    pub(super) grant: bool,
    /// To rid oneself or others of what holds them back.
    pub(super) lift: bool,
    /// To make users or roles.
    pub(super) create: bool,
    /// To administer Identity Center.
    pub(super) identity_center: bool,
}

/// Every action that any step takes, in order, with its place in the catalogue.
static RELEVANT: LazyLock<Vec<(&'static str, Option<ActionIndex>)>> = LazyLock::new(|| {
    let steps = SIGN_IN.iter().chain(&GRANT).chain(&LIFT).chain(&CREATE).chain(&ASSUME);
    let of_paths = PATHS.iter().flat_map(|path| path.actions);
    let mut actions: Vec<&'static str> = of_paths.chain(steps).chain(&FURTHER).copied().collect();
    actions.sort_unstable();
    actions.dedup();
    let find = |action: &str| action.split_once(':').and_then(|(service, name)| catalogue::action(service, name));
    actions.into_iter().map(|action| (action, find(action))).collect()
});

impl Powers {
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Capabilities {
    /// The actions that some Allow of the document covers.
    pub(super) fn of(document: &PolicyDocument) -> Self {
        let mut found = Self::default();
        let allows: Vec<_> = document.statements.iter().filter(|statement| statement.effect == Effect::Allow).collect();
        let patterns = allows.iter().map(|statement| statement.action.patterns());
        let lists: Vec<Vec<&str>> = patterns.map(|patterns| patterns.iter().map(String::as_str).collect()).collect();
        for (statement, named) in allows.iter().zip(expand_lists(&lists)) {
            let is_complement = matches!(statement.action, ActionElement::NotAction(_));
            for (place, (_, action)) in RELEVANT.iter().enumerate() {
                if action.is_some_and(|action| named.actions.contains(action)) != is_complement {
                    found.insert(place);
                }
            }
        }
        found
    }

    fn insert(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    pub(super) fn union(self, other: Self) -> Self {
        let mut union = self;
        for (word, more) in union.0.iter_mut().zip(other.0) {
            *word |= more;
        }
        union
    }

    pub(super) fn powers(self) -> Powers {
        let any = |actions: &[&str]| actions.iter().any(|action| self.contain(action));
        let path = |through: fn(&PathGain) -> bool| {
            PATHS.iter().any(|path| through(&path.gain()) && path.actions.iter().all(|action| self.contain(action)))
        };
        Powers {
            sign_in: any(&SIGN_IN),
            assume: any(&ASSUME),
            run: path(|gain| {
                matches!(gain, PathGain::PassedRole(_) | PathGain::AnyPassedRole | PathGain::RunningRole(_))
            }),
            grant: any(&GRANT),
            lift: any(&LIFT),
            create: any(&CREATE),
            identity_center: path(|gain| matches!(gain, PathGain::IdentityCenter)),
        }
    }

    /// Whether some Allow covers `action`.
    pub(super) fn contain(self, action: &str) -> bool {
        let place = RELEVANT.binary_search_by_key(&action, |(action, _)| action);
        place.ok().and_then(|place| Some(self.0.get(place / 64)? >> (place % 64) & 1 == 1)).unwrap_or(false)
    }
}
