//! The role that the function assumes in other accounts.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::{Credentials, IdentityCache, SharedCredentialsProvider};
use aws_sdk_sts::error::ProvideErrorMetadata;
use rules_core::AccountId;

use crate::aws::clients::Aws;
use crate::aws::error::{call_error, reason};
use crate::aws::operation::ASSUME_ROLE;
use crate::call_error::CallError;

/// The name of assumed sessions in CloudTrail.
const SESSION_NAME: &str = "aws-config-rules";

/// The least that STS allows, and as long as a function can run.
const SESSION: Duration = Duration::from_secs(15 * 60);

/// A role that has the same name in every account, and trusts the function.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberRole {
    /// With its path, without a slash at the front.
    name: String,
    external_id: Option<String>,
}

/// An invalid name or external id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMemberRole {
    /// The name.
    #[error("`{0}` is not the name of a role, such as `config-rules` or `security/config-rules`")]
    Name(String),
    /// The external id, which is not shown.
    #[error("the external id is not 2 to 1,224 letters, digits and characters of `+=,.@:/_-`")]
    ExternalId,
}

/// A connection in the role, and how long its credentials last.
#[derive(Debug)]
pub(crate) struct Assumed {
    pub(crate) aws: Aws,
    pub(crate) expires: SystemTime,
}

impl MemberRole {
    /// The role `name`, which can have a path as in `security/config-rules`, with the external id for AssumeRole.
    ///
    /// # Errors
    /// If IAM does not allow the name, or STS the external id. An ARN is not a name: the account is that of the event.
    pub fn new(name: &str, external_id: Option<&str>) -> Result<Self, InvalidMemberRole> {
        let path_and_name = name.trim().trim_start_matches('/');
        let (path, last) = path_and_name.rsplit_once('/').unwrap_or(("", path_and_name));
        let is_path =
            path.len() <= 510 && path.bytes().all(|byte| byte.is_ascii_graphic()) && !path_and_name.contains("//");
        if !is_path || path_and_name.contains(':') || !(1..=64).contains(&last.len()) || !last.bytes().all(in_names) {
            return Err(InvalidMemberRole::Name(rules_core::text::visible(name, 100)));
        }
        let in_external_ids = |byte: u8| in_names(byte) || b":/".contains(&byte);
        match external_id {
            Some(id) if !(2..=1_224).contains(&id.len()) || !id.bytes().all(in_external_ids) => {
                Err(InvalidMemberRole::ExternalId)
            }
            id => Ok(Self { name: path_and_name.to_owned(), external_id: id.map(str::to_owned) }),
        }
    }

    /// Assumes the role in `account` for `rule`, and makes sure that this is where it leads to.
    pub(crate) async fn assume(
        &self,
        own: &Aws,
        partition: &str,
        account: &AccountId,
        rule: &str,
    ) -> Result<Assumed, CallError> {
        let arn = format!("arn:{partition}:iam::{account}:role/{}", self.name);
        let what = format!("{ASSUME_ROLE} on {arn}");
        let request = own
            .sts()
            .assume_role()
            .role_arn(&arn)
            .role_session_name(SESSION_NAME)
            .duration_seconds(i32::try_from(SESSION.as_secs()).unwrap_or(i32::MAX))
            .set_external_id(self.external_id.clone());
        // The rule in CloudTrail, for all that is done in its name. A role whose trust does not allow that is assumed without.
        let answer = match request.clone().source_identity(rule).send().await {
            Err(error) if error.code() == Some("AccessDenied") && reason(&error).contains("SetSourceIdentity") => {
                request.send().await
            }
            answer => answer,
        };
        let answer = answer.map_err(|error| call_error(&what, &error))?;
        let of_no_use = |reason: &str| CallError::other(&what, reason.to_owned());
        let credentials = answer.credentials.ok_or_else(|| of_no_use("the response has no credentials"))?;
        let expires = SystemTime::try_from(credentials.expiration)
            .map_err(|_| of_no_use("the expiration of the credentials in the response is out of range"))?;
        let credentials = Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            Some(expires),
            "member role",
        );
        let config = own.config().clone().into_builder();
        let config = config.credentials_provider(SharedCredentialsProvider::new(credentials));
        let aws = Aws::with(config.identity_cache(IdentityCache::no_cache()).build());
        match aws.caller().await?.account_id() {
            Some(caller) if caller == *account => Ok(Assumed { aws, expires }),
            _ => Err(of_no_use("it returned credentials of another account")),
        }
    }
}

fn in_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}

/// Only the roles that require the external id know it.
impl fmt::Debug for MemberRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemberRole").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidMemberRole, MemberRole};

    #[test]
    fn names_have_paths_and_are_no_arns() {
        for name in ["config-rules", "security/config-rules", "/security/team/config-rules", " config-rules "] {
            assert!(MemberRole::new(name, None).is_ok(), "{name}");
        }
        let long = "r".repeat(65);
        for name in ["", "/", "a/", "a b", "a//b", "arn:aws:iam::111122223333:role/a", "a\nb", "é", long.as_str()] {
            assert!(matches!(MemberRole::new(name, None), Err(InvalidMemberRole::Name(_))), "{name}");
        }
    }

    #[test]
    fn an_external_id_is_checked_and_never_shown() {
        let role = MemberRole::new("config-rules", Some("canary:42")).unwrap();
        assert!(!format!("{role:?}").contains("canary"));
        for id in ["x", "a b", &"x".repeat(1_225)] {
            let error = MemberRole::new("config-rules", Some(id)).unwrap_err();
            assert_eq!(error, InvalidMemberRole::ExternalId);
        }
    }
}
