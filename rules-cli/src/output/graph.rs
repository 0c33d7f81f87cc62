//! Paths as graphs: each step is an edge from the principal to the target.

use std::collections::BTreeSet;
use std::io::{self, Write};

use rules_core::reach::{EscalationStep, StepEffect};
use rules_core::text::ascii;

use super::paths::{FoundPath, short};

/// An edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: String,
    to: String,
    label: String,
    is_certain: bool,
}

/// The label for a target that does not exist yet.
const ADMINISTRATOR: &str = "an administrator";

/// Prints a graph in Graphviz's language.
pub(crate) fn write_dot(out: &mut dyn Write, paths: &[FoundPath]) -> io::Result<()> {
    writeln!(out, "digraph paths {{\n  rankdir=LR;\n  node [shape=box];")?;
    for Edge { from, to, label, is_certain } in edges(paths) {
        let style = if is_certain { "solid" } else { "dashed" };
        writeln!(out, "  {} -> {} [label={}, style={style}];", quoted(&from), quoted(&to), quoted(&label))?;
    }
    writeln!(out, "}}")
}

/// Prints a graph in Mermaid's language.
pub(crate) fn write_mermaid(out: &mut dyn Write, paths: &[FoundPath]) -> io::Result<()> {
    let edges = edges(paths);
    let nodes: BTreeSet<&str> = edges.iter().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]).collect();
    let nodes: Vec<&str> = nodes.into_iter().collect();
    let number = |name: &str| nodes.binary_search(&name).unwrap_or_default();
    writeln!(out, "flowchart LR")?;
    for (place, name) in nodes.iter().enumerate() {
        writeln!(out, "  n{place}[\"{}\"]", escaped(name))?;
    }
    for edge in &edges {
        let arrow = if edge.is_certain { "-->" } else { "-.->" };
        let (from, to) = (number(&edge.from), number(&edge.to));
        writeln!(out, "  n{from} {arrow}|\"{}\"| n{to}", escaped(&edge.label))?;
    }
    Ok(())
}

/// Every edge, once.
fn edges(paths: &[FoundPath]) -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    for path in paths {
        for (place, step) in path.steps.iter().enumerate() {
            let is_last = place + 1 == path.steps.len();
            let to = match (&step.effect, &path.to) {
                (StepEffect::Control(party), _) => {
                    party.arn.as_ref().map_or(party.name.clone(), |arn| short(arn).to_owned())
                }
                (_, None) if is_last => ADMINISTRATOR.to_owned(),
                _ => step.target.clone(),
            };
            edges.insert(Edge { from: taker(step), to, label: label(step), is_certain: step.proven });
        }
        // Who is reached by the last step may have been an administrator already.
        if let (Some(StepEffect::Control(party)), None) = (path.steps.last().map(|step| &step.effect), &path.to) {
            let from = party.arn.as_ref().map_or(party.name.clone(), |arn| short(arn).to_owned());
            let label = "is".to_owned();
            edges.insert(Edge { from, to: ADMINISTRATOR.to_owned(), label, is_certain: true });
        }
    }
    edges
}

fn taker(step: &EscalationStep) -> String {
    step.by.arn.as_ref().map_or(step.by.name.clone(), |arn| short(arn).to_owned())
}

fn label(step: &EscalationStep) -> String {
    let actions: Vec<&str> = step.actions.iter().map(|taken| taken.action).collect();
    if actions.is_empty() { step.path.to_string() } else { actions.join(", ") }
}

/// A text as Graphviz quotes it. What does not show is written out by then, so that only two characters are special.
fn quoted(text: &str) -> String {
    format!("\"{}\"", ascii(text, 200).replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text within quotes as Mermaid writes it.
fn escaped(text: &str) -> String {
    let plain = ascii(text, 200);
    plain.chars().fold(String::new(), |mut escaped, character| {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '/' | ':' | ',' | '.' | '-' | '_' | '@' | '+' | '=' => {
                escaped.push(character);
            }
            other => escaped.push_str(&format!("#{};", u32::from(other))),
        }
        escaped
    })
}
