//! Passing roles to services that run the principal's code or commands, and using resources that already have a role.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Becoming;
use super::identity_provider::federated;
use crate::decision::Truth;
use crate::iam::Role;
use crate::paths::{EscalationPath, PATHS, PathId, Technique};
use crate::policy::PolicyDocument;
use crate::reach::action::{Action, Mask};
use crate::reach::choice::without_repeats;
use crate::reach::principal::{Factor, Principal, single};
use crate::reach::request::{Request, Requester};
use crate::reach::way::{Permit, Way};

const PASS: Action = Action::named("iam:PassRole");
const ADD_TO_PROFILE: Action = Action::named("iam:AddRoleToInstanceProfile");
const CREATE_PROFILE: Action = Action::named("iam:CreateInstanceProfile");
const REMOVE_FROM_PROFILE: Action = Action::named("iam:RemoveRoleFromInstanceProfile");

/// The action by which a role to be passed is found.
pub(in crate::reach) const FIRST: Mask = Mask::of(&[PASS]);

/// Whom roles for identity pools trust.
const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";

/// A path through services, with its actions looked up.
struct Known {
    path: &'static EscalationPath,
    actions: Vec<Action>,
    mask: Mask,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let through_services =
        PATHS.iter().filter(|path| matches!(path.technique, Technique::PassRole | Technique::RunningRole));
    let known = through_services.map(|path| {
        let actions: Vec<Action> = path.actions.iter().filter_map(|action| Action::find(action)).collect();
        Known { path, mask: Mask::of(&actions), actions }
    });
    known.collect()
});

/// What is known of the paths through services of a principal: the steps without any role, path by path.
pub(in crate::reach) type OpenPaths = BTreeMap<PathId, Option<Way>>;

/// Whether a principal has the actions for any such path, as far as its policies name them.
pub(in crate::reach) fn may_run(actions: Mask) -> bool {
    KNOWN.iter().any(|known| actions.includes(known.mask))
}

/// The services to which a principal may be able to pass a role that they then use for it.
pub(in crate::reach) fn services_passed_to(actions: Mask) -> Vec<&'static str> {
    let passing = KNOWN.iter().filter(|known| known.mask.meets(FIRST) && actions.includes(known.mask));
    without_repeats(passing.flat_map(|known| known.path.services).copied().collect())
}

/// The services that may use a role, as far as its trust policy names them.
pub(in crate::reach) fn services_of<'a>(role: &Principal<'a>) -> Vec<&'a str> {
    let mut services: Vec<&str> = role.trusted_services.iter().map(|(service, _)| *service).collect();
    if let Some(Ok(trust)) = role.trust() {
        services.extend(pools_of(trust).map(|(pool, _)| pool));
    }
    services
}

/// Whether a trust policy leads to pools of identities: whoever owns one makes whomever it likes one of its identities.
fn pools_of(trust: &PolicyDocument) -> impl Iterator<Item = (&str, Truth)> {
    let sets = |key: &str, provider: &str| key.starts_with(provider);
    let providers = federated(trust, "sts:AssumeRoleWithWebIdentity", sets).into_iter();
    providers.filter(|(provider, _)| *provider == IDENTITY_POOLS)
}

/// The services of which a principal may be able to take over something that runs already.
pub(in crate::reach) fn services_that_run(actions: Mask) -> Vec<&'static str> {
    let running = KNOWN.iter().filter(|known| !known.mask.meets(FIRST) && actions.includes(known.mask));
    without_repeats(running.flat_map(|known| known.path.services).copied().collect())
}

impl Requester<'_, '_> {
    /// The step of a path without any role, as far as the principal's own policies go.
    fn open_path(&self, known: &Known) -> Option<Way> {
        if !self.actions.includes(known.mask) {
            return None;
        }
        if let Some(way) = self.open_paths.borrow().get(&known.path.id) {
            return way.clone();
        }
        let way = self.open(known);
        self.open_paths.borrow_mut().insert(known.path.id, way.clone());
        way
    }

    fn open(&self, known: &Known) -> Option<Way> {
        let mut way = Way::empty(known.path.id);
        for action in known.actions.iter().filter(|action| **action != PASS) {
            let types = known.path.types.iter().find(|(of, _)| *of == action.name()).map(|(_, types)| *types);
            way = way.with(self.somewhere(*action, types.unwrap_or_default())?);
        }
        // One thing that is not known is enough to say.
        if let Some(need) = known.path.needs.first() {
            way = way.unless_known(|| (*need).to_owned());
        }
        Some(way)
    }
}

/// The ways to run something with a role.
pub(in crate::reach) fn ways<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Vec<Becoming> {
    if !may_run(by.actions) {
        return Vec::new();
    }
    let mut best: Option<Way> = None;
    for (service, truth) in trusted(by, target).unwrap_or_default() {
        // Whether the role can be passed to the service, computed on demand.
        let passed = OnceCell::new();
        for known in KNOWN.iter().filter(|known| known.path.services.contains(&service)) {
            let Some(way) = by.open_path(known) else { continue };
            let way = match known.mask.meets(FIRST) {
                false => Some(way),
                true => passed.get_or_init(|| pass(by, target, service)).clone().map(|pass| way.after(pass)),
            };
            let way = way.map(|way| way.depends_on(truth, || format!("the trust policy of {}", target.in_words())));
            let way =
                way.and_then(|way| if known.path.instance_profile { in_a_profile(by, target, way) } else { Some(way) });
            let is_better = |way: &Way| best.as_ref().is_none_or(|best| way.truth > best.truth);
            best = way.filter(is_better).or(best);
        }
    }
    // What runs for a service has signed in to nothing.
    best.map(|way| Becoming { way, factor: Factor::Refused }).into_iter().collect()
}

fn pass<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>, service: &str) -> Option<Permit> {
    let keys = [("iam:PassedToService", single(service))];
    by.permit(&Request { action: PASS, resource: target.arn(), target: Some(target), target_state: None, keys: &keys })
}

/// The services that may use the role: those that it names, or every one that matters where its trust is not known.
fn trusted<'t>(by: &Requester<'_, '_>, target: &'t Principal<'_>) -> Option<Vec<(&'t str, Truth)>> {
    let services: Vec<(&'t str, Truth)> = match target.trust()? {
        Err(_) => {
            let of_paths = KNOWN.iter().filter(|known| by.actions.includes(known.mask));
            let services = without_repeats(of_paths.flat_map(|known| known.path.services).copied().collect());
            services.into_iter().map(|service| (service, Truth::Undecided)).collect()
        }
        Ok(trust) => {
            let services = target.trusted_services.iter().copied().filter(|(_, truth)| *truth > Truth::Fails);
            services.chain(pools_of(trust)).collect()
        }
    };
    Some(services)
}

/// The way, where the role has an instance profile or can be given one.
fn in_a_profile(by: &Requester<'_, '_>, target: &Principal<'_>, way: Way) -> Option<Way> {
    match target.role?.details.get().and_then(|details| details.has_instance_profile.get().copied()) {
        Ok(true) => Some(way),
        Ok(false) => put_in_a_profile(by, way),
        Err(missing) => Some(way.unless_known(|| missing.to_string())),
    }
}

/// The way, with the role put in an instance profile: a new one, or one that has another role.
fn put_in_a_profile(by: &Requester<'_, '_>, way: Way) -> Option<Way> {
    let way = way.with(by.somewhere(ADD_TO_PROFILE, &[])?);
    if let Some(create) = by.somewhere(CREATE_PROFILE, &[]) {
        return Some(way.with(create));
    }
    let has_one = |role: &Role| {
        let details = role.details.known();
        details.is_some_and(|details| details.has_instance_profile.known() == Some(&true))
    };
    match by.somewhere(REMOVE_FROM_PROFILE, &[]).filter(|_| by.account.details.roles.iter().any(has_one)) {
        Some(remove) => Some(way.with(remove)),
        None => Some(way.unless_known(|| "an instance profile without a role".to_owned())),
    }
}
