//! How far actions are exposed that no Allow exposes on everything: a table with a row for each action.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::action_types::ActionTypes;
use super::allow::{DeniedPatterns, OpenAllows};
use super::guardrails::Guardrails;
use super::harm_model::{Link, harm_model};
use super::measure::ExposureMeasure;
use super::numbered::NumberedActions;
use super::scope::Scope;
use super::setting::Setting;
use super::type_cache::TypeCache;
use super::weights::{weights, without_resources};
use crate::catalogue::{ActionIndex, ActionSet, ResourceTypeIndex};
use crate::score::compile::policy::{AllowIndex, CompiledPolicy};
use crate::score::compile::statement::{CompiledStatement, Resources};
use crate::score::definition::Definition;
use crate::score::indexed::{IndexPlace, Indexed, place};
use crate::score::resource::scale::Scale;
use crate::score::share::Share;
use crate::score::sum::Sum;

place! {
    /// The place of a row in its table.
    RowIndex
}

place! {
    /// The place of an exposure among those of its table.
    ExposureIndex
}

place! {
    /// The place of an [`AllowScope`] in its table.
    AllowScopeIndex
}

/// How far actions are exposed, one row each.
#[derive(Debug, Default)]
pub(crate) struct ExposureTable {
    actions: NumberedActions,
    /// In the order of the actions.
    rows: Indexed<RowIndex, ActionExposure>,
    /// For each row, one for each resource type that counts, or a single one for an action that takes no resource.
    of_types: Indexed<ExposureIndex, Exposure>,
    /// How far the actions count in the kinds of harm, in order.
    harms: Vec<(Link, Exposure)>,
    /// In order.
    scopes: Indexed<AllowScopeIndex, AllowScope>,
    /// What is exposed through each scope.
    sums: Indexed<AllowScopeIndex, Sum>,
}

/// How far an action is exposed, all its resource types taken together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionExposure {
    pub(crate) action: ActionIndex,
    types: ActionTypes,
    /// The share, and what exposes the action furthest; none for an action that is not exposed.
    pub(crate) exposed: Option<(Share, AllowScopeIndex)>,
    /// Where the exposures of its types begin.
    first: ExposureIndex,
}

/// How far something is exposed: by the Allow that exposes it furthest, and by the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// None for what is not exposed.
    pub(crate) widest: Option<AllowScopeIndex>,
    pub(crate) share: Share,
    /// The share that is left without that Allow.
    pub(crate) second: Share,
}

impl Exposure {
    /// Enters how far a later Allow exposes the same.
    fn enter(&mut self, share: Share, scope: AllowScopeIndex) {
        if share > self.share {
            *self = Self { widest: Some(scope), share, second: self.share };
        } else {
            self.second = self.second.max(share);
        }
    }
}

/// What an Allow gives access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AllowScope {
    pub(crate) allow: AllowIndex,
    pub(crate) scope: Scope,
}

impl ExposureTable {
    /// What the Allows of a policy expose of the actions in `among`, which have no guardrails. Unconditional Allows are left
    /// out.
    pub(crate) fn unguarded(policy: &CompiledPolicy<'_>, among: &ActionSet, setting: &Setting) -> Self {
        let allows = policy.allows.enumerate().map(|(index, allow)| (index, &**allow));
        let conditional = allows.filter(|(_, allow)| !allow.is_unconditional());
        Self::new(conditional, among, &Guardrails::none(setting.clone()))
    }

    /// What a policy exposes of the actions that have guardrails.
    pub(crate) fn guarded(policy: &CompiledPolicy<'_>, guardrails: &Guardrails<'_>) -> Self {
        let allows = policy.allows.enumerate().map(|(index, allow)| (index, &**allow));
        Self::new(allows, guardrails.guarded(), guardrails)
    }

    /// What a policy exposes of all actions, under guardrails that it may have.
    pub(crate) fn whole(policy: &CompiledPolicy<'_>, guardrails: &Guardrails<'_>) -> Self {
        let allows = policy.allows.enumerate().map(|(index, allow)| (index, &**allow));
        Self::new(allows, &ActionSet::full(), guardrails)
    }

    fn new<'g, 'a: 'g>(
        allows: impl Iterator<Item = (AllowIndex, &'g CompiledStatement<'a>)> + Clone,
        among: &ActionSet,
        guardrails: &'g Guardrails<'a>,
    ) -> Self {
        let mut granted = ActionSet::empty();
        for (_, allow) in allows.clone() {
            granted.union_with(&allow.actions);
        }
        granted.intersect_with(among);
        granted.subtract(guardrails.closed());
        let mut table = Self { actions: NumberedActions::new(granted), ..Self::default() };
        if table.actions.actions().is_empty() {
            return table;
        }
        let definition = guardrails.setting.definition;
        let model = harm_model(definition);
        for action in table.actions.actions().iter() {
            let types = ActionTypes::of(action, definition);
            let first = table.of_types.push_run(types.len());
            table.rows.push(ActionExposure { action, types, exposed: None, first });
            let links = model.counts_of(action).map(|counts| Link { action, counts });
            table.harms.extend(links.map(|link| (link, Exposure::default())));
        }
        let denied = Rc::default();
        for (index, allow) in allows {
            table.add(index, allow, guardrails, &denied);
        }
        table.sort_scopes();
        table.weigh(definition);
        table
    }

    /// Enters how far an Allow exposes the actions. Allows come in order, so that the first of equals stays.
    fn add<'g, 'a: 'g>(
        &mut self,
        index: AllowIndex,
        allow: &'g CompiledStatement<'a>,
        guardrails: &'g Guardrails<'a>,
        denied: &Rc<DeniedPatterns<'g>>,
    ) {
        let mut evaluation = AllowEvaluation::new(index, allow, guardrails, denied);
        let mut actions = allow.actions.clone();
        actions.intersect_with(self.actions.actions());
        for action in actions.iter() {
            let Some(row) = self.row_index(action) else { continue };
            let ActionExposure { types, first, .. } = self.rows[row];
            let exposures = self.of_types.run_mut(first, types.len());
            if let Some((share, scope)) = evaluation.expose_all(types, ExposureMeasure::Sum, &mut self.scopes) {
                exposures.iter_mut().for_each(|exposure| exposure.enter(share, scope));
                continue;
            }
            for (exposure, of) in exposures.iter_mut().zip(types.types()) {
                if let Some((share, scope)) = evaluation.expose(action, of, ExposureMeasure::Sum, &mut self.scopes) {
                    exposure.enter(share, scope);
                }
            }
        }
        let of_allow = self.harms.iter_mut().filter(|(link, _)| actions.contains(link.action));
        for (Link { action, counts }, exposure) in of_allow {
            let (types, measure) =
                (ActionTypes::of(*action, guardrails.setting.definition), ExposureMeasure::Harm(*counts));
            let exposed = evaluation.expose_all(types, measure, &mut self.scopes).or_else(|| {
                let of_types = types.types().filter_map(|of| evaluation.expose(*action, of, measure, &mut self.scopes));
                // The first of equals stays.
                of_types.reduce(|best, other| if other.0 > best.0 { other } else { best })
            });
            if let Some((share, scope)) = exposed {
                exposure.enter(share, scope);
            }
        }
    }

    /// Puts the scopes into an order that does not depend on which action came first.
    fn sort_scopes(&mut self) {
        let mut order: Vec<(AllowScope, AllowScopeIndex)> =
            self.scopes.enumerate().map(|(old, scope)| (*scope, old)).collect();
        order.sort();
        let mut new_places: Indexed<AllowScopeIndex, Option<AllowScopeIndex>> =
            self.scopes.iter().map(|_| None).collect();
        for (position, (_, old)) in order.iter().enumerate() {
            new_places[*old] = Some(AllowScopeIndex::from_position(position));
        }
        self.scopes = order.into_iter().map(|(scope, _)| scope).collect();
        let of_harms = self.harms.iter_mut().map(|(_, exposure)| exposure);
        for exposure in self.of_types.as_mut_slice().iter_mut().chain(of_harms) {
            exposure.widest = exposure.widest.and_then(|old| new_places[old]);
        }
    }

    /// Takes the types of each action together.
    fn weigh(&mut self, definition: &'static Definition) {
        self.sums = self.scopes.iter().map(|_| Sum::ZERO).collect();
        for row in self.rows.as_mut_slice() {
            let exposures = self.of_types.run(row.first, row.types.len());
            let by_allow = exposures
                .iter()
                .filter_map(|exposure| Some((exposure.share, self.scopes[exposure.widest?].allow, exposure.widest?)));
            row.exposed = row.types.weigh(by_allow);
            if let Some((share, scope)) = row.exposed {
                self.sums[scope] = self.sums[scope].plus(weights(definition).sum_of(row.action, share));
            }
        }
    }

    /// The actions that some Allow is about.
    pub(crate) fn actions(&self) -> &ActionSet {
        self.actions.actions()
    }

    /// The rows, in the order of their actions.
    pub(crate) fn rows(&self) -> &[ActionExposure] {
        self.rows.as_slice()
    }

    /// What Allows give access to, in order.
    pub(crate) fn scopes(&self) -> &Indexed<AllowScopeIndex, AllowScope> {
        &self.scopes
    }

    /// What is exposed through each scope.
    pub(crate) fn sums(&self) -> &Indexed<AllowScopeIndex, Sum> {
        &self.sums
    }

    /// The row of an action; none when no Allow is about it.
    pub(crate) fn row(&self, action: ActionIndex) -> Option<&ActionExposure> {
        Some(&self.rows[self.row_index(action)?])
    }

    fn row_index(&self, action: ActionIndex) -> Option<RowIndex> {
        self.actions.number_of(action).map(RowIndex::from_position)
    }

    /// The exposures of the types of an action; none when no Allow is about it.
    pub(crate) fn of_types(&self, action: ActionIndex) -> Option<&[Exposure]> {
        let row = self.row(action)?;
        Some(self.of_types.run(row.first, row.types.len()))
    }

    /// How far the actions count in the kinds of harm, in order.
    pub(crate) fn harms(&self) -> &[(Link, Exposure)] {
        &self.harms
    }

    /// How far an action counts in a kind of harm; none when no Allow is about it.
    pub(crate) fn harm(&self, link: Link) -> Option<&Exposure> {
        let place = self.harms.binary_search_by_key(&link, |(link, _)| *link).ok()?;
        self.harms.get(place).map(|(_, exposure)| exposure)
    }
}

/// Works out how far one Allow exposes actions, remembering what it worked out.
struct AllowEvaluation<'g, 'a> {
    index: AllowIndex,
    allow: &'g CompiledStatement<'a>,
    open: OpenAllows<'g, 'a>,
    guardrails: &'g Guardrails<'a>,
    scopes: BTreeMap<Scope, AllowScopeIndex>,
    known: [TypeCache<Option<(Share, AllowScopeIndex)>>; ExposureMeasure::COUNT],
}

impl<'g, 'a> AllowEvaluation<'g, 'a> {
    fn new(
        index: AllowIndex,
        allow: &'g CompiledStatement<'a>,
        guardrails: &'g Guardrails<'a>,
        denied: &Rc<DeniedPatterns<'g>>,
    ) -> Self {
        let open = OpenAllows::new(allow, guardrails, denied.clone());
        Self { index, allow, open, guardrails, scopes: BTreeMap::new(), known: Default::default() }
    }

    /// How far the Allow exposes every resource type, if it is about all resources and has no guardrails.
    fn expose_all(
        &mut self,
        types: ActionTypes,
        measure: ExposureMeasure,
        scopes: &mut Indexed<AllowScopeIndex, AllowScope>,
    ) -> Option<(Share, AllowScopeIndex)> {
        let (circumstances, setting) = (self.allow.circumstances, &self.guardrails.setting);
        let is_everything = matches!(self.allow.resources, Resources::Everything);
        if !is_everything || !self.guardrails.is_none() || !setting.is_even(circumstances) {
            return None;
        }
        let scale = match measure {
            ExposureMeasure::Sum => Scale::sum(setting.definition),
            ExposureMeasure::Harm(_) => Scale::harm(setting.definition),
        };
        let whole = if types.is_without_resources() { without_resources(scale) } else { Share::WHOLE };
        let share = circumstances.narrow(setting.definition, whole);
        Some((share, self.scope(Scope::everything_in(circumstances), scopes)))
    }

    fn scope(&mut self, scope: Scope, scopes: &mut Indexed<AllowScopeIndex, AllowScope>) -> AllowScopeIndex {
        *self.scopes.entry(scope).or_insert_with(|| scopes.push(AllowScope { allow: self.index, scope }))
    }

    /// How far the Allow exposes a resource type to an action, and within which scope.
    fn expose(
        &mut self,
        action: ActionIndex,
        of: Option<ResourceTypeIndex>,
        measure: ExposureMeasure,
        scopes: &mut Indexed<AllowScopeIndex, AllowScope>,
    ) -> Option<(Share, AllowScopeIndex)> {
        let guardrail_set = self.guardrails.set_of(action);
        let known = self.known.get(measure.number()).and_then(|known| known.get(action, guardrail_set, of));
        if let Some(known) = known {
            return known;
        }
        let open = self.open.about(action, measure);
        let exposed = match of {
            Some(of) => open.resource_type(of, measure),
            None => open.without_resources(action.service(), measure),
        };
        let exposed = exposed.map(|(share, scope)| (share, self.scope(scope, scopes)));
        if let Some(known) = self.known.get_mut(measure.number()) {
            known.insert(action, guardrail_set, of, exposed);
        }
        exposed
    }
}
