//! How far roles can be passed to a certain service, where policies ask which service a role is passed to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::allow::OpenAllows;
use super::guardrails::Guardrails;
use super::harm_model::{Counts, pass_role};
use super::measure::ExposureMeasure;
use super::setting::Setting;
use crate::policy::{LayerRole, PolicyDocument, PolicyType};
use crate::score::compile::layer::CompiledLayer;
use crate::score::compile::policy::{CompiledPolicy, ExpandedDocument, PolicyIndex};
use crate::score::compile::principal::{KnownPrincipal, PassedTo};
use crate::score::indexed::Indexed;
use crate::score::share::Share;

/// Policies in which a test of `iam:PassedToService` decides what roles can be passed.
pub(crate) struct PassedRoles<'a> {
    identity: Vec<&'a PolicyDocument>,
    limits: Vec<CompiledLayer<&'a PolicyDocument>>,
    known: KnownPrincipal,
    setting: Setting,
    shares: RefCell<BTreeMap<PassedTo, Share>>,
}

/// A statement of one of the policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NamedStatement {
    pub(crate) policy: PolicyIndex,
    pub(crate) statement: usize,
}

impl<'a> PassedRoles<'a> {
    /// None when no policy asks which service a role is passed to.
    pub(crate) fn new(
        identity: &Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>>,
        limits: &[CompiledLayer<Arc<CompiledPolicy<'a>>>],
        known: &KnownPrincipal,
        setting: &Setting,
    ) -> Option<Self> {
        let mut policies = identity.iter().chain(limits.iter().flat_map(|layer| &layer.policies));
        policies.any(|policy| policy.asks_for_passed_service()).then(|| Self {
            identity: identity.iter().map(|policy| policy.document).collect(),
            // Resource control policies are not about passing roles.
            limits: limits
                .iter()
                .filter(|layer| layer.role == LayerRole::Limits)
                .map(|layer| layer.map(|policy| policy.document))
                .collect(),
            known: known.clone(),
            setting: setting.clone(),
            shares: RefCell::default(),
        })
    }

    /// The share of the roles that can be passed to a service.
    pub(crate) fn share(&self, to: PassedTo) -> Share {
        if let Some(share) = self.shares.borrow().get(&to) {
            return *share;
        }
        let share = self.work_out(to, None);
        self.shares.borrow_mut().insert(to, share);
        share
    }

    /// The same if a statement named one role.
    pub(crate) fn share_if_named(&self, to: PassedTo, named: NamedStatement) -> Share {
        self.work_out(to, Some(named))
    }

    fn work_out(&self, to: PassedTo, named: Option<NamedStatement>) -> Share {
        const MEASURE: ExposureMeasure = ExposureMeasure::Harm(Counts::ByResources);
        let Some(action) = pass_role() else { return Share::NONE };
        let known = self.known.passing_to(to);
        let compile = |document: &&'a PolicyDocument| {
            let expanded = ExpandedDocument::about(PolicyType::Identity, document, action);
            Arc::new(CompiledPolicy::new(expanded, &known, self.setting.definition))
        };
        let identity: Indexed<PolicyIndex, _> = self.identity.iter().map(compile).collect();
        let limits: Vec<_> = self.limits.iter().map(|layer| layer.map(compile)).collect();
        let guardrails = Guardrails::new(&identity, &limits, self.setting.clone());
        let mut widest = Share::NONE;
        if guardrails.closed().contains(action) {
            return widest;
        }
        let denied = Rc::default();
        for (policy, compiled) in identity.enumerate() {
            for allow in compiled.allows.iter().filter(|allow| allow.actions.contains(action)) {
                let mut open = OpenAllows::new(allow, &guardrails, Rc::clone(&denied));
                let position = NamedStatement { policy, statement: allow.written.number };
                for of in action.resource_types().map(|of| of.resource_type) {
                    let share = match named == Some(position) {
                        true => open.resource_type_if_named(action, of, MEASURE),
                        false => open
                            .about(action, MEASURE)
                            .resource_type(of, MEASURE)
                            .map_or(Share::NONE, |(share, _)| share),
                    };
                    widest = widest.max(share);
                }
            }
        }
        widest
    }
}
