//! Event patterns of EventBridge, evaluated on the certain fields of root user events.

use serde_json::value::RawValue;

use super::records::Entries;
use super::root_use::{Actor, Field, RootEvents};
use crate::account::AccountId;
use crate::decision::Truth;
use crate::json::{self, JsonError};
use crate::region::Region;

/// EventBridge takes fewer.
const MAX_DEPTH: usize = 16;

/// The kinds of events about the root user that match `pattern` for certain.
///
/// # Errors
/// If the text is not an event pattern.
pub(super) fn root_events(pattern: &str, account: &AccountId, region: &Region) -> Result<RootEvents, JsonError> {
    let pattern = read_node(json::read(pattern, std::marker::PhantomData::<&RawValue>)?, 0)?;
    if !matches!(pattern, Node::Fields(_)) {
        return Err(JsonError::at("$", "expected an object"));
    }
    let covers = |kind| {
        let event = |actor| Event { kind, actor, account: account.as_str(), region: region.as_str() };
        // A pattern that matches everything is not specific to the root user.
        pattern.holds(&event(Actor::Root), "") == Truth::Holds
            && pattern.holds(&event(Actor::SomebodyElse), "") != Truth::Holds
    };
    Ok(RootEvents { sign_ins: covers(Kind::SignIn), calls: covers(Kind::Call) })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A console sign-in.
    SignIn,
    /// A call of the API.
    Call,
}

/// An event with some known fields.
struct Event<'a> {
    kind: Kind,
    actor: Actor,
    account: &'a str,
    region: &'a str,
}

impl Event<'_> {
    fn field(&self, path: &str) -> Field<'_> {
        match (path, self.kind) {
            ("account", _) => Field::Is(self.account),
            ("region", _) => Field::Is(self.region),
            ("source", Kind::SignIn) => Field::Is("aws.signin"),
            ("source", Kind::Call) => Field::StartsWith("aws."),
            ("detail-type", Kind::SignIn) => Field::Is("AWS Console Sign In via CloudTrail"),
            ("detail-type", Kind::Call) => Field::Is("AWS API Call via CloudTrail"),
            ("id" | "time" | "version", _) => Field::Present,
            ("detail.eventType", Kind::SignIn) => Field::Is("AwsConsoleSignIn"),
            ("detail.eventType", Kind::Call) => Field::Is("AwsApiCall"),
            ("detail.eventSource", Kind::SignIn) => Field::Is("signin.amazonaws.com"),
            // What a sign-in is, whether it succeeds or not.
            ("detail.eventName", Kind::SignIn) => Field::Is("ConsoleLogin"),
            (path, _) => path.strip_prefix("detail.").map_or(Field::Unknown, |path| self.actor.record_field(path)),
        }
    }
}

/// A part of a pattern.
enum Node {
    /// Every field has to match.
    Fields(Vec<(String, Node)>),
    /// Any of these patterns has to match.
    Either(Vec<Node>),
    /// The field has to match any of these.
    Matchers(Vec<Matcher>),
}

enum Matcher {
    Text(String),
    Exists(bool),
    Prefix(String),
    Suffix(String),
    IgnoreCase(String),
    /// `*` for any run of characters.
    Wildcard(String),
    AnythingBut(Vec<String>),
    /// Numbers, null, addresses and other values that are not compared with a known field.
    Unjudged,
}

fn read_node(raw: &RawValue, depth: usize) -> Result<Node, JsonError> {
    if depth > MAX_DEPTH {
        return Err(JsonError::at("$", format!("nested more than {MAX_DEPTH} levels deep")));
    }
    match raw.get().as_bytes().first() {
        Some(b'{') => {
            let Entries(entries) = json::read_as(raw.get())?;
            let mut fields = Vec::new();
            for (name, value) in entries {
                let inside = |error: JsonError| error.inside(&format!("$.{}", crate::text::visible(&name, 40)));
                let node = if name == "$or" { read_either(value, depth) } else { read_node(value, depth + 1) };
                fields.push((name.clone(), node.map_err(inside)?));
            }
            Ok(Node::Fields(fields))
        }
        Some(b'[') => {
            let matchers: Vec<&RawValue> = json::read(raw.get(), std::marker::PhantomData)?;
            matchers.into_iter().map(read_matcher).collect::<Result<_, _>>().map(Node::Matchers)
        }
        _ => Err(JsonError::at("$", "expected an object or a list of values to match")),
    }
}

fn read_either(raw: &RawValue, depth: usize) -> Result<Node, JsonError> {
    let patterns: Vec<&RawValue> = json::read(raw.get(), std::marker::PhantomData)?;
    patterns.into_iter().map(|pattern| read_node(pattern, depth + 1)).collect::<Result<_, _>>().map(Node::Either)
}

fn read_matcher(raw: &RawValue) -> Result<Matcher, JsonError> {
    fn text(raw: &RawValue) -> Result<String, JsonError> {
        json::read(raw.get(), std::marker::PhantomData)
    }
    let is_text = |raw: &RawValue| raw.get().starts_with('"');
    if is_text(raw) {
        return text(raw).map(Matcher::Text);
    }
    if !raw.get().starts_with('{') {
        return Ok(Matcher::Unjudged);
    }
    let Entries(entries) = json::read_as(raw.get())?;
    let [(operator, value)] = entries.as_slice() else {
        return Err(JsonError::at("$", "expected an object with one comparison"));
    };
    Ok(match operator.as_str() {
        "exists" if matches!(value.get(), "true" | "false") => Matcher::Exists(value.get() == "true"),
        "prefix" if is_text(value) => Matcher::Prefix(text(value)?),
        "suffix" if is_text(value) => Matcher::Suffix(text(value)?),
        "equals-ignore-case" if is_text(value) => Matcher::IgnoreCase(text(value)?),
        "wildcard" if is_text(value) => Matcher::Wildcard(text(value)?),
        "anything-but" if is_text(value) => Matcher::AnythingBut(vec![text(value)?]),
        "anything-but" if value.get().starts_with('[') => {
            let values: Vec<&RawValue> = json::read(value.get(), std::marker::PhantomData)?;
            match values.iter().all(|value| is_text(value)) {
                true => Matcher::AnythingBut(values.into_iter().map(text).collect::<Result<_, _>>()?),
                false => Matcher::Unjudged,
            }
        }
        _ => Matcher::Unjudged,
    })
}

impl Node {
    /// Whether the part matches at `path` of the event.
    fn holds(&self, event: &Event<'_>, path: &str) -> Truth {
        match self {
            Self::Fields(fields) => {
                let holds = |(name, node): &(String, Node)| match node {
                    Self::Either(_) => node.holds(event, path),
                    _ if path.is_empty() => node.holds(event, name),
                    _ => node.holds(event, &format!("{path}.{name}")),
                };
                fields.iter().map(holds).min().unwrap_or(Truth::Holds)
            }
            Self::Either(nodes) => nodes.iter().map(|node| node.holds(event, path)).max().unwrap_or(Truth::Fails),
            Self::Matchers(matchers) => {
                let field = event.field(path);
                matchers.iter().map(|matcher| matcher.holds(field)).max().unwrap_or(Truth::Fails)
            }
        }
    }
}

impl Matcher {
    fn holds(&self, field: Field<'_>) -> Truth {
        match (self, field) {
            (Self::Text(wanted), _) => field.equals(wanted),
            (Self::Exists(wanted), _) if *wanted => field.exists(),
            (Self::Exists(_), _) => field.exists().negated(),
            // Every other comparison is of a value.
            (_, Field::Absent) => Truth::Fails,
            (Self::Prefix(prefix), Field::Is(value)) => Truth::from(value.starts_with(prefix.as_str())),
            (Self::Prefix(prefix), Field::StartsWith(beginning)) if beginning.starts_with(prefix.as_str()) => {
                Truth::Holds
            }
            (Self::Prefix(prefix), _) if prefix.is_empty() => field.exists(),
            (Self::Suffix(suffix), Field::Is(value)) => Truth::from(value.ends_with(suffix.as_str())),
            (Self::IgnoreCase(wanted), Field::Is(value)) => Truth::from(value.eq_ignore_ascii_case(wanted)),
            (Self::Wildcard(pattern), Field::Is(value)) => wildcard(pattern, value),
            (Self::Wildcard(pattern), Field::StartsWith(beginning)) => match pattern.strip_suffix('*') {
                Some(prefix) if !prefix.contains('*') && beginning.starts_with(prefix) => Truth::Holds,
                _ => Truth::Undecided,
            },
            (Self::AnythingBut(excluded), Field::Is(value)) => Truth::from(excluded.iter().all(|other| other != value)),
            (Self::AnythingBut(excluded), Field::AnyBut(value)) if excluded.iter().all(|other| other == value) => {
                Truth::Holds
            }
            (
                Self::Prefix(_)
                | Self::Suffix(_)
                | Self::IgnoreCase(_)
                | Self::Wildcard(_)
                | Self::AnythingBut(_)
                | Self::Unjudged,
                _,
            ) => Truth::Undecided,
        }
    }
}

/// A `?` is not a wildcard here, and a `\` escapes the next character: patterns with either are not evaluated.
fn wildcard(pattern: &str, value: &str) -> Truth {
    match pattern.contains(['?', '\\']) {
        true => Truth::Undecided,
        false => Truth::from(crate::glob::matches(pattern, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::{RootEvents, root_events};

    fn events(pattern: &str) -> RootEvents {
        root_events(pattern, &"111122223333".parse().unwrap(), &"us-east-1".parse().unwrap()).unwrap()
    }

    /// A pattern about the root user with these fields besides, outside and inside of `detail`.
    fn root(outside: &str, inside: &str) -> String {
        format!(r#"{{{outside} "detail": {{{inside} "userIdentity": {{"type": ["Root"]}}}}}}"#)
    }

    const SIGN_INS: RootEvents = RootEvents { sign_ins: true, calls: false };
    const CALLS: RootEvents = RootEvents { sign_ins: false, calls: true };

    #[test]
    fn patterns_about_the_root_user_cover() {
        for outside in [
            "",
            r#""detail-type": ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"],"#,
            r#""source": [{"prefix": "aws."}],"#,
            r#""source": [{"prefix": ""}],"#,
            r#""source": [{"wildcard": "aws.*"}],"#,
            r#""account": ["111122223333"], "region": [{"prefix": "us-"}, "eu-west-1"],"#,
            r#""account": [{"anything-but": "444455556666"}],"#,
            r#""detail-type": [{"suffix": " via CloudTrail"}], "id": [{"exists": true}],"#,
            r#""$or": [{"detail-type": [{"prefix": "AWS API"}]}, {"detail-type": [{"wildcard": "*Sign In*"}]}],"#,
        ] {
            assert_eq!(events(&root(outside, "")), RootEvents::ALL, "{outside}");
        }
        let spelled = r#"{"detail": {"userIdentity": {"type": [{"equals-ignore-case": "ROOT"}], "invokedBy": [{"exists": false}]},
                          "eventType": [{"anything-but": ["AwsServiceEvent"]}]}}"#;
        assert_eq!(events(spelled), RootEvents::ALL);
        assert_eq!(events(r#"{"detail": {"userIdentity": {"type": ["Root", "IAMUser"]}}}"#), RootEvents::ALL);
    }

    #[test]
    fn some_cover_one_kind() {
        let detail_type = r#""detail-type": ["AWS Console Sign In via CloudTrail"],"#;
        assert_eq!(events(&root(detail_type, "")), SIGN_INS);
        assert_eq!(events(&root(r#""source": ["aws.signin"],"#, r#""eventName": ["ConsoleLogin"],"#)), SIGN_INS);
        assert_eq!(events(&root(r#""detail-type": ["AWS API Call via CloudTrail"],"#, "")), CALLS);
        assert_eq!(events(&root("", r#""eventType": ["AwsApiCall"],"#)), CALLS);
    }

    #[test]
    fn what_misses_some_covers_nothing() {
        for (outside, inside) in [
            (r#""source": ["aws.iam"],"#, ""),
            (r#""account": ["444455556666"],"#, ""),
            (r#""region": ["eu-west-1"],"#, ""),
            (r#""detail-type": ["AWS Service Event via CloudTrail"],"#, ""),
            (r#""resources": [{"exists": true}],"#, ""),
            (r#""time": [{"numeric": [">", 1]}],"#, ""),
            ("", r#""errorCode": [{"exists": false}],"#),
            ("", r#""responseElements": {"ConsoleLogin": ["Success"]},"#),
            ("", r#""eventName": [{"anything-but": "ConsoleLogin"}],"#),
            ("", r#""sourceIPAddress": [{"cidr": "10.0.0.0/8"}],"#),
        ] {
            assert_eq!(events(&root(outside, inside)), RootEvents::default(), "{outside}{inside}");
        }
        for pattern in [
            r#"{"detail": {"userIdentity": {"type": ["root"]}}}"#,
            r#"{"detail": {"userIdentity": {"type": ["IAMUser"]}}}"#,
            r#"{"detail": {"userIdentity": {"type": [{"anything-but": "Root"}]}}}"#,
            r#"{"detail": {"userIdentity": {"type": []}}}"#,
            r#"{"detail": {"userIdentity": {"type": [null]}}}"#,
        ] {
            assert_eq!(events(pattern), RootEvents::default(), "{pattern}");
        }
    }

    #[test]
    fn what_matches_everything_is_about_nobody() {
        for pattern in ["{}", r#"{"source": [{"prefix": ""}]}"#, r#"{"account": ["111122223333"]}"#] {
            assert_eq!(events(pattern), RootEvents::default(), "{pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let deep = format!("{}{}", r#"{"a": "#.repeat(40), "}".repeat(40));
        for (pattern, place) in [
            ("", "$"),
            ("[]", "$"),
            (r#"{"source": "aws.iam"}"#, "$.source"),
            (r#"{"detail": {"a": [{"prefix": "x", "suffix": "y"}]}}"#, "$.detail.a"),
            (r#"{"a": ["x"], "a": ["y"]}"#, "duplicate key `a`"),
            (deep.as_str(), ""),
        ] {
            let error = root_events(pattern, &"111122223333".parse().unwrap(), &"us-east-1".parse().unwrap());
            let error = error.unwrap_err().to_string();
            assert!(error.contains(place), "{pattern}: {error}");
        }
    }
}
