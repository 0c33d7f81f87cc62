//! ListVirtualMFADevices.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::AssignmentStatusType;
use rules_core::iam::VirtualMfaDevices;
use rules_core::{MissingFact, Timestamp};
use serde::Serialize;

use super::paging::Paging;
pub(super) use crate::aws::operation::LIST_VIRTUAL_MFA_DEVICES as ACTION;
use crate::aws::sdk_time;

const PAGE_SIZE: i32 = 1_000;

/// The output, all pages together, as the AWS CLI writes it. Seeds and codes are never in it.
#[derive(Default, Serialize)]
pub(crate) struct DevicesOutput {
    #[serde(rename = "VirtualMFADevices")]
    devices: Vec<Device>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    serial_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Owner>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_date: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Owner {
    arn: String,
}

pub(super) async fn read(iam: &Client) -> Result<DevicesOutput, MissingFact> {
    let mut paging = Paging::new(ACTION);
    let mut output = DevicesOutput::default();
    loop {
        let request = iam.list_virtual_mfa_devices().assignment_status(AssignmentStatusType::Any).max_items(PAGE_SIZE);
        let answer = request.set_marker(paging.marker()).send().await;
        let page = answer.map_err(|error| crate::aws::error::missing(ACTION, &error))?;
        output.devices.extend(page.virtual_mfa_devices.into_iter().map(|device| Device {
            serial_number: device.serial_number,
            user: device.user.map(|user| Owner { arn: user.arn }),
            enable_date: device.enable_date.as_ref().and_then(sdk_time::from_sdk),
        }));
        if !paging.more(page.is_truncated, page.marker)? {
            return Ok(output);
        }
    }
}

impl DevicesOutput {
    pub(super) fn devices(self) -> Result<VirtualMfaDevices, MissingFact> {
        let mut assigned_to = Vec::new();
        for device in self.devices {
            match device.user {
                Some(owner) => assigned_to.push(
                    owner.arn.parse().map_err(|error| MissingFact::new(ACTION, format!("a device's user: {error}")))?,
                ),
                None if device.enable_date.is_none() => {}
                None => return Err(MissingFact::new(ACTION, "a device is in use, and its user is unknown")),
            }
        }
        assigned_to.sort();
        Ok(VirtualMfaDevices { assigned_to })
    }
}
