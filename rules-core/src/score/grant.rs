//! Policies compiled for scoring: which actions each statement is about, where, and when.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::dimension::Dimensions;
use super::force::{Force, force};
use super::known::KnownPrincipal;
use crate::catalogue::{self, ActionSet, Expansion, UnknownPattern};
use crate::decision::PolicyLayers;
use crate::policy::{
    ActionElement, Effect, PolicyDocument, PolicyVersion, ResourceElement, ResourcePattern, Statement,
};

/// A statement that is in force, compiled.
pub(super) struct Grant<'a> {
    /// Which policy and statement it is, counted from zero through all layers.
    pub(super) policy: usize,
    pub(super) statement: usize,
    pub(super) source: &'a Statement,
    pub(super) actions: ActionSet,
    pub(super) resources: Resources<'a>,
    /// For an Allow, what must cooperate; for a Deny, what may.
    pub(super) dimensions: Dimensions,
}

/// The resources a statement is about.
#[derive(Clone)]
pub(super) enum Resources<'a> {
    /// All of them.
    Everything,
    /// Those that match a pattern.
    Matching(Cow<'a, [ResourcePattern]>),
    /// Those that match no pattern.
    Except(Cow<'a, [ResourcePattern]>),
}

impl<'a> Resources<'a> {
    /// None when the element is about no resource at all.
    fn of(element: Option<&'a ResourceElement>, version: PolicyVersion, known: &KnownPrincipal) -> Option<Self> {
        let everything = |patterns: &[ResourcePattern]| patterns.iter().any(ResourcePattern::is_everything);
        match element {
            None => Some(Self::Everything),
            Some(ResourceElement::Resource(patterns)) if everything(patterns) => Some(Self::Everything),
            Some(ResourceElement::Resource(patterns)) => {
                let patterns = known.fill_in_all(patterns, version);
                (!patterns.is_empty()).then_some(Self::Matching(patterns))
            }
            Some(ResourceElement::NotResource(patterns)) if everything(patterns) => None,
            Some(ResourceElement::NotResource(patterns)) => Some(Self::Except(known.fill_in_all(patterns, version))),
        }
    }

    pub(super) fn patterns(&self) -> &[ResourcePattern] {
        match self {
            Self::Everything => &[],
            Self::Matching(patterns) | Self::Except(patterns) => patterns,
        }
    }

    pub(super) fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }
}

/// All layers, compiled.
#[derive(Default)]
pub(super) struct Grants<'a> {
    /// The Allows of the identity policies.
    pub(super) allows: Vec<Grant<'a>>,
    /// The Allows of each layer that limits them.
    pub(super) limits: Vec<Vec<Grant<'a>>>,
    /// The Denies of every layer.
    pub(super) denies: Vec<Grant<'a>>,
    /// Patterns of the identity policies' Allows that the catalogue does not know.
    pub(super) unknown: Vec<Unknown<'a>>,
    /// Every unknown pattern of the identity policies in lower case, with how it was written first.
    pub(super) unknown_names: BTreeMap<String, String>,
    /// Services whose future actions the identity policies allow.
    pub(super) drift: Vec<String>,
    /// The action patterns of the identity policies.
    pub(super) patterns: PatternCount,
}

/// How many action patterns there are, and how many of them the catalogue knows.
#[derive(Clone, Copy, Default)]
pub(super) struct PatternCount {
    pub(super) total: usize,
    pub(super) known: usize,
}

/// An action pattern that the catalogue does not know.
pub(super) struct Unknown<'a> {
    pub(super) pattern: &'a str,
    pub(super) whole_service: bool,
    pub(super) policy: usize,
    pub(super) statement: usize,
    pub(super) source: &'a Statement,
    pub(super) resources: Resources<'a>,
    pub(super) dimensions: Dimensions,
}

impl<'a> Grants<'a> {
    pub(super) fn compile(layers: &PolicyLayers<'a>, known: &KnownPrincipal) -> Self {
        let mut grants = Self::default();
        let mut index = 0;
        for document in &layers.identity {
            grants.add_identity(index, document, known);
            index += 1;
        }
        let boundary = layers.boundary.iter().map(std::slice::from_ref);
        for level in boundary.chain(layers.service_control.iter().map(Vec::as_slice)) {
            let mut allows = Vec::new();
            for document in level {
                for (statement, source) in document.statements.iter().enumerate() {
                    let (actions, _) = expand(source);
                    grants.place((index, statement), source, (document.version, known), actions, &mut allows);
                }
                index += 1;
            }
            grants.limits.push(allows);
        }
        grants.drift.sort();
        grants.drift.dedup();
        grants
    }

    fn add_identity(&mut self, policy: usize, document: &'a PolicyDocument, known: &KnownPrincipal) {
        let mut allows = std::mem::take(&mut self.allows);
        for (statement, source) in document.statements.iter().enumerate() {
            let (actions, unknown) = expand(source);
            self.patterns.total += source.action.patterns().len();
            self.patterns.known += source.action.patterns().len() - unknown.len();
            for (pattern, _) in &unknown {
                self.unknown_names.entry(pattern.to_ascii_lowercase()).or_insert_with(|| (*pattern).to_owned());
            }
            let reading = (document.version, known);
            let Some(grant) = self.place((policy, statement), source, reading, actions, &mut allows) else {
                continue;
            };
            let (resources, dimensions) = grant;
            self.note_drift(&source.action);
            if matches!(source.action, ActionElement::NotAction(_)) {
                continue;
            }
            for (pattern, kind) in unknown.into_iter().filter(|(_, kind)| *kind != UnknownPattern::Malformed) {
                let whole_service = kind == UnknownPattern::WholeService;
                let resources = resources.clone();
                self.unknown.push(Unknown { pattern, whole_service, policy, statement, source, resources, dimensions });
            }
        }
        self.allows = allows;
    }

    /// Compiles a statement to where it belongs; for an Allow, where and when it is in force.
    fn place(
        &mut self,
        (policy, statement): (usize, usize),
        source: &'a Statement,
        (version, known): (PolicyVersion, &KnownPrincipal),
        actions: ActionSet,
        allows: &mut Vec<Grant<'a>>,
    ) -> Option<(Resources<'a>, Dimensions)> {
        let resources = Resources::of(source.resource.as_ref(), version, known)?;
        let grant = |dimensions| Grant { policy, statement, source, actions, resources: resources.clone(), dimensions };
        match force(source, version, known) {
            Force::Never => None,
            Force::Opens(dimensions) => {
                allows.push(grant(dimensions));
                Some((resources, dimensions))
            }
            Force::Closes(dimensions) => {
                self.denies.push(grant(dimensions));
                None
            }
        }
    }

    /// The services in which an Allow takes in actions that do not exist yet.
    fn note_drift(&mut self, element: &ActionElement) {
        let ActionElement::Action(patterns) = element else {
            self.drift.push("*".to_owned());
            return;
        };
        for pattern in patterns.iter().filter(|pattern| pattern.contains('*')) {
            let service = match pattern.split_once(':') {
                Some((service, _)) if !service.contains(['*', '?']) => service.to_ascii_lowercase(),
                _ => "*".to_owned(),
            };
            self.drift.push(service);
        }
    }
}

/// The actions of the catalogue that a statement is about, and its patterns that the catalogue does not know.
fn expand(statement: &Statement) -> (ActionSet, Vec<(&str, UnknownPattern)>) {
    let mut named = ActionSet::empty();
    let mut unknown = Vec::new();
    // What IAM makes of a wildcard before the colon is not documented. Where the pattern would narrow what is granted,
    // it is taken to match nothing.
    let narrows = matches!(
        (statement.effect, &statement.action),
        (Effect::Deny, ActionElement::Action(_)) | (Effect::Allow, ActionElement::NotAction(_))
    );
    for pattern in statement.action.patterns() {
        if narrows && crate::policy::has_wildcard_service(pattern) {
            continue;
        }
        if let Expansion::Unknown(kind) = catalogue::expand(pattern, &mut named) {
            unknown.push((pattern.as_str(), kind));
        }
    }
    match &statement.action {
        ActionElement::Action(_) => (named, unknown),
        ActionElement::NotAction(_) => {
            let mut others = ActionSet::full();
            others.subtract(&named);
            (others, unknown)
        }
    }
}
