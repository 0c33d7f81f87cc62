//! Amazon Resource Names.

use std::fmt;
use std::str::FromStr;

use crate::account::AccountId;

/// An Amazon Resource Name: `arn:partition:service:region:account:resource`, where the resource keeps its own colons.
///
/// ```
/// use rules_core::Arn;
/// let arn: Arn = "arn:aws:iam::111122223333:user/eng/ada".parse()?;
/// assert_eq!(arn.service(), "iam");
/// assert_eq!(arn.resource(), "user/eng/ada");
/// # Ok::<(), rules_core::InvalidArn>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(String);

/// A string that is not an ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an ARN of the form `arn:partition:service:region:account:resource`")]
pub struct InvalidArn {
    text: String,
}

impl Arn {
    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        self.segment(1)
    }

    /// The service's prefix, such as `iam`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.segment(2)
    }

    /// The Region, empty for a global resource.
    #[must_use]
    pub fn region(&self) -> &str {
        self.segment(3)
    }

    /// The account segment as written: an account id, `aws` for resources of AWS, or empty.
    #[must_use]
    pub fn account(&self) -> &str {
        self.segment(4)
    }

    /// The account id, if the account segment is one.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        self.account().parse().ok()
    }

    /// Everything after the fifth colon.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.segment(5)
    }

    fn segment(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut segments = text.splitn(6, ':');
        let shape = segments.next() == Some("arn")
            && segments.next().is_some_and(|partition| !partition.is_empty())
            && segments.next().is_some_and(|service| !service.is_empty())
            && segments.nth(2).is_some_and(|resource| !resource.is_empty());
        if shape && !text.contains('\0') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidArn { text: crate::text::visible(text, 100) })
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
