//! A policy document compiled for scoring.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::circumstance::Circumstances;
use super::conditions::{Applicability, applicability};
use super::principal::KnownPrincipal;
use super::statement::{CompiledStatement, Resources, WrittenStatement};
use super::union;
use crate::catalogue::{self, ActionIndex, ActionSet, ExpandedList, UnknownPattern, expand_lists};
use crate::policy::{ActionElement, Effect, PolicyDocument, PolicyType, Statement};
use crate::score::definition::Definition;
use crate::score::indexed::{Indexed, place};

place! {
    /// The place of a policy among those that are scored together.
    PolicyIndex
}

place! {
    /// The place of an Allow in its policy.
    AllowIndex
}

/// A document's statements that may apply, by effect, and what the catalogue does not know of them.
#[derive(Debug)]
pub(crate) struct CompiledPolicy<'a> {
    pub(crate) document: &'a PolicyDocument,
    pub(crate) allows: Indexed<AllowIndex, Arc<CompiledStatement<'a>>>,
    pub(crate) denies: Vec<Arc<CompiledStatement<'a>>>,
    /// Patterns of the Allows that the catalogue does not know.
    pub(crate) unknown: Vec<UnknownAction<'a>>,
    /// Every unknown pattern in lower case, with how it was written first.
    pub(crate) unknown_names: BTreeMap<String, String>,
    /// Services whose future actions are allowed.
    pub(crate) drift: Vec<String>,
    /// How many action patterns there are, and how many of them the catalogue knows.
    pub(crate) patterns: usize,
    pub(crate) known_patterns: usize,
    /// The policy that is named instead of this one, which is what several amount to together.
    pub(crate) named_as: Option<PolicyIndex>,
}

/// An action pattern of an Allow that the catalogue does not know.
#[derive(Debug)]
pub(crate) struct UnknownAction<'a> {
    pub(crate) pattern: &'a str,
    pub(crate) whole_service: bool,
    pub(crate) written: WrittenStatement<'a>,
    pub(crate) resources: Resources<'a>,
    pub(crate) circumstances: Circumstances,
}

/// A document with the actions that each statement is about, which do not depend on the principal.
#[derive(Clone, Debug)]
pub(crate) struct ExpandedDocument<'a> {
    document: &'a PolicyDocument,
    /// For each statement: its actions, and its patterns that the catalogue does not know.
    statements: Vec<(ActionSet, Vec<(&'a str, UnknownPattern)>)>,
}

impl<'a> ExpandedDocument<'a> {
    pub(crate) fn new(policy_type: PolicyType, document: &'a PolicyDocument) -> Self {
        let lists: Vec<Vec<&str>> = document.statements.iter().map(|statement| expanded_patterns(statement)).collect();
        let expanded = expand_lists(&lists).into_iter().zip(&document.statements);
        let mut statements: Vec<_> = expanded.map(|(expanded, statement)| complete(expanded, statement)).collect();
        if policy_type == PolicyType::ResourceControl {
            statements.iter_mut().for_each(|(actions, _)| actions.intersect_with(resource_controlled()));
        }
        Self { document, statements }
    }

    /// Keeps the actions of some statements only.
    pub(crate) fn keep(&mut self, is_kept: impl Fn(&Statement) -> bool) {
        for (statement, (actions, unknown)) in self.document.statements.iter().zip(&mut self.statements) {
            if !is_kept(statement) {
                actions.clear();
                unknown.clear();
            }
        }
    }

    /// Takes every way of assuming a role as the one that needs no identity provider.
    pub(crate) fn take_any_assumption_as_one(&mut self) {
        let find = |name| catalogue::action("sts", name);
        let Some(assume_role) = find("AssumeRole") else { return };
        let others = ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"].map(find);
        for (actions, _) in &mut self.statements {
            if others.iter().flatten().any(|other| actions.contains(*other)) {
                actions.insert(assume_role);
            }
        }
    }

    /// Only what the statements say of one action.
    pub(crate) fn about(policy_type: PolicyType, document: &'a PolicyDocument, action: ActionIndex) -> Self {
        let mut expanded = Self::new(policy_type, document);
        let only = ActionSet::from_iter([action]);
        for (actions, unknown) in &mut expanded.statements {
            actions.intersect_with(&only);
            unknown.clear();
        }
        expanded
    }
}

impl<'a> CompiledPolicy<'a> {
    pub(crate) fn new(expanded: ExpandedDocument<'a>, known: &KnownPrincipal, definition: &'static Definition) -> Self {
        let ExpandedDocument { document, statements } = expanded;
        let mut policy = Self::of(document);
        for ((number, statement), (actions, unknown)) in document.statements.iter().enumerate().zip(statements) {
            let written = WrittenStatement { number, statement };
            let patterns = statement.action.patterns().len();
            policy.patterns += patterns;
            policy.known_patterns += patterns - unknown.len();
            for (pattern, _) in &unknown {
                policy.unknown_names.entry(pattern.to_ascii_lowercase()).or_insert_with(|| (*pattern).to_owned());
            }
            let resources = Resources::of(statement.resource.as_ref(), document.version, known, definition);
            let Some(resources) = resources else { continue };
            match applicability(statement, document.version, known, definition) {
                Applicability::Never => {}
                Applicability::UnlessAny(circumstances) => {
                    let resources = union::spared(resources, definition);
                    let is_union = false;
                    policy.denies.push(Arc::new(CompiledStatement {
                        written,
                        actions,
                        resources,
                        circumstances,
                        is_union,
                    }));
                }
                Applicability::Needs(circumstances) => {
                    policy.note_drift(&statement.action);
                    policy.note_unknown(unknown, written, &resources, circumstances);
                    let is_union = false;
                    policy.allows.push(Arc::new(CompiledStatement {
                        written,
                        actions,
                        resources,
                        circumstances,
                        is_union,
                    }));
                }
            }
        }
        let unions = union::of_statements(policy.allows.iter().map(|allow| ((), &**allow)), definition);
        for ((), allow) in unions {
            policy.allows.push(Arc::new(allow));
        }
        policy
    }

    /// A policy of what several policies amount to together; none if that is the same as each of them allows.
    pub(crate) fn together(
        policies: &Indexed<PolicyIndex, Arc<Self>>,
        definition: &'static Definition,
    ) -> Option<Self> {
        let written = |allow: &&Arc<CompiledStatement<'a>>| !allow.is_union;
        let allows = policies
            .enumerate()
            .flat_map(|(policy, of)| of.allows.iter().filter(written).map(move |allow| (policy, &**allow)));
        let found = union::of_statements(allows, definition);
        let (first, _) = found.first()?;
        let (document, named_as) = (policies[*first].document, Some(*first));
        let allows = found.into_iter().map(|(_, allow)| Arc::new(allow)).collect();
        Some(Self { allows, named_as, ..Self::of(document) })
    }

    /// A policy without statements.
    fn of(document: &'a PolicyDocument) -> Self {
        Self {
            document,
            allows: Indexed::default(),
            denies: Vec::new(),
            unknown: Vec::new(),
            unknown_names: BTreeMap::new(),
            drift: Vec::new(),
            patterns: 0,
            known_patterns: 0,
            named_as: None,
        }
    }

    /// Whether a test of the service that a role is passed to decides when statements about `iam:PassRole` apply.
    pub(crate) fn asks_for_passed_service(&self) -> bool {
        self.document.statements.iter().any(|statement| {
            statement.action.covers("iam:PassRole")
                && statement.conditions.iter().any(|condition| condition.key.lower() == "iam:passedtoservice")
        })
    }

    fn note_unknown(
        &mut self,
        unknown: Vec<(&'a str, UnknownPattern)>,
        written: WrittenStatement<'a>,
        resources: &Resources<'a>,
        circumstances: Circumstances,
    ) {
        if matches!(written.statement.action, ActionElement::NotAction(_)) {
            return;
        }
        for (pattern, kind) in unknown.into_iter().filter(|(_, kind)| *kind != UnknownPattern::Malformed) {
            let whole_service = kind == UnknownPattern::WholeService;
            let resources = resources.clone();
            self.unknown.push(UnknownAction { pattern, whole_service, written, resources, circumstances });
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

/// The actions to which resource control policies apply.
fn resource_controlled() -> &'static ActionSet {
    static ACTIONS: OnceLock<ActionSet> = OnceLock::new();
    ACTIONS.get_or_init(|| {
        let services = catalogue::services().filter(|service| service.is_resource_controlled());
        let actions = services.flat_map(|service| service.actions());
        actions.filter(|action| PolicyType::ResourceControl.applies_to(&action.to_string())).collect()
    })
}

/// The patterns of a statement that are held against the catalogue.
fn expanded_patterns(statement: &Statement) -> Vec<&str> {
    // What IAM makes of a wildcard before the colon is not documented. Where the pattern would narrow what is granted,
    // it is taken to match nothing.
    let narrows = matches!(
        (statement.effect, &statement.action),
        (Effect::Deny, ActionElement::Action(_)) | (Effect::Allow, ActionElement::NotAction(_))
    );
    let patterns = statement.action.patterns().iter().map(String::as_str);
    patterns.filter(|pattern| !(narrows && crate::policy::has_wildcard_service(pattern))).collect()
}

/// The actions of the catalogue that a statement is about, and its patterns that the catalogue does not know.
fn complete<'a>(expanded: ExpandedList<'a>, statement: &Statement) -> (ActionSet, Vec<(&'a str, UnknownPattern)>) {
    let ExpandedList { actions, unknown } = expanded;
    match &statement.action {
        ActionElement::Action(_) => (actions, unknown),
        ActionElement::NotAction(_) => {
            let mut others = ActionSet::full();
            others.subtract(&actions);
            (others, unknown)
        }
    }
}
