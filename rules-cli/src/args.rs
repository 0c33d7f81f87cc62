//! The command line.

mod answers;
mod choices;
mod gate;
mod parse;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use glob::Pattern;
use rules_core::audit::Region;
use rules_core::rules::RuleDefinition;
use rules_core::score::{Score, ScoreVersion};
use rules_core::{AccountId, Timestamp};

pub(crate) use self::answers::{
    AccountArgs, ConfigArgs, DiffArgs, ExplainArgs, FailOnChange, ReferenceArgs, ReferencePage, SchemaArgs, SchemaName,
    WorstArgs,
};
pub(crate) use self::choices::{Expectation, Format, PackProfileArg, PolicyTypeArg, RulesFormat};
pub(crate) use self::gate::{GateArgs, GlobalArgs, ReportTarget, SeverityArg, ViewArgs};
pub(crate) use self::parse::{ParameterSetting, parse_pattern, parse_rule, parse_score};
use self::parse::{parse_key_value, parse_report, parse_score_version, parse_setting};
use crate::output::{ReportFormat, ScoreFormat};

/// AWS Config rules for the root user, administrators and least privilege, run without AWS Config.
#[derive(Debug, Parser)]
#[command(name = "rules-cli", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes, the largest one wins:
  0  everything was read and nothing is wrong
  1  a resource is NON_COMPLIANT, a score is below --min-score, or what --fail-on or --expect asks for
  2  bad usage, or something could not be read or judged";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge an account: files of one, the built-in sample, or without either a live one
    Evaluate(EvaluateArgs),
    /// Score policy documents by how much they allow
    Score(ScoreArgs),
    /// List the policies and principals with the lowest scores, and the change that helps each most
    Worst(WorstArgs),
    /// Compare an account with itself at another time, by what its policies mean
    Diff(DiffArgs),
    /// Explain a rule, the code of a finding, a path of escalation or a class of actions
    Explain(ExplainArgs),
    /// Decide requests: may whoever has these policies do this to that?
    Simulate(SimulateArgs),
    /// Read a live account into one file that `evaluate --input` takes
    Collect(CollectArgs),
    /// Do what the Lambda function would do with an AWS Config event
    Invoke(InvokeArgs),
    /// List the rules, or show one rule's page
    Rules(RulesArgs),
    /// Print which options rules.toml sets, and what holds without it
    Config(ConfigArgs),
    /// Print the JSON schema of what a command prints or reads, one object or line of it
    Schema(SchemaArgs),
    /// Print the template of the conformance pack
    Pack(PackArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
    /// Print a page of the documentation that is made from the program itself
    #[command(hide = true)]
    Reference(ReferenceArgs),
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
    /// Say in reports for people what became better or worse since this older snapshot or folder of the account
    #[arg(long, value_name = "PATH")]
    pub(crate) earlier: Option<PathBuf>,
    /// How to print the verdicts
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    /// Write the verdicts to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write a report to a file too, such as sarif=findings.sarif (may be given again)
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = parse_report::<ReportFormat>)]
    pub(crate) reports: Vec<ReportTarget<ReportFormat>>,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
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
    /// The version of the score; version 1 is kept for one release
    #[arg(long, value_name = "N", default_value_t, value_parser = parse_score_version,
        conflicts_with_all = ["baseline", "write_baseline"])]
    pub(crate) score_version: ScoreVersion,
    /// Show what each policy scores in every version, and why it moves
    #[arg(long, conflicts_with_all = ["score_version", "min_score", "baseline", "write_baseline", "reports"])]
    pub(crate) compare_versions: bool,
    /// Leave out files of folders that match, such as 'vendor/**' (may be given again)
    #[arg(long, value_name = "PATTERN", value_parser = parse_pattern)]
    pub(crate) ignore: Vec<Pattern>,
    /// The account that the policies are for
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,
    /// Accept low scores that somebody answers for: a TOML file of exceptions
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    /// Exit with 1 when a score is below this, from 0 to 100
    #[arg(long, value_name = "N", value_parser = parse_score)]
    pub(crate) min_score: Option<Score>,
    /// How to print the scores
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ScoreFormat,
    /// Write the scores to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write a report to a file too, such as sarif=findings.sarif (may be given again)
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = parse_report::<ScoreFormat>)]
    pub(crate) reports: Vec<ReportTarget<ScoreFormat>>,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
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
    /// Say which statements are about the action, and what keeps those from applying that do not
    #[arg(long)]
    pub(crate) why: bool,
    /// Exit with 1 when a decision is another one
    #[arg(long, value_name = "DECISION", value_enum, ignore_case = true)]
    pub(crate) expect: Option<Expectation>,
    /// Refuse actions that AWS does not have, and resources that are neither an ARN nor *
    #[arg(long)]
    pub(crate) strict: bool,
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
#[derive(Clone, Debug, Default, Args)]
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
