//! Blocks of commands that no test follows say why.

use super::blocks::{self, Block};
use super::{pages, read, repository};

/// Followed by `tests/tests/install`.
const INSTALL: &str = "docs/install.md";

/// For contributors, who have a compiler.
const COMPILES: [&str; 6] = [
    "CONTRIBUTING.md",
    "README.md",
    "docs/development.md",
    "docs/embedding.md",
    "docs/performance.md",
    "docs/releasing.md",
];

#[test]
fn every_command_is_run_or_says_what_it_needs() {
    let followed = include_str!("follow.rs");
    let ci = read(".ci/run") + &read("tests/run");
    for page in pages() {
        for block in blocks::of(&page).into_iter().filter(|block| block.language == "sh") {
            let place = format!("{page}: line {}", block.line);
            let marked = |mark: &str| block.introduction.contains(mark);
            match block.marks.as_str() {
                _ if page.starts_with("rules-core/src/rules/") => assert_of_an_account(&place, &block),
                "real-account" => assert!(marked("*(real account)*"), "{place}"),
                "release" => assert!(marked("*(release)*"), "{place}"),
                "ci" => assert!(
                    page == INSTALL || block.commands().iter().all(|line| ci.contains(line.as_str())),
                    "{place}"
                ),
                "toolchain" => {
                    assert!(COMPILES.contains(&page.as_str()) || marked("*(compiles)*"), "{place}");
                    block.commands().iter().for_each(|line| assert_there(&place, line));
                }
                _ => {
                    assert!(block.exit().is_some(), "{place}: who runs `{}`?", block.marks);
                    assert!(
                        page == INSTALL || followed.contains(&format!("follow(\"{page}\")")),
                        "{place} is not followed"
                    );
                }
            }
        }
    }
}

/// What the rules' pages say under "How to fix" changes an account, which the index says of all of them.
fn assert_of_an_account(place: &str, block: &Block) {
    assert!(read("docs/README.md").contains("\"How to fix\" change an account"));
    let first = block.commands().remove(0);
    assert!(["aws ", "rules-cli "].iter().any(|program| first.starts_with(program)), "{place}: {first}");
}

/// What a command that compiles names is there: scripts, packages, tests, examples.
fn assert_there(place: &str, line: &str) {
    let words: Vec<&str> = line.split_whitespace().skip_while(|word| word.contains('=')).collect();
    let program = words[0];
    if program != "cargo" {
        let path = repository().join(program);
        return assert!(path.is_file(), "{place}: there is no {program}");
    }
    for pair in words.windows(2).take_while(|pair| pair[0] != "--") {
        let found = match pair[0] {
            "-p" | "--package" => {
                let folder = if pair[1] == "rules-tests" { "tests" } else { pair[1] };
                repository().join(folder).join("Cargo.toml").is_file()
            }
            "--test" => ["tests/tests", "rules-cli/tests"].iter().any(|folder| {
                let folder = repository().join(folder);
                folder.join(format!("{}.rs", pair[1])).is_file() || folder.join(pair[1]).join("main.rs").is_file()
            }),
            "--bench" => repository().join(format!("tests/benches/{}.rs", pair[1])).is_file(),
            "--bin" => read("tests/Cargo.toml").contains(&format!("name = \"{}\"", pair[1])),
            "--example" => ["rules-core", "rules-lambda"]
                .iter()
                .any(|package| repository().join(format!("{package}/examples/{}.rs", pair[1])).is_file()),
            _ => true,
        };
        assert!(found, "{place}: there is no {} {}", pair[0], pair[1]);
    }
}
