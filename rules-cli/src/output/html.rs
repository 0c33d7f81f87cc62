//! The page for a browser. It is complete without its script, and loads no content.
//!
//! Text from outside goes through `shown` or `shown_name`, and the templates escape all text. The Content Security
//! Policy of the page allows only the style and the script below.

mod about;
mod account;
mod administrators;
mod entries;
mod finding;
mod first_screen;
mod picture;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::AccountReport;
use super::row::Row;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    out.write_all(page(report).into_string().as_bytes())
}

fn page(report: &AccountReport) -> Markup {
    let rows: Vec<Row<'_>> = report.rows().collect();
    let title = format!("AWS account {}", report.account);
    html! {
        (PreEscaped("<!doctype html>\n"))
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { (title) ": root user, administrators, least privilege" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the report" }
                (first_screen::header(report, &title))
                (navigation())
                main id="main" tabindex="-1" {
                    (first_screen::summary(report))
                    (first_screen::actions(report))
                    (account::sections(report, &rows))
                    (administrators::section(report))
                    (entries::section(report, &rows))
                    (about::exceptions(&rows))
                    (about::section(report))
                }
                footer { p { "Made by rules-cli " (env!("CARGO_PKG_VERSION")) ". This file loads no content and sends no data." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// The page's own policy: nothing but its style, its script and an empty icon.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn navigation() -> Markup {
    let links = [
        ("summary", "Summary"),
        ("first", "What to do first"),
        ("root", "Root user"),
        ("audit", "Audit"),
        ("administrators", "Administrators"),
        ("principals", "Principals"),
        ("policies", "Policies"),
        ("exceptions", "Exceptions"),
        ("about", "About this report"),
    ];
    html! {
        nav aria-label="Sections" { ul { @for (anchor, text) in links { li { a href={ "#" (anchor) } { (text) } } } } }
    }
}
