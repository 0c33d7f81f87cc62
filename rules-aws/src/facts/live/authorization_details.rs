//! GetAccountAuthorizationDetails, to the last page.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use rules_core::MissingFact;
use rules_core::iam::wire::AuthorizationDetails;

use super::paging::Paging;
use super::wire_types;
pub(super) use crate::aws::operation::GET_ACCOUNT_AUTHORIZATION_DETAILS as ACTION;

/// IAM may deliver fewer.
const PAGE_SIZE: i32 = 1_000;

/// An account that changes between two pages can show one record in two states. It is then read a second time, and only
/// when that does not settle it, the parser of the records refuses them.
pub(super) async fn read(iam: &Client) -> Result<AuthorizationDetails, MissingFact> {
    let details = pages(iam).await?;
    if is_torn(&details) { pages(iam).await } else { Ok(details) }
}

/// Without a filter the answer also holds the documents of AWS's own policies that are in use.
async fn pages(iam: &Client) -> Result<AuthorizationDetails, MissingFact> {
    let mut paging = Paging::new(ACTION);
    let mut details = AuthorizationDetails::default();
    loop {
        let request = iam.get_account_authorization_details().max_items(PAGE_SIZE).set_marker(paging.marker());
        let page = request.send().await.map_err(|error| crate::aws::error::missing(ACTION, &error))?;
        let lists = (page.user_detail_list, page.group_detail_list, page.role_detail_list, page.policies);
        if matches!(lists, (None, None, None, None)) {
            return Err(MissingFact::new(ACTION, "the response has none of its lists"));
        }
        let (users, groups, roles, policies) = lists;
        details.user_detail_list.extend(users.into_iter().flatten().map(wire_types::user));
        details.group_detail_list.extend(groups.into_iter().flatten().map(wire_types::group));
        details.role_detail_list.extend(roles.into_iter().flatten().map(wire_types::role));
        details.policies.extend(policies.into_iter().flatten().map(wire_types::managed_policy));
        if !paging.more(page.is_truncated, page.marker)? {
            return Ok(details);
        }
    }
}

/// Whether two records of one ARN differ. Equal ones are only pages that overlap.
fn is_torn(details: &AuthorizationDetails) -> bool {
    fn differ<T: PartialEq>(records: &[T], arn: fn(&T) -> Option<&str>) -> bool {
        let mut first = BTreeMap::new();
        records.iter().any(|record| *first.entry(arn(record)).or_insert(record) != record)
    }
    differ(&details.user_detail_list, |user| user.arn.as_deref())
        || differ(&details.group_detail_list, |group| group.arn.as_deref())
        || differ(&details.role_detail_list, |role| role.arn.as_deref())
        || differ(&details.policies, |policy| policy.arn.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::loopback::{Loopback, iam_answer, iam_error};

    fn page(user: &str, rest: &str) -> (u16, String) {
        page_of(user, "", rest)
    }

    fn page_of(user: &str, more: &str, rest: &str) -> (u16, String) {
        let arn = format!("arn:aws:iam::111122223333:user/{user}");
        let names = format!("<UserName>{user}</UserName><UserId>AIDA{user}</UserId><Arn>{arn}</Arn>");
        let member = format!("<member>{names}{more}</member>");
        let others = "<GroupDetailList/><RoleDetailList/><Policies/>";
        let lists = format!("<UserDetailList>{member}</UserDetailList>{others}");
        iam_answer("GetAccountAuthorizationDetails", &format!("{lists}{rest}"))
    }

    #[tokio::test]
    async fn every_page_is_read() {
        let loopback = Loopback::start(|body, _| match body.contains("Marker=next") {
            false => page("ada", "<IsTruncated>true</IsTruncated><Marker>next</Marker>"),
            true => page("bob", "<IsTruncated>false</IsTruncated>"),
        })
        .await;
        let details = read(loopback.aws.iam()).await.unwrap();
        let names: Vec<_> = details.user_detail_list.iter().filter_map(|user| user.user_name.as_deref()).collect();
        assert_eq!(names, ["ada", "bob"]);
    }

    #[tokio::test]
    async fn an_account_that_changes_between_pages_is_read_again() {
        let next = "<IsTruncated>true</IsTruncated><Marker>next</Marker>";
        let last = "<IsTruncated>false</IsTruncated>";
        // The first two pages show ada in two states, the next two in one.
        let loopback = Loopback::start(move |_, number| match number {
            1 => page_of("ada", "<Path>/moved/</Path>", last),
            0 | 2 => page_of("ada", "<Path>/</Path>", next),
            _ => page_of("ada", "<Path>/</Path>", last),
        })
        .await;
        let details = read(loopback.aws.iam()).await.unwrap();
        assert!(details.user_detail_list.iter().all(|user| user.path.as_deref() == Some("/")));
        assert_eq!(loopback.bodies().len(), 4);
    }

    #[tokio::test]
    async fn an_incomplete_listing_is_no_listing() {
        let endless = "<IsTruncated>true</IsTruncated><Marker>same</Marker>";
        let headless = "<IsTruncated>true</IsTruncated>";
        for (rest, why) in [(endless, "the marker is that of the page itself"), (headless, "has no marker")] {
            let loopback = Loopback::start(move |_, _| page("ada", rest)).await;
            let missing = read(loopback.aws.iam()).await.unwrap_err().to_string();
            assert!(missing.starts_with(ACTION) && missing.contains(why), "{missing}");
        }
    }

    #[tokio::test]
    async fn a_denial_on_a_later_page_takes_everything() {
        let loopback = Loopback::start(|_, number| match number {
            0 => page("ada", "<IsTruncated>true</IsTruncated><Marker>next</Marker>"),
            _ => iam_error(403, "ExpiredToken", "the token is expired"),
        })
        .await;
        let missing = read(loopback.aws.iam()).await.unwrap_err();
        assert_eq!(missing.to_string(), format!("{ACTION}: ExpiredToken: the token is expired"));
    }

    #[tokio::test]
    async fn an_answer_that_is_not_iams_is_missing() {
        for (status, body) in [(200, "<html/>"), (200, "<GetAccountAuthorizationDetailsResponse>"), (500, "<html/>")] {
            let loopback = Loopback::start(move |_, _| (status, body.to_owned())).await;
            let missing = read(loopback.aws.iam()).await.unwrap_err();
            assert_eq!(missing.what(), ACTION, "{missing}");
        }
        let empty = Loopback::start(|_, _| iam_answer("GetAccountAuthorizationDetails", "")).await;
        assert!(read(empty.aws.iam()).await.is_err());
    }
}
