//! `score`: how much policy documents allow.

use std::fs::{self, File};
use std::io::{self, Read};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use rules_core::decision::PolicyLayers;
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::score::{LeastPrivilegeScore, LimitedScorer, ScoreVersion, score_of_type};

use super::limits::Limits;
use super::policy_file::{parse, read_bytes};
use crate::args::ScoreArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::table::Look;
use crate::output::{self, PolicyScore, UnscoredPolicy};

pub(crate) fn run(args: &ScoreArgs) -> Result<Exit, CliError> {
    let limits = Limits::read(&args.limits)?;
    let policy_type = args.policy_type.into();
    if !limits.is_empty() && policy_type != PolicyType::Identity {
        return Err(CliError::Usage("--boundary and --scp limit identity policies only".to_owned()));
    }
    let mut sources = Vec::new();
    for path in &args.paths {
        add_sources(path, &mut sources);
    }
    let layers = limits.over([]);
    let versions: &[ScoreVersion] = if args.compare_versions { &ScoreVersion::ALL } else { &[args.score_version] };
    let scorers: Vec<Scorer<'_>> = versions.iter().map(|version| Scorer::new(*version, policy_type, &layers)).collect();
    let scores = score_all(&sources, policy_type, &scorers);
    let exit = scores.iter().fold(Exit::Clean, |exit, scored| {
        exit.and(match (scored.score(), args.min_score) {
            (Err(_), _) => Exit::Incomplete,
            (Ok(score), Some(least)) if score.score < least => Exit::BelowBar,
            (Ok(_), _) => Exit::Clean,
        })
    });
    output::to(None, |out| match args.compare_versions {
        true => output::write_comparison(out, args.format, Look::of_stdout(), &scores),
        false => output::write_scores(out, args.format, Look::of_stdout(), &scores),
    })?;
    Ok(exit)
}

/// Scores documents of one type in one version.
enum Scorer<'a> {
    /// What a policy grants under limits.
    Limited(LimitedScorer<'a>),
    /// What a policy opens that is attached to a resource or role.
    Attached(PolicyType, ScoreVersion),
}

impl<'a> Scorer<'a> {
    fn new(version: ScoreVersion, policy_type: PolicyType, layers: &PolicyLayers<'a>) -> Self {
        match policy_type {
            PolicyType::Resource | PolicyType::Trust => Self::Attached(policy_type, version),
            _ => Self::Limited(LimitedScorer::of_version(version, layers)),
        }
    }

    fn score(&self, document: &'a PolicyDocument) -> LeastPrivilegeScore {
        match self {
            Self::Limited(scorer) => scorer.score(document),
            Self::Attached(policy_type, version) => score_of_type(document, *policy_type, *version),
        }
    }
}

/// Where a document comes from.
enum Source {
    StandardInput,
    File(PathBuf),
    EmptyFolder(PathBuf),
    UnreadableFolder(PathBuf, io::Error),
}

/// A file stands for itself, a folder for every `*.json` in it, in name order.
fn add_sources(path: &Path, sources: &mut Vec<Source>) {
    if path.as_os_str() == "-" {
        sources.push(Source::StandardInput);
    } else if path.is_dir() {
        match json_files(path) {
            Ok(files) if files.is_empty() => sources.push(Source::EmptyFolder(path.to_owned())),
            Ok(files) => sources.extend(files.into_iter().map(Source::File)),
            Err(error) => sources.push(Source::UnreadableFolder(path.to_owned(), error)),
        }
    } else {
        sources.push(Source::File(path.to_owned()));
    }
}

fn json_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Scores every source, in their order. Documents are independent, so that each processor takes the next one.
fn score_all(sources: &[Source], policy_type: PolicyType, scorers: &[Scorer<'_>]) -> Vec<PolicyScore> {
    let next = AtomicUsize::new(0);
    let work = || {
        // One buffer for all files: most are read without another allocation.
        let mut bytes = Vec::new();
        let mut scores = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match sources.get(index) {
                Some(source) => scores.push((index, score_source(source, &mut bytes, policy_type, scorers))),
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

fn score_source(source: &Source, bytes: &mut Vec<u8>, policy_type: PolicyType, scorers: &[Scorer<'_>]) -> PolicyScore {
    let (policy, document) = match source {
        Source::StandardInput => ("-".to_owned(), read_policy(io::stdin().lock(), bytes, policy_type)),
        Source::File(path) => {
            let file = File::open(path).map_err(UnscoredPolicy::from);
            (policy_name(path), file.and_then(|file| read_policy(file, bytes, policy_type)))
        }
        Source::EmptyFolder(path) => (policy_name(path), Err(UnscoredPolicy::EmptyFolder)),
        Source::UnreadableFolder(path, error) => {
            // An error of the operating system cannot be cloned; its kind and text can.
            (policy_name(path), Err(io::Error::new(error.kind(), error.to_string()).into()))
        }
    };
    let scores = document.map(|document| scorers.iter().map(|scorer| scorer.score(&document)).collect());
    PolicyScore { policy, scores }
}

/// The file's name without `.json`.
fn policy_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.strip_suffix(".json").unwrap_or(&name).to_owned()
}

fn read_policy(
    source: impl Read,
    bytes: &mut Vec<u8>,
    policy_type: PolicyType,
) -> Result<PolicyDocument, UnscoredPolicy> {
    read_bytes(source, bytes)?;
    parse(bytes, policy_type)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::policy_name;

    #[test]
    fn a_policy_is_named_by_its_file() {
        assert_eq!(policy_name(Path::new("a/read.only.json")), "read.only");
        assert_eq!(policy_name(Path::new("policy")), "policy");
    }
}
