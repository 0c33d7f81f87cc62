//! Names of AWS Regions.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The name of an AWS Region, such as `eu-west-1`: words of lower-case letters and a number of one or two digits, joined by
/// hyphens. Whether AWS has such a Region is not checked.
///
/// ```
/// use rules_core::Region;
/// assert!("us-gov-west-1".parse::<Region>().is_ok());
/// assert!("europe".parse::<Region>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

/// A string that is not the name of a Region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the name of a Region, such as `eu-west-1`")]
pub struct InvalidRegion {
    text: String,
}

/// A part of AWS that is apart from the others.
struct Partition {
    name: &'static str,
    /// How the names of its Regions begin.
    beginning: &'static str,
    /// Where IAM is at home, and where the root user's sign-ins are reported.
    home: &'static str,
}

/// The partitions, those with the longer beginning first.
const PARTITIONS: [Partition; 8] = [
    Partition { name: "aws-cn", beginning: "cn-", home: "cn-north-1" },
    Partition { name: "aws-us-gov", beginning: "us-gov-", home: "us-gov-west-1" },
    Partition { name: "aws-iso-b", beginning: "us-isob-", home: "us-isob-east-1" },
    Partition { name: "aws-iso-e", beginning: "eu-isoe-", home: "eu-isoe-west-1" },
    Partition { name: "aws-iso-f", beginning: "us-isof-", home: "us-isof-south-1" },
    Partition { name: "aws-iso", beginning: "us-iso-", home: "us-iso-east-1" },
    Partition { name: "aws-eusc", beginning: "eusc-", home: "eusc-de-east-1" },
    Partition { name: "aws", beginning: "", home: "us-east-1" },
];

/// The names of the partitions, such as `aws`.
pub(crate) fn partitions() -> impl Iterator<Item = &'static str> {
    PARTITIONS.iter().map(|partition| partition.name)
}

impl Region {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of Regions, in order: `eu-west-1, us-east-1`. In a long list, names that differ only in the number are
    /// shortened: `eu-west-1/2/3, us-east-1`.
    #[must_use]
    pub fn list<'a>(regions: impl Iterator<Item = &'a Self>) -> String {
        const FEW: usize = 4;
        let regions: BTreeSet<&str> = regions.map(Self::as_str).collect();
        if regions.len() <= FEW {
            return regions.into_iter().collect::<Vec<_>>().join(", ");
        }
        let mut list = String::new();
        let mut before = "";
        for (place, number) in regions.into_iter().filter_map(|region| region.rsplit_once('-')) {
            list.push_str(&match (place == before, list.is_empty()) {
                (true, _) => format!("/{number}"),
                (false, true) => format!("{place}-{number}"),
                (false, false) => format!(", {place}-{number}"),
            });
            before = place;
        }
        list
    }

    /// The partition of the Region, such as `aws`, from its name.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        PARTITIONS.iter().find(|partition| self.0.starts_with(partition.beginning)).map_or("aws", |found| found.name)
    }

    /// The Region of IAM in a partition; none for an unknown partition.
    #[must_use]
    pub fn home_of(partition: &str) -> Option<Self> {
        PARTITIONS.iter().find(|known| known.name == partition).map(|known| Self(known.home.to_owned()))
    }

    /// The Region of the same partition in which all console sign-ins of the root user are reported.
    #[must_use]
    pub fn of_root_sign_ins(&self) -> Self {
        Self::home_of(self.partition()).unwrap_or_else(|| self.clone())
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_number = |word: &str| (1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
        let mut words = text.split('-');
        let ends_in_number = words.next_back().is_some_and(is_number);
        if ends_in_number && text.len() <= 32 && words.clone().count() >= 2 && words.all(is_word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRegion { text: crate::text::visible(text, 40) })
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Region;

    #[test]
    fn names_are_words_and_a_number() {
        for name in ["us-east-1", "ap-southeast-5", "us-gov-west-1", "cn-northwest-1", "eusc-de-east-1", "xx-a-10"] {
            assert_eq!(name.parse::<Region>().unwrap().as_str(), name);
        }
        for name in
            ["", "global", "us-east", "us-1", "US-EAST-1", "us-east-1 ", "../us-east-1", "us--east-1", "a-b-100"]
        {
            assert!(name.parse::<Region>().is_err(), "{name}");
        }
    }

    #[test]
    fn many_names_are_shortened() {
        let list = |names: &str| {
            let regions: Vec<Region> = names.split(' ').map(|name| name.parse().unwrap()).collect();
            Region::list(regions.iter())
        };
        assert_eq!(list("us-east-1"), "us-east-1");
        assert_eq!(list("us-east-2 us-east-1 eu-west-1"), "eu-west-1, us-east-1, us-east-2");
        assert_eq!(
            list("us-east-1 us-east-2 eu-west-1 eu-west-2 eu-west-3 sa-east-1"),
            "eu-west-1/2/3, sa-east-1, us-east-1/2"
        );
    }

    #[test]
    fn root_sign_ins_stay_in_the_partition() {
        for (name, expected) in [
            ("eu-west-1", "us-east-1"),
            ("us-east-1", "us-east-1"),
            ("cn-northwest-1", "cn-north-1"),
            ("us-gov-east-1", "us-gov-west-1"),
            ("us-isob-east-1", "us-isob-east-1"),
        ] {
            assert_eq!(name.parse::<Region>().unwrap().of_root_sign_ins().as_str(), expected);
        }
    }
}
