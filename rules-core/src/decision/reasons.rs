//! The reasons of a decision: every statement that includes the action, and whether it applies.

use super::{PolicyLayers, Reading, Request, StatementPosition, Truth, condition};
use crate::policy::{Effect, LayerRole, PolicyDocument, PolicyType, PolicyVersion, Statement};

/// The statements that apply to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasons {
    /// Every statement that includes the action, in the order of the policies.
    pub statements: Vec<ConsideredStatement>,
    /// The layers that must allow the request and do not: the type, and the number of earlier layers of the type.
    pub closed: Vec<(PolicyType, usize)>,
}

/// A statement that includes the action of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsideredStatement {
    /// Its position.
    pub position: StatementPosition,
    /// The type of its policy.
    pub policy_type: PolicyType,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// The reason why it does not apply; none if it applies.
    pub obstacle: Option<Obstacle>,
}

/// The reason why a statement that includes the action does not apply to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// It applies to other resources.
    Resource,
    /// It applies to other principals.
    Principal,
    /// Its condition with this zero-based index is not met.
    Condition(usize),
}

impl PolicyLayers<'_> {
    /// The reasons of the decision of [`Self::decide`].
    #[must_use]
    pub fn reasons(&self, request: &Request<'_>, reading: Reading) -> Reasons {
        let mut reasons = Reasons { statements: Vec::new(), closed: Vec::new() };
        let mut policy = 0;
        let mut granted = false;
        let mut of_type = (None, 0);
        for layer in self.iter() {
            of_type = if of_type.0 == Some(layer.policy_type) {
                (of_type.0, of_type.1 + 1)
            } else {
                (Some(layer.policy_type), 0)
            };
            let mut allows = false;
            for document in &layer.documents {
                if layer.policy_type.applies_to(request.action) {
                    let found = considered(document, policy, layer.policy_type, request, reading);
                    allows |= found.iter().any(|one| one.effect == Effect::Allow && one.obstacle.is_none());
                    reasons.statements.extend(found);
                }
                policy += 1;
            }
            match layer.policy_type.role() {
                LayerRole::Grants => granted |= allows,
                LayerRole::Limits if !allows => reasons.closed.push((layer.policy_type, of_type.1)),
                LayerRole::Limits | LayerRole::Denies => {}
            }
        }
        if !granted {
            reasons.closed.insert(0, (PolicyType::Identity, 0));
        }
        reasons
    }
}

fn considered(
    document: &PolicyDocument,
    policy: usize,
    policy_type: PolicyType,
    request: &Request<'_>,
    reading: Reading,
) -> Vec<ConsideredStatement> {
    let statements = document.statements.iter().enumerate();
    let about = statements.filter(|(_, statement)| statement.is_about(request.action, reading));
    about
        .map(|(index, statement)| ConsideredStatement {
            position: StatementPosition { policy, statement: index },
            policy_type,
            effect: statement.effect,
            obstacle: obstacle(statement, document.version, request, reading),
        })
        .collect()
}

/// What keeps a statement about the action from applying; none exactly when [`Statement::applies_where`].
fn obstacle(
    statement: &Statement,
    version: PolicyVersion,
    request: &Request<'_>,
    reading: Reading,
) -> Option<Obstacle> {
    let accepted = |truth: Truth| statement.accepts(truth, reading);
    if !accepted(statement.resource_truth(version, request)) {
        return Some(Obstacle::Resource);
    }
    if !accepted(statement.principal_truth(request)) {
        return Some(Obstacle::Principal);
    }
    let failing = |test: &&crate::policy::Condition| !accepted(condition::test(test, version, request.context));
    let mut tests = statement.conditions.iter();
    tests.position(|test| failing(&test)).map(Obstacle::Condition)
}

#[cfg(test)]
mod tests {
    use super::Obstacle;
    use crate::decision::{Context, Decision, OtherKeys, PolicyLayers, Reading, Request};
    use crate::policy::{PolicyDocument, PolicyType};

    #[test]
    fn every_statement_about_the_action_is_named() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::a/*"},
            {"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"},
             "StringEquals":{"aws:SourceVpc":"v"}}},
            {"Effect":"Allow","Action":"sqs:*","Resource":"*"},
            {"Effect":"Deny","NotAction":"sqs:*","Resource":"arn:aws:s3:::b/*"}]}"#;
        let identity = PolicyDocument::parse(text, PolicyType::Identity).unwrap();
        let boundary = r#"{"Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}"#;
        let boundary = PolicyDocument::parse(boundary, PolicyType::PermissionsBoundary).unwrap();
        let layers = PolicyLayers::of_identity([&identity]).with(PolicyType::PermissionsBoundary, [&boundary]);
        let context = Context::new(OtherKeys::Absent);
        let ask = |resource| {
            let request = Request { action: "s3:GetObject", resource, context: &context };
            let reasons = layers.reasons(&request, Reading::AsWritten);
            let told: Vec<_> = reasons.statements.iter().map(|one| (one.position.statement, one.obstacle)).collect();
            (told, reasons.closed, layers.decide(&request, Reading::AsWritten).decision)
        };
        let closed = vec![(PolicyType::PermissionsBoundary, 0)];
        let condition = Some(Obstacle::Condition(0));
        let resource = Some(Obstacle::Resource);
        assert_eq!(
            ask("arn:aws:s3:::a/k"),
            (vec![(0, None), (1, condition), (3, resource)], closed.clone(), Decision::ImplicitlyDenied)
        );
        let both = [vec![(PolicyType::Identity, 0)], closed].concat();
        assert_eq!(
            ask("arn:aws:s3:::b/k"),
            (vec![(0, resource), (1, condition), (3, None)], both, Decision::ExplicitlyDenied)
        );
    }
}
