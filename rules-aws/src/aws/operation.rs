//! The operations that the code can call, by the names of their IAM actions.
//!
//! Error messages use these names. Tests compare the list with the source, with the requests to a simulation of AWS,
//! and with the role in `conformance-pack/function.yaml`, in both directions.

/// An operation of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The IAM action: the prefix of the service and the operation.
    pub action: &'static str,
    /// The permission that allows the operation.
    pub allowed: Allowed,
}

/// The permission that allows the function to call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// The role allows it.
    Always,
    /// The role allows it if the rules about trails, recorders and alarms run.
    ForAuditRules,
    /// The role allows it if this environment variable is set.
    WhenSet(&'static str),
    /// AWS allows it for all principals.
    ToAllPrincipals,
}

/// The operations that the code can call.
pub const OPERATIONS: [Operation; 22] = [
    Operation { action: ASSUME_ROLE, allowed: Allowed::WhenSet("RULES_ASSUME_ROLE_NAME") },
    Operation { action: GET_OBJECT, allowed: Allowed::WhenSet("RULES_EXCEPTIONS") },
    Operation { action: GET_PARAMETER, allowed: Allowed::WhenSet("RULES_EXCEPTIONS") },
    Operation { action: GET_CALLER_IDENTITY, allowed: Allowed::ToAllPrincipals },
    always(GENERATE_CREDENTIAL_REPORT),
    always(GET_ACCOUNT_AUTHORIZATION_DETAILS),
    always(GET_ACCOUNT_SUMMARY),
    always(GET_CREDENTIAL_REPORT),
    always(LIST_VIRTUAL_MFA_DEVICES),
    always(GET_COMPLIANCE_DETAILS_BY_CONFIG_RULE),
    always(GET_RESOURCE_CONFIG_HISTORY),
    always(PUT_EVALUATIONS),
    for_audit_rules(DESCRIBE_TRAILS),
    for_audit_rules(GET_EVENT_SELECTORS),
    for_audit_rules(GET_TRAIL_STATUS),
    for_audit_rules(DESCRIBE_ALARMS_FOR_METRIC),
    for_audit_rules(DESCRIBE_CONFIGURATION_RECORDERS),
    for_audit_rules(DESCRIBE_CONFIGURATION_RECORDER_STATUS),
    for_audit_rules(LIST_RULES),
    for_audit_rules(LIST_TARGETS_BY_RULE),
    for_audit_rules(DESCRIBE_METRIC_FILTERS),
    for_audit_rules(LIST_SUBSCRIPTIONS_BY_TOPIC),
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
pub(crate) const DESCRIBE_TRAILS: &str = "cloudtrail:DescribeTrails";
pub(crate) const GET_EVENT_SELECTORS: &str = "cloudtrail:GetEventSelectors";
pub(crate) const GET_TRAIL_STATUS: &str = "cloudtrail:GetTrailStatus";
pub(crate) const DESCRIBE_ALARMS_FOR_METRIC: &str = "cloudwatch:DescribeAlarmsForMetric";
pub(crate) const DESCRIBE_CONFIGURATION_RECORDERS: &str = "config:DescribeConfigurationRecorders";
pub(crate) const DESCRIBE_CONFIGURATION_RECORDER_STATUS: &str = "config:DescribeConfigurationRecorderStatus";
pub(crate) const LIST_RULES: &str = "events:ListRules";
pub(crate) const LIST_TARGETS_BY_RULE: &str = "events:ListTargetsByRule";
pub(crate) const DESCRIBE_METRIC_FILTERS: &str = "logs:DescribeMetricFilters";
pub(crate) const LIST_SUBSCRIPTIONS_BY_TOPIC: &str = "sns:ListSubscriptionsByTopic";

const fn always(action: &'static str) -> Operation {
    Operation { action, allowed: Allowed::Always }
}

const fn for_audit_rules(action: &'static str) -> Operation {
    Operation { action, allowed: Allowed::ForAuditRules }
}
