//! `evaluate`: the verdicts of rules on an account.

mod compare;
mod earlier;
mod insight;
mod known;

use std::collections::BTreeSet;
use std::io::Write;

use rules_aws::FactSource;
use rules_core::MissingFact;
use rules_core::Region;
use rules_core::assessment::{ConfiguredRule, assess};
use rules_core::config::RuleParameters;
use rules_core::exceptions::Unaddressed;
use rules_core::facts::{FactKind, Facts};
use rules_core::rules::{RULES, RuleDefinition};

use super::connection::{Connection, block_on, region};
use super::{account, documents, exceptions, files, limits};
use crate::args::{EvaluateArgs, LiveArgs, ParameterSetting};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::ReportFormat;
use crate::output::context::Context;
use crate::output::table::Look;
use crate::output::{self, AccountReport, Place, RuleReport, diagnostics};
use crate::places::shown_path;
use crate::sample;

pub(crate) fn run(args: &EvaluateArgs) -> Result<Exit, CliError> {
    let judged = block_on(async {
        if args.sample || !args.input.is_empty() {
            // Findings for Security Hub name a Region, wherever the facts are from.
            let named = args.live.region.clone().filter(|_| args.format == ReportFormat::Asff);
            if args.live != (LiveArgs { region: named, ..LiveArgs::default() }) {
                diagnostics::note(&"options for live access have no effect with a sample or files");
            }
            let files = if args.sample {
                sample::facts(args.account.clone())
            } else {
                files::open(&args.input, args.account.clone())?
            };
            return judge(args, &files, &files.kinds(), region(&args.live)).await;
        }
        let connection = Connection::open(&args.live).await?;
        judge(args, connection.facts().as_ref(), &FactKind::ALL.into(), connection.region()).await
    })?;
    let report = match judged {
        Judged::Report(report) => report,
        Judged::Compared(exit) => return Ok(exit),
    };
    let look = if args.output.is_some() { Look::PLAIN } else { Look::of_stdout() };
    output::to(args.output.as_deref(), |out| output::write_evaluations(out, args.format, look, &report))?;
    for target in &args.reports {
        let write = |out: &mut dyn Write| output::write_evaluations(out, target.format, Look::PLAIN, &report);
        output::to(Some(&target.file), write)?;
    }
    Ok(report.exit())
}

/// What came of it.
enum Judged {
    Report(Box<AccountReport>),
    /// Parameters were compared instead.
    Compared(Exit),
}

async fn judge(
    args: &EvaluateArgs,
    source: &dyn FactSource,
    held: &BTreeSet<FactKind>,
    region: Option<Region>,
) -> Result<Judged, CliError> {
    let exceptions = exceptions::read(args.exceptions.as_deref())?;
    let organization = limits::read_organization(&args.organization)?;
    let rules = selected(&args.rules, &args.parameters, held)?;
    let kinds: BTreeSet<FactKind> = rules.iter().flat_map(ConfiguredRule::facts).collect();
    let account = match &args.account {
        Some(account) => account.clone(),
        None => source.account().await?,
    };
    source.check_account(&account).await.map_err(MissingFact::from)?;
    let as_of = account::moment(source, args.as_of);
    // A snapshot is of a moment, and so is the sample.
    if args.as_of.is_none() && !args.sample && source.collected_at().is_none() && source.latest_moment().is_some() {
        diagnostics::note(&format!(
            "evaluated as of {as_of}, the latest time in the input (--as-of sets another time)"
        ));
    }
    let facts =
        Facts { as_of_is_given: args.as_of.is_some(), organization, ..source.facts(&account, &kinds, as_of).await };

    if let Some(file) = &args.compare_parameters {
        let unread = facts.not_read(&kinds);
        unread.iter().for_each(|missing| diagnostics::not_read(missing));
        compare::run(file, &facts, &rules, args.format)?;
        return Ok(Judged::Compared(if unread.is_empty() { Exit::Clean } else { Exit::Incomplete }));
    }
    let exceptions = exceptions.of_account(&account, Unaddressed::OwnAccount, as_of);
    let assessment = assess(&facts, &rules, &exceptions, as_of);
    assessment.unread.iter().for_each(|missing| diagnostics::not_read(missing));
    assessment.refused.iter().for_each(|refused| diagnostics::refused(refused));
    assessment.notes.iter().for_each(|note| diagnostics::note(note));
    let refused = assessment.refused.iter().map(ToString::to_string);
    let unread = assessment.unread.iter().map(ToString::to_string).chain(refused).collect();
    let place = Place::new(facts.partition(), region);
    let mut rules: Vec<RuleReport> = assessment.rules.into_iter().map(RuleReport::from).collect();
    for rule in &mut rules {
        let set = args.parameters.iter().filter(|setting| setting.rule.id == rule.definition.id);
        rule.parameters = set.map(|setting| (setting.key.clone(), setting.value.clone())).collect();
    }
    let formats: Vec<ReportFormat> =
        [args.format].into_iter().chain(args.reports.iter().map(|target| target.format)).collect();
    if formats.iter().copied().any(ReportFormat::shows_places) {
        documents::add_places(&args.input, &mut rules);
    }
    let mut report = AccountReport {
        account,
        as_of: Some(as_of),
        rules,
        unread,
        place,
        fail_on: args.gate.fail_on.map(Into::into),
        view: args.view.view(),
        context: Context { is_sample: args.sample, whole: whole_report(args), ..Context::default() },
    };
    if formats.contains(&ReportFormat::Html) {
        insight::add(&facts, &mut report);
    }
    if let Some(earlier) = &args.earlier {
        earlier::compare(earlier, &facts, &kinds, &mut report).await?;
    }
    known::mark(&args.gate, &facts, &mut report)?;
    Ok(Judged::Report(Box::new(report)))
}

/// The file with the report that leaves nothing out, where one is written.
fn whole_report(args: &EvaluateArgs) -> Option<String> {
    let own = args.output.as_ref().filter(|_| args.format == ReportFormat::Html);
    let others = args.reports.iter().filter(|target| target.format == ReportFormat::Html).map(|target| &target.file);
    others.chain(own).next().map(|path| shown_path(path))
}

/// The rules that run, with their parameters, in the registry's order.
fn selected(
    named: &[&'static RuleDefinition],
    settings: &[ParameterSetting],
    held: &BTreeSet<FactKind>,
) -> Result<Vec<ConfiguredRule>, CliError> {
    let runs = |definition: &RuleDefinition| match named {
        [] => definition.facts.iter().any(|kind| held.contains(kind)),
        named => named.iter().any(|named| named.id == definition.id),
    };
    let mut selected = Vec::new();
    for definition in RULES.iter().copied().filter(|definition| runs(definition)) {
        let rule = ConfiguredRule::new(definition, &parameters_of(definition, settings)?);
        selected.push(rule.map_err(|source| CliError::Parameter { rule: definition.id, source })?);
    }
    if selected.is_empty() {
        return Err(CliError::Usage("the input contains no facts that a rule reads".to_owned()));
    }
    match settings.iter().find(|setting| setting.is_asked_for && !runs(setting.rule)) {
        // A setting that has no effect is a slip, such as a parameter of the wrong rule.
        Some(unused) => {
            Err(CliError::Usage(format!("--param {}.{}: the rule does not run", unused.rule.id, unused.key)))
        }
        None => Ok(selected),
    }
}

fn parameters_of(definition: &RuleDefinition, settings: &[ParameterSetting]) -> Result<RuleParameters, CliError> {
    let mut parameters = RuleParameters::default();
    let mut set = BTreeSet::new();
    for setting in settings.iter().filter(|setting| setting.rule.id == definition.id) {
        if !set.insert(&setting.key) {
            return Err(CliError::Usage(format!("--param {}.{} is given twice", definition.id, setting.key)));
        }
        parameters.set(&setting.key, &setting.value);
    }
    Ok(parameters)
}
