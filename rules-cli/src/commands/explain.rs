//! `explain`: the meaning of a name in the output.

use rules_core::config::FindingCode;
use rules_core::paths::{self, EscalationClass, EscalationPath};
use rules_core::rules::{RULES, RuleDefinition};

use crate::args::ExplainArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, page};
use crate::suggest;

/// The classes of actions that weigh more than their access level says, and those of escalation.
pub(super) const CLASSES: [(&str, &str); 9] = [
    ("data-read", "Returns or copies stored data."),
    ("resource-exposure", "Gives other principals access to a resource."),
    ("secret-read", "Returns a secret or plaintext."),
    ("credential-issue", "Returns or issues credentials of a principal."),
    ("self-escalation", "The principal gives itself more permissions."),
    ("principal-access", "The principal creates credentials of another principal, or changes who can assume it."),
    ("new-pass-role", "The principal passes a role to a new resource."),
    ("existing-pass-role", "The principal takes over an existing resource that has a role."),
    ("assume-role", "The principal assumes a role."),
];

/// AWS's reference of actions, resources and condition keys.
const REFERENCE: &str = "https://docs.aws.amazon.com/service-authorization/latest/reference/";

pub(super) fn run(args: &ExplainArgs) -> Result<Exit, CliError> {
    let text = match &args.id {
        None => list(),
        Some(id) => explain(id).ok_or_else(|| unknown(id))?,
    };
    output::to(None, |out| writeln!(out, "{}", text.trim_end()))?;
    Ok(Exit::Clean)
}

fn explain(id: &str) -> Option<String> {
    let is_named = |name: &str| name.eq_ignore_ascii_case(id);
    if let Some(rule) = RULES.iter().find(|rule| is_named(rule.id)) {
        return Some(rule.page.to_owned());
    }
    if let Some(code) = FindingCode::ALL.iter().find(|code| is_named(code.as_str())) {
        return Some(explain_finding(*code));
    }
    if let Some(path) = paths::all().iter().find(|path| is_named(path.name)) {
        return Some(explain_path(path));
    }
    let (name, meaning) = CLASSES.iter().find(|(name, _)| is_named(name))?;
    Some(explain_class(name, meaning))
}

/// The rules that have findings with this code.
pub(super) fn rules_with(code: FindingCode) -> impl Iterator<Item = &'static RuleDefinition> {
    RULES.iter().copied().filter(move |rule| rule.findings.contains(&code))
}

fn explain_finding(code: FindingCode) -> String {
    let mut text = format!("# {code}\n\n{}\n", code.description());
    for rule in rules_with(code) {
        text.push_str(&format!("\nA finding of {} (severity {}): {}\n", rule.id, rule.severity, rule.summary));
        for heading in ["Why", "How to fix"] {
            if let Some(section) = page::section(rule.page, heading) {
                text.push_str(&format!("\n## {heading}\n\n{section}\n"));
            }
        }
        text.push_str(&format!("\nSee the complete page with: rules-cli rules {}\n", rule.id));
    }
    text
}

fn explain_path(path: &EscalationPath) -> String {
    let class = class_name(path);
    let mut text = format!(
        "# {}\n\nAn escalation path: a principal with all of these actions can gain more permissions.\n",
        path.name
    );
    text.push_str(&format!("\nActions: {}\n", path.actions.join(", ")));
    if let Some((_, meaning)) = CLASSES.iter().find(|(name, _)| *name == class) {
        text.push_str(&format!("Class: {class}. {meaning}\n"));
    }
    if !path.services.is_empty() {
        text.push_str(&format!("Roles that trust: {}\n", path.services.join(", ")));
    }
    if !path.needs.is_empty() {
        text.push_str(&format!("Also needed: {}\n", path.needs.join(", ")));
    }
    text.push_str(
        "\n## How to fix\n\nRemove one of the actions, or allow it only on the resources that need it: no role, user or \
         policy with more permissions than the principal. A permissions boundary or a service control policy that denies \
         one of the actions closes the path for many principals at once.\n",
    );
    text.push_str(&format!("\nSource: {}\nActions and their resources: {REFERENCE}\n", path.source));
    text
}

fn explain_class(name: &str, meaning: &str) -> String {
    let paths: Vec<&str> = paths::all().iter().filter(|path| class_name(path) == name).map(|path| path.name).collect();
    let mut text = format!(
        "# {name}\n\nA class of actions with a higher weight in the score than their access level has. {meaning}\n"
    );
    if !paths.is_empty() {
        text.push_str(&format!("\nPaths: {}\n", paths.join(", ")));
    }
    text.push_str(
        "\n## How to fix\n\nAllow these actions only on the resources that need them, and with conditions that an attacker \
         cannot meet.\n",
    );
    text.push_str(&format!("\nActions and their resources: {REFERENCE}\n"));
    text
}

/// As the data of the paths have it.
pub(super) fn class_name(path: &EscalationPath) -> &'static str {
    match path.class {
        EscalationClass::SelfEscalation => "self-escalation",
        EscalationClass::PrincipalAccess => "principal-access",
        EscalationClass::NewPassRole => "new-pass-role",
        EscalationClass::ExistingPassRole => "existing-pass-role",
        EscalationClass::AssumeRole => "assume-role",
    }
}

fn codes() -> Vec<&'static str> {
    let mut codes: Vec<&str> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    codes
}

fn list() -> String {
    [
        section("Rules", RULES.iter().map(|rule| rule.id)),
        section("Findings", codes()),
        section("Escalation paths", paths::all().iter().map(|path| path.name)),
        section("Classes of actions", CLASSES.iter().map(|(name, _)| *name)),
    ]
    .join("\n")
}

fn section<'a>(heading: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    format!("# {heading}\n\n{}\n", names.into_iter().collect::<Vec<_>>().join("\n"))
}

fn unknown(id: &str) -> CliError {
    let rules = RULES.iter().map(|rule| rule.id);
    let paths = paths::all().iter().map(|path| path.name);
    let known: Vec<&str> = rules.chain(codes()).chain(paths).chain(CLASSES.iter().map(|(name, _)| *name)).collect();
    let hint = suggest::in_words(id, known);
    let id = rules_core::text::visible(id, 60);
    CliError::Usage(format!("unknown name `{id}`{hint} (`rules-cli explain` lists all names)"))
}

#[cfg(test)]
mod tests {
    use rules_core::paths;
    use rules_core::rules::RULES;

    use super::{codes, explain};

    #[test]
    fn every_name_is_explained() {
        for rule in RULES {
            assert!(explain(rule.id).unwrap().starts_with(&format!("# {}\n", rule.id)));
        }
        for name in codes().into_iter().chain(paths::all().iter().map(|path| path.name)) {
            assert!(explain(name).unwrap().contains("## How to fix"), "{name}");
        }
        assert!(explain("SCORE-BELOW-MINIMUM").is_some());
        assert_eq!(explain("nonesuch"), None);
    }
}
