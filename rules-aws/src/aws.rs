//! Connections to AWS: credentials, clients, the operations that the code calls, and error messages.

pub(crate) mod clients;
#[cfg(feature = "profiles")]
pub(crate) mod connect;
pub(crate) mod environment;
pub(crate) mod error;
mod http;
#[cfg(test)]
pub(crate) mod loopback;
pub(crate) mod member_role;
pub(crate) mod operation;
pub(crate) mod sdk_time;
pub(crate) mod watch;
mod whole_answers;
