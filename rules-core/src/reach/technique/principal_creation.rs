//! Creating users, roles and groups, which the creator controls.

use std::collections::{HashMap, HashSet};

use crate::arn::Arn;
use crate::decision::{ContextValue, Truth};
use crate::iam::Identity;
use crate::paths::PathId;
use crate::permissions::{PrincipalPermissions, PrincipalType};
use crate::reach::action::{Action, Mask};
use crate::reach::choice::{FRESH, is_fresh};
use crate::reach::principal::{Factor, Principal};
use crate::reach::request::{Request, Requester};
use crate::reach::somewhere::{Resources, Segments};
use crate::reach::state::{Bound, State};
use crate::reach::way::Way;

const CREATE_GROUP: Action = Action::named("iam:CreateGroup");
const CREATE_ROLE: Action = Action::named("iam:CreateRole");
const CREATE_USER: Action = Action::named("iam:CreateUser");

/// The actions that begin a way.
pub(in crate::reach) const FIRST: Mask = Mask::of(&[CREATE_ROLE, CREATE_USER]);
/// Making a group.
pub(in crate::reach) const GROUPS: Mask = Mask::of(&[CREATE_GROUP]);

/// What others can help with.
pub(in crate::reach) const HELP: Mask = Mask::of(&[
    ADD_TO_GROUP,
    ATTACH_TO_GROUP,
    ATTACH_TO_ROLE,
    ATTACH_TO_USER,
    KEY,
    PASSWORD,
    PUT_ON_GROUP,
    PUT_ON_ROLE,
    PUT_ON_USER,
    UNBOUND_ROLE,
    UNBOUND_USER,
]);

/// Patterns by layer, one of each of which a resource has to match.
type Layers = Vec<Vec<Segments>>;

/// Actions that must all match one name.
type Use = &'static [Action];

const ATTACH_TO_GROUP: Action = Action::named("iam:AttachGroupPolicy");
const ATTACH_TO_ROLE: Action = Action::named("iam:AttachRolePolicy");
const ATTACH_TO_USER: Action = Action::named("iam:AttachUserPolicy");
const ADD_TO_GROUP: Action = Action::named("iam:AddUserToGroup");
const KEY: Action = Action::named("iam:CreateAccessKey");
const PASSWORD: Action = Action::named("iam:CreateLoginProfile");
const PUT_ON_GROUP: Action = Action::named("iam:PutGroupPolicy");
const PUT_ON_ROLE: Action = Action::named("iam:PutRolePolicy");
const PUT_ON_USER: Action = Action::named("iam:PutUserPolicy");
const UNBOUND_ROLE: Action = Action::named("iam:DeleteRolePermissionsBoundary");
const UNBOUND_USER: Action = Action::named("iam:DeleteUserPermissionsBoundary");

/// What a new role is good for.
const OF_ROLES: [Use; 5] = [
    &[CREATE_ROLE],
    &[CREATE_ROLE, PUT_ON_ROLE],
    &[CREATE_ROLE, ATTACH_TO_ROLE],
    &[CREATE_ROLE, PUT_ON_ROLE, UNBOUND_ROLE],
    &[CREATE_ROLE, ATTACH_TO_ROLE, UNBOUND_ROLE],
];
/// What a new user is good for.
const OF_USERS: [Use; 10] = [
    &[CREATE_USER, KEY],
    &[CREATE_USER, PASSWORD],
    &[CREATE_USER, KEY, PUT_ON_USER],
    &[CREATE_USER, KEY, ATTACH_TO_USER],
    &[CREATE_USER, PASSWORD, PUT_ON_USER],
    &[CREATE_USER, PASSWORD, ATTACH_TO_USER],
    &[CREATE_USER, KEY, PUT_ON_USER, UNBOUND_USER],
    &[CREATE_USER, KEY, ATTACH_TO_USER, UNBOUND_USER],
    &[CREATE_USER, PASSWORD, PUT_ON_USER, UNBOUND_USER],
    &[CREATE_USER, PASSWORD, ATTACH_TO_USER, UNBOUND_USER],
];
/// What a new group is good for.
const OF_GROUPS: [Use; 2] =
    [&[CREATE_GROUP, ADD_TO_GROUP, PUT_ON_GROUP], &[CREATE_GROUP, ADD_TO_GROUP, ATTACH_TO_GROUP]];

/// A principal that may be made.
#[derive(Clone, Debug)]
pub(in crate::reach) struct Made<'a> {
    pub(in crate::reach) principal: Principal<'a>,
    pub(in crate::reach) way: Way,
    /// What is known of multi-factor authentication in the session that comes with it; none where credentials are still to
    /// be had.
    pub(in crate::reach) session: Option<Factor>,
}

/// A group that may be made.
#[derive(Clone, Debug)]
pub(in crate::reach) struct NewGroup {
    pub(in crate::reach) arn: String,
    pub(in crate::reach) way: Way,
}

/// The users and roles that `by` can make, with others who help to make something of them.
pub(in crate::reach) fn principals<'a>(by: &Requester<'_, 'a>, helpers: &[Requester<'_, 'a>]) -> Vec<Made<'a>> {
    let mut found = Vec::new();
    for (principal, create) in made(by, PrincipalType::Role, CREATE_ROLE, &OF_ROLES, helpers) {
        // The trust policy is its maker's, so a session is had for nothing.
        let factor = by.factor.of_session(by.principal.kind);
        found.push(Made { principal, way: create, session: Some(factor) });
    }
    for (principal, create) in made(by, PrincipalType::User, CREATE_USER, &OF_USERS, helpers) {
        found.push(Made { principal, way: create, session: None });
    }
    found
}

/// The groups that `by` can make.
pub(in crate::reach) fn groups<'a>(by: &Requester<'_, 'a>, helpers: &[Requester<'_, 'a>]) -> Vec<NewGroup> {
    if !by.has(CREATE_GROUP) {
        return Vec::new();
    }
    let made = new_arns(by, "group", &OF_GROUPS, helpers).into_iter().filter_map(|arn| {
        let way = by.permit(&Request::on(CREATE_GROUP, arn.as_str(), &[]))?.way(PathId::named("create-group"));
        Some(NewGroup { arn: arn.to_string(), way })
    });
    made.collect()
}

fn made<'a>(
    by: &Requester<'_, 'a>,
    kind: PrincipalType,
    create: Action,
    uses: &[Use],
    helpers: &[Requester<'_, 'a>],
) -> Vec<(Principal<'a>, Way)> {
    if !by.has(create) {
        return Vec::new();
    }
    let word = match kind {
        PrincipalType::User => "user",
        PrincipalType::Role => "role",
    };
    let mut found = Vec::new();
    for arn in new_arns(by, word, uses, helpers) {
        let name = arn.resource().rsplit('/').next().unwrap_or_default().to_owned();
        let identity = Identity { name, id: FRESH.to_owned(), arn };
        for (way, bound) in bounds(by, create, &identity.arn) {
            // Its state has the policies that apply to it.
            let permissions = PrincipalPermissions::of_new(kind, identity.clone(), None, by.account.facts);
            found.push((Principal::new(permissions, State::new(Vec::new(), bound)), way));
        }
    }
    found
}

/// Under which permissions boundaries a principal may be made: under none, and under those that conditions ask for.
fn bounds(by: &Requester<'_, '_>, create: Action, arn: &Arn) -> Vec<(Way, Option<Bound>)> {
    let path = if create == CREATE_ROLE { PathId::named("create-role") } else { PathId::named("create-user") };
    let none = [("iam:PermissionsBoundary", ContextValue::Absent)];
    let unbounded = by.permit(&Request::on(create, arn.as_str(), &none)).map(|permit| (permit.way(path), None));
    let is_certain = unbounded.as_ref().is_some_and(|(way, _)| way.truth == Truth::Holds);
    let asked_for = !is_certain || !by.account.boundary_values.is_empty();
    let choices = asked_for.then(|| by.boundaries_to_set(&Request::on(create, arn.as_str(), &[])));
    let bounded = choices.into_iter().flatten().map(|choice| {
        let bound = choice.bound(by.account.everything);
        (choice.permits.into_iter().fold(Way::empty(path), Way::with), Some(bound))
    });
    unbounded.into_iter().chain(bounded).collect()
}

/// ARNs of something new, with names that suit what it is made with and what it is good for: one set of actions at a time,
/// each action taken by a principal that is allowed to.
fn new_arns<'a>(by: &Requester<'_, 'a>, kind: &str, uses: &[Use], helpers: &[Requester<'_, 'a>]) -> Vec<Arn> {
    let own = &by.account.facts.account;
    let pattern: Segments =
        ["arn", by.account.partition(), "iam", "", own.as_str(), &format!("{kind}/*")].map(str::to_owned);
    // What the resources of each action have to match, for each principal that can take it; its maker comes first.
    let mut by_action: HashMap<Action, Vec<Layers>> = HashMap::new();
    for action in uses.iter().copied().flatten() {
        by_action.entry(*action).or_insert_with(|| {
            // One principal creates it; others can take the remaining actions.
            let is_first = uses.iter().any(|of_use| of_use.first() == Some(action));
            let takers = std::iter::once(by).chain(helpers.iter().filter(|_| !is_first));
            takers
                .filter(|taker| taker.has(*action))
                .map(|taker| taker.involved(*action).patterns(taker.context()))
                .collect()
        });
    }
    let mut tried: HashSet<Layers> = HashSet::new();
    for of_use in uses {
        let mut choices: Vec<Layers> = vec![vec![vec![pattern.clone()]]];
        for action in *of_use {
            let layers = by_action.get(action).map(Vec::as_slice).unwrap_or_default();
            choices = choices.iter().flat_map(|known| layers.iter().map(|more| with(known, more))).collect();
        }
        tried.extend(choices);
    }
    let mut found: Vec<String> = tried.iter().flat_map(|layers| Resources::in_common(layers).found).collect();
    found.sort_unstable();
    found.dedup();
    let arns = found.iter().filter(|arn| is_possible_name(arn)).filter_map(|arn| arn.parse::<Arn>().ok());
    arns.filter(|arn| by.account.principal_by_arn(arn.as_str()).is_none()).collect()
}

/// Layers with further ones, each once.
fn with(known: &Layers, more: &Layers) -> Layers {
    let mut all = known.clone();
    for layer in more {
        if !all.contains(layer) {
            all.push(layer.clone());
        }
    }
    all
}

/// Whether IAM would take the name at the end of an ARN.
fn is_possible_name(arn: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let is_allowed = |character: char| {
        character.is_ascii_alphanumeric() || "_+=,.@-".contains(character) || is_fresh(&character.to_string())
    };
    !name.is_empty() && name.chars().all(is_allowed)
}
