//! Decides what a principal can do, over everything that applies to it and everything that can be changed of that.

use std::cell::{OnceCell, RefCell};

use super::account::Account;
use super::action::{Action, Mask};
use super::clause::{Clause, Keys};
use super::principal::{Factor, Principal, region_of_iam, single};
use super::somewhere::{Segments, anything};
use super::state::{Held, State};
use super::tagging::Tagging;
use super::technique::pass_role::OpenPaths;
use crate::decision::{Context, ContextValue, OtherKeys, Truth};
use crate::permissions::{Caller, PrincipalType, trusts};

/// A principal that looks for ways.
#[derive(Debug)]
pub(super) struct Requester<'r, 'a> {
    pub(super) account: &'r Account<'a>,
    pub(super) principal: &'r Principal<'a>,
    pub(super) state: &'r State,
    pub(super) factor: Factor,
    pub(super) tagging: Tagging<'r, 'a>,
    /// The actions that it may be able to take.
    pub(super) actions: Mask,
    context: OnceCell<Context>,
    pub(super) open_paths: RefCell<OpenPaths>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'q, 'a> {
    pub(super) action: Action,
    /// An ARN, or `*`.
    pub(super) resource: &'q str,
    /// The user or role that is asked about.
    pub(super) target: Option<&'q Principal<'a>>,
    /// What applies to that principal.
    pub(super) target_state: Option<&'q State>,
    /// Condition keys that the request carries besides what the principal brings.
    pub(super) keys: &'q [Key],
}

/// A condition key that a request carries, with its value.
pub(super) type Key = (&'static str, ContextValue);

/// Whether a request is allowed, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) truth: Truth,
    /// The policy among those that the principal holds, and its statement's zero-based place in it; none where no policy of
    /// the principal's has to allow.
    pub(super) by: Option<(usize, usize)>,
    /// Keys that were set for it, with their values.
    pub(super) set: Vec<(String, ContextValue)>,
    /// Whether some statement asks for the multi-factor authentication that the principal has.
    pub(super) rests_on_mfa: bool,
    /// Condition keys that would have to be known.
    pub(super) open: Vec<String>,
    /// What of the principal has to be changed for it.
    pub(super) relies: Reliance,
}

/// What of a principal has to be changed for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reliance {
    /// Policies that have to be there, by their places.
    pub(super) kept: Vec<usize>,
    /// Policies that have to be gone.
    pub(super) gone: Vec<usize>,
    /// The permissions boundary among those that it can have.
    pub(super) bound: usize,
}

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

impl Answer {
    pub(super) const NO: Self = Self::of(Truth::Fails, None);

    pub(super) const fn of(truth: Truth, by: Option<(usize, usize)>) -> Self {
        let relies = Reliance { kept: Vec::new(), gone: Vec::new(), bound: 0 };
        Self { truth, by, set: Vec::new(), rests_on_mfa: false, open: Vec::new(), relies }
    }
}

impl<'q, 'a> Request<'q, 'a> {
    /// A request about something that is neither user nor role.
    pub(super) fn on(action: Action, resource: &'q str, keys: &'q [Key]) -> Self {
        Self { action, resource, target: None, target_state: None, keys }
    }
}

impl<'r, 'a> Requester<'r, 'a> {
    /// A principal as a state lets it be; none when its policies are not known.
    pub(super) fn new(
        account: &'r Account<'a>,
        principal: &'r Principal<'a>,
        state: &'r State,
        factor: Factor,
        tagging: Tagging<'r, 'a>,
    ) -> Option<Self> {
        principal.permissions.as_ref().ok()?;
        let actions = actions_of(account, principal, state);
        Some(Self {
            account,
            principal,
            state,
            factor,
            tagging,
            actions,
            context: OnceCell::new(),
            open_paths: RefCell::default(),
        })
    }

    /// The same with something else that applies to it.
    pub(super) fn within<'s>(&'s self, state: &'s State) -> Requester<'s, 'a> {
        let context = self.context.clone();
        let Self { account, principal, factor, tagging, actions, .. } = *self;
        Requester { account, principal, state, factor, tagging, actions, context, open_paths: RefCell::default() }
    }

    /// Whether it may be able to take the action at all.
    pub(super) fn has(&self, action: Action) -> bool {
        self.actions.contains(action)
    }

    /// What its requests carry, whatever they are about.
    pub(super) fn context(&self) -> &Context {
        self.context.get_or_init(|| self.principal.context(self.factor).unwrap_or_default())
    }

    /// The same with others who may change tags.
    pub(super) fn with_tagging(&self, tagging: Tagging<'r, 'a>) -> Self {
        let open_paths = RefCell::default();
        Self { tagging, context: self.context.clone(), open_paths, ..*self }
    }

    /// The parts of the patterns of a statement's resources.
    pub(super) fn patterns(&self, clause: &Clause<'_>) -> Vec<Segments> {
        // What a tag can be made to say is not looked at by name.
        let is_open = clause.keys.meets(Keys::CALLER_TAG) && clause.keys.meets(Keys::VARIABLE);
        if is_open { vec![anything()] } else { clause.segments(self.context()) }
    }

    /// Whether a request is allowed.
    pub(super) fn ask(&self, request: &Request<'_, 'a>) -> Answer {
        self.ask_with(request, |_| ())
    }

    /// Whether a request is allowed that carries more.
    pub(super) fn ask_with(&self, request: &Request<'_, 'a>, carry: impl FnOnce(&mut Context)) -> Answer {
        if !self.has(request.action) || !self.is_covered(request) {
            return Answer::NO;
        }
        let involved = self.involved(request.action);
        self.answer(request, &involved, carry, |context| self.decide(&involved, request.resource, context))
    }

    /// Whether the principal may assume a role, as the role's trust policy and its own policies say.
    pub(super) fn ask_to_assume(&self, role: &Principal<'a>) -> Answer {
        const ASSUME: Action = Action::named("sts:AssumeRole");
        let Some(Ok(trust)) = role.trust() else { return Answer::NO };
        let caller = Caller::Principal(&self.principal.identity);
        // Most roles trust services alone.
        if trusts(trust, caller, &Context::new(OtherKeys::Unknown)).at_all == Truth::Fails {
            return Answer::NO;
        }
        let request =
            Request { action: ASSUME, resource: role.arn(), target: Some(role), target_state: None, keys: &[] };
        let involved = Involved { trust: &role.trust_clauses, ..self.involved(ASSUME) };
        self.answer(
            &request,
            &involved,
            |_| (),
            |context| {
                let trust = trusts(trust, caller, context);
                let named = (trust.by_name.min(self.decide_when_named(&involved, role.arn(), context)), None);
                let (truth, by) = self.decide(&involved, role.arn(), context);
                let allowed = (trust.at_all.min(truth), by);
                if named.0 >= allowed.0 { named } else { allowed }
            },
        )
    }

    /// Whether some Allow of the principal's is about the resource, whatever its conditions.
    fn is_covered(&self, request: &Request<'_, '_>) -> bool {
        let documents = &self.account.documents;
        self.state.held.iter().any(|held| {
            let document = documents.get(held.document);
            document.allows.contains(request.action)
                && document.clauses.iter().any(|clause| {
                    clause.is_allow()
                        && clause.actions.all.contains(request.action)
                        // What tags can be had is looked at later.
                        && (clause.keys.meets(Keys::CALLER_TAG) || self.covers(clause, request.resource))
                })
        })
    }

    fn covers(&self, clause: &Clause<'_>, resource: &str) -> bool {
        if clause.keys.meets(Keys::VARIABLE) {
            clause.covers(resource, self.context()) > Truth::Fails
        } else {
            clause.covers(resource, &Context::default()) > Truth::Fails
        }
    }

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

    /// The best answer over everything that can be set for a request.
    pub(super) fn answer(
        &self,
        request: &Request<'_, 'a>,
        involved: &Involved<'r, 'a>,
        carry: impl FnOnce(&mut Context),
        decide: impl Fn(&Context) -> (Truth, Option<(usize, usize)>),
    ) -> Answer {
        let keys = involved.keys();
        if keys.is_none() {
            let (truth, by) = decide(&Context::default());
            return self.grounded(Answer::of(truth, by), request, involved, &[], &Context::default());
        }
        if !keys.meets(Keys::OF_REQUESTS) && !keys.meets(Keys::CALLER_TAG) {
            let (truth, by) = decide(self.context());
            let clauses: Vec<&Clause<'_>> = involved.clauses().collect();
            return self.grounded(Answer::of(truth, by), request, involved, &clauses, self.context());
        }
        let mut context = self.context().clone();
        if let Some(target) = request.target {
            target.say_as_resource(&mut context);
        }
        if request.action.is_of_iam() {
            context.set("aws:RequestedRegion", single(region_of_iam(self.account.partition())));
        }
        for (key, value) in request.keys {
            context.set(key, value.clone());
        }
        carry(&mut context);
        let clauses: Vec<&Clause<'_>> = involved.clauses().collect();
        let free = super::tagging::free(self, request, &clauses, &context);
        super::tagging::best(&free, context, |context, set| {
            let (truth, by) = decide(context);
            self.grounded(Answer { set, ..Answer::of(truth, by) }, request, involved, &clauses, context)
        })
    }

    /// The answer with what it depends on.
    fn grounded(
        &self,
        mut answer: Answer,
        request: &Request<'_, '_>,
        involved: &Involved<'_, '_>,
        clauses: &[&Clause<'_>],
        context: &Context,
    ) -> Answer {
        if answer.truth == Truth::Fails {
            return answer;
        }
        let asks_for_mfa = || clauses.iter().any(|clause| clause.keys.meets(Keys::MFA));
        answer.rests_on_mfa = self.factor == Factor::Given && asks_for_mfa();
        if answer.truth == Truth::Undecided {
            let open = clauses.iter().flat_map(|clause| clause.undecided(context));
            answer.open = open.map(str::to_owned).collect();
            answer.open.sort_unstable();
            answer.open.dedup();
        }
        if self.state.is_changed() {
            let kept: Vec<usize> = answer.by.iter().map(|(place, _)| *place).collect();
            answer.relies = self.reliance(involved, request.resource, context, kept);
        }
        answer
    }

    /// What of the principal has to be changed for a request, while some policies stay.
    pub(super) fn reliance(
        &self,
        involved: &Involved<'_, '_>,
        resource: &str,
        context: &Context,
        kept: Vec<usize>,
    ) -> Reliance {
        let (_, denied) = self.truths(involved, resource, context);
        let held: Vec<&Held> = kept.iter().filter_map(|place| self.state.held.get(*place)).collect();
        let against = self.state.held.iter().zip(&denied).enumerate().filter(|(place, (policy, denied))| {
            let is_there = policy.is_inherent() && !policy.is_joined;
            **denied > Truth::Fails && is_there && !kept.contains(place) && !self.state.is_forced(policy, &held)
        });
        let gone = against.map(|(place, _)| place).collect();
        let bounds = involved.bounds.iter().map(|bound| self.open_bound(involved, bound.as_deref(), resource, context));
        // Of equally open ones the first, which it has already.
        let best = bounds.enumerate().reduce(|best, bound| if bound.1 > best.1 { bound } else { best });
        Reliance { kept, gone, bound: best.map_or(0, |(place, _)| place) }
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
    fn decide_when_named(&self, involved: &Involved<'_, '_>, resource: &str, context: &Context) -> Truth {
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

    fn open_bound(
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

/// The actions that some Allow covers and nothing bars.
pub(super) fn actions_of(account: &Account<'_>, principal: &Principal<'_>, state: &State) -> Mask {
    let documents = &account.documents;
    let allows = |ids: &mut dyn Iterator<Item = super::document::DocumentId>| {
        ids.fold(Mask::NONE, |all, id| all.union(documents.get(id).allows))
    };
    let bars = |ids: &mut dyn Iterator<Item = super::document::DocumentId>| {
        ids.fold(Mask::NONE, |all, id| all.union(documents.get(id).bars))
    };
    let mut open = state.allows(documents);
    let forced = state.held.iter().filter(|held| state.is_forced(held, &[]));
    open = open.without(bars(&mut forced.map(|held| held.document)));
    if !state.bounds.contains(&None) {
        open = open.intersection(allows(&mut state.bounds.iter().flatten().map(|bound| bound.document)));
    }
    if !principal.is_service_linked() {
        for level in &account.levels {
            open = open.intersection(allows(&mut level.iter().copied()));
            open = open.without(bars(&mut level.iter().copied()));
        }
    }
    open
}
