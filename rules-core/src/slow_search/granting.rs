//! Ways to give a principal more: policies, other versions of them, groups. Oneself included.

use super::account::{SlowAccount, SlowKnownGroup};
use super::choosing::{Purpose, everything};
use super::requester::SlowRequester;
use super::way::{SlowPermit, SlowWay};
use crate::arn::Arn;
use crate::permissions::{Change, PrincipalType, allow_everything};
use crate::policy::Effect;
use crate::text::visible;

/// A principal that is to be given more.
pub(super) struct SlowTarget<'t, 'a> {
    pub(super) requester: &'t SlowRequester<'a>,
    /// The path by which one became it; none for oneself.
    pub(super) through: Option<&'static str>,
}

/// What a principal can be given, or made rid of.
pub(super) struct Gain<'a> {
    pub(super) way: SlowWay,
    /// What the step is done to, in words.
    pub(super) object: String,
    /// What changes of the principal.
    pub(super) brings: SlowBrings<'a>,
    /// What tells the gain from others of the same principal.
    pub(super) key: String,
}

/// What a gain brings.
pub(super) enum SlowBrings<'a> {
    /// Changes of what bears on the principal.
    Changes(Vec<Change<'a>>),
    /// MFA.
    Mfa,
    /// Nobody knows what: it may be everything.
    Unknown,
}

impl SlowTarget<'_, '_> {
    pub(super) fn in_words(&self) -> String {
        self.requester.principal.in_words()
    }

    pub(super) fn arn(&self) -> &str {
        self.requester.identity().arn.as_str()
    }

    /// The known path that this grant is part of.
    fn path(&self, own: &'static str, assumed: &'static str, retrusted: &'static str) -> &'static str {
        match self.through {
            None => own,
            Some("iam-012") => retrusted,
            Some(_) => assumed,
        }
    }
}

/// What `by` can give the target.
pub(super) fn gains<'a>(
    account: &SlowAccount<'a>,
    by: &SlowRequester<'a>,
    target: &SlowTarget<'_, 'a>,
) -> Vec<Gain<'a>> {
    let mut gains = on_itself(account, by, target);
    let groups = target.requester.permissions.groups();
    gains.extend(groups.iter().flat_map(|group| on_group(account, by, &group.identity.arn, &group.identity.name)));
    gains.extend(rewritten(account, by, target));
    gains.extend(restored(account, by, target));
    gains.extend(joined(account, by, target));
    gains
}

fn on_itself<'a>(account: &SlowAccount<'a>, by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Vec<Gain<'a>> {
    let (put, attach, put_path, attach_path) = match target.requester.principal.kind() {
        PrincipalType::User => (
            "iam:PutUserPolicy",
            "iam:AttachUserPolicy",
            target.path("iam-007", "iam-018", "iam-018"),
            target.path("iam-008", "iam-015", "iam-015"),
        ),
        PrincipalType::Role => (
            "iam:PutRolePolicy",
            "iam:AttachRolePolicy",
            target.path("iam-005", "iam-017", "iam-021"),
            target.path("iam-009", "iam-014", "iam-019"),
        ),
    };
    let put = by.ask_about(put, &target.requester.principal, &[]).map(|permit| Gain {
        way: permit.way(put_path),
        object: target.in_words(),
        brings: SlowBrings::Changes(vec![Change::Add(everything(None))]),
        key: "everything".to_owned(),
    });
    let request = target.requester.principal.request(&by.context);
    let choices = by.choices(account, Purpose::Policy, (attach, target.arn(), &request));
    let attach = choices.into_iter().map(|choice| Gain {
        object: target.in_words(),
        brings: SlowBrings::Changes(vec![Change::Add(choice.source(None))]),
        key: choice.key(),
        way: choice.permit.way(attach_path),
    });
    put.into_iter().chain(attach).collect()
}

/// Policies put on or attached to a group, for its members.
fn on_group<'a>(account: &SlowAccount<'a>, by: &SlowRequester<'a>, group: &Arn, name: &'a str) -> Vec<Gain<'a>> {
    let object = || format!("group {}", visible(name, 40));
    let put = by.ask("iam:PutGroupPolicy", group.as_str(), &[]).map(|permit| Gain {
        way: permit.way("iam-011"),
        object: object(),
        brings: SlowBrings::Changes(vec![Change::Add(everything(Some(name)))]),
        key: "everything".to_owned(),
    });
    let choices = by.choices(account, Purpose::Policy, ("iam:AttachGroupPolicy", group.as_str(), &by.context));
    let attach = choices.into_iter().map(|choice| Gain {
        object: object(),
        brings: SlowBrings::Changes(vec![Change::Add(choice.source(Some(name)))]),
        key: choice.key(),
        way: choice.permit.way("iam-010"),
    });
    put.into_iter().chain(attach).collect()
}

/// A new version of a policy that bears on the target, which is in force at once.
fn rewritten<'a>(account: &SlowAccount<'a>, by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Vec<Gain<'a>> {
    let path = target.path("iam-001", "iam-016", "iam-020");
    let gain = |arn: &'a Arn| {
        Some(Gain {
            way: SlowWay::of(path, by.rewrite(account, arn)?)?,
            object: policy_in_words(arn),
            brings: SlowBrings::Changes(vec![Change::Replace(arn, allow_everything())]),
            key: format!("everything in {arn}"),
        })
    };
    bearing(target).into_iter().filter_map(gain).collect()
}

/// Another version of a policy that bears on the target, put in force.
fn restored<'a>(account: &SlowAccount<'a>, by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Vec<Gain<'a>> {
    if !by.has("iam:SetDefaultPolicyVersion") {
        return Vec::new();
    }
    let open = bearing(target)
        .into_iter()
        .filter_map(|arn| Some((arn, by.ask("iam:SetDefaultPolicyVersion", arn.as_str(), &[])?)));
    let gain = |(arn, permit): (&'a Arn, SlowPermit)| {
        account.other_versions(arn).iter().map(move |version| {
            let way = permit.clone().way("prowler-setdefaultpolicyversion");
            let (way, brings) = match version.document().known() {
                Some(document) => (way, SlowBrings::Changes(vec![Change::Replace(arn, document)])),
                None => {
                    let missing = || format!("version {} of policy {arn}", version.id);
                    (way.unless_known(missing), SlowBrings::Unknown)
                }
            };
            Gain { way, object: policy_in_words(arn), brings, key: format!("{} of {arn}", version.id) }
        })
    };
    open.flat_map(gain).collect()
}

/// The managed policies of the target, of its groups and its boundary, each once.
fn bearing<'a>(target: &SlowTarget<'_, 'a>) -> Vec<&'a Arn> {
    let permissions = &target.requester.permissions;
    let boundary = permissions.boundary().map(|boundary| boundary.arn);
    let mut arns: Vec<&'a Arn> =
        permissions.policies().iter().filter_map(|source| source.arn).chain(boundary).collect();
    arns.sort();
    arns.dedup();
    arns
}

/// The target put in a group, which may be given everything then.
fn joined<'a>(account: &SlowAccount<'a>, by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Vec<Gain<'a>> {
    if target.requester.principal.kind() != PrincipalType::User || !by.has("iam:AddUserToGroup") {
        return Vec::new();
    }
    let member_of = target.requester.permissions.groups();
    // A group that gives nothing may be given more by another principal.
    let is_other = |other: &&SlowKnownGroup<'_>| !member_of.iter().any(|group| group.identity == other.group.identity);
    let others = account.groups.iter().filter(is_other);
    let mut gains = Vec::new();
    let mut plain = Vec::new();
    for other in others {
        let identity = &other.group.identity;
        let Some(join) = by.ask("iam:AddUserToGroup", identity.arn.as_str(), &[]) else { continue };
        let object = || format!("group {}", visible(&identity.name, 40));
        let key = format!("member of {}", identity.name);
        let way = join.clone().way("iam-013");
        let Ok(policies) = &other.policies else {
            let way = way.unless_known(|| format!("the policies of {}", object()));
            gains.push(Gain { way, object: object(), brings: SlowBrings::Unknown, key });
            continue;
        };
        let member = || Change::Join(other.group, policies.clone());
        gains.extend(on_group(account, by, &identity.arn, &identity.name).into_iter().map(|gain| Gain {
            way: way.clone().after(gain.way),
            brings: match gain.brings {
                SlowBrings::Changes(changes) => SlowBrings::Changes(std::iter::once(member()).chain(changes).collect()),
                unknown => unknown,
            },
            key: format!("{key} with {}", gain.key),
            object: gain.object,
        }));
        gains.push(Gain { way, object: object(), brings: SlowBrings::Changes(vec![member()]), key });
        plain.push((other, join));
    }
    gains.extend(joined_all(&plain));
    gains
}

/// The target put in all the groups at once that only give.
fn joined_all<'a>(groups: &[(&SlowKnownGroup<'a>, SlowPermit)]) -> Option<Gain<'a>> {
    let only_gives = |other: &SlowKnownGroup<'_>| {
        let policies = other.policies.iter().flatten();
        policies.flat_map(|policy| &policy.document.statements).all(|statement| statement.effect == Effect::Allow)
    };
    let giving: Vec<_> = groups.iter().filter(|(other, _)| only_gives(other)).collect();
    let names: Vec<String> = giving.iter().map(|(other, _)| visible(&other.group.identity.name, 40)).collect();
    let way = SlowWay::of("iam-013", giving.iter().map(|(_, join)| join.clone()).collect())?;
    let changes = giving.iter().map(|(other, _)| Change::Join(other.group, other.policies.clone().unwrap_or_default()));
    (giving.len() > 1).then(|| Gain {
        way,
        object: format!("groups {}", names.join(", ")),
        brings: SlowBrings::Changes(changes.collect()),
        key: "member of every group".to_owned(),
    })
}

fn policy_in_words(arn: &Arn) -> String {
    format!("policy {}", visible(arn.resource().rsplit('/').next().unwrap_or_default(), 40))
}
