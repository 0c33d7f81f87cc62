//! The HTTP client of every connection.

use std::sync::OnceLock;

use aws_sdk_sts::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// One client for all services, made at the first request.
///
/// The SDK's own makes one more for each service, and reads and parses the system's certificates for every one of them,
/// which is most of what a cold start takes.
pub(crate) fn client() -> SharedHttpClient {
    let made = OnceLock::<SharedHttpConnector>::new();
    http_client_fn(move |settings, _| {
        made.get_or_init(|| SharedHttpConnector::new(Connectors::new(settings.clone()))).clone()
    })
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
