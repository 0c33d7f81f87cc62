//! Writing a policy document as JSON, in the order in which AWS's documentation writes the elements.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Condition, Effect, PolicyDocument, PolicyVersion, PrincipalElement, PrincipalKind, Principals, Statement};

/// A list, written as its only value if it has one.
struct OneOrMany<'a, T>(&'a [T]);

impl<T: AsRef<str>> Serialize for OneOrMany<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [only] => serializer.serialize_str(only.as_ref()),
            many => serializer.collect_seq(many.iter().map(AsRef::as_ref)),
        }
    }
}

/// The JSON that IAM stores. Reading it gives the same document.
impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_map(None)?;
        let version = match self.version {
            PolicyVersion::V2008 => "2008-10-17",
            PolicyVersion::V2012 => "2012-10-17",
        };
        document.serialize_entry("Version", version)?;
        if let Some(id) = &self.id {
            document.serialize_entry("Id", id)?;
        }
        document.serialize_entry("Statement", &self.statements)?;
        document.end()
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut statement = serializer.serialize_map(None)?;
        if let Some(sid) = &self.sid {
            statement.serialize_entry("Sid", sid)?;
        }
        let effect = match self.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        statement.serialize_entry("Effect", effect)?;
        match &self.principal {
            Some(PrincipalElement::Principal(principals)) => statement.serialize_entry("Principal", principals)?,
            Some(PrincipalElement::NotPrincipal(principals)) => {
                statement.serialize_entry("NotPrincipal", principals)?
            }
            None => {}
        }
        statement.serialize_entry(self.action.name(), &OneOrMany(self.action.patterns()))?;
        if let Some(resource) = &self.resource {
            statement.serialize_entry(resource.name(), &OneOrMany(resource.patterns()))?;
        }
        if !self.conditions.is_empty() {
            statement.serialize_entry("Condition", &Conditions(&self.conditions))?;
        }
        statement.end()
    }
}

/// Writes each operator once, with its keys.
struct Conditions<'a>(&'a [Condition]);

impl Serialize for Conditions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut operators: Vec<&str> = Vec::new();
        for condition in self.0 {
            if !operators.contains(&condition.operator.text.as_str()) {
                operators.push(&condition.operator.text);
            }
        }
        serializer.collect_map(operators.into_iter().map(|operator| (operator, Tests { conditions: self.0, operator })))
    }
}

/// The keys of one operator.
struct Tests<'a> {
    conditions: &'a [Condition],
    operator: &'a str,
}

impl Serialize for Tests<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.conditions.iter().filter(|condition| condition.operator.text == self.operator);
        serializer.collect_map(own.map(|condition| (condition.key.as_str(), OneOrMany(&condition.values))))
    }
}

impl Serialize for Principals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let listed = match self {
            Self::Everyone => return serializer.serialize_str("*"),
            Self::Listed(listed) => listed,
        };
        let of_kind = |kind| listed.iter().filter(move |principal| principal.kind == kind);
        let kinds = [
            ("AWS", PrincipalKind::Aws),
            ("Service", PrincipalKind::Service),
            ("Federated", PrincipalKind::Federated),
            ("CanonicalUser", PrincipalKind::CanonicalUser),
        ];
        let values = kinds.into_iter().map(|(name, kind)| {
            let values: Vec<&str> = of_kind(kind).map(|principal| principal.value.as_str()).collect();
            (name, values)
        });
        let mut map = serializer.serialize_map(None)?;
        for (name, values) in values.filter(|(_, values)| !values.is_empty()) {
            map.serialize_entry(name, &OneOrMany(&values))?;
        }
        map.end()
    }
}
