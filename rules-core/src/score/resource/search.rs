//! Whether some resource exists that satisfies several patterns at once.
//!
//! Where a Deny, a boundary or another layer narrows an Allow, patterns cannot be judged one by one: what counts is a
//! resource that the Allow names, every layer names too, and no Deny names. The search walks a template's tokens with all
//! patterns at the same time and keeps the places that each can be in; together these are a state. Of each state it
//! keeps the greatest breadth that leads there. What is chosen freely is searched over every character that some pattern waits
//! for and one that none does, so that the answer is exact. Beyond an amount of work
//! ([`SEARCH_WORK`](crate::score::definition::SEARCH_WORK)) the search gives up.

mod segment;

use std::collections::{BTreeMap, HashSet};

use self::segment::{PlaceSet, Segment};
use super::extents::{Breadth, Extent};
use super::pattern::Segments;
use super::scale::Scale;
use super::template::{Template, Token, Variable};

/// Patterns in search of a resource among those of one template.
pub(crate) struct WitnessSearch<'a> {
    template: &'a Template,
    /// Those that have to match, and then those that may not.
    patterns: Vec<[&'a str; 6]>,
    required: usize,
}

/// The search was given up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GaveUp;

/// The states that are possible, each with the greatest breadth that leads there.
type Reached = BTreeMap<PlaceSet, Breadth>;

impl<'a> WitnessSearch<'a> {
    /// A search for a resource that matches every required pattern and no excluded one.
    pub(crate) fn new(
        template: &'a Template,
        required: impl Iterator<Item = Segments<'a>>,
        excluded: &[Segments<'a>],
    ) -> Self {
        let read = |segments: Segments<'a>| template.read(&segments).parts;
        let mut patterns: Vec<[&'a str; 6]> = required.map(read).collect();
        let required = patterns.len();
        patterns.extend(excluded.iter().copied().map(read));
        Self { template, patterns, required }
    }

    /// How much of the template such resources are at most. Takes what it needs off `work`.
    pub(crate) fn widest(&self, scale: Scale, work: &mut usize) -> Result<Option<Breadth>, GaveUp> {
        let found = Run { search: self, scale, extents: &Extent::ALL, work }.finish()?;
        Ok(found.map(|Breadth { extents, .. }| Breadth { share: self.template.share(extents, scale), extents }))
    }

    /// Whether there is such a resource at all. Takes what it needs off `work`.
    pub(crate) fn exists(&self, work: &mut usize) -> Result<bool, GaveUp> {
        Ok(Run { search: self, scale: Scale::LIKE_FOR_LIKE, extents: &[Extent::One], work }.finish()?.is_some())
    }
}

/// A search that is under way.
struct Run<'s, 'w> {
    search: &'s WitnessSearch<'s>,
    scale: Scale,
    /// What a variable may be filled to.
    extents: &'static [Extent],
    /// How much work is left.
    work: &'w mut usize,
}

impl Run<'_, '_> {
    fn finish(mut self) -> Result<Option<Breadth>, GaveUp> {
        let count = self.search.patterns.len();
        let mut alive: Reached = BTreeMap::from([(segment::first(count), Breadth::whole())]);
        for (index, tokens) in self.search.template.segments.iter().enumerate() {
            alive = match tokens.as_slice() {
                [] => self.read_literal(index, "", &alive),
                [Token::Literal(text)] => self.read_literal(index, text, &alive),
                tokens => self.read_tokens(index, tokens, &alive)?,
            };
        }
        let excluded = self.search.required..count;
        let satisfies = |alive: &PlaceSet| !excluded.clone().any(|pattern| segment::contains(alive, pattern));
        Ok(alive.iter().filter(|(alive, _)| satisfies(alive)).map(|(_, breadth)| *breadth).max())
    }

    /// What is left of the patterns behind a segment that is always the same.
    fn read_literal(&self, index: usize, text: &str, alive: &Reached) -> Reached {
        let matching: Vec<bool> = self
            .search
            .patterns
            .iter()
            .map(|segments| segments.get(index).is_some_and(|of| crate::glob::matches(of, text)))
            .collect();
        let mut after = Reached::new();
        for (state, breadth) in alive {
            let mut state = state.clone();
            for (pattern, _) in matching.iter().enumerate().filter(|(_, matches)| !**matches) {
                segment::remove(&mut state, pattern);
            }
            if (0..self.search.required).all(|pattern| segment::contains(&state, pattern)) {
                keep_widest(&mut after, state, *breadth);
            }
        }
        after
    }

    fn read_tokens(&mut self, index: usize, tokens: &[Token], alive: &Reached) -> Result<Reached, GaveUp> {
        let patterns = self.search.patterns.iter().map(|segments| segments.get(index).copied().unwrap_or_default());
        let segment = Segment::new(patterns, self.search.required);
        let mut states = Reached::new();
        for (alive, breadth) in alive {
            keep_widest(&mut states, segment.start(alive), *breadth);
        }
        for token in tokens {
            let mut after = Reached::new();
            match token {
                Token::Literal(text) => {
                    for (state, breadth) in &states {
                        if let Some(state) = self.read(&segment, state, text.chars())? {
                            keep_widest(&mut after, state, *breadth);
                        }
                    }
                }
                Token::Variable(variable) => {
                    let scale = self.scale;
                    for extent in self.extents.iter().filter(|extent| variable.percent(**extent, scale).is_some()) {
                        for (state, breadth) in self.fill(&segment, &states, variable, *extent)? {
                            keep_widest(&mut after, state, breadth);
                        }
                    }
                }
            }
            states = after;
        }
        let mut ends = Reached::new();
        for (state, breadth) in &states {
            if let Some(alive) = segment.end(state) {
                keep_widest(&mut ends, alive, *breadth);
            }
        }
        Ok(ends)
    }

    /// The state behind some characters; none when a required list cannot match any more.
    fn read(
        &mut self,
        segment: &Segment,
        state: &PlaceSet,
        characters: impl Iterator<Item = char>,
    ) -> Result<Option<PlaceSet>, GaveUp> {
        let mut state = state.clone();
        for character in characters {
            *self.work = self.work.checked_sub(state.len()).ok_or(GaveUp)?;
            state = segment.step(&state, character);
            if !segment.is_hopeful(&state) {
                return Ok(None);
            }
        }
        Ok(Some(state))
    }

    /// The states behind a variable that is filled to an extent.
    fn fill(
        &mut self,
        segment: &Segment,
        states: &Reached,
        variable: &Variable,
        extent: Extent,
    ) -> Result<Vec<(PlaceSet, Breadth)>, GaveUp> {
        let narrowed = |Breadth { share, extents }: Breadth| {
            let percent = variable.percent(extent, self.scale).unwrap_or(100);
            Breadth { share: share.percent(percent), extents: extents.with(variable.slot, extent) }
        };
        let from: Vec<(PlaceSet, Breadth)> =
            states.iter().map(|(state, breadth)| (state.clone(), narrowed(*breadth))).collect();
        match extent {
            Extent::Any => self.fresh(segment, from),
            Extent::Some => {
                let before = self.chosen(segment, from, variable.stop)?;
                let past = self.fresh(segment, before)?;
                self.chosen(segment, past, variable.stop)
            }
            Extent::One if self.search.template.names_are_never_empty => {
                let begun = self.first(segment, from, variable.stop)?;
                self.chosen(segment, begun, variable.stop)
            }
            Extent::One => self.chosen(segment, from, variable.stop),
        }
    }

    /// The states behind a run of fresh characters, longer than all `?` of a pattern together.
    fn fresh(&mut self, segment: &Segment, from: Vec<(PlaceSet, Breadth)>) -> Result<Vec<(PlaceSet, Breadth)>, GaveUp> {
        let mut after = Vec::with_capacity(from.len());
        for (state, breadth) in from {
            let run = std::iter::repeat_n(segment::OTHER, segment.most_questions + 1);
            after.extend(self.read(segment, &state, run)?.map(|state| (state, breadth)));
        }
        Ok(after)
    }

    /// The states behind one character other than `stop`.
    fn first(
        &mut self,
        segment: &Segment,
        from: Vec<(PlaceSet, Breadth)>,
        stop: Option<u8>,
    ) -> Result<Vec<(PlaceSet, Breadth)>, GaveUp> {
        let mut after = Vec::new();
        for (state, breadth) in from {
            for letter in segment.letters_beside(&state, stop) {
                let next = self.read(segment, &state, std::iter::once(letter))?;
                after.extend(next.map(|next| (next, breadth)));
            }
        }
        Ok(after)
    }

    /// Every state that some text without the character `stop` leads to.
    fn chosen(
        &mut self,
        segment: &Segment,
        mut from: Vec<(PlaceSet, Breadth)>,
        stop: Option<u8>,
    ) -> Result<Vec<(PlaceSet, Breadth)>, GaveUp> {
        // From the greatest breadth on, so that whatever is reached first is reached by the greatest.
        from.sort_by_key(|(_, breadth)| std::cmp::Reverse(*breadth));
        let mut seen: HashSet<PlaceSet> = HashSet::new();
        let mut reached = Vec::new();
        for (state, breadth) in from {
            let mut open = Vec::new();
            if seen.insert(state.clone()) {
                open.push(state);
            }
            while let Some(state) = open.pop() {
                for letter in segment.letters_beside(&state, stop) {
                    if let Some(next) = self.read(segment, &state, std::iter::once(letter))? {
                        if seen.insert(next.clone()) {
                            open.push(next);
                        }
                    }
                }
                reached.push((state, breadth));
            }
        }
        Ok(reached)
    }
}

fn keep_widest(states: &mut Reached, state: PlaceSet, breadth: Breadth) {
    let kept = states.entry(state).or_insert(breadth);
    *kept = breadth.max(*kept);
}

#[cfg(test)]
mod tests {
    use super::WitnessSearch;
    use crate::policy::ResourcePattern;
    use crate::score::definition::ScoreVersion;
    use crate::score::resource::extents::Extent;
    use crate::score::resource::extents::Slot;
    use crate::score::resource::pattern::Segments;
    use crate::score::resource::scale::Scale;
    use crate::score::resource::template::Template;

    /// The extents of bucket and key in the widest extents with an object that the first pattern matches and no other does.
    fn widest(patterns: &[&str]) -> Option<[Extent; 2]> {
        let definition = ScoreVersion::V2.definition();
        let template = Template::parse("arn:${Partition}:s3:::${BucketName}/${ObjectName}", definition);
        let patterns: Vec<ResourcePattern> =
            patterns.iter().map(|text| ResourcePattern::new((*text).to_owned())).collect();
        let patterns: Vec<Segments<'_>> = patterns.iter().map(Segments::from).collect();
        let (first, others) = patterns.split_at(1);
        let search = WitnessSearch::new(&template, first.iter().copied(), others);
        let found = search.widest(Scale::sum(definition), &mut 10_000).unwrap();
        assert_eq!(search.exists(&mut 10_000).unwrap(), found.is_some());
        let slots: Vec<Slot> = template.variables().filter_map(|variable| variable.slot).collect();
        found.map(|breadth| [breadth.extents.of(slots[0]), breadth.extents.of(slots[1])])
    }

    #[test]
    fn a_denied_name_leaves_all_others() {
        use Extent::{Any, One, Some as Part};
        for (patterns, expected) in [
            (&["*", "arn:aws:s3:::secret/*"][..], Some([Any, Any])),
            (&["arn:aws:s3:::app-*/*", "arn:aws:s3:::app-secret/*"], Some([Part, Any])),
            (&["arn:aws:s3:::app-*/*", "arn:aws:s3:::app-*"], None),
            (&["arn:aws:s3:::app/x", "arn:aws:s3:::*/x"], None),
            (&["arn:aws:s3:::app/*", "arn:aws:s3:::*/x"], Some([One, Any])),
            (&["arn:aws:s3:::app/x*", "arn:aws:s3:::*/x?*"], Some([One, One])),
            (&["arn:aws:s3:::app-*", "arn:aws:s3:::app-*"], None),
            (&["arn:aws:s3:::a*", "arn:aws:s3:::?b*", "arn:aws:s3:::??*/*"], Some([One, Any])),
            (&["arn:aws:s3:::é/x", "arn:aws:s3:::??/x"], Some([One, One])),
        ] {
            assert_eq!(widest(patterns), expected, "{patterns:?}");
        }
    }

    #[test]
    fn hostile_patterns_are_given_up() {
        let definition = ScoreVersion::V2.definition();
        let template = Template::parse("arn:${Partition}:s3:::${BucketName}/${ObjectName}", definition);
        let hostile: Vec<ResourcePattern> =
            (0..40).map(|length| ResourcePattern::new(format!("arn:aws:s3:::*a{}", "?".repeat(length)))).collect();
        let hostile: Vec<Segments<'_>> = hostile.iter().map(Segments::from).collect();
        assert!(WitnessSearch::new(&template, std::iter::empty(), &hostile).exists(&mut 100_000).is_err());
    }
}
