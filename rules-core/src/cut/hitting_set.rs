//! Smallest sets that have a member of each of several sets.

use std::collections::{BTreeMap, BTreeSet};

/// With this many members that share sets, every choice is tried.
const MAX_EXACT: usize = 12;

/// A smallest set of members, numbered from zero to `count`, that has one of each of `sets`, and whether it certainly is a
/// smallest. Each member of a set has a cost; among sets of the same size, one of the smallest total cost is taken.
///
/// Sets without members are left out.
pub(super) fn smallest(sets: &[Vec<(usize, u32)>], count: usize) -> (BTreeSet<usize>, bool) {
    let mut parts: BTreeMap<usize, Vec<&Vec<(usize, u32)>>> = BTreeMap::new();
    let mut joined = Joined::new(count);
    for set in sets {
        for pair in set.windows(2) {
            if let [(one, _), (other, _)] = pair {
                joined.join(*one, *other);
            }
        }
    }
    for set in sets {
        if let Some((first, _)) = set.first() {
            parts.entry(joined.find(*first)).or_default().push(set);
        }
    }
    let mut chosen = BTreeSet::new();
    let mut is_exact = true;
    for sets in parts.into_values() {
        let members: BTreeSet<usize> = sets.iter().flat_map(|set| set.iter().map(|(member, _)| *member)).collect();
        let members: Vec<usize> = members.into_iter().collect();
        if members.len() <= MAX_EXACT {
            chosen.extend(exact(&sets, &members));
        } else {
            let found = greedy(&sets);
            // A single member is the fewest that there can be.
            is_exact &= found.len() <= 1;
            chosen.extend(found);
        }
    }
    (chosen, is_exact)
}

/// What choosing a member costs: the most that it costs in any set.
fn cost(sets: &[&Vec<(usize, u32)>], member: usize) -> u32 {
    let own = sets.iter().flat_map(|set| set.iter()).filter(|(other, _)| *other == member);
    own.map(|(_, cost)| *cost).max().unwrap_or_default()
}

fn exact(sets: &[&Vec<(usize, u32)>], members: &[usize]) -> Vec<usize> {
    let costs: Vec<u32> = members.iter().map(|member| cost(sets, *member)).collect();
    let bit = |member: usize| members.iter().position(|other| *other == member).map_or(0, |place| 1_u32 << place);
    let masks: Vec<u32> = sets.iter().map(|set| set.iter().fold(0, |mask, (member, _)| mask | bit(*member))).collect();
    let taken = |choice: u32| (0..members.len()).filter(move |place| choice >> place & 1 == 1);
    let choices = (0..1_u32 << members.len()).filter(|choice| masks.iter().all(|mask| mask & choice != 0));
    let total = |choice: &u32| taken(*choice).filter_map(|place| costs.get(place)).sum::<u32>();
    let best = choices.min_by_key(|choice| (choice.count_ones(), total(choice), *choice)).unwrap_or_default();
    taken(best).filter_map(|place| members.get(place).copied()).collect()
}

/// Takes the member of most sets, then that of most of the sets that are left; then drops what turned out to be superfluous.
fn greedy(sets: &[&Vec<(usize, u32)>]) -> Vec<usize> {
    let mut left: Vec<&Vec<(usize, u32)>> = sets.to_vec();
    let mut chosen: Vec<usize> = Vec::new();
    while !left.is_empty() {
        let mut many: BTreeMap<usize, usize> = BTreeMap::new();
        for (member, _) in left.iter().flat_map(|set| set.iter()) {
            *many.entry(*member).or_default() += 1;
        }
        let best = many.into_iter().max_by_key(|(member, sets_of)| {
            (*sets_of, std::cmp::Reverse(cost(&left, *member)), std::cmp::Reverse(*member))
        });
        let Some((member, _)) = best else { break };
        chosen.push(member);
        left.retain(|set| !set.iter().any(|(other, _)| *other == member));
    }
    for member in chosen.clone() {
        let hit_otherwise =
            |set: &&Vec<(usize, u32)>| set.iter().any(|(other, _)| *other != member && chosen.contains(other));
        if sets.iter().all(hit_otherwise) {
            chosen.retain(|other| *other != member);
        }
    }
    chosen
}

/// Members that share sets, as trees.
struct Joined {
    parents: Vec<usize>,
}

impl Joined {
    fn new(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    fn find(&self, member: usize) -> usize {
        let mut at = member;
        while let Some(parent) = self.parents.get(at).filter(|parent| **parent != at) {
            at = *parent;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        if let Some(parent) = self.parents.get_mut(one) {
            *parent = other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::smallest;

    fn chosen(sets: &[&[usize]], count: usize) -> (Vec<usize>, bool) {
        let sets: Vec<Vec<(usize, u32)>> =
            sets.iter().map(|set| set.iter().map(|member| (*member, 0)).collect()).collect();
        let (chosen, is_exact) = smallest(&sets, count);
        (chosen.into_iter().collect(), is_exact)
    }

    #[test]
    fn the_fewest_are_chosen() {
        assert_eq!(chosen(&[], 0), (vec![], true));
        assert_eq!(chosen(&[&[0, 1], &[1, 2], &[2, 3]], 4).0.len(), 2);
        assert_eq!(chosen(&[&[0, 1], &[1, 2], &[1, 3]], 4), (vec![1], true));
        // Two parts that share nothing.
        assert_eq!(chosen(&[&[0, 1], &[2, 3], &[0], &[3]], 4), (vec![0, 3], true));
        // Greedy would take 0, and then two more.
        let trap: &[&[usize]] = &[&[0, 1], &[0, 1], &[0, 2], &[0, 2], &[1], &[2]];
        assert_eq!(chosen(trap, 3), (vec![1, 2], true));
    }

    #[test]
    fn many_are_chosen_greedily_and_said_so() {
        let sets: Vec<Vec<usize>> = (0..14).map(|member| vec![member, member + 1]).collect();
        let sets: Vec<&[usize]> = sets.iter().map(Vec::as_slice).collect();
        let (found, is_exact) = chosen(&sets, 15);
        assert!(!is_exact && sets.iter().all(|set| set.iter().any(|member| found.contains(member))), "{found:?}");
        // One for all is known to be the fewest.
        let star: Vec<Vec<usize>> = (1..15).map(|member| vec![0, member]).collect();
        let star: Vec<&[usize]> = star.iter().map(Vec::as_slice).collect();
        assert_eq!(chosen(&star, 15), (vec![0], true));
    }

    #[test]
    fn the_cheaper_of_two_is_chosen() {
        let sets = vec![vec![(0, 3), (1, 0)], vec![(0, 3), (1, 0)]];
        assert_eq!(smallest(&sets, 2).0.into_iter().collect::<Vec<_>>(), vec![1]);
    }
}
