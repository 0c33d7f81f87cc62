//! The resource types of an action that count, and how they are taken together.

use crate::catalogue::{ActionIndex, ActionResourceType, ResourceTypeIndex};
use crate::score::definition::{Definition, ScoreVersion};
use crate::score::share::Share;

/// The resource types of an action that count, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionTypes {
    action: ActionIndex,
    version: ScoreVersion,
    rule: TypeRule,
    /// How many they are; one for an action that takes no resource.
    length: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TypeRule {
    /// The action takes no resource.
    NoType,
    /// The types that carry the risk: the mean of them.
    Carriers,
    /// The types that a request always names: the mean of them.
    Required,
    /// All types, since a request may name any: the widest of them.
    Any,
}

fn carries(of: &ActionResourceType, version: ScoreVersion) -> bool {
    match version {
        ScoreVersion::V1 => of.carrier,
        ScoreVersion::V2 => of.harm_carrier,
    }
}

impl ActionTypes {
    pub(crate) fn of(action: ActionIndex, definition: &Definition) -> Self {
        let (mut all, mut carriers, mut required) = (0, 0, 0);
        let version = definition.version;
        for of in action.resource_types() {
            all += 1;
            carriers += u16::from(carries(&of, version));
            required += u16::from(of.required);
        }
        let (rule, length) = match (all, carriers, required) {
            (0, _, _) => (TypeRule::NoType, 1),
            (_, 0, 0) => (TypeRule::Any, all),
            (_, 0, required) => (TypeRule::Required, required),
            (_, carriers, _) => (TypeRule::Carriers, carriers),
        };
        Self { action, version, rule, length }
    }

    /// How many there are; one for an action that takes no resource.
    pub(crate) fn len(self) -> usize {
        self.length.into()
    }

    pub(crate) fn is_without_resources(self) -> bool {
        self.rule == TypeRule::NoType
    }

    /// The types; a single none for an action that takes no resource.
    pub(crate) fn types(self) -> impl Iterator<Item = Option<ResourceTypeIndex>> {
        let counts = move |of: &ActionResourceType| match self.rule {
            TypeRule::NoType => false,
            TypeRule::Carriers => carries(of, self.version),
            TypeRule::Required => of.required,
            TypeRule::Any => true,
        };
        let types = self.action.resource_types().filter(counts).map(|of| Some(of.resource_type));
        (self.rule == TypeRule::NoType).then_some(None).into_iter().chain(types)
    }

    /// The share of the action from those of its types, with what belongs to the widest: of equals that of the earliest
    /// Allow. None when no type is exposed.
    pub(crate) fn weigh<A: Ord + Copy, T>(self, types: impl Iterator<Item = (Share, A, T)>) -> Option<(Share, T)> {
        let mut sum = 0;
        let mut widest: Option<(Share, A, T)> = None;
        for (share, allow, of) in types.filter(|(share, _, _)| !share.is_none()) {
            sum += share.units();
            if widest.as_ref().is_none_or(|(most, first, _)| share > *most || (share == *most && allow < *first)) {
                widest = Some((share, allow, of));
            }
        }
        let (most, _, of) = widest?;
        let share = match self.rule {
            TypeRule::NoType | TypeRule::Any => most,
            TypeRule::Carriers | TypeRule::Required => Share::mean(sum, self.length.into()),
        };
        Some((share, of))
    }
}
