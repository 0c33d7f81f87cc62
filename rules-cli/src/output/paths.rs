//! Paths from one principal to another.

use std::io::{self, Write};

use comfy_table::Cell;
use rules_core::Arn;
use rules_core::reach::EscalationStep;
use rules_core::record::certainty;
use rules_core::text::visible;
use serde::Serialize;

use super::table::{Look, cell, header, lines};

/// A path from one principal to another, or to an administrator.
pub(crate) struct FoundPath {
    pub(crate) from: Arn,
    /// None for an administrator that the last step makes, or that is not one of those that were there.
    pub(crate) to: Option<Arn>,
    pub(crate) is_certain: bool,
    pub(crate) missing: Option<String>,
    pub(crate) steps: Vec<EscalationStep>,
}

/// The fields of a path. Their names and order are a contract.
#[derive(Serialize)]
pub(crate) struct PathRecord<'a> {
    from: &'a str,
    /// None for an administrator.
    to: Option<&'a str>,
    certainty: &'static str,
    missing: Option<&'a str>,
    steps: &'a [EscalationStep],
}

impl<'a> PathRecord<'a> {
    pub(crate) fn new(path: &'a FoundPath) -> Self {
        Self {
            from: path.from.as_str(),
            to: path.to.as_ref().map(Arn::as_str),
            certainty: certainty(path.is_certain),
            missing: path.missing.as_deref(),
            steps: &path.steps,
        }
    }
}

/// `user/ada` of an ARN.
pub(super) fn short(arn: &Arn) -> &str {
    arn.resource()
}

/// Prints paths for people: a row for each, with every step.
pub(crate) fn write(out: &mut dyn Write, look: Look, paths: &[FoundPath]) -> io::Result<()> {
    let mut table = look.table();
    table.set_header(header(&["From", "To", "Certainty", "Steps"]));
    for path in paths {
        let mut steps: Vec<String> = path.steps.iter().map(|step| visible(&step.in_full(), 400)).collect();
        steps.extend(path.missing.as_deref().map(|missing| format!("unknown: {}", visible(missing, 200))));
        table.add_row([
            cell(short(&path.from)),
            cell(path.to.as_ref().map_or("an administrator", short)),
            Cell::new(certainty(path.is_certain)),
            Cell::new_owned(steps.join("\n")),
        ]);
    }
    if !paths.is_empty() {
        out.write_all(lines(&table).as_bytes())?;
        writeln!(out)?;
    }
    let certain = paths.iter().filter(|path| path.is_certain).count();
    writeln!(out, "paths: {}, certain: {certain}", paths.len())
}
