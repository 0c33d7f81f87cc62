//! The credential report as the AWS CLI prints it: JSON with the CSV in base64, text, or the CSV.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::json;
use crate::timestamp::Timestamp;

/// The CSV of a credential report, with its time if the text has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrintedReport {
    /// The CSV.
    pub csv: Vec<u8>,
    /// When IAM generated the report.
    pub generated_at: Option<Timestamp>,
}

/// What `aws iam get-credential-report` prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    content: String,
    generated_time: Timestamp,
}

impl PrintedReport {
    /// Reads a report from the output of `aws iam get-credential-report` as JSON or as text, or from the CSV, which can be
    /// in base64 or in quotes.
    ///
    /// # Errors
    /// The reason, if the text is JSON without a report, or its content is neither CSV nor base64.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        read(bytes)
    }
}

fn read(bytes: &[u8]) -> Result<PrintedReport, String> {
    let text = json::text(bytes).map_err(|error| error.to_string())?;
    let undated = |csv| PrintedReport { csv, generated_at: None };
    match text.trim_ascii_start().as_bytes() {
        [b'{', ..] => {
            let printed: Printed = json::read_as(&text).map_err(|error| error.to_string())?;
            let csv = csv_in(&printed.content).map_err(|reason| format!("$.Content: {reason}"))?;
            Ok(PrintedReport { csv, generated_at: Some(printed.generated_time) })
        }
        [b'"', ..] => Ok(undated(csv_or_text(&unquoted(&text)))),
        _ => match text.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
            // As text the AWS CLI prints the fields in the order of their names.
            [content, time, "text/csv"] => {
                let time = time.parse().map_err(|error| format!("GeneratedTime: {error}"))?;
                Ok(PrintedReport { csv: csv_in(content)?, generated_at: Some(time) })
            }
            _ => Ok(undated(csv_or_text(&text))),
        },
    }
}

/// The text within quotes, if there is nothing else: a CSV may have its cells in quotes.
fn unquoted(text: &str) -> Cow<'_, str> {
    serde_json::from_str::<String>(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The same of a text that may be anything: what it lacks is found when the CSV is read.
fn csv_or_text(text: &str) -> Vec<u8> {
    // A single word may be valid base64, of something else than a CSV.
    let decoded = csv_in(text).ok().filter(|csv| csv.contains(&b','));
    decoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

/// The text of a CSV, or what it is the base64 of, in one line or in several.
fn csv_in(text: &str) -> Result<Vec<u8>, String> {
    // Neither base64 nor an empty text has one.
    if text.contains(',') {
        return Ok(text.as_bytes().to_vec());
    }
    let encoded: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(encoded).map_err(|error| format!("it is neither CSV nor base64: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "user,arn\n<root_account>,arn:aws:iam::111122223333:root\n";

    #[test]
    fn a_report_is_read_in_each_form() {
        let encoded = BASE64_STANDARD.encode(CSV);
        let wrapped: String =
            encoded.as_bytes().chunks(20).map(|line| String::from_utf8_lossy(line) + "\r\n").collect();
        let quoted = CSV.replace("user,arn", "\"user\",\"arn\"");
        let time = "2026-01-31T12:00:00+00:00";
        for (file, csv, dated) in [
            (CSV.to_owned(), CSV, false),
            (quoted.clone(), quoted.as_str(), false),
            (encoded.clone(), CSV, false),
            (wrapped, CSV, false),
            (format!("\"{encoded}\"\n"), CSV, false),
            (serde_json::to_string(CSV).unwrap(), CSV, false),
            (format!("{encoded}\t{time}\ttext/csv\n"), CSV, true),
            (
                format!(r#"{{"Content": "{encoded}", "ReportFormat": "text/csv", "GeneratedTime": "{time}"}}"#),
                CSV,
                true,
            ),
        ] {
            let report = read(file.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(report.csv).unwrap(), csv, "{file}");
            assert_eq!(
                report.generated_at.map(|time| time.to_string()),
                dated.then(|| "2026-01-31T12:00:00Z".to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_report_has_a_reason() {
        for (file, why) in [
            (r#"{"Content": "%%%", "ReportFormat": "text/csv"}"#, "missing field `GeneratedTime`"),
            (
                r#"{"Content": "abc", "GeneratedTime": "2026-01-31T12:00:00Z"}"#,
                "$.Content: it is neither CSV nor base64",
            ),
            ("dXNlcg== yesterday text/csv", "GeneratedTime: "),
        ] {
            let reason = read(file.as_bytes()).map(|report| report.csv).unwrap_err();
            assert!(reason.contains(why), "{reason}");
        }
        // Anything else goes on as it is.
        for file in ["", "user", "<html><body>503</body></html>", "\"quoted\""] {
            assert_eq!(read(file.as_bytes()).unwrap().csv, file.trim_matches('"').as_bytes());
        }
    }
}
