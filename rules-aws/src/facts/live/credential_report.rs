//! The credential report: generate it, wait for it, and get it.

use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::ReportStateType;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rules_core::iam::CredentialReport;
use rules_core::{MissingFact, Timestamp};
use serde::Serialize;
use tokio::time::Instant;

use crate::aws::operation::GENERATE_CREDENTIAL_REPORT as GENERATE;
pub(super) use crate::aws::operation::GET_CREDENTIAL_REPORT as ACTION;
use crate::aws::sdk_time;
use crate::clock;

/// How long IAM may take to make a report, and what part of the time for reading, in percent.
const PATIENCE: Duration = Duration::from_secs(120);
const SHARE_OF_THE_TIME: u32 = 40;

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The output, as the AWS CLI writes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReportOutput {
    #[serde(serialize_with = "base64_text")]
    content: Vec<u8>,
    report_format: &'static str,
    generated_time: Timestamp,
}

fn base64_text<S: serde::Serializer>(content: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(content))
}

impl ReportOutput {
    /// The report, whose dates may be as late as the reading: the event that is answered may be older.
    pub(super) fn report(self, as_of: Timestamp) -> Result<CredentialReport, MissingFact> {
        let latest = as_of.max(clock::now()).max(self.generated_time);
        CredentialReport::parse(&self.content, Some(self.generated_time), latest)
            .map_err(|error| MissingFact::new("credential report", error))
    }
}

/// What a call for the report led to.
enum Got {
    Report(ReportOutput),
    /// IAM is generating it.
    NotYet,
    /// There is none, or it is too old.
    Gone(MissingFact),
}

pub(super) async fn read(iam: &Client, deadline: Option<Instant>) -> Result<ReportOutput, MissingFact> {
    let mut waits = Waits::until(deadline);
    let mut made_again = false;
    loop {
        generate(iam, &mut waits).await?;
        loop {
            match get(iam).await? {
                Got::Report(report) => return Ok(report),
                Got::NotYet => waits.wait(ACTION, "the report is not ready").await?,
                Got::Gone(missing) if made_again => return Err(missing),
                Got::Gone(_) => break,
            }
        }
        made_again = true;
        waits.wait(ACTION, "the report is gone").await?;
    }
}

/// Has the report made, or finds that IAM's last one, at most four hours old, still stands.
async fn generate(iam: &Client, waits: &mut Waits) -> Result<(), MissingFact> {
    loop {
        let why = match iam.generate_credential_report().send().await {
            Ok(answer) if answer.state() == Some(&ReportStateType::Complete) => return Ok(()),
            Ok(_) => "the report is not ready".to_owned(),
            // The SDK does not count this code among those that pass.
            Err(error) if matches!(error.code(), Some("LimitExceeded" | "LimitExceededException")) => {
                crate::aws::error::reason(&error)
            }
            Err(error) => return Err(crate::aws::error::missing(GENERATE, &error)),
        };
        waits.wait(GENERATE, &why).await?;
    }
}

async fn get(iam: &Client) -> Result<Got, MissingFact> {
    match iam.get_credential_report().send().await {
        Ok(answer) => {
            let content = answer.content.ok_or_else(|| MissingFact::new(ACTION, "the response has no content"))?;
            let generated_time = answer.generated_time.as_ref().and_then(sdk_time::from_sdk);
            Ok(Got::Report(ReportOutput {
                content: content.into_inner(),
                report_format: "text/csv",
                generated_time: generated_time
                    .ok_or_else(|| MissingFact::new(ACTION, "the response does not contain the time of the report"))?,
            }))
        }
        Err(error) => match error.code() {
            Some("ReportInProgress" | "CredentialReportNotReadyException") => Ok(Got::NotYet),
            Some(
                "ReportNotPresent"
                | "ReportExpired"
                | "CredentialReportNotPresentException"
                | "CredentialReportExpiredException",
            ) => Ok(Got::Gone(crate::aws::error::missing(ACTION, &error))),
            _ => Err(crate::aws::error::missing(ACTION, &error)),
        },
    }
}

/// Waits that grow, and end.
struct Waits {
    next: Duration,
    since: Instant,
    patience: Duration,
}

impl Waits {
    fn until(deadline: Option<Instant>) -> Self {
        let since = Instant::now();
        let share = deadline.map(|deadline| deadline.duration_since(since) * SHARE_OF_THE_TIME / 100);
        Self { next: FIRST_WAIT, since, patience: share.unwrap_or(PATIENCE).min(PATIENCE) }
    }

    async fn wait(&mut self, action: &str, why: &str) -> Result<(), MissingFact> {
        match self.take(self.since.elapsed()) {
            Some(pause) => {
                tokio::time::sleep(pause).await;
                Ok(())
            }
            None => Err(MissingFact::new(action, format!("{why}, after {} seconds", self.since.elapsed().as_secs()))),
        }
    }

    /// The next wait, unless it would end after the last moment.
    fn take(&mut self, elapsed: Duration) -> Option<Duration> {
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST_WAIT);
        (elapsed + pause <= self.patience).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::loopback::{Loopback, iam_answer, iam_error};

    const REPORT: &str = "<Content>dXNlcg==</Content><ReportFormat>text/csv</ReportFormat>\
                          <GeneratedTime>2026-01-31T12:00:00Z</GeneratedTime>";

    async fn read_from(loopback: &Loopback) -> Result<ReportOutput, MissingFact> {
        read(loopback.aws.iam(), None).await
    }

    fn actions(loopback: &Loopback) -> Vec<&'static str> {
        let name = |body: &String| if body.contains("GenerateCredentialReport") { "generate" } else { "get" };
        loopback.bodies().iter().map(name).collect()
    }

    #[tokio::test]
    async fn a_report_is_made_and_fetched() {
        let loopback = Loopback::start(|_, number| match number {
            0 => iam_error(409, "LimitExceeded", "no more capacity"),
            1 => iam_answer("GenerateCredentialReport", "<State>COMPLETE</State>"),
            _ => iam_answer("GetCredentialReport", REPORT),
        })
        .await;
        let report = read_from(&loopback).await.unwrap();
        assert_eq!(report.content, b"user");
        assert_eq!(report.generated_time.to_string(), "2026-01-31T12:00:00Z");
        assert_eq!(actions(&loopback), ["generate", "generate", "get"]);
    }

    #[tokio::test]
    async fn a_report_that_expires_is_made_again_once() {
        let loopback = Loopback::start(|body, _| match body.contains("GenerateCredentialReport") {
            true => iam_answer("GenerateCredentialReport", "<State>COMPLETE</State>"),
            false => iam_error(410, "ReportExpired", "the report has expired"),
        })
        .await;
        let missing = read_from(&loopback).await.map(|_| ()).unwrap_err();
        assert_eq!(missing.to_string(), "iam:GetCredentialReport: ReportExpired: the report has expired");
        assert_eq!(actions(&loopback), ["generate", "get", "generate", "get"]);
    }

    #[tokio::test]
    async fn a_denial_names_the_action_at_once() {
        let loopback = Loopback::start(|_, _| iam_error(403, "AccessDenied", "not authorized")).await;
        let missing = read_from(&loopback).await.map(|_| ()).unwrap_err();
        assert_eq!(missing.to_string(), "iam:GenerateCredentialReport: AccessDenied: not authorized");
        assert_eq!(loopback.bodies().len(), 1);
    }

    fn waits(mut waits: Waits) -> Vec<u64> {
        let mut seconds = Vec::new();
        while let Some(pause) = waits.take(Duration::from_secs(seconds.iter().sum())) {
            seconds.push(pause.as_secs());
        }
        seconds
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_and_end() {
        assert_eq!(waits(Waits::until(None)), [1, 2, 4, 8, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
        // 40 % of 30 seconds.
        assert_eq!(waits(Waits::until(Some(Instant::now() + Duration::from_secs(30)))), [1, 2, 4]);
        assert_eq!(waits(Waits::until(Some(Instant::now()))), Vec::<u64>::new());
    }
}
