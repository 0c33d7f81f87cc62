//! Markdown stays short enough for a comment.

use serde_json::{Value, json};

use super::support::{account, run};

#[test]
fn markdown_says_what_it_leaves_out() {
    let users: serde_json::Map<String, Value> = (0..1_500)
        .map(|number| {
            (format!("user-{number:04}"), json!({ "inline": { "all": ["Allow * on *"] }, "credentials": ["password"] }))
        })
        .collect();
    let folder = account("long", json!({ "users": users, "report": { "root": ["password", "mfa"] } }));
    let path = folder.to_str().unwrap();
    let html = folder.join("whole.html");
    let report = format!("html={}", html.to_str().unwrap());
    let evaluate = |more: &[&str]| run(&[&["evaluate", "--input", path, "--format", "markdown"], more].concat()).stdout;
    let text = evaluate(&["--report", &report]);
    assert!(text.len() < 60_000, "{}", text.len());
    assert!(text.len() > 40_000, "no more is left out than has to be: {}", text.len());
    for rule in ["admin-user-mfa-enabled", "policy-least-privilege", "principal-least-privilege"] {
        let (_, section) = text.split_once(&format!("\n## {rule}\n")).expect(rule);
        let rows = section
            .lines()
            .take_while(|line| !line.starts_with("## "))
            .filter(|line| line.starts_with("| NON"))
            .count();
        assert!(rows > 10, "{rule}: {rows}");
        let (_, left_out) = text.split_once("**Left out for length:** ").unwrap();
        assert!(left_out.contains(&format!("{} of {rule}", 1_500 - rows)), "{left_out}");
    }
    assert!(text.contains("The whole report is in ") && text.contains("whole.html"), "{}", &text[text.len() - 300..]);
    assert!(std::fs::metadata(&html).unwrap().len() > 500_000);
    assert!(evaluate(&[]).contains("The whole report: rules-cli evaluate --report html=report.html"));
}

#[test]
fn scores_stay_short_too() {
    let folder = account("long-scores", json!({}));
    let long = "x".repeat(180);
    for number in 0..120 {
        let actions: Vec<String> = (0..40).map(|action| format!("s3:{}{action}", "y".repeat(90))).collect();
        let text = json!({ "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" },
            { "Effect": "Allow", "Action": "*", "Resource": "*" }] });
        std::fs::write(folder.join(format!("{long}-{number}.json")), text.to_string()).unwrap();
    }
    let arguments = ["score", folder.to_str().unwrap(), "--min-score", "60", "--format", "markdown"];
    let finished = run(&arguments);
    assert!(finished.stdout.len() < 60_000, "{}", finished.stdout.len());
    assert!(finished.stdout.contains("**Left out for length:** "), "{}", finished.stderr);
}
