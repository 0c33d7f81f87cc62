//! The public surface of the core, as a list that is kept: a change of it is seen in review.
//!
//! The list is read from the sources, which rustfmt has formatted. The lint `unreachable_pub` holds that whatever is `pub` can be
//! reached from outside. `RULES_SURFACE=write` writes the list.

use std::collections::BTreeSet;
use std::fs;

use super::{files, repository};

const LIST: &str = "tests/public_surface.txt";

#[test]
fn the_public_surface_is_the_one_that_is_listed() {
    let src = repository().join("rules-core/src");
    let mut surface = BTreeSet::new();
    let lib = ("crate".to_owned(), fs::read_to_string(src.join("lib.rs")).unwrap());
    let of_files =
        files(&src).into_iter().filter(|(module, ..)| module.first().is_none_or(|name| name != "slow_search"));
    for (name, text) in of_files.map(|(module, _, text)| (module.join("::"), text)).chain([lib]) {
        surface.extend(items(&text).into_iter().map(|item| format!("{name}: {item}")));
    }
    let list = surface.into_iter().collect::<Vec<_>>().join("\n") + "\n";
    let path = repository().join(LIST);
    if std::env::var_os("RULES_SURFACE").is_some_and(|value| value == "write") {
        fs::write(&path, &list).unwrap();
    }
    let listed = fs::read_to_string(&path).unwrap_or_default();
    let (listed, found): (BTreeSet<&str>, BTreeSet<&str>) = (listed.lines().collect(), list.lines().collect());
    let change =
        |sign, items: BTreeSet<&&str>| items.into_iter().map(|item| format!("{sign} {item}\n")).collect::<String>();
    let gone = change('-', listed.difference(&found).collect());
    let new = change('+', found.difference(&listed).collect());
    assert!(
        gone.is_empty() && new.is_empty(),
        "the public surface has changed; `RULES_SURFACE=write cargo test --workspace --test architecture` writes {LIST}:\n{gone}{new}"
    );
}

#[test]
fn public_items_are_found() {
    let text = r"
//! A module.
pub use thing::{Thing, Other};
mod thing;
/// A thing.
#[derive(Debug)]
#[non_exhaustive]
pub struct Thing {
    /// A field.
    pub field: u8,
    own: u8,
}
pub enum Kind {
    One,
    Two(u8),
}
impl Thing {
    /// Does it.
    pub fn act(
        &self,
        times: usize,
    ) -> bool {
        let pub_like = true;
        pub_like
    }
    fn own(&self) {}
}
impl fmt::Display for Thing {
    fn fmt(&self) {}
}
#[cfg(test)]
pub fn for_tests() {}
pub(crate) fn inside() {}
";
    let expected = [
        "pub use thing::{Thing, Other};",
        "#[non_exhaustive] pub struct Thing",
        "Thing { pub field: u8 }",
        "pub enum Kind",
        "Kind { One }",
        "Kind { Two(u8) }",
        "impl Thing { pub fn act( &self, times: usize, ) -> bool }",
        "impl fmt::Display for Thing",
    ];
    assert_eq!(items(text), expected);
}

/// The public items of a file, in order.
fn items(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let is_code = |line: &&str| !line.trim_start().starts_with("//") && !line.trim().is_empty();
    let mut lines = text.lines().filter(is_code);
    let mut items = Vec::new();
    let mut attributes = String::new();
    // The item whose members follow: its name, and whether all of them are public.
    let mut within: Option<(String, bool)> = None;
    while let Some(line) = lines.next() {
        let code = line.trim();
        if code.starts_with("#[") {
            attributes.push_str(code);
            continue;
        }
        let attributes = std::mem::take(&mut attributes);
        let marks = ["#[non_exhaustive]", "#[doc(hidden)]", "#[default]"];
        let marks: String =
            marks.iter().filter(|mark| attributes.contains(**mark)).map(|mark| format!("{mark} ")).collect();
        let is_for_tests = attributes.contains("cfg(test)");
        let indent = line.len() - line.trim_start().len();
        let is_public = code.starts_with("pub ");
        match (indent, &within) {
            (0, _) => {
                within = None;
                let header = header(code, &mut lines);
                let name = || header.split(['<', '(', ' ']).nth(2).unwrap_or_default().to_owned();
                if is_for_tests {
                    continue;
                }
                if is_public {
                    items.push(format!("{marks}{header}"));
                    if !header.ends_with(';') {
                        let all = header.starts_with("pub enum") || header.starts_with("pub trait");
                        within = (all || header.starts_with("pub struct")).then(|| (name(), all));
                    }
                } else if header.starts_with("impl") {
                    match header.contains(" for ") {
                        true => items.push(header),
                        false => within = Some((header, false)),
                    }
                }
            }
            (4, Some((name, all))) if !is_for_tests && (is_public || *all && !code.starts_with('}')) => {
                let member = header(code, &mut lines);
                let member = member.trim_end_matches(',').to_owned();
                items.push(format!("{name} {{ {marks}{member} }}"));
            }
            _ => {}
        }
    }
    items
}

/// An item up to its body.
fn header<'t>(first: &'t str, lines: &mut impl Iterator<Item = &'t str>) -> String {
    let mut header = first.to_owned();
    let is_use = first.starts_with("pub use") || first.starts_with("use");
    let is_whole = |header: &str| match is_use {
        true => header.ends_with(';'),
        false => {
            header.ends_with([';', '{', ',']) && header.matches('(').count() == header.matches(')').count()
                || header.ends_with('}')
        }
    };
    while !is_whole(&header) {
        let Some(next) = lines.next() else { break };
        header.push(' ');
        header.push_str(next.trim());
    }
    // A constant's value, and a body on the same line, are no part of the surface.
    let end =
        if is_use { header.len() } else { header.find(" = ").or_else(|| header.find(" {")).unwrap_or(header.len()) };
    header[..end].trim_end_matches(" {").to_owned()
}
