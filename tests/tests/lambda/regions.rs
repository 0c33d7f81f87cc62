//! What is read of Regions: where, how often, and what is made of a part that is missing.

use std::collections::BTreeMap;

use rules_tests::account::ACCOUNT;
use rules_tests::command::{Finished, rules_cli};
use rules_tests::fault::Fault;
use serde_json::{Value, json};

use super::setting::{HERE, REGION, Setting, account};

/// Where the root user's sign-ins are reported.
const SIGN_INS: &str = "us-east-1";

fn with_regions(regions: Value) -> Setting {
    let mut account = account();
    account["regions"] = regions;
    Setting::new(account)
}

fn arn(region: &str, trail: &str) -> String {
    format!("arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/{trail}")
}

/// The calls of regional services, by Region and action.
fn calls(setting: &Setting) -> BTreeMap<(String, String), usize> {
    let mut counted = BTreeMap::new();
    let elsewhere = ["GetCallerIdentity", "GetComplianceDetailsByConfigRule", "PutEvaluations"];
    let calls = setting.aws.calls_by_region().into_iter();
    for call in calls.filter(|(_, action)| !elsewhere.contains(&action.as_str())) {
        *counted.entry(call).or_default() += 1;
    }
    counted
}

fn counts(expected: &[(&str, &str, usize)]) -> BTreeMap<(String, String), usize> {
    expected.iter().map(|(region, action, count)| (((*region).to_owned(), (*action).to_owned()), *count)).collect()
}

#[test]
fn each_rule_calls_for_what_it_needs() {
    let setting = Setting::new(account());
    for (rule, expected) in [
        ("cloudtrail-enabled", &["DescribeTrails", "GetEventSelectors", "GetTrailStatus"][..]),
        ("config-recorder-enabled", &["DescribeConfigurationRecorderStatus", "DescribeConfigurationRecorders"]),
        (
            "root-usage-alarm-exists",
            &[
                "DescribeAlarmsForMetric",
                "DescribeMetricFilters",
                "DescribeTrails",
                "GetEventSelectors",
                "GetTrailStatus",
                "ListSubscriptionsByTopic",
            ],
        ),
    ] {
        setting.aws.forget();
        setting.schedule(rule).assert_ok();
        let expected: Vec<_> = expected.iter().map(|action| (REGION, *action, 1)).collect();
        assert_eq!(calls(&setting), counts(&expected), "{rule}");
    }
}

/// Hundreds of users, filters, alarms, subscriptions and rules beside the chain.
fn crowd() -> Setting {
    let named = |fields: Value| -> Value {
        (0..300).map(|number| (format!("other-{number}"), fields.clone())).collect::<serde_json::Map<_, _>>().into()
    };
    let mut region = json!({
        "sound": true,
        "metric_filters": named(json!({ "logGroupName": "other" })),
        "alarms": named(json!({ "MetricName": "Other" })),
        "subscriptions": named(json!({ "TopicArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:other") })),
        "trails": { "home": {}, "shadow": { "TrailARN": arn(SIGN_INS, "shadow"), "HomeRegion": SIGN_INS } },
        "trail_status": { "home": true }, "event_selectors": { "home": {} },
    });
    for part in ["metric_filters", "alarms", "subscriptions"] {
        region[part]["the-one"] = json!({});
    }
    let mut account = account();
    account["users"] =
        (0..300).map(|number| (format!("user-{number}"), json!({}))).collect::<serde_json::Map<_, _>>().into();
    account["regions"] = json!({
        REGION: region,
        SIGN_INS: { "trail_status": { "shadow": true }, "event_selectors": { "shadow": {} } },
    });
    Setting::new(account)
}

/// The rules about Regions by the command line.
fn command_line(setting: &Setting, further: &[&str]) -> Finished {
    let url = setting.aws.url();
    let rules = ["cloudtrail-enabled", "config-recorder-enabled", "root-usage-alarm-exists"];
    let named = rules.iter().flat_map(|rule| ["--rule", rule]);
    let arguments = ["evaluate", "--endpoint-url", &url, "--format", "ndjson"].into_iter().chain(named);
    rules_cli(arguments.chain(further.iter().copied()), &HERE)
}

#[test]
fn further_regions_are_read_and_no_trail_is_asked_twice() {
    let shadow = json!({ "all": { "TrailARN": arn(REGION, "all"), "HomeRegion": REGION } });
    let setting = with_regions(json!({
        REGION: { "sound": true, "trails": { "all": {
            "CloudWatchLogsLogGroupArn": format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:*"),
        } } },
        "eu-central-1": { "trails": shadow, "configuration_recorders": {}, "configuration_recorder_status": {} },
    }));
    let finished = command_line(&setting, &["--also-region", "eu-central-1", "--also-region", REGION]);
    let compliance: Vec<_> = finished.lines().into_iter().map(|line| (line.rule, line.compliance)).collect();
    let expected = [
        ("root-usage-alarm-exists", "COMPLIANT"),
        ("cloudtrail-enabled", "COMPLIANT"),
        ("config-recorder-enabled", "NON_COMPLIANT"),
    ];
    assert_eq!(compliance, expected.map(|(rule, compliance)| (rule.to_owned(), compliance.to_owned())));
    assert!(finished.stdout.contains("there is no recorder in eu-central-1"), "{}", finished.stdout);
    let calls = calls(&setting);
    assert!(calls.values().all(|count| *count == 1), "{calls:?}");
    assert_eq!(calls.keys().filter(|(_, action)| action == "GetTrailStatus").count(), 1, "{calls:?}");
}

#[test]
fn the_function_reads_the_regions_that_its_environment_names() {
    let mut account = account();
    account["regions"] = json!({ REGION: { "sound": true }, "eu-central-1": { "sound": true, "without": ["trails"] } });
    let alone = Setting::new(account.clone());
    alone.schedule("config-recorder-enabled").assert_ok();
    let annotation = alone.only().annotation;
    assert!(
        annotation.contains(
            "each Region that was read (eu-west-1), and the IAM types in eu-west-1; other Regions were not read"
        ),
        "{annotation}"
    );
    let both = Setting::with_variables(account.clone(), &[("RULES_REGIONS", " eu-central-1, eu-west-1")]);
    both.schedule("config-recorder-enabled").assert_ok();
    let annotation = both.only().annotation;
    assert!(annotation.contains("each Region that was read (eu-central-1, eu-west-1)"), "{annotation}");
    assert_eq!(
        calls(&both),
        counts(&[
            ("eu-central-1", "DescribeConfigurationRecorders", 1),
            ("eu-central-1", "DescribeConfigurationRecorderStatus", 1),
            (REGION, "DescribeConfigurationRecorders", 1),
            (REGION, "DescribeConfigurationRecorderStatus", 1),
        ])
    );
    account["regions"]["eu-central-1"] = json!({});
    let none_there = Setting::with_variables(account, &[("RULES_REGIONS", "eu-central-1")]);
    none_there.schedule("config-recorder-enabled").assert_ok();
    let annotation = none_there.only().annotation;
    assert!(annotation.contains("there is no recorder in eu-central-1"), "{annotation}");
}

#[test]
fn the_size_of_the_account_does_not_matter() {
    let setting = crowd();
    let finished = command_line(&setting, &[]);
    assert_eq!(finished.code, 0, "{}{}", finished.stdout, finished.stderr);
    assert_eq!(
        calls(&setting),
        counts(&[
            (REGION, "DescribeTrails", 1),
            (REGION, "DescribeConfigurationRecorders", 1),
            (REGION, "DescribeConfigurationRecorderStatus", 1),
            (REGION, "DescribeMetricFilters", 1),
            (REGION, "DescribeAlarmsForMetric", 1),
            (REGION, "ListSubscriptionsByTopic", 1),
            // Two for each trail, in its home.
            (REGION, "GetTrailStatus", 1),
            (REGION, "GetEventSelectors", 1),
            (SIGN_INS, "GetTrailStatus", 1),
            (SIGN_INS, "GetEventSelectors", 1),
        ])
    );
}

fn told_by_event_bridge() -> Setting {
    with_regions(json!({
        REGION: { "sound": true, "alarms": {} },
        SIGN_INS: {
            "eventbridge_rules": { "root": {}, "other": { "EventPattern": r#"{"source":["aws.ec2"]}"# } },
            "subscriptions": { "all": {} },
        },
    }))
}

#[test]
fn event_bridge_is_asked_where_sign_ins_are_reported_when_no_alarm_tells() {
    let setting = told_by_event_bridge();
    setting.schedule("root-usage-alarm-exists").assert_ok();
    let only = setting.only();
    assert_eq!(only.compliance, "COMPLIANT", "{}", only.annotation);
    assert!(only.annotation.contains("EventBridge") && only.annotation.contains(SIGN_INS), "{}", only.annotation);
    let elsewhere: BTreeMap<_, _> = calls(&setting).into_iter().filter(|((region, _), _)| region == SIGN_INS).collect();
    assert_eq!(
        elsewhere,
        counts(&[
            (SIGN_INS, "ListRules", 1),
            (SIGN_INS, "ListTargetsByRule", 1),
            (SIGN_INS, "ListSubscriptionsByTopic", 1),
        ])
    );
}

#[test]
fn the_rules_of_a_bus_behind_the_default_one_are_read_where_it_is() {
    let bus = format!("arn:aws:events:eu-central-1:{ACCOUNT}:event-bus/security");
    let tell =
        json!({ "EventBusName": "security", "EventPattern": r#"{"detail":{"userIdentity":{"type":["Root"]}}}"# });
    let setting = with_regions(json!({
        REGION: { "sound": true, "alarms": {} },
        SIGN_INS: { "eventbridge_rules": { "root": { "Targets": [{ "Id": "1", "Arn": bus }] } } },
        "eu-central-1": { "eventbridge_rules": { "tell": tell, "other": {} }, "subscriptions": { "all": {} } },
    }));
    setting.schedule("root-usage-alarm-exists").assert_ok();
    let only = setting.only();
    assert_eq!(only.compliance, "COMPLIANT", "{}", only.annotation);
    let there: BTreeMap<_, _> =
        calls(&setting).into_iter().filter(|((region, _), _)| region == "eu-central-1").collect();
    assert_eq!(
        there,
        counts(&[
            ("eu-central-1", "ListRules", 1),
            ("eu-central-1", "ListTargetsByRule", 1),
            ("eu-central-1", "ListSubscriptionsByTopic", 1),
        ])
    );
}

#[test]
fn subscribers_of_alarms_and_of_rules_are_kept_together() {
    let other = json!({ "AlarmActions": [format!("arn:aws:sns:{SIGN_INS}:{ACCOUNT}:pending")] });
    let trail = json!({ "all": {
        "CloudWatchLogsLogGroupArn": format!("arn:aws:logs:{SIGN_INS}:{ACCOUNT}:log-group:trail:*"),
    } });
    let pending = json!({
        "SubscriptionArn": "PendingConfirmation", "TopicArn": format!("arn:aws:sns:{SIGN_INS}:{ACCOUNT}:pending"),
    });
    let setting = with_regions(json!({
        REGION: { "sound": true, "trails": trail },
        SIGN_INS: {
            "metric_filters": { "all": {} }, "alarms": { "all": other }, "eventbridge_rules": { "root": {} },
            "subscriptions": { "a": pending, "b": {} },
        },
    }));
    setting.schedule("root-usage-alarm-exists").assert_ok();
    assert_eq!(setting.only().compliance, "COMPLIANT", "{}", setting.only().annotation);
    assert_eq!(calls(&setting)[&(SIGN_INS.to_owned(), "ListSubscriptionsByTopic".to_owned())], 2);
}

#[test]
fn a_denial_behind_event_bridge_is_no_verdict() {
    let setting = told_by_event_bridge();
    setting.aws.fail("ListSubscriptionsByTopic", Fault::AccessDenied);
    let invoked = setting.schedule("root-usage-alarm-exists");
    assert!(invoked.error().1.contains("sns:ListSubscriptionsByTopic"), "{invoked:?}");
    assert_eq!(setting.aws.accepted(), []);
}

#[test]
fn an_account_with_neither_is_named() {
    let setting = with_regions(json!({ REGION: { "sound": true, "alarms": {} } }));
    setting.schedule("root-usage-alarm-exists").assert_ok();
    let only = setting.only();
    assert_eq!(only.compliance, "NON_COMPLIANT");
    assert!(only.annotation.contains("no alarm watches the metric"), "{}", only.annotation);
}

#[test]
fn a_denial_by_event_bridge_is_no_verdict() {
    for action in ["ListRules", "ListTargetsByRule"] {
        let setting = told_by_event_bridge();
        setting.aws.fail(action, Fault::AccessDenied);
        let invoked = setting.schedule("root-usage-alarm-exists");
        let (kind, message) = invoked.error();
        assert_eq!(kind, "NotEvaluated");
        assert!(message.contains(&format!("events:{action}: AccessDeniedException")), "{message}");
        assert_eq!(setting.aws.accepted(), []);
    }
}

#[test]
fn without_trails_nothing_else_is_read() {
    let setting = with_regions(json!({ REGION: { "trails": {} } }));
    setting.schedule("root-usage-alarm-exists").assert_ok();
    assert_eq!(setting.only().compliance, "NON_COMPLIANT");
    assert_eq!(calls(&setting), counts(&[(REGION, "DescribeTrails", 1)]));
}

#[test]
fn one_trail_that_cannot_be_read_takes_no_other_with_it() {
    let both = json!({ "a": true, "b": true });
    let setting = with_regions(json!({ REGION: {
        "sound": true, "trails": { "a": {}, "b": {} }, "trail_status": both, "event_selectors": { "a": {}, "b": {} },
    } }));
    setting.aws.fail_after(1, "GetTrailStatus", Fault::AccessDenied);
    let invoked = setting.schedule("cloudtrail-enabled");
    let (kind, message) = invoked.error();
    assert_eq!(kind, "NotEvaluated");
    assert!(message.contains("cloudtrail:GetTrailStatus of arn:aws:cloudtrail:eu-west-1"), "{message}");
    assert!(message.contains("every resource was evaluated, but not everything could be read"), "{message}");
    assert_eq!(setting.only().compliance, "COMPLIANT", "one trail that is right is enough");
}

#[test]
fn every_page_is_read_and_a_missing_one_is_no_listing() {
    let crowd = json!({ "sound": true, "trails": { "all": {} }, "metric_filters": {
        "a": { "filterPattern": "x" }, "b": { "filterPattern": "y" }, "the-one": {},
    }, "subscriptions": { "a": { "SubscriptionArn": "PendingConfirmation" }, "b": {} } });
    let setting = with_regions(json!({ REGION: crowd }));
    setting.aws.page_size(1);
    setting.schedule("root-usage-alarm-exists").assert_ok();
    assert_eq!(setting.only().compliance, "COMPLIANT");
    for (action, pages) in [("DescribeMetricFilters", 3), ("ListSubscriptionsByTopic", 2)] {
        assert_eq!(calls(&setting)[&(REGION.to_owned(), action.to_owned())], pages);
        setting.aws.forget();
        setting.aws.fail_after(1, action, Fault::AccessDenied);
        let invoked = setting.schedule("root-usage-alarm-exists");
        assert!(invoked.error().1.contains(action), "{invoked:?}");
        assert_eq!(setting.aws.accepted(), [], "half a listing is none");
        setting.aws.heal();
        setting.aws.forget();
        setting.schedule("root-usage-alarm-exists").assert_ok();
    }
    let setting = told_by_event_bridge();
    setting.aws.page_size(1);
    setting.schedule("root-usage-alarm-exists").assert_ok();
    assert_eq!(calls(&setting)[&(SIGN_INS.to_owned(), "ListRules".to_owned())], 2);
}

#[test]
fn the_chain_is_followed_into_the_region_of_the_log_group() {
    let log_group = format!("arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:trail:*");
    let setting = with_regions(json!({
        REGION: { "sound": true, "trails": { "all": { "CloudWatchLogsLogGroupArn": log_group } } },
        "eu-central-1": { "metric_filters": { "all": {} }, "alarms": { "all": {} }, "subscriptions": { "all": {} } },
    }));
    setting.schedule("root-usage-alarm-exists").assert_ok();
    assert_eq!(setting.only().compliance, "COMPLIANT", "{}", setting.only().annotation);
    let there: Vec<_> = calls(&setting).into_keys().filter(|(region, _)| region == "eu-central-1").collect();
    assert_eq!(there.len(), 3, "{there:?}");
}

#[test]
fn nothing_is_asked_of_a_log_group_of_another_account() {
    let log_group = "arn:aws:logs:eu-west-1:444455556666:log-group:trail:*";
    let setting = with_regions(json!({
        REGION: { "sound": true, "trails": { "all": { "CloudWatchLogsLogGroupArn": log_group } } },
    }));
    let invoked = setting.schedule("root-usage-alarm-exists");
    assert!(invoked.error().1.contains("belongs to account 444455556666"), "{invoked:?}");
    assert!(!setting.aws.calls().iter().any(|call| call == "DescribeMetricFilters"));
}
