//! What a policy says that has no effect.

use std::collections::BTreeSet;
use std::fmt;

use crate::catalogue::{self, ActionIndex, ActionSet, Expansion, ResourceTypeIndex};
use crate::policy::{ActionElement, ResourcePattern};
use crate::score::compile::policy::{CompiledPolicy, PolicyIndex};
use crate::score::compile::statement::{CompiledStatement, Resources};
use crate::score::definition::{Definition, ScoreVersion};
use crate::score::indexed::IndexPlace;
use crate::score::resource::pattern::Segments;
use crate::score::resource::scale::Scale;
use crate::score::resource::template::{Token, templates};

/// A part of a policy that has no effect, which is probably a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lint {
    /// The kind of the lint.
    pub code: LintCode,
    /// The message.
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
    /// An Allow has an action that applies to none of its resources, or a resource to which none of its actions
    /// applies.
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
pub(crate) fn ineffective_resources(
    number: PolicyIndex,
    policy: &CompiledPolicy<'_>,
    definition: &'static Definition,
) -> Vec<Lint> {
    let allows = policy.allows.iter().filter(|allow| !allow.is_union);
    allows.flat_map(|allow| StatementLints { number, policy, allow, definition }.all()).collect()
}

/// What one Allow says to no effect.
struct StatementLints<'l, 'a> {
    number: PolicyIndex,
    policy: &'l CompiledPolicy<'a>,
    allow: &'l CompiledStatement<'a>,
    definition: &'static Definition,
}

impl StatementLints<'_, '_> {
    fn all(&self) -> Vec<Lint> {
        let (ActionElement::Action(patterns), Resources::Matching(resources)) =
            (&self.allow.written.statement.action, &self.allow.resources)
        else {
            return Vec::new();
        };
        let segments: Vec<(&ResourcePattern, Segments<'_>)> =
            resources.iter().map(|(pattern, own)| (pattern, Segments::from((pattern, own)))).collect();
        let mut lints = if self.has_unknown() { Vec::new() } else { self.unused(patterns, &segments) };
        // What is left blank is said of each resource once.
        let blank = segments.iter().filter_map(|(pattern, segments)| self.blank(pattern, segments));
        lints.extend(
            blank
                .filter(|message| !lints.iter().any(|lint| lint.message == *message))
                .collect::<Vec<_>>()
                .into_iter()
                .map(|message| self.lint(message)),
        );
        lints
    }

    fn lint(&self, message: String) -> Lint {
        let (policy, statement) = (self.number.position(), self.allow.written.label());
        Lint { code: LintCode::IneffectiveResource, message, policy, statement }
    }

    /// Whether an action is unknown to the catalogue. It may use any resource.
    fn has_unknown(&self) -> bool {
        let statement = self.allow.written.number;
        self.policy.unknown.iter().any(|unknown| unknown.written.number == statement)
    }

    fn unused(&self, patterns: &[String], resources: &[(&ResourcePattern, Segments<'_>)]) -> Vec<Lint> {
        // Of a wildcard's actions only some are meant, so only actions that are named are held to the resources.
        let without: Vec<ActionIndex> = patterns
            .iter()
            .filter_map(|pattern| named_action(pattern))
            .filter(|action| !resources.iter().any(|(_, resource)| self.uses(*action, resource)))
            .collect();
        let mut lints: Vec<Lint> = without.iter().map(|action| self.lint(of_action(*action))).collect();
        // Where no action is left, the resources are the other side of the same mistake.
        let types = if without.len() < patterns.len() { types_of(&self.allow.actions) } else { None };
        if let Some(types) = types {
            let unused = resources.iter().filter(|(_, resource)| !types.iter().any(|of| self.is_of(*of, resource)));
            lints.extend(unused.map(|(resource, _)| self.lint(of_resource(resource))));
        }
        lints
    }

    /// What to say of a resource that leaves the Region or the account blank where each of its types has one.
    fn blank(&self, pattern: &ResourcePattern, resource: &Segments<'_>) -> Option<String> {
        let [arn, partition, service, region, account, last] = resource.parts;
        if self.definition.version == ScoreVersion::V1 || !(region.is_empty() || account.is_empty()) {
            return None;
        }
        let types: BTreeSet<ResourceTypeIndex> =
            self.allow.actions.iter().flat_map(|action| action.resource_types()).map(|of| of.resource_type).collect();
        let is_some = |resource: &Segments<'_>| types.iter().any(|of| self.is_of(*of, resource));
        if is_some(resource) {
            return None;
        }
        let fill = |part, is_filled: bool| if is_filled { "*" } else { part };
        let (is_region, is_account) = (region.is_empty(), account.is_empty());
        let fillings = [(is_region, false), (false, is_account), (is_region, is_account)];
        let filled = fillings.into_iter().filter(|(region, account)| *region || *account).find(|filled| {
            let parts = [arn, partition, service, fill(region, filled.0), fill(account, filled.1), last];
            is_some(&Segments { parts, ..*resource })
        })?;
        let missing = match filled {
            (true, true) => "Region and account",
            (true, false) => "the Region",
            _ => "the account",
        };
        Some(format!("{} has no {missing}, so no resource matches it", pattern.as_str()))
    }

    /// Whether a pattern can name a resource of a type that an action uses. An action that uses none wants `*`, but AWS does
    /// not say that it takes nothing else.
    fn uses(&self, action: ActionIndex, resource: &Segments<'_>) -> bool {
        let mut types = action.resource_types().peekable();
        types.peek().is_none() || types.any(|of| self.is_of(of.resource_type, resource))
    }

    fn is_of(&self, of: ResourceTypeIndex, resource: &Segments<'_>) -> bool {
        let [.., last] = resource.parts;
        templates(of, self.definition).iter().any(|template| {
            // The name of a bucket has no `/`. Version 1 knows no such thing of any name, and reaches a little too far there.
            let is_bucket = matches!(template.segments.last().map(Vec::as_slice), Some([Token::Variable(variable)]) if variable.name == "BucketName");
            template.widest(resource, Scale::LIKE_FOR_LIKE).is_some() && !(is_bucket && last.contains('/'))
        })
    }
}

/// The action that a pattern without wildcards names.
fn named_action(pattern: &str) -> Option<ActionIndex> {
    if pattern.contains(['*', '?']) {
        return None;
    }
    let mut named = ActionSet::empty();
    matches!(catalogue::expand(pattern, &mut named), Expansion::Known { .. }).then(|| named.iter().next())?
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
    format!("{action} applies to {form}{more}, which none of the resources matches")
}

fn of_resource(resource: &ResourcePattern) -> String {
    format!("no action of the statement applies to {}", resource.as_str())
}
