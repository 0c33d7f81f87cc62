//! Whether some resource of one template satisfies demands, and how wide the widest cell is in which one does.

use super::constraint::Found;
use super::extents::Cell;
use super::pattern::Segments;
use super::search::{GaveUp, Search, by_width};
use super::template::Template;
use crate::score::amount::ONE;

/// Work for one question, counted in comparisons of two patterns and, within searches, in 64 places of patterns by one
/// character. Beyond it the answer is what the patterns reach one by one.
const WORK: usize = 1 << 17;

/// Demands on the resources of one template, each of which matters there.
#[derive(Debug)]
pub(crate) struct Question<'t, 'g> {
    pub(crate) template: &'t Template,
    /// Of each list, none of which is empty, one pattern has to match.
    pub(crate) required: Vec<Vec<Reaching<'g>>>,
    /// None of these may match.
    pub(crate) excluded: Vec<Segments<'g>>,
}

/// A pattern that some resource of a template matches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reaching<'g> {
    pattern: Segments<'g>,
    /// The widest cell that it reaches, with its share.
    share: u32,
    cell: Cell,
}

/// The patterns of one choice from each required list.
struct Choice<'g> {
    /// One pattern, wherever several come down to one.
    patterns: Vec<Reaching<'g>>,
    /// The excluded patterns that may match beside them.
    excluded: Vec<Segments<'g>>,
}

impl<'g> Reaching<'g> {
    /// Those of some patterns that reach a template, the widest first.
    pub(crate) fn of<'p>(template: &Template, patterns: impl Iterator<Item = &'p Segments<'g>>) -> Vec<Self>
    where
        'g: 'p,
    {
        let mut reaching: Vec<Self> = patterns.filter_map(|pattern| Self::new(template, *pattern)).collect();
        reaching.sort_by_key(|reaching| (std::cmp::Reverse(reaching.share), reaching.cell));
        reaching
    }

    fn new(template: &Template, pattern: Segments<'g>) -> Option<Self> {
        let (share, cell) = template.widest(&pattern)?;
        Some(Self { pattern, share, cell })
    }
}

impl<'g> Question<'_, 'g> {
    /// The widest part of the template with such a resource.
    pub(crate) fn widest(&self) -> Found {
        let mut best: Option<(u32, Cell)> = None;
        let mut work = WORK;
        if self.required.is_empty() && self.excluded.is_empty() {
            return Found::Everything;
        }
        for chosen in self.choices() {
            let bound = bound(&chosen);
            // The widest choices come first, so that most others need no look.
            if best.is_some_and(|best| by_width(&best) >= by_width(&bound)) {
                if let [_] = self.required.as_slice() {
                    break;
                }
                continue;
            }
            let found = match self.widest_of(&chosen, &mut work) {
                Ok(found) => found,
                Err(GaveUp) => return self.by_themselves(),
            };
            if found.is_some_and(|found| best.is_none_or(|best| by_width(&found) > by_width(&best))) {
                best = found;
            }
        }
        best.map_or(Found::Nothing, |(share, cell)| Found::Cell(share, cell))
    }

    /// Whether there is such a resource at all.
    pub(crate) fn exists(&self) -> bool {
        let mut work = WORK;
        // Whoever gives up says yes.
        self.choices().any(|chosen| self.is_possible(&chosen, &mut work).unwrap_or(true))
    }

    fn widest_of(&self, chosen: &[Reaching<'g>], work: &mut usize) -> Result<Option<(u32, Cell)>, GaveUp> {
        let Some(choice) = self.choice(chosen, work)? else { return Ok(None) };
        match (choice.patterns.as_slice(), choice.excluded.as_slice()) {
            ([], []) => Ok(Some((ONE, Cell::default()))),
            ([only], []) => Ok(Some((only.share, only.cell))),
            ([], excluded) if !self.take_fresh(excluded) => Ok(Some((ONE, Cell::default()))),
            (patterns, excluded) => self.search(patterns, excluded).widest(work),
        }
    }

    fn is_possible(&self, chosen: &[Reaching<'g>], work: &mut usize) -> Result<bool, GaveUp> {
        let Some(choice) = self.choice(chosen, work)? else { return Ok(false) };
        match (choice.patterns.as_slice(), choice.excluded.as_slice()) {
            ([] | [_], []) => Ok(true),
            ([], excluded) if !self.take_fresh(excluded) => Ok(true),
            (patterns, excluded) => self.search(patterns, excluded).exists(work),
        }
    }

    fn search<'s>(&'s self, patterns: &[Reaching<'s>], excluded: &[Segments<'s>]) -> Search<'s> {
        Search::new(self.template, patterns.iter().map(|reaching| reaching.pattern), excluded)
    }

    /// Whether some of the patterns match a fresh resource.
    fn take_fresh(&self, patterns: &[Segments<'_>]) -> bool {
        patterns.iter().any(|pattern| self.template.widest(pattern).is_some_and(|(_, cell)| cell == Cell::default()))
    }

    /// One pattern of each required list, in every combination.
    fn choices(&self) -> impl Iterator<Item = Vec<Reaching<'g>>> {
        let mut indices = vec![0; self.required.len()];
        let mut is_done = false;
        std::iter::from_fn(move || {
            if is_done {
                return None;
            }
            let chosen: Option<Vec<Reaching<'g>>> =
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

    /// A combination, without what is settled at first sight; none when it is contradictory.
    fn choice(&self, chosen: &[Reaching<'g>], work: &mut usize) -> Result<Option<Choice<'g>>, GaveUp> {
        *work = work.checked_sub(chosen.len() + self.excluded.len()).ok_or(GaveUp)?;
        let mut patterns: Vec<Reaching<'g>> = Vec::with_capacity(chosen.len());
        for reaching in chosen {
            if patterns.iter().any(|other| other.pattern.are_apart(&reaching.pattern)) {
                return Ok(None);
            }
            match patterns.iter_mut().find_map(|other| Some((other.pattern.meet(&reaching.pattern)?, other))) {
                None => patterns.push(*reaching),
                Some((both, other)) => match Reaching::new(self.template, both) {
                    Some(both) => *other = both,
                    None => return Ok(None),
                },
            }
        }
        let mut excluded = Vec::new();
        for pattern in &self.excluded {
            if patterns.iter().any(|chosen| pattern.takes_in(&chosen.pattern)) {
                return Ok(None);
            }
            if !patterns.iter().any(|chosen| pattern.are_apart(&chosen.pattern)) {
                excluded.push(*pattern);
            }
        }
        Ok(Some(Choice { patterns, excluded }))
    }

    /// The narrowest of what the required lists reach one by one.
    fn by_themselves(&self) -> Found {
        let widest: Vec<Reaching<'_>> = self.required.iter().filter_map(|list| list.first().copied()).collect();
        let (share, cell) = bound(&widest);
        Found::Cell(share, cell)
    }
}

/// The narrowest of what patterns reach one by one, which they cannot exceed together.
fn bound(patterns: &[Reaching<'_>]) -> (u32, Cell) {
    let narrowest = patterns.iter().map(|reaching| (reaching.share, reaching.cell)).min_by_key(by_width);
    narrowest.unwrap_or((ONE, Cell::default()))
}
