//! Baselines: the findings at one time, so that only new findings fail.
//!
//! An entry identifies a finding by meaning: the resource, the code of the finding, and its causes as digests of the
//! grants of the policy (see [`crate::meaning`]). It contains neither text nor positions. A finding is known if an
//! entry for the same resource has all of its causes and no better score. A policy file that moved is recognized by its
//! causes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rules_core::Timestamp;
use rules_core::config::FindingCode;
use rules_core::json;
use rules_core::score::SCORE_VERSION;
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::meaning::GrantDigests;
use crate::output;
use crate::output::OutputError;
use crate::output::scored::{ScoreReport, Standing};

/// The version of the file's layout.
const VERSION: u32 = 1;
/// More than any baseline that is of use.
const MAX_BYTES: u64 = 64 << 20;

/// What was wrong at some time.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    version: u32,
    score_version: u32,
    /// The moment as of which the account was evaluated. Policy files have none.
    #[serde(default)]
    pub(crate) as_of: Option<Timestamp>,
    findings: Vec<Entry>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// The account, where it is known.
    pub(crate) account: Option<String>,
    /// The rule or command that found it.
    pub(crate) rule: String,
    /// The resource's ARN, or the policy's name.
    pub(crate) resource: String,
    /// The code of the finding.
    pub(crate) code: String,
    /// What brings it about.
    pub(crate) causes: GrantDigests,
    /// The score in tenths of a point, where a score decided.
    pub(crate) score_tenths: Option<u16>,
}

/// What failing policies are to a baseline, each with its place among the policies.
pub(crate) fn entries(report: &ScoreReport) -> Vec<(usize, Entry)> {
    let failing =
        report.policies.iter().enumerate().filter(|(_, policy)| report.bar.standing(policy) == Standing::Fails);
    failing
        .filter_map(|(index, policy)| {
            let scored = policy.score.as_ref().ok()?;
            let entry = Entry {
                account: report.account.as_ref().map(ToString::to_string),
                rule: "score".to_owned(),
                resource: policy.policy.clone(),
                code: FindingCode::ScoreBelowMinimum.to_string(),
                causes: scored.causes.clone().unwrap_or_default(),
                score_tenths: Some(scored.score.score.tenths()),
            };
            Some((index, entry))
        })
        .collect()
}

/// What a resource is in a baseline.
type Key = (Option<String>, String, String, String);

/// How findings compare with a baseline.
pub(crate) struct Compared {
    /// For each finding, whether it is known.
    pub(crate) known: Vec<bool>,
    /// The entries of the baseline that nothing matches any more.
    pub(crate) gone: Vec<Entry>,
}

impl Baseline {
    /// The baseline with these findings.
    pub(crate) fn new(findings: impl IntoIterator<Item = Entry>, as_of: Option<Timestamp>) -> Self {
        let mut findings: Vec<Entry> = findings.into_iter().collect();
        findings.sort();
        Self { version: VERSION, score_version: SCORE_VERSION, as_of, findings }
    }

    /// Reads a baseline.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let failed = |source| CliError::Read { path: path.to_owned(), source };
        let invalid = |reason: String| CliError::Baseline { path: path.to_owned(), reason };
        let mut bytes = Vec::new();
        File::open(path).map_err(failed)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
            return Err(invalid(format!("longer than {MAX_BYTES} bytes")));
        }
        let baseline: Self =
            json::text(&bytes).and_then(|text| json::read_as(&text)).map_err(|error| invalid(error.to_string()))?;
        if baseline.version != VERSION {
            return Err(invalid(format!("$.version: expected {VERSION}, found {}", baseline.version)));
        }
        Ok(baseline)
    }

    /// Writes the baseline: one finding per line, so that a review shows what changed.
    pub(crate) fn write(&self, path: &Path) -> Result<(), OutputError> {
        output::to(Some(path), |out| {
            let as_of = self.as_of.map(|moment| format!("\"as_of\":\"{moment}\",")).unwrap_or_default();
            let (version, score_version) = (self.version, self.score_version);
            writeln!(out, "{{\"version\":{version},\"score_version\":{score_version},{as_of}\"findings\":")?;
            output::json::write_array(out, &self.findings)?;
            writeln!(out, "}}")
        })
    }

    /// Compares what is wrong now with the baseline.
    ///
    /// Each entry stands for one resource: a copy of what is known is new.
    pub(crate) fn compare(&self, findings: &[Entry]) -> Compared {
        let same_score = self.score_version == SCORE_VERSION;
        let covers = |entry: &Entry, finding: &Entry| {
            let no_worse = match (entry.score_tenths, finding.score_tenths) {
                (Some(before), Some(now)) if same_score => now >= before,
                _ => true,
            };
            no_worse && finding.causes.is_subset(&entry.causes)
        };
        let mut by_key: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (index, entry) in self.findings.iter().enumerate() {
            by_key.entry(key(entry)).or_default().push(index);
        }
        let mut used = BTreeSet::new();
        let mut known = vec![false; findings.len()];
        for (finding, known) in findings.iter().zip(&mut known) {
            let entries = by_key.get(&key(finding)).into_iter().flatten().copied();
            let mut own = entries.filter_map(|index| Some((index, self.findings.get(index)?)));
            if let Some((index, _)) = own.find(|(index, entry)| !used.contains(index) && covers(entry, finding)) {
                *known = used.insert(index);
            }
        }
        // What is left over may have moved: the same is wrong, in a resource of another name.
        let mut moved: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (index, entry) in self.findings.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
            moved.entry((&entry.rule, &entry.code)).or_default().push(index);
        }
        let now: BTreeSet<Key> = findings.iter().map(key).collect();
        for (finding, known) in findings.iter().zip(&mut known).filter(|(_, known)| !**known) {
            if finding.causes.is_empty() {
                continue;
            }
            let entries = moved.get(&(finding.rule.as_str(), finding.code.as_str())).into_iter().flatten().copied();
            let mut others = entries.filter_map(|index| Some((index, self.findings.get(index)?)));
            let is_moved = |(index, entry): &(usize, &Entry)| {
                // An entry whose resource is still wrong is not one that moved away.
                !used.contains(index) && !now.contains(&key(entry)) && covers(entry, finding)
            };
            if let Some((index, _)) = others.find(is_moved) {
                *known = used.insert(index);
            }
        }
        let is_gone = |(index, entry): &(usize, &Entry)| !used.contains(index) && !now.contains(&key(entry));
        let gone = self.findings.iter().enumerate().filter(is_gone).map(|(_, entry)| entry.clone()).collect();
        Compared { known, gone }
    }
}

fn key(entry: &Entry) -> Key {
    (entry.account.clone(), entry.rule.clone(), entry.resource.clone(), entry.code.clone())
}

#[cfg(test)]
mod tests {
    use rules_core::config::FindingCode;

    use super::{Baseline, Entry};

    fn entry(resource: &str, causes: &[&str], score_tenths: Option<u16>) -> Entry {
        Entry {
            account: None,
            rule: "score".to_owned(),
            resource: resource.to_owned(),
            code: FindingCode::ScoreBelowMinimum.to_string(),
            causes: causes.iter().map(|cause| (*cause).to_owned()).collect(),
            score_tenths,
        }
    }

    /// Whether findings are known, and the resources that are gone.
    fn compare(before: &[Entry], now: &[Entry]) -> (Vec<bool>, Vec<String>) {
        let compared = Baseline::new(before.to_vec(), None).compare(now);
        (compared.known, compared.gone.into_iter().map(|entry| entry.resource).collect())
    }

    #[test]
    fn only_new_causes_and_worse_scores_are_new() {
        let before = [entry("a", &["1", "2"], Some(300))];
        let known = |now: Entry| compare(&before, &[now]).0[0];
        assert!(known(entry("a", &["1", "2"], Some(300))));
        assert!(known(entry("a", &["1"], Some(350))));
        assert!(!known(entry("a", &["1", "3"], Some(300))), "a new cause");
        assert!(!known(entry("a", &["1", "2"], Some(299))), "a Deny is gone");
        assert!(!known(Entry { code: "other".to_owned(), ..entry("a", &["1"], None) }));
    }

    #[test]
    fn what_moved_is_known_and_a_copy_is_new() {
        let before = [entry("a", &["1"], Some(300))];
        assert_eq!(compare(&before, &[entry("b/a", &["1"], Some(300))]), (vec![true], vec![]));
        let both = [entry("a", &["1"], Some(300)), entry("b", &["1"], Some(300))];
        assert_eq!(compare(&before, &both), (vec![true, false], vec![]));
        assert_eq!(compare(&both, &before), (vec![true], vec!["b".to_owned()]));
        assert_eq!(compare(&before, &[]), (vec![], vec!["a".to_owned()]));
    }

    #[test]
    fn findings_without_a_cause_do_not_move() {
        assert_eq!(compare(&[entry("a", &[], None)], &[entry("b", &[], None)]), (vec![false], vec!["a".to_owned()]));
    }
}
