//! An account that is built in moto through the AWS API. The command line on the live account, the command line on what
//! it collected, and the function give the same verdicts.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

mod moto {
    mod account;
    mod score;
    mod security_hub;
    mod verdicts;
}
