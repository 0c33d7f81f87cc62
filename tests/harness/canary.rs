//! Marks in what must not come out again (tokens, credentials, documents), and the check of everything that the programs
//! say. The harness puts the marks in and checks what it passes on, so every test takes part.

use serde_json::{Map, Value};

/// The result token of the events.
pub const TOKEN: &str = "planted-canary-result-token";
/// The secret access key of the user who runs a program.
pub const SECRET_ACCESS_KEY: &str = "planted-canary-secret-access-key";
/// The session token that belongs to it.
pub const SESSION_TOKEN: &str = "planted-canary-session-token";
/// What a role of another account wants to be told.
pub const EXTERNAL_ID: &str = "planted-canary-external-id";
/// The `Id` of the policy documents: an element without any meaning, so that nothing that is said of a document names it.
pub const DOCUMENT_ID: &str = "planted-canary-document-id";

/// What every mark begins with, as text and as a list of bytes.
const BEGINNINGS: [&str; 2] = ["planted-canary", "112, 108, 97, 110, 116, 101, 100, 45, 99, 97, 110, 97, 114, 121"];

/// Invalid credentials. Key ids are not secret: AWS writes them into its own logs.
pub const CREDENTIALS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
    ("AWS_SESSION_TOKEN", SESSION_TOKEN),
];

/// Marks a policy document, if it is one and has no id of its own.
pub fn mark(document: &mut Value) {
    if let Value::Object(elements) = document
        && is_document(elements)
    {
        elements.entry("Id").or_insert_with(|| DOCUMENT_ID.into());
    }
}

fn is_document(elements: &Map<String, Value>) -> bool {
    elements.contains_key("Version") || elements.contains_key("Statement")
}

/// A mark in what was said, with what is around it.
#[must_use]
pub fn found_in(said: &str) -> Option<String> {
    let at = BEGINNINGS.iter().find_map(|beginning| said.find(beginning))?;
    let before: Vec<char> = said[..at].chars().rev().take(100).collect();
    Some(before.into_iter().rev().chain(said[at..].chars().take(100)).collect())
}

/// Checks that something is without marks.
///
/// # Panics
/// When it is not.
#[track_caller]
pub fn assert_absent(whose: &str, said: &str) {
    if let Some(found) = found_in(said) {
        panic!("{whose} tells a secret: {found}");
    }
}
