//! What is known of the principal whose policies are scored.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::decision::{
    Context, ContextValue, FilledIn, OtherKeys, Truth, fill_in_literal, fill_in_pattern, test_condition,
};
use crate::policy::{Comparison, Condition, PolicyDocument, PolicyVersion, ResourceElement, ResourcePattern};

/// Facts about a principal: its ARN, account, name, id, tags and MFA, as far as they are known.
pub(crate) struct KnownPrincipal(Context);

/// Whether a key, given in lower case, is about who calls, with what credentials, and not about the call.
fn is_about_principal(lower: &str) -> bool {
    let name = lower.strip_prefix("aws:").unwrap_or_default();
    let of_credentials = ["principal", "multifactorauth", "calledvia"];
    of_credentials.iter().any(|start| name.starts_with(start))
        || matches!(name, "username" | "userid" | "viaawsservice" | "tokenissuetime")
}

impl KnownPrincipal {
    /// Nothing is known: any principal.
    pub(crate) fn nobody() -> Self {
        Self(Context::new(OtherKeys::Unknown))
    }

    /// What `context` says of the principal. What else it says is left out, since a score is not about one call.
    pub(crate) fn of(context: &Context) -> Self {
        Self(context.only(is_about_principal))
    }

    /// The keys about the principal that a document mentions, in lower case: as conditions, or as variables.
    pub(crate) fn keys_of(document: &PolicyDocument) -> Vec<String> {
        let mut keys = BTreeSet::new();
        for statement in &document.statements {
            let patterns = statement.resource.iter().flat_map(ResourceElement::patterns).map(ResourcePattern::as_str);
            let values = statement.conditions.iter().flat_map(|condition| &condition.values).map(String::as_str);
            let variables = patterns.chain(values).flat_map(|text| text.split("${").skip(1));
            // Up to the default or the end.
            let variables = variables.filter_map(|variable| variable.split([',', '}']).next());
            keys.extend(variables.map(|key| key.trim().to_ascii_lowercase()));
            keys.extend(statement.conditions.iter().map(|condition| condition.key.lower().to_owned()));
        }
        keys.into_iter().filter(|key| is_about_principal(key)).collect()
    }

    /// What is known of each key.
    pub(crate) fn values(&self, keys: &[String]) -> Vec<ContextValue> {
        keys.iter().map(|key| self.0.get(key).clone()).collect()
    }

    /// Whether a test of the principal holds; none when it is about something else, or is not decided by what is known.
    pub(crate) fn decides(&self, condition: &Condition, version: PolicyVersion) -> Option<bool> {
        let key = condition.key.lower();
        if !is_about_principal(key) || *self.0.get(key) == ContextValue::Unknown {
            return None;
        }
        match test_condition(condition, version, &self.0) {
            Truth::Holds => Some(true),
            Truth::Fails => Some(false),
            Truth::Undecided => None,
        }
    }

    /// The condition with variables that are known put in. What a variable without a value stands in matches nothing.
    pub(crate) fn fill_in<'a>(&self, condition: &'a Condition, version: PolicyVersion) -> Cow<'a, Condition> {
        let fill_in = match condition.operator.comparison {
            Some(Comparison::StringLike | Comparison::StringNotLike) => fill_in_pattern,
            Some(comparison) if comparison.is_about_arns() => fill_in_pattern,
            _ => fill_in_literal,
        };
        let filled: Vec<FilledIn> = condition.values.iter().map(|value| fill_in(value, version, &self.0)).collect();
        if filled.iter().all(|value| matches!(value, FilledIn::AsWritten)) {
            return Cow::Borrowed(condition);
        }
        let values = condition.values.iter().zip(filled).filter_map(|(written, filled)| match filled {
            FilledIn::AsWritten => Some(written.clone()),
            FilledIn::Text(text) => Some(text),
            FilledIn::Nothing => None,
        });
        Cow::Owned(Condition { values: values.collect(), ..condition.clone() })
    }

    /// The patterns with variables that are known put in, without those that a variable without a value stands in.
    pub(crate) fn fill_in_all<'a>(
        &self,
        patterns: &'a [ResourcePattern],
        version: PolicyVersion,
    ) -> Cow<'a, [ResourcePattern]> {
        let fill_in = |pattern: &ResourcePattern| fill_in_pattern(pattern.segments()[5], version, &self.0);
        let filled: Vec<FilledIn> = patterns.iter().map(fill_in).collect();
        if filled.iter().all(|pattern| matches!(pattern, FilledIn::AsWritten)) {
            return Cow::Borrowed(patterns);
        }
        let patterns = patterns.iter().zip(filled).filter_map(|(written, filled)| match filled {
            FilledIn::AsWritten => Some(written.clone()),
            FilledIn::Text(last) => {
                let [arn, partition, service, region, account, _] = written.segments();
                let segments = [arn, partition, service, region, account, &last];
                Some(ResourcePattern::new(segments.join(":")))
            }
            FilledIn::Nothing => None,
        });
        Cow::Owned(patterns.collect())
    }
}
