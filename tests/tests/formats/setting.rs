use std::path::Path;

use rules_tests::account::{Account, write};
use rules_tests::command::{Finished, rules_cli};
use serde_json::json;
use tempfile::TempDir;

/// What IAM allows in names, and from the fifth on what it does not: a file may hold it, but no credential report does.
pub(super) const NAMES: [&str; 8] = [
    "=1+1,2",
    "+sum",
    "-1",
    "@eve",
    "a|b`c*_d_[e](https://www.f.example)",
    "\"><script>alert(1)</script>&amp;'",
    "]]>{0}\\",
    "\u{1b}[2J\u{202e}\u{85}x",
];

/// An account with verdicts of every state, one of them by exception, and with something that cannot be read.
pub(super) struct Setting {
    folder: TempDir,
    exceptions: tempfile::NamedTempFile,
}

impl Setting {
    pub(super) fn new() -> Self {
        let mut users = json!({
            "ada": { "inline": { "all": ["Allow * on *"] }, "credentials": ["password", "mfa"] },
            "bob": { "inline": { "torn": "{" }, "credentials": ["password"] },
            "cyd": { "inline": { "all": ["Allow * on *"] }, "credentials": ["password"] },
            "dan": {},
        });
        for name in NAMES {
            let statement = json!({ "Sid": name, "Effect": "Allow", "Action": "*", "Resource": "*" });
            users[name] =
                json!({ "path": format!("/{name}/"), "inline": { name: [statement] }, "credentials": ["password"] });
        }
        let account: Account = serde_json::from_value(json!({
            "users": users,
            "report": { "root": ["password", "mfa"], "without": NAMES[4..] },
            "files": { "account-summary.json": "<html>" },
        }))
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(&account.files(), folder.path());
        let exceptions = tempfile::NamedTempFile::new().unwrap();
        let exception = "[[exception]]\nrule = \"admin-user-mfa-enabled\"\nresource = \"cyd\"\nowner = \"=<b>ops</b>|\"\n\
                         reason = \"@all ](x)\"\nexpires = 2026-12-31\n";
        std::fs::write(exceptions.path(), exception).unwrap();
        Self { folder, exceptions }
    }

    pub(super) fn evaluate(&self, format: &str) -> Finished {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let (input, exceptions) = (path(self.folder.path()), path(self.exceptions.path()));
        let mut arguments = vec!["evaluate", "--input", &input, "--exceptions", &exceptions, "--format", format];
        arguments.extend(["--account", rules_tests::account::ACCOUNT]);
        arguments.extend(["--as-of", "2026-01-31T12:00:00Z", "--rule", "root-mfa-enabled"]);
        arguments.extend(["--rule", "admin-user-mfa-enabled", "--rule", "policy-least-privilege"]);
        let finished = rules_cli(arguments, &[]);
        assert!(finished.code == 2 && !finished.stdout.is_empty(), "{}", finished.stderr);
        finished
    }
}
