//! What the code can call, by the names of the actions that allow it.
//!
//! Each caller takes its name for messages from here. The tests hold the list against the source, against what arrives at
//! a stand-in for AWS, and against the role in `conformance-pack/function.yaml`, in both directions.

/// An operation of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// As IAM names it: the service's prefix and the operation.
    pub action: &'static str,
    /// Who allows it to the function.
    pub allowed: Allowed,
}

/// How the function comes to be allowed to call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// By its role.
    Always,
    /// By its role, and only when this variable of its environment is set.
    WhenSet(&'static str),
    /// AWS allows it to everybody.
    ToEverybody,
}

/// The operations that the code can call.
pub const OPERATIONS: [Operation; 12] = [
    Operation { action: ASSUME_ROLE, allowed: Allowed::WhenSet("RULES_ASSUME_ROLE_NAME") },
    Operation { action: GET_OBJECT, allowed: Allowed::WhenSet("RULES_EXCEPTIONS") },
    Operation { action: GET_PARAMETER, allowed: Allowed::WhenSet("RULES_EXCEPTIONS") },
    Operation { action: GET_CALLER_IDENTITY, allowed: Allowed::ToEverybody },
    always(GENERATE_CREDENTIAL_REPORT),
    always(GET_ACCOUNT_AUTHORIZATION_DETAILS),
    always(GET_ACCOUNT_SUMMARY),
    always(GET_CREDENTIAL_REPORT),
    always(LIST_VIRTUAL_MFA_DEVICES),
    always(GET_COMPLIANCE_DETAILS_BY_CONFIG_RULE),
    always(GET_RESOURCE_CONFIG_HISTORY),
    always(PUT_EVALUATIONS),
];

pub(crate) const ASSUME_ROLE: &str = "sts:AssumeRole";
pub(crate) const GET_CALLER_IDENTITY: &str = "sts:GetCallerIdentity";
pub(crate) const GET_OBJECT: &str = "s3:GetObject";
pub(crate) const GET_PARAMETER: &str = "ssm:GetParameter";
pub(crate) const GENERATE_CREDENTIAL_REPORT: &str = "iam:GenerateCredentialReport";
pub(crate) const GET_ACCOUNT_AUTHORIZATION_DETAILS: &str = "iam:GetAccountAuthorizationDetails";
pub(crate) const GET_ACCOUNT_SUMMARY: &str = "iam:GetAccountSummary";
pub(crate) const GET_CREDENTIAL_REPORT: &str = "iam:GetCredentialReport";
pub(crate) const LIST_VIRTUAL_MFA_DEVICES: &str = "iam:ListVirtualMFADevices";
pub(crate) const GET_COMPLIANCE_DETAILS_BY_CONFIG_RULE: &str = "config:GetComplianceDetailsByConfigRule";
pub(crate) const GET_RESOURCE_CONFIG_HISTORY: &str = "config:GetResourceConfigHistory";
pub(crate) const PUT_EVALUATIONS: &str = "config:PutEvaluations";

const fn always(action: &'static str) -> Operation {
    Operation { action, allowed: Allowed::Always }
}
