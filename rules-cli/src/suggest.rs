//! "Did you mean": the most similar known name.

use strsim::damerau_levenshtein;

/// `, did you mean X?`, or nothing where no name is near.
pub(crate) fn in_words<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(given, known).map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

/// The known name that is written most alike, if any is near enough for a slip.
pub(crate) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer texts are not typing errors, and would take long to compare.
    const LONGEST: usize = 200;
    if given.len() > LONGEST {
        return None;
    }
    let folded = given.to_lowercase();
    let near = |name: &str| damerau_levenshtein(&folded, &name.to_lowercase());
    // A third of the letters may be wrong, or the end may be missing.
    let is_slip = |distance: usize, name: &str| distance * 3 <= name.len().max(3);
    let is_beginning = |name: &str| folded.len() > 2 && name.to_lowercase().starts_with(&folded);
    let near = known.into_iter().map(|name| (near(name), name));
    let near = near.filter(|(distance, name)| is_slip(*distance, name) || is_beginning(name));
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognized_and_other_words_are_not() {
        let known = ["root-mfa-enabled", "score", "min-score"];
        assert_eq!(nearest("root-mfa-enable", known), Some("root-mfa-enabled"));
        assert_eq!(nearest("SCROE", known), Some("score"));
        assert_eq!(nearest("min_score", known), Some("min-score"));
        assert_eq!(nearest("root-mfa", known), Some("root-mfa-enabled"));
        assert_eq!(nearest("min", known), Some("min-score"));
        assert_eq!(nearest("ro", known), None);
        assert_eq!(nearest("nonesuch", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}
