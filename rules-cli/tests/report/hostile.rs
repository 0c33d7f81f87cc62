//! Names that others chose come back as text.

use std::collections::BTreeSet;

use rules_core::text::{is_hidden, visible};
use serde_json::json;

use super::support::{account, page, text};

const NAMES: [&str; 11] = [
    "=cmd()",
    "+sum",
    "-1",
    "@eve",
    "\"><script>alert(1)</script>&amp;'",
    "' onmouseover='alert(1)",
    "<!--",
    "]]>{0}\\",
    "\u{1b}[2J\u{202e}\u{85}x",
    "a\u{2028}b",
    "--option $(id) `id`",
];

#[test]
fn names_are_text_and_the_page_has_no_elements_but_its_own() {
    let mut users = serde_json::Map::new();
    for name in NAMES {
        let statement = json!({ "Sid": name, "Effect": "Allow", "Action": ["*", format!("s3:{name}")], "Resource": "*",
            "Condition": { "StringLike": { format!("aws:PrincipalTag/{name}"): name } } });
        users.insert(
            name.to_owned(),
            json!({ "path": format!("/{name}/"), "inline": { name: [statement] }, "credentials": ["password"] }),
        );
    }
    let folder = account(
        "hostile",
        json!({ "users": users, "report": { "root": ["password"], "without": NAMES },
            "files": { "account-summary.json": "<html>" } }),
    );
    let exceptions = folder.join("exceptions.toml");
    let exception = "[[exception]]\nrule = \"policy-least-privilege\"\nresource = \"+sum\"\nowner = \"=<b>ops</b>|\"\n\
                     reason = \"<img src=x onerror=alert(1)>\"\nexpires = 2026-12-31\n";
    std::fs::write(&exceptions, exception).unwrap();
    let page = page(&folder, &["--exceptions", exceptions.to_str().unwrap(), "--account", "111122223333"]);
    assert_eq!(page.chars().find(|c| is_hidden(*c) && *c != '\n'), None);

    // Beside the style and the script, which nothing is written into.
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, rest) = rest.split_once("<script>").unwrap();
    let (_, after) = rest.split_once("</script>").unwrap();
    let markup = format!("{before}{body}{after}");
    let tags: BTreeSet<&str> = markup
        .split('<')
        .skip(1)
        .map(|tag| tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric() && c != '!').next().unwrap())
        .collect();
    let own = "!doctype a article body code dd details div dl dt figcaption figure footer form g h1 h2 h3 head header html \
               input label li link main mark meta nav ol option p path pre rect section select span strong summary svg table \
               tbody td text th thead time title tr ul";
    let own: BTreeSet<&str> = own.split_whitespace().collect();
    assert_eq!(tags.difference(&own).collect::<Vec<_>>(), Vec::<&&str>::new());
    for tag in markup.split('<').skip(1).map(|tag| tag.split('>').next().unwrap()) {
        // What is in quotes is a value.
        let tag: String = tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
        let bad = [" onmouse", " onerror", "src=", "style=", "srcset", "'"];
        assert!(!bad.iter().any(|bad| tag.contains(bad)), "{tag}");
    }
    assert!(!markup.contains("href=\"j") && !markup.contains("href=\"h"));
    let said = text(&markup).replace("&#39;", "'");
    for name in NAMES {
        assert!(
            said.contains(visible(name, 130).split_whitespace().collect::<Vec<_>>().join(" ").as_str()),
            "{name:?}"
        );
    }
    // A command has names in quotes, or there is none.
    assert!(said.contains("--user-name '--option $(id) `id`'"), "{said}");
    assert!(!said.contains("--user-name =cmd()"));
}
