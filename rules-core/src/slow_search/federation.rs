//! Ways through an identity provider that a role trusts.

use super::account::SlowPrincipal;
use super::requester::SlowRequester;
use super::way::{SlowWay, best};
use crate::permissions::saml_providers;

/// Whoever may replace the metadata of a SAML provider, and with them its certificates, signs what the provider asserts.
pub(super) fn role(by: &SlowRequester<'_>, target: &SlowPrincipal<'_>) -> Option<SlowWay> {
    if !by.has("iam:UpdateSAMLProvider") {
        return None;
    }
    let trust = target.trust()?.ok()?;
    best(saml_providers(trust).into_iter().filter_map(|(provider, truth)| {
        let way = by.ask("iam:UpdateSAMLProvider", provider, &[])?.way("update-saml-provider");
        Some(way.depends_on(truth, || format!("the conditions on which {} is assumed", target.in_words())))
    }))
}
