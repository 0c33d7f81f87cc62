//! Ways through an identity provider that a role trusts.

use super::account::Principal;
use super::requester::Requester;
use super::way::{Way, best};
use crate::permissions::saml_providers;

/// Whoever may replace the metadata of a SAML provider, and with them its certificates, signs what the provider asserts.
pub(super) fn role(by: &Requester<'_>, target: &Principal<'_>) -> Option<Way> {
    if !by.has("iam:UpdateSAMLProvider") {
        return None;
    }
    let trust = target.trust()?.ok()?;
    best(saml_providers(trust).into_iter().filter_map(|(provider, truth)| {
        let way = by.ask("iam:UpdateSAMLProvider", provider, &[])?.way("update-saml-provider");
        Some(way.depends_on(truth, || format!("the conditions on which {} is assumed", target.in_words())))
    }))
}
