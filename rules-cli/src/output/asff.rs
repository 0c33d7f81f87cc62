//! The AWS Security Finding Format: an array whose elements Security Hub's BatchImportFindings takes, a hundred at a time.

use std::io::{self, Write};

use rules_core::config::EvaluatedResource;
use rules_core::rules::Severity;
use rules_core::score::Grade;
use rules_core::text::visible;
use serde_json::{Value, json};

use super::json::write_array;
use super::page::how_to_fix_within;
use super::row::{Row, Status, finding_text, resource_label, shown_name};
use super::{AccountReport, Place};

/// How long texts may be, in characters.
const TITLE: usize = 256;
const DESCRIPTION: usize = 1_024;
const RECOMMENDATION: usize = 512;
const REASON: usize = 2_048;
/// How many reasons there may be.
const REASONS: usize = 20;

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    write_array(out, report.rows().map(|row| finding(&row, &report.place)))
}

fn finding(row: &Row<'_>, place: &Place) -> Value {
    let Place { partition, region } = place;
    let rule = row.rule;
    let at = row.ordering_timestamp;
    let account = row.account;
    let description = row.acceptance().unwrap_or_else(|| row.why());
    let fix = how_to_fix_within(rule, RECOMMENDATION);
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": row.key(),
        "ProductArn": format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        "GeneratorId": rule.id,
        "AwsAccountId": account.as_str(),
        "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
        "CreatedAt": at,
        "UpdatedAt": at,
        "Severity": { "Label": severity(row), "Original": row.state.as_str() },
        "Title": visible(&format!("{}: {}", rule.id, resource_label(row.resource)), TITLE),
        "Description": visible(&description, DESCRIPTION),
        "Remediation": { "Recommendation": { "Text": fix } },
        "ProductFields": product_fields(row),
        "Resources": [resource(row, place)],
        "Compliance": {
            "Status": status(row.state),
            "RelatedRequirements": rule.claims().collect::<Vec<_>>(),
            "StatusReasons": reasons(row),
        },
        // What does not apply is over, as Security Hub itself treats such results of AWS Config.
        "RecordState": if row.state == Status::NotApplicable { "ARCHIVED" } else { "ACTIVE" },
    })
}

/// Texts only, and none that are empty: Security Hub refuses others.
fn product_fields(row: &Row<'_>) -> Value {
    let fields = [
        ("rule", Some(row.rule.id.to_owned())),
        ("resourceId", Some(shown_name(&row.resource.id))),
        ("compliance", Some(row.state.as_str().to_owned())),
        ("severity", Some(row.rule.severity.as_str().to_owned())),
        ("score", row.score().map(|score| score.to_string())),
        ("grade", row.score().map(|score| Grade::of(score).to_string())),
        ("threshold", row.threshold().map(|score| score.to_string())),
        ("pass", row.passes().map(|passes| passes.to_string())),
        ("known", row.known.map(|known| known.to_string())),
    ];
    let known = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    Value::Object(known.collect())
}

fn severity(row: &Row<'_>) -> &'static str {
    match row.severity() {
        None => "INFORMATIONAL",
        Some(Severity::Low) => "LOW",
        Some(Severity::Medium) => "MEDIUM",
        Some(Severity::High) => "HIGH",
        Some(Severity::Critical) => "CRITICAL",
    }
}

fn status(state: Status) -> &'static str {
    match state {
        Status::Compliant => "PASSED",
        Status::NonCompliant => "FAILED",
        Status::NotApplicable | Status::NotEvaluated => "NOT_AVAILABLE",
    }
}

fn reasons(row: &Row<'_>) -> Vec<Value> {
    let reason = |code: &str, text: &str| json!({ "ReasonCode": code, "Description": visible(text, REASON) });
    if row.findings.is_empty() {
        return vec![reason(row.state.as_str(), &row.annotation)];
    }
    row.findings
        .iter()
        .take(REASONS)
        .map(|finding| reason(finding.code.as_str(), &finding_text(finding).replace('\n', ", ")))
        .collect()
}

fn resource(row: &Row<'_>, place: &Place) -> Value {
    let EvaluatedResource { resource_type, id, arn, .. } = row.resource;
    let (kind, id) = match resource_type.as_str() {
        "AWS::::Account" => ("AwsAccount", format!("AWS::::Account:{id}")),
        "AWS::IAM::User" => ("AwsIamUser", id.clone()),
        "AWS::IAM::Group" => ("AwsIamGroup", id.clone()),
        "AWS::IAM::Role" => ("AwsIamRole", id.clone()),
        "AWS::IAM::Policy" => ("AwsIamPolicy", id.clone()),
        _ => ("Other", id.clone()),
    };
    let id = arn.as_ref().map_or(id, ToString::to_string);
    json!({ "Type": kind, "Id": visible(&id, 512), "Partition": place.partition, "Region": place.region })
}
