//! What can go wrong between a client and AWS, one kind at a time.

use serde_json::{Value, json};

use crate::http::{Response, Wire};

/// One thing that goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it; what they do is in one place each, below")]
pub enum Fault {
    // On the way.
    Refuse,
    Reset,
    Silence,
    Lost,
    Stall,
    Trickle,
    CutBody,
    WrongLength,
    // Instead of an answer.
    NoBody,
    Html,
    GzipRubbish,
    NotText,
    TornDocument,
    // Answers of any service.
    Throttling,
    InternalError,
    Unavailable,
    AccessDenied,
    ExpiredToken,
    BadSignature,
    Skew,
    LimitExceeded,
    UnknownError,
    // Listings.
    SameMarker,
    NoMarker,
    MarkerOnLast,
    EmptyPage,
    Overlap,
    TornRecord,
    Vanish,
    // The credential report.
    ReportStarted,
    ReportNotReady,
    ReportExpired,
    OldReport,
    StrangeReport,
    RaggedReport,
    RootlessReport,
    // AWS Config.
    SomeFail,
    AllFail,
    BadToken,
    NoSuchRule,
    OneRefused,
    StrangeHistory,
    EmptyHistory,
    // STS.
    StrangeCaller,
    NoCredentials,
}

/// The listings, each with its lists.
const LISTINGS: [(&str, &[&str]); 7] = [
    ("GetAccountAuthorizationDetails", &["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]),
    ("ListVirtualMFADevices", &["VirtualMFADevices"]),
    ("GetComplianceDetailsByConfigRule", &["EvaluationResults"]),
    ("DescribeMetricFilters", &["metricFilters"]),
    ("ListRules", &["Rules"]),
    ("ListSubscriptionsByTopic", &["Subscriptions"]),
    ("ListTargetsByRule", &["Targets"]),
];

/// The listings of which a token alone tells whether there is more, each with the token's name.
const BY_TOKEN: [(&str, &str); 5] = [
    ("GetComplianceDetailsByConfigRule", "NextToken"),
    ("DescribeMetricFilters", "nextToken"),
    ("ListRules", "NextToken"),
    ("ListSubscriptionsByTopic", "NextToken"),
    ("ListTargetsByRule", "NextToken"),
];

fn token_of(action: &str) -> Option<&'static str> {
    BY_TOKEN.iter().find(|(listing, _)| *listing == action).map(|(_, token)| *token)
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 45] = [
        Self::Refuse,
        Self::Reset,
        Self::Silence,
        Self::Lost,
        Self::Stall,
        Self::Trickle,
        Self::CutBody,
        Self::WrongLength,
        Self::NoBody,
        Self::Html,
        Self::GzipRubbish,
        Self::NotText,
        Self::TornDocument,
        Self::Throttling,
        Self::InternalError,
        Self::Unavailable,
        Self::AccessDenied,
        Self::ExpiredToken,
        Self::BadSignature,
        Self::Skew,
        Self::LimitExceeded,
        Self::UnknownError,
        Self::SameMarker,
        Self::NoMarker,
        Self::MarkerOnLast,
        Self::EmptyPage,
        Self::Overlap,
        Self::TornRecord,
        Self::Vanish,
        Self::ReportStarted,
        Self::ReportNotReady,
        Self::ReportExpired,
        Self::OldReport,
        Self::StrangeReport,
        Self::RaggedReport,
        Self::RootlessReport,
        Self::SomeFail,
        Self::AllFail,
        Self::BadToken,
        Self::NoSuchRule,
        Self::OneRefused,
        Self::StrangeHistory,
        Self::EmptyHistory,
        Self::StrangeCaller,
        Self::NoCredentials,
    ];

    /// Whether a call of this action can go wrong in this way.
    #[must_use]
    pub fn applies_to(self, action: &str) -> bool {
        match self {
            Self::SameMarker
            | Self::NoMarker
            | Self::MarkerOnLast
            | Self::EmptyPage
            | Self::Overlap
            | Self::TornRecord
            | Self::Vanish => {
                let by_token_alone = token_of(action).is_some();
                // A token is all that tells of a next page there, and a record that is missing there is one left as it was.
                let has = !matches!(self, Self::NoMarker | Self::MarkerOnLast | Self::TornRecord | Self::Vanish);
                // Devices have nothing in them that could differ but their owner.
                let of_devices = action == "ListVirtualMFADevices" && matches!(self, Self::TornRecord | Self::Vanish);
                LISTINGS.iter().any(|(listing, _)| *listing == action) && (has || !by_token_alone) && !of_devices
            }
            Self::ReportStarted => action == "GenerateCredentialReport",
            Self::ReportNotReady
            | Self::ReportExpired
            | Self::OldReport
            | Self::StrangeReport
            | Self::RaggedReport
            | Self::RootlessReport => action == "GetCredentialReport",
            Self::SomeFail | Self::AllFail | Self::BadToken | Self::OneRefused => action == "PutEvaluations",
            Self::NoSuchRule => matches!(action, "PutEvaluations" | "GetComplianceDetailsByConfigRule"),
            Self::StrangeHistory | Self::EmptyHistory => action == "GetResourceConfigHistory",
            Self::StrangeCaller => action == "GetCallerIdentity",
            Self::NoCredentials => action == "AssumeRole",
            _ => true,
        }
    }

    /// Whether the service never got to see the call.
    #[must_use]
    pub fn comes_before_the_service(self) -> bool {
        matches!(self, Self::Refuse | Self::Reset | Self::Silence)
    }

    /// What becomes of the answer on its way.
    #[must_use]
    pub fn wire(self) -> Wire {
        match self {
            Self::Refuse => Wire::Refused,
            Self::Reset => Wire::Closed,
            Self::Silence | Self::Lost => Wire::Silent,
            Self::Stall => Wire::Stalled,
            Self::Trickle => Wire::Trickled,
            Self::CutBody => Wire::Cut,
            Self::WrongLength => Wire::TooShort,
            _ => Wire::Whole,
        }
    }

    /// The error with which the service answers: status, code in IAM's protocol, code in AWS Config's.
    #[must_use]
    pub fn error(self) -> Option<(u16, &'static str, &'static str)> {
        Some(match self {
            Self::Throttling => (400, "Throttling", "ThrottlingException"),
            Self::InternalError => (500, "ServiceFailure", "InternalServerException"),
            Self::AccessDenied => (403, "AccessDenied", "AccessDeniedException"),
            Self::ExpiredToken => (403, "ExpiredToken", "ExpiredTokenException"),
            Self::BadSignature | Self::Skew => (403, "SignatureDoesNotMatch", "InvalidSignatureException"),
            Self::LimitExceeded => (409, "LimitExceeded", "LimitExceededException"),
            Self::UnknownError => (400, "SomethingNew", "SomethingNewException"),
            Self::ReportNotReady => (404, "ReportInProgress", ""),
            Self::ReportExpired => (410, "ReportExpired", ""),
            Self::BadToken => (400, "", "InvalidResultTokenException"),
            Self::NoSuchRule => (400, "", "NoSuchConfigRuleException"),
            _ => return None,
        })
    }

    /// What comes in place of the response, or the response itself.
    #[must_use]
    pub fn spoil(self, response: Response) -> Response {
        let page = "<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>";
        match self {
            Self::NoBody => Response { body: Vec::new(), ..response },
            Self::Html => Response::new(200, "text/html", page),
            Self::Unavailable => Response::new(503, "text/html", page),
            Self::GzipRubbish => {
                Response::new(200, "text/xml", vec![0x1f, 0x8b, 8, 0, 7, 7, 7, 7, 7]).with("content-encoding", "gzip")
            }
            Self::NotText => Response { body: vec![0xff, 0xfe, 0x3c, 0x00, 0xc3, 0x28], ..response },
            Self::TornDocument => {
                let mut torn = response;
                torn.body.truncate(torn.body.len() / 2);
                torn
            }
            Self::Skew => response.with("date", "Thu, 01 Jan 2009 00:00:00 GMT"),
            _ => response,
        }
    }

    /// Changes what a listing says.
    pub fn spoil_listing(self, action: &str, marker: Option<&str>, result: &mut Value) {
        let Some((_, lists)) = LISTINGS.iter().find(|(listing, _)| *listing == action) else { return };
        let name = token_of(action).unwrap_or("Marker");
        match self {
            Self::SameMarker => {
                result["IsTruncated"] = json!(true);
                result[name] = json!(marker.unwrap_or("again"));
            }
            Self::NoMarker => {
                result["IsTruncated"] = json!(true);
                result.as_object_mut().unwrap().remove(name);
            }
            Self::MarkerOnLast => {
                result["IsTruncated"] = json!(false);
                result[name] = json!("more");
            }
            // However often it happens, it ends.
            Self::EmptyPage if marker.is_some_and(|marker| marker.ends_with("+++")) => {}
            Self::EmptyPage => {
                for list in *lists {
                    result[list] = json!([]);
                }
                result["IsTruncated"] = json!(true);
                // The page itself, asked for once more by another name.
                result[name] = json!(format!("{}+", marker.unwrap_or("0")));
            }
            Self::Overlap | Self::TornRecord => {
                let record = lists.iter().find_map(|list| Some((list, result[list].get(0)?.clone())));
                if let Some((list, mut record)) = record {
                    if self == Self::TornRecord {
                        record["Path"] = json!("/elsewhere/");
                    }
                    result[list].as_array_mut().unwrap().push(record);
                }
            }
            Self::Vanish => {
                let full = lists.iter().find(|list| result[**list].as_array().is_some_and(|list| !list.is_empty()));
                if let Some(list) = full {
                    result[list].as_array_mut().unwrap().remove(0);
                }
            }
            _ => {}
        }
    }

    /// Changes a credential report.
    #[must_use]
    pub fn spoil_report(self, report: &str) -> String {
        match self {
            Self::StrangeReport => report.replace("111122223333", "999900001111"),
            Self::RaggedReport => format!("{}\nada,arn", report.trim_end()),
            Self::RootlessReport => {
                report.lines().filter(|line| !line.starts_with("<root")).map(|line| format!("{line}\n")).collect()
            }
            _ => report.to_owned(),
        }
    }
}
