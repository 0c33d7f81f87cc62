//! The names in the output: finding codes, escalation paths, classes of actions.

use rules_core::config::FindingCode;
use rules_core::paths;

use super::{cell, code, codes, opening, table};
use crate::commands::explain::{CLASSES, class_name, rules_with};

pub(super) fn findings() -> String {
    let mut codes = FindingCode::ALL.to_vec();
    codes.sort_unstable();
    let rows: Vec<[String; 3]> = codes
        .into_iter()
        .map(|finding| {
            let rules: Vec<String> = rules_with(finding)
                .map(|rule| {
                    let page = rule.id.replace('-', "_");
                    format!("[{}](../../rules-core/src/rules/{page}.md) ({})", rule.id, rule.severity)
                })
                .collect();
            [code(finding.as_str()), cell(finding.description()), rules.join(", ")]
        })
        .collect();
    let mut page = opening("Finding codes", "the rules");
    page.push_str(
        "\nFinding codes are stable. They are in the JSON field `findings[].code` and in the CSV column `finding`. \
         `rules-cli explain CODE` describes the reason and the remediation.\n",
    );
    page.push_str(&table(["code", "meaning", "rule (severity)"], &rows));
    page
}

pub(super) fn paths() -> String {
    let mut page = opening("Escalation paths", "`rules-core/data/escalation_paths.json`");
    page.push_str(
        "\nA principal with all actions of a path can gain more permissions. The score and the search for administrators use the \
         same paths. `rules-cli explain ID` describes a path and its remediation.\n",
    );
    let rows: Vec<[String; 5]> = paths::all()
        .iter()
        .map(|path| {
            let needs: Vec<String> = path.needs.iter().map(|need| cell(need)).collect();
            [
                code(path.name),
                class_name(path).to_owned(),
                codes(path.actions.iter().copied()),
                codes(path.services.iter().copied()),
                needs.join("; "),
            ]
        })
        .collect();
    page.push_str(&table(["id", "class", "actions", "roles that trust", "also needed"], &rows));
    page.push_str(
        "\n## Classes of actions\n\nActions of these classes have a higher weight in the score than their access level has.\n",
    );
    let rows: Vec<[String; 2]> = CLASSES.iter().map(|(name, meaning)| [code(name), cell(meaning)]).collect();
    page.push_str(&table(["class", "meaning"], &rows));
    page
}
