//! What a resource has to satisfy: patterns of which it must match one, and patterns of which it must match none.

use super::extents::Cell;
use super::pattern::Segments;
use super::pattern_list::Patterns;
use super::problem::{Question, Reaching};
use super::template::Template;
use crate::policy::ResourcePattern;
use crate::score::compile::statement::Resources;

/// Patterns that some resource may or may not satisfy together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demands<'g> {
    /// Of each list one has to match.
    required: Vec<Patterns<'g>>,
    /// None of these may match.
    excluded: Patterns<'g>,
    /// Whether anything was demanded beyond what [`Demands::of`] began with.
    is_narrowed: bool,
}

/// The widest part of a template in which resources satisfy demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// No resource does.
    Nothing,
    /// Every resource does.
    Everything,
    /// Some resource of this cell does, whose share this is.
    Cell(u32, Cell),
}

impl<'g> Demands<'g> {
    /// What a statement's resources demand.
    pub(crate) fn of(resources: &'g Resources<'_>) -> Self {
        let mut demands = Self::default();
        match resources {
            Resources::Everything => {}
            Resources::Matching(patterns) => demands.required.push(patterns.iter().collect()),
            Resources::Except(patterns) => demands.excluded = patterns.iter().collect(),
        }
        demands
    }

    /// Whether more is demanded than a statement's own resources do.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.is_narrowed
    }

    /// Demands that one of these patterns matches too.
    pub(crate) fn require(&mut self, patterns: impl IntoIterator<Item = &'g ResourcePattern>) {
        self.required.push(patterns.into_iter().collect());
        self.is_narrowed = true;
    }

    /// Demands that none of these patterns matches either.
    pub(crate) fn exclude(&mut self, patterns: &'g [ResourcePattern]) {
        self.excluded.extend(patterns.iter().collect());
        self.is_narrowed = true;
    }

    /// The widest part of a template that satisfies the demands.
    pub(crate) fn widest(&self, template: &Template) -> Found {
        match self.only_list() {
            Some(only) => only.widest(template).map_or(Found::Nothing, |(share, cell)| Found::Cell(share, cell)),
            None => self.within(template).map_or(Found::Nothing, |question| question.widest()),
        }
    }

    /// Whether any resource of a template satisfies the demands.
    pub(crate) fn exists(&self, template: &Template) -> bool {
        match self.only_list() {
            Some(only) => only.about(template).any(|pattern| template.widest(pattern).is_some()),
            None => self.within(template).is_some_and(|question| question.exists()),
        }
    }

    /// The one list that is all that is demanded.
    fn only_list(&self) -> Option<&Patterns<'g>> {
        match self.required.as_slice() {
            [only] if self.excluded.is_empty() => Some(only),
            _ => None,
        }
    }

    /// What is left of the demands among the resources of a template: patterns that none of these match are left out,
    /// and so is what all of them satisfy. None when no resource can satisfy them.
    fn within<'t>(&self, template: &'t Template) -> Option<Question<'t, 'g>> {
        let mut required = Vec::with_capacity(self.required.len());
        for list in &self.required {
            if list.about(template).any(|pattern| template.is_within(pattern)) {
                continue;
            }
            let reaching = Reaching::of(template, list.about(template));
            if reaching.is_empty() {
                return None;
            }
            required.push(reaching);
        }
        let mut excluded = Vec::new();
        for segments in self.excluded.about(template) {
            if template.is_within(segments) {
                return None;
            }
            if template.widest(segments).is_some() {
                excluded.push(*segments);
            }
        }
        Some(Question { template, required, excluded })
    }

    /// Whether `*`, or one of the patterns such as `arn:aws:s3:::*` that leave the resource of a service open, satisfies
    /// the demands.
    pub(crate) fn holds_without_resources(&self, service: &str) -> bool {
        if self.required.is_empty() {
            return true;
        }
        let satisfies = |resource: [String; 6]| {
            let resource = resource.each_ref().map(String::as_str);
            self.required.iter().all(|list| list.iter().any(|pattern| pattern.match_all(&resource)))
                && !self.excluded.iter().any(|pattern| pattern.match_all(&resource))
        };
        self.required
            .iter()
            .flat_map(Patterns::iter)
            .filter_map(|pattern| open_resource(pattern, service))
            .any(satisfies)
    }
}

/// A resource of a service that a pattern such as `arn:aws:s3:::*` names, when it leaves open which one.
fn open_resource(
    Segments([arn, partition, of, region, account, resource]): &Segments<'_>,
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
