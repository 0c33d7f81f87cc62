//! What a policy says that has no effect.

use std::collections::BTreeSet;
use std::fmt;

use crate::catalogue::{self, ActionIndex, ActionSet, Expansion, ResourceTypeIndex};
use crate::policy::{ActionElement, ResourcePattern};
use crate::score::compile::policy::{CompiledPolicy, PolicyIndex};
use crate::score::compile::statement::{CompiledStatement, Resources};
use crate::score::indexed::Place;
use crate::score::resource::pattern::Segments;
use crate::score::resource::template::{Token, templates};

/// Something that a policy says to no effect, and that its author has hardly meant so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// What kind of thing.
    pub code: LintCode,
    /// What it is, in words.
    pub message: String,
    /// The policy among those scored, counted from zero.
    pub policy: usize,
    /// The statement: its `Sid`, else its zero-based index.
    pub statement: String,
}

/// A kind of [`Lint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LintCode {
    /// An Allow names an action with resources that it is never about, or a resource that none of its actions is about.
    IneffectiveResource,
}

impl LintCode {
    /// `ineffective-resource`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IneffectiveResource => "ineffective-resource",
        }
    }
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The resources that the Allows of a policy name for actions that do not use them.
pub(crate) fn ineffective_resources(number: PolicyIndex, policy: &CompiledPolicy<'_>) -> Vec<Lint> {
    // An action that the catalogue does not know may use any resource.
    let has_unknown = |allow: &CompiledStatement<'_>| {
        policy.unknown.iter().any(|unknown| unknown.written.number == allow.written.number)
    };
    let allows = policy.allows.iter().filter(|allow| !has_unknown(allow));
    allows.flat_map(|allow| of_statement(number, allow)).collect()
}

fn of_statement(policy: PolicyIndex, allow: &CompiledStatement<'_>) -> Vec<Lint> {
    let (ActionElement::Action(patterns), Resources::Matching(resources)) =
        (&allow.written.statement.action, &allow.resources)
    else {
        return Vec::new();
    };
    let lint = |message| {
        let (policy, statement) = (policy.position(), allow.written.label());
        Lint { code: LintCode::IneffectiveResource, message, policy, statement }
    };
    let segments: Vec<Segments<'_>> = resources.iter().map(Segments::from).collect();
    // Of a wildcard's actions only some are meant, so only actions that are named are held to the resources.
    let without: Vec<ActionIndex> = patterns
        .iter()
        .filter_map(|pattern| named_action(pattern))
        .filter(|action| !segments.iter().any(|resource| uses(*action, resource)))
        .collect();
    let mut lints: Vec<Lint> = without.iter().map(|action| lint(of_action(*action))).collect();
    // Where no action is left, the resources are the other side of the same mistake.
    let types = if without.len() < patterns.len() { types_of(&allow.actions) } else { None };
    if let Some(types) = types {
        let unused =
            resources.iter().zip(&segments).filter(|(_, resource)| !types.iter().any(|of| is_of(*of, resource)));
        lints.extend(unused.map(|(resource, _)| lint(of_resource(resource))));
    }
    lints
}

/// The action that a pattern without wildcards names.
fn named_action(pattern: &str) -> Option<ActionIndex> {
    if pattern.contains(['*', '?']) {
        return None;
    }
    let mut named = ActionSet::empty();
    matches!(catalogue::expand(pattern, &mut named), Expansion::Known { .. }).then(|| named.iter().next())?
}

/// Whether a pattern can name a resource of a type that an action uses. An action that uses none wants `*`, but AWS does not
/// say that it takes nothing else.
fn uses(action: ActionIndex, resource: &Segments<'_>) -> bool {
    let mut types = action.resource_types().peekable();
    types.peek().is_none() || types.any(|of| is_of(of.resource_type, resource))
}

fn is_of(of: ResourceTypeIndex, resource: &Segments<'_>) -> bool {
    let Segments([.., last]) = resource;
    templates(of).iter().any(|template| {
        // The name of a bucket has no `/`. The score knows no such thing of any name, and reaches a little too far there.
        let is_bucket = matches!(template.segments.last().map(Vec::as_slice), Some([Token::Variable(variable)]) if variable.name == "BucketName");
        template.widest(resource).is_some() && !(is_bucket && last.contains('/'))
    })
}

/// The types that actions use; none when one of them uses none, so that nothing is known of its resources.
fn types_of(actions: &ActionSet) -> Option<BTreeSet<ResourceTypeIndex>> {
    let mut types = BTreeSet::new();
    for action in actions.iter() {
        let used = action.resource_types();
        if used.len() == 0 {
            return None;
        }
        types.extend(used.map(|of| of.resource_type));
    }
    Some(types)
}

fn of_action(action: ActionIndex) -> String {
    let mut forms = action.resource_types().flat_map(|of| of.resource_type.arn_templates());
    let form = forms.next().unwrap_or("*");
    let more = match forms.count() {
        0 => String::new(),
        more => format!(" (or {more} other forms)"),
    };
    format!("{action} is about {form}{more}, and none of the resources is one")
}

fn of_resource(resource: &ResourcePattern) -> String {
    format!("no action of the statement is about {}", resource.as_str())
}
