//! The policies that decide a request, as a list of layers.

use super::{Decided, Reading, Request, StatementPosition, find};
use crate::policy::{Effect, LayerRole, PolicyDocument, PolicyType, Statement};

/// Policies of one type that act on requests together: an Allow of any of them is an Allow of the layer.
///
/// `D` is a document or a reference to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer<D> {
    /// The type of the policies.
    pub policy_type: PolicyType,
    /// The policies in order. A layer without policies allows nothing.
    pub documents: Vec<D>,
}

/// The policies that decide a request, by layer.
///
/// ```
/// use rules_core::decision::PolicyLayers;
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// let document = |action: &str| {
///     let text = format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#);
///     PolicyDocument::parse(&text, PolicyType::Identity)
/// };
/// let (granted, boundary, level) = (document("*")?, document("s3:*")?, document("*")?);
/// let layers = PolicyLayers::of_identity([&granted])
///     .with(PolicyType::PermissionsBoundary, [&boundary])
///     .with(PolicyType::ServiceControl, [&level]);
/// assert_eq!(layers.iter().count(), 3);
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PolicyLayers<'a> {
    /// In the order of their types, and in the order given where there are several of one type.
    layers: Vec<Layer<&'a PolicyDocument>>,
}

impl<D> Layer<D> {
    /// A layer of policies of one type.
    #[must_use]
    pub fn new(policy_type: PolicyType, documents: Vec<D>) -> Self {
        Self { policy_type, documents }
    }
}

impl<'a> PolicyLayers<'a> {
    /// Identity policies without limits.
    #[must_use]
    pub fn of_identity(documents: impl IntoIterator<Item = &'a PolicyDocument>) -> Self {
        Self::default().with(PolicyType::Identity, documents)
    }

    /// The same layers and one more. There can be several layers of one type, such as the levels of service control
    /// policies.
    #[must_use]
    pub fn with(mut self, policy_type: PolicyType, documents: impl IntoIterator<Item = &'a PolicyDocument>) -> Self {
        self.push(policy_type, documents);
        self
    }

    /// Adds a layer, after all others of its type.
    pub fn push(&mut self, policy_type: PolicyType, documents: impl IntoIterator<Item = &'a PolicyDocument>) {
        let place = self.layers.partition_point(|layer| layer.policy_type <= policy_type);
        self.layers.insert(place, Layer::new(policy_type, documents.into_iter().collect()));
    }

    /// Adds a layer for each of `layers`.
    pub fn extend(&mut self, layers: impl IntoIterator<Item = &'a Layer<PolicyDocument>>) {
        layers.into_iter().for_each(|layer| self.push(layer.policy_type, &layer.documents));
    }

    /// Removes the layers of a type.
    pub fn remove(&mut self, policy_type: PolicyType) -> Vec<Layer<&'a PolicyDocument>> {
        let (removed, kept) =
            std::mem::take(&mut self.layers).into_iter().partition(|layer| layer.policy_type == policy_type);
        self.layers = kept;
        removed
    }

    /// The layers in order.
    pub fn iter(&self) -> impl Iterator<Item = &Layer<&'a PolicyDocument>> {
        self.layers.iter()
    }

    /// Every document of a type.
    pub fn of_type(&self, policy_type: PolicyType) -> impl Iterator<Item = &'a PolicyDocument> {
        self.layers.iter().filter(move |layer| layer.policy_type == policy_type).flat_map(Layer::references)
    }

    /// The documents that can grant a request, each alone: identity policies first.
    pub fn granting(&self) -> impl Iterator<Item = &'a PolicyDocument> {
        self.of_role(LayerRole::Grants).flat_map(Layer::references)
    }

    /// Takes one of the documents that grant away, by its place in [`Self::granting`].
    pub(crate) fn remove_granting(&mut self, mut index: usize) {
        for layer in self.layers.iter_mut().filter(|layer| layer.policy_type.role() == LayerRole::Grants) {
            if index < layer.documents.len() {
                layer.documents.remove(index);
                return;
            }
            index -= layer.documents.len();
        }
    }

    /// The layers that must each allow the request too.
    pub(crate) fn limits(&self) -> impl Iterator<Item = &[&'a PolicyDocument]> {
        self.of_role(LayerRole::Limits).map(|layer| layer.documents.as_slice())
    }

    /// The layers that limit what others grant: those that have to allow too, and those that only deny.
    pub(crate) fn limiting(&self) -> impl Iterator<Item = &Layer<&'a PolicyDocument>> {
        self.layers.iter().filter(|layer| layer.policy_type.role() != LayerRole::Grants)
    }

    /// The documents that the account itself has set.
    pub(crate) fn set_by_account(&self) -> impl Iterator<Item = &'a PolicyDocument> {
        self.layers.iter().filter(|layer| !layer.policy_type.is_set_by_organization()).flat_map(Layer::references)
    }

    /// Every document, layer after layer.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &'a PolicyDocument> {
        self.layers.iter().flat_map(Layer::references)
    }

    /// Every document that may deny an action, with its place among all.
    pub(super) fn denying(&self, action: &str) -> impl Iterator<Item = (usize, &'a PolicyDocument)> {
        let layers = self.layers.iter();
        let documents = layers.flat_map(move |layer| {
            let applies = layer.policy_type.applies_to(action);
            layer.references().map(move |document| applies.then_some(document))
        });
        documents.enumerate().filter_map(|(place, document)| Some((place, document?)))
    }

    /// The statement at a position.
    #[must_use]
    pub fn statement(&self, position: StatementPosition) -> Option<&'a Statement> {
        self.documents().nth(position.policy)?.statements.get(position.statement)
    }

    /// Decides one request.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>, reading: Reading) -> Decided {
        Decided::by_layers(
            || find(self.denying(request.action), Effect::Deny, request, reading),
            || find(self.granting().enumerate(), Effect::Allow, request, reading),
            || {
                self.limits()
                    .all(|level| find(level.iter().copied().enumerate(), Effect::Allow, request, reading).is_some())
            },
        )
    }

    fn of_role(&self, role: LayerRole) -> impl Iterator<Item = &Layer<&'a PolicyDocument>> {
        self.layers.iter().filter(move |layer| layer.policy_type.role() == role)
    }
}

impl<'a> Layer<&'a PolicyDocument> {
    fn references(&self) -> impl Iterator<Item = &'a PolicyDocument> {
        self.documents.iter().copied()
    }
}
