//! `score`: how much policy documents allow.

mod accepted;
mod scorer;
mod sources;

use std::fs::File;
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use rules_core::policy::{PolicyDocument, PolicyType};

use self::scorer::Scorer;
use self::sources::{Place, Skipped, Source, name_of};
use super::gate;
use super::limits::LimitingPolicies;
use super::policy_file::{parse, places, read_bytes};
use crate::args::ScoreArgs;
use crate::baseline::{Entry, entries};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::scored::{Bar, PolicyScore, ScoreReport, UnscoredPolicy};
use crate::output::table::Look;
use crate::output::{self, diagnostics};
use crate::places::{DocumentPlaces, shown_path};

pub(crate) fn run(args: &ScoreArgs) -> Result<Exit, CliError> {
    let limits = LimitingPolicies::read(&args.limits)?;
    let policy_type = args.policy_type.into();
    if !limits.is_empty() && policy_type != PolicyType::Identity {
        return Err(CliError::Usage("--boundary, --scp and --rcp limit identity policies only".to_owned()));
    }
    let (mut sources, mut skipped) = (Vec::new(), Vec::new());
    let mut counts = Vec::with_capacity(args.paths.len());
    for path in &args.paths {
        let before = sources.len();
        sources::add(path, &args.ignore, &mut sources, &mut skipped);
        counts.push(sources.len() - before);
    }
    let has_baseline = args.gate.baseline.is_some() || args.gate.write_baseline.is_some();
    let causes = if has_baseline { Causes::Kept } else { Causes::Left };
    let layers = limits.over([]);
    let scorer = match args.compare_versions {
        true => Scorer::comparing(policy_type, &layers),
        false => Scorer::new(policy_type, args.score_version, &layers),
    };
    let mut scores = Vec::with_capacity(sources.len());
    let mut scored = score_all(&sources, policy_type, causes, &scorer).into_iter();
    for (path, count) in args.paths.iter().zip(counts) {
        let before = scores.len();
        for scored in scored.by_ref().take(count) {
            match scored {
                Scored::Policy(score) => scores.push(*score),
                Scored::Skipped(file) => skipped.push(file),
            }
        }
        if scores.len() == before {
            let policy = name_of(path).into_owned();
            scores.push(PolicyScore::unscored(policy, Some(shown_path(path)), UnscoredPolicy::EmptyFolder));
        }
    }
    name_skipped(&skipped);
    let bar = Bar { minimum: args.min_score, fail_on: args.gate.fail_on.map(Into::into) };
    let mut report = ScoreReport { policies: scores, bar, account: args.account.clone(), view: args.view.view() };
    let exceptions = accepted::accept(args.exceptions.as_deref(), &mut report)?;
    if has_baseline {
        let (places, findings): (Vec<usize>, Vec<Entry>) = entries(&report).into_iter().unzip();
        let known = gate::known(&args.gate, &findings, None)?;
        for (place, known) in places.into_iter().zip(known.into_iter().flat_map(|known| known.each)) {
            if let Some(policy) = report.policies.get_mut(place) {
                policy.known = Some(known);
            }
        }
    }
    let look = if args.output.is_some() { Look::PLAIN } else { Look::of_stdout() };
    if args.compare_versions {
        let write = output::comparison_writer(args.format)
            .ok_or_else(|| CliError::Usage("--compare-versions prints table, json or ndjson".to_owned()))?;
        output::to(args.output.as_deref(), |out| write(out, look, &report))?;
        return Ok(report.exit());
    }
    output::to(args.output.as_deref(), |out| output::write_scores(out, args.format, look, &report))?;
    for target in &args.reports {
        let write = |out: &mut dyn Write| output::write_scores(out, target.format, Look::PLAIN, &report);
        output::to(Some(&target.file), write)?;
    }
    Ok(report.exit().and(exceptions))
}

/// Whether the grants that cost points are kept, which only baselines need.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Causes {
    Kept,
    Left,
}

/// What became of a source.
enum Scored {
    Policy(Box<PolicyScore>),
    Skipped(Skipped),
}

/// Says what was left out of folders, and why.
fn name_skipped(skipped: &[Skipped]) {
    /// A folder of something else need not be listed whole.
    const NAMED: usize = 100;
    for Skipped { path, why } in skipped.iter().take(NAMED) {
        diagnostics::note(&format!("skipped {}: {why}", path.display()));
    }
    if let Some(more @ 1..) = skipped.len().checked_sub(NAMED) {
        diagnostics::note(&format!("skipped {more} more files and folders"));
    }
}

/// Scores every source, in their order. Documents are independent, so that each processor takes the next one.
fn score_all(sources: &[Source], policy_type: PolicyType, causes: Causes, scorer: &Scorer<'_>) -> Vec<Scored> {
    let next = AtomicUsize::new(0);
    let work = || {
        // One buffer for all files: most are read without another allocation.
        let mut bytes = Vec::new();
        let mut scores = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match sources.get(index) {
                Some(source) => scores.push((index, score_source(source, &mut bytes, policy_type, causes, scorer))),
                None => return scores,
            }
        }
    };
    // A thread is not worth its start for a handful of documents.
    let threads = available_parallelism().map_or(1, NonZero::get).min(sources.len() / 32);
    let mut scores = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut scores = work();
        for other in others {
            match other.join() {
                Ok(theirs) => scores.extend(theirs),
                Err(panic) => resume_unwind(panic),
            }
        }
        scores
    });
    scores.sort_by_key(|(index, _)| *index);
    scores.into_iter().map(|(_, score)| score).collect()
}

/// The score of one document; none for a file in a folder that contains no policy.
fn score_source(
    source: &Source,
    bytes: &mut Vec<u8>,
    policy_type: PolicyType,
    causes: Causes,
    scorer: &Scorer<'_>,
) -> Scored {
    let file = |path: &Path, bytes: &mut Vec<u8>| {
        let file = File::open(path).map_err(UnscoredPolicy::from);
        file.and_then(|file| read_policy(file, bytes, policy_type))
    };
    bytes.clear();
    let (document, path) = match &source.place {
        Place::StandardInput => (read_policy(io::stdin().lock(), bytes, policy_type), None),
        Place::File(path) => (file(path, bytes), Some(path)),
        Place::InFolder(path) => match file(path, bytes) {
            Err(UnscoredPolicy::NoPolicy(_)) => {
                return Scored::Skipped(Skipped { path: path.clone(), why: "it contains no policy" });
            }
            document => (document, Some(path)),
        },
        // An error of the operating system cannot be cloned; its kind and text can.
        Place::UnreadableFolder(path, error) => {
            (Err(io::Error::new(error.kind(), error.to_string()).into()), Some(path))
        }
    };
    let places = if bytes.is_empty() { DocumentPlaces::default() } else { places(bytes) };
    Scored::Policy(Box::new(PolicyScore {
        policy: source.policy.clone(),
        file: path.map(|path| shown_path(path)),
        score: document.map(|document| {
            let scored = scorer.score(&document);
            if causes == Causes::Kept { scored.with_causes(&document) } else { scored }
        }),
        places,
        exception: None,
        known: None,
    }))
}

fn read_policy(
    source: impl Read,
    bytes: &mut Vec<u8>,
    policy_type: PolicyType,
) -> Result<PolicyDocument, UnscoredPolicy> {
    read_bytes(source, bytes)?;
    parse(bytes, policy_type)
}
