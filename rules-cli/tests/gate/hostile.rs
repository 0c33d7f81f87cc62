//! Names that others chose go through every format of `score` as text.

use rules_core::text::is_hidden;
use serde_json::Value;

use super::support::{check_junit, check_sarif, check_schema, folder, run_in, write};

const WIDE: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// What means something somewhere, and names of random characters of all of Unicode.
fn names() -> Vec<String> {
    let known = [
        "\"><script>alert(1)",
        "=cmd()",
        "\u{1b}[2J\u{1b}]0;x\u{7}",
        "\u{202e}nosj",
        "\u{2028}\u{2029}",
        "a|b`c*_[d](e)",
        "::error::x",
        "%0A::error::y",
        "a\n::error::z",
        "]]>",
        "{0}",
        "@everyone #1 $x",
        "www.f.example",
        "J\u{fc}rgen M\u{fc}ller",
        "-rf",
    ];
    let mut names: Vec<String> = known.map(str::to_owned).into();
    // A generator of its own: the same names in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for number in 0..120 {
        let mut name = format!("{number}-");
        while name.len() < 60 {
            // Half of the characters from the planes that are in use most.
            let limit = if next(2) == 0 { 0x3000 } else { 0x11_0000 };
            let character = u32::try_from(next(limit)).ok().and_then(char::from_u32);
            name.extend(character.filter(|character| !['/', '\0'].contains(character)));
        }
        names.push(name);
    }
    names
}

#[test]
fn names_come_back_as_text_from_every_format() {
    let root = folder("hostile");
    let names = names();
    for (number, name) in names.iter().enumerate() {
        // The score reports an action that AWS does not have in its own words.
        let action = serde_json::to_string(&format!("s3:{name}")).unwrap();
        let text = if number % 2 == 0 {
            WIDE.to_owned()
        } else {
            WIDE.replace("\"*\",\"Resource\"", &format!("[\"*\",{action}],\"Resource\""))
        };
        write(&root, &format!("p/{name}.json"), &text);
    }
    for format in ["table", "json", "ndjson", "sarif", "junit", "markdown", "github"] {
        let finished = run_in(&root, &["score", "p", "--min-score", "60", "--all", "--format", format]);
        assert!(finished.code > 0, "{format}: {}", finished.stderr);
        for text in [&finished.stdout, &finished.stderr] {
            let hidden = text.chars().find(|character| is_hidden(*character) && *character != '\n');
            assert_eq!(hidden, None, "{format}");
        }
        let lines: Vec<&str> = finished.stdout.lines().collect();
        match format {
            "ndjson" => {
                let schema: Value = serde_json::from_str(&run_in(&root, &["schema", "score"]).stdout).unwrap();
                let rows = finished.lines();
                rows.iter().for_each(|row| check_schema(&schema, row, "score"));
                let mut told: Vec<&str> = rows.iter().map(|row| row["policy"].as_str().unwrap()).collect();
                let mut expected: Vec<&str> = names.iter().map(String::as_str).collect();
                told.sort_unstable();
                expected.sort_unstable();
                assert_eq!(told, expected);
            }
            "json" => assert_eq!(serde_json::from_str::<Vec<Value>>(&finished.stdout).unwrap().len(), names.len()),
            "sarif" => check_sarif(&serde_json::from_str(&finished.stdout).unwrap()),
            "junit" => {
                let (failures, errors) = check_junit(&finished.stdout);
                assert_eq!(failures + errors, names.len());
            }
            "github" => {
                assert_eq!(lines.len(), names.len(), "one command for each policy");
                assert!(lines.iter().all(|line| line.starts_with("::error file=p/")));
            }
            "markdown" => {
                let rows: Vec<&&str> = lines.iter().filter(|line| line.starts_with("| ")).collect();
                let bars = |line: &str| line.replace("\\|", "").matches('|').count();
                assert!(rows.iter().skip(3).all(|row| bars(row) == 6), "{rows:?}");
                assert!(!finished.stdout.contains("<script") && !finished.stdout.contains("://"));
            }
            _ => assert!(lines.len() > names.len()),
        }
    }
}
