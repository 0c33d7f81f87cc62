//! A pack as a template.

use rules_core::config::ResourceType;
use rules_core::rules::{RULE_PARAMETER, Trigger};

use super::yaml::{self, Node, list, map, text};
use super::{ConformancePack, Deployment, FREQUENCY, FUNCTION_ARN, PackParameter, PackRule};

const OF_AN_ACCOUNT: &str = "\
# AWS Config rules for the root user, administrators and least privilege: the conformance pack.
#
# Written by `rules-cli pack` from the definitions of the rules; to change it, change the rules and run the command again.
#
# A conformance pack can contain rules only. First deploy function.yaml, the function that the rules invoke, in the same
# account and Region. Deploy both in one Region only: each Region that records IAM has the same users and policies.
#
# If a parameter is empty, the default of the rule applies.
";

const OF_AN_ORGANIZATION: &str = "\
# AWS Config rules for the root user, administrators and least privilege: the conformance pack for an organization.
#
# Written by `rules-cli pack --organization` from the definitions of the rules; to change it, change the rules and run the
# command again.
#
# The rules in each member account invoke the function of one central account. The permissions of the function must name
# the member account, and the function assumes the role of member-role.yaml in it. Deploy the pack in one Region only:
# each Region that records IAM has the same users and policies.
#
# If a parameter is empty, the default of the rule applies.
";

pub(super) fn write(pack: &ConformancePack) -> String {
    let header = match pack.deployment {
        Deployment::Account => OF_AN_ACCOUNT,
        Deployment::Organization => OF_AN_ORGANIZATION,
    };
    let parameters = || pack.rules.iter().flat_map(|rule| rule.parameters.iter().map(move |own| (rule, own)));
    let of_rules = parameters().map(|(rule, own)| (own.name.clone(), parameter(rule, own)));
    let sections = [
        ("Parameters", shared_parameters(pack.deployment).into_iter().chain(of_rules).collect()),
        ("Conditions", parameters().map(|(_, own)| (is_set(own), condition(own))).collect()),
        ("Resources", pack.rules.iter().map(|rule| (rule.logical_id.clone(), resource(rule))).collect()),
    ];
    let mut written = header.to_owned();
    for (name, entries) in sections {
        let entries: Vec<(String, Node)> = entries;
        // An empty section is none at all to CloudFormation.
        if !entries.is_empty() {
            written.push('\n');
            yaml::write_section(&mut written, name, &entries);
        }
    }
    written
}

fn shared_parameters(deployment: Deployment) -> [(String, Node); 2] {
    let function = match deployment {
        Deployment::Account => {
            "The ARN of the function that serves the rules, the output FunctionArn of function.yaml."
        }
        Deployment::Organization => {
            "The ARN of the function that serves the rules, the output FunctionArn of function.yaml in the central \
             account. Its permissions must name every member account."
        }
    };
    let frequency = "How often the scheduled evaluations run: One_Hour, Three_Hours, Six_Hours, Twelve_Hours or \
                     TwentyFour_Hours. IAM renews the credential report at most every four hours.";
    [
        (FUNCTION_ARN.to_owned(), map([("Description", text(function)), ("Type", text("String"))])),
        (
            FREQUENCY.to_owned(),
            map([("Description", text(frequency)), ("Type", text("String")), ("Default", text("TwentyFour_Hours"))]),
        ),
    ]
}

fn parameter(rule: &PackRule, own: &PackParameter) -> Node {
    let definition = own.definition;
    let default = if definition.default.is_empty() { "none" } else { definition.default };
    let description = format!(
        "{} of {}: {} Takes {}; default {default}.",
        definition.name, rule.definition.id, definition.description, definition.kind
    );
    map([("Description", text(description)), ("Type", text("String")), ("Default", text(""))])
}

fn is_set(parameter: &PackParameter) -> String {
    format!("{}IsSet", parameter.name)
}

fn condition(parameter: &PackParameter) -> Node {
    let is_empty = list([reference(&parameter.name), text("")]);
    map([("Fn::Not", list([map([("Fn::Equals", is_empty)])]))])
}

fn resource(rule: &PackRule) -> Node {
    let definition = rule.definition;
    let mut properties = vec![
        ("ConfigRuleName", text(definition.id)),
        ("Description", text(rule.description.as_str())),
        ("InputParameters", input_parameters(rule)),
    ];
    if is_asked_on_changes(definition.trigger) {
        // Without a scope every change of every resource would invoke the function.
        let types = definition.resource_types.iter().map(|kind| text(ResourceType::as_str(*kind)));
        properties.push(("Scope", map([("ComplianceResourceTypes", list(types))])));
    }
    properties.push((
        "Source",
        map([
            ("Owner", text("CUSTOM_LAMBDA")),
            ("SourceIdentifier", reference(FUNCTION_ARN)),
            ("SourceDetails", list(source_details(definition.trigger))),
        ]),
    ));
    map([("Type", text("AWS::Config::ConfigRule")), ("Properties", map(properties))])
}

fn input_parameters(rule: &PackRule) -> Node {
    let own = rule.parameters.iter().map(|parameter| {
        let value = list([text(is_set(parameter)), reference(&parameter.name), reference("AWS::NoValue")]);
        (parameter.definition.name, map([("Fn::If", value)]))
    });
    map([(RULE_PARAMETER, text(rule.definition.id))].into_iter().chain(own))
}

fn is_asked_on_changes(trigger: Trigger) -> bool {
    match trigger {
        Trigger::Periodic => false,
        Trigger::PeriodicAndChange => true,
    }
}

fn source_details(trigger: Trigger) -> Vec<Node> {
    let detail = |message_type: &str| [("EventSource", text("aws.config")), ("MessageType", text(message_type))];
    let mut details = Vec::new();
    if is_asked_on_changes(trigger) {
        details.push(map(detail("ConfigurationItemChangeNotification")));
        details.push(map(detail("OversizedConfigurationItemChangeNotification")));
    }
    let frequency = ("MaximumExecutionFrequency", reference(FREQUENCY));
    details.push(map(detail("ScheduledNotification").into_iter().chain([frequency])));
    details
}

fn reference(name: &str) -> Node {
    map([("Ref", text(name))])
}
