//! Cuts of random accounts.

use super::{Cut, place};
use crate::Fact;
use crate::facts::Facts;
use crate::policy::{PolicyDocument, PolicyType};
use crate::reach::Reach;
use crate::reach::tests::number;
use crate::reach::tests::random::{Dice, details, facts, report};

fn with(facts: &Facts, cut: &Cut, but: Option<usize>) -> Facts {
    let mut details = facts.authorization_details.get().unwrap().clone();
    for (_, edit) in cut.edits.iter().enumerate().filter(|(index, _)| Some(*index) != but) {
        place::apply(edit, &mut details);
    }
    Facts { authorization_details: Fact::Known(details), ..facts.clone() }
}

/// Whether a principal still has a path after the changes.
fn has_path(facts: &Facts, cut: &Cut) -> bool {
    let reach = Reach::new(facts).unwrap();
    let of = |arn| reach.of(arn, reach.own_mfa(arn)).unwrap().is_some();
    cut.principals.iter().filter(|arn| !cut.left.iter().any(|(left, _)| left == *arn)).any(of)
}

/// The changes leave no path, each of them is needed, and what they make can be stored.
#[test]
fn a_cut_leaves_no_path_and_has_nothing_superfluous() {
    let (seed, cases) = (number("RULES_SEED", 1), number("RULES_CASES", 60));
    println!("RULES_SEED={seed}");
    let (mut many, mut narrowed) = (0, 0);
    for case in seed..seed + cases {
        let mut dice = Dice::new(case ^ 0x5eed);
        let (details, report) = (details(&mut dice), report(&mut dice));
        let facts = facts(&details, &report);
        let cut = Cut::of(&facts, &[], &|| None).unwrap();
        assert!(!has_path(&with(&facts, &cut, None), &cut), "seed {case}: {cut:#?}");
        for index in 0..cut.edits.len() {
            assert!(has_path(&with(&facts, &cut, Some(index)), &cut), "seed {case}, {index} is superfluous: {cut:#?}");
        }
        for after in cut.edits.iter().filter_map(|edit| Some((edit.after.as_ref()?, &edit.place))) {
            let kind = if matches!(after.1, super::Place::Trust(_)) { PolicyType::Trust } else { PolicyType::Identity };
            let text = serde_json::to_string(after.0).unwrap();
            assert_eq!(PolicyDocument::parse(&text, kind).unwrap(), *after.0, "seed {case}");
        }
        many += usize::from(cut.statements > 1);
        let is_narrowed = |edit: &super::Edit| {
            let statements = |document: &Option<PolicyDocument>| document.as_ref().map_or(0, |it| it.statements.len());
            edit.before.is_some() && statements(&edit.after) <= statements(&edit.before)
        };
        narrowed += usize::from(cut.edits.iter().any(is_narrowed));
    }
    assert!(
        many as u64 * 10 > cases && narrowed as u64 * 20 > cases,
        "{many} with several statements, {narrowed} narrowed"
    );
}
