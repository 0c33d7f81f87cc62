//! How actions count in the kinds of harm: alone, as members of a class, and together, as links of a path.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::catalogue::{self, ActionIndex, ActionSet, HarmClass, actions};
use crate::paths::{EscalationClass, EscalationPath, PATHS};
use crate::score::definition::{Definition, ScoreVersion, Term};
use crate::score::harm::Harm;

/// How far an action counts in a kind of harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Counts {
    /// As far as its resources are exposed.
    ByResources,
    /// As far as resources are exposed that are not the holder's own.
    ByOthers,
    /// In full as soon as any resource is exposed: it is about one identity, which exists, or about something that the caller
    /// names itself.
    Always,
    /// In full as soon as any resource is exposed that is not the holder's own.
    AlwaysForOthers,
    /// As far as roles are exposed: those that are known to exist everywhere count in full.
    ByRole,
}

impl Counts {
    pub(crate) const ALL: [Self; 5] =
        [Self::ByResources, Self::ByOthers, Self::Always, Self::AlwaysForOthers, Self::ByRole];
}

/// An action of a path or class, and how it counts there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    pub(crate) action: ActionIndex,
    pub(crate) counts: Counts,
}

/// A path of escalation with its actions looked up.
#[derive(Debug)]
pub(crate) struct PathRoute {
    pub(crate) harm: Harm,
    pub(crate) path: &'static EscalationPath,
    pub(crate) links: Vec<Link>,
    /// Where the path passes a role: the services that it is passed to; none where any will do.
    pub(crate) passes_to: Option<&'static [&'static str]>,
}

/// What counts for one term of the definition.
#[derive(Debug)]
pub(crate) struct TermModel {
    pub(crate) term: &'static Term,
    pub(crate) paths: Vec<PathRoute>,
    /// The actions that do the harm alone.
    pub(crate) members: Vec<(Harm, Link)>,
    /// The same as a set.
    pub(crate) member_actions: ActionSet,
}

/// The place of a term in the model.
pub(crate) type TermNumber = usize;

/// Everything that counts in the kinds of harm.
#[derive(Debug)]
pub(crate) struct HarmModel {
    pub(crate) terms: Vec<TermModel>,
    /// Which ways of counting each action has, one bit each, by position.
    counts: Vec<u8>,
    /// The terms and kinds of harm in which each action is a member, with how it counts there, by position.
    memberships: Vec<Vec<(Counts, TermNumber, Harm)>>,
    /// Every action that counts in some way.
    pub(crate) counting: ActionSet,
    /// The weight of the heaviest term to which each action belongs, alone or as a link of a path, by position.
    heaviest: Vec<u32>,
}

impl HarmModel {
    /// The ways in which an action counts.
    pub(crate) fn counts_of(&self, action: ActionIndex) -> impl Iterator<Item = Counts> + Clone + use<> {
        let bits = self.counts.get(action.position()).copied().unwrap_or_default();
        Counts::ALL.into_iter().filter(move |counts| bits >> (*counts as u8) & 1 == 1)
    }

    /// The weight of the heaviest harm in which an action has part, in tenths.
    pub(crate) fn heaviest(&self, action: ActionIndex) -> u32 {
        self.heaviest.get(action.position()).copied().unwrap_or_default()
    }

    /// The terms and kinds of harm in which a link is a member.
    pub(crate) fn memberships(&self, link: Link) -> impl Iterator<Item = (TermNumber, Harm)> {
        let of_action = self.memberships.get(link.action.position()).map(Vec::as_slice).unwrap_or_default();
        of_action.iter().filter(move |(counts, ..)| *counts == link.counts).map(|(_, number, harm)| (*number, *harm))
    }

    fn new(definition: &'static Definition) -> Self {
        let members = if definition.version == ScoreVersion::V1 { BTreeMap::new() } else { members() };
        let mut routes: BTreeMap<Harm, Vec<PathRoute>> = BTreeMap::new();
        for route in scored_paths().filter_map(|path| route(path, definition.version)) {
            routes.entry(route.harm).or_default().push(route);
        }
        let mut model = Self {
            terms: Vec::new(),
            counts: vec![0; actions().len()],
            memberships: vec![Vec::new(); actions().len()],
            counting: ActionSet::empty(),
            heaviest: vec![0; actions().len()],
        };
        for (number, term) in definition.terms.iter().enumerate() {
            let mut of_term =
                TermModel { term, paths: Vec::new(), members: Vec::new(), member_actions: ActionSet::empty() };
            for harm in term.harms {
                of_term.paths.extend(routes.remove(harm).unwrap_or_default());
                of_term.members.extend(members.get(harm).into_iter().flatten().map(|link| (*harm, *link)));
            }
            for (harm, link) in &of_term.members {
                of_term.member_actions.insert(link.action);
                if let Some(memberships) = model.memberships.get_mut(link.action.position()) {
                    memberships.push((link.counts, number, *harm));
                }
            }
            let links = of_term.paths.iter().flat_map(|route| &route.links).copied();
            for link in links.chain(of_term.members.iter().map(|(_, link)| *link)) {
                model.counting.insert(link.action);
                if let Some(bits) = model.counts.get_mut(link.action.position()) {
                    *bits |= 1 << (link.counts as u8);
                }
                if let Some(heaviest) = model.heaviest.get_mut(link.action.position()) {
                    *heaviest = term.tenths.max(*heaviest);
                }
            }
            model.terms.push(of_term);
        }
        model
    }
}

/// The model of a version, made once.
pub(crate) fn harm_model(definition: &'static Definition) -> &'static HarmModel {
    static OF_VERSIONS: [OnceLock<HarmModel>; ScoreVersion::ALL.len()] =
        [const { OnceLock::new() }; ScoreVersion::ALL.len()];
    let [first, second] = &OF_VERSIONS;
    let of_version = match definition.version {
        ScoreVersion::V1 => first,
        ScoreVersion::V2 => second,
    };
    of_version.get_or_init(|| HarmModel::new(definition))
}

/// The members of each class, in order. An action that changes something and that no class, no path and no pattern of harmless
/// ones names operates on what others have.
fn members() -> BTreeMap<Harm, Vec<Link>> {
    let alone: ActionSet = scored_paths().filter_map(|path| find(only(path.actions_of_score())?)).collect();
    let mut members: BTreeMap<Harm, Vec<Link>> = BTreeMap::new();
    for action in actions() {
        let harms = action.harms();
        let mut classes: Vec<HarmClass> = harms.classes().collect();
        if harms.operates_by_default() && !alone.contains(action) {
            classes.push(HarmClass::Operation);
        }
        for class in classes {
            // Who manages the own credentials, devices and sign-in serves nobody else.
            let is_self_service = matches!(class, HarmClass::Identity | HarmClass::Controls);
            let counts = match (harms.is_about_one_identity(), is_self_service) {
                (false, false) => Counts::ByResources,
                (false, true) => Counts::ByOthers,
                (true, false) => Counts::Always,
                (true, true) => Counts::AlwaysForOthers,
            };
            members.entry(harm_of(class)).or_default().push(Link { action, counts });
        }
    }
    members
}

/// The paths that a policy by itself has.
fn scored_paths() -> impl Iterator<Item = &'static EscalationPath> {
    PATHS.iter().filter(|path| path.scored)
}

fn only(actions: &'static [&'static str]) -> Option<&'static str> {
    match actions {
        [only] => Some(only),
        _ => None,
    }
}

fn harm_of(class: HarmClass) -> Harm {
    match class {
        HarmClass::Takeover => Harm::Takeover,
        HarmClass::Code => Harm::Code,
        HarmClass::Secrets => Harm::Secrets,
        HarmClass::Audit => Harm::Audit,
        HarmClass::Guardrails => Harm::Guardrails,
        HarmClass::Accounts => Harm::Accounts,
        HarmClass::Publication => Harm::Publication,
        HarmClass::Identity => Harm::Identity,
        HarmClass::Destruction => Harm::Destruction,
        HarmClass::Data => Harm::Data,
        HarmClass::PassRole => Harm::PassRole,
        HarmClass::Guards => Harm::Guards,
        HarmClass::Content => Harm::Content,
        HarmClass::Copies => Harm::Copies,
        HarmClass::Exposure => Harm::Exposure,
        HarmClass::Controls => Harm::Controls,
        HarmClass::Disruption => Harm::Disruption,
        HarmClass::Operation => Harm::Operation,
    }
}

const PASS_ROLE: &str = "iam:PassRole";
const ASSUME_ROLE: &str = "sts:AssumeRole";
/// Makes a version the default that was written by those who may write policies. Version 2 counts it as identity.
const SET_DEFAULT_POLICY_VERSION: &str = "iam:SetDefaultPolicyVersion";

/// A path with its actions looked up; none when version 2 does not count it as one.
fn route(path: &'static EscalationPath, version: ScoreVersion) -> Option<PathRoute> {
    let passes_role = path.actions_of_score().contains(&PASS_ROLE);
    let harm = match path.class {
        EscalationClass::SelfEscalation => Harm::SelfGrant,
        EscalationClass::PrincipalAccess => Harm::Takeover,
        EscalationClass::NewPassRole if version == ScoreVersion::V1 || passes_role => Harm::NewPassRole,
        EscalationClass::NewPassRole | EscalationClass::ExistingPassRole => Harm::Code,
        EscalationClass::AssumeRole => Harm::AssumeRole,
    };
    if version != ScoreVersion::V1 && path.actions_of_score() == [SET_DEFAULT_POLICY_VERSION] {
        return None;
    }
    let link = |name: &&'static str| {
        let action = find(name)?;
        let counts = match (version, harm) {
            (ScoreVersion::V1, _) => Counts::ByResources,
            // What you create, you name.
            (_, Harm::NewPassRole) if *name != PASS_ROLE => Counts::Always,
            (_, Harm::SelfGrant | Harm::Takeover) if action.harms().is_about_one_identity() => Counts::Always,
            (_, Harm::SelfGrant | Harm::Takeover | Harm::AssumeRole) if *name == ASSUME_ROLE => Counts::ByRole,
            _ => Counts::ByResources,
        };
        Some(Link { action, counts })
    };
    let has_services = version != ScoreVersion::V1 && harm == Harm::NewPassRole && !path.services.is_empty();
    let passes_to = has_services.then_some(path.services);
    Some(PathRoute {
        harm,
        path,
        links: path.actions_of_score().iter().map(link).collect::<Option<Vec<Link>>>()?,
        passes_to,
    })
}

fn find(action: &str) -> Option<ActionIndex> {
    let (service, name) = action.split_once(':')?;
    catalogue::action(service, name)
}

/// The action that passes a role.
pub(crate) fn pass_role() -> Option<ActionIndex> {
    find(PASS_ROLE)
}

#[cfg(test)]
mod tests {
    use super::{ScoreVersion, harm_model, scored_paths};

    /// A path with an action that the catalogue lacks would never open.
    #[test]
    fn every_path_is_resolved() {
        for version in ScoreVersion::ALL {
            let model = harm_model(version.definition());
            let routes = model.terms.iter().map(|term| term.paths.len()).sum::<usize>();
            let left_out = if version == ScoreVersion::V1 { 0 } else { 1 };
            assert_eq!(routes + left_out, scored_paths().count(), "version {version}");
        }
    }
}
