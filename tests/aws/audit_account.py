"""Gives the account of a moto server what the rules about trails, recorders and alarms ask for, each once and sound.

    audit_account.py URL REGION
"""

import sys

import boto3

PATTERN = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'


def main(url: str, region: str) -> None:
    def client(service: str):
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        return boto3.client(service, endpoint_url=url, region_name=region, **keys)

    client("s3").create_bucket(Bucket="logs")
    logs = client("logs")
    logs.create_log_group(logGroupName="trail")
    group = logs.describe_log_groups()["logGroups"][0]["arn"]
    role = "arn:aws:iam::123456789012:role/logs"
    trails = client("cloudtrail")
    trails.create_trail(
        Name="all",
        S3BucketName="logs",
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=role,
    )
    # moto answers what it was given; AWS always answers with the list of excluded sources.
    everything = {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
    trails.put_event_selectors(TrailName="all", EventSelectors=[everything])
    trails.start_logging(Name="all")
    metric = {"metricName": "RootUse", "metricNamespace": "Security", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName="trail", filterName="root", filterPattern=PATTERN, metricTransformations=[metric]
    )
    sns = client("sns")
    topic = sns.create_topic(Name="security")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="security@example.com")
    client("cloudwatch").put_metric_alarm(
        AlarmName="root",
        Namespace="Security",
        MetricName="RootUse",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
    )
    events = client("events")
    events.put_rule(Name="root", EventPattern='{"detail": {"userIdentity": {"type": ["Root"]}}}')
    events.put_targets(Rule="root", Targets=[{"Id": "security", "Arn": topic}])
    config = client("config")
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": role,
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "logs"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


if __name__ == "__main__":
    main(*sys.argv[1:])
