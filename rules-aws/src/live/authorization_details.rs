//! GetAccountAuthorizationDetails, to the last page.

use aws_sdk_iam::Client;
use rules_core::MissingFact;
use rules_core::iam::wire::AuthorizationDetails;

use super::paging::Paging;
use super::wire_types;

pub(super) const ACTION: &str = "iam:GetAccountAuthorizationDetails";

/// IAM may deliver fewer.
const PAGE_SIZE: i32 = 1_000;

/// Without a filter the answer also holds the documents of AWS's own policies that are in use.
pub(super) async fn read(iam: &Client) -> Result<AuthorizationDetails, MissingFact> {
    let mut paging = Paging::new(ACTION);
    let mut details = AuthorizationDetails::default();
    loop {
        let request = iam.get_account_authorization_details().max_items(PAGE_SIZE).set_marker(paging.marker());
        let page = request.send().await.map_err(|error| crate::error::missing(ACTION, &error))?;
        let lists = (page.user_detail_list, page.group_detail_list, page.role_detail_list, page.policies);
        if matches!(lists, (None, None, None, None)) {
            return Err(MissingFact::new(ACTION, "the answer has none of its lists"));
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
