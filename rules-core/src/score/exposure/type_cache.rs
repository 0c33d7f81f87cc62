//! Answers about the resource types of one service after the other.

use super::guardrails::GuardrailSetIndex;
use crate::catalogue::{ActionIndex, ResourceTypeIndex, ServiceIndex};

/// Remembers what was found out about the resource types of the service that was asked about last. Actions are asked about
/// in order, and the types of an action belong to its service.
#[derive(Debug)]
pub(crate) struct TypeCache<T> {
    service: Option<ServiceIndex>,
    /// The position of the service's first type.
    first: usize,
    /// For each set of guardrails: what was found out about no type, and about each type.
    answers: Vec<(Option<GuardrailSetIndex>, Vec<Option<T>>)>,
}

impl<T> Default for TypeCache<T> {
    fn default() -> Self {
        Self { service: None, first: 0, answers: Vec::new() }
    }
}

impl<T: Copy> TypeCache<T> {
    /// What was found out about a type that an action uses, or about no type.
    pub(crate) fn get(
        &self,
        action: ActionIndex,
        guardrails: Option<GuardrailSetIndex>,
        of: Option<ResourceTypeIndex>,
    ) -> Option<T> {
        if self.service != Some(action.service()) {
            return None;
        }
        let (_, answers) = self.answers.iter().find(|(other, _)| *other == guardrails)?;
        *answers.get(self.place(of))?
    }

    pub(crate) fn insert(
        &mut self,
        action: ActionIndex,
        guardrails: Option<GuardrailSetIndex>,
        of: Option<ResourceTypeIndex>,
        answer: T,
    ) {
        let service = action.service();
        if self.service != Some(service) {
            self.service = Some(service);
            self.first = service.resource_types().next().map_or(0, ResourceTypeIndex::position);
            self.answers.clear();
        }
        if !self.answers.iter().any(|(other, _)| *other == guardrails) {
            self.answers.push((guardrails, vec![None; service.resource_types().len() + 1]));
        }
        let place = self.place(of);
        let answers = self.answers.iter_mut().find(|(other, _)| *other == guardrails);
        // Without a slot the answer is worked out again.
        if let Some(slot) = answers.and_then(|(_, answers)| answers.get_mut(place)) {
            *slot = Some(answer);
        }
    }

    fn place(&self, of: Option<ResourceTypeIndex>) -> usize {
        of.and_then(|of| of.position().checked_sub(self.first)).map_or(0, |place| place + 1)
    }
}
