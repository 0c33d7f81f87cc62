//! Documents that AWS refuses to store.
//!
//! Documents that AWS delivers were stored, some of them long ago, and are read as they are. A document from a file
//! that AWS would refuse is an error: it contains a typing error, or a placeholder of a template.

use std::collections::BTreeSet;

use super::grammar::Arns;
use super::{Condition, ParsePolicyError, PolicyDocument, PolicyType, PrincipalElement, Principals, ResourcePattern};
use super::{Statement, only_stars};
use crate::json::JsonError;
use crate::text::visible;

/// What is refused, and where below the statement.
struct Refused {
    /// Such as `.Sid`.
    place: String,
    message: String,
}

impl PolicyDocument {
    /// Refuses what AWS would refuse to store as a new policy of this type, although it can be read: a statement id
    /// that is malformed or used twice, an operator that IAM does not know, a resource that is not an ARN or of an
    /// unknown partition, and a placeholder of a template.
    ///
    /// ```
    /// use rules_core::policy::{PolicyDocument, PolicyType};
    /// let text = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"my-bucket"}}"#;
    /// let document = PolicyDocument::parse(text, PolicyType::Identity)?;
    /// let error = document.check(PolicyType::Identity).unwrap_err();
    /// assert_eq!(error.path(), "$.Statement[0].Resource");
    /// # Ok::<(), rules_core::policy::ParsePolicyError>(())
    /// ```
    ///
    /// # Errors
    /// The first thing that AWS would refuse, with its place.
    pub fn check(&self, policy_type: PolicyType) -> Result<(), ParsePolicyError> {
        let grammar = policy_type.grammar();
        let mut sids = BTreeSet::new();
        for (index, statement) in self.statements.iter().enumerate() {
            let mut sid = || if grammar.plain_sids { check_sid(statement, &mut sids) } else { Ok(()) };
            sid()
                .and_then(|()| check_templates(statement))
                .and_then(|()| check_resources(statement, grammar.arns))
                .and_then(|()| statement.conditions.iter().try_for_each(check_operator))
                .map_err(|refused| {
                    ParsePolicyError(JsonError::at(format!("$.Statement[{index}]{}", refused.place), refused.message))
                })?;
        }
        Ok(())
    }
}

fn refuse(place: impl Into<String>, message: String) -> Result<(), Refused> {
    Err(Refused { place: place.into(), message })
}

fn check_sid<'a>(statement: &'a Statement, seen: &mut BTreeSet<&'a str>) -> Result<(), Refused> {
    let Some(sid) = &statement.sid else { return Ok(()) };
    let shown = visible(sid, 60);
    if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return refuse(".Sid", format!("`{shown}` is not a statement id: AWS accepts only letters and digits"));
    }
    if !seen.insert(sid) {
        return refuse(".Sid", format!("`{shown}` is the id of more than one statement, which AWS refuses"));
    }
    Ok(())
}

fn check_operator(condition: &Condition) -> Result<(), Refused> {
    match condition.operator.comparison {
        Some(_) => Ok(()),
        None => {
            let shown = visible(&condition.operator.text, 60);
            refuse(".Condition", format!("`{shown}` is not a condition operator"))
        }
    }
}

fn check_resources(statement: &Statement, arns: Arns) -> Result<(), Refused> {
    let Some(element) = &statement.resource else { return Ok(()) };
    let problem = element.patterns().iter().find_map(|pattern| Some((pattern, resource_problem(pattern, arns)?)));
    match problem {
        None => Ok(()),
        Some((pattern, problem)) => {
            refuse(format!(".{}", element.name()), format!("`{}` {problem}", visible(pattern.as_str(), 80)))
        }
    }
}

/// Why AWS would not take a resource.
fn resource_problem(pattern: &ResourcePattern, arns: Arns) -> Option<String> {
    let text = pattern.as_str();
    if arns == Arns::Unchecked || only_stars(text) {
        return None;
    }
    let [prefix, partition, ..] = pattern.segments();
    if !text.contains(':') || !crate::glob::matches(prefix, "arn") {
        return Some("is not an ARN: AWS accepts an ARN or `*`".to_owned());
    }
    if !crate::region::partitions().any(|known| crate::glob::matches(partition, known)) {
        let known: Vec<&str> = crate::region::partitions().collect();
        let partition = visible(partition, 40);
        return Some(format!("is of the partition `{partition}`, which does not exist ({})", known.join(", ")));
    }
    let is_short = text.matches(':').count() < 5;
    if arns == Arns::WholeOrStar && is_short && !text.ends_with('*') {
        return Some("has fewer than six parts and does not end in `*`".to_owned());
    }
    None
}

/// Text of a template, in any part of a statement.
fn check_templates(statement: &Statement) -> Result<(), Refused> {
    let check = |place: &str, text: &str| match template_text(text) {
        None => Ok(()),
        Some(template) => {
            let (shown, template) = (visible(text, 80), visible(template, 60));
            let which = if shown == template { String::new() } else { format!(" contains `{template}`, which") };
            let message = format!(
                "`{shown}`{which} is a template placeholder without a value (IAM policy variables look \
                 like `${{aws:username}}`)"
            );
            refuse(place, message)
        }
    };
    if let Some(sid) = &statement.sid {
        check(".Sid", sid)?;
    }
    if let Some(PrincipalElement::Principal(principals) | PrincipalElement::NotPrincipal(principals)) =
        &statement.principal
    {
        if let Principals::Listed(listed) = principals {
            listed.iter().try_for_each(|principal| check(".Principal", &principal.value))?;
        }
    }
    let action = format!(".{}", statement.action.name());
    statement.action.patterns().iter().try_for_each(|pattern| check(&action, pattern))?;
    if let Some(element) = &statement.resource {
        let resource = format!(".{}", element.name());
        element.patterns().iter().try_for_each(|pattern| check(&resource, pattern.as_str()))?;
    }
    statement.conditions.iter().try_for_each(|condition| {
        let texts = [condition.operator.text.as_str(), condition.key.as_str()].into_iter();
        texts.chain(condition.values.iter().map(String::as_str)).try_for_each(|text| check(".Condition", text))
    })
}

/// The first placeholder in a text that is a template's and not a policy variable: `{{…}}`, `&{…}`, or `${…}` with
/// something that no policy variable is called.
fn template_text(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let before = rest.get(..at).unwrap_or_default();
        let inside = rest.get(at + 1..).unwrap_or_default();
        let end = inside.find('}')?;
        let content = inside.get(..end).unwrap_or_default();
        // The braces and what stands before them.
        let found = |lead: usize, tail: usize| rest.get(at - lead..(at + end + 2 + tail).min(rest.len()));
        let is_variable = before.ends_with('$');
        if is_variable && !is_policy_variable(content) {
            return found(1, 0);
        }
        if before.ends_with('&') {
            return found(1, 0);
        }
        if content.starts_with('{') && inside.get(end + 1..).is_some_and(|after| after.starts_with('}')) {
            return found(0, 1);
        }
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    None
}

/// Whether `${…}` with this content is a policy variable: a wildcard or dollar that is meant literally, or a condition
/// key, perhaps with a default. A key begins with a service or the host of an identity provider and one colon.
fn is_policy_variable(content: &str) -> bool {
    if matches!(content, "*" | "?" | "$") {
        return true;
    }
    let key = content.split_once(',').map_or(content, |(key, _)| key).trim();
    let Some((prefix, name)) = key.split_once(':') else {
        return false;
    };
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'/' | b'_');
    !prefix.is_empty() && prefix.bytes().all(of_key) && !name.is_empty() && !name.starts_with([':', '/'])
}

#[cfg(test)]
mod tests {
    use super::template_text;
    use crate::policy::{PolicyDocument, PolicyType};

    #[test]
    fn placeholders_of_templates_are_told_from_policy_variables() {
        for text in [
            "arn:aws:s3:::home/${aws:username}/*",
            "${aws:PrincipalTag/cost center, 'none'}",
            "${ AWS:userid }",
            "${saml:sub}",
            "${s3:prefix}",
            "${nosuch:Key}",
            "${cognito-identity.amazonaws.com:sub}",
            "${oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub}",
            "${*}${?}${$}",
            "${$}{aws:username}",
            "a{b}c",
            "${aws:username",
            "{}",
            "a}}b{{c",
        ] {
            assert_eq!(template_text(text), None, "{text}");
        }
        for (text, template) in [
            ("arn:${AWS::Partition}:s3:::b", "${AWS::Partition}"),
            ("arn:aws:s3:::${aws:username}/${BucketName}", "${BucketName}"),
            ("${var.bucket}", "${var.bucket}"),
            ("arn:aws:s3:::${aws_s3_bucket.b.id}/*", "${aws_s3_bucket.b.id}"),
            ("${data.x[\"a:b\"].arn}", "${data.x[\"a:b\"].arn}"),
            ("${ssm:/bucket/name}", "${ssm:/bucket/name}"),
            ("${}", "${}"),
            ("arn:aws:s3:::{{ bucket }}/*", "{{ bucket }}"),
            ("arn:aws:s3:::home/&{aws:username}", "&{aws:username}"),
        ] {
            assert_eq!(template_text(text), Some(template), "{text}");
        }
    }

    /// The message for one statement, empty when there is none.
    fn refused(policy_type: PolicyType, statement: &str) -> String {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let document = PolicyDocument::parse(&text, policy_type).unwrap();
        document.check(policy_type).map_or_else(|error| error.to_string(), |()| String::new())
    }

    fn resource(policy_type: PolicyType, resource: &str) -> String {
        refused(policy_type, &format!(r#"{{"Effect":"Allow","Action":"s3:*","Resource":"{resource}"}}"#))
    }

    #[test]
    fn resources_are_arns_of_partitions_that_exist() {
        for accepted in [
            "*",
            "**",
            "arn:aws:s3:::b",
            "arn:aws-us-gov:s3:::b",
            "arn:*:s3:::b",
            "arn:aws*:s3:::b",
            "arn:aws:s3*",
            "arn:*",
        ] {
            assert_eq!(resource(PolicyType::Identity, accepted), "", "{accepted}");
        }
        for (text, cause) in [
            ("my-bucket/*", "not an ARN"),
            ("arn", "not an ARN"),
            ("s3:::b", "not an ARN"),
            ("arn:amazon:s3:::b", "partition `amazon`"),
            ("arn::s3:::b", "partition ``"),
            ("arn:aws-*-x:s3:::b", "partition"),
        ] {
            let message = resource(PolicyType::Identity, text);
            assert!(message.starts_with("$.Statement[0].Resource: ") && message.contains(cause), "{text}: {message}");
        }
        assert!(resource(PolicyType::ServiceControl, "arn:aws:s3").contains("fewer than six parts"));
        assert_eq!(resource(PolicyType::ServiceControl, "arn:aws:s3:*"), "");
    }

    #[test]
    fn statement_ids_and_operators_are_those_that_iam_takes() {
        let statement = |more: &str| format!(r#"{{{more}"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#);
        let identity = |statements: &str| refused(PolicyType::Identity, statements);
        assert_eq!(identity(&[statement(r#""Sid":"","#), statement(r#""Sid":"A1","#)].join(",")), "");
        assert!(identity(&statement(r#""Sid":"read only","#)).starts_with("$.Statement[0].Sid: "));
        let twice = [statement(r#""Sid":"Read","#), statement(""), statement(r#""Sid":"Read","#)].join(",");
        assert!(identity(&twice).starts_with("$.Statement[2].Sid: "), "{}", identity(&twice));
        // Organizations takes more.
        assert_eq!(refused(PolicyType::ServiceControl, &twice), "");
        for operator in ["StringMatches", "NullIfExists", "ForAllValues:Null", "IfExists"] {
            let condition = format!(r#""Condition":{{"{operator}":{{"aws:username":"a"}}}},"#);
            let message = identity(&statement(&condition));
            assert!(message.contains(&format!("`{operator}` is not a condition operator")), "{message}");
        }
    }

    #[test]
    fn placeholders_are_found_in_every_part() {
        let message = |statement: &str| refused(PolicyType::Identity, statement);
        for (statement, place) in [
            (r#"{"Effect":"Allow","Action":"s3:${Verb}","Resource":"*"}"#, ".Action"),
            (r#"{"Effect":"Allow","NotAction":"{{service}}:*","Resource":"*"}"#, ".NotAction"),
            (r#"{"Effect":"Allow","Action":"s3:*","NotResource":"${var.arn}"}"#, ".NotResource"),
            (
                r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"${OrgId}"}}}"#,
                ".Condition",
            ),
            (
                r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"${var.key}":"x"}}}"#,
                ".Condition",
            ),
        ] {
            let message = message(statement);
            assert!(
                message.starts_with(&format!("$.Statement[0]{place}: ")) && message.contains("placeholder"),
                "{message}"
            );
        }
    }
}
