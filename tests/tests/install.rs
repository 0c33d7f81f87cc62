//! The install guide, followed to the letter against moto, and what it has deployed.

#![expect(clippy::panic, clippy::unwrap_used, reason = "every function here is part of a test")]

mod install {
    mod deployment;
    mod guide;
    mod role;
    mod templates;
}
