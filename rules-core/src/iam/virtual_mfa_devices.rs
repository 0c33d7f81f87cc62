//! ListVirtualMFADevices: the virtual MFA devices and their users.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::listing::Ending;
use super::wire::Omissible;
use crate::arn::Arn;
use crate::json::{self, JsonError};

/// The virtual MFA devices of an account, complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualMfaDevices {
    /// The ARN of the user of each assigned device. The serial number proves nothing, so it is not kept.
    pub assigned_to: Vec<Arn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    #[serde(rename = "VirtualMFADevices")]
    devices: Vec<Device>,
    #[serde(default)]
    is_truncated: Omissible<bool>,
    #[serde(borrow)]
    marker: Option<&'a RawValue>,
    #[serde(borrow)]
    next_token: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    #[serde(default)]
    user: Omissible<Owner>,
    enable_date: Option<IgnoredAny>,
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
    /// If the text is not this output, if more pages follow, or if the user of a device in use is unknown.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let Output { devices, is_truncated, marker, next_token } = json::read_as(text)?;
        Ending { is_truncated, marker, next_token }.is_said_whole()?;
        let mut assigned_to = Vec::new();
        for (index, device) in devices.into_iter().enumerate() {
            let path = format!("$.VirtualMFADevices[{index}]");
            match device.user {
                Omissible::Given(owner) => {
                    let path = format!("{path}.User.Arn");
                    let arn = owner.arn.ok_or_else(|| JsonError::at(path.as_str(), "the device's user has no ARN"))?;
                    assigned_to.push(arn.parse().map_err(|error| JsonError::at(path.as_str(), format!("{error}")))?);
                }
                // A device without a user is not assigned, and one that is not assigned is not in use.
                Omissible::LeftOut if device.enable_date.is_none() => {}
                Omissible::LeftOut | Omissible::Null => {
                    return Err(JsonError::at(path, "the user of the device is unknown"));
                }
            }
        }
        assigned_to.sort();
        Ok(Self { assigned_to })
    }

    /// Whether a virtual device is assigned to the root user, whose ARN ends in `:root`.
    #[must_use]
    pub fn root_has_one(&self) -> bool {
        self.assigned_to.iter().any(|arn| arn.resource() == "root")
    }
}
