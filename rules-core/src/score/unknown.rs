//! How far actions are exposed that the catalogue does not know.
//!
//! Nothing is known of their resources, so a Deny of some resources protects nothing of them.

use super::amount::{ONE, percent_of, times};
use super::cell::{Extent, Template};
use super::dimension::Dimensions;
use super::grant::{Grant, Grants, Resources, Unknown};

/// The share at which an unknown pattern is exposed; nothing when it is denied, or when a layer does not allow it.
pub(super) fn share(grants: &Grants<'_>, unknown: &Unknown<'_>) -> u32 {
    let dimensions = widest_set(grants, unknown);
    dimensions.map_or(0, |dimensions| times(dimensions.narrow(ONE), reach(unknown.resources)))
}

/// The widest set of dimensions in which the pattern's Allow is in force, every layer has one too, and no Deny is.
fn widest_set(grants: &Grants<'_>, unknown: &Unknown<'_>) -> Option<Dimensions> {
    let covers = |grant: &&Grant<'_>| grant.source.action.covers(unknown.pattern);
    let denies: Vec<Dimensions> = grants
        .denies
        .iter()
        .filter(|deny| deny.resources.is_everything())
        .filter(covers)
        .map(|deny| deny.dimensions)
        .collect();
    let layers: Vec<Vec<Dimensions>> =
        grants.limits.iter().map(|layer| layer.iter().filter(covers).map(|allow| allow.dimensions).collect()).collect();
    let relevant =
        denies.iter().chain(layers.iter().flatten()).fold(unknown.dimensions, |all, dimensions| all.union(*dimensions));
    relevant.subsets().into_iter().find(|set| {
        set.contains(unknown.dimensions)
            && denies.iter().all(|deny| deny.meets(*set))
            && layers.iter().all(|layer| layer.iter().any(|needed| set.contains(*needed)))
    })
}

/// How far resources reach, as if the action had a resource type of its own with one variable.
fn reach(resources: Resources<'_>) -> u32 {
    let template = Template::parse("arn:${Partition}:${Service}:${Region}:${Account}:${Resource}");
    let share = match resources {
        Resources::Everything | Resources::Except(_) => ONE,
        Resources::Matching(patterns) => {
            let one_service = percent_of(ONE, 3);
            patterns
                .iter()
                .filter_map(|pattern| {
                    let (share, cell) = template.widest(pattern)?;
                    // Naming the service narrows nothing for an action of that service.
                    let named = template.variables().find(|variable| variable.name == "Service")?.slot?;
                    let undo = cell.extent(named) == Extent::One;
                    Some(if undo {
                        u32::try_from(u64::from(share) * u64::from(ONE) / u64::from(one_service)).unwrap_or(ONE)
                    } else {
                        share
                    })
                })
                .max()
                .unwrap_or(0)
        }
    };
    share.min(ONE)
}
