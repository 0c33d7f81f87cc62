use super::*;
use crate::config::{EvaluatedResource, Finding, FindingCode, Outcome};

const FILE: &str = r#"
    [[exception]]
    rule = "policy-least-privilege"
    resource = "legacy-*"
    owner = "platform"
    reason = "on its way out"
    expires = 2026-01-31

    [[exception]]
    rule = "policy-least-privilege"
    resource = "arn:aws:iam::111122223333:policy/legacy-one"
    owner = "security"
    reason = "known"
    expires = "2026-03-31"

    [[exception]]
    rule = "policy-least-privilege"
    resource = "gone"
    owner = "nobody"
    reason = "forgotten"
    expires = 2027-01-01
"#;

fn own(text: &str, at: &str) -> AccountExceptions {
    of(text, "111122223333", Unaddressed::OwnAccount, at)
}

fn of(text: &str, account: &str, unaddressed: Unaddressed, at: &str) -> AccountExceptions {
    Exceptions::parse(text).unwrap().of_account(&account.parse().unwrap(), unaddressed, at.parse().unwrap())
}

fn verdict(name: &str, outcome: Outcome, at: &str) -> Verdict {
    let resource = EvaluatedResource {
        resource_type: "AWS::IAM::Policy".to_owned(),
        id: format!("ANPA{name}"),
        name: Some(name.to_owned()),
        arn: Some(format!("arn:aws:iam::111122223333:policy/{name}").parse().unwrap()),
    };
    Verdict::new(resource, Ok(outcome), at.parse().unwrap())
}

fn applied(name: &str, at: &str) -> (Evaluation, AppliedExceptions) {
    let mut applied = AppliedExceptions::default();
    let mut verdicts = [verdict(name, Outcome::finding(Finding::new(FindingCode::Custom("x"), "too wide")), at)];
    own(FILE, at).apply("policy-least-privilege", &mut verdicts, &mut applied);
    let [Verdict::Evaluated(evaluation)] = verdicts else { panic!("it was judged") };
    (evaluation, applied)
}

#[test]
fn what_is_wrong_is_accepted_to_the_end_of_the_last_day() {
    let (evaluation, _) = applied("legacy-two", "2026-01-31T23:59:59.999Z");
    assert_eq!(evaluation.compliance_type, ComplianceType::Compliant);
    assert_eq!(evaluation.annotation, "accepted until 2026-01-31 by platform: too wide");
    assert_eq!(evaluation.findings.len(), 1);
    let (evaluation, applied) = applied("legacy-two", "2026-02-01T00:00:00Z");
    assert_eq!(evaluation.compliance_type, ComplianceType::NonCompliant);
    assert_eq!(evaluation.exception, None);
    let exceptions = own(FILE, "2026-02-01T00:00:00Z");
    assert_eq!(exceptions.expired(&applied).map(|it| it.owner.as_str()).collect::<Vec<_>>(), ["platform"]);
    let unmatched: Vec<&str> = exceptions.unmatched(&applied).map(|it| it.owner.as_str()).collect();
    assert_eq!(unmatched, ["security", "nobody"]);
}

#[test]
fn the_longest_of_several_counts() {
    let (evaluation, _) = applied("legacy-one", "2026-01-15T00:00:00Z");
    assert_eq!(evaluation.exception.unwrap().owner, "security");
}

#[test]
fn nothing_else_is_touched() {
    let mut verdicts = [
        verdict("other", Outcome::finding(Finding::new(FindingCode::Custom("x"), "too wide")), "2026-01-01T00:00:00Z"),
        verdict("legacy-one", Outcome::compliant("fine"), "2026-01-01T00:00:00Z"),
        verdict("legacy-one", Outcome::not_applicable("gone"), "2026-01-01T00:00:00Z"),
    ];
    let before = verdicts.clone();
    let mut applied = AppliedExceptions::default();
    let exceptions = own(FILE, "2026-01-01T00:00:00Z");
    exceptions.apply("policy-least-privilege", &mut verdicts, &mut applied);
    exceptions.apply("root-mfa-enabled", &mut verdicts, &mut applied);
    assert_eq!(verdicts, before);
}

/// The reasons why entries of a file do not apply, for a rule of an account.
fn refused(text: &str, account: &str, unaddressed: Unaddressed, rule: &str) -> Vec<String> {
    let exceptions = of(text, account, unaddressed, "2026-01-01T00:00:00Z");
    exceptions.refused(&[rule]).map(ToString::to_string).collect()
}

#[test]
fn a_refused_entry_takes_nothing_with_it() {
    let change = |(from, to): (&str, &str)| FILE.replacen(from, to, 1);
    for (text, reason) in [
        (change(("policy-least-privilege", "no-such-rule")), "`rule` is `no-such-rule`, which is not a rule id"),
        (change(("\"platform\"", "\" \"")), "`owner` is blank"),
        (change(("\"platform\"", "7")), "invalid type"),
        (change(("legacy-*", "*")), "`resource` is `*`, which matches every resource"),
        (change(("2026-01-31", "\"soon\"")), "`expires`: `soon` is not a date"),
        (change(("2026-01-31", "2026-01-31T00:00:00Z")), "is not a date"),
        (change(("2026-01-31", "7")), "`expires` is of type integer"),
        (change(("2026-01-31", "2027-01-03")), "`expires` is 2027-01-03, more than 366 days ahead (`max_days`)"),
        (change(("expires", "until")), "unknown field `until`"),
        (change(("expires = 2026-01-31", "")), "missing field `expires`"),
        (change(("owner", "account = 111122223333\nowner")), "`account` is of type integer"),
        (change(("owner", "account = \"all\"\nowner")), "`account`: `all` is not an account id"),
        (change(("owner", "account = []\nowner")), "`account` is an empty list"),
    ] {
        let said = refused(&text, "111122223333", Unaddressed::OwnAccount, "policy-least-privilege");
        let [said] = said.as_slice() else { panic!("{said:?}") };
        assert!(said.starts_with("the exception in line 2 ") && said.contains(reason), "{said}");
        assert_eq!(own(&text, "2026-01-01T00:00:00Z").exceptions.len(), 2, "{said}");
    }
}

#[test]
fn a_file_that_is_not_understood_is_refused_with_its_place() {
    for (text, place, reason) in [
        (FILE.replacen("2026-01-31", "2026-02-30", 1), "line 7", ""),
        (format!("max_day = 30\n{FILE}"), "line 1", "unknown field `max_day`"),
        (format!("max_days = 0\n{FILE}"), "line 1", "`max_days` is 0: expected 1 to 3660"),
        (format!("\nmax_days = 3661\n{FILE}"), "line 2", "`max_days` is 3661"),
        (format!("max_days = \"30\"\n{FILE}"), "line 1", "invalid type"),
        ("exception = 1".to_owned(), "line 1", "invalid type"),
        ("exception = [1]".to_owned(), "line 1", "invalid type"),
    ] {
        let error = Exceptions::parse(&text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{place}: ")) && error.contains(reason), "{error}");
    }
    assert_eq!(Exceptions::parse(""), Ok(Exceptions::default()));
}

#[test]
fn a_term_ends_with_its_last_day() {
    let file = |expires: &str| format!("max_days = 30\n{}", FILE.replacen("2026-01-31", expires, 1));
    let refused = |expires: &str, at: &str| own(&file(expires), at).refused(&["policy-least-privilege"]).count();
    // The two others are too far ahead.
    assert_eq!(refused("2026-01-31", "2026-01-01T23:59:59Z"), 3 - 1);
    assert_eq!(refused("2026-02-01", "2026-01-01T23:59:59Z"), 3);
    assert_eq!(refused("2026-02-01", "2026-01-02T00:00:00Z"), 3 - 1);
    // What has expired is within every term.
    assert_eq!(refused("2020-01-01", "2026-01-01T00:00:00Z"), 3 - 1);
}

#[test]
fn an_entry_is_about_its_accounts() {
    let file = |account: &str| FILE.replacen("owner", &format!("account = {account}\nowner"), 1);
    let count = |account: &str, unaddressed| {
        of(&file(account), "111122223333", unaddressed, "2026-01-01T00:00:00Z").exceptions.len()
    };
    for (account, applies) in
        [("\"111122223333\"", 1), ("[\"444455556666\", \"111122223333\"]", 1), ("\"any\"", 1), ("\"444455556666\"", 0)]
    {
        assert_eq!(count(account, Unaddressed::OwnAccount), 2 + applies, "{account}");
        assert_eq!(count(account, Unaddressed::Refused), applies, "{account}");
    }
}

#[test]
fn a_refused_entry_is_the_business_of_its_rule_and_its_accounts() {
    let shared = |text: &str, rule| refused(text, "111122223333", Unaddressed::Refused, rule);
    let said = shared(FILE, "policy-least-privilege");
    assert_eq!(said.len(), 3);
    assert!(
        said.iter().all(|said| said.contains("`account` is missing, and the file serves several accounts")),
        "{said:?}"
    );
    assert_eq!(shared(FILE, "root-mfa-enabled"), Vec::<String>::new());
    // Whatever is wrong with it.
    let elsewhere = FILE.replace("owner", "account = \"444455556666\"\nowner").replace("reason", "why");
    assert_eq!(shared(&elsewhere, "policy-least-privilege"), Vec::<String>::new());
    // Nobody knows which rule this one was meant for.
    let unknown = FILE.replacen("policy-least-privilege", "no-such-rule", 1);
    assert_eq!(refused(&unknown, "111122223333", Unaddressed::OwnAccount, "root-mfa-enabled").len(), 1);
}

#[test]
fn a_resource_has_more_than_wildcards() {
    let refused = |resource: &str| {
        let text = FILE.replacen("legacy-*", resource, 1);
        refused(&text, "111122223333", Unaddressed::OwnAccount, "policy-least-privilege").len()
    };
    for bare in
        ["*", "**", "?*", "????????????", "arn:*", "arn:aws:iam::111122223333:*", "arn:aws:iam::111122223333:user/*"]
    {
        assert_eq!(refused(bare), 1, "{bare}");
    }
    for named in
        ["legacy-?", "*-legacy", "111122223333", "arn:aws:iam::*:policy/legacy-*", "arn:aws:iam::*:role/teams/*"]
    {
        assert_eq!(refused(named), 0, "{named}");
    }
}
