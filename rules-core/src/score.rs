//! The least-privilege score: how much a policy allows, from 0 (everything) to 100 (nothing).

mod amount;
mod attribution;
mod cell;
mod dimension;
mod escalation;
mod exposure;
mod force;
mod grant;
mod key_class;
mod known;
mod principal;
mod unknown;
mod weights;
mod witness;

use std::fmt;

use amount::Amount;
use attribution::Attribution;
use exposure::Exposures;
use grant::Grants;
use known::KnownPrincipal;
pub use principal::{PrincipalScore, PrincipalScorer, score_principal};

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
    /// What to change.
    pub fix: Option<String>,
    /// The score after that change.
    pub score_if_fixed: Option<Score>,
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
    score_layers(&PolicyLayers { identity: vec![document], ..PolicyLayers::default() })
}

/// Scores what several policies allow together, under the layers that limit them, to whomever they are attached.
#[must_use]
pub fn score_layers(layers: &PolicyLayers<'_>) -> LeastPrivilegeScore {
    score_known(layers, &KnownPrincipal::nobody())
}

fn score_known(layers: &PolicyLayers<'_>, known: &KnownPrincipal) -> LeastPrivilegeScore {
    let grants = Grants::compile(layers, known);
    let exposures = Exposures::of(&grants);
    let attribution = Attribution::new(&grants, &exposures);
    let score = points_of(attribution.total());
    let known = match grants.patterns.total {
        0 => 100,
        total => u8::try_from(grants.patterns.known * 100 / total).unwrap_or(100),
    };
    LeastPrivilegeScore {
        score,
        grade: Grade::of(score),
        grants_nothing: attribution.total() == Amount::ZERO,
        coverage: known,
        unknown: grants.unknown_names.values().cloned().collect(),
        drift: grants.drift.clone(),
        losses: attribution.losses(score),
    }
}

/// The score of an amount of exposed privilege: seventeen halvings lie between everything and nothing.
fn points_of(amount: Amount) -> Score {
    const HALVINGS: u64 = 17;
    let everything = HALVINGS << 32;
    let left = everything.saturating_sub(amount.log2_plus_one());
    // Rounded to the nearest tenth.
    Score::from_tenths((left * 1_000 + everything / 2) / everything)
}
