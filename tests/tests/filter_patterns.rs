//! What is said of filter patterns without any event at hand, against patterns that are run over events.
//!
//! By default 2,000 random patterns, always the same ones; `RULES_CASES` asks for another number.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rules_core::audit::{MetricFilter, RegionFacts, RegionalFactKind, RootCoverage};
use serde_json::json;

/// A pattern, as one would think of it.
#[derive(Clone, Debug)]
enum Pattern {
    And(Box<Pattern>, Box<Pattern>),
    Or(Box<Pattern>, Box<Pattern>),
    Equals(&'static str, &'static str),
    Differs(&'static str, &'static str),
    Exists(&'static str),
    NotExists(&'static str),
}

const FIELDS: [&str; 5] = ["userIdentity.type", "userIdentity.invokedBy", "eventType", "eventName", "errorCode"];
const VALUES: [&str; 9] =
    ["Root", "root", "*", "R*", "*oot", "AwsServiceEvent", "AwsApiCall", "ConsoleLogin", "AccessDenied"];

fn pattern() -> impl Strategy<Value = Pattern> {
    // Fields and values that belong together come up more often than others.
    let likely = select(vec![
        Pattern::Equals("userIdentity.type", "Root"),
        Pattern::NotExists("userIdentity.invokedBy"),
        Pattern::Differs("eventType", "AwsServiceEvent"),
    ]);
    let any = (select(&FIELDS[..]), select(&VALUES[..]), 0..4).prop_map(|(field, value, kind)| match kind {
        0 => Pattern::Equals(field, value),
        1 => Pattern::Differs(field, value),
        2 => Pattern::Exists(field),
        _ => Pattern::NotExists(field),
    });
    prop_oneof![2 => likely, 1 => any].prop_recursive(4, 24, 2, |inner| {
        let pair = (inner.clone(), inner).prop_map(|(one, other)| (Box::new(one), Box::new(other)));
        prop_oneof![
            pair.clone().prop_map(|(one, other)| Pattern::And(one, other)),
            pair.prop_map(|(one, other)| Pattern::Or(one, other)),
        ]
    })
}

impl Pattern {
    /// The pattern's text, with blanks, quotes and parentheses as `taste` has it.
    fn text(&self, taste: u64) -> String {
        let (blank, quote) = (if taste & 1 == 0 { " " } else { "" }, if taste & 2 == 0 { "\"" } else { "" });
        let next = taste.rotate_right(3);
        match self {
            Self::And(one, other) => {
                format!("{}{blank}&&{blank}{}", one.operand(next), other.operand(next.rotate_right(1)))
            }
            Self::Or(one, other) => format!("{}{blank}||{blank}{}", one.text(next), other.text(next.rotate_right(1))),
            Self::Equals(field, value) => format!("$.{field}{blank}={blank}{quote}{value}{quote}"),
            Self::Differs(field, value) => format!("$.{field}{blank}!={blank}{quote}{value}{quote}"),
            Self::Exists(field) => format!("$.{field} EXISTS"),
            Self::NotExists(field) => format!("$.{field} NOT EXISTS"),
        }
    }

    /// The text as an operand of `&&`, which binds tighter than `||`.
    fn operand(&self, taste: u64) -> String {
        match self {
            Self::Or(..) => format!("({})", self.text(taste)),
            _ if taste & 4 == 0 => format!("( {} )", self.text(taste)),
            _ => self.text(taste),
        }
    }

    /// Whether an event matches. What a field that is missing differs from is not documented: `absent_differs` decides.
    fn matches(&self, event: &Event, absent_differs: bool) -> bool {
        match self {
            Self::And(one, other) => one.matches(event, absent_differs) && other.matches(event, absent_differs),
            Self::Or(one, other) => one.matches(event, absent_differs) || other.matches(event, absent_differs),
            Self::Equals(field, wanted) => event.get(field).is_some_and(|value| is(wanted, value)),
            Self::Differs(field, wanted) => event.get(field).map_or(absent_differs, |value| !is(wanted, value)),
            Self::Exists(field) => event.contains_key(field),
            Self::NotExists(field) => !event.contains_key(field),
        }
    }
}

fn is(wanted: &str, value: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(end), _) => value.ends_with(end),
        (None, Some(beginning)) => value.starts_with(beginning),
        (None, None) => value == wanted,
    }
}

/// Fields by path.
type Event = BTreeMap<&'static str, &'static str>;

/// Every event of a direct call, over the values in the patterns and one other value.
fn events(actors: &[&'static str]) -> Vec<Event> {
    let mut events = Vec::new();
    for actor in actors {
        for event_type in ["AwsApiCall", "AwsConsoleSignIn"] {
            for event_name in ["ConsoleLogin", "Root", "GetUser"] {
                for error in [None, Some("AccessDenied"), Some("Failure")] {
                    let mut event = Event::from([
                        ("userIdentity.type", *actor),
                        ("eventType", event_type),
                        ("eventName", event_name),
                    ]);
                    event.extend(error.map(|error| ("errorCode", error)));
                    events.push(event);
                }
            }
        }
    }
    events
}

fn coverage(pattern: &str) -> RootCoverage {
    let filters = json!({ "metricFilters": [{
        "filterName": "f", "logGroupName": "g", "filterPattern": pattern, "metricTransformations": [],
    }] });
    let mut facts = RegionFacts::default();
    facts.read(RegionalFactKind::MetricFilters, &filters.to_string(), &"us-east-1".parse().unwrap()).unwrap();
    let filters: &[MetricFilter] = &facts.metric_filters.known().unwrap().known;
    filters.first().unwrap().root_coverage()
}

fn runner() -> TestRunner {
    let cases = std::env::var("RULES_CASES").map_or(2_000, |count| count.parse().expect("RULES_CASES is a number"));
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// The one promise that verdicts rest on: what covers matches every use, and leaves something else out.
#[test]
fn a_pattern_that_covers_matches_every_use_of_the_root_user() {
    let (by_root, by_others) = (events(&["Root"]), events(&["IAMUser", "AssumedRole"]));
    let (covering, others) = (Cell::new(0), Cell::new(0));
    let outcome = runner().run(&(pattern(), any::<u64>()), |(pattern, taste)| {
        let text = format!("{{{}}}", pattern.text(taste));
        let coverage = coverage(&text);
        let counter = if coverage == RootCoverage::Covers { &covering } else { &others };
        counter.set(counter.get() + 1);
        for absent_differs in [false, true] {
            let matches = |event: &Event| pattern.matches(event, absent_differs);
            match &coverage {
                RootCoverage::Covers => {
                    prop_assert!(by_root.iter().all(matches), "{text} misses some");
                }
                RootCoverage::Misses(reason) if reason.contains("no use") => {
                    prop_assert!(!by_root.iter().any(matches), "{text} matches some");
                }
                RootCoverage::Misses(reason) if reason.contains("every event") => {
                    prop_assert!(by_root.iter().chain(&by_others).all(matches), "{text} does not match everything");
                }
                RootCoverage::Misses(_) => {}
                RootCoverage::Unknown(reason) => prop_assert!(false, "{text}: {reason}"),
            }
        }
        Ok(())
    });
    outcome.unwrap();
    // The property says nothing if hardly any pattern is of either kind.
    let (covering, others) = (covering.get(), others.get());
    assert!(covering * 20 > others && others * 20 > covering, "{covering} cover, {others} do not");
}

/// Whatever a file holds, it is read or refused in a few words.
#[test]
fn no_file_brings_the_reader_down() {
    let sound = r#"{"trailList":[{"TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/a","IsMultiRegionTrail":true}],
        "MetricAlarms":[{"AlarmName":"a","AlarmActions":["arn:aws:sns:us-east-1:111122223333:t"],"Threshold":1e400}],
        "metricFilters":[{"filterName":"f","logGroupName":"g","filterPattern":"{ $.a = \"b\" }","metricTransformations":[]}],
        "Rules":[{"Name":"r","State":"ENABLED","EventPattern":"{}"}],"TargetsByRule":{"r":{"Targets":[]}},
        "Subscriptions":[{"TopicArn":"arn:aws:sns:us-east-1:111122223333:t","SubscriptionArn":"Deleted"}],
        "ConfigurationRecorders":[{"name":"d","recordingGroup":{"allSupported":true}}],
        "ConfigurationRecordersStatus":[{"name":"d","recording":true}],
        "a":{"IsLogging":true,"EventSelectors":[{"ReadWriteType":"All"}]}}"#;
    let changes =
        (0..sound.len(), select(&["", "{", "}", "[", "]", "\"", ":", ",", "null", "1", "\u{202e}", "\\u0000"][..]));
    let strategy = proptest::collection::vec(changes, 0..4);
    let region = "us-east-1".parse().unwrap();
    let outcome = runner().run(&strategy, |changes| {
        let mut text = sound.to_owned();
        for (at, with) in changes {
            let at = at.min(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary((at + 1).min(text.len())) {
                text.replace_range(at..(at + 1).min(text.len()), with);
            }
        }
        for kind in RegionalFactKind::ALL {
            let mut facts = RegionFacts::default();
            let refused = facts.read(kind, &text, &region).err().map(|error| error.to_string());
            for message in facts.unread(kind).iter().map(ToString::to_string).chain(refused) {
                prop_assert!(message.chars().count() <= 300, "{message}");
                prop_assert!(!message.chars().any(rules_core::text::is_hidden), "{message}");
            }
        }
        Ok(())
    });
    outcome.unwrap();
}
