//! The least-privilege score: how much a policy allows, from 0 (everything) to 100 (nothing).

mod amount;
mod by_type;
mod cell;
mod compiled_policy;
mod counting;
mod demands;
mod dimension;
mod escalation;
mod exposed;
mod fix;
mod force;
mod grant;
mod key_class;
mod known;
mod limits;
mod lints;
mod losses;
mod partly_exposed;
mod patterns;
mod policy_set;
mod principal;
mod question;
mod ranked;
mod reach;
mod segments;
mod template;
mod template_match;
mod together;
mod unknown;
mod weights;
mod witness;
mod words;

use std::fmt;
use std::sync::Arc;

use amount::Amount;
use compiled_policy::{CompiledPolicy, ExpandedDocument};
use known::KnownPrincipal;
use policy_set::PolicySet;
pub use principal::{PrincipalScore, PrincipalScorer, score_principal};

use crate::catalogue::ActionSet;
use crate::decision::PolicyLayers;
use crate::policy::PolicyDocument;

/// The date of the catalogue of actions that scores are made with, `YYYY-MM-DD`.
pub const CATALOGUE_DATE: &str = crate::catalogue::DATE;

/// The version of the score's definition: constants, classes and treatment. Scores of different versions do not compare.
pub const SCORE_VERSION: u32 = 1;

/// A score in tenths of a point, 0 to 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// The score of a policy that grants nothing.
    pub const MAX: Self = Self(1_000);

    /// A score of whole points; more than 100 is 100.
    #[must_use]
    pub fn from_points(points: u64) -> Self {
        Self::from_tenths(points.saturating_mul(10))
    }

    /// A score of tenths of a point; more than 1,000 is 1,000.
    #[must_use]
    pub fn from_tenths(tenths: u64) -> Self {
        u16::try_from(tenths).map_or(Self::MAX, |tenths| Self(tenths).min(Self::MAX))
    }

    /// The score in tenths of a point.
    #[must_use]
    pub fn tenths(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// A score in one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the letters are the documentation; `of` holds the bounds")]
pub enum Grade {
    A,
    B,
    C,
    D,
    F,
}

impl Grade {
    /// A from 90, B from 75, C from 60, D from 40.
    #[must_use]
    pub fn of(score: Score) -> Self {
        match score.tenths() {
            900.. => Self::A,
            750.. => Self::B,
            600.. => Self::C,
            400.. => Self::D,
            _ => Self::F,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a policy scores, and why not more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeastPrivilegeScore {
    /// The score.
    pub score: Score,
    /// The score in one letter.
    pub grade: Grade,
    /// Whether nothing at all is allowed.
    pub grants_nothing: bool,
    /// Which share of the action patterns the catalogue knows, in percent, 0 to 100.
    pub coverage: u8,
    /// Action patterns that name services or actions outside the catalogue, as written.
    pub unknown: Vec<String>,
    /// Services whose future actions are granted too, by wildcard.
    pub drift: Vec<String>,
    /// Where the points went, largest first; they add up to 100 minus the score.
    pub losses: Vec<Loss>,
    /// What the policies say to no effect, in the order of policies and statements.
    pub lints: Vec<Lint>,
}

/// Something that a policy says to no effect, and that its author has hardly meant so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// What kind of thing.
    pub code: LintCode,
    /// What it is, in words.
    pub message: String,
    /// The policy among those scored, counted from zero.
    pub policy: usize,
    /// The statement: its `Sid`, else its zero-based index.
    pub statement: String,
}

/// A kind of [`Lint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LintCode {
    /// An Allow names an action with resources that it is never about, or a resource that none of its actions is about.
    IneffectiveResource,
}

impl LintCode {
    /// `ineffective-resource`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IneffectiveResource => "ineffective-resource",
        }
    }
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Points lost to one group of actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// How many points.
    pub points: Score,
    /// The actions, shortened to patterns where they cover a service; at most 20.
    pub actions: Vec<String>,
    /// How many more there are.
    pub more: usize,
    /// The policy among those scored, counted from zero.
    pub policy: usize,
    /// The statement: its `Sid`, else its zero-based index.
    pub statement: Option<String>,
    /// What of the resources is reached, and on what conditions, in words.
    pub reach: String,
    /// What to change; none where naming resources changes nothing.
    pub fix: Option<Fix>,
}

/// A change of a policy that makes a loss smaller: for some actions of one statement, name one resource of each type that
/// it reaches now, and leave its other actions as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The change in words.
    pub text: String,
    /// The score after it.
    pub score: Score,
    /// The policy among those scored, counted from zero.
    pub policy: usize,
    /// The zero-based index of the statement.
    pub statement: usize,
    /// The actions.
    pub actions: ActionSet,
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Loss {
    /// The actions in a few words: the first one, and how many more.
    #[must_use]
    pub fn actions_in_words(&self) -> String {
        let first = self.actions.first().map_or("no action", String::as_str);
        match self.actions.len().saturating_sub(1) + self.more {
            0 => first.to_owned(),
            more => format!("{first} and {more} more"),
        }
    }
}

/// Scores one policy by itself.
///
/// ```
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#;
/// let document = PolicyDocument::parse(text, PolicyType::Identity)?;
/// assert_eq!(rules_core::score::score(&document).score.to_string(), "96.0");
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
#[must_use]
pub fn score(document: &PolicyDocument) -> LeastPrivilegeScore {
    score_layers(&PolicyLayers::of_identity([document]))
}

/// Scores what several policies allow together, under the layers that limit them, to whomever they are attached.
#[must_use]
pub fn score_layers(layers: &PolicyLayers<'_>) -> LeastPrivilegeScore {
    score_known(layers, &KnownPrincipal::nobody())
}

/// Scores policies one after another under the same limits, which are worked out once.
///
/// ```
/// use rules_core::decision::PolicyLayers;
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// use rules_core::score::LimitedScorer;
/// let document = |action: &str| {
///     let text = format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#);
///     PolicyDocument::parse(&text, PolicyType::Identity)
/// };
/// let boundary = document("s3:*")?;
/// let scorer = LimitedScorer::under(&PolicyLayers::default().with(PolicyType::PermissionsBoundary, [&boundary]));
/// assert_eq!(scorer.score(&document("*")?).score, scorer.score(&document("s3:*")?).score);
/// assert!(scorer.score(&document("ec2:*")?).grants_nothing);
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
pub struct LimitedScorer<'a> {
    levels: Vec<Vec<Arc<CompiledPolicy<'a>>>>,
}

impl<'a> LimitedScorer<'a> {
    /// A scorer under the limiting ones of `layers`; those that grant are left out.
    #[must_use]
    pub fn under(layers: &PolicyLayers<'a>) -> Self {
        Self { levels: levels(layers, &KnownPrincipal::nobody()) }
    }

    /// Scores what is left of one policy, to whomever it is attached.
    #[must_use]
    pub fn score(&self, document: &'a PolicyDocument) -> LeastPrivilegeScore {
        PolicySet::new(compile([document].into_iter(), &KnownPrincipal::nobody()), &self.levels).details()
    }
}

fn score_known(layers: &PolicyLayers<'_>, known: &KnownPrincipal) -> LeastPrivilegeScore {
    PolicySet::new(compile(layers.granting(), known), &levels(layers, known)).details()
}

fn levels<'a>(layers: &PolicyLayers<'a>, known: &KnownPrincipal) -> Vec<Vec<Arc<CompiledPolicy<'a>>>> {
    layers.limits().map(|level| compile(level.iter().copied(), known)).collect()
}

fn compile<'a>(
    documents: impl Iterator<Item = &'a PolicyDocument>,
    known: &KnownPrincipal,
) -> Vec<Arc<CompiledPolicy<'a>>> {
    documents.map(|document| Arc::new(CompiledPolicy::new(ExpandedDocument::new(document), known))).collect()
}

/// The score of an amount of exposed privilege: seventeen halvings lie between everything and nothing.
fn points_of(amount: Amount) -> Score {
    const HALVINGS: u64 = 17;
    let everything = HALVINGS << 32;
    let left = everything.saturating_sub(amount.log2_plus_one());
    // Rounded to the nearest tenth.
    Score::from_tenths((left * 1_000 + everything / 2) / everything)
}
