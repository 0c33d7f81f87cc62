//! Parts of a rule's page.

use rules_core::rules::RuleDefinition;

/// How to fix what the rule finds, in Markdown.
pub(super) fn how_to_fix(rule: &RuleDefinition) -> &'static str {
    section(rule.page, "How to fix").unwrap_or_default()
}

/// As many of its paragraphs as fit into so many bytes, and where the rest is.
pub(super) fn how_to_fix_within(rule: &RuleDefinition, bytes: usize) -> String {
    let whole = how_to_fix(rule);
    if whole.len() <= bytes {
        return whole.to_owned();
    }
    let rest = format!("(The rest: rules-cli rules {})", rule.id);
    let room = bytes.saturating_sub(rest.len() + 2);
    let ends = whole.match_indices("\n\n").map(|(at, _)| at).take_while(|at| *at <= room);
    // Not in the middle of a block of commands.
    let parts = ends.filter_map(|end| whole.get(..end)).filter(|part| part.matches("```").count() % 2 == 0);
    match parts.last() {
        Some(part) => format!("{part}\n\n{rest}"),
        None => rest,
    }
}

/// What stands under a heading of the second level.
pub(crate) fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n"))?;
    Some(rest.split_once("\n## ").map_or(rest, |(section, _)| section).trim())
}

#[cfg(test)]
mod tests {
    use rules_core::rules::RULES;

    use super::{how_to_fix, how_to_fix_within};

    #[test]
    fn every_rule_can_be_fixed() {
        for rule in RULES {
            assert!(how_to_fix(rule).len() > 100, "{}", rule.id);
            for bytes in [60, 200, 512, 100_000] {
                let brief = how_to_fix_within(rule, bytes);
                assert!((20..=bytes.max(70)).contains(&brief.len()), "{}: {brief}", rule.id);
                assert_eq!(brief.matches("```").count() % 2, 0, "{}: {brief}", rule.id);
            }
        }
    }
}
