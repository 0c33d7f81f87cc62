//! The compiled catalogue, read in place. `build/catalogue.rs` writes what this file reads.

use std::ops::Range;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.bin"));
static NAMES: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.names"));

/// One service.
pub(super) struct ServiceRow([u8; 16]);

/// One resource type.
pub(super) struct TypeRow([u8; 16]);

/// One action.
pub(super) struct ActionRow([u8; 16]);

/// A resource type as one action uses it.
pub(super) struct TypeUse {
    pub(super) resource_type: u16,
    pub(super) required: bool,
    pub(super) carrier: bool,
    pub(super) harm_carrier: bool,
}

pub(super) fn service(index: u16) -> ServiceRow {
    ServiceRow(row(SERVICES_AT, index.into()))
}

pub(super) fn resource_type(index: u16) -> TypeRow {
    TypeRow(row(TYPES_AT, index.into()))
}

pub(super) fn action(index: u16) -> ActionRow {
    ActionRow(row(ACTIONS_AT, index.into()))
}

/// The resource type in the `index`th place of the list of all actions' resource types.
pub(super) fn type_use(index: usize) -> TypeUse {
    let bits = u16::from_le_bytes(row(USES_AT, index));
    TypeUse {
        resource_type: bits & 0x1fff,
        required: bits & 0x8000 != 0,
        carrier: bits & 0x4000 != 0,
        harm_carrier: bits & 0x2000 != 0,
    }
}

/// The harm classes of an action, as bits.
pub(super) fn harms(index: u16) -> u32 {
    u32::from_le_bytes(row(HARMS_AT, index.into()))
}

/// The numbers of the condition keys in one set.
pub(super) fn key_set(index: u16) -> impl Iterator<Item = u16> {
    let [a, b, c, d] = row(KEY_SETS_AT, index.into());
    let start = usize::from(u16::from_le_bytes([a, b]));
    let end = start + usize::from(u16::from_le_bytes([c, d]));
    (start..end).map(|member| u16::from_le_bytes(row(KEY_SET_MEMBERS_AT, member)))
}

/// One condition key.
pub(super) fn key(index: u16) -> &'static str {
    let [a, b, c, d, e, f, _, _] = row(KEYS_AT, index.into());
    text(TEXTS_AT, u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]).into())
}

impl ServiceRow {
    pub(super) fn prefix(&self) -> &'static str {
        let [a, b, c, d, length, ..] = self.0;
        text(TEXTS_AT, u32::from_le_bytes([a, b, c, d]), length.into())
    }

    /// The prefix as bytes, which need no test for character boundaries.
    pub(super) fn prefix_bytes(&self) -> &'static [u8] {
        let [a, b, c, d, length, ..] = self.0;
        bytes(TEXTS_AT, u32::from_le_bytes([a, b, c, d]), length.into())
    }

    pub(super) fn is_governance(&self) -> bool {
        let [_, _, _, _, _, governance, ..] = self.0;
        governance != 0
    }

    pub(super) fn is_resource_controlled(&self) -> bool {
        let [.., controlled, _] = self.0;
        controlled != 0
    }

    /// First action, and the one after the last.
    pub(super) fn actions(&self) -> (u16, u16) {
        let [_, _, _, _, _, _, a, b, c, d, ..] = self.0;
        (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
    }

    /// First resource type, and the one after the last.
    pub(super) fn resource_types(&self) -> (u16, u16) {
        let [.., a, b, c, d, _, _] = self.0;
        (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
    }
}

impl TypeRow {
    pub(super) fn name(&self) -> &'static str {
        let [a, b, c, d, _, _, _, _, e, f, ..] = self.0;
        text(TEXTS_AT, u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]).into())
    }

    pub(super) fn arn_templates(&self) -> &'static str {
        let [_, _, _, _, a, b, c, d, _, _, e, f, ..] = self.0;
        text(TEXTS_AT, u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]).into())
    }

    pub(super) fn service(&self) -> u16 {
        let [.., a, b, _, _] = self.0;
        u16::from_le_bytes([a, b])
    }
}

impl ActionRow {
    pub(super) fn name(&self) -> &'static str {
        let (start, length) = self.span();
        text(0, start, length)
    }

    pub(super) fn lower_name(&self) -> &'static str {
        let (start, length) = self.span();
        text(LOWER_NAMES_AT, start, length)
    }

    /// The lower-case name as bytes, which need no test for character boundaries.
    pub(super) fn lower_bytes(&self) -> &'static [u8] {
        let (start, length) = self.span();
        bytes(LOWER_NAMES_AT, start, length)
    }

    fn span(&self) -> (u32, usize) {
        let [a, b, c, d, length, ..] = self.0;
        (u32::from_le_bytes([a, b, c, d]), length.into())
    }

    /// The letters of level, class and destructiveness, as in `catalogue.txt`.
    pub(super) fn letters(&self) -> [u8; 3] {
        let [_, _, _, _, _, level, class, destructive, ..] = self.0;
        [level, class, destructive]
    }

    pub(super) fn service(&self) -> u16 {
        let [_, _, _, _, _, _, _, _, a, b, ..] = self.0;
        u16::from_le_bytes([a, b])
    }

    /// First place in the list of all actions' resource types, and the one after the last.
    pub(super) fn uses(&self) -> (usize, usize) {
        let [.., a, b, c, d, _, _] = self.0;
        let start = usize::from(u16::from_le_bytes([a, b]));
        (start, start + usize::from(u16::from_le_bytes([c, d])))
    }

    pub(super) fn key_set(&self) -> u16 {
        let [.., a, b] = self.0;
        u16::from_le_bytes([a, b])
    }
}

/// The `index`th row of the table that starts at `at`. Indices come from the tables, or were checked against a count
/// when their newtype was made, so there always is such a row.
fn row<const WIDTH: usize>(at: usize, index: usize) -> [u8; WIDTH] {
    BLOB.get(at + index * WIDTH..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; WIDTH])
}

fn text(at: usize, start: u32, length: usize) -> &'static str {
    NAMES.get(span(at, start, length)).unwrap_or_default()
}

fn bytes(at: usize, start: u32, length: usize) -> &'static [u8] {
    NAMES.as_bytes().get(span(at, start, length)).unwrap_or_default()
}

fn span(at: usize, start: u32, length: usize) -> Range<usize> {
    // A u32 fits into usize wherever this crate's Lambda and command line run.
    let start = at + start as usize;
    start..start + length
}
