//! The program under test, and accounts for it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rules_tests::account::{Account, write};
use rules_tests::canary;
use serde_json::Value;

/// What a run left behind.
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn run(arguments: &[&str]) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rules-cli"));
    command.args(arguments).env_clear().envs(canary::CREDENTIALS).stdin(Stdio::null());
    let output = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Finished { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The files of an account in a folder of one test's own.
pub(crate) fn account(name: &str, account: Value) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let account: Account = serde_json::from_value(account).unwrap();
    write(&account.files(), &folder);
    folder
}

/// The page of an account as of a fixed moment.
pub(crate) fn page(folder: &Path, more: &[&str]) -> String {
    let path = folder.to_str().unwrap();
    let arguments = ["evaluate", "--input", path, "--as-of", "2026-01-31T12:00:00Z", "--format", "html"];
    let finished = run(&[&arguments, more].concat());
    assert!(!finished.stdout.is_empty(), "{}", finished.stderr);
    finished.stdout
}

/// The section of a page with this id, as text.
pub(crate) fn section(page: &str, id: &str) -> String {
    let start = page.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}"));
    let mut depth = 0;
    let mut end = start;
    for (at, _) in page[start..].match_indices('<').map(|(at, tag)| (start + at, tag)) {
        if page[at..].starts_with("<section") {
            depth += 1;
        } else if page[at..].starts_with("</section") {
            depth -= 1;
        }
        end = at;
        if depth == 0 {
            break;
        }
    }
    text(&page[start..end])
}

/// What a part of a page says.
pub(crate) fn text(part: &str) -> String {
    let mut text = String::new();
    for (index, piece) in part.split('<').enumerate() {
        let said = if index == 0 { piece } else { piece.split_once('>').map_or("", |(_, said)| said) };
        text.push_str(said);
        text.push(' ');
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
