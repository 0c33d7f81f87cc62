//! The AWS Lambda function behind the AWS Config rules.

mod handler;
mod logging;
mod metrics;

use handler::Function;
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::start();
    // Before the first invocation: Lambda gives start-up a whole processor.
    let function = &Function::start()?;
    run(service_fn(|event| function.invoke(event))).await
}
