//! Rule parameters: what AWS Config delivers, and what a rule declares.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json;
use crate::text::visible;

/// AWS Config's own limit on the parameters of a rule, in characters.
const MAX_CHARACTERS: usize = 1_024;

/// Parameters that a popular library uses to select the role of a rule. Here no parameter can do that.
const RESERVED: [&str; 3] = ["ExecutionRoleName", "ExecutionRoleRegion", "AssumeRoleMode"];

/// The parameters of a rule as delivered: names with text.
///
/// AWS Config delivers numbers and booleans as text; JSON numbers and booleans are accepted too. A parameter that is null
/// counts as not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleParameters(BTreeMap<String, String>);

/// The reason why parameters were refused, with the name of the parameter if there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule parameters: {0}")]
pub struct InvalidParameter(String);

/// A parameter that a rule has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterDefinition {
    /// Its name, in camel case.
    pub name: &'static str,
    /// Its possible values.
    pub kind: ParameterKind,
    /// Its value when it is not set, as text.
    pub default: &'static str,
    /// Its meaning, one sentence.
    pub description: &'static str,
}

/// The possible values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A whole number in decimal digits, bounds included.
    WholeNumber {
        /// The minimum.
        least: u64,
        /// The maximum.
        most: u64,
    },
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Names of IAM entities, separated by commas; may be none.
    Names,
    /// Names, at least one.
    SomeNames,
}

/// The possible values in words, such as `a whole number from 0 to 100`.
impl fmt::Display for ParameterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WholeNumber { least, most } => write!(f, "a whole number from {least} to {most}"),
            Self::Boolean => f.write_str("true or false"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Names => f.write_str("names separated by commas"),
            Self::SomeNames => f.write_str("at least one name, separated by commas"),
        }
    }
}

/// A parameter's value after the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// A whole number.
    WholeNumber(u64),
    /// True or false.
    Boolean(bool),
    /// A word of those declared.
    Choice(&'static str),
    /// A list of names.
    Names(Vec<String>),
}

/// Checked parameters: every one that the rule declares, with its default where it was not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<&'static str, ParameterValue>);

impl RuleParameters {
    /// Reads the JSON object that an event contains as a string. No string, `""`, `{}` and `null` mean no parameters.
    ///
    /// # Errors
    /// If the text is too long for AWS Config, is not an object of strings, numbers and booleans, or names a
    /// parameter that would select a role.
    pub fn parse(text: &str) -> Result<Self, InvalidParameter> {
        if text.len() > MAX_CHARACTERS {
            return Err(InvalidParameter(format!(
                "longer than the {MAX_CHARACTERS} characters that AWS Config allows"
            )));
        }
        if matches!(text.trim(), "" | "null") {
            return Ok(Self::default());
        }
        json::read_as(text).map_err(|error| InvalidParameter(error.to_string()))
    }

    /// Takes a parameter out.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Sets a parameter.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Checks the parameters against those that a rule declares.
    ///
    /// # Errors
    /// If a name is not declared, because the default would apply unnoticed, or if a value is invalid.
    pub fn check(&self, definitions: &[ParameterDefinition]) -> Result<Parameters, InvalidParameter> {
        if let Some(name) = self.0.keys().find(|name| definitions.iter().all(|definition| definition.name != *name)) {
            let known: Vec<&str> = definitions.iter().map(|definition| definition.name).collect();
            let known = if known.is_empty() {
                "the rule has no parameters".to_owned()
            } else {
                format!("known: {}", known.join(", "))
            };
            return Err(InvalidParameter(format!("unknown parameter `{}` ({known})", visible(name, 60))));
        }
        let mut checked = BTreeMap::new();
        for definition in definitions {
            let text = self.0.get(definition.name).map(String::as_str);
            // A blank is how a console leaves a parameter unset; but a list that must not be empty is not defaulted.
            let text = text.filter(|text| !text.trim().is_empty() || definition.kind == ParameterKind::SomeNames);
            checked.insert(definition.name, definition.read(text.unwrap_or(definition.default))?);
        }
        Ok(Parameters(checked))
    }
}

impl ParameterDefinition {
    fn read(&self, text: &str) -> Result<ParameterValue, InvalidParameter> {
        let text = text.trim();
        let refuse = |expected: &str| {
            Err(InvalidParameter(format!("`{}` is `{}`: expected {expected}", self.name, visible(text, 60))))
        };
        match self.kind {
            ParameterKind::WholeNumber { least, most } => {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                match text.parse().ok().filter(|number| digits && (least..=most).contains(number)) {
                    Some(number) => Ok(ParameterValue::WholeNumber(number)),
                    None => refuse(&format!("a whole number from {least} to {most}")),
                }
            }
            ParameterKind::Boolean => match text {
                text if text.eq_ignore_ascii_case("true") => Ok(ParameterValue::Boolean(true)),
                text if text.eq_ignore_ascii_case("false") => Ok(ParameterValue::Boolean(false)),
                _ => refuse("true or false"),
            },
            ParameterKind::Choice(words) => match words.iter().find(|word| **word == text) {
                Some(word) => Ok(ParameterValue::Choice(word)),
                None => refuse(&format!("one of {}", words.join(", "))),
            },
            ParameterKind::Names | ParameterKind::SomeNames => {
                let names: Vec<String> =
                    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
                let legal = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-/".contains(character);
                if !names.iter().all(|name| name.chars().all(legal)) {
                    return refuse("names of letters, digits and _+=.@- separated by commas");
                }
                if names.is_empty() && self.kind == ParameterKind::SomeNames {
                    return refuse("at least one name");
                }
                Ok(ParameterValue::Names(names))
            }
        }
    }
}

impl Parameters {
    /// The value of a declared whole number. An undeclared one is zero, which the registry's tests rule out.
    #[must_use]
    pub fn whole_number(&self, name: &str) -> u64 {
        match self.0.get(name) {
            Some(ParameterValue::WholeNumber(number)) => *number,
            _ => 0,
        }
    }

    /// The value of a declared boolean.
    #[must_use]
    pub fn boolean(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(ParameterValue::Boolean(true)))
    }

    /// The value of a declared choice.
    #[must_use]
    pub fn choice(&self, name: &str) -> &'static str {
        match self.0.get(name) {
            Some(ParameterValue::Choice(word)) => word,
            _ => "",
        }
    }

    /// The value of a declared list of names.
    #[must_use]
    pub fn names(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(ParameterValue::Names(names)) => names,
            _ => &[],
        }
    }
}

impl<'de> Deserialize<'de> for RuleParameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ParametersVisitor)
    }
}

struct ParametersVisitor;

impl<'de> Visitor<'de> for ParametersVisitor {
    type Value = RuleParameters;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of rule parameters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RuleParameters, A::Error> {
        let mut parameters = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let shown = visible(&name, 60);
            if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(&name)) {
                return Err(A::Error::custom(format!(
                    "`{shown}` is refused: a parameter cannot select a role or Region"
                )));
            }
            let raw: &RawValue = map.next_value()?;
            let value = match raw.get().as_bytes().first() {
                Some(b'"') => Some(serde_json::from_str::<String>(raw.get()).map_err(A::Error::custom)?),
                Some(b'{' | b'[') => {
                    return Err(A::Error::custom(format!("parameter `{shown}` is neither text, number nor boolean")));
                }
                Some(b'n') => None,
                _ => Some(raw.get().to_owned()),
            };
            if parameters.insert(name, value).is_some() {
                return Err(A::Error::custom(format!("duplicate parameter `{shown}`")));
            }
        }
        Ok(RuleParameters(parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()))
    }
}
