//! `rules.toml`: options in a file.
//!
//! The file is in the working directory or in a folder above it. Paths in it are relative to its folder. Options on the
//! command line take precedence.

mod settings;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use glob::Pattern;
use rules_core::AccountId;
use rules_core::rules::{RULES, RuleDefinition};
use rules_core::score::Score;
use rules_core::text::visible;
use toml::{Table, Value};

use crate::args::{
    EvaluateArgs, GateArgs, OrganizationArgs, ParameterSetting, PolicyTypeArg, ScoreArgs, SeverityArg, ViewArgs,
};
use crate::args::{parse_pattern, parse_rule, parse_score};
use crate::output::SortKey;
use crate::suggest;

/// The file's name.
pub(crate) const FILE_NAME: &str = "rules.toml";
/// More than any file that people keep.
const MAX_BYTES: u64 = 1 << 20;

/// What a file sets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// The file, if there is one.
    pub(crate) file: Option<PathBuf>,
    pub(crate) account: Option<AccountId>,
    pub(crate) exceptions: Option<PathBuf>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) fail_on: Option<SeverityArg>,
    pub(crate) min_severity: Option<SeverityArg>,
    pub(crate) sort: Option<SortKey>,
    /// The rules that run.
    pub(crate) rules: Vec<&'static RuleDefinition>,
    pub(crate) parameters: Vec<ParameterSetting>,
    pub(crate) min_score: Option<Score>,
    /// Files that `score` leaves out.
    pub(crate) ignore: Vec<Pattern>,
    pub(crate) boundary: Option<PathBuf>,
    pub(crate) scp: Vec<PathBuf>,
    pub(crate) rcp: Vec<PathBuf>,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// It says something that makes no sense.
    #[error("{}: {reason}", path.display())]
    Invalid { path: PathBuf, reason: String },
}

const TOP: [&str; 11] = [
    "account",
    "exceptions",
    "baseline",
    "fail_on",
    "min_severity",
    "sort",
    "scp",
    "rcp",
    "evaluate",
    "parameters",
    "score",
];
const EVALUATE: [&str; 1] = ["rules"];
const SCORE: [&str; 3] = ["min_score", "ignore", "boundary"];

impl Config {
    /// The file that is named, or the nearest one; nothing where there is none.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => match nearest() {
                Some(path) => path,
                None => return Ok(Self::default()),
            },
        };
        Self::read(&path)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let failed = |source| ConfigError::Read { path: path.to_owned(), source };
        let invalid = |reason| ConfigError::Invalid { path: path.to_owned(), reason };
        let mut text = String::new();
        File::open(path).map_err(failed)?.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
        if u64::try_from(text.len()).is_ok_and(|length| length > MAX_BYTES) {
            return Err(invalid(format!("longer than {MAX_BYTES} bytes")));
        }
        let table: Table = toml::from_str(&text).map_err(|error| invalid(in_words(&error, &text)))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let config = Reader { folder }.read(&table).map_err(invalid)?;
        Ok(Self { file: Some(path.to_owned()), ..config })
    }
}

fn nearest() -> Option<PathBuf> {
    let folder = std::env::current_dir().ok()?;
    folder.ancestors().map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
}

/// What TOML's reader says, in one line.
fn in_words(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let message = visible(&error.message().replace('\n', ", "), 300);
    line.map_or(message.clone(), |line| format!("line {line}: {message}"))
}

/// Reads the keys of a file.
struct Reader {
    folder: PathBuf,
}

impl Reader {
    fn read(&self, table: &Table) -> Result<Config, String> {
        check_keys(table, "", &TOP)?;
        let evaluate = section(table, "evaluate", &EVALUATE)?;
        let score = section(table, "score", &SCORE)?;
        let rules = strings(&evaluate, "evaluate", "rules")?;
        let rules = rules
            .iter()
            .map(|id| parse_rule(id).map_err(|error| format!("evaluate.rules: `{}`: {error}", visible(id, 60))));
        let ignored = strings(&score, "score", "ignore")?;
        let ignored = ignored
            .iter()
            .map(|text| parse_pattern(text).map_err(|error| format!("score.ignore: `{}`: {error}", visible(text, 60))));
        Ok(Config {
            file: None,
            account: parsed(table, "account", "an account id of 12 digits", |text| text.parse().ok())?,
            exceptions: self.path(table, "", "exceptions")?,
            baseline: self.path(table, "", "baseline")?,
            fail_on: choice(table, "fail_on")?,
            min_severity: choice(table, "min_severity")?,
            sort: choice(table, "sort")?,
            rules: rules.collect::<Result<_, _>>()?,
            parameters: parameters(table)?,
            min_score: min_score(&score)?,
            ignore: ignored.collect::<Result<_, _>>()?,
            boundary: self.path(&score, "score", "boundary")?,
            scp: self.paths(table, "", "scp")?,
            rcp: self.paths(table, "", "rcp")?,
        })
    }

    fn path(&self, table: &Table, section: &str, key: &str) -> Result<Option<PathBuf>, String> {
        Ok(string(table, section, key)?.map(|path| self.folder.join(path)))
    }

    fn paths(&self, table: &Table, section: &str, key: &str) -> Result<Vec<PathBuf>, String> {
        let below = |files: String| {
            // Files joined by commas are one level.
            let files: Vec<String> =
                files.split(',').map(|file| self.folder.join(file).to_string_lossy().into_owned()).collect();
            PathBuf::from(files.join(","))
        };
        Ok(strings(table, section, key)?.into_iter().map(below).collect())
    }
}

/// The table under a key, empty where there is none.
fn section(table: &Table, name: &str, known: &[&str]) -> Result<Table, String> {
    match table.get(name) {
        None => Ok(Table::new()),
        Some(Value::Table(section)) => check_keys(section, name, known).map(|()| section.clone()),
        Some(other) => Err(expected(name, "a table", other)),
    }
}

fn check_keys(table: &Table, section: &str, known: &[&str]) -> Result<(), String> {
    let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
    let key = visible(&place(section, unknown), 80);
    let hint = suggest::in_words(unknown, known.iter().copied());
    Err(format!("unknown key `{key}`{hint} (known: {})", known.join(", ")))
}

fn place(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn expected(place: &str, what: &str, found: &Value) -> String {
    let value = match found {
        Value::String(text) => format!(" `{}`", visible(text, 60)),
        Value::Integer(number) => format!(" `{number}`"),
        Value::Float(number) => format!(" `{number}`"),
        Value::Boolean(answer) => format!(" `{answer}`"),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => String::new(),
    };
    format!("{place}: expected {what}, found {}{value}", found.type_str())
}

fn string(table: &Table, section: &str, key: &str) -> Result<Option<String>, String> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(other) => Err(expected(&place(section, key), "a text", other)),
    }
}

/// A list of strings, or one string.
fn strings(table: &Table, section: &str, key: &str) -> Result<Vec<String>, String> {
    let what = || place(section, key);
    match table.get(key) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(list)) => {
            let texts = list.iter().map(|element| match element {
                Value::String(text) => Ok(text.clone()),
                other => Err(expected(&what(), "a list of strings", other)),
            });
            texts.collect()
        }
        Some(other) => Err(expected(&what(), "a list of strings", other)),
    }
}

fn parsed<T>(table: &Table, key: &str, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, String> {
    let Some(value) = table.get(key) else { return Ok(None) };
    let read = value.as_str().and_then(parse);
    read.map(Some).ok_or_else(|| expected(key, what, value))
}

fn choice<T: ValueEnum>(table: &Table, key: &str) -> Result<Option<T>, String> {
    let Some(value) = table.get(key) else { return Ok(None) };
    if let Some(choice) = value.as_str().and_then(|text| T::from_str(text, false).ok()) {
        return Ok(Some(choice));
    }
    let names = T::value_variants().iter().filter_map(T::to_possible_value);
    let names: Vec<String> = names.map(|value| value.get_name().to_owned()).collect();
    let hint = suggest::in_words(value.as_str().unwrap_or_default(), names.iter().map(String::as_str));
    Err(format!("{}{hint}", expected(key, &format!("one of {}", names.join(", ")), value)))
}

/// A number, as a whole or with one decimal.
fn min_score(score: &Table) -> Result<Option<Score>, String> {
    let Some(value) = score.get("min_score") else { return Ok(None) };
    let text = match value {
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        other => return Err(expected("score.min_score", "a number from 0 to 100", other)),
    };
    parse_score(&text).map(Some).map_err(|error| format!("score.min_score: `{text}`: {error}"))
}

/// `[parameters.RULE]` with a line for each parameter.
fn parameters(table: &Table) -> Result<Vec<ParameterSetting>, String> {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let mut settings = Vec::new();
    for (id, keys) in &section(table, "parameters", &ids)? {
        let rule = parse_rule(id).map_err(|error| format!("parameters.{}: {error}", visible(id, 60)))?;
        let place = format!("parameters.{id}");
        let Value::Table(keys) = keys else { return Err(expected(&place, "a table", keys)) };
        let known: Vec<&str> = rule.parameters.iter().map(|parameter| parameter.name).collect();
        check_keys(keys, &place, &known)?;
        for (key, value) in keys {
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Integer(number) => number.to_string(),
                Value::Boolean(answer) => answer.to_string(),
                other => {
                    return Err(expected(
                        &format!("{place}.{key}"),
                        "a string, a whole number, or true or false",
                        other,
                    ));
                }
            };
            settings.push(ParameterSetting { rule, key: key.clone(), value, is_asked_for: false });
        }
    }
    Ok(settings)
}

impl Config {
    /// Sets what the command line leaves open.
    pub(crate) fn complete_evaluate(&self, args: &mut EvaluateArgs) {
        args.account = args.account.take().or_else(|| self.account.clone());
        args.exceptions = args.exceptions.take().or_else(|| self.exceptions.clone());
        if args.rules.is_empty() {
            args.rules.clone_from(&self.rules);
        }
        for setting in &self.parameters {
            let is_given = |own: &ParameterSetting| own.rule.id == setting.rule.id && own.key == setting.key;
            if !args.parameters.iter().any(is_given) {
                args.parameters.push(setting.clone());
            }
        }
        self.complete(&mut args.gate, &mut args.view);
        self.complete_organization(&mut args.organization);
    }

    /// Sets what the command line leaves open.
    pub(crate) fn complete_score(&self, args: &mut ScoreArgs) {
        args.account = args.account.take().or_else(|| self.account.clone());
        args.exceptions = args.exceptions.take().or_else(|| self.exceptions.clone());
        args.min_score = args.min_score.or(self.min_score);
        if args.ignore.is_empty() {
            args.ignore.clone_from(&self.ignore);
        }
        self.complete(&mut args.gate, &mut args.view);
        // Limits are for identity policies; to give them with others is a slip on the command line only.
        if args.policy_type == PolicyTypeArg::Identity {
            args.limits.boundary = args.limits.boundary.take().or_else(|| self.boundary.clone());
            self.complete_organization(&mut args.limits.organization);
        }
    }

    fn complete(&self, gate: &mut GateArgs, view: &mut ViewArgs) {
        gate.fail_on = gate.fail_on.or(self.fail_on);
        // A baseline that is being written for the first time need not be there.
        if gate.write_baseline.is_none() {
            gate.baseline = gate.baseline.take().or_else(|| self.baseline.clone());
        }
        view.min_severity = view.min_severity.or(self.min_severity);
        view.sort = view.sort.or(self.sort);
    }

    fn complete_organization(&self, organization: &mut OrganizationArgs) {
        if organization.service_control.is_empty() {
            organization.service_control.clone_from(&self.scp);
        }
        if organization.resource_control.is_empty() {
            organization.resource_control.clone_from(&self.rcp);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Config, Reader};

    fn read(text: &str) -> Result<Config, String> {
        Reader { folder: PathBuf::from("/repo") }.read(&toml::from_str(text).map_err(|error| error.to_string())?)
    }

    #[test]
    fn every_key_is_taken() {
        let config = read(
            r#"
            account = "111122223333"
            exceptions = "exceptions.toml"
            baseline = "baseline.json"
            fail_on = "high"
            min_severity = "medium"
            sort = "score"
            scp = ["a.json,b.json", "c.json"]
            rcp = "r.json"
            [evaluate]
            rules = ["root-mfa-enabled"]
            [parameters.policy-least-privilege]
            minimumScore = 70
            [score]
            min_score = 62.5
            ignore = ["vendor/**"]
            boundary = "/elsewhere/b.json"
            "#,
        )
        .unwrap();
        assert_eq!(config.exceptions.as_deref(), Some(Path::new("/repo/exceptions.toml")));
        assert_eq!(config.scp, [PathBuf::from("/repo/a.json,/repo/b.json"), PathBuf::from("/repo/c.json")]);
        assert_eq!(config.boundary.as_deref(), Some(Path::new("/elsewhere/b.json")));
        assert_eq!(config.min_score.map(|score| score.tenths()), Some(625));
        assert_eq!(config.parameters.len(), 1);
        let from_file = config.settings().into_iter().filter(|setting| setting.from != "default");
        assert_eq!(from_file.count(), 13);
    }

    #[test]
    fn a_slip_is_named_with_what_was_meant() {
        for (text, told) in [
            ("fail_no = 'high'", "unknown key `fail_no`, did you mean `fail_on`?"),
            ("fail_on = 'hihg'", "fail_on: expected one of low, medium, high, critical, found string"),
            ("fail_on = 'hihg'", "did you mean `high`?"),
            ("[score]\nmin-score = 60", "unknown key `score.min-score`, did you mean `min_score`?"),
            ("[score]\nmin_score = 101", "score.min_score: `101`"),
            ("[score]\nmin_score = '60'", "expected a number from 0 to 100, found string"),
            ("score = 60", "score: expected a table, found integer"),
            ("account = '1'", "account: expected an account id of 12 digits"),
            ("[evaluate]\nrules = ['root-mfa-enable']", "did you mean `root-mfa-enabled`?"),
            ("[evaluate]\nrules = [1]", "evaluate.rules: expected a list of strings, found integer"),
            ("[parameters.policy-least-privilege]\nminimumscore = 1", "did you mean `minimumScore`?"),
            ("[parameters.policy-least-privlege]\nminimumScore = 1", "did you mean `policy-least-privilege`?"),
            ("exceptions = ''", "exceptions: expected a text"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
