//! Which tags the holder of policies may set, so that a condition on them narrows nothing.

use std::rc::Rc;
use std::sync::Arc;

use super::action_types::ActionTypes;
use super::allow::OpenAllows;
use super::guardrails::Guardrails;
use super::harm_model::Counts;
use super::measure::ExposureMeasure;
use super::setting::{SettableTags, Setting};
use crate::catalogue::{self, AccessLevel, ActionIndex};
use crate::score::compile::circumstance::{Circumstance, Circumstances};
use crate::score::compile::layer::CompiledLayer;
use crate::score::compile::policy::{CompiledPolicy, PolicyIndex};
use crate::score::compile::principal::Own;
use crate::score::compile::statement::{CompiledStatement, Resources};
use crate::score::definition::{Definition, ScoreVersion};
use crate::score::indexed::Indexed;

/// The setting of policies that are taken together, under the layers that limit them.
pub(crate) fn setting<'a>(
    identity: &Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>>,
    limits: &[CompiledLayer<Arc<CompiledPolicy<'a>>>],
    definition: &'static Definition,
) -> Setting {
    let setting = Setting::new(definition);
    let mut statements = identity
        .iter()
        .chain(limits.iter().flat_map(|layer| &layer.policies))
        .flat_map(|policy| policy.allows.iter().chain(&policy.denies));
    let asks_for_tags = statements.any(|statement| statement.circumstances.meets(Circumstances::TAGS));
    if definition.version == ScoreVersion::V1 || !asks_for_tags {
        return setting;
    }
    let guardrails = Guardrails::new(identity, limits, setting.clone());
    let mut settable = SettableTags::default();
    for allow in identity.iter().flat_map(|policy| policy.allows.iter()) {
        settable.add(allow, &guardrails);
    }
    let settable = (settable != SettableTags::default()).then(|| Arc::new(settable));
    Setting { settable, ..setting }
}

impl SettableTags {
    /// Adds the tags that an Allow lets the holder set, neither by their present tags nor through a service.
    fn add<'g, 'a: 'g>(&mut self, allow: &'g CompiledStatement<'a>, guardrails: &'g Guardrails<'a>) {
        let definition = guardrails.setting.definition;
        let mut open = OpenAllows::new(allow, guardrails, Rc::default());
        let mut tagging = allow.actions.clone();
        tagging.subtract(guardrails.closed());
        for action in tagging.iter().filter(|action| sets_tags(*action)) {
            for of in ActionTypes::of(action, definition).types().flatten() {
                if open.about(action, MEASURE).is_open_within(of, allowed_circumstances()) {
                    self.types.insert(of);
                }
            }
        }
        self.own |= own_tagging().iter().any(|action| {
            tagging.contains(*action)
                && is_about_holder(allow)
                && limits_are_about_holder(guardrails, *action)
                && action
                    .resource_types()
                    .any(|of| open.about(*action, MEASURE).is_open_within(of.resource_type, allowed_circumstances()))
        });
    }
}

const MEASURE: ExposureMeasure = ExposureMeasure::Harm(Counts::ByResources);

/// The circumstances that may be needed for setting a tag.
fn allowed_circumstances() -> Circumstances {
    let all = Circumstance::ALL.into_iter().fold(Circumstances::NONE, |all, one| all.union(Circumstances::of(one)));
    all.without(Circumstances::TAGS).without(Circumstances::of(Circumstance::Service))
}

/// Whether an action sets tags, and does not only take them away.
fn sets_tags(action: ActionIndex) -> bool {
    action.level() == AccessLevel::Tagging
        && !["untag", "remove", "delete"].iter().any(|verb| action.lower_name().starts_with(verb))
}

/// The actions that set tags of principals and sessions.
fn own_tagging() -> Vec<ActionIndex> {
    let names = [("iam", "TagUser"), ("iam", "TagRole"), ("sts", "TagSession")];
    names.into_iter().filter_map(|(service, name)| catalogue::action(service, name)).collect()
}

/// Whether every layer that limits an action allows it on the holder itself.
fn limits_are_about_holder(guardrails: &Guardrails<'_>, action: ActionIndex) -> bool {
    guardrails.set_of(action).is_none_or(|set| guardrails.layers(set).all(|mut layer| layer.any(is_about_holder)))
}

/// Whether an Allow is about the holder itself: by name, or as one of all.
fn is_about_holder(allow: &CompiledStatement<'_>) -> bool {
    match &allow.resources {
        Resources::Everything | Resources::Except(_) => true,
        Resources::Matching(patterns) => patterns.iter().any(|(pattern, own)| {
            let [.., last] = pattern.segments();
            own != Own::No || ["*", "user/*", "role/*"].contains(&last)
        }),
    }
}
