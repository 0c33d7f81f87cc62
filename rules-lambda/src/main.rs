//! The AWS Lambda function behind the AWS Config rules.

mod handler;
mod logging;
mod memory;
mod metrics;
mod payload;

use std::process::ExitCode;

use handler::Function;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    logging::start();
    // Before the first invocation: Lambda gives start-up a whole processor.
    let function = &match Function::start() {
        Ok(function) => function,
        Err(error) => {
            tracing::error!(%error, "the function cannot start");
            return ExitCode::FAILURE;
        }
    };
    let runtime = Runtime::new(service_fn(|event| function.invoke(event)));
    match runtime.layer(MapRequestLayer::new(payload::undecoded)).layer(TracingLayer::new()).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the runtime ended");
            ExitCode::FAILURE
        }
    }
}
