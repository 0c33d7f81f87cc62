//! Lists of patterns in which those of one service are found at once.

use super::extents::Breadth;
use super::pattern::Segments;
use super::scale::Scale;
use super::template::Template;

/// Patterns by the services that they name.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatternList<'g> {
    /// In the order of their services.
    of_services: Vec<Segments<'g>>,
    /// Those with a wildcard in their service.
    of_any: Vec<Segments<'g>>,
}

impl<'g, P: Into<Segments<'g>>> FromIterator<P> for PatternList<'g> {
    fn from_iter<I: IntoIterator<Item = P>>(patterns: I) -> Self {
        let (of_any, mut of_services): (Vec<_>, Vec<_>) = patterns
            .into_iter()
            .map(Into::into)
            .partition(|segments: &Segments<'g>| segments.service().contains(['*', '?']));
        of_services.sort_by_key(Segments::service);
        Self { of_services, of_any }
    }
}

impl<'g> PatternList<'g> {
    /// Adds the patterns of another list.
    pub(crate) fn extend(&mut self, others: Self) {
        self.of_services.extend(others.of_services);
        self.of_services.sort_by_key(Segments::service);
        self.of_any.extend(others.of_any);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.of_services.is_empty() && self.of_any.is_empty()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Segments<'g>> {
        self.of_services.iter().chain(&self.of_any)
    }

    /// Those whose service may be that of a template.
    pub(crate) fn about(&self, template: &Template) -> impl Iterator<Item = &Segments<'g>> {
        let of_services = match template.service() {
            Some(service) => {
                let start = self.of_services.partition_point(|segments: &Segments<'g>| segments.service() < service);
                let rest = self.of_services.get(start..).unwrap_or_default();
                let length = rest.partition_point(|segments: &Segments<'g>| segments.service() == service);
                rest.get(..length).unwrap_or_default()
            }
            None => self.of_services.as_slice(),
        };
        of_services.iter().chain(&self.of_any)
    }

    /// How much of a template the widest of them matches.
    pub(crate) fn widest(&self, template: &Template, scale: Scale) -> Option<Breadth> {
        self.about(template).filter_map(|pattern| template.widest(pattern, scale)).max()
    }
}
