//! Trails, recorders and alarms.

use rules_core::config::FindingCode;

use super::{Remedy, Target};

/// How to fix a finding of the rules about auditing.
pub(super) fn remedy(target: Target<'_>) -> Option<Remedy> {
    let region = target.region;
    let link = |at: usize, unknown: &'static str| target.finding.path.get(at).map_or(unknown, String::as_str);
    // The chain from the trail to the topic, as far as the finding got.
    let trail = short(link(0, "TRAIL"));
    let (group, alarm, topic) = (link(1, "LOG_GROUP"), link(3, "ALARM"), link(4, "TOPIC"));
    let topic_arn = format!("arn:{}:sns:{region}:{}:{topic}", target.partition, target.account);
    let remedy = match target.finding.code {
        FindingCode::NoMultiRegionTrail => Remedy::new("Create a trail of all Regions")
            .run([
                "aws",
                "cloudtrail",
                "create-trail",
                "--region",
                region,
                "--name",
                "management-events",
                "--s3-bucket-name",
                "BUCKET",
                "--is-multi-region-trail",
                "--enable-log-file-validation",
            ])
            .run(["aws", "cloudtrail", "start-logging", "--region", region, "--name", "management-events"]),
        FindingCode::TrailNotLogging => Remedy::new(format!("Start logging of trail {trail}")).run([
            "aws",
            "cloudtrail",
            "start-logging",
            "--name",
            trail,
        ]),
        FindingCode::TrailNotDelivering => Remedy::new(format!("Fix the delivery of trail {trail} to its bucket"))
            .step("Get the delivery error, then fix the policy of the bucket or key:")
            .run(["aws", "cloudtrail", "get-trail-status", "--name", trail]),
        FindingCode::TrailMissesManagementEvents => Remedy::new(format!("Record all management events in trail {trail}")).run([
            "aws",
            "cloudtrail",
            "put-event-selectors",
            "--trail-name",
            trail,
            "--advanced-event-selectors",
            r#"[{"Name":"Management events","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]"#,
        ]),
        FindingCode::TrailWithoutLogValidation => Remedy::new(format!("Turn on log file validation of trail {trail}")).run([
            "aws",
            "cloudtrail",
            "update-trail",
            "--name",
            trail,
            "--enable-log-file-validation",
        ]),
        FindingCode::NoRecorder => Remedy::new("Set up AWS Config")
            .step(format!("In Region {region}, which records IAM:"))
            .run([
                "aws",
                "configservice",
                "put-configuration-recorder",
                "--region",
                region,
                "--configuration-recorder",
                &format!(
                    "name=default,roleARN=arn:{}:iam::{}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
                    target.partition, target.account
                ),
                "--recording-group",
                "allSupported=true,includeGlobalResourceTypes=true",
            ])
            .run([
                "aws",
                "configservice",
                "put-delivery-channel",
                "--region",
                region,
                "--delivery-channel",
                "name=default,s3BucketName=BUCKET",
            ])
            .run([
                "aws",
                "configservice",
                "start-configuration-recorder",
                "--region",
                region,
                "--configuration-recorder-name",
                "default",
            ]),
        FindingCode::RecorderStopped => Remedy::new("Start the AWS Config recorder").run([
            "aws",
            "configservice",
            "start-configuration-recorder",
            "--configuration-recorder-name",
            link(0, "default"),
        ]),
        FindingCode::RecorderFailing => Remedy::new("Fix the delivery of the AWS Config recorder")
            .step("Get the error of the recorder, then fix its role or bucket:")
            .run(["aws", "configservice", "describe-configuration-recorder-status"]),
        FindingCode::RecorderOfListedTypes | FindingCode::IamTypesNotRecorded => {
            Remedy::new("Record all resource types, and the IAM types in one Region")
                .step("Add the global types to the recording group of the recorder in one Region:")
                .run(["aws", "configservice", "describe-configuration-recorders"])
                .run([
                    "aws",
                    "configservice",
                    "put-configuration-recorder",
                    "--configuration-recorder",
                    "name=default,roleARN=ROLE_ARN",
                    "--recording-group",
                    "allSupported=true,includeGlobalResourceTypes=true",
                ])
        }
        FindingCode::NoLogGroup | FindingCode::LogGroupDeliveryFailing => {
            Remedy::new(format!("Send the events of trail {trail} to CloudWatch Logs")).run([
                "aws",
                "cloudtrail",
                "update-trail",
                "--name",
                trail,
                "--cloud-watch-logs-log-group-arn",
                "LOG_GROUP_ARN",
                "--cloud-watch-logs-role-arn",
                "ROLE_ARN",
            ])
        }
        FindingCode::NoMetricFilter => Remedy::new("Count every use of the root user").run([
            "aws",
            "logs",
            "put-metric-filter",
            "--log-group-name",
            group,
            "--filter-name",
            "root-use",
            "--metric-transformations",
            "metricName=RootUse,metricNamespace=Security,metricValue=1",
            "--filter-pattern",
            r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
        ]),
        FindingCode::NoAlarm | FindingCode::AlarmSleepsThrough => Remedy::new("Create an alarm for every use of the root user").run([
            "aws",
            "cloudwatch",
            "put-metric-alarm",
            "--alarm-name",
            if alarm == "ALARM" { "root-use" } else { alarm },
            "--namespace",
            "Security",
            "--metric-name",
            "RootUse",
            "--statistic",
            "Sum",
            "--period",
            "300",
            "--evaluation-periods",
            "1",
            "--threshold",
            "1",
            "--comparison-operator",
            "GreaterThanOrEqualToThreshold",
            "--treat-missing-data",
            "notBreaching",
            "--alarm-actions",
            &topic_arn,
        ]),
        FindingCode::AlarmWithoutAction => Remedy::new(format!("Add an action to alarm {alarm}"))
            .step("Add an SNS topic with a confirmed subscriber as an action of the alarm, and enable its actions:")
            .run(["aws", "cloudwatch", "enable-alarm-actions", "--alarm-names", alarm]),
        FindingCode::TopicWithoutSubscriber => Remedy::new(format!("Add a subscriber to topic {topic}"))
            .run([
                "aws",
                "sns",
                "subscribe",
                "--topic-arn",
                &topic_arn,
                "--protocol",
                "email",
                "--notification-endpoint",
                "ADDRESS",
            ])
            .step("The subscriber confirms the subscription by the link in the email."),
        FindingCode::EventBridgeWithoutRecipient => Remedy::new(format!("Add a target that notifies a recipient to rule {}", link(0, "RULE")))
            .run([
                "aws",
                "events",
                "put-targets",
                "--region",
                region,
                "--rule",
                link(0, "RULE"),
                "--targets",
                "Id=notify,Arn=TOPIC_ARN",
            ]),
        FindingCode::EventBridgeNotFed => {
            Remedy::new("Create a trail that logs write events, for EventBridge").step(
                "Without a trail that covers the Region and logs write events, EventBridge receives no CloudTrail events. \
                 See cloudtrail-enabled.",
            )
        }
        _ => return None,
    };
    Some(remedy)
}

/// The name of a trail without its Region or the rest of its ARN.
fn short(name: &str) -> &str {
    name.rsplit('/').next().filter(|_| name.starts_with("arn:")).unwrap_or(name)
}
