//! Whether the constants of version 2 hold for policies that they were not fitted to: a five-fold cross-validation over the
//! judged policies. Which actions belong to which class, and how names and conditions are treated, stays as it is.
//!
//! The fit is repeated on four fifths of the policies, from rough values, and tried on the rest.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use crate::policy::{PolicyDocument, PolicyType};
use crate::score::compile::policy::{CompiledPolicy, ExpandedDocument};
use crate::score::compile::principal::KnownPrincipal;
use crate::score::definition::{CircumstancePercents, Definition, Narrowing, ScoreVersion};
use crate::score::policy_set::PolicySet;
use crate::score::report::losses::Losses;

#[derive(Deserialize)]
struct Judged {
    policies: Vec<JudgedPolicy>,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct JudgedPolicy {
    id: String,
    score_low: f64,
    score_high: f64,
    grade: char,
    policy: Value,
}

#[derive(Deserialize)]
struct Pair {
    safer: String,
    riskier: String,
}

/// What a policy exposes: all actions and unknown ones in the sum, and how far each term is open.
struct Features {
    sum: f64,
    shares: Vec<(usize, f64)>,
}

/// The constants that decide what the shares are, in percent.
const SHARES: [Fitted; 6] = [
    Fitted { name: "some", rough: 12, tried: &[9, 12, 17, 22] },
    Fitted { name: "one", rough: 9, tried: &[6, 9, 12] },
    Fitted { name: "by others", rough: 25, tried: &[15, 20, 25, 35] },
    Fitted { name: "by the caller", rough: 60, tried: &[60, 70, 80] },
    Fitted { name: "place", rough: 80, tried: &[70, 80, 85, 90] },
    Fitted { name: "boundary", rough: 15, tried: &[6, 10, 15] },
];

struct Fitted {
    name: &'static str,
    rough: u32,
    tried: &'static [u32],
}

type Shares = [u32; SHARES.len()];

/// Weights of the tiers and powers, the rough values of which are as far from those of version 2 as first guesses are.
#[derive(Clone)]
struct Weights {
    tiers: [f64; 6],
    powers: [f64; 3],
}

const ROUGH: Weights = Weights { tiers: [60_000.0, 15_000.0, 6_000.0, 2_000.0, 400.0, 60.0], powers: [3.0, 2.5, 2.0] };

/// The definition of version 2 with other shares. It stays for the rest of the process, which is a test's.
fn definition(shares: Shares) -> &'static Definition {
    let [some, one, by_others, by_caller, place, boundary] = shares;
    let base = ScoreVersion::V2.definition();
    let circumstances = CircumstancePercents {
        network: place,
        region: place,
        mfa: by_caller,
        organization: by_caller,
        who: by_caller,
        parameter: by_caller,
        tag: by_others,
        service: by_others,
        part: by_others,
        boundary,
        time: base.circumstances.time,
    };
    let harm = Narrowing { some, one, region: place, ..base.harm.clone() };
    let sum = Narrowing { region: place, ..base.sum.clone() };
    Box::leak(Box::new(Definition { harm, sum, circumstances, ..base.clone() }))
}

struct Experiment {
    judged: Judged,
    documents: Vec<PolicyDocument>,
    pairs: Vec<(usize, usize)>,
    /// The tier and the power of each term of the definition.
    terms: Vec<(usize, usize)>,
    features: HashMap<Shares, Vec<Features>>,
}

impl Experiment {
    fn new() -> Self {
        let text = include_str!("../../../../tests/calibration/judged.json");
        let judged: Judged = serde_json::from_str(text).unwrap();
        let parse = |judged: &JudgedPolicy| PolicyDocument::parse(&judged.policy.to_string(), PolicyType::Identity);
        let documents = judged.policies.iter().map(|judged| parse(judged).unwrap()).collect();
        let find = |id: &str| judged.policies.iter().position(|judged| judged.id == id).unwrap();
        let pairs = judged.pairs.iter().map(|pair| (find(&pair.safer), find(&pair.riskier))).collect();
        let base = ScoreVersion::V2.definition();
        let mut tiers: Vec<u32> = base.terms.iter().map(|term| term.tenths).collect();
        tiers.sort_unstable_by(|one, other| other.cmp(one));
        tiers.dedup();
        let mut powers: Vec<u32> = base.terms.iter().map(|term| term.power.0).collect();
        powers.sort_unstable_by(|one, other| other.cmp(one));
        powers.dedup();
        assert_eq!((tiers.len(), powers.len()), (ROUGH.tiers.len(), ROUGH.powers.len()));
        let place = |sorted: &[u32], value| sorted.iter().position(|other| *other == value).unwrap();
        let terms = base.terms.iter().map(|term| (place(&tiers, term.tenths), place(&powers, term.power.0))).collect();
        Self { judged, documents, pairs, terms, features: HashMap::new() }
    }

    fn features(&mut self, shares: Shares) -> &[Features] {
        let documents = &self.documents;
        self.features.entry(shares).or_insert_with(|| {
            let (definition, known) = (definition(shares), KnownPrincipal::nobody());
            let of = |document: &PolicyDocument| {
                let expanded = ExpandedDocument::new(PolicyType::Identity, document);
                let policy = CompiledPolicy::new(expanded, &known, definition);
                let set = PolicySet::new([policy.into()].into_iter().collect(), &[], &known, definition);
                let combined = set.combined();
                let open = combined.harms().open_terms();
                let of_harms = open.iter().map(|open| open.amount).sum();
                let shares = open.iter().map(|open| (open.number, open.share.units() as f64 / f64::from(1 << 30)));
                Features { sum: Losses::new(&combined).total().minus(of_harms).units(), shares: shares.collect() }
            };
            documents.iter().map(of).collect()
        })
    }

    /// The scores before those below zero are cut off.
    fn scores(&mut self, shares: Shares, weights: &Weights) -> Vec<f64> {
        let terms = self.terms.clone();
        let amount = |(number, share): &(usize, f64)| {
            let (tier, power) = terms[*number];
            weights.tiers[tier] * share.powf(weights.powers[power])
        };
        let loss = |of: &Features| of.sum + of.shares.iter().map(amount).sum::<f64>();
        self.features(shares).iter().map(|of| 100.0 * (1.0 - (1.0 + loss(of)).log2() / 17.0)).collect()
    }

    /// How badly constants agree with the policies that are not held out.
    fn misfit(&mut self, shares: Shares, weights: &Weights, held_out: &[bool]) -> f64 {
        let raw = self.scores(shares, weights);
        let of_policies = self.judged.policies.iter().zip(&raw).zip(held_out).filter(|(_, held_out)| !**held_out);
        let off = of_policies.map(|((judged, raw), _)| {
            let score = raw.max(0.0);
            let outside = (judged.score_low + 1.0 - score).max(score - judged.score_high + 1.0).clamp(0.0, 25.0);
            outside + 0.12 * (score - (judged.score_low + judged.score_high) / 2.0).abs()
        });
        let pairs = self.pairs.iter().filter(|(safer, riskier)| !held_out[*safer] && !held_out[*riskier]);
        let wrong = pairs.map(|(safer, riskier)| 2.0 * (0.4 - (raw[*safer] - raw[*riskier])).max(0.0));
        // The tiers keep their order.
        let disordered = weights.tiers.windows(2).filter(|pair| pair[0] < pair[1]).count() as f64 * 100.0;
        off.chain(wrong).sum::<f64>() + disordered
    }

    /// The constants that agree best, found from the rough ones step by step.
    fn fit(&mut self, held_out: &[bool], random: &mut Random) -> (Shares, Weights) {
        let (mut shares, mut weights) = (SHARES.map(|fitted| fitted.rough), ROUGH);
        let mut least = self.misfit(shares, &weights, held_out);
        for round in 0..3 {
            let mut step = 0.4 / f64::from(round + 1);
            for _ in 0..400 {
                let mut tried = weights.clone();
                let number = random.below(tried.tiers.len() + tried.powers.len());
                match tried.powers.get_mut(number) {
                    Some(power) => *power *= 1.0 + (random.between() - 0.5) * step,
                    None => {
                        tried.tiers[number - weights.powers.len()] *= (random.between() * 2.0 - 1.0).mul_add(step, 1.0)
                    }
                }
                let misfit = self.misfit(shares, &tried, held_out);
                if misfit < least {
                    (least, weights) = (misfit, tried);
                } else {
                    step = (step * 0.995).max(0.02);
                }
            }
            for (number, fitted) in SHARES.iter().enumerate() {
                for value in fitted.tried {
                    let mut tried = shares;
                    tried[number] = *value;
                    let misfit = self.misfit(tried, &weights, held_out);
                    if tried[0] >= tried[1] && misfit < least {
                        (least, shares) = (misfit, tried);
                    }
                }
            }
        }
        (shares, weights)
    }
}

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next()).unwrap() % count
    }

    /// From 0 to 1.
    fn between(&mut self) -> f64 {
        self.next() as f64 / f64::from(1u32 << 31)
    }
}

/// Agreement with the reviewers.
#[derive(Debug)]
struct Agreement {
    in_band: usize,
    rank_correlation: f64,
    distance: f64,
    /// Judged F and at 60 or above, or judged A or B and below.
    wrong_side: usize,
}

impl Agreement {
    fn of(policies: &[JudgedPolicy], scores: &[f64]) -> Self {
        let scores: Vec<f64> = scores.iter().map(|score| (score.max(0.0) * 10.0).round() / 10.0).collect();
        let middles: Vec<f64> = policies.iter().map(|judged| (judged.score_low + judged.score_high) / 2.0).collect();
        let with_scores = || policies.iter().zip(&scores);
        let is_in_band = |(judged, score): &(&JudgedPolicy, &f64)| {
            **score >= judged.score_low - 3.0 && **score <= judged.score_high + 3.0
        };
        let is_wrong = |(judged, score): &(&JudgedPolicy, &f64)| match judged.grade {
            'F' => **score >= 60.0,
            'A' | 'B' => **score < 60.0,
            _ => false,
        };
        let distances = scores.iter().zip(&middles).map(|(score, middle)| (score - middle).abs());
        Self {
            in_band: with_scores().filter(is_in_band).count(),
            rank_correlation: correlation(&ranks(&scores), &ranks(&middles)),
            distance: distances.sum::<f64>() / policies.len() as f64,
            wrong_side: with_scores().filter(is_wrong).count(),
        }
    }
}

/// The rank of each number, equal ones sharing theirs.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let rank = |number: &f64| {
        let below = numbers.iter().filter(|other| *other < number).count();
        let equal = numbers.iter().filter(|other| *other == number).count();
        below as f64 + (equal as f64 - 1.0) / 2.0
    };
    numbers.iter().map(rank).collect()
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let (one_mean, other_mean) = (mean(one), mean(other));
    let products = one.iter().zip(other).map(|(one, other)| (one - one_mean) * (other - other_mean));
    let squares = |numbers: &[f64], mean: f64| numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>();
    products.sum::<f64>() / (squares(one, one_mean) * squares(other, other_mean)).sqrt()
}

/// The bar: 87 percent in their band, .92, a distance of 8, three on the wrong side of 60. `docs/benchmark.md` shows the figures.
#[test]
fn constants_hold_for_policies_that_they_were_not_fitted_to() {
    let mut experiment = Experiment::new();
    let count = experiment.documents.len();
    for shuffle in 1..=2 {
        let mut random = Random(shuffle);
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, random.below(last + 1));
        }
        let mut scores = vec![0.0; count];
        for fold in 0..5 {
            let tested: Vec<usize> = order.iter().copied().skip(fold).step_by(5).collect();
            let mut held_out = vec![false; count];
            tested.iter().for_each(|policy| held_out[*policy] = true);
            let (shares, weights) = experiment.fit(&held_out, &mut random);
            let all = experiment.scores(shares, &weights);
            tested.iter().for_each(|policy| scores[*policy] = all[*policy]);
            let shares: Vec<String> =
                SHARES.iter().zip(shares).map(|(of, value)| format!("{} {value}", of.name)).collect();
            println!("fold {fold}: {:.0?} {:.2?} {}", weights.tiers, weights.powers, shares.join(", "));
        }
        let agreement = Agreement::of(&experiment.judged.policies, &scores);
        println!("shuffle {shuffle}: of {count} held out {agreement:.3?}");
        assert!(agreement.in_band * 100 >= count * 87, "{agreement:?}");
        assert!(agreement.rank_correlation >= 0.92, "{agreement:?}");
        assert!(agreement.distance <= 8.0, "{agreement:?}");
        assert!(agreement.wrong_side <= 3, "{agreement:?}");
    }
}
