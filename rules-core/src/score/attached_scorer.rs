//! The score of policies that are attached to resources and roles: what they open, and to whom.
//!
//! Such a policy is scored once for each kind of requester that it distinguishes, with the Denies that apply to that
//! requester. For each action, the requester with the largest exposure counts.

use std::sync::Arc;

use super::compile::policy::{CompiledPolicy, ExpandedDocument, PolicyIndex};
use super::compile::requester::Requester;
use super::definition::{Definition, ScoreVersion};
use super::exposure::combined::{CombinedExposure, Contribution};
use super::exposure::guardrails::Guardrails;
use super::exposure::policy::PolicyExposure;
use super::exposure::requester_shares::RequesterShares;
use super::exposure::setting::Setting;
use super::indexed::Indexed;
use super::points::Score;
use super::policy_set::{LeastPrivilegeScore, assemble};
use super::report::fix::Fix;
use crate::policy::{Effect, PolicyDocument, PolicyType, Principal, PrincipalElement, PrincipalKind, Principals};

/// Scores a resource's or role's own policy.
///
/// `own_account` is the number of the account that the resource is in, if it is known: the account's own principals are
/// fewer than those of another one.
///
/// ```
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// use rules_core::score::score_attached;
/// let trust = |principal: &str| {
///     let text = format!(r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{principal}}}}}"#);
///     let document = PolicyDocument::parse(&text, PolicyType::Trust)?;
///     Ok::<_, rules_core::policy::ParsePolicyError>(score_attached(&document, PolicyType::Trust, None).score)
/// };
/// let (everybody, account) = (trust(r#""*""#)?, trust(r#"{"AWS":"444455556666"}"#)?);
/// let role = trust(r#"{"AWS":"arn:aws:iam::444455556666:role/ci"}"#)?;
/// assert!(everybody < account && account < role);
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
#[must_use]
pub fn score_attached(
    document: &PolicyDocument,
    policy_type: PolicyType,
    own_account: Option<&str>,
) -> LeastPrivilegeScore {
    let definition = ScoreVersion::V2.definition();
    let mut found = Attached { document, policy_type, own_account, definition }.score();
    for loss in &mut found.losses {
        let number = loss.statement.as_deref().and_then(|label| statement_of(document, label));
        loss.fix =
            number.and_then(|statement| name_one_principal(document, policy_type, own_account, statement, found.score));
    }
    found
}

/// The statement with a label.
fn statement_of(document: &PolicyDocument, label: &str) -> Option<usize> {
    document.statements.iter().enumerate().position(|(number, statement)| statement.label(number) == label)
}

/// Naming one principal in a statement that lets in more; none when that changes nothing.
fn name_one_principal(
    document: &PolicyDocument,
    policy_type: PolicyType,
    own_account: Option<&str>,
    statement: usize,
    before: Score,
) -> Option<Fix> {
    let mut narrowed = document.clone();
    let changed = narrowed.statements.get_mut(statement).filter(|statement| statement.effect == Effect::Allow)?;
    let role = own_account.map_or_else(
        || "arn:aws:iam::000000000000:role/one".to_owned(),
        |account| format!("arn:aws:iam::{account}:role/one"),
    );
    let one = Principal { kind: PrincipalKind::Aws, value: role };
    changed.principal = Some(PrincipalElement::Principal(Principals::Listed(vec![one])));
    let definition = ScoreVersion::V2.definition();
    let after = Attached { document: &narrowed, policy_type, own_account, definition }.score().score;
    let mut actions = crate::catalogue::ActionSet::empty();
    for pattern in document.statements.get(statement)?.action.patterns() {
        crate::catalogue::expand(pattern, &mut actions);
    }
    (after > before).then(|| Fix {
        text: "name one user or role as the Principal".to_owned(),
        score: after,
        policy: 0,
        statement,
        actions,
    })
}

/// A policy with what is known of where it is attached.
struct Attached<'a> {
    document: &'a PolicyDocument,
    policy_type: PolicyType,
    own_account: Option<&'a str>,
    definition: &'static Definition,
}

impl<'a> Attached<'a> {
    fn score(&self) -> LeastPrivilegeScore {
        let requesters: Vec<Requester> = Requester::all(self.document).into_iter().collect();
        let policies: Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>> =
            requesters.iter().map(|requester| Arc::new(self.compile(requester))).collect();
        let guardrails: Indexed<PolicyIndex, Guardrails<'a>> =
            requesters.iter().zip(&policies).map(|(requester, policy)| self.guardrails(requester, policy)).collect();
        let exposures: Indexed<PolicyIndex, PolicyExposure> = policies
            .iter()
            .zip(&guardrails)
            .map(|(policy, guardrails)| PolicyExposure::attached(policy, guardrails))
            .collect();
        let contributions = exposures.enumerate();
        let contributions =
            contributions.map(|(policy, exposure)| Contribution { policy, exposure, is_guarded: false });
        let nothing = Guardrails::none(Setting::new(self.definition));
        let combined =
            CombinedExposure::new(&policies, contributions.collect(), &nothing, None).with_guardrails(&guardrails);
        let mut found = assemble(&combined, None);
        for loss in &mut found.losses {
            loss.policy = 0;
        }
        found.lints.sort_by(|one, other| (&one.statement, &one.message).cmp(&(&other.statement, &other.message)));
        found.lints.dedup_by(|one, other| one.statement == other.statement && one.message == other.message);
        found.lints.iter_mut().for_each(|lint| lint.policy = 0);
        found
    }

    /// The statements that are about a requester.
    fn compile(&self, requester: &Requester) -> CompiledPolicy<'a> {
        let mut expanded = ExpandedDocument::new(self.policy_type, self.document);
        expanded.keep(|statement| requester.is_meant_by(statement.principal.as_ref()));
        if self.policy_type == PolicyType::Trust {
            expanded.take_any_assumption_as_one();
        }
        CompiledPolicy::new(expanded, &requester.known(), self.definition)
    }

    fn guardrails(&self, requester: &Requester, policy: &Arc<CompiledPolicy<'a>>) -> Guardrails<'a> {
        let shares = RequesterShares::of(requester, self.own_account);
        let setting = Setting { requester: Some(shares), ..Setting::new(self.definition) };
        let only: Indexed<PolicyIndex, _> = [policy.clone()].into_iter().collect();
        Guardrails::new(&only, &[], setting)
    }
}
