//! The end of a list from IAM.

use serde_json::value::RawValue;

use super::wire::Omissible;
use crate::json::JsonError;

/// What a listing says of what follows it: IAM says `IsTruncated` on every page, with a `Marker` where more follow. The
/// AWS CLI puts pages together and says neither; if an option ends the list early, the output has a `NextToken`.
pub(super) struct Ending<'a> {
    pub(super) is_truncated: Omissible<bool>,
    pub(super) marker: Option<&'a RawValue>,
    pub(super) next_token: Option<&'a RawValue>,
}

impl Ending<'_> {
    /// Whether the listing says that it is the whole.
    ///
    /// # Errors
    /// When it says that more follow, or speaks of that and says nothing.
    pub(super) fn is_said_whole(&self) -> Result<bool, JsonError> {
        let refuse = |field: &str, why: &str| Err(JsonError::at(format!("$.{field}"), why));
        const MORE: &str = "more pages follow, so the listing is incomplete";
        let goes_on = |token: Option<&RawValue>| token.is_some_and(|token| token.get() != "\"\"");
        match self.is_truncated {
            Omissible::Given(true) => refuse("IsTruncated", MORE),
            Omissible::Null => refuse("IsTruncated", "it is null, so it is unknown whether more pages follow"),
            _ if goes_on(self.marker) => refuse("Marker", MORE),
            _ if goes_on(self.next_token) => refuse("NextToken", MORE),
            Omissible::Given(false) => Ok(true),
            Omissible::LeftOut => Ok(false),
        }
    }
}
