//! What a principal may do, over all its policies.

use crate::decision::{Context, ContextValue, Decision, OtherKeys, PolicyLayers, Reading, Request, Truth};
use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::iam::{AuthorizationDetails, Grants, User, UserDetails};
use crate::policy::{ActionElement, Effect, PolicyDocument, ResourceElement, Statement};
use crate::text::visible;

/// An action that no policy can name, so that only a wildcard or a complement covers it.
const FRESH_ACTION: &str = "\u{f0003}:\u{f0003}";

/// A principal with every policy that bears on it.
#[derive(Clone, Debug)]
pub struct PrincipalPermissions<'a> {
    arn: &'a str,
    name: &'a str,
    policies: Vec<PolicySource<'a>>,
    boundary: Option<&'a PolicyDocument>,
    groups: Vec<&'a str>,
    context: Context,
}

/// A policy and how the principal comes by it.
#[derive(Clone, Debug)]
struct PolicySource<'a> {
    group: Option<&'a str>,
    name: &'a str,
    is_attached: bool,
    document: &'a PolicyDocument,
}

/// What makes a principal an administrator, for somebody who wants to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The group it comes from, if any.
    pub group: Option<String>,
    /// The policy's name.
    pub policy: String,
    /// The statement in it: its `Sid`, else its zero-based index.
    pub statement: String,
    /// The condition keys that the grant depends on and that are not known to be met. None: it is unconditional.
    pub conditional_on: Vec<String>,
}

/// Which policies count when an administrator is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminDefinition {
    /// Every policy, after Deny and the permissions boundary.
    Effective,
    /// Attached managed policies only, of the user and its groups, without their boundary.
    AttachedPolicy,
}

impl<'a> PrincipalPermissions<'a> {
    /// The permissions of a user.
    ///
    /// # Errors
    /// When any of its policies, groups or its boundary is not known: what it grants or denies is then unknown too.
    pub fn of_user(user: &'a User, details: &'a AuthorizationDetails, facts: &Facts) -> Result<Self, MissingFact> {
        let known = user.details.get()?;
        let mut policies = Vec::new();
        add(&mut policies, None, &known.grants, details)?;
        let mut groups = Vec::new();
        for name in known.groups.get()? {
            let group = details.group(name)?;
            let grants = group.grants.get()?;
            add(&mut policies, Some(&group.identity.name), grants, details)?;
            groups.push(group.identity.arn.as_str());
        }
        let boundary = match &known.permissions_boundary {
            None => None,
            Some(arn) => Some(document(details, arn)?),
        };
        let context = user_context(user, known, facts);
        Ok(Self { arn: user.identity.arn.as_str(), name: &user.identity.name, policies, boundary, groups, context })
    }

    /// Why the principal is a full administrator, or none when it is not.
    ///
    /// A full administrator has an Allow that spans all services on all resources in every layer, whatever is carved out
    /// of it, and can undo every carve-out, because some way to grant itself more stays open.
    #[must_use]
    pub fn administrator(&self, definition: AdminDefinition) -> Option<Witness> {
        self.administrator_in(definition, &self.context)
    }

    /// As [`Self::administrator`], for somebody who holds only a long-term access key and never gives a second factor.
    #[must_use]
    pub fn administrator_without_mfa(&self, definition: AdminDefinition) -> Option<Witness> {
        // Requests with a long-term key do not carry these keys at all.
        let context = ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"]
            .into_iter()
            .fold(self.context.clone(), |context, key| context.with(key, ContextValue::Absent));
        self.administrator_in(definition, &context)
    }

    fn administrator_in(&self, definition: AdminDefinition, context: &Context) -> Option<Witness> {
        let sources: Vec<&PolicySource<'a>> = match definition {
            AdminDefinition::Effective => self.policies.iter().collect(),
            AdminDefinition::AttachedPolicy => self.policies.iter().filter(|policy| policy.is_attached).collect(),
        };
        let layers = PolicyLayers {
            identity: sources.iter().map(|source| source.document).collect(),
            boundary: self.boundary.filter(|_| definition == AdminDefinition::Effective),
            service_control: Vec::new(),
        };
        let proven = self.spans_and_self_grants(&layers, context, Reading::Certain);
        let (policy, statement) = proven.or_else(|| self.spans_and_self_grants(&layers, context, Reading::Possible))?;
        let source = sources.get(policy)?;
        let found = source.document.statements.get(statement)?;
        let conditional_on = if proven.is_some() { Vec::new() } else { self.undecided_keys(&layers, found) };
        Some(Witness {
            group: source.group.map(str::to_owned),
            policy: source.name.to_owned(),
            statement: found.label(statement),
            conditional_on,
        })
    }

    /// The policy and statement that span everything, if every layer has one and a self-grant stays open.
    fn spans_and_self_grants(
        &self,
        layers: &PolicyLayers<'_>,
        context: &Context,
        reading: Reading,
    ) -> Option<(usize, usize)> {
        let found = spanning(&layers.identity, context, reading)?;
        let limits_span = layers.limits().all(|level| spanning(level, context, reading).is_some());
        (limits_span && self.can_grant_itself(layers, context, reading)).then_some(found)
    }

    /// Whether the principal may put or attach a policy on itself or on a group it is in.
    fn can_grant_itself(&self, layers: &PolicyLayers<'_>, context: &Context, reading: Reading) -> bool {
        let on_user = ["iam:PutUserPolicy", "iam:AttachUserPolicy"].map(|action| (action, self.arn));
        let on_groups = self
            .groups
            .iter()
            .flat_map(|group| ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"].map(|action| (action, *group)));
        on_user.into_iter().chain(on_groups).any(|(action, resource)| {
            layers.decide(&Request { action, resource, context }, reading).decision == Decision::Allowed
        })
    }

    /// The keys of conditions that could not be decided, on the spanning grant or on whatever denies.
    fn undecided_keys(&self, layers: &PolicyLayers<'_>, grant: &Statement) -> Vec<String> {
        let denials = layers
            .identity
            .iter()
            .chain(&layers.boundary)
            .flat_map(|document| &document.statements)
            .filter(|statement| statement.effect == Effect::Deny && statement.action.covers("iam:PutUserPolicy"));
        let boundary = layers.boundary.iter().flat_map(|document| &document.statements);
        let mut keys: Vec<String> = std::iter::once(grant)
            .chain(denials)
            .chain(boundary.filter(|statement| statement.effect == Effect::Allow))
            .flat_map(|statement| &statement.conditions)
            .map(|condition| visible(condition.key.as_str(), 60))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// The principal's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }
}

impl Witness {
    /// How one gets to the grant, as names: user, group if any, policy.
    #[must_use]
    pub fn path(&self, principal: &str) -> Vec<String> {
        let names = [Some(principal), self.group.as_deref(), Some(self.policy.as_str())];
        names.into_iter().flatten().map(str::to_owned).collect()
    }

    /// The path in words, with long names shortened so that an annotation holds it.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = String::new();
        if let Some(group) = &self.group {
            words.push_str(&format!("group {} -> ", visible(group, 40)));
        }
        words.push_str(&format!("policy {}, statement {}", visible(&self.policy, 48), visible(&self.statement, 32)));
        if !self.conditional_on.is_empty() {
            words.push_str(&format!(", if {}", visible(&self.conditional_on.join(", "), 48)));
        }
        words
    }
}

fn add<'a>(
    policies: &mut Vec<PolicySource<'a>>,
    group: Option<&'a str>,
    grants: &'a Grants,
    details: &'a AuthorizationDetails,
) -> Result<(), MissingFact> {
    for policy in &grants.inline {
        let document = policy.document.get()?;
        policies.push(PolicySource { group, name: &policy.name, is_attached: false, document });
    }
    for policy in grants.attached.get()? {
        let document = document(details, &policy.arn)?;
        policies.push(PolicySource { group, name: &policy.name, is_attached: true, document });
    }
    Ok(())
}

fn document<'a>(details: &'a AuthorizationDetails, arn: &crate::arn::Arn) -> Result<&'a PolicyDocument, MissingFact> {
    details.policy(arn)?.details.get()?.document.get()
}

/// The first Allow of a layer that spans all services on all resources.
fn spanning(documents: &[&PolicyDocument], context: &Context, reading: Reading) -> Option<(usize, usize)> {
    documents.iter().enumerate().find_map(|(policy, document)| {
        let spans = |statement: &Statement| {
            let truth = statement.conditions_in(document.version, context);
            let open = truth == Truth::Holds || (truth == Truth::Undecided && reading == Reading::Possible);
            statement.effect == Effect::Allow && open && spans_actions(&statement.action) && spans_resources(statement)
        };
        document.statements.iter().position(spans).map(|statement| (policy, statement))
    })
}

fn spans_actions(element: &ActionElement) -> bool {
    element.covers(FRESH_ACTION)
}

fn spans_resources(statement: &Statement) -> bool {
    match &statement.resource {
        Some(ResourceElement::Resource(patterns)) => patterns.iter().any(|pattern| pattern.is_everything()),
        Some(ResourceElement::NotResource(patterns)) => !patterns.iter().any(|pattern| pattern.is_everything()),
        None => false,
    }
}

/// What requests of a user carry for certain. Everything else may be anything.
fn user_context(user: &User, details: &UserDetails, facts: &Facts) -> Context {
    let single = |text: &str| ContextValue::Single(text.to_owned());
    let mut context = Context::new(OtherKeys::Unknown)
        .with("aws:username", single(&user.identity.name))
        .with("aws:userid", single(&user.identity.id))
        .with("aws:PrincipalArn", single(user.identity.arn.as_str()))
        .with("aws:PrincipalAccount", single(user.identity.arn.account()))
        .with("aws:PrincipalType", single("User"))
        .with("aws:PrincipalIsAWSService", single("false"))
        .with("aws:CurrentTime", ContextValue::Since(facts.as_of))
        .with("aws:EpochTime", ContextValue::Since(facts.as_of));
    for (key, value) in &details.tags {
        context.set(&format!("aws:PrincipalTag/{key}"), single(value));
    }
    context
}
