//! Configuration recorders of AWS Config.

use serde::Deserialize;

use super::records::{Record, Records, arn, each, listing, required};
use super::region_facts::RegionalFactKind;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::json::JsonError;
use crate::text::visible;

/// The IAM resource types that AWS Config can record.
pub const IAM_TYPES: [&str; 4] = ["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"];

/// A recorder of configuration changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationRecorder {
    /// Its name.
    pub name: String,
    /// What it records.
    pub recording_group: RecordingGroup,
    /// The service that created it, for a service-linked recorder; none for a recorder of the account. The account
    /// cannot read what a service-linked recorder records.
    pub service: Option<String>,
    arn: Option<Arn>,
    role: Option<Arn>,
}

/// Which types of resources a recorder records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingGroup {
    /// All regional types, present and future.
    AllSupported {
        /// And those of IAM.
        global_types: bool,
    },
    /// All types, present and future, but these.
    AllBut(Vec<String>),
    /// These types.
    Only(Vec<String>),
}

/// The status of a recorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationRecorderStatus {
    /// The recorder's name.
    pub recorder: String,
    /// Whether it is recording.
    pub is_recording: bool,
    /// The result of the last delivery: `SUCCESS`, `PENDING`, `FAILURE` or `NOT_APPLICABLE`; none before the first.
    pub last_status: Option<String>,
    arn: Option<Arn>,
}

#[derive(Deserialize)]
struct RecorderWire {
    name: Option<String>,
    arn: Option<String>,
    #[serde(rename = "roleARN")]
    role_arn: Option<String>,
    #[serde(rename = "recordingGroup")]
    recording_group: Option<GroupWire>,
    #[serde(rename = "recordingScope")]
    recording_scope: Option<String>,
    #[serde(rename = "servicePrincipal")]
    service_principal: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupWire {
    all_supported: Option<bool>,
    include_global_resource_types: Option<bool>,
    resource_types: Option<Vec<String>>,
    exclusion_by_resource_types: Option<ExclusionWire>,
    recording_strategy: Option<StrategyWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExclusionWire {
    resource_types: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StrategyWire {
    use_only: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusWire {
    name: Option<String>,
    arn: Option<String>,
    recording: Option<bool>,
    last_status: Option<String>,
}

impl Record for ConfigurationRecorder {
    const KIND: RegionalFactKind = RegionalFactKind::ConfigurationRecorders;

    /// Reads the JSON that `aws configservice describe-configuration-recorders` prints.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        Ok(each(text, listing(text, "ConfigurationRecorders")?, |wire: RecorderWire, _| {
            let group = required(wire.recording_group, "recordingGroup")?;
            Ok(Self {
                name: required(wire.name, "name")?,
                recording_group: group.read().map_err(|error| error.inside("$.recordingGroup"))?,
                // Either proves it; the name of the service is more specific.
                service: wire.service_principal.filter(|service| !service.is_empty()).or_else(|| {
                    (wire.recording_scope.as_deref() == Some("INTERNAL")).then(|| "another service".to_owned())
                }),
                arn: wire.arn.map(|text| arn(&text, "arn")).transpose()?,
                role: wire.role_arn.map(|text| arn(&text, "roleARN")).transpose()?,
            })
        }))
    }

    fn account(&self) -> Option<AccountId> {
        self.arn.iter().chain(&self.role).find_map(Arn::account_id)
    }

    fn region(&self) -> Option<&str> {
        self.arn.as_ref().map(Arn::region)
    }
}

impl GroupWire {
    fn read(self) -> Result<RecordingGroup, JsonError> {
        let listed = || required(self.resource_types, "resourceTypes");
        let excluded = self.exclusion_by_resource_types.and_then(|wire| wire.resource_types);
        let exclusion = || JsonError::at("$", "missing field `exclusionByResourceTypes.resourceTypes`");
        let global_types = self.include_global_resource_types == Some(true);
        let strategy = self.recording_strategy.and_then(|strategy| strategy.use_only);
        match (strategy.as_deref(), self.all_supported) {
            (Some("ALL_SUPPORTED_RESOURCE_TYPES"), None | Some(true)) => {
                Ok(RecordingGroup::AllSupported { global_types })
            }
            (Some("EXCLUSION_BY_RESOURCE_TYPES"), None | Some(false)) => {
                excluded.map(RecordingGroup::AllBut).ok_or_else(exclusion)
            }
            (Some("INCLUSION_BY_RESOURCE_TYPES"), None | Some(false)) => listed().map(RecordingGroup::Only),
            (Some(strategy), _) => {
                let message = format!("`{}` is unknown or contradicts `allSupported`", visible(strategy, 60));
                Err(JsonError::at("$.recordingStrategy.useOnly", message))
            }
            // From before there were strategies.
            (None, Some(true)) => Ok(RecordingGroup::AllSupported { global_types }),
            (None, Some(false)) => match excluded.filter(|excluded| !excluded.is_empty()) {
                Some(excluded) => Ok(RecordingGroup::AllBut(excluded)),
                None => listed().map(RecordingGroup::Only),
            },
            (None, None) => Err(JsonError::at("$", "`allSupported` and `recordingStrategy` are both missing")),
        }
    }
}

impl RecordingGroup {
    /// Whether all IAM resource types are recorded.
    #[must_use]
    pub fn records_iam(&self) -> bool {
        let has = |types: &[String], wanted: &str| types.iter().any(|listed| listed == wanted);
        match self {
            Self::AllSupported { global_types } => *global_types,
            Self::AllBut(excluded) => IAM_TYPES.iter().all(|wanted| !has(excluded, wanted)),
            Self::Only(listed) => IAM_TYPES.iter().all(|wanted| has(listed, wanted)),
        }
    }
}

impl Record for ConfigurationRecorderStatus {
    const KIND: RegionalFactKind = RegionalFactKind::ConfigurationRecorderStatus;

    /// Reads the JSON that `aws configservice describe-configuration-recorder-status` prints.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        Ok(each(text, listing(text, "ConfigurationRecordersStatus")?, |wire: StatusWire, _| {
            Ok(Self {
                recorder: required(wire.name, "name")?,
                is_recording: required(wire.recording, "recording")?,
                last_status: wire.last_status,
                arn: wire.arn.map(|text| arn(&text, "arn")).transpose()?,
            })
        }))
    }

    fn account(&self) -> Option<AccountId> {
        self.arn.as_ref()?.account_id()
    }

    fn region(&self) -> Option<&str> {
        self.arn.as_ref().map(Arn::region)
    }
}
