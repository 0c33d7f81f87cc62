//! Whether some resource exists that satisfies several patterns at once.
//!
//! Where a Deny, a boundary or another layer bears on a grant, patterns cannot be judged one by one: what counts is a
//! resource that the grant names, every limit names too, and no Deny names. The search walks a template's tokens and
//! keeps, for each pattern, the set of places it can be in. What is chosen freely is searched over every character that
//! any pattern mentions and one that none does, so that the answer is exact. Beyond a number of states the search gives
//! up and says yes: a score may be too low then, never too high.

use std::collections::BTreeSet;

use super::cell::{Cell, Extent, Template, Token, Variable};
use crate::policy::ResourcePattern;

/// More states than this and the search gives up.
const MAX_STATES: usize = 4_096;

/// Longer patterns than this together in one segment and the search does not begin.
const MAX_PATTERN_BYTES: usize = 2_048;

/// Characters that stand for all those that no pattern mentions, when chosen and when fresh.
const OTHER: u8 = 0x01;
const FRESH: u8 = 0x02;

/// Patterns in search of a witness among the resources of one template.
pub(super) struct Search<'a> {
    template: &'a Template,
    /// Those that some resource of the template matches; the others never do.
    patterns: Vec<[&'a str; 6]>,
    /// For every pattern given, its place in [`Self::patterns`].
    places: Vec<Option<usize>>,
}

/// For each pattern, the places it can be in within the current segment. No place: it cannot match any more.
type State = Vec<BTreeSet<u16>>;

impl<'a> Search<'a> {
    pub(super) fn new(template: &'a Template, given: &[&'a ResourcePattern]) -> Self {
        let mut patterns = Vec::new();
        let mut place = |pattern: &&'a ResourcePattern| {
            template.widest(pattern)?;
            patterns.push(pattern.segments());
            Some(patterns.len() - 1)
        };
        let places = given.iter().map(&mut place).collect();
        Self { template, patterns, places }
    }

    /// Whether some resource of the template, in this cell, matches patterns in a combination that `accept` takes.
    ///
    /// `accept` is given, for each pattern, whether it matches.
    pub(super) fn exists(&self, cell: Cell, accept: &dyn Fn(&[bool]) -> bool) -> bool {
        let mut matching: BTreeSet<Vec<bool>> = BTreeSet::from([vec![true; self.patterns.len()]]);
        if !self.patterns.is_empty() {
            for (index, tokens) in self.template.segments.iter().enumerate() {
                let mut after = BTreeSet::new();
                for alive in matching {
                    match self.segment(index, tokens, cell, &alive) {
                        Some(ends) => after.extend(ends),
                        None => return true,
                    }
                }
                matching = after;
            }
        }
        matching.iter().any(|alive| {
            let of_given = |place: &Option<usize>| place.and_then(|place| alive.get(place).copied()).unwrap_or(false);
            accept(&self.places.iter().map(of_given).collect::<Vec<bool>>())
        })
    }

    /// Every combination of patterns that can still match after this segment; none when the search gives up.
    fn segment(&self, index: usize, tokens: &[Token], cell: Cell, alive: &[bool]) -> Option<BTreeSet<Vec<bool>>> {
        let segment = Segment {
            patterns: self
                .patterns
                .iter()
                .map(|segments| segments.get(index).map_or(&[][..], |text| text.as_bytes()))
                .collect(),
        };
        if segment.patterns.iter().map(|pattern| pattern.len()).sum::<usize>() > MAX_PATTERN_BYTES {
            return None;
        }
        let start: State = alive
            .iter()
            .zip(&segment.patterns)
            .map(|(alive, pattern)| if *alive { closed(pattern, [0]) } else { BTreeSet::new() })
            .collect();
        let mut states = BTreeSet::from([start]);
        for token in tokens {
            states = match token {
                Token::Literal(text) => states.iter().map(|state| segment.read(state, text.as_bytes())).collect(),
                Token::Variable(variable) => segment.fill(&states, variable, cell)?,
            };
            if states.len() > MAX_STATES {
                return None;
            }
        }
        Some(states.iter().map(|state| segment.accepted(state)).collect())
    }
}

/// One segment of every pattern.
struct Segment<'a> {
    patterns: Vec<&'a [u8]>,
}

impl Segment<'_> {
    fn read(&self, state: &State, bytes: &[u8]) -> State {
        bytes.iter().fold(state.clone(), |state, byte| self.step(&state, *byte))
    }

    fn step(&self, state: &State, byte: u8) -> State {
        let advance = |(places, pattern): (&BTreeSet<u16>, &&[u8])| {
            let next = places.iter().filter_map(|place| match pattern.get(usize::from(*place))? {
                b'*' => Some(*place),
                b'?' => Some(place + 1),
                wanted if *wanted == byte => Some(place + 1),
                _ => None,
            });
            closed(pattern, next)
        };
        state.iter().zip(&self.patterns).map(advance).collect()
    }

    fn accepted(&self, state: &State) -> Vec<bool> {
        let at_end = |(places, pattern): (&BTreeSet<u16>, &&[u8])| {
            u16::try_from(pattern.len()).is_ok_and(|end| places.contains(&end))
        };
        state.iter().zip(&self.patterns).map(at_end).collect()
    }

    fn fill(&self, states: &BTreeSet<State>, variable: &Variable, cell: Cell) -> Option<BTreeSet<State>> {
        let extent = variable.slot.map_or(Extent::One, |slot| cell.extent(slot));
        match extent {
            Extent::Any => Some(states.iter().map(|state| self.read_fresh(state)).collect()),
            Extent::Some => {
                let before = self.chosen(states, variable.stop)?;
                self.chosen(&before.iter().map(|state| self.read_fresh(state)).collect(), variable.stop)
            }
            Extent::One => self.chosen(states, variable.stop),
        }
    }

    /// A run of fresh characters, longer than all `?` of a pattern together.
    fn read_fresh(&self, state: &State) -> State {
        let marks = self.patterns.iter().map(|pattern| pattern.iter().filter(|byte| **byte == b'?').count()).max();
        (0..=marks.unwrap_or(0)).fold(state.clone(), |state, _| self.step(&state, FRESH))
    }

    /// Every state that some text without the character `stop` leads to.
    fn chosen(&self, states: &BTreeSet<State>, stop: Option<u8>) -> Option<BTreeSet<State>> {
        let mut alphabet: BTreeSet<u8> = self.patterns.iter().flat_map(|pattern| pattern.iter().copied()).collect();
        alphabet.retain(|byte| !matches!(byte, b'*' | b'?') && Some(*byte) != stop);
        alphabet.insert(OTHER);
        let mut reached = states.clone();
        let mut open: Vec<State> = states.iter().cloned().collect();
        while let Some(state) = open.pop() {
            for byte in &alphabet {
                let next = self.step(&state, *byte);
                if !reached.contains(&next) {
                    if reached.len() >= MAX_STATES {
                        return None;
                    }
                    reached.insert(next.clone());
                    open.push(next);
                }
            }
        }
        Some(reached)
    }
}

/// The places, with those that a `*` matching nothing leads to.
fn closed(pattern: &[u8], places: impl IntoIterator<Item = u16>) -> BTreeSet<u16> {
    let mut closed = BTreeSet::new();
    for place in places {
        let mut place = place;
        while closed.insert(place) && pattern.get(usize::from(place)) == Some(&b'*') {
            place += 1;
        }
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::Search;
    use crate::policy::ResourcePattern;
    use crate::score::cell::{Cell, Extent, Template};

    /// Whether an object exists, with these extents of bucket and key, that the first pattern matches and no other.
    fn exists(patterns: &[&str], extents: [Extent; 2]) -> bool {
        let template = Template::parse("arn:${Partition}:s3:::${BucketName}/${ObjectName}");
        let patterns: Vec<ResourcePattern> =
            patterns.iter().map(|text| ResourcePattern::new((*text).to_owned())).collect();
        let cell = template
            .variables()
            .filter(|variable| variable.slot.is_some())
            .zip(extents)
            .fold(Cell::default(), |cell, (variable, extent)| cell.with(variable, extent));
        let given: Vec<&ResourcePattern> = patterns.iter().collect();
        Search::new(&template, &given).exists(cell, &|matching| matching[0] && !matching[1..].contains(&true))
    }

    #[test]
    fn a_denied_name_leaves_all_others() {
        use Extent::{Any, One, Some as Part};
        assert!(exists(&["*", "arn:aws:s3:::secret/*"], [Any, Any]));
        assert!(exists(&["arn:aws:s3:::app-*/*", "arn:aws:s3:::app-secret/*"], [Part, Any]));
        assert!(!exists(&["arn:aws:s3:::app-*/*", "arn:aws:s3:::app-*"], [One, One]));
        assert!(!exists(&["arn:aws:s3:::app/x", "arn:aws:s3:::*/x"], [One, One]));
        assert!(exists(&["arn:aws:s3:::app/*", "arn:aws:s3:::*/x"], [One, Any]));
        assert!(!exists(&["arn:aws:s3:::app-*", "arn:aws:s3:::app-*"], [Part, Part]));
    }
}
