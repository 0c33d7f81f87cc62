//! Parsers of argument values.

use std::path::PathBuf;

use clap::ValueEnum;
use glob::Pattern;
use rules_core::rules::{RULES, RuleDefinition};
use rules_core::score::{Score, ScoreVersion, UnknownScoreVersion};

use super::ReportTarget;
use crate::suggest;

/// A parameter of a rule, as given by `--param`.
#[derive(Clone, Debug)]
pub(crate) struct ParameterSetting {
    pub(crate) rule: &'static RuleDefinition,
    pub(crate) key: String,
    pub(crate) value: String,
    /// Whether it was given on the command line; a file may set parameters of rules that do not run.
    pub(crate) is_asked_for: bool,
}

pub(super) fn parse_score_version(text: &str) -> Result<ScoreVersion, String> {
    text.parse().map_err(|error: UnknownScoreVersion| error.to_string())
}

pub(crate) fn parse_rule(id: &str) -> Result<&'static RuleDefinition, String> {
    rules_core::rules::rule(id).ok_or_else(|| {
        let known: Vec<&str> = RULES.iter().map(|definition| definition.id).collect();
        format!("unknown rule{} (known: {})", suggest::in_words(id, known.iter().copied()), known.join(", "))
    })
}

pub(super) fn parse_report<F: ValueEnum>(text: &str) -> Result<ReportTarget<F>, String> {
    let names: Vec<String> = F::value_variants()
        .iter()
        .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
        .collect();
    let expected = || format!("expected FORMAT=FILE, FORMAT one of {}", names.join(", "));
    let (format, file) = text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or_else(expected)?;
    let format = F::from_str(format, false).map_err(|_| {
        let hint = suggest::in_words(format, names.iter().map(String::as_str));
        format!("unknown format{hint}: {}", expected())
    })?;
    Ok(ReportTarget { format, file: PathBuf::from(file) })
}

/// A pattern of files. One that ends in `/` means all that is below.
pub(crate) fn parse_pattern(text: &str) -> Result<Pattern, String> {
    let whole = if text.ends_with('/') { format!("{text}**") } else { text.to_owned() };
    Pattern::new(&whole).map_err(|error| error.to_string())
}

pub(super) fn parse_key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

pub(super) fn parse_setting(text: &str) -> Result<ParameterSetting, String> {
    let parts = text.split_once('=').and_then(|(name, value)| Some((name.split_once('.')?, value)));
    let ((rule, key), value) = parts.ok_or_else(|| "expected RULE.KEY=VALUE".to_owned())?;
    Ok(ParameterSetting { rule: parse_rule(rule)?, key: key.to_owned(), value: value.to_owned(), is_asked_for: true })
}

/// A number of points with at most one decimal, which is as fine as scores are.
pub(crate) fn parse_score(text: &str) -> Result<Score, String> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok());
    match (number(whole).flatten(), number(tenth).flatten()) {
        (Some(whole @ 0..=100), Some(tenth)) if text.len() <= 5 && tenth <= 9 && whole * 10 + tenth <= 1_000 => {
            Ok(Score::from_tenths(whole * 10 + tenth))
        }
        _ => Err("expected a number from 0 to 100 with at most one decimal".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_score, parse_setting};

    #[test]
    fn scores_have_at_most_one_decimal() {
        let tenths = |text| parse_score(text).ok().map(rules_core::score::Score::tenths);
        assert_eq!(tenths("60"), Some(600));
        assert_eq!(tenths("60.5"), Some(605));
        assert_eq!(tenths("100.0"), Some(1_000));
        for text in ["", ".", "-1", "100.1", "101", "60.55", "6e1", "60.", "+6"] {
            assert_eq!(tenths(text), None, "{text}");
        }
    }

    #[test]
    fn a_setting_names_rule_key_and_value() {
        let setting = parse_setting("policy-least-privilege.minimumScore=a=b").unwrap();
        assert_eq!(
            (setting.rule.id, setting.key.as_str(), setting.value.as_str()),
            ("policy-least-privilege", "minimumScore", "a=b")
        );
        assert!(parse_setting("policy-least-privilege=1").is_err());
        assert!(parse_setting("nonesuch.key=1").is_err());
    }
}
