//! Links of pages to files and headings of the repository.

use std::collections::BTreeSet;

use super::{pages, read, repository};

#[test]
fn every_link_leads_somewhere() {
    let mut links = 0;
    for page in pages() {
        for (line, target) in links_of(&read(&page)) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let place = format!("{page}: line {line}: {target}");
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { page.clone() } else { joined(&page, path) };
            assert!(repository().join(&file).exists(), "{place}: there is no {file}");
            if !anchor.is_empty() {
                assert!(anchors(&read(&file)).contains(anchor), "{place}: {file} has no such heading");
            }
        }
    }
    assert!(links > 100, "{links}");
}

#[test]
fn every_page_is_in_the_index_and_in_the_book() {
    for list in ["docs/README.md", "docs/SUMMARY.md"] {
        let listed: BTreeSet<String> =
            links_of(&read(list)).into_iter().map(|(_, target)| joined(list, &target)).collect();
        for page in pages() {
            let index = ["docs/README.md", "docs/SUMMARY.md"].contains(&page.as_str());
            if page.starts_with("docs/") && !index {
                assert!(listed.contains(&page), "{list} does not have {page}");
            }
        }
    }
}

/// Where links lead, with the number of their line, outside of blocks of code.
fn links_of(text: &str) -> Vec<(usize, String)> {
    let mut inside = false;
    let mut links = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        }
        if !inside {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            links.extend(targets.map(|(target, _)| (number + 1, target.to_owned())));
        }
    }
    links
}

/// A path that a page names, from the root.
fn joined(page: &str, path: &str) -> String {
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => _ = parts.pop().expect("the link stays in the repository"),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The places that headings make, as GitHub names them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        }
        let heading = line.trim_start_matches('#');
        if !inside && heading.len() < line.len() && heading.starts_with(' ') {
            let name = heading.trim().to_lowercase();
            let kept = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            anchors.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    anchors
}
