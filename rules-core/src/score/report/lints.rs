//! What a policy says that has no effect.

use std::collections::BTreeSet;

use crate::catalogue::{self, ActionIndex, ActionSet, Expansion, ResourceTypeIndex};
use crate::policy::{ActionElement, ResourcePattern};
use crate::score::compile::policy::CompiledPolicy;
use crate::score::compile::statement::{CompiledStatement, Resources};
use crate::score::resource::pattern::Segments;
use crate::score::resource::template::{Token, templates};
use crate::score::{Lint, LintCode};

/// The resources that the Allows of a policy name for actions that do not use them.
pub(crate) fn ineffective_resources(number: usize, policy: &CompiledPolicy<'_>) -> Vec<Lint> {
    // An action that the catalogue does not know may use any resource.
    let is_known =
        |allow: &&CompiledStatement<'_>| !policy.unknown.iter().any(|unknown| unknown.statement == allow.statement);
    let allows = policy.allows.iter().map(|allow| &**allow).filter(is_known);
    allows.flat_map(|allow| of_statement(number, allow)).collect()
}

fn of_statement(policy: usize, allow: &CompiledStatement<'_>) -> Vec<Lint> {
    let (ActionElement::Action(patterns), Resources::Matching(resources)) = (&allow.source.action, &allow.resources)
    else {
        return Vec::new();
    };
    let lint = |message| {
        let statement = allow.source.sid.clone().unwrap_or_else(|| allow.statement.to_string());
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

#[cfg(test)]
mod tests {
    use crate::policy::{PolicyDocument, PolicyType};
    use crate::score::score;

    fn lints(actions: &str, resources: &str) -> Vec<String> {
        let text = format!(r#"{{"Statement":{{"Effect":"Allow","Action":{actions},"Resource":{resources}}}}}"#);
        let document = PolicyDocument::parse(&text, PolicyType::Identity).unwrap();
        score(&document).lints.into_iter().map(|lint| lint.message).collect()
    }

    #[test]
    fn an_action_needs_a_resource_that_it_is_about() {
        let found = lints(r#"["s3:ListBucket","s3:GetObject"]"#, r#""arn:aws:s3:::b/*""#);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("s3:ListBucket is about arn:"), "{found:?}");
        for resources in [r#""arn:aws:s3:::b*""#, r#"["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#, r#""*""#] {
            assert_eq!(lints(r#"["s3:ListBucket","s3:GetObject"]"#, resources), Vec::<String>::new());
        }
    }

    #[test]
    fn a_resource_needs_an_action_that_is_about_it() {
        let both = r#"["arn:aws:s3:::b/*","arn:aws:sqs:*:*:q"]"#;
        assert_eq!(lints(r#""s3:GetObject*""#, both), ["no action of the statement is about arn:aws:sqs:*:*:q"]);
        assert_eq!(lints(r#"["s3:GetObject","sqs:SendMessage"]"#, both), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_known_is_not_held_against_anybody() {
        // No such action, every action, and actions without resources.
        for actions in [r#"["s3:GetObject","s3:NoSuchAction"]"#, r#""*""#, r#"["s3:GetObject","s3:ListAllMyBuckets"]"#]
        {
            assert_eq!(
                lints(actions, r#"["arn:aws:s3:::b/*","arn:aws:sqs:*:*:q"]"#),
                Vec::<String>::new(),
                "{actions}"
            );
        }
        assert_eq!(lints(r#""ec2:DescribeInstances""#, r#""arn:aws:ec2:*:*:instance/*""#), Vec::<String>::new());
        assert_eq!(lints(r#""s3:GetObject""#, r#""arn:aws:s3:::${aws:username}/*""#), Vec::<String>::new());
    }
}
