//! Administrators, and the principals that can become one.

use std::io::{self, Write};

use comfy_table::Cell;
use rules_core::text::visible;
use serde::Serialize;

use super::table::{Look, cell, header, lines};

/// How close a principal is to administrator permissions, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    Administrator,
    UnderConditions,
    CanBecomeOne,
    CanBecomeOneUncertain,
}

/// Who can use a principal, the most dangerous first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Exposure {
    /// A user with a credential and without MFA, or a user that is not in the credential report.
    WithoutMfa,
    /// A role that a principal outside of the account can assume.
    Outside,
    /// A role that users or roles of the account may assume.
    Inside,
    /// A user with a credential and MFA.
    WithMfa,
    /// A role that only services may assume.
    Services,
    /// A user without an active credential, or a role that no principal may assume.
    Nobody,
}

/// The fields of a row. Their names and order are a contract.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) resource_arn: String,
    pub(crate) level: Level,
    /// The policy that makes it an administrator, or every step to one.
    pub(crate) how: String,
    pub(crate) exposure: Exposure,
    pub(crate) assumed_by: Vec<String>,
    pub(crate) mfa: Option<bool>,
    pub(crate) last_used: Option<String>,
}

impl Level {
    fn in_words(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::UnderConditions => "administrator under conditions",
            Self::CanBecomeOne => "can become one",
            Self::CanBecomeOneUncertain => "can become one (uncertain)",
        }
    }
}

/// Prints the rows.
pub(crate) fn write(out: &mut dyn Write, look: Look, listed: &[Listed]) -> io::Result<()> {
    /// More are counted.
    const MAX_CALLERS: usize = 5;
    let mut table = look.table();
    table.set_header(header(&["Who", "Level", "How", "Assumed by", "MFA", "Last used"]));
    for row in listed {
        let mut callers: Vec<String> =
            row.assumed_by.iter().take(MAX_CALLERS).map(|caller| visible(caller, 80)).collect();
        if row.assumed_by.len() > MAX_CALLERS {
            callers.push(format!("{} more", row.assumed_by.len() - MAX_CALLERS));
        }
        let mfa = match row.mfa {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        table.add_row([
            cell(&format!("{} {}", row.kind, row.name)),
            Cell::new(row.level.in_words()),
            Cell::new_owned(visible(&row.how, 400)),
            Cell::new_owned(callers.join("\n")),
            Cell::new(mfa),
            Cell::new(row.last_used.as_deref().unwrap_or_default()),
        ]);
    }
    if !listed.is_empty() {
        out.write_all(lines(&table).as_bytes())?;
        writeln!(out)?;
    }
    let are = listed.iter().filter(|row| row.level <= Level::UnderConditions).count();
    writeln!(out, "administrators: {are}; others that can become one: {}", listed.len() - are)
}
