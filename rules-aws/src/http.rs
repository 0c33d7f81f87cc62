//! The HTTP client of every connection.

use std::sync::OnceLock;

use aws_sdk_sts::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};

/// One connector for all services, made at the first request.
///
/// The SDK's own client makes one more for each service, and reads and parses the system's certificates for every one of
/// them, which is most of what a cold start takes.
pub(crate) fn client() -> SharedHttpClient {
    let made = OnceLock::<SharedHttpConnector>::new();
    http_client_fn(move |settings, _| made.get_or_init(|| SharedHttpConnector::new(connector(settings))).clone())
}

fn connector(settings: &HttpConnectorSettings) -> Connector {
    let mut builder = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::Ring));
    builder.set_connector_settings(Some(settings.clone()));
    builder.set_proxy_config(Some(ProxyConfig::from_env()));
    builder.build()
}
