//! Parts of a rule's page.

use rules_core::rules::RuleDefinition;

/// How to fix what the rule finds, in Markdown.
pub(super) fn how_to_fix(rule: &RuleDefinition) -> &'static str {
    section(rule.page, "How to fix").unwrap_or_default()
}

/// As many of those lines as fit into so many bytes.
pub(super) fn how_to_fix_within(rule: &RuleDefinition, bytes: usize) -> &'static str {
    let whole = how_to_fix(rule);
    let ends = whole.match_indices('\n').map(|(at, _)| at).chain([whole.len()]);
    let fitting = ends.take_while(|end| *end <= bytes).last();
    fitting.and_then(|end| whole.get(..end)).unwrap_or_default().trim_end()
}

/// What stands under a heading of the second level.
fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
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
            assert!((40..=512).contains(&how_to_fix_within(rule, 512).len()), "{}", rule.id);
        }
    }
}
