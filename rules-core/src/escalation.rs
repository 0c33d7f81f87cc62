//! Privilege escalation: how a principal that is no administrator can become one, in this account.
//!
//! A path counts when its actions reach what they have to reach here: the group that makes administrators, the role that
//! trusts the service, the policy version that exists, the user with room for an access key. Paths are chained, since
//! whoever can become a principal can do what that one can. An answer is certain, or possible with what would have to be
//! known, or no answer, and then there is no path.

mod account;
mod becoming;
mod candidates;
mod capabilities;
mod creating;
mod granting;
pub(crate) mod paths;
mod requester;
mod services;
mod way;

use std::collections::BTreeSet;

use account::{Account, Principal};
use granting::Target;
use requester::Requester;
use services::OpenPath;
use way::Way;

use crate::arn::Arn;
use crate::decision::Truth;
use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::permissions::{AdminDefinition, PrincipalPermissions, SecondFactor, Witness, trusts_by_name};
use crate::text::visible;

/// The principals of an account and the ways between them.
pub struct Escalations<'a> {
    account: Account<'a>,
}

/// A way for a principal to become an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Whether every step works for certain. Otherwise it may work.
    pub proven: bool,
    /// What would have to be known to be certain, where that can be said.
    pub missing: Option<String>,
    /// The steps, first to last.
    pub steps: Vec<EscalationStep>,
    /// What makes the administrator that is reached; none when it is made one by the last step.
    pub witness: Option<Witness>,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationStep {
    /// The id of the known path.
    pub path: &'static str,
    /// The actions that it takes.
    pub actions: Vec<&'static str>,
    /// What they are done to, such as `user ada`.
    pub target: String,
}

impl<'a> Escalations<'a> {
    /// Looks at every principal of the account.
    ///
    /// # Errors
    /// When the account's principals are not known.
    pub fn new(facts: &'a Facts) -> Result<Self, MissingFact> {
        Ok(Self { account: Account::new(facts, facts.authorization_details.get()?) })
    }

    /// The permissions of the user or role with this ARN.
    ///
    /// # Errors
    /// When there is no such principal, or its policies are not all known.
    pub fn permissions(&self, arn: &Arn) -> Result<&PrincipalPermissions<'a>, MissingFact> {
        self.principal(arn)?.permissions.as_ref().map_err(Clone::clone)
    }

    fn principal(&self, arn: &Arn) -> Result<&Principal<'a>, MissingFact> {
        let place = self.account.place(arn).and_then(|place| self.account.principals.get(place));
        place.ok_or_else(|| MissingFact::new(format!("principal {arn}"), "it is not among the account's"))
    }

    /// Whether a user or role may assume a role.
    #[must_use]
    pub fn may_assume(&self, arn: &Arn, second_factor: SecondFactor, role: &Arn) -> Truth {
        let (Ok(by), Ok(role)) = (self.principal(arn), self.principal(role)) else { return Truth::Undecided };
        let is_named =
            || role.trust().and_then(|trust| trust.known()).is_none_or(|trust| trusts_by_name(trust, by.identity));
        if !by.capabilities.contain("sts:AssumeRole") && !is_named() {
            return Truth::Fails;
        }
        let Ok(permissions) = &by.permissions else { return Truth::Undecided };
        let requester = Requester::new(permissions, by.capabilities, second_factor);
        becoming::assume(&requester, role).map_or(Truth::Fails, |way| way.truth)
    }

    /// How the user or role with this ARN becomes an administrator; none when it cannot. A certain way is preferred, then
    /// a short one.
    ///
    /// # Errors
    /// When there is no such principal, or its policies are not all known.
    pub fn of(&self, arn: &Arn, second_factor: SecondFactor) -> Result<Option<Escalation>, MissingFact> {
        let start = self.principal(arn)?;
        start.permissions.as_ref().map_err(Clone::clone)?;
        // Nearly everybody can neither change anything that matters nor assume a role.
        if start.capabilities.is_empty() && self.account.roles_that_name(start.identity).is_empty() {
            return Ok(None);
        }
        let place = self.account.place(arn).unwrap_or_default();
        let search = |least| Search { account: &self.account, least, members: Vec::new(), seen: BTreeSet::new() };
        Ok(search(Truth::Holds)
            .run(place, second_factor)
            .or_else(|| search(Truth::Undecided).run(place, second_factor)))
    }
}

impl Escalation {
    /// How one gets there, as names: the principal, whatever each step is done to, and the policy at the end, if any.
    #[must_use]
    pub fn path(&self, principal: &str) -> Vec<String> {
        let targets = self.steps.iter().map(|step| step.target.as_str());
        let end = self.witness.iter().flat_map(|witness| [witness.group.as_deref(), Some(witness.policy.as_str())]);
        std::iter::once(principal).chain(targets).chain(end.flatten()).map(str::to_owned).collect()
    }

    /// The first step in words, how many more there are, where they end and what is not known, so that an annotation
    /// holds it.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = match self.steps.as_slice() {
            [] => String::new(),
            [only] => only.in_words(),
            [first, between @ .., last] => {
                let more = match between.len() {
                    0 => String::new(),
                    many => format!(", {many} more"),
                };
                format!("{}{more}, then {}", first.in_words(), last.in_words())
            }
        };
        if let Some(missing) = &self.missing {
            words.push_str(&format!("; not known: {}", visible(missing, 60)));
        }
        words
    }
}

impl EscalationStep {
    fn in_words(&self) -> String {
        let [first, more @ ..] = self.actions.as_slice() else { return self.path.to_owned() };
        let more = match more.len() {
            0 => String::new(),
            many => format!(" +{many}"),
        };
        format!("{first}{more} on {} ({})", visible(&self.target, 30), self.path)
    }
}

/// A search among the principals that one can become, step by step.
struct Search<'s, 'a> {
    account: &'s Account<'a>,
    /// Steps that are less certain are not taken.
    least: Truth,
    members: Vec<Member<'s, 'a>>,
    seen: BTreeSet<(usize, bool)>,
}

/// A principal that one has become.
struct Member<'s, 'a> {
    /// Its place among the members.
    place: usize,
    principal: &'s Principal<'a>,
    requester: Requester<'s, 'a>,
    services: Vec<OpenPath>,
    /// From which member, and how; none for the one who began.
    from: Option<(usize, Way)>,
    /// Which role's trust or whose credentials, for the ids of combined paths.
    through: Option<&'static str>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn run(mut self, start: usize, second_factor: SecondFactor) -> Option<Escalation> {
        self.join(start, second_factor, None);
        let mut next = 0;
        while next < self.members.len() {
            if let Some(found) = self.way_between(next).or_else(|| self.own_way(next)) {
                return Some(found);
            }
            if let Some(found) = self.expand(next) {
                return Some(found);
            }
            next += 1;
        }
        None
    }

    fn join(&mut self, place: usize, second_factor: SecondFactor, from: Option<(usize, Way)>) -> Option<()> {
        let principal = self.account.principals.get(place)?;
        let permissions = principal.permissions.as_ref().ok()?;
        if !self.seen.insert((place, second_factor == SecondFactor::Never)) {
            return None;
        }
        let requester = Requester::new(permissions, principal.capabilities, second_factor);
        let services = services::open_paths(&requester);
        let through = from.as_ref().map(|(_, way)| way.path);
        self.members.push(Member { place: self.members.len(), principal, requester, services, from, through });
        Some(())
    }

    fn certain_enough(&self, way: Option<Way>) -> Option<Way> {
        way.filter(|way| way.truth >= self.least)
    }

    /// A member that makes a new administrator.
    fn own_way(&self, place: usize) -> Option<Escalation> {
        let member = self.members.get(place)?;
        let by = &member.requester;
        let new = |way: Option<Way>, target: &str| {
            let way = self.certain_enough(way)?;
            Some(self.escalation(&[member], Some((&way, target.to_owned())), None))
        };
        new(creating::role(self.account, by, &member.services), "a new role")
            .or_else(|| new(creating::user(self.account, by), "a new user"))
            .or_else(|| new(services::identity_center(by), "IAM Identity Center"))
    }

    /// A member that makes itself or another one an administrator.
    fn way_between(&self, place: usize) -> Option<Escalation> {
        let newest = self.members.get(place)?;
        let known = self.members.get(..=place)?;
        let pairs = known.iter().map(|target| (newest, target)).chain(known.iter().map(|by| (by, newest)));
        let mut ways = pairs.filter_map(|(by, target): (&Member<'_, '_>, &Member<'_, '_>)| {
            let itself = std::ptr::eq(by.principal, target.principal);
            let through = if itself { None } else { target.through };
            let target_of_way = Target { principal: target.principal, requester: &target.requester, through };
            let way = self.certain_enough(granting::way(self.account, &by.requester, &target_of_way))?;
            Some((way, by, target))
        });
        let (way, by, target) = ways.next()?;
        Some(self.escalation(&[by, target], Some((&way, target.principal.in_words())), None))
    }

    /// Becomes whoever the member can become; ends at an administrator.
    fn expand(&mut self, place: usize) -> Option<Escalation> {
        let mut reached = Vec::new();
        let member = self.members.get(place)?;
        let by = &member.requester;
        let everybody = !by.capabilities.is_empty();
        let named = if everybody { Vec::new() } else { self.account.roles_that_name(member.principal.identity) };
        let candidates: Box<dyn Iterator<Item = usize>> =
            if everybody { Box::new(0..self.account.principals.len()) } else { Box::new(named.into_iter()) };
        for other in candidates {
            let Some(target) = self.account.principals.get(other) else { continue };
            if std::ptr::eq(target, member.principal) {
                continue;
            }
            let ways = match target.role {
                Some(_) => becoming::role(self.account, by, target, &member.services)
                    .map(|way| becoming::Becoming { way, second_factor: SecondFactor::Unknown })
                    .into_iter()
                    .collect(),
                None => becoming::user(self.account, by, target),
            };
            for becoming in ways {
                let Some(way) = self.certain_enough(Some(becoming.way)) else { continue };
                if let Some(found) = self.end_at(member, target, &way, becoming.second_factor) {
                    return Some(found);
                }
                reached.push((other, becoming.second_factor, way));
            }
        }
        for (other, second_factor, way) in reached {
            self.join(other, second_factor, Some((place, way)));
        }
        None
    }

    /// The end, if the target is an administrator.
    fn end_at(
        &self,
        member: &Member<'_, '_>,
        target: &Principal<'_>,
        way: &Way,
        second_factor: SecondFactor,
    ) -> Option<Escalation> {
        let (way, witness) = match &target.permissions {
            // It may be an administrator, as far as anybody knows.
            Err(missing) => (way.clone().unless_known(|| missing.to_string()), None),
            Ok(permissions) => {
                let witness = permissions.administrator(AdminDefinition::Effective, second_factor)?;
                let truth = if witness.proven { Truth::Holds } else { Truth::Undecided };
                (way.clone().depends_on(truth, || witness.conditional_on.join(", ")), Some(witness))
            }
        };
        let way = self.certain_enough(Some(way))?;
        Some(self.escalation(&[member], Some((&way, target.in_words())), witness))
    }

    /// The way to all of these members and on from there.
    fn escalation(
        &self,
        members: &[&Member<'_, '_>],
        last: Option<(&Way, String)>,
        witness: Option<Witness>,
    ) -> Escalation {
        // Who became whom, each once, whoever came first first.
        let mut places = BTreeSet::new();
        for member in members {
            let mut at = Some(*member);
            while let Some(member) = at {
                places.insert(member.place);
                at = member.from.as_ref().and_then(|(from, _)| self.members.get(*from));
            }
        }
        let become_them = places.into_iter().filter_map(|place| {
            let member = self.members.get(place)?;
            let (_, way) = member.from.as_ref()?;
            Some((way, member.principal.in_words()))
        });
        let ways: Vec<(&Way, String)> = become_them.chain(last).collect();
        Escalation {
            proven: ways.iter().all(|(way, _)| way.truth == Truth::Holds),
            missing: ways.iter().find_map(|(way, _)| way.missing.clone()),
            steps: ways
                .into_iter()
                .map(|(way, target)| EscalationStep { path: way.path, actions: way.actions.clone(), target })
                .collect(),
            witness,
        }
    }
}
