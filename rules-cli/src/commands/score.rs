//! `score`: how much policy documents allow.

mod sources;

use std::fs::File;
use std::io::{self, Read};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::score::LimitedScorer;

use self::sources::{Place, Skipped, Source, name_of};
use super::limits::Limits;
use super::policy_file::{parse, read_bytes};
use crate::args::ScoreArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::table::Look;
use crate::output::{self, PolicyScore, UnscoredPolicy, diagnostics};

pub(crate) fn run(args: &ScoreArgs) -> Result<Exit, CliError> {
    let limits = Limits::read(&args.limits)?;
    let policy_type = args.policy_type.into();
    if !limits.is_empty() && policy_type != PolicyType::Identity {
        return Err(CliError::Usage("--boundary, --scp and --rcp limit identity policies only".to_owned()));
    }
    let (mut sources, mut skipped) = (Vec::new(), Vec::new());
    let mut counts = Vec::with_capacity(args.paths.len());
    for path in &args.paths {
        let before = sources.len();
        sources::add(path, &mut sources, &mut skipped);
        counts.push(sources.len() - before);
    }
    let scorer = LimitedScorer::under(&limits.over([]));
    let mut scores = Vec::with_capacity(sources.len());
    let mut scored = score_all(&sources, policy_type, &scorer).into_iter();
    for (path, count) in args.paths.iter().zip(counts) {
        let before = scores.len();
        for scored in scored.by_ref().take(count) {
            match scored {
                Scored::Policy(score) => scores.push(score),
                Scored::Skipped(file) => skipped.push(file),
            }
        }
        if scores.len() == before {
            scores.push(PolicyScore { policy: name_of(path).into_owned(), score: Err(UnscoredPolicy::EmptyFolder) });
        }
    }
    name_skipped(&skipped);
    let exit = scores.iter().fold(Exit::Clean, |exit, scored| {
        exit.and(match (&scored.score, args.min_score) {
            (Err(_), _) => Exit::Incomplete,
            (Ok(score), Some(least)) if score.score < least => Exit::BelowBar,
            (Ok(_), _) => Exit::Clean,
        })
    });
    output::to(None, |out| output::write_scores(out, args.format, Look::of_stdout(), &scores))?;
    Ok(exit)
}

/// What became of a source.
enum Scored {
    Policy(PolicyScore),
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
fn score_all(sources: &[Source], policy_type: PolicyType, scorer: &LimitedScorer<'_>) -> Vec<Scored> {
    let next = AtomicUsize::new(0);
    let work = || {
        // One buffer for all files: most are read without another allocation.
        let mut bytes = Vec::new();
        let mut scores = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match sources.get(index) {
                Some(source) => scores.push((index, score_source(source, &mut bytes, policy_type, scorer))),
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

/// The score of one document; none for a file of a folder that holds something else.
fn score_source(source: &Source, bytes: &mut Vec<u8>, policy_type: PolicyType, scorer: &LimitedScorer<'_>) -> Scored {
    let file = |path: &Path, bytes: &mut Vec<u8>| {
        let file = File::open(path).map_err(UnscoredPolicy::from);
        file.and_then(|file| read_policy(file, bytes, policy_type))
    };
    let document = match &source.place {
        Place::StandardInput => read_policy(io::stdin().lock(), bytes, policy_type),
        Place::File(path) => file(path, bytes),
        Place::InFolder(path) => match file(path, bytes) {
            Err(UnscoredPolicy::NoPolicy(_)) => {
                return Scored::Skipped(Skipped { path: path.clone(), why: "it holds no policy" });
            }
            document => document,
        },
        // An error of the operating system cannot be cloned; its kind and text can.
        Place::UnreadableFolder(error) => Err(io::Error::new(error.kind(), error.to_string()).into()),
    };
    Scored::Policy(PolicyScore {
        policy: source.policy.clone(),
        score: document.map(|document| scorer.score(&document)),
    })
}

fn read_policy(
    source: impl Read,
    bytes: &mut Vec<u8>,
    policy_type: PolicyType,
) -> Result<PolicyDocument, UnscoredPolicy> {
    read_bytes(source, bytes)?;
    parse(bytes, policy_type)
}
