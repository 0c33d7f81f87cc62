//! What is known of the principal whose policies are scored.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::decision::{
    Context, ContextValue, FilledIn, OtherKeys, Truth, fill_in_literal, fill_in_pattern, test_condition,
};
use crate::policy::{Comparison, Condition, PolicyDocument, PolicyVersion, ResourceElement, ResourcePattern};
use crate::score::definition::{Definition, ScoreVersion};

/// Facts about a principal: its ARN, account, name, id, tags and MFA, as far as they are known.
#[derive(Clone)]
pub(crate) struct KnownPrincipal {
    context: Context,
    passed_to: PassedTo,
    /// Whether it asks for what a policy is attached to, which then says who it has to be.
    is_requester: bool,
}

/// Whether a pattern names what is the holder's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Own {
    #[default]
    No,
    /// By the holder's name, or another variable that says who the holder is.
    Named,
    /// All that is below such a name: `home/${aws:username}/*`.
    Folder,
}

/// The service that the principal passes a role to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PassedTo {
    /// Some service.
    Unknown,
    /// Whichever serves.
    Anything,
    /// This one.
    Service(&'static str),
}

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
        Self { context: Context::new(OtherKeys::Unknown), passed_to: PassedTo::Unknown, is_requester: false }
    }

    /// What `context` says of the principal. What else it says is left out, since a score is not about one call.
    pub(crate) fn of(context: &Context) -> Self {
        Self { context: context.only(is_about_principal), passed_to: PassedTo::Unknown, is_requester: false }
    }

    /// The same principal when it passes a role.
    pub(crate) fn passing_to(&self, passed_to: PassedTo) -> Self {
        Self { context: self.context.clone(), passed_to, is_requester: self.is_requester }
    }

    /// A principal that asks for what a policy is attached to.
    pub(crate) fn requesting(context: &Context) -> Self {
        Self { is_requester: true, ..Self::of(context) }
    }

    pub(crate) fn is_requester(&self) -> bool {
        self.is_requester
    }

    pub(crate) fn passed_to(&self) -> PassedTo {
        self.passed_to
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
        keys.iter().map(|key| self.context.get(key).clone()).collect()
    }

    /// Of each pattern of a document whether it names what is the holder's own, which is no question in version 1.
    pub(crate) fn owned(&self, document: &PolicyDocument, definition: &Definition) -> Vec<Own> {
        let statements = document.statements.iter().filter(|_| definition.version != ScoreVersion::V1);
        let patterns = statements.flat_map(|statement| statement.resource.iter().flat_map(ResourceElement::patterns));
        patterns.map(|pattern| self.owns(pattern, document.version)).collect()
    }

    /// Whether a test of the principal holds; none when it is about something else, or is not decided by what is known.
    pub(crate) fn decides(&self, condition: &Condition, version: PolicyVersion) -> Option<bool> {
        let key = condition.key.lower();
        if !is_about_principal(key) || *self.context.get(key) == ContextValue::Unknown {
            return None;
        }
        match test_condition(condition, version, &self.context) {
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
        let filled: Vec<FilledIn> =
            condition.values.iter().map(|value| fill_in(value, version, &self.context)).collect();
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
    ) -> FilledPatterns<'a> {
        let fill_in = |pattern: &ResourcePattern| fill_in_pattern(pattern.segments()[5], version, &self.context);
        let filled: Vec<FilledIn> = patterns.iter().map(fill_in).collect();
        if filled.iter().all(|pattern| matches!(pattern, FilledIn::AsWritten)) {
            return FilledPatterns { written: patterns, filled: None };
        }
        let patterns_of = |(written, filled): (&'a ResourcePattern, FilledIn)| match filled {
            FilledIn::AsWritten => Some((written, written.clone())),
            FilledIn::Text(last) => {
                let [arn, partition, service, region, account, _] = written.segments();
                let segments = [arn, partition, service, region, account, &last];
                Some((written, ResourcePattern::new(segments.join(":"))))
            }
            FilledIn::Nothing => None,
        };
        FilledPatterns {
            written: patterns,
            filled: Some(patterns.iter().zip(filled).filter_map(patterns_of).collect()),
        }
    }

    /// Whether a pattern names what is the holder's own: by a variable, or by the whole of the holder's ARN.
    pub(crate) fn owns(&self, pattern: &ResourcePattern, version: PolicyVersion) -> Own {
        let [.., last] = pattern.segments();
        if version == PolicyVersion::V2012 && last.contains("${") {
            let lower = last.to_ascii_lowercase();
            let end = OWN_VARIABLES.iter().filter_map(|variable| {
                let start = lower.rfind(variable)?;
                Some(start + lower.get(start..)?.find('}')? + 1)
            });
            if let Some(below) = end.max().and_then(|end| lower.get(end..)) {
                let is_folder = below.strip_suffix('*').is_some_and(|name| !name.is_empty() && !is_wild(name));
                return if is_folder { Own::Folder } else { Own::Named };
            }
        }
        match self.context.get("aws:principalarn") {
            ContextValue::Single(arn) if !is_wild(last) && pattern.matches(arn) => Own::Named,
            _ => Own::No,
        }
    }
}

/// What the variables begin with that say who the holder is, in lower case.
const OWN_VARIABLES: [&str; 4] = ["${aws:username", "${aws:userid", "${aws:principaltag/", "${aws:principalarn"];

fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Patterns with variables put in.
pub(crate) struct FilledPatterns<'a> {
    written: &'a [ResourcePattern],
    /// Those that are left, each with how it was written; none when all are as they were written.
    filled: Option<Vec<(&'a ResourcePattern, ResourcePattern)>>,
}

impl<'a> FilledPatterns<'a> {
    /// Those that are left as they were written.
    pub(crate) fn written(&self) -> impl Iterator<Item = &'a ResourcePattern> {
        let as_written = if self.filled.is_none() { self.written } else { &[] };
        let filled = self.filled.iter().flatten().map(|(written, _)| *written);
        as_written.iter().chain(filled)
    }

    pub(crate) fn into_patterns(self) -> Cow<'a, [ResourcePattern]> {
        match self.filled {
            None => Cow::Borrowed(self.written),
            Some(filled) => Cow::Owned(filled.into_iter().map(|(_, pattern)| pattern).collect()),
        }
    }
}
