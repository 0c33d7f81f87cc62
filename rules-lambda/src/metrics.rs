//! The metrics of an invocation.
//!
//! One line on standard output in the embedded metric format of CloudWatch, which needs neither a call nor a
//! permission.

use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rules_aws::Handled;
use rules_core::config::ComplianceType;
use serde_json::{Value, json};

/// The namespace of the metrics in CloudWatch.
const NAMESPACE: &str = "ConfigRules";

/// What an invocation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invoked {
    /// The rule's id; none when the event named no rule.
    pub(crate) rule: Option<&'static str>,
    pub(crate) duration: Duration,
    pub(crate) counts: Counts,
    pub(crate) failed: bool,
}

/// How many resources came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) compliant: usize,
    pub(crate) non_compliant: usize,
    pub(crate) not_applicable: usize,
    pub(crate) not_evaluated: usize,
    pub(crate) cleared: usize,
}

impl Counts {
    pub(crate) fn of(handled: &Handled) -> Self {
        let count = |kind| handled.evaluations().filter(|evaluation| evaluation.compliance_type == kind).count();
        Self {
            compliant: count(ComplianceType::Compliant),
            non_compliant: count(ComplianceType::NonCompliant),
            not_applicable: count(ComplianceType::NotApplicable),
            not_evaluated: handled.not_evaluated().count(),
            cleared: handled.cleared.len(),
        }
    }

    fn evaluated(&self) -> usize {
        self.compliant + self.non_compliant + self.not_applicable
    }
}

impl Invoked {
    /// Writes the line. If metrics cannot be written, the invocation does not fail.
    pub(crate) fn write(&self) {
        let line = format!("{}\n", self.line(SystemTime::now()));
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }

    fn line(&self, now: SystemTime) -> Value {
        let count = |name: &str| json!({ "Name": name, "Unit": "Count" });
        let milliseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        json!({
            "_aws": {
                "Timestamp": u64::try_from(milliseconds).unwrap_or(u64::MAX),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Rule"]],
                    "Metrics": [
                        count("Evaluated"),
                        count("NonCompliant"),
                        count("NotEvaluated"),
                        count("Failed"),
                        { "Name": "Duration", "Unit": "Milliseconds" },
                    ],
                }],
            },
            "Rule": self.rule.unwrap_or("unknown"),
            "Evaluated": self.counts.evaluated(),
            "NonCompliant": self.counts.non_compliant,
            "NotEvaluated": self.counts.not_evaluated,
            "Failed": u8::from(self.failed),
            "Duration": u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_value_and_the_dimension_is_there() {
        let counts = Counts { compliant: 5, non_compliant: 2, not_applicable: 1, not_evaluated: 3, cleared: 4 };
        let duration = Duration::from_micros(12_900);
        let invoked = Invoked { rule: Some("root-mfa-enabled"), duration, counts, failed: true };
        let line = invoked.line(UNIX_EPOCH + Duration::from_millis(1_769_860_800_500));
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "ConfigRules");
        assert_eq!(directive["Dimensions"], json!([["Rule"]]));
        let values: Vec<(&str, u64)> = directive["Metrics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|metric| metric["Name"].as_str().unwrap())
            .map(|name| (name, line[name].as_u64().unwrap()))
            .collect();
        let expected = [("Evaluated", 8), ("NonCompliant", 2), ("NotEvaluated", 3), ("Failed", 1), ("Duration", 12)];
        assert_eq!(values, expected);
        assert_eq!(
            (&line["Rule"], &line["_aws"]["Timestamp"]),
            (&json!("root-mfa-enabled"), &json!(1_769_860_800_500_u64))
        );
        let nameless = Invoked { rule: None, ..invoked };
        assert_eq!(nameless.line(UNIX_EPOCH)["Rule"], "unknown");
    }
}
