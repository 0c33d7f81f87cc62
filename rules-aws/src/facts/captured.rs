//! A response of AWS, in the format of the AWS CLI, or the reason why there is none.
//!
//! The facts of Regions are parsed by the same code of the core, whether they come from AWS, from a snapshot or from
//! files.

use std::collections::BTreeMap;

use rules_core::MissingFact;
use rules_core::Region;
use rules_core::audit::{RegionFacts, RegionalFactKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
#[cfg(feature = "live")]
use serde_json::value::to_raw_value;

/// The answer to one question about an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Captured {
    /// As the AWS CLI writes it.
    Output(Box<RawValue>),
    /// The same, put together from several answers of which some are missing.
    Partial {
        /// What was answered.
        output: Box<RawValue>,
        /// What was not.
        missing: Vec<Reason>,
    },
    /// Why there is none.
    Unavailable(Reason),
}

/// What was read of each Region, in AWS's own shapes.
pub(crate) type Regions = BTreeMap<Region, BTreeMap<RegionalFactKind, Captured>>;

/// What is missing, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    what: String,
    reason: String,
}

#[cfg(feature = "live")]
impl Captured {
    /// An answer, or why there is none.
    pub(crate) fn new<T: Serialize>(output: Result<T, MissingFact>) -> Self {
        match output.and_then(|output| written(&output)) {
            Ok(output) => Self::Output(output),
            Err(missing) => Self::unavailable(&missing),
        }
    }

    /// An answer put together from several, some of which may be missing.
    pub(crate) fn together<T: Serialize>(output: &T, missing: &[MissingFact]) -> Self {
        match written(output) {
            Ok(output) if missing.is_empty() => Self::Output(output),
            Ok(output) => Self::Partial { output, missing: missing.iter().map(Reason::new).collect() },
            Err(missing) => Self::unavailable(&missing),
        }
    }
}

impl Captured {
    /// No answer, and why.
    pub(crate) fn unavailable(missing: &MissingFact) -> Self {
        Self::Unavailable(Reason::new(missing))
    }

    /// What is missing.
    pub(crate) fn missing(&self) -> Vec<MissingFact> {
        match self {
            Self::Output(_) => Vec::new(),
            Self::Partial { missing, .. } => missing.iter().cloned().map(Reason::into_missing).collect(),
            Self::Unavailable(reason) => vec![reason.clone().into_missing()],
        }
    }

    /// Puts what is known into `facts`.
    ///
    /// # Errors
    /// When the answer makes no sense; then that is why the part is not known.
    pub(crate) fn tell(
        &self,
        facts: &mut RegionFacts,
        kind: RegionalFactKind,
        region: &Region,
        name: &str,
    ) -> Result<(), MissingFact> {
        let output = match self {
            Self::Output(output) | Self::Partial { output, .. } => output,
            Self::Unavailable(reason) => {
                let missing = reason.clone().into_missing();
                facts.withhold(kind, missing.clone());
                return Err(missing);
            }
        };
        read_into(facts, kind, output.get(), region, name)?;
        facts.add_unread(kind, self.missing());
        Ok(())
    }
}

/// Reads a part of a Region's facts from the text called `name`.
///
/// # Errors
/// When the text makes no sense; then that is why the part is not known.
pub(crate) fn read_into(
    facts: &mut RegionFacts,
    kind: RegionalFactKind,
    text: &str,
    region: &Region,
    name: &str,
) -> Result<(), MissingFact> {
    facts.read(kind, text, region).map_err(|error| {
        let missing = MissingFact::new(name, error);
        facts.withhold(kind, missing.clone());
        missing
    })
}

#[cfg(feature = "live")]
fn written<T: Serialize>(output: &T) -> Result<Box<RawValue>, MissingFact> {
    to_raw_value(output).map_err(|error| MissingFact::new("output of AWS", format!("it cannot be written: {error}")))
}

impl Reason {
    fn new(missing: &MissingFact) -> Self {
        Self { what: missing.what().to_owned(), reason: missing.reason().to_owned() }
    }

    pub(crate) fn into_missing(self) -> MissingFact {
        MissingFact::new(self.what, self.reason)
    }
}
