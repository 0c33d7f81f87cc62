//! Decides the requests of a principal, by all policies that apply to it and all changes of them.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::account::Account;
use super::action::{Action, Mask};
use super::clause::{Clause, Keys};
use super::involved::Involved;
use super::principal::{Factor, Principal, region_of_iam, single};
use super::somewhere::{Segments, anything};
use super::state::{Held, State};
use super::tagging::Tagging;
use super::technique::pass_role::OpenPaths;
use crate::decision::{Context, ContextValue, OtherKeys, Truth};
use crate::permissions::{Caller, trusts};

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
    pub(super) open_paths: SharedPaths,
}

/// What is known of paths through services, by everybody for whom it is the same.
pub(super) type SharedPaths = Rc<RefCell<OpenPaths>>;

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
        let actions = principal.permissions.as_ref().ok().map(|_| actions_of(account, principal, state))?;
        Some(Self {
            account,
            principal,
            state,
            factor,
            tagging,
            actions,
            context: OnceCell::new(),
            open_paths: Rc::default(),
        })
    }

    /// The same, with what is known already of the paths through services.
    pub(super) fn with_open_paths(self, open_paths: SharedPaths) -> Self {
        Self { open_paths, ..self }
    }

    /// The same with something else that applies to it.
    pub(super) fn within<'s>(&'s self, state: &'s State) -> Requester<'s, 'a> {
        let context = self.context.clone();
        let Self { account, principal, factor, tagging, actions, .. } = *self;
        Requester { account, principal, state, factor, tagging, actions, context, open_paths: Rc::default() }
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
        let open_paths = Rc::default();
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
        let involved = self.involved(ASSUME).with_trust(&role.trust_clauses);
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
                        && self.may_be_about(clause, request.resource)
                })
        })
    }

    /// Whether a statement can be about a resource.
    pub(super) fn may_be_about(&self, clause: &Clause<'_>, resource: &str) -> bool {
        // What tags can be had is looked at later.
        clause.keys.meets(Keys::CALLER_TAG) || self.covers(clause, resource)
    }

    fn covers(&self, clause: &Clause<'_>, resource: &str) -> bool {
        if clause.keys.meets(Keys::VARIABLE) {
            clause.covers(resource, self.context()) > Truth::Fails
        } else {
            clause.covers(resource, &Context::default()) > Truth::Fails
        }
    }

    /// The best answer over everything that can be set for a request.
    pub(super) fn answer(
        &self,
        request: &Request<'_, 'a>,
        involved: &Involved<'r, 'a>,
        carry: impl FnOnce(&mut Context),
        decide: impl Fn(&Context) -> (Truth, Option<(usize, usize)>),
    ) -> Answer {
        // A statement about other resources takes no part, whatever its conditions.
        let clauses: Vec<&Clause<'_>> =
            involved.clauses().filter(|clause| self.may_be_about(clause, request.resource)).collect();
        let keys = clauses.iter().fold(Keys::NONE, |keys, clause| keys | clause.keys);
        if keys.is_none() {
            let (truth, by) = decide(&Context::default());
            return self.grounded(Answer::of(truth, by), request, involved, &[], &Context::default());
        }
        if !keys.meets(Keys::OF_REQUESTS) && !keys.meets(Keys::CALLER_TAG) {
            let (truth, by) = decide(self.context());
            return self.grounded(Answer::of(truth, by), request, involved, &clauses, self.context());
        }
        let mut context = self.context().restricted(&super::tagging::keys_of(involved.clauses()));
        let of_target = Keys::RESOURCE_TAG | Keys::BOUNDARY | Keys::OTHER;
        if let Some(target) = request.target.filter(|_| keys.meets(of_target)) {
            target.say_as_resource(&mut context);
        }
        if request.action.is_of_iam() {
            context.set("aws:RequestedRegion", single(region_of_iam(self.account.partition())));
        }
        for (key, value) in request.keys {
            context.set(key, value.clone());
        }
        carry(&mut context);
        super::tagging::best_for(self, request, &clauses, context, |context, set| {
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
            let is_there =
                policy.is_inherent() && (!policy.is_joined || held.iter().any(|it| it.group == policy.group));
            **denied > Truth::Fails && is_there && !kept.contains(place) && !self.state.is_forced(policy, &held)
        });
        let gone = against.map(|(place, _)| place).collect();
        let bounds =
            involved.bounds().iter().map(|bound| self.open_bound(involved, bound.as_deref(), resource, context));
        // Of equally open ones the first, which it has already.
        let best = bounds.enumerate().reduce(|best, bound| if bound.1 > best.1 { bound } else { best });
        Reliance { kept, gone, bound: best.map_or(0, |(place, _)| place) }
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
