//! Policy documents, each stored once for all principals that have it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use super::action::{Coverage, Mask};
use super::clause::{Clause, Keys, masks};
use crate::policy::PolicyDocument;

/// What of a document matters to paths of escalation.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) clauses: Vec<Clause<'a>>,
    /// The actions that some Allow covers.
    pub(super) allows: Mask,
    /// The actions that some Deny covers.
    pub(super) denies: Mask,
    /// The actions that are denied on every resource, whatever the conditions.
    pub(super) bars: Mask,
    /// Whether some Allow covers everything.
    pub(super) spans: bool,
    /// What its conditions and variables ask for.
    pub(super) keys: Keys,
    /// The tags of who asks that they ask for, as condition keys in lower case.
    pub(super) caller_tags: Vec<String>,
}

/// A document, by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DocumentId(u32);

impl DocumentId {
    /// A document that says nothing about any action of a path.
    pub(super) const SILENT: Self = Self(0);
}

/// Every document of the account.
#[derive(Debug)]
pub(super) struct Documents<'a> {
    all: Vec<Document<'a>>,
    by_address: HashMap<usize, DocumentId>,
    by_content: HashMap<u64, Vec<DocumentId>>,
    coverage: Coverage<'a>,
}

impl<'a> Documents<'a> {
    pub(super) fn new() -> Self {
        let mut documents = Self {
            all: Vec::new(),
            by_address: HashMap::new(),
            by_content: HashMap::new(),
            coverage: Coverage::default(),
        };
        documents.all.push(Document::of(Vec::new()));
        documents
    }

    pub(super) fn get(&self, id: DocumentId) -> &Document<'a> {
        // Ids are made here alone, and every one is a place.
        static NOTHING: Document<'static> = Document::NOTHING;
        usize::try_from(id.0).ok().and_then(|place| self.all.get(place)).unwrap_or(&NOTHING)
    }

    /// Every document.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Document<'a>> {
        self.all.iter()
    }

    /// The id of a document. Two that say the same about paths have the same.
    pub(super) fn add(&mut self, document: &'a PolicyDocument) -> DocumentId {
        let address = std::ptr::from_ref(document).addr();
        if let Some(known) = self.by_address.get(&address) {
            return *known;
        }
        let clauses = self.clauses(document);
        let id = if clauses.is_empty() { DocumentId::SILENT } else { self.intern(clauses) };
        self.by_address.insert(address, id);
        id
    }

    /// The statements of a document that are about actions of paths.
    pub(super) fn clauses(&mut self, document: &'a PolicyDocument) -> Vec<Clause<'a>> {
        let (version, statements) = (document.version, document.statements.iter().enumerate());
        let coverage = &mut self.coverage;
        statements.filter_map(|(place, statement)| Clause::of(statement, version, place, coverage)).collect()
    }

    fn intern(&mut self, clauses: Vec<Clause<'a>>) -> DocumentId {
        let mut hasher = DefaultHasher::new();
        clauses.iter().for_each(|clause| clause.hash_into(&mut hasher));
        let hash = hasher.finish();
        let alike = self.by_content.get(&hash).into_iter().flatten();
        let is_same = |id: &&DocumentId| {
            let known = &self.get(**id).clauses;
            known.len() == clauses.len() && known.iter().zip(&clauses).all(|(one, other)| one.is_same(other))
        };
        if let Some(known) = alike.into_iter().find(is_same) {
            return *known;
        }
        let id = DocumentId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(Document::of(clauses));
        self.by_content.entry(hash).or_default().push(id);
        id
    }
}

impl<'a> Document<'a> {
    const NOTHING: Self = Self {
        clauses: Vec::new(),
        allows: Mask::NONE,
        denies: Mask::NONE,
        bars: Mask::NONE,
        spans: false,
        keys: Keys::NONE,
        caller_tags: Vec::new(),
    };

    fn of(clauses: Vec<Clause<'a>>) -> Self {
        let (allows, denies) = masks(&clauses);
        let bars = clauses
            .iter()
            .filter(|clause| clause.bars())
            .fold(Mask::NONE, |all, clause| all.union(clause.actions.all.without(clause.actions.doubtful)));
        let spans = clauses.iter().any(|clause| clause.spans);
        let keys = clauses.iter().fold(Keys::NONE, |keys, clause| keys | clause.keys);
        let tagged = clauses.iter().filter(|clause| clause.keys.meets(Keys::CALLER_TAG));
        let mut caller_tags: Vec<String> = tagged.flat_map(|clause| clause.named.iter().cloned()).collect();
        caller_tags.retain(|key| Keys::of(key) == Keys::CALLER_TAG);
        caller_tags.sort_unstable();
        caller_tags.dedup();
        Self { clauses, allows, denies, bars, spans, keys, caller_tags }
    }

    /// Whether it allows every action of a path on everything, whatever the request.
    pub(super) fn is_unlimited(&self) -> bool {
        self.denies.is_empty() && self.clauses.iter().any(|clause| clause.spans && clause.is_unconditional())
    }

    /// Whether some Deny is about an action of a path.
    pub(super) fn has_denials(&self) -> bool {
        !self.denies.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{DocumentId, Documents};
    use crate::policy::{PolicyDocument, PolicyType};

    fn parse(statements: &str) -> PolicyDocument {
        PolicyDocument::parse(&format!(r#"{{"Statement":[{statements}]}}"#), PolicyType::Identity).unwrap()
    }

    #[test]
    fn documents_are_told_apart_by_what_they_say_of_paths() {
        const OTHER: &str = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#;
        const KEYS: &str = r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}"#;
        let nothing = parse(OTHER);
        let [keys, again, later, denied] =
            [parse(KEYS), parse(KEYS), parse(&format!("{OTHER},{KEYS}")), parse(&KEYS.replace("Allow", "Deny"))];
        let mut documents = Documents::new();
        assert_eq!(documents.add(&nothing), DocumentId::SILENT);
        let id = documents.add(&keys);
        assert_eq!(documents.add(&again), id);
        assert_ne!(documents.add(&later), id, "a finding names the place of the statement");
        assert_ne!(documents.add(&denied), id);
        assert!(documents.get(id).allows.includes(documents.get(id).allows) && !documents.get(id).allows.is_empty());
    }
}
