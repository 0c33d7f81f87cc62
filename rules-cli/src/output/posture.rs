//! The state of an account in each area: a verdict in words with a number.

use std::collections::BTreeSet;

use rules_core::config::{FindingCode, ResourceType};
use rules_core::facts::FactKind;
use rules_core::rules::{RULES, RuleDefinition};

use super::AccountReport;
use super::row::{Row, Status, resource_label, shown_name};

/// What rules are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Area {
    Root,
    Administrators,
    LeastPrivilege,
    Audit,
}

/// How one area stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// Something is wrong.
    Bad,
    /// Something could not be judged, or was not.
    Unknown,
    /// Nothing is wrong.
    Good,
}

/// How one area stands, and why.
#[derive(Debug)]
pub(super) struct AreaStanding {
    pub(super) area: Area,
    pub(super) health: Health,
    /// The verdict, such as `Not safe`.
    pub(super) verdict: String,
    /// The number in words, such as `3 of 5 checks fail`.
    pub(super) number: String,
    /// What it comes from, worst first.
    pub(super) reasons: Vec<String>,
    /// How many more reasons there are.
    pub(super) more: usize,
}

/// How many reasons are given on the first screen.
const REASONS: usize = 3;

impl Area {
    pub(super) const ALL: [Self; 4] = [Self::Root, Self::Administrators, Self::LeastPrivilege, Self::Audit];

    /// The area of a rule, by its name and by what it reads, so that a new rule has one.
    pub(super) fn of(rule: &RuleDefinition) -> Self {
        if rule.id.starts_with("root-") {
            Self::Root
        } else if rule.id.ends_with("least-privilege") {
            Self::LeastPrivilege
        } else if rule.facts.iter().any(|kind| matches!(kind, FactKind::Regional(_))) {
            Self::Audit
        } else {
            Self::Administrators
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Root => "Root user",
            Self::Administrators => "Administrators",
            Self::LeastPrivilege => "Least privilege",
            Self::Audit => "Audit",
        }
    }

    /// Where the page says more.
    pub(super) fn anchor(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Administrators => "administrators",
            Self::LeastPrivilege => "principals",
            Self::Audit => "audit",
        }
    }
}

/// The rules of an area that did not run: there was nothing for them, or others were asked for.
pub(super) fn not_run(report: &AccountReport) -> Vec<&'static RuleDefinition> {
    let ran: BTreeSet<&str> = report.rules.iter().map(|rule| rule.definition.id).collect();
    RULES.iter().copied().filter(|rule| !ran.contains(rule.id)).collect()
}

/// How every area stands.
pub(super) fn standings(report: &AccountReport) -> Vec<AreaStanding> {
    Area::ALL.into_iter().map(|area| AreaStanding::of(area, report)).collect()
}

impl AreaStanding {
    fn of(area: Area, report: &AccountReport) -> Self {
        let rows: Vec<Row<'_>> = report.all_rows().filter(|row| Area::of(row.rule) == area).collect();
        let count = |state| rows.iter().filter(|row| row.state == state).count();
        let (wrong, unknown) = (count(Status::NonCompliant), count(Status::NotEvaluated));
        let not_run = not_run(report).into_iter().filter(|rule| Area::of(rule) == area).count();
        let health = match (wrong, unknown + not_run) {
            (0, 0) => Health::Good,
            (0, _) => Health::Unknown,
            _ => Health::Bad,
        };
        let asks: Vec<&Row<'_>> = rows.iter().filter(|row| row.state == Status::NonCompliant).collect();
        let (verdict, number, mut reasons) = match area {
            Area::Root | Area::Audit => of_checks(area, health, &rows, not_run),
            Area::Administrators => of_administrators(health, &rows, report),
            Area::LeastPrivilege => of_least_privilege(health, &rows),
        };
        if reasons.is_empty() {
            // What several rules find is said once.
            let mut said = BTreeSet::new();
            reasons = asks.iter().map(|row| row.why()).filter(|why| said.insert(why.clone())).collect();
        }
        let mut caveats = Vec::new();
        if unknown > 0 {
            caveats.push(format!("{} not evaluated", verdicts(unknown)));
        }
        if not_run > 0 {
            caveats.push(format!("{} not run", checks(not_run)));
        }
        let accepted = rows.iter().filter(|row| row.exception.is_some()).count();
        if accepted > 0 {
            caveats.push(format!("{} accepted by exception", verdicts(accepted)));
        }
        let more = reasons.len().saturating_sub(REASONS);
        reasons.truncate(REASONS);
        reasons.extend(caveats);
        Self { area, health, verdict, number, reasons, more }
    }
}

fn verdicts(number: usize) -> String {
    if number == 1 { "1 verdict".to_owned() } else { format!("{number} verdicts") }
}

fn checks(number: usize) -> String {
    if number == 1 { "1 check was".to_owned() } else { format!("{number} checks were") }
}

type InWords = (String, String, Vec<String>);

/// Of rules about the account: how many of them fail.
fn of_checks(area: Area, health: Health, rows: &[Row<'_>], not_run: usize) -> InWords {
    let failing: BTreeSet<&str> =
        rows.iter().filter(|row| row.state == Status::NonCompliant).map(|row| row.rule.id).collect();
    let passing: BTreeSet<&str> =
        rows.iter().filter(|row| row.state == Status::Compliant).map(|row| row.rule.id).collect();
    let passing = passing.difference(&failing).count();
    let all = rows.iter().map(|row| row.rule.id).collect::<BTreeSet<_>>().len() + not_run;
    let verdict = match (area, health) {
        (Area::Root, Health::Bad) => "Not safe",
        (Area::Root, Health::Good) => "Safe",
        (_, Health::Bad) => "Incomplete",
        (_, Health::Good) => "Complete",
        (_, Health::Unknown) => "Not known",
    };
    let number = match health {
        Health::Bad => {
            format!("{} of {all} checks {}", failing.len(), if failing.len() == 1 { "fails" } else { "fail" })
        }
        Health::Good | Health::Unknown => format!("{passing} of {all} checks pass"),
    };
    (verdict.to_owned(), number, Vec::new())
}

/// Who is an administrator, and what is wrong with that.
fn of_administrators(health: Health, rows: &[Row<'_>], report: &AccountReport) -> InWords {
    let wrong: Vec<&Row<'_>> = rows.iter().filter(|row| row.state == Status::NonCompliant).collect();
    let without_mfa = with_code(&wrong, FindingCode::AdminWithoutMfa);
    let escalating = [FindingCode::CanBecomeAdministrator, FindingCode::CanBecomeAdministratorUncertain]
        .map(|code| with_code(&wrong, code))
        .concat();
    let mut reasons = Vec::new();
    if !without_mfa.is_empty() {
        reasons.push(format!("Without MFA: {}", listed(&without_mfa)));
    }
    if !escalating.is_empty() {
        reasons.push(format!("Can become administrators: {}", listed(&escalating)));
    }
    let told = [
        FindingCode::AdminWithoutMfa,
        FindingCode::CanBecomeAdministrator,
        FindingCode::CanBecomeAdministratorUncertain,
    ];
    let others = wrong.iter().filter(|row| !row.findings.iter().any(|finding| told.contains(&finding.code)));
    reasons.extend(others.map(|row| row.why()));
    let of = |kind| report.context.administrators.iter().flatten().filter(move |one| one.kind == kind).count();
    let all = of("user") + of("role");
    if all > 0 {
        let kinds = [("user", of("user")), ("role", of("role"))];
        let kinds: Vec<String> =
            kinds.into_iter().filter(|(_, number)| *number > 0).map(|(kind, number)| plural(number, kind)).collect();
        reasons.push(format!("{} in all: {}", plural(all, "administrator"), kinds.join(" and ")));
    }
    let number = match (without_mfa.len(), escalating.len(), wrong.len()) {
        (0, 0, 0) if report.context.administrators.is_some() => plural(all, "administrator"),
        (0, 0, 0) => "nothing found".to_owned(),
        (0, 0, number) => plural(number, "finding"),
        (0, number, _) => format!("{} can become administrator", plural(number, "principal")),
        (number, _, _) => format!("{} without MFA", plural(number, "administrator")),
    };
    let verdict = match health {
        Health::Bad => "Not safe",
        Health::Unknown => "Not known",
        Health::Good => "Safe",
    };
    (verdict.to_owned(), number, reasons)
}

/// Who may do more than is to be.
fn of_least_privilege(health: Health, rows: &[Row<'_>]) -> InWords {
    let resources = |wanted: fn(&Row<'_>) -> bool| -> BTreeSet<(&str, &str)> {
        let rows = rows.iter().filter(|row| wanted(row));
        rows.map(|row| (row.resource.resource_type.as_str(), row.resource.id.as_str())).collect()
    };
    let failing = resources(|row| row.state == Status::NonCompliant);
    let judged = resources(|row| matches!(row.state, Status::NonCompliant | Status::Compliant));
    let mut wrong: Vec<&Row<'_>> = rows.iter().filter(|row| row.state == Status::NonCompliant).collect();
    wrong.sort_by_key(|row| row.measure.map(|measure| measure.score_tenths));
    let mut seen = BTreeSet::new();
    wrong.retain(|row| seen.insert((&row.resource.resource_type, &row.resource.id)));
    let reason = |row: &&Row<'_>| {
        let score = row.score().map(|score| format!(": score {score} of 100")).unwrap_or_default();
        format!("{}{score}", resource_label(row.resource))
    };
    let verdict = match health {
        Health::Bad => "Too many permissions",
        Health::Unknown => "Not known",
        Health::Good => "Kept",
    };
    let kinds = rows.iter().filter_map(|row| ResourceType::from_name(&row.resource.resource_type));
    let what = if kinds.collect::<BTreeSet<_>>().contains(&ResourceType::Policy) {
        "policies and principals"
    } else {
        "resources"
    };
    let number = match failing.len() {
        0 => format!("{} {what} evaluated, none below the minimum score", judged.len()),
        number => format!("{number} of {} {what} below the minimum score", judged.len()),
    };
    (verdict.to_owned(), number, wrong.iter().map(reason).collect())
}

fn with_code(rows: &[&Row<'_>], code: FindingCode) -> Vec<String> {
    let found = rows.iter().filter(|row| row.findings.iter().any(|finding| finding.code == code));
    found.map(|row| shown_name(row.resource.name.as_deref().unwrap_or(&row.resource.id))).collect()
}

/// Names, as many as fit into a line or two.
pub(super) fn listed(names: &[String]) -> String {
    const NAMED: usize = 8;
    let named: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    match names.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// `1 user`, `2 users`.
pub(super) fn plural(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use rules_core::rules::RULES;

    use super::Area;

    #[test]
    fn every_area_has_rules() {
        let of = |area| RULES.iter().filter(|rule| Area::of(rule) == area).map(|rule| rule.id).collect::<Vec<_>>();
        assert!(of(Area::Root).contains(&"root-usage-alarm-exists"));
        assert_eq!(of(Area::LeastPrivilege), ["policy-least-privilege", "principal-least-privilege"]);
        assert!(of(Area::Administrators).contains(&"admin-user-mfa-enabled"));
        assert_eq!(of(Area::Audit), ["cloudtrail-enabled", "config-recorder-enabled"]);
    }
}
