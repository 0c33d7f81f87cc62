//! The statements about an action, and what they decide.

use super::action::Action;
use super::clause::{Clause, Keys};
use super::request::Requester;
use super::state::Held;
use crate::decision::{Context, Truth};
use crate::permissions::PrincipalType;

/// The statements about one action, layer by layer.
#[derive(Debug)]
pub(super) struct Involved<'r, 'a> {
    action: Action,
    /// With the place of the policy among those that the principal holds.
    held: Vec<(usize, &'r Clause<'a>)>,
    /// Of each boundary that the principal can have; none for no boundary.
    bounds: Vec<Option<Vec<&'r Clause<'a>>>>,
    levels: Vec<Vec<&'r Clause<'a>>>,
    /// Of the trust policy of the role that is assumed.
    trust: &'r [Clause<'a>],
}

impl<'r, 'a> Involved<'r, 'a> {
    /// The same with a role's trust policy.
    pub(super) fn with_trust(self, trust: &'r [Clause<'a>]) -> Self {
        Self { trust, ..self }
    }

    pub(super) fn held_clauses(&self) -> impl Iterator<Item = &'r Clause<'a>> {
        self.held.iter().map(|(_, clause)| *clause)
    }

    pub(super) fn bounds(&self) -> &[Option<Vec<&'r Clause<'a>>>] {
        &self.bounds
    }

    pub(super) fn levels(&self) -> &[Vec<&'r Clause<'a>>] {
        &self.levels
    }

    pub(super) fn clauses(&self) -> impl Iterator<Item = &'r Clause<'a>> {
        self.held_clauses()
            .chain(self.bounds.iter().flatten().flatten().copied())
            .chain(self.levels.iter().flatten().copied())
            .chain(self.trust)
    }

    /// Whether a statement applies. A Deny that only a wildcard before the colon makes one about the action is no protection
    /// that can be relied on.
    pub(super) fn truth_of(&self, clause: &Clause<'_>, resource: &str, context: &Context) -> Truth {
        let applies = clause.applies(resource, context);
        let is_doubtful = !clause.is_allow() && clause.actions.doubtful.contains(self.action);
        if is_doubtful { applies.min(Truth::Undecided) } else { applies }
    }

    /// Whether the statements of one layer leave a request open.
    fn is_open(&self, layer: &[&Clause<'_>], resource: &str, context: &Context, has_to_allow: bool) -> Truth {
        let applies = |allow: bool| {
            let such = layer.iter().filter(|clause| clause.is_allow() == allow);
            such.map(|clause| self.truth_of(clause, resource, context)).max().unwrap_or(Truth::Fails)
        };
        let allowed = if has_to_allow { applies(true) } else { Truth::Holds };
        if allowed == Truth::Fails { Truth::Fails } else { allowed.min(applies(false).negated()) }
    }

    pub(super) fn keys(&self) -> Keys {
        self.clauses().fold(Keys::NONE, |keys, clause| keys | clause.keys)
    }
}

impl<'r, 'a> Requester<'r, 'a> {
    /// The statements about an action.
    pub(super) fn involved(&self, action: Action) -> Involved<'r, 'a> {
        let documents = &self.account.documents;
        let about = move |document| {
            let document = documents.get(document);
            let is_about = document.allows.contains(action) || document.denies.contains(action);
            let clauses = if is_about { document.clauses.as_slice() } else { &[] };
            clauses.iter().filter(move |clause| clause.actions.all.contains(action))
        };
        let held = self.state.held.iter().enumerate();
        let held = held.flat_map(|(place, held)| about(held.document).map(move |clause| (place, clause)));
        let bounds = self.state.bounds.iter().map(|bound| bound.as_ref().map(|bound| about(bound.document).collect()));
        let levels = match self.principal.is_service_linked() {
            // What AWS's own services do with their roles, an organization does not limit.
            true => Vec::new(),
            false => {
                let levels = self.account.levels.iter();
                levels.map(|level| level.iter().flat_map(|document| about(*document)).collect()).collect()
            }
        };
        Involved { action, held: held.collect(), bounds: bounds.collect(), levels, trust: &[] }
    }

    /// Whether the statements allow a request, and by which.
    pub(super) fn decide(
        &self,
        involved: &Involved<'_, '_>,
        resource: &str,
        context: &Context,
    ) -> (Truth, Option<(usize, usize)>) {
        let limits = self.limits(involved, resource, context, true);
        if limits == Truth::Fails {
            return (Truth::Fails, None);
        }
        let (truth, by) = self.own(involved, resource, context);
        (truth.min(limits), by)
    }

    /// The same for a role that names the principal.
    ///
    /// In one account that takes no policy of its own, so that only a Deny keeps it from it, or for a role its boundary: that
    /// of a user does not limit what names the user, but its Denies still hold.
    pub(super) fn decide_when_named(&self, involved: &Involved<'_, '_>, resource: &str, context: &Context) -> Truth {
        let has_to_allow = self.principal.kind == PrincipalType::Role;
        let limits = self.limits(involved, resource, context, has_to_allow);
        let (_, denied) = self.truths(involved, resource, context);
        let forced = self.state.held.iter().zip(denied).filter(|(held, _)| self.state.is_forced(held, &[]));
        forced.map(|(_, denied)| denied.negated()).min().unwrap_or(Truth::Holds).min(limits)
    }

    /// Whether a permissions boundary that the principal can have and the service control policies leave a request open.
    pub(super) fn limits(
        &self,
        involved: &Involved<'_, '_>,
        resource: &str,
        context: &Context,
        bound_allows: bool,
    ) -> Truth {
        let bounds = involved.bounds.iter().map(|bound| match bound {
            None => Truth::Holds,
            Some(clauses) => involved.is_open(clauses, resource, context, bound_allows),
        });
        let bound = bounds.max().unwrap_or(Truth::Holds);
        let levels = involved.levels.iter().map(|level| involved.is_open(level, resource, context, true));
        levels.min().unwrap_or(Truth::Holds).min(bound)
    }

    pub(super) fn open_bound(
        &self,
        involved: &Involved<'_, '_>,
        bound: Option<&[&Clause<'_>]>,
        resource: &str,
        context: &Context,
    ) -> Truth {
        bound.map_or(Truth::Holds, |clauses| involved.is_open(clauses, resource, context, true))
    }

    /// Whether the principal's own policies allow a request, and which statement.
    fn own(&self, involved: &Involved<'_, '_>, resource: &str, context: &Context) -> (Truth, Option<(usize, usize)>) {
        let (allowed, denied) = self.truths(involved, resource, context);
        let mut best = (Truth::Fails, None);
        for (place, (truth, clause)) in allowed.into_iter().enumerate() {
            if truth > best.0 {
                let truth = truth.min(self.open_with(&[place], &denied));
                if truth > best.0 {
                    best = (truth, Some((place, clause)));
                }
            }
        }
        best
    }

    /// Whether nothing denies while the policies at `kept` are there, given what each policy denies.
    pub(super) fn open_with(&self, kept: &[usize], denied: &[Truth]) -> Truth {
        let held: Vec<&Held> = kept.iter().filter_map(|place| self.state.held.get(*place)).collect();
        let against = self.state.held.iter().zip(denied).enumerate().filter(|(place, (policy, denied))| {
            **denied > Truth::Fails && (kept.contains(place) || self.state.is_forced(policy, &held))
        });
        against.map(|(_, (_, denied))| denied.negated()).min().unwrap_or(Truth::Holds)
    }

    /// What each policy allows, with the statement's place, and what each denies.
    pub(super) fn truths(
        &self,
        involved: &Involved<'_, '_>,
        resource: &str,
        context: &Context,
    ) -> (Vec<(Truth, usize)>, Vec<Truth>) {
        let mut allowed = vec![(Truth::Fails, 0); self.state.held.len()];
        let mut denied = vec![Truth::Fails; self.state.held.len()];
        for (place, clause) in &involved.held {
            let truth = involved.truth_of(clause, resource, context);
            if clause.is_allow() {
                if let Some(slot) = allowed.get_mut(*place).filter(|(known, _)| truth > *known) {
                    *slot = (truth, clause.place);
                }
            } else if let Some(slot) = denied.get_mut(*place) {
                *slot = truth.max(*slot);
            }
        }
        (allowed, denied)
    }
}
