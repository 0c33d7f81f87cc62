//! Patterns of which a resource may match none, shared by all Allows that the same Denies are about.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::pattern::Segments;
use super::pattern_list::PatternList;
use super::scale::Scale;
use super::template::Template;

/// Patterns of which a resource may match none.
#[derive(Debug, Default)]
pub(crate) struct Exclusions<'g> {
    patterns: PatternList<'g>,
    /// By the address of a template, which never moves.
    by_template: RefCell<BTreeMap<usize, Rc<TemplateExclusions<'g>>>>,
}

/// Those of them that some resource of a template matches.
#[derive(Debug, Default)]
pub(crate) struct TemplateExclusions<'g> {
    /// Whether every resource of the template matches one.
    pub(crate) is_everything: bool,
    /// In the order of what their last segments begin with, which comes first.
    patterns: Vec<(&'g str, Segments<'g>)>,
}

impl<'g> Exclusions<'g> {
    pub(crate) fn new(patterns: PatternList<'g>) -> Self {
        Self { patterns, by_template: RefCell::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// All of the patterns.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Segments<'g>> {
        self.patterns.iter()
    }

    /// Those that some resource of a template matches.
    pub(crate) fn among(&self, template: &'static Template) -> Rc<TemplateExclusions<'g>> {
        let address = std::ptr::from_ref(template).addr();
        let known = self.by_template.borrow().get(&address).cloned();
        known.unwrap_or_else(|| {
            let found = Rc::new(TemplateExclusions::new(&self.patterns, template));
            self.by_template.borrow_mut().insert(address, found.clone());
            found
        })
    }
}

impl<'g> TemplateExclusions<'g> {
    pub(crate) fn new(patterns: &PatternList<'g>, template: &Template) -> Self {
        let mut found = Self::default();
        for pattern in patterns.about(template) {
            if template.is_within(pattern) {
                return Self { is_everything: true, patterns: Vec::new() };
            }
            if template.widest(pattern, Scale::LIKE_FOR_LIKE).is_some() {
                let pattern = template.read(pattern);
                found.patterns.push((pattern.beginning(), pattern));
            }
        }
        found.patterns.sort_by_key(|(beginning, _)| *beginning);
        found
    }

    /// All of the patterns.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Segments<'g>> {
        self.patterns.iter().map(|(_, pattern)| pattern)
    }

    /// Those that may match something that a pattern does: of two that do, one begins as the other does.
    pub(crate) fn beside(&self, pattern: &Segments<'_>) -> impl Iterator<Item = &Segments<'g>> {
        let beginning = pattern.beginning();
        let from = |text: &str| {
            let start = self.patterns.partition_point(|(other, _)| *other < text);
            self.patterns.get(start..).unwrap_or_default().iter()
        };
        let longer = from(beginning).take_while(move |(other, _)| other.starts_with(beginning));
        let shorter = beginning.char_indices().filter_map(move |(end, _)| beginning.get(..end));
        let shorter = shorter.flat_map(move |text| from(text).take_while(move |(other, _)| *other == text));
        shorter.chain(longer).map(|(_, pattern)| pattern)
    }
}
