//! What a step asks for, and what its requests change.

use super::model::{EVERYTHING, Managed, Mfa, Model, Policies, Principal, is_allowed, single};
use crate::decision::{Context, ContextValue, Request, Truth};
use crate::escalation::{EscalationStep, StepAction, StepEffect};
use crate::paths::Technique;
use crate::permissions::RequestMfa;
use crate::policy::PolicyType;

/// Keys whose values the maker of a request chooses, in lower case.
const CHOSEN: [&str; 9] = [
    "aws:requestedregion",
    "aws:tagkeys",
    "iam:associatedresourcearn",
    "iam:passedtoservice",
    "iam:permissionsboundary",
    "iam:policyarn",
    "sts:durationseconds",
    "sts:externalid",
    "sts:rolesessionname",
];

impl<'a> Model<'a> {
    /// The account after a step, for each choice that the step leaves. The step may be taken with what the account had
    /// before.
    ///
    /// # Errors
    /// Why the step cannot be taken.
    pub(super) fn after(&self, step: &EscalationStep, before: &[Self]) -> Result<Vec<Self>, String> {
        let mut why = format!("{} is not in control", step.by.name);
        let mut models = Vec::new();
        for (by, mfa) in self.parties(&step.by) {
            let is_open_before =
                |it: &Self| self.put_back(it).iter().any(|model| model.refused(step, &by, mfa).is_none());
            let refused = self.refused(step, &by, mfa).filter(|_| !before.iter().any(is_open_before));
            match refused.map_or_else(|| self.changed(step, &by, mfa), Err) {
                Ok(changed) => models.extend(changed),
                Err(refused) => why = refused,
            }
        }
        if models.is_empty() { Err(why) } else { Ok(models) }
    }

    /// Why a principal cannot take a step; none if it can.
    fn refused(&self, step: &EscalationStep, by: &str, mfa: Mfa) -> Option<String> {
        let refused = |taken: &StepAction| {
            let is_open = if taken.action == "sts:AssumeRole" {
                self.may_assume(taken, by, mfa, step.proven)
            } else {
                let context = self.context_of(taken, by, mfa)?;
                let request = Request { action: taken.action, resource: &taken.resource, context: &context };
                is_allowed(&self.layers(by), &request, step.proven)
            };
            (!is_open).then(|| format!("{by} ({mfa:?}) may not {} on {}", taken.action, taken.resource))
        };
        step.actions.iter().find_map(refused).or_else(|| self.lacking(step))
    }

    /// What a request carries; none if it asks for a key that nobody chooses.
    fn context_of(&self, taken: &StepAction, by: &str, mfa: Mfa) -> Option<Context> {
        let mut context = self.context(by, mfa);
        if let Some(target) = self.principals.get(&taken.resource) {
            let boundary = target.boundary.as_deref().map_or(ContextValue::Absent, single);
            context.set("iam:PermissionsBoundary", boundary);
            context.set("aws:ResourceAccount", single(self.account));
            for prefix in ["aws:ResourceTag/", "iam:ResourceTag/"] {
                target.tags.iter().for_each(|(key, value)| {
                    context.set(&format!("{prefix}{key}"), single(value));
                });
                context.set_complete(prefix);
            }
        }
        // What a request carries if its maker does not choose anything.
        for key in ["aws:TagKeys", "sts:ExternalId"] {
            context.set(key, ContextValue::Absent);
        }
        context.set_complete("aws:RequestTag/");
        context.set("aws:RequestedRegion", single("us-east-1"));
        context.set("sts:RoleSessionName", single("any-name"));
        context.set("sts:DurationSeconds", single("900"));
        for (key, value) in &taken.keys {
            let lower = key.to_ascii_lowercase();
            let is_tag = ["aws:principaltag/", "aws:resourcetag/"].iter().any(|prefix| lower.starts_with(prefix));
            if is_tag {
                // A step before has set it, or it is as it was.
                continue;
            }
            let value = match (value.as_str(), lower.as_str()) {
                ("none", _) => ContextValue::Absent,
                (values, "aws:tagkeys") => ContextValue::Multiple(values.split(", ").map(str::to_owned).collect()),
                (value, _) => single(value),
            };
            if !CHOSEN.contains(&lower.as_str()) && !lower.starts_with("aws:requesttag/") {
                return None;
            }
            context.set(&lower, value);
        }
        Some(context)
    }

    fn may_assume(&self, taken: &StepAction, by: &str, mfa: Mfa, for_certain: bool) -> bool {
        let Some(context) = self.context_of(taken, by, mfa) else { return false };
        let is_open = |truth| truth == Truth::Holds || (truth == Truth::Undecided && !for_certain);
        let request = Request { action: taken.action, resource: &taken.resource, context: &context };
        let [by_name, by_account] = self.trusts(&taken.resource, by, &context);
        if is_open(by_name.max(by_account)) && is_allowed(&self.layers(by), &request, for_certain) {
            return true;
        }
        // A role that names the caller allows it: no policy of the caller has to. The boundary of a role limits that, the
        // boundary of a user only denies.
        let mut layers = self.layers(by);
        if self.principals[by].is_user {
            for boundary in layers.remove(PolicyType::PermissionsBoundary) {
                layers.push(PolicyType::Identity, boundary.documents);
            }
        }
        layers.push(PolicyType::Identity, [&*EVERYTHING]);
        is_open(by_name) && is_allowed(&layers, &request, for_certain)
    }

    /// What of the account a step lacks besides permissions.
    fn lacking(&self, step: &EscalationStep) -> Option<String> {
        let takes = |action: &str| step.actions.iter().any(|taken| taken.action == action);
        let path = step.path.path()?;
        for taken in &step.actions {
            let user = self.principals.get(&taken.resource);
            let lacks = match taken.action {
                "iam:CreateAccessKey" => user?.keys > 1 && !takes("iam:DeleteAccessKey"),
                "iam:CreateLoginProfile" => user?.has_password,
                "iam:UpdateLoginProfile" => !user?.has_password,
                // A name that can be chosen freely is not taken.
                "iam:CreateUser" | "iam:CreateRole" => user.is_some() && !taken.resource.contains("any-name"),
                _ => false,
            };
            if lacks {
                return Some(format!("{} on {} does not fit", taken.action, taken.resource));
            }
            let signs_in = ["iam:CreateLoginProfile", "iam:UpdateLoginProfile"].contains(&taken.action);
            let past_device = takes("iam:EnableMFADevice") || takes("iam:DeactivateMFADevice");
            if signs_in && step.proven && user?.has_device && !past_device {
                return Some(format!("the MFA device of {}", taken.resource));
            }
        }
        if !matches!(path.technique, Technique::PassRole | Technique::RunningRole) {
            return None;
        }
        if let Some(missing) = path.actions.iter().find(|action| !takes(action)) {
            return Some(format!("{} takes {missing}", path.name));
        }
        let role = step.target_arn.as_ref()?.as_str();
        let passed = step.actions.iter().find(|taken| taken.action == "iam:PassRole");
        let service = passed.and_then(|taken| value_of(taken, "iam:passedtoservice"));
        let is_open = |service: &str| {
            let truth = self.trusts_service(role, service);
            truth == Truth::Holds || (truth == Truth::Undecided && !step.proven)
        };
        let trusted = path.services.iter().any(|of| service.is_none_or(|service| service == *of) && is_open(of));
        if !trusted || (path.technique == Technique::PassRole && service.is_none()) {
            return Some(format!("{role} does not trust the service of {}", path.name));
        }
        let in_profile = self.principals[role].has_profile || takes("iam:AddRoleToInstanceProfile");
        (path.instance_profile && !in_profile).then(|| format!("{role} has no instance profile"))
    }

    /// The account after the requests of a step.
    fn changed(&self, step: &EscalationStep, by: &str, mfa: Mfa) -> Result<Vec<Self>, String> {
        let mut models = vec![self.clone()];
        // What makes room, and what has to exist first.
        const FIRST: [&str; 2] = ["iam:DeleteAccessKey", "iam:CreatePolicy"];
        let (first, then): (Vec<_>, Vec<_>) = step.actions.iter().partition(|taken| FIRST.contains(&taken.action));
        for taken in first.into_iter().chain(then) {
            let mut changed = Vec::new();
            for model in models {
                changed.extend(model.with(taken, step, by, mfa)?);
            }
            models = changed;
        }
        if let StepEffect::Control(party) = &step.effect {
            models.retain(|model| !model.parties(party).is_empty());
        }
        if models.is_empty() { Err(format!("nothing comes of {step:?}")) } else { Ok(models) }
    }

    fn with(mut self, taken: &StepAction, step: &EscalationStep, by: &str, mfa: Mfa) -> Result<Vec<Self>, String> {
        let resource = taken.resource.as_str();
        let policy = || value_of(taken, "iam:policyarn").map(str::to_owned).ok_or("which policy?".to_owned());
        let named = || step.target.strip_prefix("policy ").unwrap_or_default();
        let session = |of_user: bool| match (mfa, of_user) {
            (Mfa::Unknown, _) | (Mfa::True, false) => Mfa::Unknown,
            (Mfa::True, true) => Mfa::True,
            (Mfa::Absent | Mfa::False, _) => Mfa::False,
        };
        let session = session(self.principals[by].is_user);
        match taken.action {
            "iam:PutUserPolicy" | "iam:PutRolePolicy" | "iam:PutGroupPolicy" => {
                self.policies_of(resource)?.inline.insert("put".to_owned(), &EVERYTHING);
            }
            "iam:AttachUserPolicy" | "iam:AttachRolePolicy" | "iam:AttachGroupPolicy" => {
                let policy = policy()?;
                if !self.managed.contains_key(&policy) {
                    return Err(format!("{policy} does not exist"));
                }
                self.policies_of(resource)?.attached.insert(policy);
            }
            "iam:DeleteUserPolicy" | "iam:DeleteRolePolicy" | "iam:DeleteGroupPolicy" => {
                let removed = self.policies_of(resource)?.inline.remove(named());
                removed.ok_or_else(|| format!("no {} in {resource}", named()))?;
            }
            "iam:DetachUserPolicy" | "iam:DetachRolePolicy" | "iam:DetachGroupPolicy" => {
                self.policies_of(resource)?.attached.remove(&policy()?);
            }
            "iam:CreatePolicy" => {
                let managed = Managed { document: &EVERYTHING, versions: Default::default() };
                self.managed.insert(resource.to_owned(), managed);
            }
            "iam:CreatePolicyVersion" => {
                self.managed.get_mut(resource).ok_or("no such policy")?.document = &EVERYTHING;
            }
            "iam:SetDefaultPolicyVersion" => {
                let StepEffect::Version(Some(id)) = &step.effect else { return Err("which version?".to_owned()) };
                let managed = self.managed.get_mut(resource).ok_or("no such policy")?;
                managed.document = managed.versions.get(id).ok_or("no such version")?;
            }
            "iam:AddUserToGroup" => return Ok(self.with_members(resource, true)),
            "iam:RemoveUserFromGroup" => return Ok(self.with_members(resource, false)),
            "iam:CreateGroup" => {
                self.groups.insert(resource.to_owned(), Policies::default());
            }
            "iam:DeleteUserPermissionsBoundary" | "iam:DeleteRolePermissionsBoundary" => {
                self.principals.get_mut(resource).ok_or("no such principal")?.boundary = None;
            }
            "iam:PutUserPermissionsBoundary" | "iam:PutRolePermissionsBoundary" => {
                let boundary = value_of(taken, "iam:permissionsboundary").ok_or("which boundary?")?;
                if !self.managed.contains_key(boundary) {
                    return Err(format!("{boundary} does not exist"));
                }
                self.principals.get_mut(resource).ok_or("no such principal")?.boundary = Some(boundary.to_owned());
            }
            "iam:CreateUser" | "iam:CreateRole" => {
                let boundary = value_of(taken, "iam:permissionsboundary").filter(|boundary| *boundary != "none");
                if boundary.is_some_and(|boundary| !self.managed.contains_key(boundary)) {
                    return Err(format!("{boundary:?} does not exist"));
                }
                self.principals.insert(resource.to_owned(), Principal::new(resource, boundary.map(str::to_owned)));
                if taken.action == "iam:CreateRole" {
                    self.control(resource, session);
                }
            }
            "iam:CreateAccessKey" => {
                self.principals.get_mut(resource).ok_or("no such user")?.keys += 1;
                self.control(resource, Mfa::from(RequestMfa::Never));
            }
            "iam:DeleteAccessKey" => {
                let keys = &mut self.principals.get_mut(resource).ok_or("no such user")?.keys;
                *keys = keys.saturating_sub(1);
            }
            "iam:CreateLoginProfile" | "iam:UpdateLoginProfile" => {
                let user = self.principals.get_mut(resource).ok_or("no such user")?;
                user.has_password = true;
                let takes = |action: &str| step.actions.iter().any(|taken| taken.action == action);
                let is_asked = user.has_device && !takes("iam:DeactivateMFADevice");
                let is_given = takes("iam:EnableMFADevice") || is_asked;
                self.control(resource, if is_given { Mfa::True } else { Mfa::False });
            }
            "iam:EnableMFADevice" => {
                self.principals.get_mut(resource).ok_or("no such user")?.has_device = true;
                if self.controls(resource) {
                    self.control(resource, Mfa::True);
                }
            }
            "iam:DeactivateMFADevice" => {
                self.principals.get_mut(resource).ok_or("no such user")?.has_device = false;
            }
            "iam:TagUser" | "iam:TagRole" | "iam:UntagUser" | "iam:UntagRole" => {
                let StepEffect::Tag(key, value) = &step.effect else { return Err("which tag?".to_owned()) };
                let principal = self.principals.get_mut(resource).ok_or("no such principal")?;
                principal.tags.retain(|known, _| !known.eq_ignore_ascii_case(key));
                principal.untagged.remove(key);
                match value {
                    Some(value) => drop(principal.tags.insert(key.clone(), value.clone())),
                    None => drop(principal.untagged.insert(key.clone())),
                }
            }
            "iam:UpdateAssumeRolePolicy" => {
                // Whom the role trusted before, it can still trust.
                self.control(resource, session);
            }
            "sts:AssumeRole" => self.control(resource, session),
            "iam:PassRole" => self.control(resource, Mfa::False),
            _ => {
                let runs = step.path.path().is_some_and(|path| path.technique == Technique::RunningRole);
                if let Some(role) = step.target_arn.as_ref().filter(|_| runs) {
                    self.control(role.as_str(), Mfa::False);
                }
            }
        }
        Ok(vec![self])
    }

    fn policies_of(&mut self, resource: &str) -> Result<&mut Policies<'a>, String> {
        let principal = self.principals.get_mut(resource).map(|principal| &mut principal.policies);
        principal.or(self.groups.get_mut(resource)).ok_or_else(|| format!("no {resource}"))
    }

    /// The account after some users join a group or leave it: those in control first, then any one, then any.
    fn with_members(&self, group: &str, join: bool) -> Vec<Self> {
        let users = self.principals.iter().filter(|(_, it)| it.is_user && it.groups.contains(group) != join);
        let users: Vec<&String> = users.map(|(arn, _)| arn).collect();
        let everybody = 1_u32 << users.len();
        let controlled = users.iter().enumerate().filter(|(_, arn)| self.controls(arn));
        let controlled = controlled.fold(0, |all, (place, _)| all | 1 << place);
        let mut choices: Vec<u32> = (0..everybody).filter(|choice| *choice != controlled).collect();
        choices.sort_by_key(|choice| choice.count_ones());
        choices.insert(0, controlled);
        let with = |choice: u32| {
            let mut model = self.clone();
            for (_, arn) in users.iter().enumerate().filter(|(place, _)| choice >> place & 1 == 1) {
                let groups = &mut model.principals.get_mut(*arn).unwrap().groups;
                if join {
                    groups.insert(group.to_owned())
                } else {
                    groups.remove(group)
                };
            }
            model
        };
        choices.into_iter().map(with).collect()
    }
}

/// The value of a key that a request carries, given in lower case.
fn value_of<'s>(taken: &'s StepAction, key: &str) -> Option<&'s str> {
    taken.keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
}
