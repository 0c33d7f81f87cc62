use std::cell::Cell;

use super::*;
use crate::config::{ParameterDefinition, Parameters, ResourceType};
use crate::fact::Fact;
use crate::iam::AuthorizationDetails;
use crate::rules::{Severity, Trigger};

/// Panics at the user `bob`, and complies with everything else.
struct PanicsAtBob;

impl Rule for PanicsAtBob {
    fn evaluate(&self, resource: &Resource<'_>, _: &Facts) -> Result<Outcome, MissingFact> {
        assert_ne!(resource.evaluated().name.as_deref(), Some("bob"), "a defect");
        Ok(Outcome::compliant("nothing was looked at"))
    }
}

const NO_PARAMETERS: &[ParameterDefinition] = &[];

static DEFINITION: RuleDefinition = RuleDefinition {
    id: "test-rule",
    summary: "",
    severity: Severity::Low,
    page: "",
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::User],
    findings: &[],
    parameters: NO_PARAMETERS,
    facts: &[FactKind::AuthorizationDetails],
    controls: &[],
    build: |_: &Parameters| Box::new(PanicsAtBob),
};

fn facts() -> Facts {
    let user = |name: &str| {
        format!(
            r#"{{"UserName": "{name}", "UserId": "AIDA{name}", "Path": "/", "CreateDate": "2026-01-01T00:00:00Z",
                "Arn": "arn:aws:iam::111122223333:user/{name}", "UserPolicyList": [], "GroupList": [],
                "AttachedManagedPolicies": []}}"#
        )
    };
    let users = ["ada", "bob", "eve"].map(user).join(",");
    let text = format!(
        r#"{{"UserDetailList": [{users}], "GroupDetailList": [], "RoleDetailList": [], "Policies": [], "IsTruncated": false}}"#
    );
    let unread = Facts::unread("111122223333".parse().unwrap(), "2026-01-31T12:00:00Z".parse().unwrap());
    Facts { authorization_details: Fact::Known(AuthorizationDetails::parse(&text).unwrap()), ..unread }
}

/// What became of ada, bob and eve, in a word each.
fn verdicts(stop: &Stop<'_>) -> Vec<&'static str> {
    let facts = facts();
    let rules = [ConfiguredRule::new(&DEFINITION, &RuleParameters::default()).unwrap()];
    let assessment = assess_until(&facts, &rules, &AccountExceptions::default(), facts.as_of, stop);
    let in_a_word = |verdict: &Verdict| match verdict {
        Verdict::Evaluated(_) => "evaluated",
        Verdict::NotEvaluated(verdict) if verdict.missing.reason().contains("panicked") => "panicked",
        Verdict::NotEvaluated(_) => "late",
    };
    assessment.verdicts().map(in_a_word).collect()
}

#[test]
fn a_panic_takes_only_its_own_resource() {
    assert_eq!(verdicts(&|| None), ["evaluated", "panicked", "evaluated"]);
}

#[test]
fn what_was_judged_in_time_stays_and_the_rest_is_named() {
    for (in_time, expected) in [
        (0, ["late", "late", "late"]),
        (1, ["late", "late", "late"]),
        (2, ["evaluated", "late", "late"]),
        (3, ["evaluated", "panicked", "late"]),
        (4, ["evaluated", "panicked", "evaluated"]),
    ] {
        // Asked once before the work that the verdicts share, and once for each of them.
        let asked = Cell::new(0);
        let stop = || (asked.replace(asked.get() + 1) >= in_time).then(|| MissingFact::new("verdict", "too late"));
        assert_eq!(verdicts(&stop), expected, "{in_time}");
    }
}
