//! The results of scored policy documents.

use std::io;

use rules_core::AccountId;
use rules_core::exceptions::Exception;
use rules_core::policy::{Effect, ParsePolicyError, PolicyDocument};
use rules_core::rules::Severity;
use rules_core::score::{LeastPrivilegeScore, Lint, Loss, Score};
use rules_core::text::visible;

use super::row::{shown, shown_name};
use super::view::{View, Viewed};
use crate::exit::Exit;
use crate::meaning::{GrantDigests, Meaning};
use crate::places::{DocumentPlaces, FilePlace, Position, Span};

/// A score below this is critical.
const CRITICAL_BELOW: u64 = 20;
/// A score below this is high.
const HIGH_BELOW: u64 = 40;

/// The scores of policies, and what is asked of them.
#[derive(Debug)]
pub(crate) struct ScoreReport {
    /// The policies, in the order of the arguments.
    pub(crate) policies: Vec<PolicyScore>,
    /// What a score has to reach.
    pub(crate) bar: Bar,
    /// The account that the policies are of, where it is known.
    pub(crate) account: Option<AccountId>,
    /// Which results are shown.
    pub(crate) view: View,
}

/// A policy with what is asked of it.
#[derive(Clone, Copy)]
pub(crate) struct ScoreRow<'a> {
    pub(crate) policy: &'a PolicyScore,
    bar: Bar,
}

/// What a score has to reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bar {
    /// The least score that passes, if one is asked for.
    pub(crate) minimum: Option<Score>,
    /// The least severity that fails, in place of the minimum.
    pub(crate) fail_on: Option<Severity>,
}

/// What became of one policy document.
#[derive(Debug)]
pub(crate) struct PolicyScore {
    /// What the policy is called: its file's name without `.json`, in a folder with the path below that.
    pub(crate) policy: String,
    /// The file that it is in.
    pub(crate) file: Option<String>,
    /// The score, or why there is none.
    pub(crate) score: Result<ScoredPolicy, UnscoredPolicy>,
    /// Where the document and its statements are.
    pub(crate) places: DocumentPlaces,
    /// The exception under which a low score is accepted.
    pub(crate) exception: Option<Exception>,
    /// Whether the baseline holds it, where there is one.
    pub(crate) known: Option<bool>,
}

/// The score of a document.
#[derive(Debug)]
pub(crate) struct ScoredPolicy {
    pub(crate) score: LeastPrivilegeScore,
    /// The score in the version before, where versions are compared.
    pub(crate) before: Option<LeastPrivilegeScore>,
    /// What the statements are called, in order.
    labels: Vec<String>,
    /// The grants that cost points, where they are asked for.
    pub(crate) causes: Option<GrantDigests>,
}

/// Whether a policy passes, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It could not be scored.
    Unread,
    /// It has to change.
    Fails,
    /// It would fail, and is in the baseline.
    Known,
    /// It fails, and an exception accepts it.
    Accepted,
    /// Nothing is asked of it.
    Passes,
}

/// Why a policy has no score.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnscoredPolicy {
    /// It could not be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// It is too large to be a policy document.
    #[error("larger than {0} bytes, the limit for a policy document")]
    TooLarge(u64),
    /// There is nothing to score.
    #[error("the folder has no *.json file with a policy")]
    EmptyFolder,
    /// It is meant for a policy document, but AWS would refuse it.
    #[error("{0}")]
    Parse(#[from] ParsePolicyError),
    /// It is what a command of the AWS CLI prints, but AWS would refuse the document in it.
    #[error("in {place}: {source}")]
    ParseInside {
        /// Where in the output, such as `$.PolicyVersion.Document`.
        place: &'static str,
        #[source]
        source: ParsePolicyError,
    },
    /// It is something else.
    #[error("it contains no policy document: {0}")]
    NoPolicy(#[source] ParsePolicyError),
    /// It is a policy of another type of AWS Organizations.
    #[error("the policy is of the type {0}")]
    OtherType(String),
}

impl ScoreReport {
    /// The policies that are shown, in the order in which they are.
    pub(super) fn rows(&self) -> Vec<&PolicyScore> {
        let rows = self.policies.iter().map(|policy| ScoreRow { policy, bar: self.bar });
        let mut rows: Vec<ScoreRow<'_>> = rows.filter(|row| self.view.shows(row)).collect();
        self.view.sort(&mut rows);
        rows.into_iter().map(|row| row.policy).collect()
    }

    /// How a command that reports this ends.
    pub(crate) fn exit(&self) -> Exit {
        self.policies.iter().fold(Exit::Clean, |exit, policy| {
            exit.and(match self.bar.standing(policy) {
                Standing::Unread => Exit::Incomplete,
                Standing::Fails => Exit::BelowBar,
                Standing::Known | Standing::Accepted | Standing::Passes => Exit::Clean,
            })
        })
    }
}

impl Viewed for ScoreRow<'_> {
    fn passes(&self) -> Option<bool> {
        self.bar.standing(self.policy).passes()
    }

    fn severity(&self) -> Option<Severity> {
        self.policy.score.as_ref().ok().and_then(|scored| self.bar.severity(scored.score.score))
    }

    fn score_tenths(&self) -> Option<u16> {
        self.policy.score.as_ref().ok().map(|scored| scored.score.score.tenths())
    }

    fn name(&self) -> String {
        self.policy.policy.clone()
    }
}

impl Bar {
    /// The least score that passes by default: that of the rule on policies.
    pub(crate) fn default_minimum() -> Score {
        let rule = rules_core::rules::rule("policy-least-privilege");
        let parameters = rule.into_iter().flat_map(|rule| rule.parameters);
        let minimum = parameters.filter(|parameter| parameter.name == "minimumScore").map(|minimum| minimum.default);
        minimum.filter_map(|text| text.parse().ok()).map(Score::from_points).next().unwrap_or(Score::MAX)
    }

    /// How urgent a score is: critical below 20, high below 40, medium below the minimum.
    pub(crate) fn severity(self, score: Score) -> Option<Severity> {
        if score < Score::from_points(CRITICAL_BELOW) {
            Some(Severity::Critical)
        } else if score < Score::from_points(HIGH_BELOW) {
            Some(Severity::High)
        } else if score < self.minimum.unwrap_or_else(Self::default_minimum) {
            Some(Severity::Medium)
        } else {
            None
        }
    }

    /// Whether anything is asked for.
    pub(crate) fn is_set(self) -> bool {
        self != Self::default()
    }

    /// Whether the score is too low.
    pub(crate) fn refuses(self, score: Score) -> bool {
        match (self.fail_on, self.minimum) {
            (Some(least), _) => self.severity(score).is_some_and(|severity| severity >= least),
            (None, Some(minimum)) => score < minimum,
            (None, None) => false,
        }
    }

    /// Whether a policy passes, and why.
    pub(crate) fn standing(self, policy: &PolicyScore) -> Standing {
        match &policy.score {
            Err(_) => Standing::Unread,
            Ok(scored) if !self.refuses(scored.score.score) => Standing::Passes,
            Ok(_) if policy.exception.is_some() => Standing::Accepted,
            Ok(_) if policy.known == Some(true) => Standing::Known,
            Ok(_) => Standing::Fails,
        }
    }
}

impl Standing {
    /// Whether the policy passes; none where it could not be scored.
    pub(crate) fn passes(self) -> Option<bool> {
        match self {
            Self::Unread => None,
            Self::Fails => Some(false),
            Self::Known | Self::Accepted | Self::Passes => Some(true),
        }
    }
}

impl ScoredPolicy {
    /// The score of this document.
    pub(crate) fn new(score: LeastPrivilegeScore, document: &PolicyDocument) -> Self {
        let statements = document.statements.iter().enumerate();
        let labels = statements.map(|(index, statement)| statement.label(index)).collect();
        Self { score, before: None, labels, causes: None }
    }

    /// By how many tenths of a point it scores above the version before.
    pub(crate) fn change(&self) -> i32 {
        let tenths = |score: &LeastPrivilegeScore| i32::from(score.score.tenths());
        self.before.as_ref().map_or(0, |before| tenths(&self.score) - tenths(before))
    }

    /// The same with the grants that cost points.
    pub(crate) fn with_causes(self, document: &PolicyDocument) -> Self {
        Self { causes: Some(causes_of(&self.score, document)), ..self }
    }

    /// The statement that is called so, counted from zero.
    fn statement(&self, label: Option<&str>) -> Option<usize> {
        let label = label?;
        self.labels.iter().position(|own| own == label)
    }
}

impl PolicyScore {
    /// A policy that could not be scored.
    pub(crate) fn unscored(policy: String, file: Option<String>, why: UnscoredPolicy) -> Self {
        let places = DocumentPlaces::default();
        Self { policy, file, score: Err(why), places, exception: None, known: None }
    }

    /// Where to look first: the statement that costs the most, or what could not be read.
    pub(crate) fn place(&self) -> Option<FilePlace> {
        let span = match &self.score {
            Ok(scored) => self.span_of(scored, scored.score.losses.first().and_then(|loss| loss.statement.as_deref())),
            Err(error) => self.span_of_error(error),
        };
        Some(FilePlace { file: self.file.clone()?, span })
    }

    /// Where the statement of a loss is.
    pub(crate) fn span_of_loss(&self, loss: &Loss) -> Option<Span> {
        let scored = self.score.as_ref().ok()?;
        self.span_of(scored, Some(loss.statement.as_deref()?))
    }

    /// Where the statement of a lint is.
    pub(crate) fn place_of_lint(&self, lint: &Lint) -> Option<FilePlace> {
        let scored = self.score.as_ref().ok()?;
        Some(FilePlace { file: self.file.clone()?, span: self.span_of(scored, Some(&lint.statement)) })
    }

    fn span_of(&self, scored: &ScoredPolicy, label: Option<&str>) -> Option<Span> {
        self.places.statement(scored.statement(label))
    }

    fn span_of_error(&self, error: &UnscoredPolicy) -> Option<Span> {
        let at = |error: &ParsePolicyError| {
            let statement = error.path().strip_prefix("$.Statement[").and_then(|rest| rest.split(']').next());
            statement.and_then(|index| self.places.statement(index.parse().ok()))
        };
        match error {
            UnscoredPolicy::Parse(error) | UnscoredPolicy::NoPolicy(error) => {
                let position = error.position().map(|(line, column)| Position { line, column });
                position.map(|start| Span { start, end: start }).or_else(|| at(error))
            }
            // Its positions are counted from the beginning of the document inside.
            UnscoredPolicy::ParseInside { source, .. } => at(source).or_else(|| self.places.statement(None)),
            UnscoredPolicy::Read(_)
            | UnscoredPolicy::TooLarge(_)
            | UnscoredPolicy::EmptyFolder
            | UnscoredPolicy::OtherType(_) => None,
        }
    }

    /// What is wrong and what to do about it, in one sentence.
    pub(crate) fn why(&self, bar: Bar) -> String {
        match &self.score {
            Err(error) => shown(&error.to_string()),
            Ok(scored) => score_in_words(&scored.score, bar),
        }
    }

    /// The exception that accepts the score, if there is one.
    pub(crate) fn acceptance(&self) -> Option<String> {
        self.exception.as_ref().map(super::row::acceptance_in_words)
    }
}

/// The grants of a document that cost points.
pub(crate) fn causes_of(score: &LeastPrivilegeScore, document: &PolicyDocument) -> GrantDigests {
    let statements = || document.statements.iter().enumerate();
    let costs = |label: &String| score.losses.iter().any(|loss| loss.statement.as_ref() == Some(label));
    let costly = statements().filter(|(index, statement)| costs(&statement.label(*index))).map(|(index, _)| index);
    let costly: Vec<usize> = costly.collect();
    let allows = statements().filter(|(_, statement)| statement.effect == Effect::Allow).map(|(index, _)| index);
    let meaning = Meaning::of(document);
    // A loss without a statement may be of any of them.
    let is_traced = score.losses.iter().all(|loss| loss.statement.is_some());
    if is_traced { meaning.grants(costly) } else { meaning.grants(allows) }
}

/// The score, what costs the most, and what to do about it.
fn score_in_words(score: &LeastPrivilegeScore, bar: Bar) -> String {
    let mut text = format!("score {}, grade {}", score.score, score.grade);
    let minimum = bar.minimum.unwrap_or_else(Bar::default_minimum);
    if score.score < minimum {
        text.push_str(&format!(", below {minimum}"));
    }
    if let Some(loss) = score.losses.first().filter(|loss| loss.points.tenths() > 0) {
        text.push_str(&format!(": {}", loss_in_words(loss)));
        if let Some(fix) = &loss.fix {
            text.push_str(&format!("; {}", visible(&fix.text, 300)));
            if fix.score > score.score {
                text.push_str(&format!(" (then {})", fix.score));
            }
        }
    }
    text
}

/// What one cause costs.
pub(crate) fn loss_in_words(loss: &Loss) -> String {
    let actions = visible(&loss.actions_in_words(), 120);
    let mut text = format!("-{} {actions} on {}", loss.points, visible(&loss.reach, 200));
    if let Some(statement) = &loss.statement {
        text.push_str(&format!(" (statement {})", shown_name(statement)));
    }
    text
}

#[cfg(test)]
mod tests {
    use rules_core::rules::Severity;
    use rules_core::score::Score;

    use super::Bar;

    #[test]
    fn severity_has_bounds() {
        let severity = |tenths, minimum: Option<u64>| {
            Bar { minimum: minimum.map(Score::from_points), fail_on: None }.severity(Score::from_tenths(tenths))
        };
        assert_eq!(severity(199, None), Some(Severity::Critical));
        assert_eq!(severity(200, None), Some(Severity::High));
        assert_eq!(severity(399, None), Some(Severity::High));
        assert_eq!(severity(400, None), Some(Severity::Medium));
        assert_eq!(severity(599, None), Some(Severity::Medium));
        assert_eq!(severity(600, None), None);
        assert_eq!(severity(799, Some(80)), Some(Severity::Medium));
        assert_eq!(severity(800, Some(80)), None);
        assert_eq!(severity(450, Some(45)), None);
    }

    #[test]
    fn a_severity_takes_the_place_of_the_minimum() {
        let refuses = |fail_on, minimum: Option<u64>, points| {
            Bar { minimum: minimum.map(Score::from_points), fail_on }.refuses(Score::from_points(points))
        };
        assert!(!refuses(None, None, 0));
        assert!(refuses(None, Some(60), 59) && !refuses(None, Some(60), 60));
        assert!(refuses(Some(Severity::High), Some(60), 39) && !refuses(Some(Severity::High), Some(60), 40));
        assert!(refuses(Some(Severity::Medium), None, 59) && !refuses(Some(Severity::Medium), None, 60));
        assert!(!refuses(Some(Severity::Critical), None, 20) && refuses(Some(Severity::Low), None, 20));
    }
}
