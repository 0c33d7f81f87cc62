//! Changing identity providers: those that a role trusts, and IAM Identity Center.

use super::Becoming;
use crate::decision::Truth;
use crate::paths::PathId;
use crate::policy::{Effect, PolicyDocument, PrincipalElement, PrincipalKind, Principals};
use crate::reach::action::{Action, Mask};
use crate::reach::principal::{Factor, Principal};
use crate::reach::request::{Request, Requester};
use crate::reach::way::{Permit, Way, best};

const ADD_CLIENT: Action = Action::named("iam:AddClientIDToOpenIDConnectProvider");
const ATTACH_TO_SET: Action = Action::named("sso:AttachManagedPolicyToPermissionSet");
const CREATE_ASSIGNMENT: Action = Action::named("sso:CreateAccountAssignment");
const CREATE_MEMBERSHIP: Action = Action::named("identitystore:CreateGroupMembership");
const CREATE_OIDC: Action = Action::named("iam:CreateOpenIDConnectProvider");
const CREATE_SAML: Action = Action::named("iam:CreateSAMLProvider");
const CREATE_SET: Action = Action::named("sso:CreatePermissionSet");
const DELEGATE: Action = Action::named("iam:CreateDelegationRequest");
const DELETE_SAML: Action = Action::named("iam:DeleteSAMLProvider");
const PUT_ON_SET: Action = Action::named("sso:PutInlinePolicyToPermissionSet");
const UPDATE_SAML: Action = Action::named("iam:UpdateSAMLProvider");
const UPDATE_THUMBPRINT: Action = Action::named("iam:UpdateOpenIDConnectProviderThumbprint");

/// The actions that begin a way to a role that exists, by which a way is found.
pub(in crate::reach) const FIRST: Mask = Mask::of(&[
    ADD_CLIENT,
    CREATE_ASSIGNMENT,
    CREATE_MEMBERSHIP,
    CREATE_OIDC,
    CREATE_SAML,
    UPDATE_SAML,
    UPDATE_THUMBPRINT,
]);
/// The actions that may lead to anything at all.
pub(in crate::reach) const ANYTHING: Mask = Mask::of(&[ATTACH_TO_SET, CREATE_SET, DELEGATE, PUT_ON_SET]);

/// Where Identity Center keeps its roles in an account.
const OF_IDENTITY_CENTER: &str = "role/aws-reserved/sso.amazonaws.com/";

/// The ways to get a session of a role through an identity provider.
pub(in crate::reach) fn ways<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Vec<Becoming> {
    if !by.actions.meets(FIRST) {
        return Vec::new();
    }
    let found = saml(by, target).into_iter().chain(oidc(by, target)).chain(identity_center(by, target));
    best(found).map(|way| Becoming { way, factor: Factor::Refused }).into_iter().collect()
}

/// The step that leads to any principal, if a person with more control approves it.
pub(in crate::reach) fn anything(by: &Requester<'_, '_>) -> Option<Way> {
    if !by.actions.meets(ANYTHING) {
        return None;
    }
    let sets = || {
        let create = Way::empty(PathId::named("sso-001"));
        let create = [CREATE_SET, ATTACH_TO_SET, CREATE_ASSIGNMENT]
            .into_iter()
            .try_fold(create, |way, action| Some(way.with(by.somewhere(action, &[])?)));
        let changed = [(ATTACH_TO_SET, "sso-002"), (PUT_ON_SET, "sso-003")].map(|(action, path)| {
            let path = if path == "sso-002" { PathId::named("sso-002") } else { PathId::named("sso-003") };
            Some(by.somewhere(action, &[])?.way(path))
        });
        create.into_iter().chain(changed.into_iter().flatten()).next().map(needing)
    };
    let delegated = || Some(needing(by.somewhere(DELEGATE, &[])?.way(PathId::named("delegation-request"))));
    by.account.is_in_identity_center.then(sets).flatten().or_else(delegated)
}

/// The way, which depends on what its path needs.
fn needing(way: Way) -> Way {
    let need = way.path.path().and_then(|path| path.needs.first());
    match need {
        Some(need) => way.unless_known(|| (*need).to_owned()),
        None => way,
    }
}

/// Who may replace the metadata of a SAML provider, and with them its certificates, signs what the provider asserts.
fn saml<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Option<Way> {
    let trust = target.trust()?.ok()?;
    // The owner of the provider chooses the values of the SAML keys.
    let named = federated(trust, "sts:AssumeRoleWithSAML", |key, _| key.starts_with("saml:"));
    best(named.into_iter().flat_map(|(provider, truth)| {
        let ask = |action| by.permit(&Request::on(action, provider, &[]));
        let updated = ask(UPDATE_SAML).map(|permit| permit.way(PathId::named("update-saml-provider")));
        let both = ask(CREATE_SAML).zip(ask(DELETE_SAML));
        let replaced = both.map(|(create, delete)| delete.way(PathId::named("replace-saml-provider")).with(create));
        let created = ask(CREATE_SAML).map(|permit| needing(permit.way(PathId::named("create-saml-provider"))));
        let found = [updated, replaced, created].into_iter().flatten();
        found.map(move |way| way.depends_on(truth, || conditions_on(target))).collect::<Vec<_>>()
    }))
}

/// What a provider of OpenID Connect says is not up to those who may change its record in IAM alone.
fn oidc<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Option<Way> {
    let trust = target.trust()?.ok()?;
    let named = federated(trust, "sts:AssumeRoleWithWebIdentity", |_, _| false);
    best(named.into_iter().filter(|(provider, _)| provider.contains(":oidc-provider/")).flat_map(
        |(provider, truth)| {
            let ask = |action, path| Some(needing(by.permit(&Request::on(action, provider, &[]))?.way(path)));
            let found = [
                ask(ADD_CLIENT, PathId::named("add-oidc-client")),
                ask(CREATE_OIDC, PathId::named("create-oidc-provider")),
                ask(UPDATE_THUMBPRINT, PathId::named("update-oidc-thumbprint")),
            ];
            found
                .into_iter()
                .flatten()
                .map(move |way| way.depends_on(truth, || conditions_on(target)))
                .collect::<Vec<_>>()
        },
    ))
}

/// Who administers Identity Center gives the roles that it keeps in the account to whom it likes.
fn identity_center(by: &Requester<'_, '_>, target: &Principal<'_>) -> Option<Way> {
    if !target.identity.arn.resource().starts_with(OF_IDENTITY_CENTER) {
        return None;
    }
    let way = |permit: Option<Permit>, path| Some(needing(permit?.way(path)));
    let joined = way(by.somewhere(CREATE_MEMBERSHIP, &[]), PathId::named("identity-center-membership"));
    joined.or_else(|| way(by.somewhere(CREATE_ASSIGNMENT, &[]), PathId::named("identity-center-assignment")))
}

/// Whether Identity Center keeps anything in the account. It makes a role of its own in every account that it manages.
pub(in crate::reach) fn is_of_identity_center(role: &Principal<'_>) -> bool {
    let resource = role.identity.arn.resource();
    resource.starts_with(OF_IDENTITY_CENTER) || resource.starts_with("role/aws-service-role/sso.amazonaws.com/")
}

fn conditions_on(target: &Principal<'_>) -> String {
    format!("the conditions on which {} is assumed", target.in_words())
}

/// The identity providers that a trust policy names for an action, and whether the owner of one of them is let in:
/// what is asked for under keys that it sets itself, it says.
pub(in crate::reach) fn federated<'t>(
    trust: &'t PolicyDocument,
    action: &str,
    sets: impl Fn(&str, &str) -> bool,
) -> Vec<(&'t str, Truth)> {
    let about = || trust.statements.iter().filter(|statement| statement.action.covers(action));
    let is_denied = about().any(|statement| statement.effect == Effect::Deny);
    let mut providers = Vec::new();
    for statement in about().filter(|statement| statement.effect == Effect::Allow) {
        let Some(PrincipalElement::Principal(Principals::Listed(listed))) = &statement.principal else { continue };
        for principal in listed.iter().filter(|principal| principal.kind == PrincipalKind::Federated) {
            let provider = principal.value.as_str();
            let is_met = statement.conditions.iter().all(|condition| sets(condition.key.lower(), provider));
            providers.push((provider, if is_met && !is_denied { Truth::Holds } else { Truth::Undecided }));
        }
    }
    providers
}
