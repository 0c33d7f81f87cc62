//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rules_core::audit::Region;
use rules_core::pack::PackProfile;
use rules_core::policy::PolicyType;
use rules_core::rules::{RULES, RuleDefinition};
use rules_core::score::Score;
use rules_core::{AccountId, Timestamp};

/// AWS Config rules for the root user, administrators and least privilege, run without AWS Config.
#[derive(Debug, Parser)]
#[command(name = "rules-cli", version, term_width = 100, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes, the largest one wins:
  0  everything was read and nothing is wrong
  1  a resource is NON_COMPLIANT, or a score is below --min-score
  2  bad usage, or something could not be read or judged";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge an account: files of one, the built-in sample, or without either a live one
    Evaluate(EvaluateArgs),
    /// Score policy documents by how much they allow
    Score(ScoreArgs),
    /// Decide requests: may whoever has these policies do this to that?
    Simulate(SimulateArgs),
    /// Read a live account into one file that `evaluate --input` takes
    Collect(CollectArgs),
    /// Do what the Lambda function would do with an AWS Config event
    Invoke(InvokeArgs),
    /// List the rules, or show one rule's page
    Rules(RulesArgs),
    /// Print the template of the conformance pack
    Pack(PackArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Judge the sample account that is built into the program
    #[arg(long, conflicts_with = "input")]
    pub(crate) sample: bool,
    /// Judge a snapshot, or a folder of files as the AWS CLI writes them; several make up one account
    #[arg(long, value_name = "PATH")]
    pub(crate) input: Vec<PathBuf>,
    /// Run this rule; without it, every rule that the input has something for
    #[arg(long = "rule", value_name = "ID", value_parser = parse_rule)]
    pub(crate) rules: Vec<&'static RuleDefinition>,
    /// Set a parameter of a rule
    #[arg(long = "param", value_name = "RULE.KEY=VALUE", value_parser = parse_setting)]
    pub(crate) parameters: Vec<ParameterSetting>,
    /// Accept findings for a time: a TOML file of exceptions
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) organization: OrganizationArgs,
    /// Judge as of this moment, such as 2026-01-31T12:00:00Z [default: when the input was collected, else now]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// The account's id, where the files do not tell it
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,
    /// How to print the verdicts
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    /// Write the verdicts to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

/// How a live account is reached; by default as the AWS CLI would reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Live access")]
pub(crate) struct LiveArgs {
    /// Use this profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Use this region; findings in the format asff name it too
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Read this region too, for what is kept by region (may be given again)
    #[arg(long, value_name = "NAME")]
    pub(crate) also_region: Vec<Region>,
    /// Assume this role first
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// Send every request here instead of to AWS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Policy documents: files, folders (every *.json in them and below), or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Which grammar the documents follow
    #[arg(long, value_name = "TYPE", value_enum, default_value_t)]
    pub(crate) policy_type: PolicyTypeArg,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Exit with 1 when a score is below this, from 0 to 100
    #[arg(long, value_name = "N", value_parser = parse_score)]
    pub(crate) min_score: Option<Score>,
    /// How to print the scores
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Decide the requests of this file, one JSON object per line; - for standard input
    #[arg(long, value_name = "FILE.jsonl", conflicts_with_all = ["action", "resource", "context"])]
    pub(crate) requests: Option<PathBuf>,
    /// The identity policies, any of which may allow
    #[arg(long = "policy", value_name = "FILE", num_args = 1.., required_unless_present = "requests")]
    pub(crate) policies: Vec<PathBuf>,
    /// The action of the request, such as s3:GetObject
    #[arg(long, required_unless_present = "requests")]
    pub(crate) action: Option<String>,
    /// The resource of the request: an ARN, or * for an action without resources
    #[arg(long, value_name = "ARN", required_unless_present = "requests")]
    pub(crate) resource: Option<String>,
    /// A condition key of the request; given again, the key is multi-valued
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_key_value)]
    pub(crate) context: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Policies that limit what others grant.
#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// The permissions boundary
    #[arg(long, value_name = "FILE")]
    pub(crate) boundary: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) organization: OrganizationArgs,
}

/// Policies that the organization sets for a whole account.
#[derive(Debug, Args)]
pub(crate) struct OrganizationArgs {
    /// The service control policies of one level, from the root to the account; files joined by commas are one level
    #[arg(long = "scp", value_name = "FILE")]
    pub(crate) service_control: Vec<PathBuf>,
    /// Resource control policies, which limit what may be done to the account's resources
    #[arg(long = "rcp", value_name = "FILE")]
    pub(crate) resource_control: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CollectArgs {
    /// The file to write
    #[arg(long, value_name = "SNAPSHOT")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InvokeArgs {
    /// The event, as AWS Config gives it to a Lambda function
    #[arg(value_name = "EVENT.json")]
    pub(crate) event: PathBuf,
    /// Take the account's facts from a snapshot or folder; without it, from the live account
    #[arg(long, value_name = "PATH")]
    pub(crate) input: Option<PathBuf>,
    /// Accept findings for a time: a TOML file of exceptions
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) organization: OrganizationArgs,
    /// Submit the evaluations to AWS Config; without it, only print them
    #[arg(long)]
    pub(crate) submit: bool,
    /// How to print the verdicts
    #[arg(long, value_enum, default_value_t = ReportFormat::Ndjson)]
    pub(crate) format: ReportFormat,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Show only this rule, with its page
    #[arg(value_name = "ID", value_parser = parse_rule)]
    pub(crate) rule: Option<&'static RuleDefinition>,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: RulesFormat,
}

#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// Which rules the pack holds
    #[arg(long = "pack-profile", value_name = "PROFILE", value_enum, default_value_t)]
    pub(crate) profile: PackProfileArg,
    /// For the member accounts of an organization, whose rules invoke the function of a central account
    #[arg(long)]
    pub(crate) organization: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// How verdicts are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line
    Ndjson,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit's XML, for CI systems
    Junit,
    /// One row per finding, for spreadsheets
    Csv,
    /// For pull requests and job summaries
    Markdown,
    /// One page for a browser
    Html,
    /// OCSF 1.5 Compliance Findings, an array
    Ocsf,
    /// Findings for Security Hub's BatchImportFindings, an array
    Asff,
}

/// How scores are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line
    Ndjson,
}

/// How the registry is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// For people
    #[default]
    Table,
    /// JSON
    Json,
}

/// Which grammar applies to a policy document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyTypeArg {
    /// Attached to a user, group or role
    #[default]
    Identity,
    /// Says who may assume a role
    Trust,
    /// Attached to a resource
    Resource,
}

/// Which rules a conformance pack holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PackProfileArg {
    /// Root user, MFA of administrators, least privilege of policies
    Baseline,
    /// Every rule
    #[default]
    Full,
    /// The rules with a control of the CIS AWS Foundations Benchmark 3.0
    #[value(name = "cis-3.0")]
    Cis30,
    /// The rules with a control of the CIS AWS Foundations Benchmark 7.0
    #[value(name = "cis-7.0")]
    Cis70,
}

impl From<PackProfileArg> for PackProfile {
    fn from(argument: PackProfileArg) -> Self {
        match argument {
            PackProfileArg::Baseline => Self::Baseline,
            PackProfileArg::Full => Self::Full,
            PackProfileArg::Cis30 => Self::Cis30,
            PackProfileArg::Cis70 => Self::Cis70,
        }
    }
}

impl From<PolicyTypeArg> for PolicyType {
    fn from(argument: PolicyTypeArg) -> Self {
        match argument {
            PolicyTypeArg::Identity => Self::Identity,
            PolicyTypeArg::Trust => Self::Trust,
            PolicyTypeArg::Resource => Self::Resource,
        }
    }
}

/// A parameter of a rule, as given by `--param`.
#[derive(Clone, Debug)]
pub(crate) struct ParameterSetting {
    pub(crate) rule: &'static RuleDefinition,
    pub(crate) key: String,
    pub(crate) value: String,
}

fn parse_rule(id: &str) -> Result<&'static RuleDefinition, String> {
    rules_core::rules::rule(id).ok_or_else(|| {
        let known: Vec<&str> = RULES.iter().map(|definition| definition.id).collect();
        format!("no such rule (known: {})", known.join(", "))
    })
}

fn parse_key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

fn parse_setting(text: &str) -> Result<ParameterSetting, String> {
    let parts = text.split_once('=').and_then(|(name, value)| Some((name.split_once('.')?, value)));
    let ((rule, key), value) = parts.ok_or_else(|| "expected RULE.KEY=VALUE".to_owned())?;
    Ok(ParameterSetting { rule: parse_rule(rule)?, key: key.to_owned(), value: value.to_owned() })
}

/// A number of points with at most one decimal, which is as fine as scores are.
fn parse_score(text: &str) -> Result<Score, String> {
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
    use clap::CommandFactory as _;

    use super::{Cli, parse_score, parse_setting};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

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
