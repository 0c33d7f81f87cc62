//! A constraint on the resources of one template: whether some resource satisfies it, and how much of the template those
//! that do are at most.

use std::rc::Rc;

use super::exclusions::TemplateExclusions;
use super::extents::Breadth;
use super::pattern::Segments;
use super::scale::Scale;
use super::search::{GaveUp, WitnessSearch};
use super::template::Template;
use crate::score::compile::principal::Own;
use crate::score::definition::SEARCH_WORK;

/// What is left of a constraint among the resources of one template.
#[derive(Debug)]
pub(crate) struct Problem<'t, 'g> {
    pub(crate) template: &'t Template,
    pub(crate) scale: Scale,
    /// Of each list, none of which is empty, one pattern has to match.
    pub(crate) required: Vec<Vec<MatchingPattern<'g>>>,
    /// None of these may match.
    pub(crate) excluded: Vec<Rc<TemplateExclusions<'g>>>,
}

/// A pattern that some resource of a template matches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MatchingPattern<'g> {
    pattern: Segments<'g>,
    /// How much of the template it matches.
    breadth: Breadth,
}

/// The widest part of a template with a resource that satisfies a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// No resource does.
    Nothing,
    /// Every resource does.
    Everything,
    /// Some resource within this part does.
    Part(Breadth),
}

/// One pattern of each required list, simplified.
struct Choice<'g> {
    /// One pattern, wherever several come down to one.
    patterns: Vec<MatchingPattern<'g>>,
    /// The excluded patterns that may match beside them.
    excluded: Vec<Segments<'g>>,
}

impl<'g> MatchingPattern<'g> {
    /// Those of some patterns that match resources of a template, the widest first.
    pub(crate) fn of<'p>(
        template: &Template,
        patterns: impl Iterator<Item = &'p Segments<'g>>,
        scale: Scale,
    ) -> Vec<Self>
    where
        'g: 'p,
    {
        let mut matching: Vec<Self> = patterns.filter_map(|pattern| Self::new(template, *pattern, scale)).collect();
        matching.sort_by_key(|matching| std::cmp::Reverse(matching.breadth));
        matching
    }

    fn new(template: &Template, pattern: Segments<'g>, scale: Scale) -> Option<Self> {
        let pattern = template.read(&pattern);
        Some(Self { pattern, breadth: template.widest(&pattern, scale)? })
    }
}

impl<'g> Problem<'_, 'g> {
    /// The widest part of the template with such a resource.
    pub(crate) fn widest(&self) -> Found {
        let mut best: Option<Breadth> = None;
        let mut work = SEARCH_WORK;
        if self.required.is_empty() && self.excluded().next().is_none() {
            return Found::Everything;
        }
        for chosen in self.choices() {
            let bound = bound(&chosen);
            // The widest choices come first, so that most others need no look.
            if best >= Some(bound) {
                if let [_] = self.required.as_slice() {
                    break;
                }
                continue;
            }
            let found = match self.widest_of(&chosen, &mut work) {
                Ok(found) => found,
                Err(GaveUp) => return self.by_themselves(),
            };
            best = best.max(found);
        }
        best.map_or(Found::Nothing, Found::Part)
    }

    /// Whether there is such a resource at all.
    pub(crate) fn exists(&self) -> bool {
        let mut work = SEARCH_WORK;
        // A search that is given up counts as a yes.
        self.choices().any(|chosen| self.is_possible(&chosen, &mut work).unwrap_or(true))
    }

    fn widest_of(&self, chosen: &[MatchingPattern<'g>], work: &mut usize) -> Result<Option<Breadth>, GaveUp> {
        let Some(choice) = self.choice(chosen, work)? else { return Ok(None) };
        match (choice.patterns.as_slice(), choice.excluded.as_slice()) {
            ([], []) => Ok(Some(Breadth::whole())),
            ([only], []) => Ok(Some(only.breadth)),
            ([], excluded) if !self.take_fresh(excluded) => Ok(Some(Breadth::whole())),
            (patterns, excluded) => {
                let found = self.search(patterns, excluded).widest(self.scale, work)?;
                let is_folder = patterns.iter().any(|matching| matching.pattern.own == Own::Folder);
                Ok(found.map(|breadth| if is_folder { self.narrowed(breadth) } else { breadth }))
            }
        }
    }

    fn is_possible(&self, chosen: &[MatchingPattern<'g>], work: &mut usize) -> Result<bool, GaveUp> {
        let Some(choice) = self.choice(chosen, work)? else { return Ok(false) };
        match (choice.patterns.as_slice(), choice.excluded.as_slice()) {
            ([] | [_], []) => Ok(true),
            ([], excluded) if !self.take_fresh(excluded) => Ok(true),
            (patterns, excluded) => self.search(patterns, excluded).exists(work),
        }
    }

    /// What is left where some names are below one that is the holder's own.
    fn narrowed(&self, breadth: Breadth) -> Breadth {
        let extents = self.template.names_narrowed(breadth.extents);
        Breadth { share: self.template.share(extents, self.scale), extents }
    }

    fn search<'s>(&'s self, patterns: &[MatchingPattern<'s>], excluded: &[Segments<'s>]) -> WitnessSearch<'s> {
        WitnessSearch::new(self.template, patterns.iter().map(|matching| matching.pattern), excluded)
    }

    /// Whether some of the patterns match a fresh resource.
    fn take_fresh(&self, patterns: &[Segments<'_>]) -> bool {
        patterns
            .iter()
            .any(|pattern| self.template.widest(pattern, self.scale).is_some_and(|breadth| breadth.is_whole()))
    }

    /// One pattern of each required list, in every combination.
    fn choices(&self) -> impl Iterator<Item = Vec<MatchingPattern<'g>>> {
        let mut indices = vec![0; self.required.len()];
        let mut is_done = false;
        std::iter::from_fn(move || {
            if is_done {
                return None;
            }
            let chosen: Option<Vec<MatchingPattern<'g>>> =
                self.required.iter().zip(&indices).map(|(list, index)| list.get(*index).copied()).collect();
            // As an odometer counts, the last list first.
            is_done = true;
            for (index, list) in indices.iter_mut().zip(&self.required).rev() {
                *index += 1;
                if *index < list.len() {
                    is_done = false;
                    break;
                }
                *index = 0;
            }
            chosen
        })
    }

    /// The choice, without what is settled at first sight; none when it is contradictory.
    fn choice(&self, chosen: &[MatchingPattern<'g>], work: &mut usize) -> Result<Option<Choice<'g>>, GaveUp> {
        *work = work.checked_sub(chosen.len()).ok_or(GaveUp)?;
        let mut patterns: Vec<MatchingPattern<'g>> = Vec::with_capacity(chosen.len());
        for matching in chosen {
            if patterns.iter().any(|other| other.pattern.are_apart(&matching.pattern)) {
                return Ok(None);
            }
            match patterns.iter_mut().find_map(|other| Some((other.pattern.meet(&matching.pattern)?, other))) {
                None => patterns.push(*matching),
                Some((both, other)) => match MatchingPattern::new(self.template, both, self.scale) {
                    Some(both) => *other = both,
                    None => return Ok(None),
                },
            }
        }
        let mut excluded = Vec::new();
        for pattern in self.excluded_beside(&patterns) {
            *work = work.checked_sub(1).ok_or(GaveUp)?;
            if patterns.iter().any(|chosen| pattern.takes_in(&chosen.pattern)) {
                return Ok(None);
            }
            if !patterns.iter().any(|chosen| pattern.are_apart(&chosen.pattern)) {
                excluded.push(pattern);
            }
        }
        Ok(Some(Choice { patterns, excluded }))
    }

    /// Every excluded pattern.
    fn excluded(&self) -> impl Iterator<Item = &Segments<'g>> {
        self.excluded.iter().flat_map(|excluded| excluded.iter())
    }

    /// The excluded patterns that may match something that all of some patterns do.
    fn excluded_beside<'p>(&'p self, patterns: &'p [MatchingPattern<'g>]) -> Vec<Segments<'g>> {
        match patterns.first() {
            None => self.excluded().copied().collect(),
            Some(first) => {
                let beside = self.excluded.iter().flat_map(|excluded| excluded.beside(&first.pattern));
                beside.copied().collect()
            }
        }
    }

    /// The narrowest of what the required lists match one by one.
    fn by_themselves(&self) -> Found {
        let widest: Vec<MatchingPattern<'_>> = self.required.iter().filter_map(|list| list.first().copied()).collect();
        Found::Part(bound(&widest))
    }
}

/// The narrowest of what patterns match one by one, which they cannot exceed together.
fn bound(patterns: &[MatchingPattern<'_>]) -> Breadth {
    patterns.iter().map(|matching| matching.breadth).min().unwrap_or(Breadth::whole())
}
