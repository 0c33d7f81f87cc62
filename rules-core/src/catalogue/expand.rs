//! From the action patterns of policies to sets of actions.

use super::action::ActionRange;
use super::action_set::ActionSet;
use super::folded::{Folded, MAX_TEXT_LEN};
use super::service::{self, ServiceIndex};
use crate::glob;

/// What [`expand`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expansion {
    /// The pattern matches this many actions, at least one, whether or not the set contained them before.
    Known {
        /// The number of actions.
        actions: usize,
    },
    /// The pattern matches nothing in the catalogue.
    Unknown(UnknownPattern),
}

/// Why a pattern matches no action of the catalogue. All but the last kind may match one that AWS has added since,
/// or never documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownPattern {
    /// Every action of a service that the catalogue lacks: `nosuch:*`.
    WholeService,
    /// Some action of a service that the catalogue lacks: `nosuch:Get*`.
    Service,
    /// One action that a known service lacks: `s3:NoSuch`.
    Action,
    /// A pattern with wildcards that matches nothing: `s3:NoSuch*`.
    Wildcard,
    /// Not an action pattern at all: no colon and no wildcard, an empty part, a blank, a second colon or another
    /// character that no action has. It never matches.
    Malformed,
}

/// Adds the actions that an action pattern of a policy matches to `into`.
///
/// Upper and lower case are the same; `*` stands for any run of characters and `?` for exactly one. With a colon,
/// service and name are matched each by its part of the pattern; without one, a pattern with wildcards is matched
/// against the whole of `service:name`, so `i*` takes in all of `iam`. Blanks are not trimmed. The work is bounded
/// for any pattern: one longer than the longest action matches nothing and is not tried.
pub fn expand(pattern: &str, into: &mut ActionSet) -> Expansion {
    if pattern == "*" || pattern == "*:*" {
        return found(insert(ActionRange::all(), into), UnknownPattern::Malformed);
    }
    if !pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*' | b'?' | b':')) {
        return Expansion::Unknown(UnknownPattern::Malformed);
    }
    match pattern.split_once(':') {
        Some((service, name)) if !service.is_empty() && !name.is_empty() && !name.contains(':') => {
            expand_parts(service, name, into)
        }
        None if has_wildcard(pattern) => found(expand_whole(pattern, into), UnknownPattern::Wildcard),
        _ => Expansion::Unknown(UnknownPattern::Malformed),
    }
}

/// Whether [`expand`] holds a pattern against the actions of many services one by one.
pub(super) fn is_searched_everywhere(pattern: &str) -> bool {
    let is_plain = |pattern: &str| {
        pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*' | b'?' | b':'))
    };
    match pattern.split_once(':') {
        Some((service, name)) => {
            has_wildcard(service) && !name.is_empty() && !name.contains(':') && pattern != "*:*" && is_plain(pattern)
        }
        // The actions of whole services are neighbours.
        None => {
            let rest = split_literal(pattern).1.trim_start_matches('*');
            !rest.is_empty() && has_wildcard(pattern) && is_plain(pattern)
        }
    }
}

/// A pattern with a colon: `s3:Get*`.
fn expand_parts(service: &str, name: &str, into: &mut ActionSet) -> Expansion {
    if has_wildcard(service) {
        return found(expand_services(service, name, into), UnknownPattern::Wildcard);
    }
    let Some(service) = Folded::new(service).and_then(|prefix| ServiceIndex::find(prefix.as_str())) else {
        let every_action = name.bytes().all(|byte| byte == b'*');
        return Expansion::Unknown(if every_action { UnknownPattern::WholeService } else { UnknownPattern::Service });
    };
    let unknown = if has_wildcard(name) { UnknownPattern::Wildcard } else { UnknownPattern::Action };
    found(Folded::new(name).map_or(0, |name| expand_names(service, &name, into)), unknown)
}

/// A pattern with a wildcard before its colon: `*:Get*`. Returns the number of matches, as the functions below do.
fn expand_services(service: &str, name: &str, into: &mut ActionSet) -> usize {
    let (Some(prefix), Some(name)) = (Folded::new(service), Folded::new(name)) else {
        return 0;
    };
    let (literal, _) = split_literal(prefix.as_str());
    service::starting_with(literal)
        .filter(|service| glob::matches(prefix.as_str(), service.prefix()))
        .map(|service| expand_names(service, &name, into))
        .sum()
}

/// The actions of one service.
fn expand_names(service: ServiceIndex, pattern: &Folded, into: &mut ActionSet) -> usize {
    let actions = service.actions();
    match split_literal(pattern.as_str()) {
        ("", "*") => insert(actions, into),
        (literal, "*") => insert(actions.starting_with(literal), into),
        (name, "") => actions.named(name).map_or(0, |action| {
            into.insert(action);
            1
        }),
        (literal, _) => actions
            .starting_with(literal)
            .filter(|action| {
                let name = action.lower_name();
                name.len() >= pattern.least() && glob::matches(pattern.as_str(), name)
            })
            .map(|action| into.insert(action))
            .count(),
    }
}

/// A pattern without a colon, against the whole text of actions: `i*`.
fn expand_whole(pattern: &str, into: &mut ActionSet) -> usize {
    let Some(pattern) = Folded::new(pattern) else {
        return 0;
    };
    // The literal start holds no colon, so it lies within the prefix.
    let (literal, rest) = split_literal(pattern.as_str());
    let services = service::starting_with(literal);
    if rest == "*" {
        return services.map(|service| insert(service.actions(), into)).sum();
    }
    let mut text = String::with_capacity(MAX_TEXT_LEN);
    let mut matched = 0;
    for service in services {
        for action in service.actions() {
            text.clear();
            text.extend([service.prefix(), ":", action.lower_name()]);
            if text.len() >= pattern.least() && glob::matches(pattern.as_str(), &text) {
                into.insert(action);
                matched += 1;
            }
        }
    }
    matched
}

fn insert(actions: ActionRange, into: &mut ActionSet) -> usize {
    into.insert_range(&actions);
    actions.len()
}

fn found(actions: usize, otherwise: UnknownPattern) -> Expansion {
    if actions > 0 { Expansion::Known { actions } } else { Expansion::Unknown(otherwise) }
}

fn has_wildcard(pattern: &str) -> bool {
    pattern.bytes().any(is_wildcard)
}

/// Splits a pattern before its first wildcard.
fn split_literal(pattern: &str) -> (&str, &str) {
    let literal = pattern.bytes().position(is_wildcard).unwrap_or(pattern.len());
    pattern.split_at_checked(literal).unwrap_or_default()
}

fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'*' | b'?')
}
