//! A policy document compiled for scoring.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::circumstance::Circumstances;
use super::conditions::{Applicability, applicability};
use super::principal::KnownPrincipal;
use super::statement::{CompiledStatement, Resources};
use crate::catalogue::{self, ActionSet, Expansion, UnknownPattern};
use crate::policy::{ActionElement, Effect, PolicyDocument, Statement};

/// A document's statements that are in force, by effect, and what the catalogue does not know of them.
#[derive(Debug, Default)]
pub(crate) struct CompiledPolicy<'a> {
    pub(crate) allows: Vec<Arc<CompiledStatement<'a>>>,
    pub(crate) denies: Vec<Arc<CompiledStatement<'a>>>,
    /// PatternList of the Allows that the catalogue does not know.
    pub(crate) unknown: Vec<Unknown<'a>>,
    /// Every unknown pattern in lower case, with how it was written first.
    pub(crate) unknown_names: BTreeMap<String, String>,
    /// Services whose future actions are allowed.
    pub(crate) drift: Vec<String>,
    /// How many action patterns there are, and how many of them the catalogue knows.
    pub(crate) patterns: usize,
    pub(crate) known_patterns: usize,
}

/// An action pattern that the catalogue does not know.
#[derive(Debug)]
pub(crate) struct Unknown<'a> {
    pub(crate) pattern: &'a str,
    pub(crate) whole_service: bool,
    pub(crate) statement: usize,
    pub(crate) source: &'a Statement,
    pub(crate) resources: Resources<'a>,
    pub(crate) circumstances: Circumstances,
}

/// A document with the actions that each statement is about, whoever has it attached.
#[derive(Clone, Debug)]
pub(crate) struct ExpandedDocument<'a> {
    document: &'a PolicyDocument,
    /// For each statement: its actions, and its patterns that the catalogue does not know.
    statements: Vec<(ActionSet, Vec<(&'a str, UnknownPattern)>)>,
}

impl<'a> ExpandedDocument<'a> {
    pub(crate) fn new(document: &'a PolicyDocument) -> Self {
        Self { document, statements: document.statements.iter().map(expand).collect() }
    }
}

impl<'a> CompiledPolicy<'a> {
    pub(crate) fn new(expanded: ExpandedDocument<'a>, known: &KnownPrincipal) -> Self {
        let ExpandedDocument { document, statements } = expanded;
        let mut policy = Self::default();
        for ((statement, source), (actions, unknown)) in document.statements.iter().enumerate().zip(statements) {
            policy.patterns += source.action.patterns().len();
            policy.known_patterns += source.action.patterns().len() - unknown.len();
            for (pattern, _) in &unknown {
                policy.unknown_names.entry(pattern.to_ascii_lowercase()).or_insert_with(|| (*pattern).to_owned());
            }
            let Some(resources) = Resources::of(source.resource.as_ref(), document.version, known) else { continue };
            match applicability(source, document.version, known) {
                Applicability::Never => {}
                Applicability::UnlessAny(circumstances) => {
                    policy.denies.push(Arc::new(CompiledStatement {
                        statement,
                        source,
                        actions,
                        resources,
                        circumstances,
                    }));
                }
                Applicability::Needs(circumstances) => {
                    policy.note_drift(&source.action);
                    policy.note_unknown(unknown, statement, source, &resources, circumstances);
                    policy.allows.push(Arc::new(CompiledStatement {
                        statement,
                        source,
                        actions,
                        resources,
                        circumstances,
                    }));
                }
            }
        }
        policy
    }

    fn note_unknown(
        &mut self,
        unknown: Vec<(&'a str, UnknownPattern)>,
        statement: usize,
        source: &'a Statement,
        resources: &Resources<'a>,
        circumstances: Circumstances,
    ) {
        if matches!(source.action, ActionElement::NotAction(_)) {
            return;
        }
        for (pattern, kind) in unknown.into_iter().filter(|(_, kind)| *kind != UnknownPattern::Malformed) {
            let whole_service = kind == UnknownPattern::WholeService;
            let resources = resources.clone();
            self.unknown.push(Unknown { pattern, whole_service, statement, source, resources, circumstances });
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
