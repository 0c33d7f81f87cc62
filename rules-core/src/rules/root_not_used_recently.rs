//! `root-not-used-recently`.

use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, FindingCode, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::iam::credential_report::{CredentialRow, LastUsed};
use crate::timestamp::Timestamp;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "root-not-used-recently",
    summary: "The root user's password and access keys have not been used within a number of days.",
    severity: Severity::High,
    page: include_str!("root_not_used_recently.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[FindingCode::RootUsed],
    parameters: &[ParameterDefinition {
        name: "windowDays",
        // Ten years are more than any review looks back.
        kind: ParameterKind::WholeNumber { least: 1, most: 3_650 },
        default: "90",
        description: "The number of days in which the root user must not have been used.",
    }],
    facts: &[FactKind::CredentialReport],
    controls: &[
        "CIS AWS 1.4: 1.7",
        "CIS AWS 3.0: 1.7",
        "CIS AWS 5.0: 1.6",
        "CIS AWS 6.0: 2.6",
        "CIS AWS 7.0: 2.7",
        "NIST 800-53: AC-6(2)",
        "NIST 800-53: AC-6(5)",
    ],
    build: |parameters| Box::new(RootNotUsedRecently { window_days: parameters.whole_number("windowDays") }),
};

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

struct RootNotUsedRecently {
    window_days: u64,
}

impl Rule for RootNotUsedRecently {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let report = facts.credential_report()?;
        let uses = uses(report.root()?);
        let source = report.described_at(facts.as_of);
        let latest = uses.iter().filter_map(|(credential, used)| Some((used.moment()?, *credential))).max();
        if let Some((moment, credential)) = latest.filter(|(moment, _)| self.is_recent(*moment, facts.as_of)) {
            let window = match self.window_days {
                1 => "1 day".to_owned(),
                days => format!("{days} days"),
            };
            let message = format!("the root user's {credential} was used on {moment}, within {window} ({source})");
            return Ok(Outcome::finding(Finding::new(FindingCode::RootUsed, message)));
        }
        // A use within the window is proven by itself. That there was none needs all three answers.
        if let Some((credential, _)) = uses.iter().find(|(_, used)| *used == LastUsed::Unknown) {
            let what = format!("last use of the root user's {credential}");
            return Err(MissingFact::new(what, "the credential report has no value"));
        }
        Ok(Outcome::compliant(match latest {
            Some((moment, credential)) => format!("the root user was last used on {moment} ({credential}; {source})"),
            None => format!("IAM has no record of use of the root user ({source})"),
        }))
    }
}

impl RootNotUsedRecently {
    /// A moment in the future counts as just now: clocks differ.
    fn is_recent(&self, used: Timestamp, as_of: Timestamp) -> bool {
        let window = i64::try_from(self.window_days).unwrap_or(i64::MAX).saturating_mul(SECONDS_OF_A_DAY);
        as_of.seconds_since(used) <= window
    }
}

/// When each credential was last used. A key has no name but its place in the report.
fn uses(row: &CredentialRow) -> [(&'static str, LastUsed); 3] {
    let [first, second] = &row.access_keys;
    [("password", row.password_last_used), ("access key 1", first.last_used), ("access key 2", second.last_used)]
}
