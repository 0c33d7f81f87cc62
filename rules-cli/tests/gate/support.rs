//! The program under test, and what its output has to look like.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rules_tests::canary;
use serde_json::Value;

/// What a run left behind.
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in a folder, with nothing of the machine's own configuration.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rules-cli"));
    command.args(arguments).current_dir(folder).env_clear().envs(canary::CREDENTIALS).stdin(Stdio::null());
    let output = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    let code = output.status.code().expect("the program ends by itself");
    Finished { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Finished {
    /// The lines of JSON on standard output.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }
}

/// An empty folder of one test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes a file below a folder.
pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Checks a value against a JSON schema, as far as ours go: types, properties, items, enumerations, bounds.
pub(crate) fn check_schema(schema: &Value, value: &Value, place: &str) {
    if let Err(error) = held(schema, value, place) {
        panic!("{error}");
    }
}

fn held(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    if let Some(choices) = schema["oneOf"].as_array() {
        let errors: Vec<String> = choices.iter().filter_map(|choice| held(choice, value, place).err()).collect();
        let fitting = choices.len() - errors.len();
        return if fitting == 1 { Ok(()) } else { Err(format!("{place}: {fitting} choices fit: {errors:?}")) };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = types.contains(&is) || is == "integer" && types.contains(&"number");
    if !(types.is_empty() || fits) {
        return Err(format!("{place}: {value} is none of {types:?}"));
    }
    if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
        return Err(format!("{place}: {value} is none of {allowed:?}"));
    }
    let number = value.as_f64();
    if schema["minimum"].as_f64().zip(number).is_some_and(|(least, number)| number < least)
        || schema["maximum"].as_f64().zip(number).is_some_and(|(most, number)| number > most)
    {
        return Err(format!("{place}: {value} is out of bounds"));
    }
    if let Some(object) = value.as_object() {
        let empty = serde_json::Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&empty);
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                return Err(format!("{place}: `{name}` is missing"));
            }
        }
        for (name, value) in object {
            match properties.get(name) {
                Some(schema) => held(schema, value, &format!("{place}.{name}"))?,
                None if schema["additionalProperties"] == false => return Err(format!("{place}: `{name}` is unknown")),
                None => {}
            }
        }
    }
    if let (Some(list), Some(_)) = (value.as_array(), schema["items"].as_object()) {
        for (index, element) in list.iter().enumerate() {
            held(&schema["items"], element, &format!("{place}[{index}]"))?;
        }
    }
    Ok(())
}

/// Checks a log against what SARIF 2.1.0 says of the objects that are used: which properties they have, which of them
/// are required, and what the values may be.
pub(crate) fn check_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    keys(log, &["version", "runs"], &["$schema"]);
    for run in list(&log["runs"]) {
        keys(run, &["tool"], &["automationDetails", "columnKind", "invocations", "results"]);
        keys(&run["tool"], &["driver"], &[]);
        let driver = &run["tool"]["driver"];
        keys(driver, &["name"], &["semanticVersion", "rules"]);
        let mut ids = BTreeSet::new();
        for rule in list(&driver["rules"]) {
            let own = ["shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"];
            keys(rule, &["id"], &own);
            assert!(ids.insert(text(&rule["id"])), "rule ids are unique: {}", rule["id"]);
            for name in ["shortDescription", "fullDescription", "help"] {
                keys(&rule[name], &["text"], &["markdown"]);
            }
            one_of(&rule["defaultConfiguration"]["level"], &["none", "note", "warning", "error"]);
        }
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        for invocation in list(&run["invocations"]) {
            keys(invocation, &["executionSuccessful"], &["toolExecutionNotifications"]);
            assert!(invocation["executionSuccessful"].is_boolean());
            for notification in list(&invocation["toolExecutionNotifications"]) {
                keys(notification, &["message"], &["level"]);
            }
        }
        for result in list(&run["results"]) {
            let own = ["ruleId", "kind", "level", "locations", "partialFingerprints", "properties", "baselineState"];
            keys(result, &["message"], &own);
            assert!(ids.contains(text(&result["ruleId"])), "{} is described", result["ruleId"]);
            keys(&result["message"], &["text"], &[]);
            let kinds = ["notApplicable", "pass", "fail", "review", "open", "informational"];
            one_of(&result["kind"], &kinds);
            one_of(&result["level"], &["none", "note", "warning", "error"]);
            // "If kind has any value other than fail, then level SHALL be none."
            assert!(result["kind"] == "fail" || result["level"] == "none", "{result}");
            if !result["baselineState"].is_null() {
                one_of(&result["baselineState"], &["new", "unchanged", "updated", "absent"]);
            }
            assert!(result["partialFingerprints"].as_object().unwrap().values().all(Value::is_string));
            for location in list(&result["locations"]) {
                keys(location, &[], &["physicalLocation", "logicalLocations"]);
                for logical in list(&location["logicalLocations"]) {
                    keys(logical, &[], &["name", "fullyQualifiedName", "kind"]);
                }
                let physical = &location["physicalLocation"];
                if physical.is_null() {
                    continue;
                }
                keys(physical, &["artifactLocation"], &["region"]);
                keys(&physical["artifactLocation"], &["uri"], &[]);
                let uri = text(&physical["artifactLocation"]["uri"]);
                let is_uri = |c: char| c.is_ascii_alphanumeric() || "-._~%/:".contains(c);
                assert!(uri.chars().all(is_uri), "{uri}");
                let region = &physical["region"];
                if !region.is_null() {
                    keys(region, &["startLine"], &["startColumn", "endLine", "endColumn"]);
                    assert!(region.as_object().unwrap().values().all(|n| n.as_u64().is_some_and(|n| n >= 1)));
                }
            }
        }
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn one_of(value: &Value, allowed: &[&str]) {
    assert!(allowed.contains(&text(value)), "{value} is none of {allowed:?}");
}

fn keys(value: &Value, required: &[&str], optional: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("{value} is no object"));
    for name in required {
        assert!(object.contains_key(*name), "`{name}` is missing in {value}");
    }
    for name in object.keys() {
        assert!(required.contains(&name.as_str()) || optional.contains(&name.as_str()), "`{name}` in {value}");
    }
}

/// Checks a document against what JUnit's schemas in use have in common: elements, their nesting and attributes, and that
/// the numbers are right. Returns the number of failures and errors.
pub(crate) fn check_junit(document: &str) -> (usize, usize) {
    use quick_xml::Reader;
    use quick_xml::events::Event;
    /// Element, the elements it may be in, attributes that it has to have and those that it may have.
    type Element = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);
    const ELEMENTS: [Element; 7] = [
        ("testsuites", &[], &[], &["name", "tests", "failures", "errors", "time"]),
        (
            "testsuite",
            &["testsuites"],
            &["name", "tests", "failures", "errors"],
            &["skipped", "time", "timestamp", "hostname", "id", "package", "file"],
        ),
        ("testcase", &["testsuite"], &["name"], &["classname", "time", "group"]),
        ("failure", &["testcase"], &[], &["type", "message"]),
        ("error", &["testcase"], &[], &["type", "message"]),
        ("skipped", &["testcase"], &[], &["type", "message"]),
        ("system-out", &["testcase", "testsuite"], &[], &[]),
    ];
    let mut counted = [0_usize; 3];
    let mut told = [0_usize; 3];
    let mut open: Vec<String> = Vec::new();
    let mut reader = Reader::from_str(document);
    loop {
        let (element, is_open) = match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(element) => (element, true),
            Event::Empty(element) => (element, false),
            Event::End(_) => {
                open.pop();
                continue;
            }
            _ => continue,
        };
        let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
        let (_, parents, required, optional) =
            ELEMENTS.iter().find(|(known, ..)| *known == name).unwrap_or_else(|| panic!("unknown element {name}"));
        match open.last() {
            Some(parent) => assert!(parents.contains(&parent.as_str()), "{name} in {parent}"),
            None => assert!(parents.is_empty(), "{name} is the root"),
        }
        let attributes: Vec<(String, String)> = element
            .attributes()
            .map(|attribute| attribute.unwrap())
            .map(|attribute| {
                let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                (key, attribute.unescape_value().unwrap().into_owned())
            })
            .collect();
        for name in *required {
            assert!(attributes.iter().any(|(own, _)| own == name), "`{name}` is missing in {element:?}");
        }
        for (own, value) in &attributes {
            assert!(required.contains(&own.as_str()) || optional.contains(&own.as_str()), "`{own}` in {element:?}");
            if name == "testsuite" {
                match own.as_str() {
                    "tests" => told[0] += value.parse::<usize>().unwrap(),
                    "failures" => told[1] += value.parse::<usize>().unwrap(),
                    "errors" => told[2] += value.parse::<usize>().unwrap(),
                    _ => {}
                }
            }
        }
        match name.as_str() {
            "testcase" => counted[0] += 1,
            "failure" => counted[1] += 1,
            "error" => counted[2] += 1,
            _ => {}
        }
        if is_open {
            open.push(name);
        }
    }
    assert_eq!(counted, told, "tests, failures and errors");
    (counted[1], counted[2])
}
