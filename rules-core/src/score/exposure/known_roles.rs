//! Roles that AWS's own services and tools make under well-known names: who may assume one by name finds it in most accounts.

use std::sync::OnceLock;

use crate::policy::ResourcePattern;
use crate::score::compile::statement::Resources;
use crate::score::resource::constraint::Constraint;
use crate::score::resource::extents::Breadth;
use crate::score::resource::pattern::Segments;
use crate::score::resource::problem::Found;
use crate::score::resource::scale::Scale;
use crate::score::resource::template::Template;

/// Administrators of accounts: those of AWS Organizations and AWS Control Tower, and those of IAM Identity Center, whose names
/// end in some letters that differ.
const ADMINISTRATORS: [&str; 4] = [
    "arn:*:iam::*:role/OrganizationAccountAccessRole",
    "arn:*:iam::*:role/AWSControlTowerExecution",
    "arn:*:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
    "arn:*:iam::*:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
];

/// As names of administrators of IAM Identity Center go, wherever one is written out.
const IDENTITY_CENTER: &str = "arn:*:iam::*:role/*AWSReservedSSO_AdministratorAccess_*";
const IDENTITY_CENTER_NAME: &str = "AWSReservedSSO_AdministratorAccess_";

/// The roles of the AWS CDK that deploy whatever they are given.
const DEPLOYERS: [&str; 2] = ["arn:*:iam::*:role/cdk-*-deploy-role-*", "arn:*:iam::*:role/cdk-*-cfn-exec-role-*"];

struct Known {
    administrators: Vec<ResourcePattern>,
    identity_center: ResourcePattern,
    deployers: Vec<ResourcePattern>,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    let pattern = |text: &str| ResourcePattern::new(text.to_owned());
    KNOWN.get_or_init(|| Known {
        administrators: ADMINISTRATORS.map(pattern).into(),
        identity_center: pattern(IDENTITY_CENTER),
        deployers: DEPLOYERS.map(pattern).into(),
    })
}

/// The breadth in which roles of a template satisfy a constraint, those of well-known names counted as what they are.
pub(crate) fn widened<'g>(
    constraint: &Constraint<'g>,
    allowed: &Resources<'_>,
    template: &'static Template,
    scale: Scale,
    found: Breadth,
) -> Breadth {
    let known = known();
    let among = |pattern: &'static ResourcePattern| match constraint
        .clone()
        .requiring([Segments::from(pattern)])
        .widest(template, scale)
    {
        Found::Part(breadth) => Some(breadth.extents),
        Found::Nothing | Found::Everything => None,
    };
    let of = |extents| Breadth { share: template.share(extents, scale), extents };
    let administrators = known.administrators.iter().filter_map(among);
    let written_out = Some(&known.identity_center).filter(|_| name_identity_center(allowed)).and_then(among);
    let everywhere = administrators.chain(written_out).map(|extents| of(template.names_ignored(extents)));
    let deployers = known.deployers.iter().filter_map(among).map(|extents| of(template.names_widened(extents)));
    everywhere.chain(deployers).fold(found, Breadth::max)
}

/// Whether a pattern writes out what names of administrators of IAM Identity Center begin with.
fn name_identity_center(allowed: &Resources<'_>) -> bool {
    match allowed {
        Resources::Matching(patterns) => {
            patterns.iter().any(|(pattern, _)| pattern.as_str().contains(IDENTITY_CENTER_NAME))
        }
        Resources::Everything | Resources::Except(_) => false,
    }
}
