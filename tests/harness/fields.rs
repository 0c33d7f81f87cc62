//! Fields of inputs, one by one: taken out, or made null.

use serde_json::Value;

/// Fields that AWS leaves out where there is nothing to say. Null does not say that either.
pub const LEFT_OUT: [&str; 15] = [
    "UserPolicyList",
    "PermissionsBoundary",
    "AccountPasswordPresent",
    // Without it a page is the last.
    "NextToken",
    "nextToken",
    // Of alarms, filters, trails and recorders what was never set.
    "DatapointsToAlarm",
    "TreatMissingData",
    "ExtendedStatistic",
    "Unit",
    "dimensions",
    "defaultValue",
    "LatestDeliveryError",
    "LatestCloudWatchLogsDeliveryError",
    "CloudWatchLogsLogGroupArn",
    // Results from before there were modes are detective, and no resource of IAM is evaluated proactively.
    "EvaluationMode",
];

/// The parts of a policy document that a statement cannot do without. All others are the author's to write or not.
const OF_STATEMENTS: [&str; 5] = ["Statement", "Effect", "Action", "Resource", "Principal"];

/// Where something is in a document: the place of what it is in, and its key or index.
pub type Place = (String, String);

/// Every field and every record of a list in a document.
#[must_use]
pub fn places(document: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    add_places(document, "", &mut found);
    found
}

fn add_places(value: &Value, at: &str, found: &mut Vec<Place>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(values) => values.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => return,
    };
    for (key, value) in inner {
        add_places(value, &format!("{at}/{}", escaped(&key)), found);
        found.push((at.to_owned(), key));
    }
}

/// Makes a field or a record null.
///
/// # Panics
/// When it is not there.
pub fn set_null(document: &mut Value, (at, key): &Place) {
    match document.pointer_mut(at).unwrap() {
        Value::Array(values) => values[key.parse::<usize>().unwrap()] = Value::Null,
        object => object[key] = Value::Null,
    }
}

/// Takes a field out, unless it may be missing.
///
/// # Panics
/// When what it would be in is not there.
pub fn take_out(document: &mut Value, (at, key): &Place) -> bool {
    let Value::Object(fields) = document.pointer_mut(at).unwrap() else { return false };
    let in_a_document = ["PolicyDocument", "/Document"].iter().any(|name| at.contains(name));
    let may_be_missing = match in_a_document {
        true => !OF_STATEMENTS.contains(&key.as_str()),
        false => LEFT_OUT.contains(&key.as_str()),
    };
    !may_be_missing && fields.remove(key).is_some()
}

/// Whether a verdict may become another one when less is known. A resource that is gone from the verdicts is accounted for
/// where the account was not evaluated.
#[must_use]
pub fn is_no_better(was: &str, is: &str) -> bool {
    is == was || is == "NOT_EVALUATED" || (is == "NON_COMPLIANT" && was != "NOT_EVALUATED")
}
