//! Data types of AWS Config: events, configuration items, rule parameters and evaluations.

mod configuration_item;
mod evaluation;
mod event;
mod exception;
mod finding_code;
mod parameters;
mod result_token;

pub use crate::resource::{EvaluatedResource, ResourceType};
pub use configuration_item::{ConfigurationItem, ConfigurationItemStatus, ConfigurationItemSummary};
pub use evaluation::{ANNOTATION_LIMIT, ComplianceType, Evaluation, Finding, Measure, NotEvaluated, Outcome, Verdict};
pub use event::{ConfigEvent, EvaluationMode, InvalidEvent, InvokingEvent};
pub use exception::{Date, Exception};
pub use finding_code::{FindingCode, UnknownFindingCode};
pub use parameters::{
    InvalidParameter, ParameterDefinition, ParameterKind, ParameterValue, Parameters, RuleParameters,
};
pub use result_token::ResultToken;
