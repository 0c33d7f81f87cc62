//! What a resource has to satisfy: patterns of which it must match one, and patterns of which it must match none.

use std::rc::Rc;

use super::exclusions::{Exclusions, TemplateExclusions};
use super::pattern::Segments;
use super::pattern_list::PatternList;
use super::problem::{Found, MatchingPattern, Problem};
use super::scale::Scale;
use super::template::Template;
use crate::score::compile::principal::Own;
use crate::score::compile::statement::Resources;

/// Patterns that a resource has to match, and patterns that it may not match.
#[derive(Clone, Debug, Default)]
pub(crate) struct Constraint<'g> {
    /// Of each list one has to match.
    required: Vec<PatternList<'g>>,
    /// None of these may match.
    excluded: PatternList<'g>,
    /// None of these either: what Denies are about.
    denied: Option<Rc<Exclusions<'g>>>,
    /// Whether anything was added to what [`Constraint::of`] began with.
    is_narrowed: bool,
}

impl<'g> Constraint<'g> {
    /// The constraint that a statement's resources are.
    pub(crate) fn of(resources: &'g Resources<'_>) -> Self {
        let mut constraint = Self::default();
        match resources {
            Resources::Everything => {}
            Resources::Matching(patterns) => constraint.required.push(patterns.iter().collect()),
            Resources::Except(patterns) => constraint.excluded = patterns.iter().collect(),
        }
        constraint
    }

    /// The constraint that those of a statement's resources are which are nobody's own; none when there are no others.
    pub(crate) fn of_others(resources: &'g Resources<'_>) -> Option<Self> {
        match resources {
            Resources::Matching(patterns) if patterns.name_own() => {
                let others: PatternList<'g> = patterns.iter().filter(|(_, own)| *own == Own::No).collect();
                (!others.is_empty()).then(|| Self { required: vec![others], ..Self::default() })
            }
            resources => Some(Self::of(resources)),
        }
    }

    /// Whether more is required than a statement's own resources.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.is_narrowed
    }

    /// One of these patterns has to match too.
    pub(crate) fn requiring(mut self, patterns: impl IntoIterator<Item = impl Into<Segments<'g>>>) -> Self {
        self.required.push(patterns.into_iter().collect());
        self.is_narrowed = true;
        self
    }

    /// None of these patterns may match either.
    pub(crate) fn excluding(mut self, patterns: impl IntoIterator<Item = impl Into<Segments<'g>>>) -> Self {
        self.excluded.extend(patterns.into_iter().collect());
        self.is_narrowed = true;
        self
    }

    /// Nothing that Denies are about may match.
    pub(crate) fn beside(mut self, denied: Rc<Exclusions<'g>>) -> Self {
        if !denied.is_empty() {
            self.denied = Some(denied);
            self.is_narrowed = true;
        }
        self
    }

    /// The widest part of a template that satisfies the constraint.
    pub(crate) fn widest(&self, template: &'static Template, scale: Scale) -> Found {
        match self.only_list() {
            Some(only) => only.widest(template, scale).map_or(Found::Nothing, Found::Part),
            None => self.within(template, scale).map_or(Found::Nothing, |problem| problem.widest()),
        }
    }

    /// Whether any resource of a template satisfies the constraint.
    pub(crate) fn exists(&self, template: &'static Template) -> bool {
        match self.only_list() {
            Some(only) => only.about(template).any(|pattern| template.widest(pattern, Scale::LIKE_FOR_LIKE).is_some()),
            None => self.within(template, Scale::LIKE_FOR_LIKE).is_some_and(|problem| problem.exists()),
        }
    }

    /// The one list, where nothing else is required or excluded.
    fn only_list(&self) -> Option<&PatternList<'g>> {
        match self.required.as_slice() {
            [only] if self.excluded.is_empty() && self.denied.is_none() => Some(only),
            _ => None,
        }
    }

    /// What is left of the constraint among the resources of a template: patterns that none of these match are left out,
    /// and so is what all of them satisfy. None when no resource can satisfy them.
    fn within(&self, template: &'static Template, scale: Scale) -> Option<Problem<'static, 'g>> {
        let mut required = Vec::with_capacity(self.required.len());
        for list in &self.required {
            if list.about(template).any(|pattern| template.is_within(pattern)) {
                continue;
            }
            let matching = MatchingPattern::of(template, list.about(template), scale);
            if matching.is_empty() {
                return None;
            }
            required.push(matching);
        }
        let own = (!self.excluded.is_empty()).then(|| Rc::new(TemplateExclusions::new(&self.excluded, template)));
        let denied = self.denied.as_ref().map(|denied| denied.among(template));
        let excluded: Vec<Rc<TemplateExclusions<'g>>> = own.into_iter().chain(denied).collect();
        if excluded.iter().any(|excluded| excluded.is_everything) {
            return None;
        }
        Some(Problem { template, scale, required, excluded })
    }

    /// Whether `*`, or one of the patterns such as `arn:aws:s3:::*` that leave the resource of a service open, satisfies
    /// the constraint.
    pub(crate) fn holds_without_resources(&self, service: &str) -> bool {
        if self.required.is_empty() {
            return true;
        }
        let satisfies = |resource: [String; 6]| {
            let resource = resource.each_ref().map(String::as_str);
            self.required.iter().all(|list| list.iter().any(|pattern| pattern.match_all(&resource)))
                && !self.excluded.iter().any(|pattern| pattern.match_all(&resource))
                && !self.denied.iter().flat_map(|denied| denied.iter()).any(|pattern| pattern.match_all(&resource))
        };
        self.required
            .iter()
            .flat_map(PatternList::iter)
            .filter_map(|pattern| open_resource(pattern, service))
            .any(satisfies)
    }
}

/// A resource of a service that a pattern such as `arn:aws:s3:::*` names, when it leaves open which one.
fn open_resource(
    Segments { parts: [arn, partition, of, region, account, resource], .. }: &Segments<'_>,
    service: &str,
) -> Option<[String; 6]> {
    // More characters than a pattern is likely to have `?`.
    const FRESH: &str = "\u{f0003}\u{f0003}\u{f0003}\u{f0003}\u{f0003}\u{f0003}\u{f0003}\u{f0003}";
    let is_open = crate::glob::matches(of, service) && crate::glob::matches(resource, FRESH);
    let filled = |segment: &str| segment.replace('*', FRESH);
    is_open.then(|| {
        [filled(arn), filled(partition), service.to_owned(), filled(region), filled(account), FRESH.to_owned()]
    })
}
