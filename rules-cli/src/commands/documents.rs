//! The places of the policy documents of an account in the input files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rules_core::config::{EvaluatedResource, Finding, Verdict};
use rules_core::{Arn, json};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::output::RuleReport;
use crate::places::{DocumentPlaces, FilePlace, Members, Text, shown_path};

/// The longest file that is looked into.
const MAX_BYTES: u64 = 256 << 20;
/// What the AWS CLI's file is called by default.
const DETAILS: &str = "account-authorization-details.json";

/// Gives the findings their places, as far as the inputs hold the policies behind them.
pub(super) fn add_places(inputs: &[PathBuf], rules: &mut [RuleReport]) {
    let has_policy = |finding: &Finding| finding.policy.is_some();
    let mut verdicts = rules.iter().flat_map(|rule| &rule.verdicts);
    if !verdicts.any(|reported| findings_of(&reported.verdict).iter().any(has_policy)) {
        return;
    }
    for path in inputs.iter().flat_map(|input| candidates(input)) {
        let Some(bytes) = read(&path) else { continue };
        let Ok(text) = json::text(&bytes) else { continue };
        let text = Text::new(&text);
        let Some(documents) = Documents::of(&text, shown_path(&path)) else { continue };
        for reported in rules.iter_mut().flat_map(|rule| &mut rule.verdicts) {
            let (resource, findings) = (reported.verdict.resource(), findings_of(&reported.verdict));
            reported.places = findings.iter().map(|finding| documents.place_of(resource, finding)).collect();
        }
        return;
    }
}

fn findings_of(verdict: &Verdict) -> &[Finding] {
    match verdict {
        Verdict::Evaluated(evaluation) => &evaluation.findings,
        Verdict::NotEvaluated(_) => &[],
    }
}

/// The files of an input that may hold the account's policies.
fn candidates(input: &Path) -> Vec<PathBuf> {
    if !input.is_dir() {
        return vec![input.to_owned()];
    }
    let usual = input.join(DETAILS);
    if usual.is_file() {
        return vec![usual];
    }
    let entries = std::fs::read_dir(input).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let length = File::open(path).ok()?.take(MAX_BYTES + 1).read_to_end(&mut bytes).ok()?;
    u64::try_from(length).is_ok_and(|length| length <= MAX_BYTES).then_some(bytes)
}

/// The policy documents in a text with the output of GetAccountAuthorizationDetails, or in a snapshot.
struct Documents<'t> {
    text: &'t Text<'t>,
    file: String,
    /// Users, groups, roles and managed policies by ARN, as they are in the text.
    entities: BTreeMap<String, &'t RawValue>,
    /// The ARNs of the groups, by name.
    groups: BTreeMap<String, String>,
}

/// As much of an entity as says which one it is.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
    #[serde(borrow)]
    group_name: Option<Cow<'a, str>>,
}

impl<'t> Documents<'t> {
    fn of(text: &'t Text<'t>, file: String) -> Option<Self> {
        let members = details(serde_json::from_str(text.as_str()).ok()?)?;
        let mut documents = Self { text, file, entities: BTreeMap::new(), groups: BTreeMap::new() };
        for name in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] {
            let Some(list) = members.get(name) else { continue };
            for entity in serde_json::from_str::<Vec<&'t RawValue>>(list.get()).unwrap_or_default() {
                let Ok(named) = serde_json::from_str::<Named<'_>>(entity.get()) else { continue };
                if let (Some(name), "GroupDetailList") = (&named.group_name, name) {
                    documents.groups.insert(name.to_string(), named.arn.to_string());
                }
                documents.entities.insert(named.arn.into_owned(), entity);
            }
        }
        Some(documents)
    }

    /// Where the statement behind a finding is.
    fn place_of(&self, resource: &EvaluatedResource, finding: &Finding) -> Option<FilePlace> {
        let policy = finding.policy.as_deref()?;
        let document = self.document(resource.arn.as_ref().map(Arn::as_str)?, policy)?;
        let statement = finding.statement.as_deref().and_then(|label| statement_index(document, label));
        let span = DocumentPlaces::of(self.text, document.get()).statement(statement);
        Some(FilePlace { file: self.file.clone(), span })
    }

    /// The document of a policy that a resource is or has, by the policy's name or ARN.
    fn document(&self, arn: &str, policy: &str) -> Option<&'t RawValue> {
        let members = self.members(arn)?;
        if members.contains_key("PolicyVersionList") {
            return default_version(&members);
        }
        self.own(&members, policy).or_else(|| {
            let groups: Vec<String> = list(&members, "GroupList");
            let arns = groups.iter().filter_map(|group| self.groups.get(group));
            arns.filter_map(|arn| self.own(&self.members(arn)?, policy)).next()
        })
    }

    fn members(&self, arn: &str) -> Option<Members<'t>> {
        serde_json::from_str(self.entities.get(arn)?.get()).ok()
    }

    /// The document of an inline or attached policy of one entity.
    fn own(&self, members: &Members<'t>, policy: &str) -> Option<&'t RawValue> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Inline<'a> {
            policy_name: String,
            #[serde(borrow)]
            policy_document: &'a RawValue,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Attached {
            policy_name: String,
            policy_arn: String,
        }
        let inline = ["UserPolicyList", "GroupPolicyList", "RolePolicyList"]
            .into_iter()
            .flat_map(|name| list::<Inline<'t>>(members, name))
            .find(|inline| inline.policy_name == policy)
            .map(|inline| inline.policy_document);
        inline.or_else(|| {
            let attached = list::<Attached>(members, "AttachedManagedPolicies");
            let attached = attached.into_iter().find(|own| own.policy_name == policy || own.policy_arn == policy)?;
            default_version(&self.members(&attached.policy_arn)?)
        })
    }
}

/// What the AWS CLI prints, or the same in a snapshot.
fn details(members: Members<'_>) -> Option<Members<'_>> {
    if members.contains_key("UserDetailList") || members.contains_key("Policies") {
        return Some(members);
    }
    let mut inner = members;
    for name in ["content", "facts", "account-authorization-details"] {
        inner = serde_json::from_str(inner.get(name)?.get()).ok()?;
    }
    let captured = match inner.get("partial") {
        Some(partial) => serde_json::from_str(partial.get()).ok()?,
        None => inner,
    };
    serde_json::from_str(captured.get("output")?.get()).ok()
}

fn default_version<'t>(members: &Members<'t>) -> Option<&'t RawValue> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Version<'a> {
        is_default_version: bool,
        #[serde(borrow)]
        document: &'a RawValue,
    }
    let versions = list::<Version<'t>>(members, "PolicyVersionList");
    versions.into_iter().find(|version| version.is_default_version).map(|version| version.document)
}

/// The elements of a list that can be read.
fn list<'t, T: Deserialize<'t>>(members: &Members<'t>, name: &str) -> Vec<T> {
    let elements = members.get(name).and_then(|list| serde_json::from_str::<Vec<&'t RawValue>>(list.get()).ok());
    elements.into_iter().flatten().filter_map(|element| serde_json::from_str(element.get()).ok()).collect()
}

/// The statement of a document that is called so: by its `Sid`, else by its zero-based index.
fn statement_index(document: &RawValue, label: &str) -> Option<usize> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Statement {
        sid: Option<String>,
    }
    let members: Members<'_> = serde_json::from_str(document.get()).ok()?;
    let statement = members.get("Statement")?;
    let statements = serde_json::from_str::<Vec<Statement>>(statement.get())
        .or_else(|_| serde_json::from_str::<Statement>(statement.get()).map(|statement| vec![statement]));
    let label_of = |(index, statement): (usize, &Statement)| {
        statement.sid.clone().filter(|sid| !sid.is_empty()).unwrap_or_else(|| index.to_string())
    };
    statements.ok()?.iter().enumerate().map(label_of).position(|own| own == label)
}

#[cfg(test)]
mod tests {
    use rules_core::config::{EvaluatedResource, Finding, FindingCode};

    use super::Documents;
    use crate::places::Text;

    const DETAILS: &str = r#"{"UserDetailList": [{"Arn": "arn:aws:iam::1:user/ada", "GroupList": ["ops"],
 "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Statement": [{}, {"Sid": "Two"}]}},
                    {"PolicyName": "encoded", "PolicyDocument": "%7B%7D"}]}],
 "GroupDetailList": [{"GroupName": "ops", "Arn": "arn:aws:iam::1:group/ops", "GroupPolicyList": [
   {"PolicyName": "shared", "PolicyDocument": {"Statement": {}}}],
  "AttachedManagedPolicies": [{"PolicyName": "wide", "PolicyArn": "arn:aws:iam::1:policy/wide"}]}],
 "Policies": [{"Arn": "arn:aws:iam::1:policy/wide", "PolicyVersionList": [
   {"IsDefaultVersion": false, "Document": {"Statement": []}},
   {"IsDefaultVersion": true, "Document": {"Statement":
     [{}]}}]}]}"#;

    fn place(text: &str, arn: &str, policy: &str, statement: &str) -> Option<(usize, usize)> {
        let text = Text::new(text);
        let documents = Documents::of(&text, "details.json".to_owned()).unwrap();
        let arn = Some(arn.parse().unwrap());
        let resource = EvaluatedResource { resource_type: String::new(), id: String::new(), name: None, arn };
        let mut finding = Finding::new(FindingCode::Custom("code"), "message");
        finding.policy = Some(policy.to_owned());
        finding.statement = Some(statement.to_owned());
        let start = documents.place_of(&resource, &finding)?.span?.start;
        Some((start.line, start.column))
    }

    #[test]
    fn documents_are_found_wherever_a_resource_has_them() {
        let user = "arn:aws:iam::1:user/ada";
        assert_eq!(place(DETAILS, user, "own", "Two"), Some((2, 80)));
        assert_eq!(place(DETAILS, user, "own", "0"), Some((2, 76)));
        assert_eq!(place(DETAILS, user, "encoded", "0"), Some((3, 65)), "the whole document");
        assert_eq!(place(DETAILS, user, "shared", "0"), Some((5, 61)));
        assert_eq!(place(DETAILS, user, "wide", "0"), Some((10, 7)));
        assert_eq!(place(DETAILS, user, "arn:aws:iam::1:policy/wide", "0"), Some((10, 7)));
        assert_eq!(place(DETAILS, "arn:aws:iam::1:policy/wide", "wide", "0"), Some((10, 7)));
        assert_eq!(place(DETAILS, user, "nonesuch", "0"), None);
        assert_eq!(place(DETAILS, "arn:aws:iam::1:user/bob", "own", "0"), None);
    }

    #[test]
    fn a_snapshot_holds_the_same() {
        let snapshot = format!(
            r#"{{"sha256": "", "content": {{"facts": {{"account-authorization-details": {{"output": {DETAILS}}}}}}}}}"#
        );
        assert_eq!(place(&snapshot, "arn:aws:iam::1:user/ada", "own", "Two"), Some((2, 80)));
    }
}
