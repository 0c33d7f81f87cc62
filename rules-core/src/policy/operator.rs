//! Condition operators.

/// A condition operator such as `StringEquals`, `ForAnyValue:StringLike` or `BoolIfExists`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionOperator {
    /// As written in the document.
    pub text: String,
    /// The comparison; none for an operator that IAM does not know.
    pub comparison: Option<Comparison>,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: Option<SetOperator>,
    /// Whether the operator ends in `IfExists`: true when the key is absent.
    pub if_exists: bool,
}

/// How a multi-valued key is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetOperator {
    /// Every value of the request must match; true for an absent key.
    ForAllValues,
    /// Some value of the request must match; false for an absent key.
    ForAnyValue,
}

/// The comparison of an operator, without its set prefix and `IfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are IAM's own operator names")]
pub enum Comparison {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnLike,
    ArnNotEquals,
    ArnNotLike,
    Null,
}

/// Every comparison with its name.
pub(crate) const COMPARISONS: [(&str, Comparison); 27] = [
    ("StringEquals", Comparison::StringEquals),
    ("StringNotEquals", Comparison::StringNotEquals),
    ("StringEqualsIgnoreCase", Comparison::StringEqualsIgnoreCase),
    ("StringNotEqualsIgnoreCase", Comparison::StringNotEqualsIgnoreCase),
    ("StringLike", Comparison::StringLike),
    ("StringNotLike", Comparison::StringNotLike),
    ("NumericEquals", Comparison::NumericEquals),
    ("NumericNotEquals", Comparison::NumericNotEquals),
    ("NumericLessThan", Comparison::NumericLessThan),
    ("NumericLessThanEquals", Comparison::NumericLessThanEquals),
    ("NumericGreaterThan", Comparison::NumericGreaterThan),
    ("NumericGreaterThanEquals", Comparison::NumericGreaterThanEquals),
    ("DateEquals", Comparison::DateEquals),
    ("DateNotEquals", Comparison::DateNotEquals),
    ("DateLessThan", Comparison::DateLessThan),
    ("DateLessThanEquals", Comparison::DateLessThanEquals),
    ("DateGreaterThan", Comparison::DateGreaterThan),
    ("DateGreaterThanEquals", Comparison::DateGreaterThanEquals),
    ("Bool", Comparison::Bool),
    ("BinaryEquals", Comparison::BinaryEquals),
    ("IpAddress", Comparison::IpAddress),
    ("NotIpAddress", Comparison::NotIpAddress),
    ("ArnEquals", Comparison::ArnEquals),
    ("ArnLike", Comparison::ArnLike),
    ("ArnNotEquals", Comparison::ArnNotEquals),
    ("ArnNotLike", Comparison::ArnNotLike),
    ("Null", Comparison::Null),
];

impl Comparison {
    /// Whether the comparison is of ARNs, segment by segment.
    #[must_use]
    pub fn is_about_arns(self) -> bool {
        matches!(self, Self::ArnEquals | Self::ArnLike | Self::ArnNotEquals | Self::ArnNotLike)
    }

    /// Whether the comparison is true when no value matches, and so for an absent key.
    #[must_use]
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }
}

impl ConditionOperator {
    /// Reads an operator's name. Every text is an operator; one that IAM does not know has no comparison.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (set, rest) = match text.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Some(SetOperator::ForAllValues), rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(SetOperator::ForAnyValue), rest)
            }
            _ => (None, text),
        };
        let (name, if_exists) = match strip_suffix_ignore_case(rest, "IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let comparison = COMPARISONS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, comparison)| *comparison)
            // `Null` asks whether the key exists, so neither a set operator nor `IfExists` goes with it.
            .filter(|comparison| *comparison != Comparison::Null || (set.is_none() && !if_exists));
        Self { text: text.to_owned(), comparison, set, if_exists }
    }

    /// Whether the name is written as IAM's documentation writes it.
    pub(crate) fn is_canonical(&self) -> bool {
        let Some((name, _)) = COMPARISONS.iter().find(|(_, comparison)| Some(*comparison) == self.comparison) else {
            return false;
        };
        let set = match self.set {
            None => "",
            Some(SetOperator::ForAllValues) => "ForAllValues:",
            Some(SetOperator::ForAnyValue) => "ForAnyValue:",
        };
        let suffix = if self.if_exists { "IfExists" } else { "" };
        self.text == format!("{set}{name}{suffix}")
    }
}

fn strip_suffix_ignore_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let split = text.len().checked_sub(suffix.len())?;
    let (head, tail) = text.split_at_checked(split)?;
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::{Comparison, ConditionOperator, SetOperator};

    #[test]
    fn prefixes_and_suffixes_are_taken_apart() {
        let operator = ConditionOperator::parse("forAnyValue:stringlikeifexists");
        assert_eq!(operator.comparison, Some(Comparison::StringLike));
        assert_eq!(operator.set, Some(SetOperator::ForAnyValue));
        assert!(operator.if_exists);
        assert!(!operator.is_canonical());
        assert!(ConditionOperator::parse("ForAnyValue:StringLikeIfExists").is_canonical());
    }

    #[test]
    fn null_takes_no_suffix_and_unknown_names_are_kept() {
        for text in ["NullIfExists", "ForAllValues:Null", "StringMatches", "", "ForAnyValues:StringLike"] {
            assert_eq!(ConditionOperator::parse(text).comparison, None, "{text}");
        }
    }
}
