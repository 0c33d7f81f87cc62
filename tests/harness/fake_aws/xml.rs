use serde_json::Value;

use crate::event::percent_encode;
use crate::http::Response;

/// An answer in IAM's protocol.
pub(super) fn response(action: &str, result: &Value) -> Response {
    let mut body = format!("<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">");
    element(&mut body, &format!("{action}Result"), result);
    body.push_str("<ResponseMetadata><RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId></ResponseMetadata>");
    body.push_str(&format!("</{action}Response>"));
    Response::new(200, "text/xml", body)
}

fn element(body: &mut String, name: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    body.push_str(&format!("<{name}>"));
    match value {
        // Documents are one percent-encoded text, whatever they are in the files of the AWS CLI.
        Value::Object(_) if matches!(name, "PolicyDocument" | "AssumeRolePolicyDocument" | "Document") => {
            body.push_str(&percent_encode(&value.to_string()));
        }
        Value::Object(fields) if name == "SummaryMap" => {
            for (key, value) in fields {
                body.push_str(&format!("<entry><key>{key}</key><value>{value}</value></entry>"));
            }
        }
        Value::Object(fields) => fields.iter().for_each(|(name, value)| element(body, name, value)),
        Value::Array(values) => values.iter().for_each(|value| element(body, "member", value)),
        Value::String(text) => body.push_str(&escape(text)),
        other => body.push_str(&other.to_string()),
    }
    body.push_str(&format!("</{name}>"));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
