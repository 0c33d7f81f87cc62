//! Logs as JSON lines, without secrets and documents.
//!
//! The level is capped at DEBUG when this crate is compiled: at TRACE the runtime would log events and the SDK
//! requests, and both contain the result token.

use std::panic::PanicHookInfo;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The crates that know what they log. All others are heard from WARN up.
const OWN: [&str; 3] = [env!("CARGO_CRATE_NAME"), "rules_aws", "rules_core"];

/// Starts logging at the level that Lambda's configuration asks for.
pub(crate) fn start() {
    let level = level(std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().as_deref());
    let filter = OWN
        .iter()
        .fold(Targets::new().with_default(level.min(LevelFilter::WARN)), |filter, own| filter.with_target(*own, level))
        // The span with the request's id.
        .with_target("lambda_runtime", level.min(LevelFilter::INFO))
        // Says failures and panics a second time, and a panic with its message.
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false);
    tracing_subscriber::registry().with(lines).with(filter).init();
    std::panic::set_hook(Box::new(log_panic));
}

/// The message may hold anything that the program had in its hands; the place is enough to find the defect.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place = place.as_deref().unwrap_or("unknown"), "panic");
}

fn level(name: Option<&str>) -> LevelFilter {
    match name.unwrap_or_default().trim().to_ascii_uppercase().as_str() {
        "TRACE" | "DEBUG" => LevelFilter::DEBUG,
        "WARN" | "WARNING" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::LevelFilter;

    use super::level;

    #[test]
    fn no_level_reveals_requests() {
        for name in [None, Some("TRACE"), Some("trace"), Some("debug"), Some("nonsense")] {
            assert!(level(name) <= LevelFilter::DEBUG, "{name:?}");
        }
        assert!(tracing::level_filters::STATIC_MAX_LEVEL <= LevelFilter::DEBUG);
    }
}
