//! How the released function starts and answers, beside a function that does nothing.
//!
//! ```sh
//! rules-lambda/release/build --example empty
//! cargo bench -p rules-tests --bench function
//! ```

#![expect(clippy::unwrap_used, reason = "whatever fails here ends the measurement")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use rules_tests::account::{ACCOUNT, Account};
use rules_tests::details::Fields;
use rules_tests::event::{Change, Envelope, item};
use rules_tests::fake_aws::FakeAws;
use rules_tests::runtime_api::Function;
use serde_json::{Map, Value, json};

const ROUNDS: usize = 41;
const WARM: usize = 1_000;
const TOKEN: &str = "token";

fn account() -> Account {
    let grants = json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}]);
    serde_json::from_value(json!({"id": ACCOUNT, "roles": {"app": {"inline": {"read": grants}}}})).unwrap()
}

/// A change of a role, which is judged by what is in the event.
fn change() -> Value {
    let change = Change {
        resource_type: "AWS::IAM::Role".to_owned(),
        name: "app".to_owned(),
        left_scope: false,
        configuration: Fields::default(),
        item: Map::new(),
    };
    let parameters = Default::default();
    let envelope = Envelope { account: ACCOUNT, rule: "policy-least-privilege", parameters: &parameters, token: TOKEN };
    envelope.change(&item(&account(), &change), false)
}

struct Measured {
    cold: Duration,
    memory: u64,
}

/// From the start of the process to its first answer, and its memory after a few more.
fn measure(program: &Path, event: &Value) -> Measured {
    let aws = FakeAws::start(&account());
    aws.issue_token(TOKEN);
    let function = Function::start_program(program, &aws.url(), &[("AWS_LAMBDA_LOG_LEVEL", "INFO")]);
    function.invoke(event).assert_ok();
    let cold = function.since_start();
    for _ in 0..20 {
        function.invoke(event).assert_ok();
    }
    Measured { cold, memory: function.peak_memory() }
}

/// How long a warm function takes for an event, its calls included.
fn warm(program: &Path, event: &Value) -> Duration {
    let aws = FakeAws::start(&account());
    aws.issue_token(TOKEN);
    let function = Function::start_program(program, &aws.url(), &[("AWS_LAMBDA_LOG_LEVEL", "INFO")]);
    let time = || {
        let start = std::time::Instant::now();
        function.invoke(event).assert_ok();
        start.elapsed()
    };
    median((0..WARM).map(|_| time()).collect())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let built = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/dist");
    let programs = [("empty", built.join("function/examples/empty")), ("rules", built.join("bootstrap"))];
    for (_, program) in &programs {
        assert!(program.exists(), "{} is missing: the commands are in this file", program.display());
    }
    let event = change();
    // In turns, so that both see the same machine.
    let mut measured = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for ((_, program), measured) in programs.iter().zip(&mut measured) {
            measured.push(measure(program, &event));
        }
    }
    let colds = measured.each_ref().map(|all| median(all.iter().map(|one| one.cold).collect()));
    for (((name, program), measured), cold) in programs.iter().zip(&measured).zip(colds) {
        let memory = measured.iter().map(|one| one.memory).max().unwrap();
        println!("{name}: {cold:.2?} to the first answer, {memory} KiB, {:.2?} warm", warm(program, &event));
    }
    println!("{:.1} times the empty function", colds[1].as_secs_f64() / colds[0].as_secs_f64());
}
