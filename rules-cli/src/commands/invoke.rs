//! `invoke`: evaluates an event of AWS Config as the Lambda function does.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rules_aws::{DryRun, EvaluationSink, FactSource, HandleError, Handled, Invocation};
use rules_core::Arn;
use rules_core::Region;
use rules_core::config::{ConfigEvent, Verdict};
use rules_core::exceptions::Unaddressed;

use super::connection::{Connection, block_on, region};
use super::{exceptions, files, limits};
use crate::args::InvokeArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::context::Context;
use crate::output::table::Look;
use crate::output::{self, AccountReport, Place, ReportedVerdict, RuleReport, View, diagnostics};

/// More than Lambda hands to a function.
const MAX_EVENT_BYTES: u64 = 8 << 20;

pub(crate) fn run(args: &InvokeArgs) -> Result<Exit, CliError> {
    let payload = read_event(&args.event)?;
    let (result, region) = block_on(handle(args, &payload))?;
    let handled = match &result {
        Ok(handled) => Some(handled),
        Err(error) => error.handled(),
    };
    let mut exit = Exit::Clean;
    if let Some(handled) = handled {
        let report = report(handled, &payload, region);
        output::to(None, |out| output::write_evaluations(out, args.format, Look::of_stdout(), &report))?;
        handled.unread.iter().for_each(|missing| diagnostics::not_read(missing));
        handled.refused.iter().for_each(|refused| diagnostics::refused(refused));
        handled.notes.iter().for_each(|note| diagnostics::note(note));
        exit = report.exit();
    }
    match result {
        Ok(_) => Ok(exit),
        Err(error) => Err(error.into()),
    }
}

/// What the Lambda function would return, and the Region it would be in.
type Returned = (Result<Handled, HandleError>, Option<Region>);

/// Runs the invocation.
async fn handle(args: &InvokeArgs, payload: &[u8]) -> Result<Returned, CliError> {
    let needs_aws = args.submit || args.input.is_none();
    let connection = if needs_aws { Some(Connection::open(&args.live).await?) } else { None };
    let source: Box<dyn FactSource> = match (&args.input, &connection) {
        (None, Some(connection)) => connection.facts(),
        (input, _) => Box::new(files::open(input.as_slice(), None)?),
    };
    let sink: Box<dyn EvaluationSink> = match &connection {
        Some(connection) => connection.sink(args.submit),
        None => Box::new(DryRun::new()),
    };
    let exceptions = exceptions::read(args.exceptions.as_deref())?;
    let organization = limits::read_organization(&args.organization)?;
    let region = connection.map_or_else(|| region(&args.live), |connection| connection.region());
    let result = match Invocation::parse(payload) {
        Ok(invocation) => {
            let invocation =
                invocation.with_exceptions(&exceptions, Unaddressed::OwnAccount).with_organization(organization);
            invocation.run(source.as_ref(), sink.as_ref()).await
        }
        Err(error) => Err(error),
    };
    Ok((result, region))
}

fn report(handled: &Handled, payload: &[u8], region: Option<Region>) -> AccountReport {
    let arn = handled.verdicts.iter().find_map(|verdict| verdict.resource().arn.as_ref());
    let cleared = handled.cleared.iter().cloned().map(Verdict::Evaluated);
    let verdicts = handled.verdicts.iter().cloned().chain(cleared).map(ReportedVerdict::from).collect();
    let mut rule = RuleReport { definition: handled.rule, parameters: Vec::new(), verdicts };
    if let Ok(mut event) = ConfigEvent::parse(payload) {
        let names = handled.rule.parameters.iter().map(|parameter| parameter.name);
        let set = names.filter_map(|name| Some((name.to_owned(), event.rule_parameters.remove(name)?)));
        rule.parameters = set.collect();
    }
    AccountReport {
        account: handled.account.clone(),
        as_of: None,
        rules: vec![rule],
        unread: handled.unread.iter().map(ToString::to_string).collect(),
        place: Place::new(arn.map(Arn::partition), region),
        fail_on: None,
        view: View::default(),
        context: Context::default(),
    }
}

fn read_event(path: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |source| CliError::Read { path: path.to_owned(), source };
    let mut payload = Vec::new();
    File::open(path).map_err(failed)?.take(MAX_EVENT_BYTES + 1).read_to_end(&mut payload).map_err(failed)?;
    if u64::try_from(payload.len()).is_ok_and(|length| length > MAX_EVENT_BYTES) {
        return Err(CliError::Usage(format!("{}: longer than {MAX_EVENT_BYTES} bytes", path.display())));
    }
    Ok(payload)
}
