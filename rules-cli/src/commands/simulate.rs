//! `simulate`: decisions on concrete requests.

mod names;
mod request;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::Path;

use rules_core::decision::{
    Context, ContextValue, Decision, OtherKeys, PolicyLayers, PreparedLayers, Reading, Request,
};
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::text::visible;

use self::names::Names;
use self::request::{InvalidRequest, LineError, OwnPolicies, RequestLine};
use super::limits::{LimitingPolicies, read_policy};
use crate::args::{Expectation, SimulateArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use crate::output::decision::{RequestId, decision_name, write_decision, write_error};
use crate::output::diagnostics;

/// Longer lines are refused: no set of policies that IAM would take is as long.
const MAX_LINE: u64 = 16 << 20;

pub(crate) fn run(args: &SimulateArgs) -> Result<Exit, CliError> {
    let limits = LimitingPolicies::read(&args.limits)?;
    let identity: Vec<PolicyDocument> =
        args.policies.iter().map(|path| read_policy(path, PolicyType::Identity)).collect::<Result<_, _>>()?;
    let layers = limits.over(&identity);
    if let (Some(action), Some(resource)) = (&args.action, &args.resource) {
        let context = context(&args.context);
        request::check(action, resource, &context).map_err(|error| CliError::Usage(error.to_string()))?;
        Names::new(args.strict).check(action, resource).map_err(|strange| CliError::Usage(strange.to_string()))?;
        let request = Request { action, resource, context: &context };
        let decided = layers.decide(&request, Reading::AsWritten);
        let reasons = args.why.then(|| layers.reasons(&request, Reading::AsWritten));
        output::to(None, |out| write_decision(out, &RequestId::None, &layers, decided, reasons.as_ref()))?;
        return Ok(expected(args, &RequestId::None, None, decided.decision));
    }
    match &args.requests {
        Some(path) if path.as_os_str() == "-" => decide_lines(args, Path::new("-"), io::stdin().lock(), layers),
        Some(path) => {
            let file = File::open(path).map_err(|source| CliError::Read { path: path.clone(), source })?;
            decide_lines(args, path, BufReader::with_capacity(1 << 18, file), layers)
        }
        None => Err(CliError::Usage("either --requests, or --action and --resource".to_owned())),
    }
}

/// Keys given once have one value, the others several.
fn context(given: &[(String, String)]) -> Context {
    let mut context = Context::new(OtherKeys::Absent);
    for (key, value) in given {
        let values: Vec<String> =
            given.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key)).map(|(_, value)| value.clone()).collect();
        let value = if values.len() > 1 { ContextValue::Multiple(values) } else { ContextValue::Single(value.clone()) };
        context.set(key, value);
    }
    context
}

/// Decides the request of every line. A line that cannot be decided is answered with an error; the others still are.
fn decide_lines(
    args: &SimulateArgs,
    path: &Path,
    mut lines: impl BufRead,
    given: PolicyLayers<'_>,
) -> Result<Exit, CliError> {
    let mut given = PreparedLayers::new(given, Reading::AsWritten);
    let mut names = Names::new(args.strict);
    let mut exit = Exit::Clean;
    let mut unread = None;
    output::to(None, |out| {
        let mut bytes = Vec::new();
        for number in 1.. {
            let answered = match read_line(&mut lines, &mut bytes) {
                Ok(ReadLine::End) => break,
                Ok(ReadLine::Whole) if bytes.iter().all(u8::is_ascii_whitespace) => continue,
                Ok(ReadLine::Whole) => {
                    RequestLine::parse(&bytes).and_then(|line| answer(args, out, number, &line, &mut given, &mut names))
                }
                Ok(ReadLine::TooLong) => Err(LineError::new(InvalidRequest::TooLong(MAX_LINE))),
                Err(error) => {
                    unread = Some(error);
                    break;
                }
            };
            match answered {
                Ok(written) => exit = exit.and(written?),
                Err(error) => {
                    exit = exit.and(Exit::Incomplete);
                    write_error(out, &error.id, &error.on_line(number))?;
                }
            }
        }
        Ok(())
    })?;
    match unread {
        Some(source) => Err(CliError::Read { path: path.to_owned(), source }),
        None => Ok(exit),
    }
}

/// What was read into the buffer.
enum ReadLine {
    Whole,
    TooLong,
    End,
}

fn read_line(lines: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<ReadLine> {
    bytes.clear();
    let read = lines.by_ref().take(MAX_LINE).read_until(b'\n', bytes)?;
    if read == 0 {
        return Ok(ReadLine::End);
    }
    if bytes.last() != Some(&b'\n') && u64::try_from(read).is_ok_and(|read| read == MAX_LINE) {
        lines.skip_until(b'\n')?;
        return Ok(ReadLine::TooLong);
    }
    Ok(ReadLine::Whole)
}

/// Says where a decision is not the expected one.
fn expected(args: &SimulateArgs, id: &RequestId, line: Option<u64>, decision: Decision) -> Exit {
    let (expected, is_met) = match args.expect {
        None => return Exit::Clean,
        Some(Expectation::Allowed) => ("Allowed", decision == Decision::Allowed),
        Some(Expectation::Denied) => ("Denied", decision != Decision::Allowed),
    };
    if is_met {
        return Exit::Clean;
    }
    let which = match (id, line) {
        (RequestId::Text(id), _) => format!("request `{}`: ", visible(id, 80)),
        (RequestId::Number(id), _) => format!("request {id}: "),
        (RequestId::None, Some(line)) => format!("line {line}: "),
        (RequestId::None, None) => String::new(),
    };
    diagnostics::unexpected(&format!("{which}expected {expected}, decided {}", decision_name(decision)));
    Exit::BelowBar
}

/// Decides one line, and says how it compares with what is expected, if the answer could be written.
fn answer(
    args: &SimulateArgs,
    out: &mut dyn Write,
    number: u64,
    line: &RequestLine<'_>,
    given: &mut PreparedLayers<'_>,
    names: &mut Names,
) -> Result<io::Result<Exit>, LineError> {
    names.check(&line.action, &line.resource).map_err(|strange| line.error(InvalidRequest::Name(strange)))?;
    let own = OwnPolicies::parse(line)?;
    if line.policies.is_none() && given.layers().granting().next().is_none() {
        return Err(line.error(InvalidRequest::NoPolicies));
    }
    let request = Request { action: &line.action, resource: &line.resource, context: &line.context.0 };
    let reasons = |layers: &PolicyLayers<'_>| args.why.then(|| layers.reasons(&request, Reading::AsWritten));
    let (decided, written) = match own.as_ref().map(|own| own.over(given.layers())) {
        Some(layers) => {
            let decided = layers.decide(&request, Reading::AsWritten);
            (decided, write_decision(out, &line.id, &layers, decided, reasons(&layers).as_ref()))
        }
        None => {
            let decided = given.decide(&request);
            (decided, write_decision(out, &line.id, given.layers(), decided, reasons(given.layers()).as_ref()))
        }
    };
    Ok(written.map(|()| expected(args, &line.id, Some(number), decided.decision)))
}
