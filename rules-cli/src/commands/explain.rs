//! `explain`: what a name that the program prints means.

use rules_core::reach::paths::{self, EscalationClass, EscalationPath};
use rules_core::rules::{RULES, RuleDefinition};

use crate::args::ExplainArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, page};
use crate::suggest;

/// The classes of actions that weigh more than their access level says, and those of escalation.
pub(super) const CLASSES: [(&str, &str); 9] = [
    ("data-read", "Returns or copies stored data."),
    ("resource-exposure", "Opens a resource to others."),
    ("secret-read", "Returns a secret or plaintext."),
    ("credential-issue", "Returns or issues credentials that act as somebody."),
    ("self-escalation", "The principal grants itself more."),
    ("principal-access", "The principal gets at the credentials or the trust of another one."),
    ("new-pass-role", "The principal passes a role to something that it makes."),
    ("existing-pass-role", "The principal takes over something that has a role already."),
    ("assume-role", "The principal assumes a role."),
];

/// The page of AWS on what actions, resources and condition keys there are.
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
    let rules: Vec<&RuleDefinition> =
        RULES.iter().copied().filter(|rule| page::finding_codes(rule).iter().any(|code| is_named(code))).collect();
    if !rules.is_empty() {
        return Some(explain_finding(&id.to_ascii_lowercase(), &rules));
    }
    if let Some(path) = paths::all().iter().find(|path| is_named(path.name)) {
        return Some(explain_path(path));
    }
    let (name, meaning) = CLASSES.iter().find(|(name, _)| is_named(name))?;
    Some(explain_class(name, meaning))
}

fn explain_finding(code: &str, rules: &[&RuleDefinition]) -> String {
    let mut text = format!("# {code}\n");
    for rule in rules {
        text.push_str(&format!("\nA finding of {} (severity {}): {}\n", rule.id, rule.severity, rule.summary));
        for heading in ["Why", "How to fix"] {
            if let Some(section) = page::section(rule.page, heading) {
                text.push_str(&format!("\n## {heading}\n\n{section}\n"));
            }
        }
        text.push_str(&format!("\nThe whole page: rules-cli rules {}\n", rule.id));
    }
    text
}

fn explain_path(path: &EscalationPath) -> String {
    let class = class_name(path);
    let mut text =
        format!("# {}\n\nA path of escalation: whoever may do all of this gains more privilege.\n", path.name);
    text.push_str(&format!("\nActions: {}\n", path.actions.join(", ")));
    if let Some((_, meaning)) = CLASSES.iter().find(|(name, _)| *name == class) {
        text.push_str(&format!("Class: {class}. {meaning}\n"));
    }
    if !path.services.is_empty() {
        text.push_str(&format!("Roles of: {}\n", path.services.join(", ")));
    }
    if !path.needs.is_empty() {
        text.push_str(&format!("Also needed: {}\n", path.needs.join(", ")));
    }
    text.push_str(
        "\n## How to fix\n\nTake one of the actions away, or name the resources that it is needed on: not a role, user or \
         policy that has more privilege than the principal itself. A permissions boundary or a service control policy that \
         denies one of them closes the path for many principals at once.\n",
    );
    text.push_str(&format!("\nSource: {}\nActions and their resources: {REFERENCE}\n", path.source));
    text
}

fn explain_class(name: &str, meaning: &str) -> String {
    let paths: Vec<&str> = paths::all().iter().filter(|path| class_name(path) == name).map(|path| path.name).collect();
    let mut text = format!(
        "# {name}\n\nA class of actions, which the score weighs more than their access level says. {meaning}\n"
    );
    if !paths.is_empty() {
        text.push_str(&format!("\nPaths: {}\n", paths.join(", ")));
    }
    text.push_str(
        "\n## How to fix\n\nAllow such actions on the resources that need them only, and under conditions that others \
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
    let mut codes: Vec<&str> = RULES.iter().flat_map(|rule| page::finding_codes(rule)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn list() -> String {
    [
        section("Rules", RULES.iter().map(|rule| rule.id)),
        section("Findings", codes()),
        section("Paths of escalation", paths::all().iter().map(|path| path.name)),
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
    CliError::Usage(format!("nothing is called `{id}`{hint} (`rules-cli explain` lists all names)"))
}

#[cfg(test)]
mod tests {
    use rules_core::reach::paths;
    use rules_core::rules::RULES;

    use super::{codes, explain};

    #[test]
    fn every_name_is_explained() {
        for rule in RULES {
            assert!(explain(rule.id).unwrap().starts_with(&format!("# {}\n", rule.id)));
            assert!(!super::page::finding_codes(rule).is_empty(), "{}", rule.id);
        }
        for name in codes().into_iter().chain(paths::all().iter().map(|path| path.name)) {
            assert!(explain(name).unwrap().contains("## How to fix"), "{name}");
        }
        assert!(explain("SCORE-BELOW-MINIMUM").is_some());
        assert_eq!(explain("nonesuch"), None);
    }
}
