//! The most important changes, and the gain of each.

mod gain;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rules_core::config::FindingCode;
use rules_core::rules::Severity;
use rules_core::score::Score;

use super::AccountReport;
use super::posture::{Area, listed};
use super::row::{Row, Status, resource_label, shown, shown_name};
use crate::explanation::Explanation;
use crate::remedy::{Remedy, Step};

/// How many are given.
const ACTIONS: usize = 10;

/// One thing to do.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) severity: Severity,
    /// What to do, such as `Give 2 administrators an MFA device: ada, bob`.
    pub(super) title: String,
    /// What is gained, such as `2 administrators get MFA: …`.
    pub(super) gain: String,
    /// The same as rules count it, such as `root-mfa-enabled then passes`.
    pub(super) by_rule: String,
    /// The change of a policy that gains it.
    pub(super) change: Option<String>,
    /// How.
    pub(super) remedy: Option<Remedy>,
    /// The area whose standing it betters.
    pub(super) area: Area,
    /// How many findings go away, and how many tenths of a point are gained, for the order.
    weight: (usize, u64),
}

/// What to do first, and how many things there are in all.
pub(super) fn first(report: &AccountReport) -> (Vec<Action>, usize) {
    let rows: Vec<Row<'_>> = report.all_rows().filter(|row| row.state == Status::NonCompliant).collect();
    let (scored, others): (Vec<&Row<'_>>, Vec<&Row<'_>>) = rows.iter().partition(|row| row.measure.is_some());
    let mut actions = of_checks(report, &others);
    actions.extend(of_policies(report, &scored));
    let total = actions.len();
    actions.sort_by_key(|action| (Reverse(action.severity), action.area, Reverse(action.weight)));
    actions.truncate(ACTIONS);
    (actions, total)
}

/// One action for each kind of finding: for the account, or for all the users who have it.
fn of_checks(report: &AccountReport, all: &[&Row<'_>]) -> Vec<Action> {
    // The findings that one change fixes count once, whichever rule has them.
    let mut by_code: BTreeMap<FindingCode, Vec<&Row<'_>>> = BTreeMap::new();
    for row in all {
        for finding in row.findings {
            by_code.entry(finding.code).or_default().push(row);
        }
    }
    let mut actions = Vec::new();
    for (code, rows) in by_code {
        let Some(first) = rows.first() else { continue };
        let Some(finding) = first.findings.iter().find(|finding| finding.code == code) else { continue };
        let remedy = together(report, &rows, code);
        let rules: BTreeSet<&str> = rows.iter().map(|row| row.rule.id).collect();
        let names: Vec<String> = rows
            .iter()
            .map(|row| shown_name(row.resource.name.as_deref().unwrap_or(&row.resource.id)))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let own = remedy.as_ref().map_or_else(|| shown(&finding.message), |remedy| shown(&remedy.title));
        let title = match (names.len(), code) {
            (1, _) => own,
            (number, FindingCode::AdminWithoutMfa) => {
                format!("Assign MFA devices to {number} administrators: {}", listed(&names))
            }
            (number, FindingCode::CanBecomeAdministrator) => {
                format!("Close the escalation paths of {number} principals: {}", listed(&names))
            }
            (number, _) => format!("{own}, and the same for {} more: {}", number - 1, listed(&names)),
        };
        let severity = rows.iter().map(|row| row.rule.severity).max().unwrap_or(first.rule.severity);
        let passes = rows.iter().filter(|row| row.findings.len() == 1).count();
        let rules: Vec<&str> = rules.into_iter().collect();
        let by_rule = match (names.len(), passes) {
            (1, passes) if passes == rules.len() => format!("{} then {}", rules.join(" and "), verb(rules.len())),
            (1, _) => format!("closes one finding of {}", rules.join(" and ")),
            (number, _) => {
                let failing = all.iter().filter(|row| rules.contains(&row.rule.id)).count();
                format!("{number} of {failing} findings of {}", rules.join(" and "))
            }
        };
        actions.push(Action {
            severity,
            title,
            gain: gain::of_check(code, names.len()),
            by_rule,
            change: None,
            remedy,
            area: Area::of(first.rule),
            weight: (rows.len(), 0),
        });
    }
    actions
}

/// The remedy of a kind of finding: the same steps for each of the first few that have it.
fn together(report: &AccountReport, rows: &[&Row<'_>], code: FindingCode) -> Option<Remedy> {
    const SHOWN: usize = 5;
    let of = |row: &&Row<'_>| {
        let finding = row.findings.iter().find(|finding| finding.code == code)?;
        report.remedy(row, finding)
    };
    let mut remedies: Vec<Remedy> = Vec::new();
    for remedy in rows.iter().filter_map(of) {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    let left_out = remedies.len().saturating_sub(SHOWN);
    let mut remedies = remedies.into_iter().take(SHOWN);
    let mut first = remedies.next()?;
    let mut rest = remedies.peekable();
    if rest.peek().is_some() {
        first.steps.insert(0, Step::Do(format!("{}:", first.title)));
    }
    for remedy in rest {
        first.steps.push(Step::Do(format!("{}:", remedy.title)));
        first.steps.extend(remedy.steps);
    }
    if left_out > 0 {
        first.steps.push(Step::Do(format!("The same change for {left_out} more, which are listed below.")));
    }
    Some(first)
}

fn verb(rules: usize) -> &'static str {
    if rules == 1 { "passes" } else { "pass" }
}

/// The policy behind a score: by the resource that holds it where that is judged itself, else by its name and the group
/// that it comes from.
type PolicyKey = (String, String);

/// What is wrong with one policy.
#[derive(Default)]
struct Behind<'r, 'a> {
    /// The verdict on the policy itself.
    own: Option<(&'r Row<'a>, usize)>,
    /// Those on principals who have it, with the finding.
    principals: Vec<(&'r Row<'a>, usize)>,
}

/// One action for each policy that costs points, for all principals that have it.
fn of_policies(report: &AccountReport, rows: &[&Row<'_>]) -> Vec<Action> {
    let mut policies: BTreeMap<PolicyKey, Behind<'_, '_>> = BTreeMap::new();
    for row in rows {
        for (index, finding) in row.findings.iter().enumerate() {
            let policy = finding.policy.clone().unwrap_or_default();
            let is_own = finding.code == FindingCode::ScoreBelowMinimum;
            // If only the name of a policy is known, an inline policy and a managed policy of the same name are
            // distinguished by the principal that has them.
            let managed = row.resource.resource_type == "AWS::IAM::Policy";
            let name = row.resource.name.clone().unwrap_or_default();
            let own = || {
                format!("{} {name}", row.resource.resource_type.rsplit("::").next().unwrap_or_default().to_lowercase())
            };
            let holder = match finding.path.as_slice() {
                _ if managed => String::new(),
                [_, group, _] if !is_own => format!("group {group}"),
                _ => own(),
            };
            let behind = policies.entry((policy, holder)).or_default();
            if is_own {
                behind.own = Some((row, index));
            } else {
                behind.principals.push((row, index));
            }
        }
    }
    merge_managed(&mut policies);
    policies.into_iter().filter_map(|(key, behind)| of_policy(report, &key, &behind)).collect()
}

/// Principals who have a managed policy of the account, directly or by a group, count for that policy.
fn merge_managed(policies: &mut BTreeMap<PolicyKey, Behind<'_, '_>>) {
    let managed: Vec<String> =
        policies.iter().filter(|((_, holder), _)| holder.is_empty()).map(|((policy, _), _)| policy.clone()).collect();
    for policy in managed {
        let keys: Vec<PolicyKey> = policies
            .range((policy.clone(), String::new())..)
            .take_while(|((name, _), _)| *name == policy)
            .filter(|((_, holder), behind)| !holder.is_empty() && behind.own.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            let Some(behind) = policies.remove(&key) else { continue };
            let target = policies.entry((policy.clone(), String::new())).or_default();
            target.principals.extend(behind.principals);
        }
    }
}

fn of_policy(report: &AccountReport, (policy, holder): &PolicyKey, behind: &Behind<'_, '_>) -> Option<Action> {
    let (row, index) = behind.own.or_else(|| behind.principals.first().copied())?;
    let finding = row.findings.get(index)?;
    let explanation = row.explanation(index);
    let fix = explanation.and_then(|explanation| explanation.fix.as_ref());
    let name = shown_name(policy);
    let what = match holder.as_str() {
        "" => format!("policy {name}"),
        holder => format!("policy {name} of {}", shown_name(holder)),
    };
    let statement = fix.and_then(|fix| fix.statement.as_deref()).or(finding.statement.as_deref());
    let title = match statement {
        Some(statement) => format!("Narrow statement {} of {what}", shown_name(statement)),
        None => format!("Narrow {what}"),
    };
    let before = row.score()?;
    let affected: BTreeSet<&str> = behind.principals.iter().map(|(row, _)| row.resource.id.as_str()).collect();
    let others = affected.len().saturating_sub(usize::from(behind.own.is_none()));
    let carriers = match others {
        0 => String::new(),
        1 => "; it is the costliest policy of 1 more principal below the minimum".to_owned(),
        number => format!("; it is the costliest policy of {number} more principals below the minimum"),
    };
    let subject = if behind.own.is_some() { "the policy".to_owned() } else { resource_label(row.resource) };
    let minimum = row.threshold();
    let (gain, change, tenths) = match (fix, explanation.and_then(largest)) {
        (Some(fix), _) => {
            let end = match minimum {
                Some(minimum) if fix.score >= minimum => format!("and passes (the minimum is {minimum})"),
                Some(minimum) => format!("and is still below the minimum, {minimum}"),
                None => String::new(),
            };
            let text = format!("{subject} rises from score {before} to {} of 100 {end}{carriers}", fix.score);
            (text, Some(shown(&fix.text)), points(fix.score).saturating_sub(points(before)))
        }
        (None, Some(loss)) => (
            format!(
                "{subject} has score {before} of 100 and rises by up to {} points without {} on {}{carriers}",
                loss.points,
                shown(&loss.actions),
                shown(&loss.reach)
            ),
            None,
            points(loss.points),
        ),
        (None, None) => {
            let missing = minimum.map_or(0, points).saturating_sub(points(before));
            (format!("{subject} has score {before} of 100{carriers}"), None, missing)
        }
    };
    let changes = affected.len() + usize::from(behind.own.is_some());
    let weight = (changes.min(1), tenths.saturating_mul(u64::try_from(changes.max(1)).unwrap_or(u64::MAX)));
    let (severity, remedy) = (row.rule.severity, report.remedy(row, finding));
    let by_rule = row.rule.id.to_owned();
    Some(Action { severity, title, gain, by_rule, change, remedy, area: Area::LeastPrivilege, weight })
}

fn largest(explanation: &Explanation) -> Option<&crate::explanation::ShownLoss> {
    explanation.losses.first()
}

fn points(score: Score) -> u64 {
    u64::from(score.tenths())
}
