//! Compiles `data/catalogue.txt` into tables that the library reads in place.
//!
//! A Lambda function starts cold in a few milliseconds; filling maps with 22,000 actions would more than double
//! that. So the work is done here: `catalogue.bin` holds rows of fixed width, `catalogue.names` the text they point
//! into, and `catalogue.rs` the constants that say where each table starts. All numbers are little-endian.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::harm_classes::HarmClasses;
use super::{Outcome, rerun_if_changed};

const TABLE: &str = "data/catalogue.txt";
const HARM_CLASSES: &str = "data/harm_classes.toml";

/// Writes the tables into the build's folder. Returns the actions by their full names.
pub(super) fn compile(folder: &Path) -> Outcome<BTreeSet<String>> {
    rerun_if_changed(TABLE);
    rerun_if_changed(HARM_CLASSES);
    let of_file = |error| format!("{HARM_CLASSES}: {error}");
    let harm_classes = HarmClasses::parse(&fs::read_to_string(HARM_CLASSES)?).map_err(of_file)?;
    let mut catalogue = Catalogue::new(harm_classes);
    let table = fs::read_to_string(TABLE)?;
    // Prefixes first and so side by side: every look-up searches among them.
    for prefix in table.lines().filter_map(|line| line.strip_prefix("S\t")?.split('\t').next()) {
        catalogue.texts.add(prefix)?;
    }
    for (index, line) in table.lines().enumerate() {
        catalogue.read(line).map_err(|error| format!("{TABLE}, line {}: {error}", index + 1))?;
    }
    catalogue.close_service()?;
    catalogue.harm_classes.finish().map_err(of_file)?;
    let known = std::mem::take(&mut catalogue.known);
    catalogue.write(folder)?;
    Ok(known)
}

/// The tables as they grow line by line.
struct Catalogue {
    harm_classes: HarmClasses,
    date: String,
    /// Action names as AWS spells them, one after the other; the lower-case copy has the same offsets.
    names: String,
    /// Every other text.
    texts: Texts,
    services: Vec<u8>,
    types: Vec<u8>,
    actions: Vec<u8>,
    /// The harm classes of actions.
    harms: Vec<u8>,
    /// Resource types of actions: the type's number with three flags on top.
    uses: Vec<u8>,
    keys: Numbered,
    key_sets: Numbered,
    max_prefix: usize,
    max_name: usize,
    /// Every action by its full name.
    known: BTreeSet<String>,
    open: Option<OpenService>,
}

/// What the lines of one service refer to.
#[derive(Default)]
struct OpenService {
    prefix: String,
    governance: bool,
    resource_control: bool,
    first_type: usize,
    first_action: usize,
    last_action: String,
    keys: Vec<u16>,
    key_sets: Vec<u16>,
    types: BTreeMap<String, u16>,
}

/// Text in which each string occurs once.
#[derive(Default)]
struct Texts {
    text: String,
    known: HashMap<String, u32>,
}

/// Byte strings that are numbered in the order of their first use.
#[derive(Default)]
struct Numbered {
    order: Vec<Vec<u8>>,
    known: HashMap<Vec<u8>, u16>,
}

const SERVICE_ROW: usize = 16;
const TYPE_ROW: usize = 16;
const ACTION_ROW: usize = 16;
const USE_ROW: usize = 2;
const KEY_ROW: usize = 8;

/// Flags on a resource type's number; the numbers stay below all of them.
const REQUIRED: u16 = 0x8000;
const CARRIER: u16 = 0x4000;
const HARM_CARRIER: u16 = 0x2000;

impl Catalogue {
    fn new(harm_classes: HarmClasses) -> Self {
        Self {
            harm_classes,
            date: String::new(),
            names: String::new(),
            texts: Texts::default(),
            services: Vec::new(),
            types: Vec::new(),
            actions: Vec::new(),
            harms: Vec::new(),
            uses: Vec::new(),
            keys: Numbered::default(),
            key_sets: Numbered::default(),
            max_prefix: 0,
            max_name: 0,
            known: BTreeSet::new(),
            open: None,
        }
    }

    fn read(&mut self, line: &str) -> Outcome<()> {
        if let Some(comment) = line.strip_prefix('#') {
            if let Some(date) = comment.trim().strip_prefix("date:") {
                self.date = date.trim().to_owned();
            }
            return Ok(());
        }
        let mut fields = line.split('\t');
        let kind = fields.next().unwrap_or_default();
        let mut field = || fields.next().unwrap_or_default();
        match kind {
            "S" => self.service(field(), field(), field()),
            "K" => self.key(field()),
            "C" => self.key_set(field()),
            "T" => self.resource_type(field(), field()),
            "A" => self.action(field(), field(), field(), field()),
            _ => Err(format!("`{kind}` is not a kind of line").into()),
        }
    }

    fn service(&mut self, prefix: &str, governance: &str, resource_control: &str) -> Outcome<()> {
        self.close_service()?;
        let service = OpenService {
            prefix: prefix.to_owned(),
            governance: governance == "G",
            resource_control: resource_control == "R",
            first_type: self.types.len() / TYPE_ROW,
            first_action: self.actions.len() / ACTION_ROW,
            ..OpenService::default()
        };
        self.max_prefix = self.max_prefix.max(prefix.len());
        self.open = Some(service);
        Ok(())
    }

    fn key(&mut self, key: &str) -> Outcome<()> {
        let mut row = self.texts.add(key)?.to_le_bytes().to_vec();
        row.extend(u32::try_from(key.len())?.to_le_bytes());
        let number = self.keys.add(row)?;
        self.open()?.keys.push(number);
        Ok(())
    }

    fn key_set(&mut self, numbers: &str) -> Outcome<()> {
        let service = self.open()?;
        let mut set = Vec::new();
        for number in numbers.split_whitespace() {
            let key = service.keys.get(number.parse::<usize>()?).ok_or("no such K line")?;
            set.extend(key.to_le_bytes());
        }
        let number = self.key_sets.add(set)?;
        self.open()?.key_sets.push(number);
        Ok(())
    }

    fn resource_type(&mut self, name: &str, templates: &str) -> Outcome<()> {
        let service = u16::try_from(self.services.len() / SERVICE_ROW)?;
        let number = u16::try_from(self.types.len() / TYPE_ROW)?;
        if number >= HARM_CARRIER {
            return Err("too many resource types for the flags".into());
        }
        self.open()?.types.insert(name.to_owned(), number);
        let name_at = self.texts.add(name)?;
        let templates_at = self.texts.add(templates)?;
        self.types.extend(name_at.to_le_bytes());
        self.types.extend(templates_at.to_le_bytes());
        self.types.extend(u16::try_from(name.len())?.to_le_bytes());
        self.types.extend(u16::try_from(templates.len())?.to_le_bytes());
        self.types.extend(service.to_le_bytes());
        self.types.extend([0, 0]);
        Ok(())
    }

    fn action(&mut self, name: &str, letters: &str, key_set: &str, uses: &str) -> Outcome<()> {
        let &[level, class, destructive] = letters.as_bytes() else {
            return Err("not three letters".into());
        };
        let service_number = u16::try_from(self.services.len() / SERVICE_ROW)?;
        let prefix = self.open()?.prefix.clone();
        let harms = self.harm_classes.of(&prefix, name, level);
        let carriers = self.harm_classes.carriers(&prefix, name).cloned();
        let service = self.open()?;
        let lower = name.to_ascii_lowercase();
        if lower <= service.last_action {
            return Err(format!("`{name}` is out of order").into());
        }
        let key_set = *service.key_sets.get(key_set.parse::<usize>()?).ok_or("no such C line")?;
        let mut used = Vec::new();
        let mut harm_carriers = 0;
        for word in uses.split(',').filter(|word| !word.is_empty()) {
            let of = word.trim_end_matches(['!', '^']);
            let number = *service.types.get(of).ok_or("no such T line")?;
            let required = if word.contains('!') { REQUIRED } else { 0 };
            let carrier = if word.contains('^') { CARRIER } else { 0 };
            let carries_harm = carriers.as_ref().is_some_and(|carriers| carriers.contains(of));
            harm_carriers += usize::from(carries_harm);
            let harm_carrier = if carries_harm { HARM_CARRIER } else { 0 };
            used.extend((number | required | carrier | harm_carrier).to_le_bytes());
        }
        if harm_carriers != carriers.map_or(0, |carriers| carriers.len()) {
            return Err(format!("{HARM_CLASSES} names a carrier that `{name}` does not use").into());
        }
        service.last_action = lower;
        let full_name = format!("{}:{name}", service.prefix);
        self.actions.extend(u32::try_from(self.names.len())?.to_le_bytes());
        self.actions.extend([u8::try_from(name.len())?, level, class, destructive]);
        self.actions.extend(service_number.to_le_bytes());
        self.actions.extend(u16::try_from(self.uses.len() / USE_ROW)?.to_le_bytes());
        self.actions.extend(u16::try_from(used.len() / USE_ROW)?.to_le_bytes());
        self.actions.extend(key_set.to_le_bytes());
        self.harms.extend(harms.to_le_bytes());
        self.uses.extend(used);
        self.names.push_str(name);
        self.known.insert(full_name);
        self.max_name = self.max_name.max(name.len());
        Ok(())
    }

    /// Writes the row of the service whose lines have all been read.
    fn close_service(&mut self) -> Outcome<()> {
        let Some(service) = self.open.take() else {
            return Ok(());
        };
        self.services.extend(self.texts.add(&service.prefix)?.to_le_bytes());
        self.services.extend([u8::try_from(service.prefix.len())?, u8::from(service.governance)]);
        for number in
            [service.first_action, self.actions.len() / ACTION_ROW, service.first_type, self.types.len() / TYPE_ROW]
        {
            self.services.extend(u16::try_from(number)?.to_le_bytes());
        }
        self.services.extend([u8::from(service.resource_control), 0]);
        Ok(())
    }

    fn open(&mut self) -> Outcome<&mut OpenService> {
        Ok(self.open.as_mut().ok_or("no S line before")?)
    }

    fn write(self, folder: &Path) -> Outcome<()> {
        let mut key_sets = Vec::new();
        let mut members = Vec::new();
        for set in &self.key_sets.order {
            key_sets.extend(u16::try_from(members.len() / USE_ROW)?.to_le_bytes());
            key_sets.extend(u16::try_from(set.len() / USE_ROW)?.to_le_bytes());
            members.extend(set);
        }
        let mut layout = String::new();
        let mut blob = Vec::new();
        for (name, rows) in [
            ("SERVICES", &self.services),
            ("TYPES", &self.types),
            ("ACTIONS", &self.actions),
            ("HARMS", &self.harms),
            ("USES", &self.uses),
            ("KEYS", &self.keys.order.concat()),
            ("KEY_SETS", &key_sets),
            ("KEY_SET_MEMBERS", &members),
        ] {
            writeln!(layout, "const {name}_AT: usize = {};", blob.len())?;
            blob.extend(rows);
        }
        let names = [self.names.as_str(), &self.names.to_ascii_lowercase(), &self.texts.text].concat();
        for (name, value, what) in [
            ("LOWER_NAMES_AT", self.names.len(), "Where the lower-case action names start."),
            ("TEXTS_AT", 2 * self.names.len(), "Where the other texts start."),
            ("ACTION_COUNT", self.actions.len() / ACTION_ROW, "How many actions there are."),
            ("SERVICE_COUNT", self.services.len() / SERVICE_ROW, "How many services there are."),
            ("TYPE_COUNT", self.types.len() / TYPE_ROW, "How many resource types there are."),
            ("KEY_COUNT", self.keys.order.concat().len() / KEY_ROW, "How many condition keys there are."),
            ("MAX_PREFIX_LEN", self.max_prefix, "Bytes of the longest service prefix."),
            ("MAX_NAME_LEN", self.max_name, "Bytes of the longest action name."),
        ] {
            writeln!(layout, "/// {what}\npub(super) const {name}: usize = {value};")?;
        }
        writeln!(layout, "/// The day of the data.\npub(super) const DATE: &str = {:?};", self.date)?;
        fs::write(folder.join("catalogue.bin"), blob)?;
        fs::write(folder.join("catalogue.names"), names)?;
        fs::write(folder.join("catalogue.rs"), layout)?;
        Ok(())
    }
}

impl Texts {
    /// The offset of a text.
    fn add(&mut self, text: &str) -> Outcome<u32> {
        if let Some(at) = self.known.get(text) {
            return Ok(*at);
        }
        let at = u32::try_from(self.text.len())?;
        self.text.push_str(text);
        self.known.insert(text.to_owned(), at);
        Ok(at)
    }
}

impl Numbered {
    /// The number of a byte string.
    fn add(&mut self, bytes: Vec<u8>) -> Outcome<u16> {
        if let Some(number) = self.known.get(&bytes) {
            return Ok(*number);
        }
        let number = u16::try_from(self.order.len())?;
        self.order.push(bytes.clone());
        self.known.insert(bytes, number);
        Ok(number)
    }
}
