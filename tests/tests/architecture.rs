//! The modules of each crate stand in layers, and use only what is below them: no arrow upward, and so no circle.
//!
//! `architecture.json` lists the layers from the bottom up, crate by crate and for the folders that have rooms of their own.
//! What a module uses is read from its files: paths that begin with `crate` or `super`, without comments and tests.

#![expect(clippy::panic, clippy::unwrap_used, reason = "every function here is part of a test")]

#[path = "architecture/surface.rs"]
mod surface;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A folder of modules, with its layers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scope {
    /// The source folder of the crate.
    crate_src: String,
    /// The module whose children are in layers; empty for the crate itself.
    #[serde(default)]
    module: String,
    layers: Vec<Vec<String>>,
}

/// A path of modules from the crate's root, such as `score::compile`.
type ModulePath = Vec<String>;

/// One module's use of another one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: String,
    to: String,
    file: String,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn no_module_uses_what_is_above_it() {
    let text = fs::read_to_string(repository().join("tests/architecture.json")).unwrap();
    let scopes: Vec<Scope> = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for scope in &scopes {
        let place = format!("{} {}", scope.crate_src, scope.module);
        let arrows = arrows(scope);
        let mut layer_of = BTreeMap::new();
        for (height, layer) in scope.layers.iter().enumerate() {
            for module in layer {
                let before = layer_of.insert(module.clone(), height);
                assert_eq!(before, None, "{place}: {module} is listed twice");
            }
        }
        let listed: BTreeSet<String> = layer_of.keys().cloned().collect();
        assert_eq!(listed, modules(scope), "{place}: the modules listed, and those that there are");
        wrong.extend(arrows.iter().filter(|arrow| layer_of[&arrow.to] >= layer_of[&arrow.from]).map(|arrow| {
            let Arrow { from, to, file } = arrow;
            format!("{place}: {from} uses {to}, which is not below it ({file})")
        }));
    }
    assert!(wrong.is_empty(), "{} arrows do not lead downward:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_a_file_uses_is_found() {
    let module = ["score".to_owned(), "report".to_owned()];
    let text = r#"
        //! crate::comment
        use crate::policy::{PolicyDocument, read::{self, Reader}};
        use crate::{json, text::visible};
        use super::{compile::Layer, Share};
        fn it() -> crate::facts::Facts { super::super::config::new("crate::text") }
        #[cfg(test)]
        mod tests { use crate::rules::RULES; }
    "#;
    let used: BTreeSet<String> = uses(text, &module).iter().map(|path| path.join("::")).collect();
    let expected =
        ["config::new", "facts", "json", "policy", "policy::read", "score::compile", "score", "text::visible"];
    assert_eq!(used, expected.map(str::to_owned).into());
}

/// The modules of a scope: its files and folders.
fn modules(scope: &Scope) -> BTreeSet<String> {
    let folder = folder(scope);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir() || is_rust(path));
    let names = names.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    names.filter(|name| !["lib", "main", "tests"].contains(&name.as_str())).collect()
}

fn folder(scope: &Scope) -> PathBuf {
    let below = scope.module.split("::").filter(|part| !part.is_empty());
    below.fold(repository().join(&scope.crate_src), |folder, part| folder.join(part))
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Which modules of a scope use which others.
fn arrows(scope: &Scope) -> BTreeSet<Arrow> {
    let within: ModulePath = scope.module.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let child = |path: &[String]| path.strip_prefix(within.as_slice()).and_then(<[String]>::first).cloned();
    let known = modules(scope);
    let mut arrows = BTreeSet::new();
    for (module, file, text) in files(&repository().join(&scope.crate_src)) {
        let Some(from) = child(&module) else { continue };
        for used in uses(&text, &module) {
            if let Some(to) = child(&used).filter(|to| *to != from && known.contains(to)) {
                arrows.insert(Arrow { from: from.clone(), to, file: file.clone() });
            }
        }
    }
    arrows
}

/// The files of a crate without its tests: module, name and text.
fn files(src: &Path) -> Vec<(ModulePath, String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![src.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if stem == "tests" || folder == src && ["lib", "main"].contains(&stem.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if is_rust(&path) {
                let name = path.strip_prefix(src).unwrap().with_extension("");
                let module = name.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                found.push((module, name.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The modules that a text names by a path from the crate's root or from its own place.
fn uses(text: &str, module: &[String]) -> BTreeSet<ModulePath> {
    let code = without_tests(text);
    let mut used = BTreeSet::new();
    let starts = |word: &str| code.match_indices(word).map(|(at, _)| at).collect::<Vec<_>>();
    for at in starts("crate::") {
        if !preceded_by_name(&code, at) {
            collect(&code[at + "crate::".len()..], Vec::new(), &mut used);
        }
    }
    for at in starts("super::") {
        // The first of several, as in `super::super::name`.
        if preceded_by_name(&code, at) {
            continue;
        }
        let mut base = module.to_vec();
        let mut rest = &code[at..];
        while let Some(after) = rest.strip_prefix("super::") {
            base.pop();
            rest = after;
        }
        collect(rest, base, &mut used);
    }
    used
}

fn preceded_by_name(code: &str, at: usize) -> bool {
    code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
}

/// Reads the rest of a path, with its groups in braces, into the modules that it names.
fn collect(rest: &str, mut base: ModulePath, used: &mut BTreeSet<ModulePath>) {
    let rest = rest.trim_start();
    if let Some(group) = rest.strip_prefix('{') {
        for part in parts(group) {
            collect(part, base.clone(), used);
        }
        return;
    }
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    // Modules are written in small letters; what begins with a capital is inside of one. So are functions, which are not distinguished
    // apart from modules by their names: only those that exist as modules count.
    if name.starts_with(|first: char| first.is_ascii_lowercase()) && name != "self" {
        base.push(name.to_owned());
        match after.strip_prefix("::") {
            Some(more) => collect(more, base, used),
            None => drop(used.insert(base)),
        }
    } else if !base.is_empty() {
        used.insert(base);
    }
}

/// The parts of a group in braces, separated by commas.
fn parts(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// A text without comments, literals and what is compiled for tests alone.
fn without_tests(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let text = text.split("#[cfg(test)]\n        mod tests {").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| without_literals(line) + "\n").collect()
}

fn without_literals(line: &str) -> String {
    line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}
