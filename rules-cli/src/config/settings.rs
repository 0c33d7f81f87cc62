//! The effective options, as `rules-cli config` shows them.

use std::path::PathBuf;

use clap::ValueEnum;
use glob::Pattern;
use rules_core::rules::RULES;

use super::Config;
use crate::args::ParameterSetting;
use crate::output::table::Setting;

impl Config {
    /// The effective options without a command line, and where each is set.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let file = self.file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let mut settings = Vec::new();
        let mut add = |key: &str, own: Option<String>, default: &str| {
            let from = if own.is_some() { file.clone() } else { "default".to_owned() };
            settings.push(Setting { key: key.to_owned(), value: own.unwrap_or_else(|| default.to_owned()), from });
        };
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let list = |list: &[PathBuf]| {
            let texts: Vec<String> = list.iter().map(|path| path.display().to_string()).collect();
            (!texts.is_empty()).then(|| texts.join(" "))
        };
        let rules: Vec<&str> = self.rules.iter().map(|rule| rule.id).collect();
        add("account", self.account.as_ref().map(ToString::to_string), "from the input");
        add("exceptions", path(&self.exceptions), "none");
        add("baseline", path(&self.baseline), "none");
        add("fail_on", name(self.fail_on), "any NON_COMPLIANT, any score below the minimum");
        add("min_severity", name(self.min_severity), "everything is shown");
        add("sort", name(self.sort), "the order of the input");
        add("evaluate.rules", (!rules.is_empty()).then(|| rules.join(" ")), "every rule whose facts are in the input");
        add("score.min_score", self.min_score.map(|score| score.to_string()), "none");
        let ignored: Vec<&str> = self.ignore.iter().map(Pattern::as_str).collect();
        add("score.ignore", (!ignored.is_empty()).then(|| ignored.join(" ")), "none");
        add("score.boundary", path(&self.boundary), "none");
        add("scp", list(&self.scp), "none");
        add("rcp", list(&self.rcp), "none");
        for rule in RULES {
            for parameter in rule.parameters {
                let is_this = |set: &&ParameterSetting| set.rule.id == rule.id && set.key == parameter.name;
                let own = self.parameters.iter().find(is_this).map(|set| set.value.clone());
                add(&format!("parameters.{}.{}", rule.id, parameter.name), own, parameter.default);
            }
        }
        settings
    }
}

fn name<T: ValueEnum>(choice: Option<T>) -> Option<String> {
    choice.and_then(|choice| choice.to_possible_value()).map(|value| value.get_name().to_owned())
}
