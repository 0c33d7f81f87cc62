//! The fields of the input and output, from the JSON schemas.

use serde_json::Value;

use super::{cell, code, codes, opening, table};
use crate::args::SchemaName;
use crate::commands::schema;
use crate::output::CSV_COLUMNS;

const SCHEMAS: [(&str, SchemaName); 4] = [
    ("evaluate and invoke", SchemaName::Evaluate),
    ("score", SchemaName::Score),
    ("simulate", SchemaName::Simulate),
    ("simulate --requests", SchemaName::Requests),
];

/// A field by its place, such as `findings[].code`, with its type and meaning.
type Field = [String; 3];

pub(super) fn page() -> String {
    let mut page = opening("Fields", "the schemas that `rules-cli schema NAME` prints, and from the columns of CSV");
    page.push_str(
        "\nThe fields of JSON: `--format json` writes one array, and `ndjson` one object on each line. [Formats](../formats.md) \
         describes the other formats.\n",
    );
    for (name, schema_name) in SCHEMAS {
        let schema: Value = serde_json::from_str(schema::text(schema_name)).unwrap_or_default();
        page.push_str(&format!("\n## {name}\n"));
        match schema.get("oneOf").and_then(Value::as_array) {
            None => page.push_str(&table(["field", "type", "meaning"], &fields(&schema, ""))),
            Some(kinds) => {
                for kind in kinds {
                    let title = if kind.pointer("/properties/error").is_some() { "Not evaluated" } else { "Evaluated" };
                    page.push_str(&format!("\n### {title}: {name}\n"));
                    page.push_str(&table(["field", "type", "meaning"], &fields(kind, "")));
                }
            }
        }
    }
    page.push_str(
        "\n## Columns of CSV\n\n`evaluate` writes one row for each finding, and one for each verdict without findings.\n",
    );
    let rows: Vec<[String; 2]> = CSV_COLUMNS.iter().map(|(column, field)| [code(column), code(field)]).collect();
    page.push_str(&table(["column", "field of evaluate"], &rows));
    page
}

fn fields(schema: &Value, prefix: &str) -> Vec<Field> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    // The order that is printed, which the schema has in its list of required fields.
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let required: Vec<&str> = required.iter().filter_map(Value::as_str).collect();
    let optional = properties.keys().map(String::as_str).filter(|name| !required.contains(name));
    let mut rows = Vec::new();
    for name in required.iter().copied().chain(optional) {
        let Some(field) = properties.get(name) else { continue };
        let place = format!("{prefix}{name}");
        rows.push([code(&place), kinds(field), meaning(field)]);
        rows.extend(fields(field, &format!("{place}.")));
        if let Some(items) = field.get("items") {
            rows.extend(fields(items, &format!("{place}[].")));
        }
    }
    rows
}

fn kinds(field: &Value) -> String {
    match field.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    }
}

fn meaning(field: &Value) -> String {
    let described = field.get("description").and_then(Value::as_str).map(cell);
    let values = field.get("enum").and_then(Value::as_array);
    let values = values.map(|values| format!("One of {}.", codes(values.iter().filter_map(Value::as_str))));
    [described, values].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{fields, schema};
    use crate::args::SchemaName;
    use crate::output::CSV_COLUMNS;

    #[test]
    fn every_column_of_csv_is_a_field() {
        let schema: Value = serde_json::from_str(schema::text(SchemaName::Evaluate)).unwrap();
        let places: Vec<String> = fields(&schema, "").into_iter().map(|[place, ..]| place).collect();
        for (column, field) in CSV_COLUMNS {
            assert!(places.contains(&format!("`{field}`")), "{column}: {field}");
        }
    }
}
