//! Writes YAML of the few shapes that templates have: maps in their order, lists, and text.

/// Where lines are folded, as everywhere in this repository.
const WIDTH: usize = 120;

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Text, whatever it looks like.
    Text(String),
    /// Keys with values, in order.
    Map(Vec<(String, Node)>),
    /// Values, in order.
    List(Vec<Node>),
}

pub(super) fn text(text: impl Into<String>) -> Node {
    Node::Text(text.into())
}

pub(super) fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    Node::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

pub(super) fn list(values: impl IntoIterator<Item = Node>) -> Node {
    Node::List(values.into_iter().collect())
}

/// A key of the document itself, with entries that hold maps of their own set apart by blank lines.
pub(super) fn write_section(out: &mut String, name: &str, entries: &[(String, Node)]) {
    out.push_str(&format!("{name}:\n"));
    let is_deep = |node: &Node| matches!(node, Node::Map(inner) if inner.iter().any(|(_, node)| !is_text(node)));
    for (number, entry) in entries.iter().enumerate() {
        if number > 0 && name == "Resources" && is_deep(&entry.1) {
            out.push('\n');
        }
        write_entry(out, 2, entry);
    }
}

fn is_text(node: &Node) -> bool {
    matches!(node, Node::Text(_))
}

/// A line with `key: value`, and more lines where the value takes them.
fn write_entry(out: &mut String, indent: usize, entry: &(String, Node)) {
    out.push_str(&" ".repeat(indent));
    write_unindented_entry(out, indent, entry);
}

fn write_unindented_entry(out: &mut String, indent: usize, (key, value): &(String, Node)) {
    out.push_str(key);
    out.push(':');
    match value {
        Node::Text(text) => write_text(out, indent, text),
        Node::Map(entries) if entries.is_empty() => out.push_str(" {}\n"),
        Node::Map(entries) => {
            out.push('\n');
            entries.iter().for_each(|entry| write_entry(out, indent + 2, entry));
        }
        Node::List(values) if values.is_empty() => out.push_str(" []\n"),
        Node::List(values) => {
            out.push('\n');
            values.iter().for_each(|value| write_item(out, indent + 2, value));
        }
    }
}

fn write_item(out: &mut String, indent: usize, value: &Node) {
    out.push_str(&" ".repeat(indent));
    out.push('-');
    match value {
        Node::Text(text) => write_text(out, indent, text),
        Node::Map(entries) => match entries.as_slice() {
            [] => out.push_str(" {}\n"),
            [first, rest @ ..] => {
                out.push(' ');
                write_unindented_entry(out, indent + 2, first);
                rest.iter().for_each(|entry| write_entry(out, indent + 2, entry));
            }
        },
        // No template has a list in a list; JSON is valid YAML if one is added.
        Node::List(values) => {
            let values: Vec<String> = values.iter().map(flow).collect();
            out.push_str(&format!(" [{}]\n", values.join(", ")));
        }
    }
}

fn flow(node: &Node) -> String {
    match node {
        Node::Text(text) => quoted(text),
        Node::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", quoted(key), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Node::List(values) => format!("[{}]", values.iter().map(flow).collect::<Vec<_>>().join(", ")),
    }
}

/// Text after a colon or a dash: plain, quoted, or folded where it is prose.
fn write_text(out: &mut String, indent: usize, text: &str) {
    if is_plain(text) {
        out.push_str(&format!(" {text}\n"));
    } else if is_prose(text) {
        out.push_str(" >-\n");
        let indent = indent + 2;
        let mut line = 0;
        for word in text.split(' ') {
            if line > 0 && indent + line + 1 + word.len() <= WIDTH {
                out.push(' ');
                line += 1;
            } else {
                if line > 0 {
                    out.push('\n');
                }
                out.push_str(&" ".repeat(indent));
                line = 0;
            }
            out.push_str(word);
            line += word.len();
        }
        out.push('\n');
    } else {
        out.push_str(&format!(" {}\n", quoted(text)));
    }
}

/// Whether no reader takes the text for anything but itself: letters first, and not one of the words that mean something.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let names_a_type = || text.split("::").all(|part| part.bytes().all(name));
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.ends_with(':')
        && names_a_type()
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether folding gives the text back: words of visible ASCII with single spaces between them.
fn is_prose(text: &str) -> bool {
    text.contains(' ')
        && text.split(' ').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic()))
}

fn quoted(text: &str) -> String {
    if text.bytes().all(|byte| (byte == b' ' || byte.is_ascii_graphic()) && byte != b'\'') {
        return format!("'{text}'");
    }
    // A JSON string is a YAML string.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Node, list, map, text, write_section};

    fn written(entries: Vec<(&str, Node)>) -> String {
        let entries: Vec<(String, Node)> = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let mut out = String::new();
        write_section(&mut out, "Resources", &entries);
        out
    }

    #[test]
    fn text_that_could_be_taken_for_something_else_is_quoted() {
        for (value, expected) in [
            ("root-mfa-enabled", "root-mfa-enabled"),
            ("AWS::::Account", "AWS::::Account"),
            ("", "''"),
            ("60", "'60'"),
            ("true", "'true'"),
            ("No", "'No'"),
            ("1.5", "'1.5'"),
            ("a:", "'a:'"),
            ("*", "'*'"),
            ("it's", "\"it's\""),
            ("two\nlines", "\"two\\nlines\""),
        ] {
            assert_eq!(written(vec![("Key", text(value))]), format!("Resources:\n  Key: {expected}\n"));
        }
    }

    #[test]
    fn prose_is_folded_at_the_width() {
        let prose = format!("Note: {} # end", "word ".repeat(40).trim_end());
        let folded = written(vec![("Key", text(prose.as_str()))]);
        let lines: Vec<&str> = folded.lines().skip(2).collect();
        assert!(folded.starts_with("Resources:\n  Key: >-\n    Note: word"));
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= 120 && line.starts_with("    ")));
        let unfolded: Vec<&str> = lines.iter().map(|line| line.trim_start()).collect();
        assert_eq!(unfolded.join(" "), prose);
    }

    #[test]
    fn maps_and_lists_nest() {
        let inner = list([map([("a", text("x")), ("b", list([text("w"), text("")]))]), text("z")]);
        let expected = "Resources:\n  K:\n    L:\n      - a: x\n        b:\n          - w\n          - ''\n      - z\n    \
                        M: {}\n    N: []\n";
        let entries = vec![("K", map([("L", inner), ("M", map([])), ("N", list([]))]))];
        assert_eq!(written(entries), expected);
    }

    #[test]
    fn a_list_in_a_list_is_written_in_line() {
        let value = list([list([text("a b"), map([("c", text("1"))])])]);
        assert_eq!(written(vec![("K", value)]), "Resources:\n  K:\n    - ['a b', {'c': '1'}]\n");
    }
}
