//! OCSF 1.5: a Compliance Finding (class 2003) for each verdict.

use std::io::{self, Write};

use rules_core::Timestamp;
use rules_core::config::Finding;
use rules_core::rules::Severity;
use rules_core::score::Grade;
use serde_json::{Value, json};

use super::AccountReport;
use super::json::write_array;
use super::page::how_to_fix;
use super::row::{Row, Status, shown, shown_name};

/// Compliance Finding, in the category of findings.
const CLASS: u32 = 2003;
const CATEGORY: u32 = 2;
/// The activity: a finding is created. Its uid distinguishes a new finding from an old one.
const CREATE: u32 = 1;

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    write_array(out, report.rows().map(|row| finding(&row, &report.place.partition)))
}

fn finding(row: &Row<'_>, partition: &str) -> Value {
    let rule = row.rule;
    let (compliance, compliance_id) = compliance(row.state);
    let (severity, severity_id) = severity(row);
    let milliseconds = milliseconds(row.ordering_timestamp);
    let resource = row.resource;
    let arn = resource.arn.as_ref();
    let mut standards: Vec<&str> =
        rule.controls.iter().filter_map(|control| control.split_once(": ")).map(|(standard, _)| standard).collect();
    standards.dedup();
    json!({
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": CATEGORY,
        "class_name": "Compliance Finding",
        "class_uid": CLASS,
        "type_name": "Compliance Finding: Create",
        "type_uid": CLASS * 100 + CREATE,
        "time": milliseconds,
        "severity": severity,
        "severity_id": severity_id,
        "status": if row.exception.is_some() { "Suppressed" } else { "New" },
        "status_id": if row.exception.is_some() { 3 } else { 1 },
        "status_code": row.state.as_str(),
        "status_detail": row.acceptance().unwrap_or_else(|| row.why()),
        "message": row.why(),
        "metadata": {
            "version": "1.5.0",
            "profiles": ["cloud"],
            "event_code": rule.id,
            "product": { "name": "rules-cli", "vendor_name": "rules-cli", "version": env!("CARGO_PKG_VERSION") },
        },
        "cloud": { "provider": "AWS", "account": { "uid": row.account.as_str(), "type": "AWS Account", "type_id": 10 } },
        "finding_info": {
            "uid": row.key(),
            "title": rule.summary,
            "desc": row.why(),
            "types": ["Compliance"],
            "created_time": milliseconds,
            "analytic": { "name": rule.id, "uid": rule.id, "type": "Rule", "type_id": 1 },
        },
        "compliance": {
            "control": rule.id,
            "desc": rule.summary,
            "standards": standards,
            "requirements": rule.claims().collect::<Vec<_>>(),
            "status": compliance,
            "status_id": compliance_id,
        },
        "resources": [{
            "uid": arn.map_or_else(|| shown_name(&resource.id), |arn| shown(&arn.to_string())),
            "name": shown_name(resource.name.as_deref().unwrap_or(&resource.id)),
            "type": shown_name(&resource.resource_type),
            "cloud_partition": partition,
        }],
        "remediation": { "desc": how_to_fix(rule) },
        "unmapped": {
            "resource_id": shown_name(&resource.id),
            "findings": row.findings.iter().map(shown_finding).collect::<Vec<_>>(),
            "exception": row.acceptance(),
            "severity": row.rule.severity.as_str(),
            "score": row.score().map(|score| f64::from(score.tenths()) / 10.0),
            "grade": row.score().map(|score| Grade::of(score).to_string()),
            "threshold": row.threshold().map(|score| f64::from(score.tenths()) / 10.0),
            "pass": row.passes(),
            "known": row.known,
            "certainty": row.certainty(),
        },
    })
}

/// Since 1970.
fn milliseconds(moment: Timestamp) -> i64 {
    moment.unix_seconds() * 1_000 + i64::from(moment.subsecond_nanoseconds()) / 1_000_000
}

/// OCSF's name and number.
fn compliance(state: Status) -> (&'static str, u8) {
    match state {
        Status::Compliant => ("Pass", 1),
        // What OCSF has for "no result, since information is missing".
        Status::NotEvaluated => ("Warning", 2),
        Status::NonCompliant => ("Fail", 3),
        Status::NotApplicable => ("NOT_APPLICABLE", 99),
    }
}

/// OCSF's name and number.
fn severity(row: &Row<'_>) -> (&'static str, u8) {
    match row.severity() {
        None => ("Informational", 1),
        Some(Severity::Low) => ("Low", 2),
        Some(Severity::Medium) => ("Medium", 3),
        Some(Severity::High) => ("High", 4),
        Some(Severity::Critical) => ("Critical", 5),
    }
}

fn shown_finding(finding: &Finding) -> Value {
    let optional = |text: &Option<String>| text.as_deref().map(shown_name);
    json!({
        "code": finding.code.as_str(),
        "message": shown(&finding.message),
        "policy": optional(&finding.policy),
        "statement": optional(&finding.statement),
        "path": finding.path.iter().map(|step| shown_name(step)).collect::<Vec<_>>(),
    })
}
