//! Pages that are followed word by word, in an empty folder, with nothing of this machine's configuration.

use std::path::Path;
use std::process::{Command, Stdio};

use rules_tests::canary;
use rules_tests::scratch::folder;

use super::blocks::{self, Block};
use super::{read, repository, writes};

/// Stands between what the blocks print.
const BETWEEN: &str = "=== the exit code was ";

/// Follows a page: every block ends with its exit code, and prints what stands below it.
fn follow(page: &str) {
    let blocks = blocks::of(page);
    let run: Vec<usize> = (0..blocks.len()).filter(|at| blocks[*at].exit().is_some()).collect();
    assert!(!run.is_empty(), "{page} has no commands to run");
    follow_blocks(page, &blocks, &run);
}

/// Runs these blocks of a page.
fn follow_blocks(page: &str, blocks: &[Block], run: &[usize]) {
    let outputs = outputs(page, run.iter().map(|at| &blocks[*at]).collect());
    let mut written = Vec::new();
    for (at, (output, code)) in run.iter().zip(outputs) {
        let block = &blocks[*at];
        assert_eq!(Some(code), block.exit(), "{page}: line {}: the commands print\n{output}", block.line);
        let Some(shown) = blocks.get(at + 1).filter(|next| next.language == "text") else { continue };
        let output = output.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>();
        if writes() {
            written.push((shown, output));
        } else {
            assert_eq!(shown.text, output, "{page}: line {}: run docs/update", shown.line);
        }
    }
    if writes() {
        write(page, &written);
    }
}

/// What each block prints, and the code that it ends with. All of them are run in one shell, as a reader does.
fn outputs(page: &str, blocks: Vec<&Block>) -> Vec<(String, i32)> {
    let mut script = "set -uE -o pipefail\ntrap 'failed=$?' ERR\n".to_owned();
    for block in blocks {
        script.push_str(&format!("failed=0\n{{\n{}}} 2>&1\nprintf '\\n{BETWEEN}%d\\n' \"$failed\"\n", block.text));
    }
    let home = folder(env!("CARGO_TARGET_TMPDIR"));
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docs");
    let before = tests.join(format!("before/{}.sh", Path::new(page).file_stem().unwrap().to_str().unwrap()));
    let program = Path::new(env!("CARGO_BIN_EXE_rules-cli")).parent().unwrap();
    let bash = |script: &str| {
        Command::new("bash")
            .args(["-c", script])
            .current_dir(home.path())
            .env_clear()
            .envs(canary::CREDENTIALS)
            .env(
                "PATH",
                format!("{}:{}:/usr/local/bin:/usr/bin:/bin", tests.join("programs").display(), program.display()),
            )
            .env("HOME", home.path())
            .env("LC_ALL", "C.UTF-8")
            .env("SAMPLE", repository().join("rules-cli/sample"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    if before.exists() {
        let output = bash(&format!("set -eu; . '{}'", before.display()));
        assert!(output.status.success(), "{}: {}", before.display(), String::from_utf8_lossy(&output.stderr));
    }
    let output = bash(&script);
    let printed = String::from_utf8(output.stdout).unwrap();
    canary::assert_absent(page, &printed);
    let mut rest = printed.as_str();
    let mut outputs = Vec::new();
    while let Some((output, after)) = rest.split_once(&format!("\n{BETWEEN}")) {
        let (code, after) = after.split_once('\n').unwrap();
        outputs.push((output.to_owned(), code.parse().unwrap()));
        rest = after;
    }
    assert_eq!(script.matches(BETWEEN).count(), outputs.len(), "{page}: {}", String::from_utf8_lossy(&output.stderr));
    outputs
}

fn write(page: &str, written: &[(&Block, String)]) {
    let text = read(page);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (block, output) in written.iter().rev() {
        let end = block.line + block.text.lines().count();
        let output = output.lines().map(|line| format!("{}{line}", block.indent).trim_end().to_owned());
        lines.splice(block.line..end, output);
    }
    std::fs::write(repository().join(page), lines.join("\n") + "\n").unwrap();
}

#[test]
fn the_readme() {
    follow("README.md");
}

#[test]
fn the_tutorial_ends_with_a_policy_that_passes() {
    follow("docs/tutorial.md");
}

#[test]
fn many_accounts() {
    follow("docs/accounts.md");
}

#[test]
fn formats() {
    follow("docs/formats.md");
}

#[test]
fn ci() {
    follow("docs/ci.md");
}

#[test]
fn exceptions() {
    follow("docs/exceptions.md");
}

#[test]
fn organization_policies() {
    follow("docs/organization-policies.md");
}

#[test]
fn escalation() {
    follow("docs/escalation.md");
}

#[test]
fn install_the_command_line() {
    follow("docs/program.md");
}

#[test]
fn security_hub() {
    follow("docs/security-hub.md");
}

/// There is no PowerShell here: what calls the program alone is run, the rest is not.
#[test]
fn powershell() {
    let page = "docs/powershell.md";
    let blocks = blocks::of(page);
    let calls = blocks.iter().filter(|block| block.language == "powershell").flat_map(Block::commands);
    let calls: Vec<String> = calls.filter(|line| line.starts_with("rules-cli ")).collect();
    assert!(calls.len() > 2);
    for call in calls {
        let call = call.replace("$PROFILE", "profile.ps1");
        let line = Block { marks: String::new(), text: format!("{call}\n"), ..blocks::of(page).remove(0) };
        let (output, code) = outputs(page, vec![&line]).remove(0);
        assert!(code < 2, "{call}: {output}");
    }
}

/// The examples on the rules' pages; the other commands there change an account.
#[test]
fn examples_of_the_rules() {
    let mut examples = 0;
    for page in super::pages().into_iter().filter(|page| page.starts_with("rules-core/src/rules/")) {
        let blocks = blocks::of(&page);
        let is_example =
            |block: &Block| block.exit().is_some() && block.text.starts_with("rules-cli evaluate --sample");
        let run: Vec<usize> = (0..blocks.len()).filter(|at| is_example(&blocks[*at])).collect();
        if !run.is_empty() {
            examples += run.len();
            follow_blocks(&page, &blocks, &run);
        }
    }
    assert!(examples > 8, "{examples}");
}
