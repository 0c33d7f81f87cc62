//! Blocks of code on a page.

use super::read;

/// A block between two fences.
pub(super) struct Block {
    /// The number of its first fence's line, from 1.
    pub(super) line: usize,
    /// Its language.
    pub(super) language: String,
    /// What stands after the language.
    pub(super) marks: String,
    /// What is in it, without the indentation of the fence.
    pub(super) text: String,
    /// The indentation of the fence.
    pub(super) indent: String,
    /// The paragraph before.
    pub(super) introduction: String,
}

impl Block {
    /// The exit code that its commands are to end with, if they are run.
    pub(super) fn exit(&self) -> Option<i32> {
        match (self.language.as_str(), self.marks.as_str()) {
            ("sh", "") => Some(0),
            ("sh", marks) => marks.strip_prefix("exit=").map(|code| code.parse().unwrap()),
            _ => None,
        }
    }

    /// Its lines without continuations, comments and blanks.
    pub(super) fn commands(&self) -> Vec<String> {
        let joined = self.text.replace("\\\n", " ");
        let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }
}

/// Every block of a page, in order.
pub(super) fn of(page: &str) -> Vec<Block> {
    let text = read(page);
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut inside: Option<usize> = None;
    for (number, line) in lines.iter().enumerate() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let Some(start) = inside.take() else {
            inside = Some(number);
            continue;
        };
        assert_eq!(info, "", "{page}: line {}: a block ends with a fence alone", number + 1);
        let fence = lines[start];
        let (indent, _) = fence.split_once("```").unwrap();
        let info = fence.trim_start().trim_start_matches('`');
        let (language, marks) = info.split_once(' ').unwrap_or((info, ""));
        let strip = |line: &&str| format!("{}\n", line.strip_prefix(indent).unwrap_or(line));
        blocks.push(Block {
            line: start + 1,
            language: language.to_owned(),
            marks: marks.trim().to_owned(),
            text: lines[start + 1..number].iter().map(strip).collect(),
            indent: indent.to_owned(),
            introduction: paragraph_before(&lines[..start]),
        });
    }
    assert!(inside.is_none(), "{page}: a block has no end");
    blocks
}

fn paragraph_before(lines: &[&str]) -> String {
    let rest = lines.iter().rev().skip_while(|line| line.is_empty());
    let mut paragraph: Vec<&str> = rest.take_while(|line| !line.is_empty()).copied().collect();
    paragraph.reverse();
    paragraph.join(" ")
}
