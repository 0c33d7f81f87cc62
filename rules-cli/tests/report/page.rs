//! What a reader learns from the page.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::support::{account, page, run, section, text};

fn sample() -> String {
    run(&["evaluate", "--sample", "--format", "html"]).stdout
}

#[test]
fn the_first_screen_answers() {
    let page = sample();
    let summary = section(&page, "summary");
    for said in [
        "All checks were made, with the facts of the Regions that were read.",
        "read in eu-west-1. Other Regions were not read.",
        "Root user ✗ Not safe 4 of 5 checks fail",
        "the root user has no MFA",
        "Without MFA: data-migration, operations-lead",
        "Least privilege ✗ Too many permissions",
        "Audit ✗ Incomplete 1 of",
        "No comparison with an earlier state",
    ] {
        assert!(summary.contains(said), "{said}: {summary}");
    }
    let first = section(&page, "first");
    assert!(first.contains("Assign a hardware MFA device or passkey to the root user critical Gains:"), "{first}");
    for gain in [
        "the root user gets MFA: a stolen password alone cannot sign in (root-hardware-mfa-enabled and root-mfa-enabled then pass)",
        "2 administrators get MFA: a stolen password alone",
        "role application rises from score",
    ] {
        assert!(first.contains(&format!("Gains: {gain}")), "{gain}: {first}");
    }
    assert!(first.contains("aws iam enable-mfa-device --user-name operations-lead"), "{first}");
    assert_eq!(page.matches("Gains: ").count(), 10);
    assert!(text(&page).contains("Sample account. This account is built into rules-cli"), "the page names the sample");
    let own = account("no-sample", json!({ "users": { "ada": {} } }));
    assert!(!self::page(&own, &[]).contains("Sample account"));
}

#[test]
fn administrators_are_a_map_and_a_list() {
    let page = sample();
    let administrators = section(&page, "administrators");
    assert!(administrators.contains("no MFA user operations-lead by group administrators, policy AdministratorAccess"));
    for said in ["group administrators", "policy AdministratorAccess", "everything"] {
        assert!(page.contains(&format!("<title>{said}</title>")), "{said}");
    }
}

#[test]
fn the_steps_of_an_escalation_are_on_the_map() {
    let keys =
        json!({ "Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::111122223333:user/bob" });
    let folder = account(
        "escalation",
        json!({ "users": {
            "ada": { "inline": { "keys": [keys] } },
            "bob": { "inline": { "own": [{ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" }] } },
        } }),
    );
    let page = page(&folder, &[]);
    let administrators = section(&page, "administrators");
    let way = "user ada can become one by iam-002: user bob, policy own, statement All";
    assert!(administrators.contains(way), "{administrators}");
    for title in ["user ada", "iam-002 user bob", "policy own", "everything"] {
        assert!(page.contains(&format!("<title>{title}</title>")), "{title}");
    }
}

#[test]
fn statements_have_their_costly_parts_marked() {
    let folder = account(
        "marked",
        json!({
            "users": { "ada": { "inline": { "work": [
                { "Sid": "Wide", "Effect": "Allow", "Action": ["iam:*", "s3:GetObject"], "Resource": ["*"] },
                { "Sid": "Fine", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q" },
            ] } } },
        }),
    );
    let page = page(&folder, &[]);
    assert!(page.contains("<mark>&quot;iam:*&quot;,</mark>"), "{page}");
    assert!(!page.contains("Statement Fine"), "only what costs is shown");
    let principals = section(&page, "principals");
    assert!(principals.contains("aws iam put-user-policy --user-name ada --policy-name work"), "{principals}");
}

#[test]
fn what_is_not_known_is_not_safe() {
    let folder = account("unknown", json!({ "users": { "ada": {} }, "files": { "account-summary.json": "{" } }));
    let summary = section(&page(&folder, &[]), "summary");
    assert!(summary.contains("Not evaluated:") && summary.contains("account-summary.json"), "{summary}");
    assert!(summary.contains("Root user ? Not known 0 of"), "{summary}");
    assert!(summary.contains("Audit ? Not known 0 of"), "{summary}");
    assert!(summary.contains("cloudtrail-enabled did not run"), "{summary}");
}

#[test]
fn passes_are_folded_to_counts() {
    let users: serde_json::Map<String, Value> = (0..50).map(|number| (format!("u{number}"), json!({}))).collect();
    let folder = account("passes", json!({ "users": users }));
    let principals = section(&page(&folder, &[]), "principals");
    assert!(principals.contains("50 principals pass"), "{principals}");
}

#[test]
fn many_reasons_are_cut_and_the_page_says_so() {
    let users: serde_json::Map<String, Value> = (0..4_000)
        .map(|number| {
            let inline: serde_json::Map<String, Value> =
                (0..2).map(|policy| (format!("policy-{policy}"), json!(["Allow * on *"]))).collect();
            (format!("user-{number:05}"), json!({ "inline": inline }))
        })
        .collect();
    let folder = account("many", json!({ "users": users }));
    let page = page(&folder, &[]);
    assert!(page.len() < 5_000_000, "{}", page.len());
    assert!(page.contains("reasons are shortened to 80 characters"));
    assert_eq!(page.matches("<li class=\"e\"").count(), 4_000);
}

#[test]
fn lists_follow_what_is_asked_for() {
    let users = json!({ "ada": { "inline": { "all": ["Allow * on *"] } }, "bob": {},
        "abe": { "inline": { "some": ["Allow s3:GetObject on *"] } } });
    let folder = account("view", json!({ "users": users }));
    let order = |more: &[&str]| {
        let principals = section(&page(&folder, more), "principals");
        (principals.find(" ada user") < principals.find(" abe user"), principals)
    };
    assert!(order(&[]).0);
    assert!(!order(&["--sort", "name"]).0);
    let (_, only) = order(&["--only", "failures"]);
    assert!(only.contains("limited by --only") && !only.contains("bob"), "{only}");
}

#[test]
fn exceptions_and_parameters_are_told() {
    let folder = account("exceptions", json!({ "users": { "ada": { "inline": { "all": ["Allow * on *"] } } } }));
    let exceptions = folder.join("exceptions.toml");
    let text = "[[exception]]\nrule = \"policy-least-privilege\"\nresource = \"ada\"\nowner = \"ops\"\nreason = \"migration\"\n\
                expires = 2026-03-31\n";
    std::fs::write(&exceptions, text).unwrap();
    let more = ["--exceptions", exceptions.to_str().unwrap(), "--param", "policy-least-privilege.minimumScore=75"];
    let page = page(&folder, &more);
    assert!(section(&page, "exceptions").contains("user ada policy-least-privilege ops 2026-03-31 migration"));
    let about = section(&page, "about");
    assert!(about.contains("policy-least-privilege minimumScore 75 "), "{about}");
    assert!(about.contains("principal-least-privilege minimumScore 40 (default)"), "{about}");
}

fn compared(name: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    let old = json!({ "users": { "ada": { "inline": { "all": ["Allow * on *"] } } } });
    let new = json!({ "users": { "ada": { "inline": { "all": ["Allow s3:GetObject on arn:aws:s3:::a/b"] } } } });
    (account(&format!("{name}-old"), old), account(&format!("{name}-new"), new))
}

#[test]
fn an_older_snapshot_says_whether_it_is_better() {
    let (old, new) = compared("earlier");
    let path = |folder: &Path| folder.to_str().unwrap().to_owned();
    let better = section(&page(&new, &["--earlier", &path(&old)]), "summary");
    assert!(better.contains("Compared: Better since"), "{better}");
    let worse = section(&page(&old, &["--earlier", &path(&new)]), "summary");
    assert!(worse.contains("Compared: Worse since"), "{worse}");
    let same = section(&page(&old, &["--earlier", &path(&old)]), "summary");
    assert!(same.contains("Compared: Unchanged since"), "{same}");
    let markdown = ["evaluate", "--input", &path(&new), "--earlier", &path(&old), "--format", "markdown"];
    assert!(run(&markdown).stdout.contains("**Better since"));
}

#[test]
fn a_baseline_says_whether_it_is_better() {
    let (old, new) = compared("baseline");
    let baseline = old.join("baseline.json");
    let path = baseline.to_str().unwrap();
    let rule = ["--rule", "policy-least-privilege"];
    page(&old, &[&rule[..], &["--write-baseline", path]].concat());
    let compared = |folder: &Path| section(&page(folder, &[&rule[..], &["--baseline", path]].concat()), "summary");
    let better = compared(&new);
    assert!(better.contains("Compared: Better since the baseline of 2026-01-31T12:00:00Z:"), "{better}");
    assert!(better.contains("user/ada: The least-privilege score of a policy is below the minimum."), "{better}");
    let same = compared(&old);
    assert!(same.contains("Compared: Unchanged since the baseline of"), "{same}");

    // Baselines of policy files name no time.
    let text = std::fs::read_to_string(&baseline).unwrap();
    std::fs::write(&baseline, text.replace("\"as_of\":\"2026-01-31T12:00:00Z\",", "")).unwrap();
    let better = compared(&new);
    assert!(better.contains("Better since the baseline, which names no time:"), "{better}");
}

#[test]
fn few_changes_are_listed_and_many_are_folded() {
    let users = |number: usize| -> serde_json::Map<String, Value> {
        (0..number).map(|user| (format!("u{user}"), json!({ "inline": { "all": ["Allow * on *"] } }))).collect()
    };
    let none = account("few-none", json!({ "users": { "bob": {} } }));
    let baseline = none.join("baseline.json");
    let path = baseline.to_str().unwrap();
    let rule = ["--rule", "policy-least-privilege"];
    page(&none, &[&rule[..], &["--write-baseline", path]].concat());
    for (number, folded) in [(10, false), (11, true)] {
        let now = account(&format!("few-{number}"), json!({ "users": users(number) }));
        let page = page(&now, &[&rule[..], &["--baseline", path]].concat());
        let (_, compared) = page.split_once("<section class=\"compared").unwrap();
        let (compared, _) = compared.split_once("</section>").unwrap();
        assert_eq!(compared.contains("<details"), folded, "{compared}");
        let said = text(compared);
        assert!(said.contains("new: user u9: all: score 0.0"), "{said}");
        assert_eq!(said.contains(&format!("Worse: {number} changes")), folded, "{said}");
    }
}

#[test]
fn the_page_lets_nothing_in_but_its_own_style_and_script() {
    let page = sample();
    let hash = |tag: &str| {
        let (_, rest) = page.split_once(&format!("<{tag}>")).unwrap();
        format!(
            "{tag}-src 'sha256-{}'",
            STANDARD.encode(Sha256::digest(rest.split_once(&format!("</{tag}>")).unwrap().0))
        )
    };
    let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    let policy = policy.replace("&#39;", "'");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains(&hash("style")) && policy.contains(&hash("script")), "{policy}");
}

#[test]
fn an_invocation_has_a_page_with_its_parameters() {
    let folder = account("invoked", json!({ "users": { "ada": { "inline": { "all": ["Allow * on *"] } } } }));
    let event = folder.join("event.json");
    let invoking = json!({ "messageType": "ScheduledNotification", "awsAccountId": "111122223333",
        "notificationCreationTime": "2026-01-31T12:00:00.000Z", "recordVersion": "1.0" });
    let parameters = json!({ "rule": "policy-least-privilege", "minimumScore": "75" });
    let event_text = json!({ "invokingEvent": invoking.to_string(), "ruleParameters": parameters.to_string(),
        "resultToken": "token", "eventLeftScope": false, "accountId": "111122223333", "configRuleName": "own",
        "configRuleArn": "arn:aws:config:eu-west-1:111122223333:config-rule/config-rule-aaaaaa", "configRuleId": "config-rule-aaaaaa",
        "version": "1.0", "executionRoleArn": "arn:aws:iam::111122223333:role/x" });
    std::fs::write(&event, event_text.to_string()).unwrap();
    let input = folder.join("account-authorization-details.json");
    let folder_of_input =
        account("invoked-input", json!({ "users": { "ada": { "inline": { "all": ["Allow * on *"] } } } }));
    assert!(input.exists());
    let arguments =
        ["invoke", event.to_str().unwrap(), "--input", folder_of_input.to_str().unwrap(), "--format", "html"];
    let finished = run(&arguments);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(section(&finished.stdout, "about").contains("minimumScore 75"));
    assert!(section(&finished.stdout, "summary").contains("Least privilege ✗ Too many permissions"));
}
