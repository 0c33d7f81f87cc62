//! The AWS Lambda function behind the AWS Config rules.

mod handler;
mod logging;
mod metrics;

use std::process::ExitCode;

use handler::Function;
use lambda_runtime::{run, service_fn};

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
    match run(service_fn(|event| function.invoke(event))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the runtime has ended");
            ExitCode::FAILURE
        }
    }
}
