//! Random policies and requests of a few words, so that they meet often.

use serde_json::{Map, Value, json};

use super::{Policies, Request};

/// A source of numbers that look random and are the same every time.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The numbers that belong to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end).expect("a usize fits")).expect("below a usize")
    }

    /// True in `part` of `whole` cases.
    pub fn chance(&mut self, part: usize, whole: usize) -> bool {
        self.below(whole) < part
    }

    /// One of `items`.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// One of `items` by itself, or a list of `least` to three of them.
    fn one_or_more(&mut self, items: &[Value], least: usize) -> Value {
        if self.chance(1, 2) {
            return self.pick(items).clone();
        }
        let count = least + self.below(4 - least);
        (0..count).map(|_| self.pick(items).clone()).collect()
    }
}

const ACTIONS: [&str; 6] =
    ["s3:GetObject", "s3:GetBucket", "s3:PutObject", "S3:getobject", "iam:GetUser", "sqs:GetObject"];

const ACTION_PATTERNS: [&str; 20] = [
    "*",
    "*",
    "*",
    "*:*",
    "s3:*",
    "s3:*",
    "s3:Get*",
    "s3:*Object",
    "s3:GetObject",
    "S3:GETOBJECT",
    "s3:Get?ucket",
    "s3:Get??????",
    "iam:*",
    "iam:*User",
    "s3*",
    "i*",
    "*:Get*",
    "s?:GetObject",
    "s*:*Object",
    " s3:GetObject",
];

const RESOURCES: [&str; 12] = [
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/b",
    "arn:aws:s3:::a/B",
    "arn:aws:s3:::a/b/c",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/bob",
    "arn:aws:s3:::a/b:c",
    "arn:aws:s3:eu-west-1:1:a",
    "arn:aws:iam::1:user/bob",
    "arn:aws-cn:s3:::a",
    "a",
];

const RESOURCE_PATTERNS: [&str; 28] = [
    "*",
    "*",
    "*",
    "**",
    "arn:*",
    "arn:aws:s3*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::?",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::*/b",
    "arn:aws:s3:::a*b",
    "arn:aws:s3:*:a",
    "arn:aws:s3:*:*:a",
    "arn:aws*:s3:::a",
    "arn:aws:*:*:*:*b*",
    "arn:aws:iam::*:user/*",
    "arn:aws:s3:::a/${aws:username}",
    "arn:aws:s3:::a/${AWS:UserName}*",
    "arn:aws:s3:::${aws:PrincipalTag/t, 'a'}/b",
    "arn:aws:s3:::a/${aws:PrincipalTag/t}",
    "arn:aws:s3:::a/${*}",
    "arn:aws:s3:::a/${?}",
    "arn:aws:s3:::a/${",
    "arn:aws:${aws:username}:::a",
    "arn:aws:iam::1:user/${aws:username}",
    "arn:aws:s3:::a/$${*}b*",
    "a",
];

/// Every operator.
pub const NAMES: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// For each kind of value: its key, what policies ask of it, and what requests bring.
fn kind(name: &str) -> (&'static str, Vec<Value>, Vec<Value>) {
    let values = |value: Value| value.as_array().expect("written as a list").clone();
    if name.starts_with("String") {
        let wanted = json!([
            "a",
            "A",
            "ab",
            "a*",
            "?b",
            "*",
            "",
            "b",
            "é",
            "É?",
            "${aws:username}",
            "${aws:username}*",
            "${*}",
            "x${aws:PrincipalTag/t, 'b'}",
            "${aws:PrincipalTag/t}",
            "${no:key}",
            "${no:key, ''}a",
            "a${?}",
            "${$}{a}",
            "${",
            1,
            true
        ]);
        let brought =
            json!(["a", "A", "ab", "b", "", "bob", "*", "x*", "xb", "é", "É!", "a?", "${a}", "1", true, "${*}"]);
        ("t:text", values(wanted), values(brought))
    } else if name.starts_with("Numeric") {
        let wanted = json!(["0", "1", 1, 1.5, "1.50", "-2", "9007199254740993", "one", "", " 1", "10"]);
        let brought = json!(["0", "1", 1, "1.5", -2, "9007199254740992", "9007199254740993", "2", "x", ""]);
        ("t:number", values(wanted), values(brought))
    } else if name.starts_with("Date") {
        let wanted = json!([
            "2024-02-29",
            "2024-02-29T00:00:00Z",
            "2024-02-29T02:00:00+02:00",
            "2024-02-29T00:00Z",
            "2024-02-29T00:00:00",
            "2024-02",
            "2024",
            "2024-13",
            1_709_164_800,
            "1709164801",
            "2023-12-31T23:59:59Z",
            "2023-02-29",
            "tomorrow",
            "1970-01-01"
        ]);
        let brought = json!([
            "2024-02-29T00:00:00Z",
            "2024-02-29",
            1_709_164_800,
            "2024-02-29T00:00:01Z",
            "2024-02",
            "2024",
            "2023-12-31T23:59:59Z",
            "0",
            "now",
            "2024-13-01"
        ]);
        ("t:date", values(wanted), values(brought))
    } else if name == "Bool" {
        (
            "t:bool",
            values(json!(["true", "false", "True", true, false, "yes"])),
            values(json!(["true", "FALSE", true, "1"])),
        )
    } else if name == "BinaryEquals" {
        ("t:binary", values(json!(["QUJD", "QUJE", "qujd"])), values(json!(["QUJD", "QUJE", ""])))
    } else if name.ends_with("IpAddress") {
        let wanted = json!([
            "10.0.0.0/8",
            "10.1.2.3",
            "10.1.2.3/32",
            "10.1.2.0/31",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32",
            "2001:db8::1",
            "10.0.0.0/33",
            "10.0.0",
            "10.0.0.0/",
            "::1/129",
            "a"
        ]);
        let brought =
            json!(["10.1.2.3", "10.1.2.1", "11.0.0.1", "2001:db8::1", "2001:db9::1", "10.1.2.0/31", "host", ""]);
        ("t:address", values(wanted), values(brought))
    } else if name.starts_with("Arn") {
        let wanted = json!([
            "arn:aws:s3:::a",
            "arn:aws:s3:::*",
            "arn:aws:s3:*:a",
            "arn:aws:iam::1:role/*",
            "arn:aws:*:*:*:a",
            "*",
            "arn:aws:iam::1:role/${aws:username}",
            "arn:aws:iam::${aws:PrincipalTag/t}:role/bob",
            "${t:arn}",
            "arn:aws:s3:::a?b",
            "arn:aws:s3:::${*}",
            "arn:aws:iam::1:role/${no:key}"
        ]);
        let brought = json!([
            "arn:aws:s3:::a",
            "arn:aws:s3:::a:b",
            "arn:aws:iam::1:role/bob",
            "arn:aws:iam::2:role/bob",
            "arn:aws:s3:::*",
            "arn:aws:sqs:eu-west-1:1:a",
            "a",
            "arn:AWS:s3:::a"
        ]);
        ("t:arn", values(wanted), values(brought))
    } else {
        ("t:text", values(json!(["true", "false", "TRUE", true, false, "maybe"])), Vec::new())
    }
}

/// One key for each kind of value, by an operator of that kind.
const KINDS: [&str; 7] = ["StringLike", "NumericEquals", "DateEquals", "Bool", "BinaryEquals", "IpAddress", "ArnLike"];

/// Policies in all layers.
pub fn policies(dice: &mut Dice) -> Policies {
    // Each further layer makes an Allow rarer.
    let levels = if dice.chance(1, 3) { 1 + dice.below(2) } else { 0 };
    Policies {
        identity: (0..1 + dice.below(3)).map(|_| document(dice, 1, 4)).collect(),
        boundary: dice.chance(1, 4).then(|| document(dice, 1, 6)),
        service_control: (0..levels).map(|_| (0..1 + dice.below(2)).map(|_| document(dice, 1, 8)).collect()).collect(),
    }
}

/// A document in which `part` of `whole` statements deny.
fn document(dice: &mut Dice, part: usize, whole: usize) -> Value {
    let mut statements: Vec<Value> = (0..1 + dice.below(3)).map(|_| statement(dice, part, whole)).collect();
    let statements = if statements.len() == 1 && dice.chance(1, 2) { statements.remove(0) } else { json!(statements) };
    match dice.below(8) {
        0 => json!({"Statement": statements}),
        1 => json!({"Version": "2008-10-17", "Statement": statements}),
        _ => json!({"Version": "2012-10-17", "Statement": statements}),
    }
}

fn statement(dice: &mut Dice, part: usize, whole: usize) -> Value {
    let mut statement = Map::new();
    let denies = dice.chance(part, whole);
    statement.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
    let texts = |texts: &[&str]| -> Vec<Value> { texts.iter().map(|text| json!(text)).collect() };
    let action = if dice.chance(1, 5) { "NotAction" } else { "Action" };
    statement.insert(action.to_owned(), dice.one_or_more(&texts(&ACTION_PATTERNS), 1));
    let resource = if dice.chance(1, 5) { "NotResource" } else { "Resource" };
    statement.insert(resource.to_owned(), dice.one_or_more(&texts(&RESOURCE_PATTERNS), 1));
    // Denies without conditions would leave little to decide.
    let tests = if denies { 1 + dice.below(2) } else { dice.below(3) };
    if tests > 0 || dice.chance(1, 10) {
        let mut condition = Map::new();
        for _ in 0..tests {
            add_test(dice, &mut condition);
        }
        statement.insert("Condition".to_owned(), Value::Object(condition));
    }
    Value::Object(statement)
}

fn add_test(dice: &mut Dice, condition: &mut Map<String, Value>) {
    let name = *dice.pick(&NAMES);
    let (key, wanted, _) = kind(name);
    // `Null` takes neither prefix nor suffix; with one it is an unknown operator, and a few of those are wanted too.
    let plain = name == "Null" && !dice.chance(1, 20);
    let set = if plain { "" } else { dice.pick(&["", "", "ForAllValues:", "ForAnyValue:"]) };
    let suffix = if plain || dice.chance(2, 3) { "" } else { "IfExists" };
    let mut operator = format!("{set}{name}{suffix}");
    match dice.below(40) {
        0 => operator = operator.to_lowercase(),
        1 => operator = format!("{name}s"),
        _ => {}
    }
    // Now and then a key of another kind.
    let mut key = if dice.chance(1, 12) { kind(dice.pick::<&str>(&KINDS)).0.to_owned() } else { key.to_owned() };
    if dice.chance(1, 10) {
        key = key.to_uppercase();
    }
    let least = usize::from(!dice.chance(1, 20));
    let values = dice.one_or_more(&wanted, least);
    condition.insert(operator, json!({ key: values }));
}

/// A request whose keys are absent, single or multi-valued.
pub fn request(dice: &mut Dice) -> Request {
    let mut context = Map::new();
    for name in KINDS {
        let (key, _, brought) = kind(name);
        let key = if dice.chance(1, 10) { key.to_uppercase() } else { key.to_owned() };
        add_key(dice, &mut context, key, &brought);
    }
    let texts = |texts: &[&str]| -> Vec<Value> { texts.iter().map(|text| json!(text)).collect() };
    add_key(dice, &mut context, "aws:username".to_owned(), &texts(&["bob", "b", "*", "?", "s3"]));
    add_key(dice, &mut context, "aws:PrincipalTag/t".to_owned(), &texts(&["a", "b", "1", "b*", "a:b"]));
    Request { action: (*dice.pick(&ACTIONS)).to_owned(), resource: (*dice.pick(&RESOURCES)).to_owned(), context }
}

fn add_key(dice: &mut Dice, context: &mut Map<String, Value>, key: String, brought: &[Value]) {
    let value = match dice.below(8) {
        0 | 1 => return,
        2 | 3 => (0..dice.below(4)).map(|_| dice.pick(brought).clone()).collect(),
        _ => dice.pick(brought).clone(),
    };
    context.insert(key, value);
}
