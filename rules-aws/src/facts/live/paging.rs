//! Paging that always ends, and never returns an incomplete list as complete.

use std::collections::BTreeSet;

use rules_core::MissingFact;

/// More pages than any account has.
const MAX_PAGES: usize = 10_000;

/// Keeps track of the pages of one listing.
pub(crate) struct Paging {
    action: String,
    pages: usize,
    marker: Option<String>,
    /// Every marker so far: a service that goes in circles need not do so in one step.
    seen: BTreeSet<String>,
}

impl Paging {
    pub(crate) fn new(action: impl Into<String>) -> Self {
        Self { action: action.into(), pages: 0, marker: None, seen: BTreeSet::new() }
    }

    /// The marker of the page to ask for.
    pub(crate) fn marker(&self) -> Option<String> {
        self.marker.clone()
    }

    /// Takes what a page says of those after it, and tells whether there are any.
    pub(crate) fn more(&mut self, is_truncated: bool, marker: Option<String>) -> Result<bool, MissingFact> {
        self.pages += 1;
        let marker = marker.filter(|marker| !marker.is_empty());
        let refuse = |reason: &str| {
            Err(MissingFact::new(&self.action, format!("page {}: {reason}, so the listing is incomplete", self.pages)))
        };
        match (is_truncated, marker) {
            (false, None) => Ok(false),
            (false, Some(_)) => refuse("it is marked as the last page but has a marker"),
            (true, None) => refuse("it is marked as not the last page but has no marker"),
            (true, Some(marker)) if self.marker.as_ref() == Some(&marker) => {
                refuse("the marker is that of the page itself")
            }
            (true, Some(marker)) if self.seen.contains(&marker) => refuse("the marker is that of an earlier page"),
            (true, Some(_)) if self.pages >= MAX_PAGES => refuse("there are too many"),
            (true, Some(marker)) => {
                self.seen.insert(marker.clone());
                self.marker = Some(marker);
                Ok(true)
            }
        }
    }

    /// The same for a service that says that there are more pages by a token alone.
    pub(crate) fn more_by_token(&mut self, token: Option<String>) -> Result<bool, MissingFact> {
        let token = token.filter(|token| !token.is_empty());
        self.more(token.is_some(), token)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PAGES, Paging};

    fn marker(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn pages_follow_markers_to_the_end() {
        let mut paging = Paging::new("iam:List");
        assert_eq!(paging.marker(), None);
        assert_eq!(paging.more(true, marker("a")), Ok(true));
        assert_eq!(paging.marker(), marker("a"));
        assert_eq!(paging.more(true, marker("b")), Ok(true));
        assert_eq!(paging.more(false, None), Ok(false));
    }

    #[test]
    fn tokens_are_followed_to_the_page_without_one() {
        let mut paging = Paging::new("config:Get");
        assert_eq!(paging.more_by_token(marker("a")), Ok(true));
        assert_eq!(paging.more_by_token(marker("")), Ok(false));
        assert!(paging.more_by_token(marker("a")).is_err());
    }

    #[test]
    fn a_listing_without_an_end_is_incomplete() {
        for (truncated, next, why) in [
            (true, None, "no marker"),
            (true, marker(""), "no marker"),
            (true, marker("b"), "page itself"),
            (true, marker("a"), "earlier page"),
            (false, marker("c"), "has a marker"),
        ] {
            let mut paging = Paging::new("iam:List");
            assert_eq!(paging.more(true, marker("a")), Ok(true));
            assert_eq!(paging.more(true, marker("b")), Ok(true));
            let error = paging.more(truncated, next).unwrap_err().to_string();
            assert!(error.starts_with("iam:List: page 3: ") && error.contains(why), "{error}");
        }
    }

    #[test]
    fn pages_are_counted() {
        let mut paging = Paging::new("iam:List");
        for page in 1..MAX_PAGES {
            assert_eq!(paging.more(true, marker(&page.to_string())), Ok(true));
        }
        assert!(paging.more(true, marker("last")).is_err());
    }
}
