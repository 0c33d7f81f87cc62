//! moto, an independent simulation of AWS.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running moto server.
pub struct Moto {
    process: Child,
    port: u16,
}

/// The only account that moto knows.
pub const ACCOUNT: &str = "123456789012";

/// What moto's root user has.
#[derive(Clone, Copy, Debug)]
pub struct Root {
    /// Whether there is a password.
    pub password: bool,
    /// Whether there is a device for multi-factor authentication.
    pub mfa: bool,
    /// How many access keys there are.
    pub access_keys: u8,
}

impl Moto {
    /// Starts a server with an empty account.
    ///
    /// # Panics
    /// When moto has not been set up.
    #[must_use]
    pub fn start(root: Root) -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = tests.join("../.venv/bin/python");
        assert!(python.exists(), "moto is not set up: run tests/aws/setup.sh first, or use tests/run");
        let root = serde_json::json!({ "password": root.password, "mfa": root.mfa, "access_keys": root.access_keys });
        let mut process = Command::new(python)
            .arg(tests.join("aws/moto_server.py"))
            .arg(root.to_string())
            // The server ends when this end is closed, which it is however the test ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port = port.trim().parse().expect("moto says its port: run tests/aws/setup.sh again if it is damaged");
        Self { process, port }
    }

    /// Gives the account what the rules about trails, recorders and alarms ask for.
    ///
    /// # Panics
    /// When moto does not take it.
    pub fn build_audit(&self, region: &str) {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let built = Command::new(tests.join("../.venv/bin/python"))
            .arg(tests.join("aws/audit_account.py"))
            .args([self.url().as_str(), region])
            .output()
            .expect("Python starts");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }

    /// Where the server is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
