//! Whether a policy document allows more or less than another one.
//!
//! Statements are split into *pieces*: one action pattern on one resource pattern. A second piece covers a first one if
//! its patterns match those of the first, and it has no further conditions. A document whose pieces are all covered by
//! those of another document does not allow more.

use std::collections::BTreeSet;

use rules_core::policy::{
    ActionElement, Effect, PolicyDocument, PolicyVersion, ResourceElement, ResourcePattern, Statement,
};

use crate::meaning::principal_text;

/// How what a document allows changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Widening {
    /// Not at all.
    Same,
    /// It allows more.
    Wider,
    /// It allows less.
    Narrower,
    /// It allows different actions; the patterns do not show which of both allows more.
    Other,
}

/// How documents changed that apply together.
pub(crate) fn compare(old: &[&PolicyDocument], new: &[&PolicyDocument]) -> Widening {
    let (old, new) = (pieces(old), pieces(new));
    let more = |effect: Effect, these: &[Piece], those: &[Piece]| {
        let mut own = these.iter().filter(|piece| piece.effect == effect);
        own.any(|piece| !those.iter().any(|other| other.says(piece)))
    };
    let wider = more(Effect::Allow, &new, &old) || more(Effect::Deny, &old, &new);
    let narrower = more(Effect::Allow, &old, &new) || more(Effect::Deny, &new, &old);
    match (wider, narrower) {
        (false, false) => Widening::Same,
        (true, false) => Widening::Wider,
        (false, true) => Widening::Narrower,
        (true, true) => Widening::Other,
    }
}

struct Piece {
    effect: Effect,
    action: ActionElement,
    resource: Option<ResourceElement>,
    principal: String,
    conditions: BTreeSet<String>,
    /// Where it makes a difference.
    version: Option<PolicyVersion>,
}

fn pieces(documents: &[&PolicyDocument]) -> Vec<Piece> {
    let statements = |document: &&PolicyDocument| {
        let version = document.version;
        document.statements.iter().flat_map(move |statement| pieces_of(statement, version)).collect::<Vec<_>>()
    };
    documents.iter().flat_map(statements).collect()
}

fn pieces_of(statement: &Statement, version: PolicyVersion) -> Vec<Piece> {
    let actions: Vec<ActionElement> = match &statement.action {
        ActionElement::Action(patterns) => {
            patterns.iter().map(|pattern| ActionElement::Action(vec![pattern.to_ascii_lowercase()])).collect()
        }
        ActionElement::NotAction(patterns) => {
            let folded: BTreeSet<String> = patterns.iter().map(|pattern| pattern.to_ascii_lowercase()).collect();
            vec![ActionElement::NotAction(folded.into_iter().collect())]
        }
    };
    let resources: Vec<Option<ResourceElement>> = match &statement.resource {
        None => vec![None],
        Some(ResourceElement::Resource(patterns)) => {
            patterns.iter().map(|pattern| Some(ResourceElement::Resource(vec![pattern.clone()]))).collect()
        }
        Some(ResourceElement::NotResource(patterns)) => {
            let mut patterns = patterns.clone();
            patterns.sort_by(|one, other| one.as_str().cmp(other.as_str()));
            vec![Some(ResourceElement::NotResource(patterns))]
        }
    };
    let conditions: BTreeSet<String> = statement
        .conditions
        .iter()
        .map(|test| {
            let values: BTreeSet<&str> = test.values.iter().map(String::as_str).collect();
            format!("{} {} {values:?}", test.operator.text.to_ascii_lowercase(), test.key.lower())
        })
        .collect();
    let texts = statement.resource.iter().flat_map(ResourceElement::patterns).map(ResourcePattern::as_str);
    let values = statement.conditions.iter().flat_map(|test| &test.values).map(String::as_str);
    let version = texts.chain(values).any(|text| text.contains("${")).then_some(version);
    let mut pieces = Vec::new();
    for action in &actions {
        for resource in &resources {
            pieces.push(Piece {
                effect: statement.effect,
                action: action.clone(),
                resource: resource.clone(),
                principal: principal_text(statement),
                conditions: conditions.clone(),
                version,
            });
        }
    }
    pieces
}

impl Piece {
    /// Whether this piece says all that the other one says, and perhaps more.
    fn says(&self, other: &Self) -> bool {
        self.effect == other.effect
            && self.principal == other.principal
            && self.conditions.is_subset(&other.conditions)
            && (self.version.is_none() || self.version == other.version)
            && self.covers_action(other)
            && self.covers_resource(other)
    }

    fn covers_action(&self, other: &Self) -> bool {
        match (&self.action, &other.action) {
            // A pattern that matches another one as a text matches all that the other one matches.
            (ActionElement::Action(_), ActionElement::Action(theirs)) => {
                theirs.iter().all(|pattern| self.action.covers(pattern))
            }
            (ActionElement::NotAction(own), ActionElement::NotAction(theirs)) => {
                own.iter().all(|pattern| theirs.contains(pattern))
            }
            (ActionElement::Action(own), ActionElement::NotAction(_)) => own.iter().any(|pattern| pattern == "*"),
            // A pattern may match some of what is left out although it is none of it as a text.
            (ActionElement::NotAction(own), ActionElement::Action(theirs)) => {
                let literal = |pattern: &String| !pattern.contains(['*', '?']);
                theirs.iter().all(literal) && theirs.iter().all(|action| self.action.covers(action)) && !own.is_empty()
            }
        }
    }

    fn covers_resource(&self, other: &Self) -> bool {
        match (&self.resource, &other.resource) {
            (None, None) => true,
            (Some(ResourceElement::Resource(own)), Some(ResourceElement::Resource(theirs))) => {
                theirs.iter().all(|pattern| own.iter().any(|own| own == pattern || own.matches(pattern.as_str())))
            }
            (Some(ResourceElement::NotResource(own)), Some(ResourceElement::NotResource(theirs))) => {
                own.iter().all(|pattern| theirs.contains(pattern))
            }
            (Some(ResourceElement::Resource(own)), Some(ResourceElement::NotResource(_))) => {
                own.iter().any(ResourcePattern::is_everything)
            }
            (Some(ResourceElement::NotResource(_)), Some(ResourceElement::Resource(_)))
            | (None, Some(_))
            | (Some(_), None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use rules_core::policy::{PolicyDocument, PolicyType};

    use super::{Widening, compare};

    fn change(old: &str, new: &str) -> Widening {
        let parse = |statements: &str| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
            PolicyDocument::parse(&text, PolicyType::Identity).unwrap()
        };
        compare(&[&parse(old)], &[&parse(new)])
    }

    #[test]
    fn changes_have_a_sign() {
        let get = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#;
        let all = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}"#;
        let both = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::a/*","arn:aws:s3:::b/*"]}"#;
        let limited = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#;
        let deny = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#;
        let but = r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#;
        for (narrow, wide) in [
            (get.to_owned(), all.to_owned()),
            (get.to_owned(), both.to_owned()),
            (limited.to_owned(), get.to_owned()),
            (format!("{get},{deny}"), get.to_owned()),
            (but.replace("\"iam:*\"", "[\"iam:*\",\"sts:*\"]"), but.to_owned()),
            (get.to_owned(), format!("{get},{}", get.replace("GetObject", "PutObject"))),
        ] {
            assert_eq!(change(&narrow, &wide), Widening::Wider, "{narrow} {wide}");
            assert_eq!(change(&wide, &narrow), Widening::Narrower, "{narrow} {wide}");
        }
        assert_eq!(change(&format!("{get},{all}"), all), Widening::Same, "what another statement says already");
        assert_eq!(change(both, &format!("{},{get}", get.replace(":::a/", ":::b/"))), Widening::Same);
        assert_eq!(change(get, &get.replace("GetObject", "PutObject")), Widening::Other);
    }
}
