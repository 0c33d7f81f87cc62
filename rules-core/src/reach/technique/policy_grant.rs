//! Giving a principal more permissions: putting or attaching policies, other policy versions, groups.

use super::policy_choice::{Choice, Chosen};
use crate::decision::Truth;
use crate::paths::PathId;
use crate::permissions::PrincipalType;
use crate::reach::account::PolicyIndex;
use crate::reach::action::{Action, Mask};
use crate::reach::document::DocumentId;
use crate::reach::principal::Principal;
use crate::reach::request::{Request, Requester};
use crate::reach::state::State;
use crate::reach::way::Way;

const ADD_TO_GROUP: Action = Action::named("iam:AddUserToGroup");
const ATTACH_TO_GROUP: Action = Action::named("iam:AttachGroupPolicy");
const ATTACH_TO_ROLE: Action = Action::named("iam:AttachRolePolicy");
const ATTACH_TO_USER: Action = Action::named("iam:AttachUserPolicy");
const CREATE_VERSION: Action = Action::named("iam:CreatePolicyVersion");
const PUT_ON_GROUP: Action = Action::named("iam:PutGroupPolicy");
const PUT_ON_ROLE: Action = Action::named("iam:PutRolePolicy");
const PUT_ON_USER: Action = Action::named("iam:PutUserPolicy");
const RESTORE: Action = Action::named("iam:SetDefaultPolicyVersion");

/// The actions that give users and roles more by themselves.
pub(in crate::reach) const TO_PRINCIPALS: Mask = Mask::of(&[ATTACH_TO_ROLE, ATTACH_TO_USER, PUT_ON_ROLE, PUT_ON_USER]);
/// The actions that give members of a group more.
pub(in crate::reach) const TO_GROUPS: Mask = Mask::of(&[ADD_TO_GROUP, ATTACH_TO_GROUP, PUT_ON_GROUP]);
/// The actions that change managed policies.
pub(in crate::reach) const TO_POLICIES: Mask = Mask::of(&[CREATE_VERSION, RESTORE]);

/// What a principal can give.
#[derive(Clone, Debug)]
pub(in crate::reach) struct Gift {
    pub(in crate::reach) way: Way,
    pub(in crate::reach) policy: Given,
}

/// A policy that is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::reach) enum Given {
    /// One of its giver's own making, which says everything.
    Everything,
    /// AWS's own that grants all of IAM.
    IamInFull,
    /// A managed policy of the account.
    Known(PolicyIndex, DocumentId),
    /// Nobody knows what it says.
    Unknown,
}

impl Given {
    /// The managed policy that it is, where the account's details have it.
    pub(in crate::reach) fn policy(self) -> Option<PolicyIndex> {
        match self {
            Self::Known(policy, _) => Some(policy),
            Self::Everything | Self::IamInFull | Self::Unknown => None,
        }
    }
}

/// How a principal is called in the path of a grant to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::reach) enum Relation {
    /// It is the giver.
    Oneself,
    /// The giver gets its credentials, or assumes it.
    Other,
    /// The giver has rewritten its trust policy.
    Retrusted,
}

impl Relation {
    fn path(self, own: PathId, assumed: PathId, retrusted: PathId) -> PathId {
        match self {
            Self::Oneself => own,
            Self::Other => assumed,
            Self::Retrusted => retrusted,
        }
    }
}

/// What `by` can put on or attach to a user or role, at a level of certainty.
pub(in crate::reach) fn to_principal<'a>(
    by: &Requester<'_, 'a>,
    target: &Principal<'a>,
    state: &State,
    relation: Relation,
    level: Truth,
) -> Vec<Gift> {
    if !by.actions.meets(TO_PRINCIPALS) || target.is_protected() {
        return Vec::new();
    }
    let (put, attach, put_path, attach_path) = match target.kind {
        PrincipalType::User => (
            PUT_ON_USER,
            ATTACH_TO_USER,
            relation.path(PathId::named("iam-007"), PathId::named("iam-018"), PathId::named("iam-018")),
            relation.path(PathId::named("iam-008"), PathId::named("iam-015"), PathId::named("iam-015")),
        ),
        PrincipalType::Role => (
            PUT_ON_ROLE,
            ATTACH_TO_ROLE,
            relation.path(PathId::named("iam-005"), PathId::named("iam-017"), PathId::named("iam-021")),
            relation.path(PathId::named("iam-009"), PathId::named("iam-014"), PathId::named("iam-019")),
        ),
    };
    let request =
        |action| Request { action, resource: target.arn(), target: Some(target), target_state: Some(state), keys: &[] };
    let put = by.permit(&request(put)).map(|permit| Gift { way: permit.way(put_path), policy: Given::Everything });
    let attach = by.policies_to_attach(&request(attach), level).into_iter().map(|choice| choice.gift(attach_path));
    put.into_iter().chain(attach).collect()
}

/// What `by` can put on or attach to a group, at a level of certainty.
pub(in crate::reach) fn to_group<'a>(by: &Requester<'_, 'a>, arn: &str, level: Truth) -> Vec<Gift> {
    let put = by.permit(&Request::on(PUT_ON_GROUP, arn, &[]));
    let put = put.map(|permit| Gift { way: permit.way(PathId::named("iam-011")), policy: Given::Everything });
    let attach = by.policies_to_attach(&Request::on(ATTACH_TO_GROUP, arn, &[]), level);
    let attach = attach.into_iter().map(|choice| choice.gift(PathId::named("iam-010")));
    put.into_iter().chain(attach).collect()
}

/// The way to put users in a group.
pub(in crate::reach) fn join(by: &Requester<'_, '_>, arn: &str) -> Option<Way> {
    Some(by.permit(&Request::on(ADD_TO_GROUP, arn, &[]))?.way(PathId::named("iam-013")))
}

/// The way to put whatever one likes in the place of a policy.
pub(in crate::reach) fn rewrite(by: &Requester<'_, '_>, policy: PolicyIndex) -> Option<Way> {
    let permits = by.rewrite(policy)?;
    Some(permits.into_iter().fold(Way::empty(PathId::named("iam-001")), Way::with))
}

/// The way to put another version of a policy in force.
pub(in crate::reach) fn restore(by: &Requester<'_, '_>, policy: PolicyIndex) -> Option<Way> {
    let known = by.account.policy(policy).filter(|known| !known.other_versions.is_empty())?;
    let permit = by.permit(&Request::on(RESTORE, known.arn().as_str(), &[]))?;
    Some(permit.way(PathId::named("prowler-setdefaultpolicyversion")))
}

impl Choice {
    fn gift(self, path: PathId) -> Gift {
        let policy = match self.chosen {
            Chosen::Everything => Given::Everything,
            Chosen::IamInFull => Given::IamInFull,
            Chosen::Known(policy, document) => Given::Known(policy, document),
        };
        Gift { way: self.permits.into_iter().fold(Way::empty(path), Way::with), policy }
    }
}
