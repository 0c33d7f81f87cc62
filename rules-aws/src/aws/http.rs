//! The HTTP client of every connection.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_sdk_sts::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// One client for all services, with one connector for each pair of time limits.
///
/// The SDK's own makes one more for each service, and reads and parses the system's certificates for every one of them,
/// which is most of what a cold start takes. Services have the same limits; the instance metadata service has shorter ones,
/// which must not hold for a listing of IAM.
pub(crate) fn client() -> SharedHttpClient {
    let made = Made::default();
    http_client_fn(move |settings, _| made.connector(settings))
}

/// The connectors that were made, by how long a connection and the first byte of an answer may take.
#[derive(Default)]
struct Made(Mutex<BTreeMap<Limits, SharedHttpConnector>>);

/// To a connection, and from there to the first byte.
type Limits = (Option<Duration>, Option<Duration>);

impl Made {
    fn connector(&self, settings: &HttpConnectorSettings) -> SharedHttpConnector {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || SharedHttpConnector::new(Connectors::new(settings.clone()));
        made.entry((settings.connect_timeout(), settings.read_timeout())).or_insert_with(new).clone()
    }
}

/// A connector for each scheme, made when the first request needs it: an endpoint without TLS needs no certificates.
#[derive(Debug)]
struct Connectors {
    settings: HttpConnectorSettings,
    /// Whether there may be a proxy, which may ask for TLS whatever is behind it.
    has_proxy: bool,
    with_tls: OnceLock<Connector>,
    without_tls: OnceLock<Connector>,
}

impl Connectors {
    fn new(settings: HttpConnectorSettings) -> Self {
        let has_proxy =
            std::env::vars_os().any(|(name, _)| name.to_string_lossy().to_ascii_lowercase().ends_with("_proxy"));
        Self { settings, has_proxy, with_tls: OnceLock::new(), without_tls: OnceLock::new() }
    }

    fn builder(&self) -> ConnectorBuilder {
        let mut builder = ConnectorBuilder::default();
        builder.set_connector_settings(Some(self.settings.clone()));
        builder.set_proxy_config(Some(ProxyConfig::from_env()));
        builder
    }

    fn with_tls(&self) -> &Connector {
        self.with_tls.get_or_init(|| self.builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).build())
    }
}

impl HttpConnector for Connectors {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().starts_with("http://") && !self.has_proxy {
            return self.without_tls.get_or_init(|| self.builder().build_http()).call(request);
        }
        self.with_tls().call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_keeps_its_own_time_limits() {
        let limited = |seconds| HttpConnectorSettings::builder().read_timeout(Duration::from_secs(seconds)).build();
        let made = Made::default();
        for seconds in [1, 60, 1] {
            let connector = format!("{:?}", made.connector(&limited(seconds)));
            assert!(connector.contains(&format!("Some({seconds}s)")), "{connector}");
        }
        assert_eq!(made.0.lock().unwrap().len(), 2);
    }
}
