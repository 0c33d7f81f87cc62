//! One segment of several patterns, read character by character by all of them at once.

/// A character that no pattern waits for. It stands for all of those.
pub(crate) const OTHER: char = '\u{f0004}';

/// A set of numbers, one bit each: patterns that can still match, or the places that they can be in.
pub(crate) type PlaceSet = Vec<u64>;

/// One segment of every pattern. Each pattern has a place before each of its characters and one at its end; the places
/// of all patterns follow one another, and a state is the set of those that the patterns can be in.
pub(crate) struct Segment {
    /// The first and last place of each pattern.
    spans: Vec<(usize, usize)>,
    /// The places of each required pattern.
    required: Vec<PlaceSet>,
    /// Places before a `*`.
    stars: PlaceSet,
    /// Places before a `?`.
    questions: PlaceSet,
    /// For each character that some pattern waits for, the places before it.
    letters: Vec<(char, PlaceSet)>,
    /// The most `?` that a pattern has.
    pub(crate) most_questions: usize,
}

impl Segment {
    /// The segment of these patterns, the first so many of which are required.
    pub(crate) fn new<'a>(patterns: impl Iterator<Item = &'a str> + Clone, required: usize) -> Self {
        // Bytes bound characters from above.
        let places: usize = patterns.clone().map(|pattern| pattern.len() + 1).sum();
        let none = vec![0; places.div_ceil(64)];
        let mut segment = Self {
            spans: Vec::new(),
            required: vec![none.clone(); required],
            stars: none.clone(),
            questions: none.clone(),
            letters: Vec::new(),
            most_questions: 0,
        };
        let mut place = 0;
        for (number, pattern) in patterns.enumerate() {
            let first = place;
            let (mut last, mut questions) = ('\0', 0);
            for character in pattern.chars() {
                match character {
                    // A run of `*` is one `*`.
                    '*' if last == '*' => continue,
                    '*' => insert(&mut segment.stars, place),
                    '?' => {
                        insert(&mut segment.questions, place);
                        questions += 1;
                    }
                    letter => insert(segment.places_before(letter, &none), place),
                }
                place += 1;
                last = character;
            }
            if let Some(required) = segment.required.get_mut(number) {
                (first..=place).for_each(|place| insert(required, place));
            }
            segment.spans.push((first, place));
            segment.most_questions = segment.most_questions.max(questions);
            place += 1;
        }
        segment
    }

    fn places_before(&mut self, letter: char, none: &PlaceSet) -> &mut PlaceSet {
        let at = self.letters.partition_point(|(other, _)| *other < letter);
        if self.letters.get(at).is_none_or(|(other, _)| *other != letter) {
            self.letters.insert(at, (letter, none.clone()));
        }
        match self.letters.get_mut(at) {
            Some((_, places)) => places,
            None => &mut self.questions,
        }
    }

    /// The state at the beginning, for the patterns in a set.
    pub(crate) fn start(&self, alive: &PlaceSet) -> PlaceSet {
        let mut state = vec![0; self.stars.len()];
        for (number, (first, _)) in self.spans.iter().enumerate() {
            if contains(alive, number) {
                insert(&mut state, *first);
            }
        }
        self.pass_stars(&mut state);
        state
    }

    /// The state behind a character.
    pub(crate) fn step(&self, state: &PlaceSet, character: char) -> PlaceSet {
        let letter = self.letters.binary_search_by_key(&character, |(letter, _)| *letter).ok();
        let letter = letter.and_then(|at| self.letters.get(at)).map(|(_, places)| places.as_slice());
        let mut next = Vec::with_capacity(state.len());
        let mut carry = 0;
        for (index, word) in state.iter().enumerate() {
            let at = |places: &[u64]| places.get(index).copied().unwrap_or(0);
            let moving = word & (at(&self.questions) | letter.map_or(0, at));
            next.push(moving << 1 | carry | word & at(&self.stars));
            carry = moving >> 63;
        }
        self.pass_stars(&mut next);
        next
    }

    /// A `*` may match nothing, so the place before it is also the one behind it.
    fn pass_stars(&self, state: &mut PlaceSet) {
        let mut carry = 0;
        for (word, stars) in state.iter_mut().zip(&self.stars) {
            let passing = *word & stars;
            *word |= passing << 1 | carry;
            carry = passing >> 63;
        }
    }

    /// The characters that patterns wait for in a state and one that stands for all others, without `stop`.
    pub(crate) fn letters_beside(&self, state: &PlaceSet, stop: Option<u8>) -> Vec<char> {
        let awaited = self.letters.iter().filter(|(_, places)| meet(places, state)).map(|(letter, _)| *letter);
        awaited.filter(|letter| stop.map(char::from) != Some(*letter)).chain([OTHER]).collect()
    }

    /// Whether each required pattern can still match.
    pub(crate) fn is_hopeful(&self, state: &PlaceSet) -> bool {
        self.required.iter().all(|places| meet(places, state))
    }

    /// The patterns that match when the segment ends here; none when a required one does not.
    pub(crate) fn end(&self, state: &PlaceSet) -> Option<PlaceSet> {
        let mut alive = vec![0; self.spans.len().div_ceil(64)];
        for (number, (_, last)) in self.spans.iter().enumerate() {
            if contains(state, *last) {
                insert(&mut alive, number);
            }
        }
        (0..self.required.len()).all(|pattern| contains(&alive, pattern)).then_some(alive)
    }
}

/// The set of the first `count` numbers.
pub(crate) fn first(count: usize) -> PlaceSet {
    let mut all = vec![0; count.div_ceil(64)];
    (0..count).for_each(|number| insert(&mut all, number));
    all
}

/// Whether a set holds a number.
pub(crate) fn contains(set: &PlaceSet, number: usize) -> bool {
    set.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
}

/// Takes a number out of a set.
pub(crate) fn remove(set: &mut PlaceSet, number: usize) {
    if let Some(word) = set.get_mut(number / 64) {
        *word &= !(1 << (number % 64));
    }
}

fn insert(set: &mut PlaceSet, number: usize) {
    if let Some(word) = set.get_mut(number / 64) {
        *word |= 1 << (number % 64);
    }
}

fn meet(one: &PlaceSet, other: &PlaceSet) -> bool {
    one.iter().zip(other).any(|(one, other)| one & other != 0)
}
