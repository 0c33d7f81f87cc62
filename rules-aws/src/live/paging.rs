//! Paging that ends, and that never passes a part for the whole.

use rules_core::MissingFact;

/// More pages than any account has.
const MAX_PAGES: usize = 10_000;

/// Keeps track of the pages of one listing.
pub(super) struct Paging {
    action: &'static str,
    pages: usize,
    marker: Option<String>,
}

impl Paging {
    pub(super) fn new(action: &'static str) -> Self {
        Self { action, pages: 0, marker: None }
    }

    /// The marker of the page to ask for.
    pub(super) fn marker(&self) -> Option<String> {
        self.marker.clone()
    }

    /// The same for a service whose pages go on as long as there is a token for the next one.
    pub(super) fn more_by_token(&mut self, token: Option<String>) -> Result<bool, MissingFact> {
        let token = token.filter(|token| !token.is_empty());
        self.more(token.is_some(), token)
    }

    /// Takes what a page says of those after it, and tells whether there are any.
    pub(super) fn more(&mut self, is_truncated: bool, marker: Option<String>) -> Result<bool, MissingFact> {
        self.pages += 1;
        let marker = marker.filter(|marker| !marker.is_empty());
        let refuse = |reason: &str| {
            Err(MissingFact::new(self.action, format!("page {}: {reason}, so the listing is incomplete", self.pages)))
        };
        match (is_truncated, marker) {
            (false, None) => Ok(false),
            (false, Some(_)) => refuse("it is said to be the last but has a marker"),
            (true, None) => refuse("more are said to follow but there is no marker"),
            (true, Some(marker)) if self.marker.as_ref() == Some(&marker) => {
                refuse("the marker is that of the page itself")
            }
            (true, Some(_)) if self.pages >= MAX_PAGES => refuse("there are too many"),
            (true, Some(marker)) => {
                self.marker = Some(marker);
                Ok(true)
            }
        }
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
    fn a_listing_without_an_end_is_incomplete() {
        for (truncated, next, why) in [
            (true, None, "no marker"),
            (true, marker(""), "no marker"),
            (true, marker("a"), "page itself"),
            (false, marker("b"), "has a marker"),
        ] {
            let mut paging = Paging::new("iam:List");
            assert_eq!(paging.more(true, marker("a")), Ok(true));
            let error = paging.more(truncated, next).unwrap_err().to_string();
            assert!(error.starts_with("iam:List: page 2: ") && error.contains(why), "{error}");
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
