//! The causes of a low score: the statements of the policy, with the costly parts marked.

use rules_core::policy::{Condition, PolicyDocument, Statement};
use rules_core::score::{LeastPrivilegeScore, Loss, Score};

/// A score below the minimum, explained.
#[derive(Clone, Debug)]
pub(crate) struct Explanation {
    /// The statements that cost most, in the order of the document.
    pub(crate) statements: Vec<ShownStatement>,
    /// The largest losses.
    pub(crate) losses: Vec<ShownLoss>,
    /// How many more there are.
    pub(crate) more_losses: usize,
    /// The change that helps most.
    pub(crate) fix: Option<ShownFix>,
}

/// A statement, line by line.
#[derive(Clone, Debug)]
pub(crate) struct ShownStatement {
    /// Its `Sid`, else its zero-based index.
    pub(crate) label: String,
    pub(crate) lines: Vec<Line>,
}

/// A line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) indent: usize,
    pub(crate) text: String,
    /// Whether it costs points.
    pub(crate) costs: bool,
}

/// Points lost to some actions.
#[derive(Clone, Debug)]
pub(crate) struct ShownLoss {
    pub(crate) points: Score,
    pub(crate) actions: String,
    pub(crate) reach: String,
    pub(crate) statement: Option<String>,
}

/// A change and what comes of it.
#[derive(Clone, Debug)]
pub(crate) struct ShownFix {
    pub(crate) text: String,
    pub(crate) statement: Option<String>,
    pub(crate) score: Score,
}

/// How many losses, statements and values of a list are shown.
const LOSSES: usize = 5;
const STATEMENTS: usize = 3;
const VALUES: usize = 12;

impl Explanation {
    /// Explains the losses to one document: all of a policy's, or those of a principal's that are of this document.
    pub(crate) fn new(score: &LeastPrivilegeScore, of: impl Fn(&Loss) -> bool, document: &PolicyDocument) -> Self {
        let losses: Vec<&Loss> = score.losses.iter().filter(|loss| of(loss)).collect();
        let after = |loss: &&&Loss| loss.fix.as_ref().map(|fix| fix.score);
        // Of changes that help equally the one for the largest loss.
        let helps = losses.iter().rev().filter(|loss| after(loss) > Some(score.score)).max_by_key(after);
        let fix = helps.and_then(|loss| {
            let fix = loss.fix.as_ref()?;
            Some(ShownFix { text: fix.text.clone(), statement: loss.statement.clone(), score: fix.score })
        });
        let labelled =
            document.statements.iter().enumerate().map(|(index, statement)| (statement.label(index), statement));
        // Largest losses first: the first statements named are those that cost most. What costs next to nothing is not shown.
        let mut costly: Vec<&str> = Vec::new();
        for loss in losses.iter().filter(|loss| costly_enough(loss)).chain(losses.first()) {
            let label = loss.statement.as_deref();
            costly.extend(label.filter(|label| !costly.contains(label) && costly.len() < STATEMENTS));
        }
        let statements = labelled.filter(|(label, _)| costly.contains(&label.as_str())).map(|(label, statement)| {
            let own: Vec<&Loss> =
                losses.iter().copied().filter(|loss| loss.statement.as_ref() == Some(&label)).collect();
            ShownStatement { lines: lines(statement, &own), label }
        });
        Self {
            statements: statements.collect(),
            losses: losses.iter().take(LOSSES).map(|loss| ShownLoss::new(loss)).collect(),
            more_losses: losses.len().saturating_sub(LOSSES),
            fix,
        }
    }
}

fn costly_enough(loss: &Loss) -> bool {
    loss.points >= Score::from_points(1)
}

impl ShownLoss {
    fn new(loss: &Loss) -> Self {
        Self {
            points: loss.points,
            actions: loss.actions_in_words(),
            reach: loss.reach.clone(),
            statement: loss.statement.clone(),
        }
    }
}

/// The statement as JSON that says the same, one value per line where there are several.
fn lines(statement: &Statement, losses: &[&Loss]) -> Vec<Line> {
    let mut lines = vec![Line { indent: 0, text: "{".to_owned(), costs: false }];
    let line = |indent, text: String, costs| Line { indent, text, costs };
    if let Some(sid) = &statement.sid {
        lines.push(line(1, format!("\"Sid\": {},", quoted(sid)), false));
    }
    lines.push(line(1, format!("\"Effect\": \"{:?}\",", statement.effect), false));
    let is_complement = statement.action.name() == "NotAction";
    let named: Vec<&str> = losses.iter().flat_map(|loss| &loss.actions).map(String::as_str).collect();
    let actions = statement.action.patterns().iter().map(|pattern| {
        let costs = is_complement || named.iter().any(|action| covers(pattern, action) || covers(action, pattern));
        (pattern.as_str(), costs)
    });
    add_list(&mut lines, statement.action.name(), actions.collect(), statement.resource.is_some());
    let has_conditions = !statement.conditions.is_empty();
    if let Some(resource) = &statement.resource {
        let all_cost = resource.name() == "NotResource";
        let marked = |pattern: &str| all_cost || pattern.contains(['*', '?']);
        let values = resource.patterns().iter().map(|pattern| (pattern.as_str(), marked(pattern.as_str())));
        add_list(&mut lines, resource.name(), values.collect(), has_conditions);
    }
    if has_conditions {
        lines.push(line(1, "\"Condition\": {".to_owned(), false));
        let last = statement.conditions.len() - 1;
        for (index, condition) in statement.conditions.iter().enumerate() {
            lines.push(line(2, condition_text(condition) + if index < last { "," } else { "" }, false));
        }
        lines.push(line(1, "}".to_owned(), false));
    }
    lines.push(line(0, "}".to_owned(), false));
    lines
}

fn condition_text(condition: &Condition) -> String {
    let values: Vec<String> = condition.values.iter().take(VALUES).map(|value| quoted(value)).collect();
    let values = match values.as_slice() {
        [one] if condition.values.len() == 1 => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let more = match condition.values.len().checked_sub(VALUES) {
        Some(more @ 1..) => format!(" and {more} more"),
        _ => String::new(),
    };
    format!("{}: {{{}: {values}{more}}}", quoted(&condition.operator.text), quoted(condition.key.as_str()))
}

/// A list element: on one line with one value, else one line for each, those that cost first if there are too many.
fn add_list(lines: &mut Vec<Line>, name: &str, mut values: Vec<(&str, bool)>, goes_on: bool) {
    let comma = if goes_on { "," } else { "" };
    if let [(value, costs)] = values.as_slice() {
        lines.push(Line { indent: 1, text: format!("\"{name}\": {}{comma}", quoted(value)), costs: *costs });
        return;
    }
    lines.push(Line { indent: 1, text: format!("\"{name}\": ["), costs: false });
    let left_out = values.len().saturating_sub(VALUES);
    if left_out > 0 {
        values.sort_by_key(|(_, costs)| !costs);
        values.truncate(VALUES);
    }
    let last = values.len().saturating_sub(1);
    for (index, (value, costs)) in values.iter().enumerate() {
        let comma = if index < last { "," } else { "" };
        lines.push(Line { indent: 2, text: quoted(value) + comma, costs: *costs });
    }
    if left_out > 0 {
        lines.push(Line { indent: 2, text: format!("and {left_out} more"), costs: false });
    }
    lines.push(Line { indent: 1, text: format!("]{comma}"), costs: false });
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether a pattern with `*` and `?` covers a text, without regard to case. A star of the text is covered by one alone.
fn covers(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return pattern == text };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let mut rest = rest;
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use rules_core::policy::{PolicyDocument, PolicyType};
    use rules_core::score::score;

    use super::{Explanation, covers};

    #[test]
    fn the_costly_parts_of_a_statement_are_marked() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/b"},
            {"Sid":"Wide","Effect":"Allow","Action":["iam:*","ec2:DescribeRegions"],"Resource":["*","arn:aws:s3:::a"],
             "Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}"#;
        let document = PolicyDocument::parse(text, PolicyType::Identity).unwrap();
        let explanation = Explanation::new(&score(&document), |_| true, &document);
        let wide = explanation.statements.iter().find(|statement| statement.label == "Wide").unwrap();
        let marked: Vec<&str> = wide.lines.iter().filter(|line| line.costs).map(|line| line.text.as_str()).collect();
        assert!(marked.contains(&"\"iam:*\",") && marked.contains(&"\"*\","), "{marked:?}");
        assert!(!marked.iter().any(|text| text.contains("arn:aws:s3:::a")), "{marked:?}");
        let json: String = wide.lines.iter().map(|line| line.text.as_str()).collect();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["Condition"]["Bool"]["aws:SecureTransport"], "true");
    }

    #[test]
    fn patterns_cover_texts() {
        let all =
            [("iam:*", "iam:*"), ("*", "s3:GetObject"), ("s3:get*", "s3:GetObject"), ("s3:*obj*", "s3:GetObject")];
        assert!(all.iter().all(|(pattern, text)| covers(pattern, text)));
        let none = [("iam:Get*", "iam:*"), ("s3:GetObject", "s3:GetObjectAcl"), ("s3:*x", "s3:GetObject")];
        assert!(none.iter().all(|(pattern, text)| !covers(pattern, text)));
    }
}
