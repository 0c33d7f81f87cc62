//! Layers that limit what identity policies grant, compiled.

use crate::decision::Layer;
use crate::policy::{LayerRole, PolicyDocument, PolicyType};

/// A layer beside those that grant.
#[derive(Clone, Debug)]
pub(crate) struct CompiledLayer<P> {
    /// Whether its policies have to allow too, or only deny.
    pub(crate) role: LayerRole,
    pub(crate) policies: Vec<P>,
}

impl<P> CompiledLayer<P> {
    /// The layer with each of its policies compiled.
    pub(crate) fn new<'a>(
        layer: &Layer<&'a PolicyDocument>,
        mut compile: impl FnMut(PolicyType, &'a PolicyDocument) -> P,
    ) -> Self {
        let policies = layer.documents.iter().map(|document| compile(layer.policy_type, document)).collect();
        Self { role: layer.policy_type.role(), policies }
    }

    /// The same layer with something else for each policy.
    pub(crate) fn map<Q>(&self, policy: impl Fn(&P) -> Q) -> CompiledLayer<Q> {
        CompiledLayer { role: self.role, policies: self.policies.iter().map(policy).collect() }
    }
}
