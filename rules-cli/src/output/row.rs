//! A verdict as all formats show it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use rules_core::config::{ComplianceType, EvaluatedResource, Finding, Measure, Verdict};
use rules_core::exceptions::Exception;
use rules_core::record;
use rules_core::rules::{RuleDefinition, Severity};
use rules_core::score::Score;
use rules_core::text::{ascii, visible};
use rules_core::{AccountId, Timestamp};
use sha2::{Digest as _, Sha256};

use super::view::Viewed;
use super::{AccountReport, ReportedVerdict, RuleReport};
use crate::explanation::Explanation;
use crate::places::FilePlace;

/// The most that is shown of one text.
const TEXT_LIMIT: usize = 1_000;
/// The longest key, which is the longest id of a finding of Security Hub.
const KEY_LIMIT: usize = 512;
/// The most that is shown of one name. The longest of IAM's have 128 characters.
const NAME_LIMIT: usize = 130;

/// The status of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    NotEvaluated,
    NonCompliant,
    Compliant,
    NotApplicable,
}

/// One verdict with the rule and the account that it belongs to.
pub(super) struct Row<'a> {
    pub(super) rule: &'static RuleDefinition,
    pub(super) account: &'a AccountId,
    pub(super) verdict: &'a Verdict,
    pub(super) resource: &'a EvaluatedResource,
    pub(super) state: Status,
    /// Why, in one sentence.
    pub(super) annotation: Cow<'a, str>,
    /// The moment as of which it holds.
    pub(super) ordering_timestamp: Timestamp,
    pub(super) findings: &'a [Finding],
    /// The exception under which the findings are accepted.
    pub(super) exception: Option<&'a Exception>,
    /// The score that decides, if the rule has one.
    pub(super) measure: Option<Measure>,
    /// Whether the baseline holds it, where there is one.
    pub(super) known: Option<bool>,
    places: &'a [Option<FilePlace>],
    explanations: &'a [Option<Explanation>],
    fail_on: Option<Severity>,
}

impl Status {
    /// Every state, what asks for action first; so are they ordered.
    pub(super) const ALL: [Self; 4] = [Self::NotEvaluated, Self::NonCompliant, Self::Compliant, Self::NotApplicable];

    pub(super) fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::NotEvaluated(_) => Self::NotEvaluated,
            Verdict::Evaluated(evaluation) => match evaluation.compliance_type {
                ComplianceType::Compliant => Self::Compliant,
                ComplianceType::NonCompliant => Self::NonCompliant,
                ComplianceType::NotApplicable => Self::NotApplicable,
            },
        }
    }

    /// AWS Config's name, and one of our own for what AWS Config has no name for.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::NotEvaluated => "NOT_EVALUATED",
            Self::NonCompliant => "NON_COMPLIANT",
            Self::Compliant => "COMPLIANT",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }
}

impl AccountReport {
    /// Every verdict, shown or not, in order.
    pub(super) fn all_rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rules.iter().flat_map(|rule| self.all_rows_of(rule))
    }

    fn all_rows_of<'a>(&'a self, rule: &'a RuleReport) -> impl Iterator<Item = Row<'a>> {
        rule.verdicts.iter().map(|verdict| Row::new(rule.definition, self, verdict))
    }

    /// Every verdict that is shown, in the order in which it is.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.viewed(self.all_rows())
    }

    /// The verdicts of one of the rules that are shown, in the order in which they are.
    pub(super) fn rows_of<'a>(&'a self, rule: &'a RuleReport) -> impl Iterator<Item = Row<'a>> {
        self.viewed(self.all_rows_of(rule))
    }

    fn viewed<'a>(&self, rows: impl Iterator<Item = Row<'a>>) -> impl Iterator<Item = Row<'a>> {
        let mut rows: Vec<Row<'a>> = rows.filter(|row| self.view.shows(row)).collect();
        self.view.sort(&mut rows);
        rows.into_iter()
    }

    /// What became of every resource, in order.
    pub(super) fn states(&self) -> impl Iterator<Item = Status> {
        self.rules.iter().flat_map(states_of)
    }
}

/// What became of every resource that a rule is about, in order.
pub(super) fn states_of(rule: &RuleReport) -> impl Iterator<Item = Status> {
    rule.verdicts.iter().map(|verdict| Status::of(&verdict.verdict))
}

/// How many verdicts there are of each state.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(BTreeMap<Status, usize>);

impl Counts {
    pub(super) fn of(states: impl IntoIterator<Item = Status>) -> Self {
        let mut counts = Self::default();
        for state in states {
            *counts.0.entry(state).or_default() += 1;
        }
        counts
    }

    pub(super) fn in_state(&self, state: Status) -> usize {
        self.0.get(&state).copied().unwrap_or_default()
    }

    pub(super) fn all(&self) -> usize {
        self.0.values().sum()
    }
}

/// `1 NON_COMPLIANT, 3 COMPLIANT`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<String> = self.0.iter().map(|(state, count)| format!("{count} {}", state.as_str())).collect();
        f.write_str(if told.is_empty() { "no resources" } else { "" })?;
        f.write_str(&told.join(", "))
    }
}

impl<'a> Row<'a> {
    pub(super) fn new(rule: &'static RuleDefinition, report: &'a AccountReport, reported: &'a ReportedVerdict) -> Self {
        let verdict = &reported.verdict;
        Self {
            rule,
            account: &report.account,
            verdict,
            resource: verdict.resource(),
            state: Status::of(verdict),
            annotation: verdict.annotation(),
            ordering_timestamp: verdict.ordering_timestamp(),
            findings: verdict.findings(),
            exception: verdict.exception(),
            measure: verdict.measure(),
            known: reported.known,
            places: &reported.places,
            explanations: &reported.explanations,
            fail_on: report.fail_on,
        }
    }

    /// The findings, each with the place of its statement.
    pub(super) fn placed_findings(&self) -> impl Iterator<Item = (&'a Finding, Option<&'a FilePlace>)> {
        let places = self.places.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        self.findings.iter().zip(places)
    }

    /// What costs the points of a finding, where that is known.
    pub(super) fn explanation(&self, finding: usize) -> Option<&'a Explanation> {
        self.explanations.get(finding)?.as_ref()
    }

    /// The score that decides, if the rule has one.
    pub(super) fn score(&self) -> Option<Score> {
        self.measure.map(|measure| Score::from_tenths(measure.score_tenths.into()))
    }

    /// What the score had to reach.
    pub(super) fn threshold(&self) -> Option<Score> {
        self.measure.map(|measure| Score::from_tenths(measure.minimum_tenths.into()))
    }

    /// Whether the resource passes; none where it could not be judged.
    pub(super) fn passes(&self) -> Option<bool> {
        match self.state {
            Status::NotEvaluated => None,
            Status::Compliant | Status::NotApplicable => Some(true),
            Status::NonCompliant => {
                let asked = self.fail_on.is_none_or(|least| self.rule.severity >= least);
                Some(self.known == Some(true) || !asked)
            }
        }
    }

    /// Whether a path of escalation that was found is certain or possible; none where no path was.
    pub(super) fn certainty(&self) -> Option<&'static str> {
        let mut escalations = self.findings.iter().filter_map(|finding| finding.escalation.as_deref());
        let is_certain = escalations.next()?.proven || escalations.any(|escalation| escalation.proven);
        Some(record::certainty(is_certain))
    }

    /// Why something that is wrong passes all the same, if it does.
    pub(super) fn tolerance(&self) -> Option<&'static str> {
        let is_tolerated = self.state == Status::NonCompliant && self.passes() == Some(true);
        is_tolerated.then(|| if self.known == Some(true) { "in the baseline" } else { "less severe than --fail-on" })
    }

    /// The reason, safe to show anywhere that escapes its own syntax.
    pub(super) fn why(&self) -> String {
        shown(&self.annotation)
    }

    /// A name that stays the same as long as the rule has something to say about the resource. At most [`KEY_LIMIT`]
    /// characters.
    pub(super) fn key(&self) -> String {
        let resource = &self.resource;
        let key = format!("{}/{}/{}/{}", self.account, self.rule.id, resource.resource_type, resource.id);
        let shown = ascii(&key, usize::MAX);
        if shown.len() <= KEY_LIMIT {
            return shown;
        }
        // No id of AWS is so long. What is cut off still makes two of them differ.
        let digest = Sha256::digest(key.as_bytes());
        let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{digest}", ascii(&key, KEY_LIMIT - 33))
    }

    /// How urgent it is, if something may be wrong.
    pub(super) fn severity(&self) -> Option<Severity> {
        match self.state {
            Status::NonCompliant | Status::NotEvaluated => Some(self.rule.severity),
            Status::Compliant | Status::NotApplicable => None,
        }
    }

    /// The exception that accepts the findings, if there is one.
    pub(super) fn acceptance(&self) -> Option<String> {
        self.exception.map(acceptance_in_words)
    }
}

/// Who accepts findings and until when.
pub(super) fn acceptance_in_words(exception: &Exception) -> String {
    let (owner, reason) = (shown_name(&exception.owner), shown(&exception.reason));
    format!("accepted by {owner} until {}: {reason}", exception.expires)
}

impl Viewed for Row<'_> {
    fn passes(&self) -> Option<bool> {
        self.passes()
    }

    fn severity(&self) -> Option<Severity> {
        self.severity()
    }

    fn score_tenths(&self) -> Option<u16> {
        self.measure.map(|measure| measure.score_tenths)
    }

    fn name(&self) -> String {
        self.resource.name.clone().unwrap_or_else(|| self.resource.id.clone())
    }
}

/// The heads of a table of rules with a number for each state.
pub(super) const OVERVIEW: [&str; 6] =
    ["Rule", "Severity", "Not evaluated", "Non-compliant", "Compliant", "Not applicable"];

/// `user ada`: the kind's last word and the friendly name.
pub(crate) fn resource_label(resource: &EvaluatedResource) -> String {
    let kind = resource.resource_type.rsplit("::").next().unwrap_or_default().to_lowercase();
    format!("{} {}", shown_name(&kind), shown_name(resource.name.as_deref().unwrap_or(&resource.id)))
}

/// A name, safe to show.
pub(super) fn shown_name(name: &str) -> String {
    visible(name, NAME_LIMIT)
}

/// A sentence, safe to show.
pub(super) fn shown(text: &str) -> String {
    visible(text, TEXT_LIMIT)
}

/// `bob > admins > everything > statement All`: how one gets to what is wrong.
pub(super) fn way(finding: &Finding) -> Option<String> {
    let mut steps: Vec<String> = finding.path.iter().map(|step| shown_name(step)).collect();
    steps.extend(finding.statement.iter().map(|statement| format!("statement {}", shown_name(statement))));
    (!steps.is_empty()).then(|| steps.join(" > "))
}

/// What a finding says, and how one gets there.
pub(super) fn finding_text(finding: &Finding) -> String {
    let message = shown(&finding.message);
    match way(finding) {
        Some(way) => format!("{message}\nvia {way}"),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use rules_core::config::{EvaluatedResource, Verdict};
    use rules_core::rules::RULES;
    use rules_core::{MissingFact, Timestamp};

    use super::{KEY_LIMIT, Row};
    use crate::output::context::Context;
    use crate::output::{AccountReport, Place, ReportedVerdict, View};

    #[test]
    fn keys_are_short_and_tell_resources_apart() {
        let account: rules_core::AccountId = "111122223333".parse().unwrap();
        let report = AccountReport {
            account: account.clone(),
            as_of: None,
            rules: Vec::new(),
            unread: Vec::new(),
            place: Place::new(None, None),
            fail_on: None,
            view: View::default(),
            context: Context::default(),
        };
        let key = |id: String| {
            let resource = EvaluatedResource { resource_type: "AWS::IAM::User".to_owned(), id, name: None, arn: None };
            let missing = MissingFact::new("everything", "not read");
            let verdict = Verdict::new(resource, Err(missing), Timestamp::from_unix(0, 0).unwrap());
            let verdict = ReportedVerdict::from(verdict);
            Row::new(RULES[0], &report, &verdict).key()
        };
        assert_eq!(key("AIDAADA".to_owned()), format!("111122223333/{}/AWS::IAM::User/AIDAADA", RULES[0].id));
        let long = |last: char| key(format!("{}{last}", "\u{202e}".repeat(600)));
        assert!(long('a').len() <= KEY_LIMIT && long('a') != long('b'));
    }
}
