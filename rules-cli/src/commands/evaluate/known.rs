//! The findings of an account, as entries of a baseline.

use rules_core::Arn;
use rules_core::config::{EvaluatedResource, Evaluation, Finding, FindingCode, Verdict};
use rules_core::facts::Facts;
use rules_core::iam::{AuthorizationDetails, Grants};
use rules_core::policy::PolicyDocument;
use rules_core::score::score;

use crate::args::GateArgs;
use crate::baseline::Entry;
use crate::commands::gate::{self, Known};
use crate::error::CliError;
use crate::meaning::{GrantDigests, digest};
use crate::output::changes::Direction;
use crate::output::context::{ComparedWith, Comparison};
use crate::output::scored::causes_of;
use crate::output::{AccountReport, resource_label};

/// Marks what the baseline knows, and writes one if that is asked for.
pub(super) fn mark(args: &GateArgs, facts: &Facts, report: &mut AccountReport) -> Result<(), CliError> {
    if args.baseline.is_none() && args.write_baseline.is_none() {
        return Ok(());
    }
    let mut entries = Vec::new();
    let mut owners = Vec::new();
    let mut said = Vec::new();
    let account = report.account.to_string();
    for (rule_index, rule) in report.rules.iter().enumerate() {
        for (index, reported) in rule.verdicts.iter().enumerate() {
            let Verdict::Evaluated(evaluation) = &reported.verdict else { continue };
            if !report.fails(rule, reported) {
                continue;
            }
            for finding in &evaluation.findings {
                owners.push((rule_index, index));
                said.push(format!("new: {}: {}", resource_label(&evaluation.resource), finding.message));
                entries.push(entry(&account, rule.definition.id, evaluation, finding, facts));
            }
        }
    }
    let Some(known) = gate::known(args, &entries, report.as_of)? else { return Ok(()) };
    if let Some(gone) = &known.gone {
        compare(said, &known, gone, report);
    }
    for ((rule, verdict), known) in owners.into_iter().zip(known.each) {
        let reported = report.rules.get_mut(rule).and_then(|rule| rule.verdicts.get_mut(verdict));
        if let Some(reported) = reported {
            reported.known = Some(reported.known.unwrap_or(true) && known);
        }
    }
    Ok(())
}

/// Adds what is new and what is gone, unless the account is compared with an older snapshot.
///
/// `said` has the sentence for each finding, in case it is new.
fn compare(said: Vec<String>, known: &Known, gone: &[Entry], report: &mut AccountReport) {
    let new = said.into_iter().zip(&known.each).filter(|(_, known)| !**known);
    let new = new.map(|(said, _)| (Direction::Worse, said));
    let gone = gone.iter().map(|entry| (Direction::Better, no_longer_found(entry)));
    let comparison =
        Comparison { with: ComparedWith::Baseline(known.as_of), changes: new.chain(gone).collect(), unread: 0 };
    report.context.comparison.get_or_insert(comparison);
}

fn no_longer_found(entry: &Entry) -> String {
    match entry.code.parse::<FindingCode>() {
        Ok(code) => format!("no longer found: {}: {}", entry.resource, code.description()),
        Err(_) => format!("no longer found: {}: {}", entry.resource, entry.code),
    }
}

fn entry(account: &str, rule: &str, evaluation: &Evaluation, finding: &Finding, facts: &Facts) -> Entry {
    let resource = &evaluation.resource;
    let id = || format!("{}/{}", resource.resource_type, resource.id);
    Entry {
        account: Some(account.to_owned()),
        rule: rule.to_owned(),
        resource: resource.arn.as_ref().map_or_else(id, Arn::to_string),
        code: finding.code.to_string(),
        causes: causes(finding, resource, facts),
        score_tenths: evaluation.measure.map(|measure| measure.score_tenths),
    }
}

/// The way to what is wrong, by names; for a policy that scores too low, the grants that cost points.
fn causes(finding: &Finding, resource: &EvaluatedResource, facts: &Facts) -> GrantDigests {
    if finding.code == FindingCode::ScoreBelowMinimum {
        let details = facts.authorization_details.known();
        let document = finding.policy.as_deref().and_then(|policy| document(details?, resource.arn.as_ref()?, policy));
        if let Some(document) = document {
            return causes_of(&score(document), document);
        }
    }
    [digest(finding.policy.iter().chain(&finding.path).map(String::as_str))].into()
}

/// The document of a managed policy, or of an inline policy of an entity.
pub(super) fn document<'f>(details: &'f AuthorizationDetails, arn: &Arn, policy: &str) -> Option<&'f PolicyDocument> {
    if let Ok(managed) = details.policy(arn) {
        return managed.details.known()?.document.known();
    }
    let users = details.users.iter().filter(|user| user.identity.arn == *arn);
    let roles = details.roles.iter().filter(|role| role.identity.arn == *arn);
    let groups = details.groups.iter().filter(|group| group.identity.arn == *arn);
    let of_users = users.filter_map(|user| user.details.known()).map(|known| &known.grants);
    let of_roles = roles.filter_map(|role| role.details.known()).map(|known| &known.grants);
    let mut grants = of_users.chain(of_roles).chain(groups.filter_map(|group| group.grants.known()));
    let inline = |grants: &'f Grants| grants.inline.known()?.iter().find(|inline| inline.name == policy);
    grants.find_map(inline)?.document.known()
}
