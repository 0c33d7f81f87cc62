//! The command line.

mod answers;
mod choices;
mod gate;
mod parse;
mod reach;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use glob::Pattern;
use rules_core::Region;
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
pub(crate) use self::reach::{AdminsArgs, FixArgs, FixFormat, PathsArgs, PathsFormat};
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
Exit codes; if several apply, the largest:
    0  everything was read, and nothing fails
    1  a resource is NON_COMPLIANT, a score is below --min-score, or --fail-on or --expect fails
    2  the usage is wrong, or something could not be read or evaluated
  130  interrupted (Ctrl-C): every file is complete, or as it was before";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Evaluate an account: files, the built-in sample, or a live account
    Evaluate(EvaluateArgs),
    /// Score policy documents by how much they allow
    Score(ScoreArgs),
    /// List the policies and principals with the lowest scores, and the best change for each
    Worst(WorstArgs),
    /// Compare an account at two times, by the meaning of its policies
    Diff(DiffArgs),
    /// Show how users and roles can become an administrator or another principal, step by step
    Paths(PathsArgs),
    /// Propose the fewest policy changes that close every path to an administrator
    Fix(FixArgs),
    /// List the administrators and the principals that can become one, the most dangerous first
    Admins(AdminsArgs),
    /// Explain a rule, the code of a finding, an escalation path or a class of actions
    Explain(ExplainArgs),
    /// Decide whether policies allow a request
    Simulate(SimulateArgs),
    /// Read a live account into a snapshot file for `evaluate --input`
    Collect(CollectArgs),
    /// Answer an AWS Config event as the Lambda function does
    Invoke(InvokeArgs),
    /// List the rules, or show the page of a rule
    Rules(RulesArgs),
    /// Print the effective options, and where each is set
    Config(ConfigArgs),
    /// Print the JSON schema of the output or input of a command
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
    /// Evaluate the sample account that is built into the program
    #[arg(long, conflicts_with = "input")]
    pub(crate) sample: bool,
    /// Evaluate a snapshot, or a folder of files as the AWS CLI writes them (repeatable, for one account)
    #[arg(long, value_name = "PATH")]
    pub(crate) input: Vec<PathBuf>,
    /// Run this rule (repeatable) [default: every rule whose facts are in the input]
    #[arg(long = "rule", value_name = "ID", value_parser = parse_rule)]
    pub(crate) rules: Vec<&'static RuleDefinition>,
    /// Set a parameter of a rule (repeatable)
    #[arg(long = "param", value_name = "RULE.KEY=VALUE", value_parser = parse_setting)]
    pub(crate) parameters: Vec<ParameterSetting>,
    /// Print the verdicts that change from the parameters in this file (as in rules.toml) to the effective parameters
    #[arg(long, value_name = "FILE", conflicts_with_all = ["reports", "output", "baseline", "write_baseline"])]
    pub(crate) compare_parameters: Option<PathBuf>,
    /// Accept findings for a time: a TOML file of exceptions
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) organization: OrganizationArgs,
    /// Evaluate as of this time, such as 2026-01-31T12:00:00Z [default: when the input was collected, else now]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// The account id, if the files do not contain it
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,
    /// Show in HTML and Markdown what became better or worse since this older snapshot or folder of the account
    #[arg(long, value_name = "PATH")]
    pub(crate) earlier: Option<PathBuf>,
    /// How to print the verdicts
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    /// Write the output to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Also write a report to a file, such as sarif=findings.sarif (repeatable)
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
    /// Use this Region; findings in the format asff contain it too
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Also read the trails, recorders and alarms of this Region (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) also_region: Vec<Region>,
    /// Assume this role first
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// Send every request to this URL instead of to AWS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Policy documents: files, folders (with all *.json files in them and their subfolders), or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// The type of the policies
    #[arg(long, value_name = "TYPE", value_enum, default_value_t)]
    pub(crate) policy_type: PolicyTypeArg,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// The version of the score; version 1 is kept for one release
    #[arg(long, value_name = "N", default_value_t, value_parser = parse_score_version,
        conflicts_with_all = ["baseline", "write_baseline"])]
    pub(crate) score_version: ScoreVersion,
    /// Show the score of each policy in every version, and why it changes
    #[arg(long, conflicts_with_all = ["score_version", "min_score", "baseline", "write_baseline", "reports"])]
    pub(crate) compare_versions: bool,
    /// Leave out files in folders that match, such as 'vendor/**' (repeatable)
    #[arg(long, value_name = "PATTERN", value_parser = parse_pattern)]
    pub(crate) ignore: Vec<Pattern>,
    /// The account that the policies are for
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,
    /// Accept the low scores that are listed in this TOML file of exceptions
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    /// Exit with 1 if a score is below this number, from 0 to 100
    #[arg(long, value_name = "N", value_parser = parse_score)]
    pub(crate) min_score: Option<Score>,
    /// How to print the scores
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ScoreFormat,
    /// Write the output to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Also write a report to a file, such as sarif=findings.sarif (repeatable)
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = parse_report::<ScoreFormat>)]
    pub(crate) reports: Vec<ReportTarget<ScoreFormat>>,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Decide the requests in this file, one JSON object per line; - for standard input
    #[arg(long, value_name = "FILE.jsonl", conflicts_with_all = ["action", "resource", "context"])]
    pub(crate) requests: Option<PathBuf>,
    /// The identity policies; one Allow is enough
    #[arg(long = "policy", value_name = "FILE", num_args = 1.., required_unless_present = "requests")]
    pub(crate) policies: Vec<PathBuf>,
    /// The action of the request, such as s3:GetObject
    #[arg(long, required_unless_present = "requests")]
    pub(crate) action: Option<String>,
    /// The resource of the request: an ARN, or * for an action without resources
    #[arg(long, value_name = "ARN", required_unless_present = "requests")]
    pub(crate) resource: Option<String>,
    /// A condition key of the request (repeatable; the same key again gives it several values)
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_key_value)]
    pub(crate) context: Vec<(String, String)>,
    /// List the statements with the action, and why statements do not apply
    #[arg(long)]
    pub(crate) why: bool,
    /// Exit with 1 if a decision differs from this one
    #[arg(long, value_name = "DECISION", value_enum, ignore_case = true)]
    pub(crate) expect: Option<Expectation>,
    /// Refuse unknown actions, and resources that are not an ARN or *
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// Policies that limit what identity policies allow.
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
    /// The service control policies of one level, separated by commas (repeatable, from the root down to the account)
    #[arg(long = "scp", value_name = "FILE")]
    pub(crate) service_control: Vec<PathBuf>,
    /// Resource control policies, which limit access to the resources of the account (repeatable)
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
    /// The event, as AWS Config sends it to a Lambda function
    #[arg(value_name = "EVENT.json")]
    pub(crate) event: PathBuf,
    /// Read the account from a snapshot or folder [default: the live account]
    #[arg(long, value_name = "PATH")]
    pub(crate) input: Option<PathBuf>,
    /// Accept the findings that are listed in this TOML file of exceptions
    #[arg(long, value_name = "FILE")]
    pub(crate) exceptions: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) organization: OrganizationArgs,
    /// Submit the evaluations to AWS Config [default: only print them]
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
    /// Show the page of this rule [default: list all rules]
    #[arg(value_name = "ID", value_parser = parse_rule)]
    pub(crate) rule: Option<&'static RuleDefinition>,
    /// How to print the rules
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: RulesFormat,
}

#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// The rules in the pack
    #[arg(long = "pack-profile", value_name = "PROFILE", value_enum, default_value_t)]
    pub(crate) profile: PackProfileArg,
    /// Print the pack for the member accounts of an organization, with the function in a central account
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
