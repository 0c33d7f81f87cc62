//! ListVirtualMFADevices: which virtual devices there are and whose they are.

use serde::Deserialize;

use crate::arn::Arn;
use crate::json::{self, JsonError};

/// The virtual multi-factor authentication devices of an account, complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualMfaDevices {
    /// The ARN of the user each assigned device belongs to. The serial number proves nothing, so it is not kept.
    pub assigned_to: Vec<Arn>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "VirtualMFADevices")]
    devices: Vec<Device>,
    #[serde(rename = "IsTruncated", default)]
    is_truncated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    user: Option<Owner>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Owner {
    arn: Option<String>,
}

impl VirtualMfaDevices {
    /// Reads the JSON that `aws iam list-virtual-mfa-devices` prints.
    ///
    /// # Errors
    /// When the text is not that output, when it says that more pages follow, or when a device's user has no valid ARN.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let output: Output = json::read_as(text)?;
        if output.is_truncated {
            return Err(JsonError::at("$.IsTruncated", "more pages follow, so the list is incomplete"));
        }
        let mut assigned_to = Vec::new();
        for (index, device) in output.devices.into_iter().enumerate() {
            // A device without a user is not assigned.
            let Some(owner) = device.user else { continue };
            let path = format!("$.VirtualMFADevices[{index}].User.Arn");
            let arn = owner.arn.ok_or_else(|| JsonError::at(path.as_str(), "the device's user has no ARN"))?;
            assigned_to.push(arn.parse().map_err(|error| JsonError::at(path.as_str(), format!("{error}")))?);
        }
        assigned_to.sort();
        Ok(Self { assigned_to })
    }

    /// Whether a virtual device is assigned to the root user: one whose user's ARN ends exactly in `:root`.
    #[must_use]
    pub fn root_has_one(&self) -> bool {
        self.assigned_to.iter().any(|arn| arn.resource() == "root")
    }
}
