//! The values that can be set for a request: keys that the requester chooses, and tags that a controlled principal can
//! change.

use super::action::{Action, Mask};
use super::choice;
use super::clause::{Clause, Keys};
use super::principal::{Principal, single};
use super::request::{Answer, Request, Requester};
use super::way::Permit;
use crate::decision::{Context, ContextValue, Truth};
use crate::permissions::{Caller, PrincipalType, choices};
use crate::policy::ResourceElement;

/// Who may change tags.
#[derive(Clone, Copy)]
pub(super) enum Tagging<'r, 'a> {
    /// Nobody, as far as the request goes.
    Nobody,
    /// The one who makes the request.
    Oneself,
    /// Whoever this asks: on whom, which key in lower case, and what value, none to take it away.
    Others(&'r dyn Fn(&Principal<'a>, &str, Option<&str>) -> Truth),
}

impl std::fmt::Debug for Tagging<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Oneself => "Oneself",
            Self::Others(_) => "Others",
        })
    }
}

/// Something that can be set in several ways.
#[derive(Debug)]
pub(super) struct Free {
    /// The keys that say it.
    keys: Vec<String>,
    /// Besides what it is already, with how certainly it can be set.
    options: Vec<(ContextValue, Truth)>,
}

/// More combinations than this are not tried: what they leave open counts as possible, and the keys are named.
const MAX_COMBINATIONS: usize = 2_000;

/// The best answer to a request over everything that can be set for it.
pub(super) fn best_for<'a>(
    by: &Requester<'_, 'a>,
    request: &Request<'_, 'a>,
    clauses: &[&Clause<'_>],
    mut context: Context,
    answer: impl Fn(&Context, Vec<(String, ContextValue)>) -> Answer,
) -> Answer {
    let given = |key: &str| request.keys.iter().any(|(given, _)| given.eq_ignore_ascii_case(key));
    let keys: Vec<&str> = keys_of(clauses.iter().copied()).into_iter().filter(|key| !given(key)).collect();
    let kinds: Vec<Settable> = keys.iter().map(|key| settable_by(by, request, &context, key)).collect();
    let open = context.clone();
    for (key, kind) in keys.iter().zip(&kinds) {
        match kind {
            Settable::Chosen(usual) => context.set(key, usual.clone()),
            Settable::Absent => context.set(key, ContextValue::Absent),
            Settable::No | Settable::OwnTag | Settable::TagOfTarget | Settable::Boundary => None,
        };
    }
    let first = answer(&context, Vec::new());
    if first.truth == Truth::Holds {
        return first;
    }
    // Most requests fail whatever is set.
    let mut unknown = context.clone();
    for (key, kind) in keys.iter().zip(&kinds) {
        match kind {
            Settable::No | Settable::Absent => {}
            Settable::Chosen(_) | Settable::OwnTag | Settable::Boundary => {
                unknown.set(key, ContextValue::Unknown);
            }
            Settable::TagOfTarget => tag_keys(key).iter().for_each(|key| {
                unknown.set(key, ContextValue::Unknown);
            }),
        }
    }
    if unknown == context || answer(&unknown, Vec::new()).truth == Truth::Fails {
        return first;
    }
    let free = keys.iter().zip(&kinds).filter_map(|(key, kind)| match kind {
        Settable::No | Settable::Absent => None,
        Settable::Chosen(usual) => {
            let options = choice::options(request.action, key, clauses, &open).into_iter().flatten();
            let options = options.filter(|value| value != usual).map(|value| (value, Truth::Holds)).collect();
            Some(Free { keys: vec![(*key).to_owned()], options })
        }
        Settable::OwnTag => own_tag(by, request, clauses, &open, key),
        Settable::TagOfTarget => tag_of_target(by, request, clauses, &open, key),
        Settable::Boundary => boundary_of_target(request, key),
    });
    best_of(&free.collect::<Vec<_>>(), context, first, answer)
}

/// What a request can have under a key of a condition.
enum Settable {
    /// What it has.
    No,
    /// Nothing, as tags where the session may have none.
    Absent,
    /// What its maker chooses; this, without any thought.
    Chosen(ContextValue),
    /// A tag of its maker.
    OwnTag,
    /// A tag of the user or role that it is about.
    TagOfTarget,
    /// The permissions boundary of that.
    Boundary,
}

fn settable_by(by: &Requester<'_, '_>, request: &Request<'_, '_>, context: &Context, key: &str) -> Settable {
    let when = |is_it: bool, then: Settable| if is_it { then } else { Settable::No };
    match Keys::of(key) {
        _ if is_of_session_tags(key) && !may_bring_tags(by, request) => Settable::Absent,
        Keys::CALLER_TAG => when(!by.tags_nothing(), Settable::OwnTag),
        Keys::RESOURCE_TAG => when(request.target.is_some() && !by.tags_nothing(), Settable::TagOfTarget),
        Keys::BOUNDARY => when(request.target_state.is_some_and(|it| it.bounds.len() > 1), Settable::Boundary),
        _ if matches!(context.get(key), ContextValue::Unknown) => {
            choice::usual(request.action, key).map_or(Settable::No, Settable::Chosen)
        }
        _ => Settable::No,
    }
}

/// The best answer over everything that can be set.
pub(super) fn best(
    free: &[Free],
    context: Context,
    answer: impl Fn(&Context, Vec<(String, ContextValue)>) -> Answer,
) -> Answer {
    let first = answer(&context, Vec::new());
    best_of(free, context, first, answer)
}

/// The best answer over everything that can be set, where `best` is the one with nothing set.
fn best_of(
    free: &[Free],
    context: Context,
    mut best: Answer,
    answer: impl Fn(&Context, Vec<(String, ContextValue)>) -> Answer,
) -> Answer {
    if free.is_empty() || best.truth == Truth::Holds {
        return best;
    }
    let combinations = free.iter().map(|free| free.options.len() + 1).try_fold(1_usize, usize::checked_mul);
    if combinations.is_none_or(|combinations| combinations > MAX_COMBINATIONS) {
        return best_of_too_many(free, context, best, answer);
    }
    let mut chosen = vec![0_usize; free.len()];
    while advance(&mut chosen, free) {
        let mut context = context.clone();
        let mut set = Vec::new();
        let mut truth = Truth::Holds;
        for (free, choice) in free.iter().zip(&chosen) {
            let Some((value, settable)) = choice.checked_sub(1).and_then(|choice| free.options.get(choice)) else {
                continue;
            };
            truth = truth.min(*settable);
            for key in &free.keys {
                context.set(key, value.clone());
            }
            set.extend(free.keys.first().map(|key| (key.clone(), value.clone())));
        }
        if truth <= best.truth {
            continue;
        }
        let found = answer(&context, set);
        if found.truth.min(truth) > best.truth {
            best = Answer { truth: found.truth.min(truth), ..found };
            if best.truth == Truth::Holds {
                break;
            }
        }
    }
    best
}

/// Each thing by itself, then all of them as unknown.
fn best_of_too_many(
    free: &[Free],
    context: Context,
    mut best: Answer,
    answer: impl Fn(&Context, Vec<(String, ContextValue)>) -> Answer,
) -> Answer {
    let mut unknown = context;
    for key in free.iter().flat_map(|free| &free.keys) {
        unknown.set(key, ContextValue::Unknown);
    }
    let found = answer(&unknown, Vec::new());
    if found.truth > best.truth {
        best = found;
    }
    best
}

/// The next combination.
fn advance(chosen: &mut [usize], free: &[Free]) -> bool {
    for (choice, free) in chosen.iter_mut().zip(free) {
        if *choice < free.options.len() {
            *choice += 1;
            return true;
        }
        *choice = 0;
    }
    false
}

/// Whether a key is about the tags that a request brings, given in lower case.
fn is_of_session_tags(key: &str) -> bool {
    key == "aws:tagkeys" || key.starts_with("aws:requesttag/")
}

/// Whether the maker of a request may bring tags: those of a session only where the role lets it.
fn may_bring_tags(by: &Requester<'_, '_>, request: &Request<'_, '_>) -> bool {
    if request.action != Action::named("sts:AssumeRole") {
        return true;
    }
    let trust = request.target.and_then(|role| role.trust()?.ok());
    trust.is_none_or(|trust| choices(trust, Caller::Principal(&by.principal.identity)).tags)
}

/// Tags of one's own that can be changed, for conditions that are about nothing else.
pub(super) fn free_tags(by: &Requester<'_, '_>, clauses: &[&Clause<'_>]) -> Vec<Free> {
    let request = Request::on(Action::named("iam:TagUser"), by.principal.arn(), &[]);
    let tags = keys_of(clauses.iter().copied()).into_iter().filter(|key| Keys::of(key) == Keys::CALLER_TAG);
    tags.filter_map(|key| own_tag(by, &request, clauses, by.context(), key)).collect()
}

/// Every key of a condition or variable, once, in order.
pub(super) fn keys_of<'c>(clauses: impl IntoIterator<Item = &'c Clause<'c>>) -> Vec<&'c str> {
    let mut keys: Vec<&str> = clauses.into_iter().flat_map(|clause| &clause.named).map(String::as_str).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A tag of the one who asks.
fn own_tag<'a>(
    by: &Requester<'_, 'a>,
    request: &Request<'_, 'a>,
    clauses: &[&Clause<'_>],
    context: &Context,
    key: &str,
) -> Option<Free> {
    if by.tags_nothing() {
        return None;
    }
    let name = key.strip_prefix("aws:principaltag/")?;
    let mut values = choice::asked_for(key, clauses, context);
    values.extend(captured(key, request, clauses, context));
    values.extend(request.target.into_iter().flat_map(Principal::tag_values).map(str::to_owned));
    let options = settable(by, by.principal, name, values);
    (!options.is_empty()).then(|| Free { keys: vec![key.to_owned()], options })
}

/// A tag of the user or role that is asked about.
fn tag_of_target<'a>(
    by: &Requester<'_, 'a>,
    request: &Request<'_, 'a>,
    clauses: &[&Clause<'_>],
    context: &Context,
    key: &str,
) -> Option<Free> {
    let target = request.target?;
    let keys = tag_keys(key);
    let (_, name) = key.split_once('/')?;
    let mut values: Vec<String> = keys.iter().flat_map(|key| choice::asked_for(key, clauses, context)).collect();
    values.extend(by.principal.tag_values().map(str::to_owned));
    let options = settable(by, target, name, values);
    (!options.is_empty()).then_some(Free { keys, options })
}

/// The keys that carry the same tag of what is asked about.
fn tag_keys(key: &str) -> Vec<String> {
    let name = key.split_once('/').map_or(key, |(_, name)| name);
    ["aws:resourcetag/", "iam:resourcetag/"].map(|prefix| format!("{prefix}{name}")).to_vec()
}

/// The permissions boundary of the user or role that is asked about.
fn boundary_of_target(request: &Request<'_, '_>, key: &str) -> Option<Free> {
    let bounds = request.target_state?.bounds.iter();
    let value = bounds.map(|bound| bound.as_ref().map_or(ContextValue::Absent, |bound| single(&bound.arn)));
    let options = value.map(|value| (value, Truth::Holds)).collect();
    Some(Free { keys: vec![key.to_owned()], options })
}

/// What a tag can be set to, of some values, and whether it can be taken away.
fn settable<'a>(
    by: &Requester<'_, 'a>,
    on: &Principal<'a>,
    key: &str,
    mut values: Vec<String>,
) -> Vec<(ContextValue, Truth)> {
    values.sort_unstable();
    values.dedup();
    values.push(choice::FRESH.to_owned());
    let set = values.into_iter().map(|value| (may_set(by, on, key, Some(&value)), single(&value)));
    let taken = std::iter::once((may_set(by, on, key, None), ContextValue::Absent));
    set.chain(taken).filter(|(truth, _)| *truth > Truth::Fails).map(|(truth, value)| (value, truth)).collect()
}

fn may_set<'a>(by: &Requester<'_, 'a>, on: &Principal<'a>, key: &str, value: Option<&str>) -> Truth {
    match by.tagging {
        Tagging::Nobody => Truth::Fails,
        Tagging::Oneself => by.may_tag(on, key, value).truth,
        Tagging::Others(ask) => ask(on, key, value),
    }
}

/// Actions that change tags.
pub(super) const TAGS: Mask = Mask::of(&[
    Action::named("iam:TagRole"),
    Action::named("iam:TagUser"),
    Action::named("iam:UntagRole"),
    Action::named("iam:UntagUser"),
]);

impl<'a> Requester<'_, 'a> {
    /// Whether the principal may set a tag, given by its key in lower case, or take it away. Tags are as they are then.
    pub(super) fn may_tag(&self, on: &Principal<'a>, key: &str, value: Option<&str>) -> Answer {
        if !self.actions.meets(TAGS) || on.is_protected() {
            return Answer::NO;
        }
        let action = tagging_action(on.kind, value);
        let keys = [("aws:TagKeys", ContextValue::Multiple(vec![key.to_owned()]))];
        let request = Request { action, resource: on.arn(), target: Some(on), target_state: None, keys: &keys };
        let tag = format!("aws:RequestTag/{key}");
        self.with_tagging(Tagging::Nobody).ask_with(&request, |context| {
            context.set_complete("aws:RequestTag/");
            context.set(&tag, value.map_or(ContextValue::Absent, single));
        })
    }

    /// What the principal may do to set a tag, unless it may not.
    pub(super) fn permit_to_tag(&self, on: &Principal<'a>, key: &str, value: Option<&str>) -> Option<Permit> {
        let answer = self.may_tag(on, key, value);
        let action = tagging_action(on.kind, value);
        let said = [("aws:TagKeys", ContextValue::Multiple(vec![key.to_owned()]))];
        let mut permit = self.permit_of(action, on.arn(), &said, answer)?;
        permit.set.push((format!("aws:RequestTag/{key}"), value.map_or(ContextValue::Absent, single)));
        Some(permit)
    }

    /// Whether no tag can be changed for the principal's requests.
    pub(super) fn tags_nothing(&self) -> bool {
        match self.tagging {
            Tagging::Nobody => true,
            Tagging::Oneself => !self.actions.meets(TAGS),
            Tagging::Others(_) => false,
        }
    }
}

/// The action that sets a tag, or takes it away.
fn tagging_action(kind: PrincipalType, value: Option<&str>) -> Action {
    match (kind, value) {
        (PrincipalType::User, Some(_)) => Action::named("iam:TagUser"),
        (PrincipalType::Role, Some(_)) => Action::named("iam:TagRole"),
        (PrincipalType::User, None) => Action::named("iam:UntagUser"),
        (PrincipalType::Role, None) => Action::named("iam:UntagRole"),
    }
}

/// What a variable would have to be for a pattern or a condition to match.
fn captured(key: &str, request: &Request<'_, '_>, clauses: &[&Clause<'_>], context: &Context) -> Vec<String> {
    let mut found = Vec::new();
    for clause in clauses.iter().filter(|clause| clause.keys.meets(Keys::VARIABLE)) {
        let patterns = clause.statement.resource.iter().flat_map(ResourceElement::patterns);
        found.extend(patterns.flat_map(|pattern| capture(pattern.as_str(), key, request.resource)));
        for condition in &clause.statement.conditions {
            if let ContextValue::Single(value) = context.get(condition.key.lower()) {
                found.extend(condition.values.iter().flat_map(|wanted| capture(wanted, key, value)));
            }
        }
    }
    found
}

/// What the variable `key`, in lower case, stands for where `pattern` is `text`: everything that the parts before and after
/// it leave.
fn capture(pattern: &str, key: &str, text: &str) -> Option<String> {
    let lower = pattern.to_ascii_lowercase();
    let variable = format!("${{{key}");
    let start = lower.find(&variable)?;
    let end = start + lower.get(start..)?.find('}')? + 1;
    let (before, after) = (pattern.get(..start)?, pattern.get(end..)?);
    // Only the part before the first wildcard is compared.
    let before = before.rsplit(['*', '?', '}']).next().unwrap_or_default();
    let after = after.split(['*', '?', '$']).next().unwrap_or_default();
    let rest = if before.is_empty() { text } else { text.split_once(before).map(|(_, rest)| rest)? };
    let value = if after.is_empty() { rest } else { rest.split_once(after).map(|(value, _)| value)? };
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::capture;

    #[test]
    fn a_variable_is_read_from_a_text() {
        let key = "aws:principaltag/team";
        for (pattern, text, value) in [
            ("arn:aws:iam::1:user/${aws:PrincipalTag/team}", "arn:aws:iam::1:user/ada", Some("ada")),
            ("arn:aws:iam::1:user/${aws:PrincipalTag/team, 'x'}-*", "arn:aws:iam::1:user/ops-ada", Some("ops")),
            ("${aws:PrincipalTag/Team}", "ops", Some("ops")),
            ("${aws:username}", "ops", None),
            ("arn:aws:iam::1:role/${aws:PrincipalTag/team}", "arn:aws:iam::1:user/ada", None),
        ] {
            assert_eq!(capture(pattern, key, text).as_deref(), value, "{pattern}");
        }
    }
}
