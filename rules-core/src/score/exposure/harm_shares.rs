//! How far the kinds of harm are open: by the widest member of a class, or by the widest path.

use std::collections::BTreeMap;

use super::harm_model::{HarmModel, Link, PathRoute, TermNumber, harm_model, pass_role};
use crate::catalogue::{ActionIndex, ActionSet};
use crate::score::amount::Amount;
use crate::score::compile::principal::PassedTo;
use crate::score::definition::Definition;
use crate::score::harm::Harm;
use crate::score::share::Share;

/// How far each action counts in the kinds of harm.
#[derive(Clone)]
pub(crate) struct HarmShares {
    definition: &'static Definition,
    /// The actions that count in full, however they count.
    full: ActionSet,
    /// The others that are exposed, in order.
    shares: Vec<(Link, Share)>,
    /// How far roles can be passed to services; none where no policy asks which service it is.
    passed: Option<BTreeMap<PassedTo, Share>>,
}

/// The widest way to the harms of a term.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenTerm {
    pub(crate) number: TermNumber,
    pub(crate) harm: Harm,
    pub(crate) share: Share,
    pub(crate) amount: Amount,
    pub(crate) way: OpenWay,
}

/// How a harm is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OpenWay {
    /// By one action alone.
    Member(Link),
    /// By several actions together, of which one decides.
    Path { route: &'static PathRoute, weakest: Link },
}

impl HarmShares {
    pub(crate) fn new(
        definition: &'static Definition,
        full: &ActionSet,
        shares: BTreeMap<Link, Share>,
        passed: Option<&dyn Fn(PassedTo) -> Share>,
    ) -> Self {
        let mut of_model = full.clone();
        of_model.intersect_with(&harm_model(definition).counting);
        let mut harms = Self { definition, full: of_model, shares: shares.into_iter().collect(), passed: None };
        if let Some(passed) = passed {
            harms.ask_for_passed(passed);
        }
        harms
    }

    /// Finds out how far roles can be passed to the services of paths that are open otherwise.
    fn ask_for_passed(&mut self, passed: &dyn Fn(PassedTo) -> Share) {
        let mut shares = BTreeMap::new();
        for route in self.model().terms.iter().flat_map(|term| &term.paths).filter(|route| passes_role(route)) {
            let others = route.links.iter().filter(|link| Some(link.action) != pass_role());
            if others.into_iter().all(|link| !self.share(*link).is_none()) {
                for to in targets(route) {
                    shares.entry(to).or_insert_with(|| passed(to));
                }
            }
        }
        self.passed = Some(shares);
    }

    fn model(&self) -> &'static HarmModel {
        harm_model(self.definition)
    }

    /// How far an action counts.
    pub(crate) fn share(&self, link: Link) -> Share {
        if self.full.contains(link.action) {
            return Share::WHOLE;
        }
        let found =
            self.shares.binary_search_by_key(&link, |(known, _)| *known).ok().and_then(|at| self.shares.get(at));
        found.map(|(_, share)| *share).unwrap_or_default()
    }

    /// How far an action counts as a link of a path.
    fn share_in(&self, route: &PathRoute, link: Link) -> Share {
        match &self.passed {
            Some(passed) if passes_role(route) && Some(link.action) == pass_role() => {
                targets(route).filter_map(|to| passed.get(&to).copied()).max().unwrap_or_default()
            }
            _ => self.share(link),
        }
    }

    /// The same with other shares for some actions; none when none of them counts.
    pub(crate) fn with(
        &self,
        changed: &ActionSet,
        share: impl Fn(Link) -> Share,
        passed: &dyn Fn(PassedTo) -> Share,
    ) -> Option<Self> {
        let mut counting = changed.clone();
        counting.intersect_with(&self.model().counting);
        if counting.is_empty() {
            return None;
        }
        let kept = self.shares.iter().filter(|(link, _)| !counting.contains(link.action)).copied();
        let mut harms = Self {
            definition: self.definition,
            full: self.full.clone(),
            shares: kept.collect(),
            passed: self.passed.clone(),
        };
        harms.full.subtract(&counting);
        for action in counting.iter() {
            let links = self.model().counts_of(action).map(|counts| Link { action, counts });
            harms.shares.extend(links.map(|link| (link, share(link))).filter(|(_, share)| !share.is_none()));
        }
        harms.shares.sort_unstable_by_key(|(link, _)| *link);
        if harms.passed.is_some() && pass_role().is_some_and(|action| counting.contains(action)) {
            harms.ask_for_passed(passed);
        }
        Some(harms)
    }

    /// The terms of which some harm can be done, each with the widest way.
    pub(crate) fn open_terms(&self) -> Vec<OpenTerm> {
        let model = self.model();
        let mut widest: Vec<Option<(Share, Harm, OpenWay)>> = vec![None; model.terms.len()];
        let mut enter = |number: TermNumber, share: Share, harm: Harm, way: OpenWay| {
            if let Some(slot) = widest.get_mut(number) {
                // The first of equals stays: paths come before members.
                if !share.is_none() && slot.is_none_or(|(widest, ..)| share > widest) {
                    *slot = Some((share, harm, way));
                }
            }
        };
        for (number, term) in model.terms.iter().enumerate() {
            for route in &term.paths {
                // A path is as open as its narrowest link.
                let least = route.links.iter().map(|link| (self.share_in(route, *link), *link)).min();
                if let Some((share, weakest)) = least {
                    enter(number, share, route.harm, OpenWay::Path { route, weakest });
                }
            }
            let mut full = self.full.clone();
            full.intersect_with(&term.member_actions);
            let first = full.iter().next();
            if let Some((harm, link)) = term.members.iter().find(|(_, link)| Some(link.action) == first) {
                enter(number, Share::WHOLE, *harm, OpenWay::Member(*link));
            }
        }
        for (link, share) in &self.shares {
            for (number, harm) in model.memberships(*link) {
                enter(number, *share, harm, OpenWay::Member(*link));
            }
        }
        let open = |(number, open): (TermNumber, Option<(Share, Harm, OpenWay)>)| {
            let ((share, harm, way), term) = (open?, model.terms.get(number)?.term);
            Some(OpenTerm { number, harm, share, amount: Amount::of(term.tenths, share.power(term.power)), way })
        };
        widest.into_iter().enumerate().filter_map(open).collect()
    }

    /// What the open terms amount to.
    pub(crate) fn amount(&self) -> Amount {
        self.open_terms().iter().map(|open| open.amount).sum()
    }

    /// The members of a term that do a harm to the same extent.
    pub(crate) fn equals(&self, open: &OpenTerm) -> impl Iterator<Item = ActionIndex> {
        let members = self.model().terms.get(open.number).map(|term| term.members.as_slice()).unwrap_or_default();
        let (harm, share) = (open.harm, open.share);
        let equals = members.iter().filter(move |(other, link)| *other == harm && self.share(*link) == share);
        equals.map(|(_, link)| link.action)
    }
}

fn passes_role(route: &PathRoute) -> bool {
    route.harm == Harm::NewPassRole
}

/// What a path passes a role to.
fn targets(route: &PathRoute) -> impl Iterator<Item = PassedTo> {
    let services = route.passes_to.into_iter().flatten().map(|service| PassedTo::Service(service));
    route.passes_to.is_none().then_some(PassedTo::Anything).into_iter().chain(services)
}
