//! The catalogue against the text it was compiled from, and expansion against a plain filter over all names.

use std::collections::BTreeSet;

use crate::catalogue::{
    self, AccessLevel, ActionClass, ActionIndex, ActionSet, ExpandedList, Expansion, UnknownPattern, expand,
    expand_lists,
};

const TABLE: &str = include_str!("../../data/catalogue.txt");
const SENSITIVITY: &str = include_str!("../../data/sensitivity.toml");

#[track_caller]
fn action(text: &str) -> ActionIndex {
    let (service, name) = text.split_once(':').expect("a colon");
    catalogue::action(service, name).unwrap_or_else(|| panic!("{text} is not in the catalogue"))
}

fn types(text: &str) -> Vec<String> {
    let mark = |flag, mark| if flag { mark } else { "" };
    action(text)
        .resource_types()
        .map(|used| {
            let name = used.resource_type.name();
            format!("{name}{}{}", mark(used.required, "!"), mark(used.carrier, "^"))
        })
        .collect()
}

#[test]
fn counts_and_date() {
    assert_eq!(catalogue::DATE, "2026-09-26");
    assert_eq!(catalogue::services().len(), 456);
    assert_eq!(catalogue::SERVICE_COUNT, 456);
    assert_eq!(catalogue::actions().len(), 22_091);
    assert_eq!(catalogue::ACTION_COUNT, 22_091);
    assert_eq!(catalogue::RESOURCE_TYPE_COUNT, 2_334);
    assert_eq!(catalogue::services().map(|service| service.resource_types().len()).sum::<usize>(), 2_334);
    let keys: BTreeSet<_> = catalogue::condition_keys().collect();
    assert_eq!((keys.len(), catalogue::condition_keys().count()), (1_485, 1_485));
}

/// Writes the compiled tables in the form of catalogue.txt, condition keys spelled out; nothing may be lost.
#[test]
fn the_compiled_tables_say_what_the_text_says() {
    let mut lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let (mut keys, mut sets) = (Vec::new(), Vec::new());
    let mut service = None;
    let (mut services, mut actions) = (catalogue::services(), catalogue::actions());
    let mut resource_types = Vec::new().into_iter();
    for line in &mut lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |index: usize| fields.get(index).copied().unwrap_or_default();
        match field(0) {
            "S" => {
                let next = services.next().expect("a service");
                assert_eq!((next.prefix(), next.is_governance()), (field(1), field(2) == "G"));
                assert_eq!(next.is_resource_controlled(), field(3) == "R");
                assert_eq!(resource_types.next(), None);
                resource_types = next.resource_types().collect::<Vec<_>>().into_iter();
                (keys, sets, service) = (Vec::new(), Vec::new(), Some(next));
            }
            "K" => keys.push(field(1)),
            "C" => {
                let numbers = field(1).split_whitespace().map(|number| number.parse::<usize>().unwrap());
                sets.push(numbers.map(|number| keys[number]).collect::<Vec<_>>());
            }
            "T" => {
                let next = resource_types.next().expect("a resource type");
                assert_eq!((next.name(), Some(next.service())), (field(1), service));
                assert_eq!(next.arn_templates().collect::<Vec<_>>().join(", "), field(2));
            }
            "A" => {
                let next = actions.next().expect("an action");
                assert_eq!((next.name(), Some(next.service())), (field(1), service));
                assert_eq!(next.lower_name(), field(1).to_lowercase());
                let class = match next.class() {
                    None => '-',
                    Some(ActionClass::DataRead) => 'D',
                    Some(ActionClass::ResourceExposure) => 'X',
                    Some(ActionClass::SecretRead) => 'S',
                    Some(ActionClass::CredentialIssue) => 'C',
                };
                let level = next.level().to_string().remove(0);
                let destructive = if next.is_destructive() { 'd' } else { '-' };
                assert_eq!(format!("{level}{class}{destructive}"), field(2), "{next}");
                assert_eq!(next.condition_keys().collect::<Vec<_>>(), sets[field(3).parse::<usize>().unwrap()]);
                assert_eq!(types(&next.to_string()).join(","), field(4), "{next}");
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!((services.next(), actions.next(), resource_types.next()), (None, None, None));
}

#[test]
fn actions_are_ordered_and_those_of_a_service_are_neighbours() {
    let names: Vec<_> = catalogue::actions().map(|action| (action.service().prefix(), action.lower_name())).collect();
    assert!(names.is_sorted_by(|before, after| before < after));
    assert!(catalogue::services().map(|service| service.prefix()).is_sorted());
    assert!(catalogue::services().flat_map(|service| service.actions()).eq(catalogue::actions()));
    for action in catalogue::actions() {
        assert!(action.service().actions().contains(action));
        assert_eq!(ActionIndex::from_position(action.position()), Some(action));
    }
    assert_eq!(ActionIndex::from_position(catalogue::ACTION_COUNT), None);
}

#[test]
fn well_known_facts() {
    use AccessLevel::{List, PermissionsManagement, Read, Tagging, Write};
    for (name, level, class, destructive) in [
        ("iam:PutUserPolicy", PermissionsManagement, Some(ActionClass::ResourceExposure), false),
        ("iam:CreateAccessKey", Write, Some(ActionClass::CredentialIssue), false),
        ("iam:DeactivateMFADevice", Write, Some(ActionClass::CredentialIssue), false),
        ("s3:GetObject", Read, Some(ActionClass::DataRead), false),
        ("s3:ListAllMyBuckets", List, None, false),
        ("s3:DeleteBucket", Write, None, true),
        ("s3:PutBucketPolicy", PermissionsManagement, Some(ActionClass::ResourceExposure), false),
        ("ec2:CreateTags", Tagging, None, false),
        ("kms:Decrypt", Write, Some(ActionClass::SecretRead), false),
        ("kms:ScheduleKeyDeletion", Write, None, true),
        // Permissions management in AWS's reference, but they only read.
        ("secretsmanager:ValidateResourcePolicy", Read, None, false),
        // The excepted kinds of policies expose nothing.
        ("ecr:PutLifecyclePolicy", Write, None, false),
    ] {
        let action = action(name);
        assert_eq!((action.level(), action.class(), action.is_destructive()), (level, class, destructive), "{name}");
        assert_eq!(action.to_string(), name);
    }
    assert_eq!(types("s3:GetObject"), ["accesspointobject", "object"]);
    assert_eq!(types("iam:PutUserPolicy"), ["user!"]);
    assert_eq!(types("s3:ListAllMyBuckets"), [""; 0]);
    assert_eq!(types("ssm:StartSession"), ["document", "instance^", "managed-instance^", "task^"]);
    let role = action("iam:PassRole").resource_types().next().expect("a role").resource_type;
    assert_eq!(role.to_string(), "iam/role");
    assert_eq!(role.arn_template(), "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}");
    assert!(action("s3:ListBucket").condition_keys().any(|key| key == "s3:prefix"));
    assert!(action("iam:PassRole").condition_keys().any(|key| key == "iam:PassedToService"));
    for (prefix, governance) in [("sts", true), ("IAM", true), ("kms", true), ("s3", false)] {
        assert_eq!(catalogue::service(prefix).map(|service| service.is_governance()), Some(governance), "{prefix}");
    }
    for absent in ["", "s", "s33", "s3 ", "é", "zzz", &"a".repeat(1000)] {
        assert_eq!(catalogue::service(absent), None, "{absent}");
        assert_eq!(catalogue::action("s3", absent), None, "{absent}");
    }
    assert_eq!(catalogue::action("S3", "GETOBJECT"), Some(action("s3:GetObject")));
}

#[test]
fn every_action_of_the_data_files_exists_and_has_its_class() {
    let mut listed = 0;
    let mut class = None;
    for line in SENSITIVITY.lines().take_while(|line| *line != "[patterns]").map(str::trim) {
        match line {
            "credential_issue = [" => class = Some(ActionClass::CredentialIssue),
            "secret_read = [" => class = Some(ActionClass::SecretRead),
            "data_read = [" => class = Some(ActionClass::DataRead),
            _ => {}
        }
        if let Some(name) = line.strip_prefix('"').and_then(|rest| rest.strip_suffix("\",")) {
            assert_eq!(action(name).to_string(), name);
            assert_eq!(action(name).class(), class, "{name}");
            listed += 1;
        }
    }
    assert_eq!(listed, 121);
}

/// The definition of a match, by a table of pattern against text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut row = vec![true];
    row.resize(text.len() + 1, false);
    for wanted in pattern.bytes() {
        let mut next = vec![false; row.len()];
        for end in 0..row.len() {
            next[end] = match wanted {
                b'*' => row[end] || end > 0 && next[end - 1],
                _ => end > 0 && row[end - 1] && (wanted == b'?' || wanted == text.as_bytes()[end - 1]),
            };
        }
        row = next;
    }
    row[text.len()]
}

fn filter(pattern: &str) -> ActionSet {
    let pattern = pattern.to_ascii_lowercase();
    let parts = pattern.split_once(':');
    catalogue::services()
        .filter(|service| parts.is_none_or(|(prefix, _)| matches(prefix, service.prefix())))
        .flat_map(|service| service.actions())
        .filter(|action| match parts {
            Some((_, name)) => matches(name, action.lower_name()),
            None => matches(&pattern, &action.to_string().to_ascii_lowercase()),
        })
        .collect()
}

#[track_caller]
fn check(pattern: &str) {
    let expected = filter(pattern);
    let mut expanded = ActionSet::empty();
    let outcome = expand(pattern, &mut expanded);
    assert_eq!(expanded, expected, "{pattern}");
    match outcome {
        Expansion::Known { actions } => assert_eq!(actions, expected.len(), "{pattern}"),
        Expansion::Unknown(_) => assert!(expected.is_empty(), "{pattern}"),
    }
}

/// Patterns of every shape.
const PATTERNS: [&str; 49] = [
    "*",
    "*:*",
    "**",
    "**:**",
    "***:*",
    "?*",
    "*?",
    "i*",
    "I*",
    "iam*",
    "*iam*",
    "s3?Get*",
    "s3*:Get*",
    "*3:Get*",
    "*:Get*",
    "*:GET*policy",
    "?3:*",
    "??:*",
    "*:*?:",
    "*:?",
    "s3:*",
    "s3:**",
    "s3:*?",
    "s3-*:*",
    "s*b:*",
    "*GetObject",
    "*:GetObject",
    "s3*GetObject",
    "iam:*AccessKey*",
    "iam:*User*Policy*",
    "iam:?et*",
    "S3:GET?BJECT",
    "s3:get**object",
    "ec2:Describe*Reserved*Instances*",
    "ec2:*s",
    "ec2:*?s",
    "s3:Get*?",
    "s3:GetObject?",
    "s3:GetObject*",
    "s3:z*",
    "a*:z*",
    "z*:*",
    "zz*",
    "s3-object-lambda:*",
    "s3-object-lambda*",
    "*-*",
    "-*",
    "?",
    "*a*b*c*d*e*",
];

#[test]
#[expect(clippy::string_slice, reason = "action names are ASCII")]
fn expansion_equals_a_filter_over_all_names() {
    PATTERNS.into_iter().for_each(check);
    // Patterns cut from every fiftieth name, in every shape.
    for action in catalogue::actions().step_by(50) {
        let (prefix, name) = (action.service().prefix(), action.name());
        let cut = name.len() / 2;
        let (start, end) = (&name[..cut], &name[cut..]);
        check(&format!("{prefix}:{name}"));
        check(&format!("{prefix}:{start}*"));
        check(&format!("{}:*{end}", prefix.to_uppercase()));
        check(&format!("{prefix}:{start}?{}", &end[1..]));
        check(&format!("{prefix}:{}*{}", &start[..start.len().min(2)], end.to_uppercase()));
    }
}

/// What [`expand`] makes of each pattern by itself.
fn one_by_one<'p>(list: &[&'p str]) -> ExpandedList<'p> {
    let mut expanded = ExpandedList::default();
    for pattern in list {
        if let Expansion::Unknown(kind) = expand(pattern, &mut expanded.actions) {
            expanded.unknown.push((*pattern, kind));
        }
    }
    expanded
}

#[test]
fn lists_are_expanded_as_their_patterns_are() {
    let mut patterns: Vec<String> = PATTERNS.map(str::to_owned).to_vec();
    // More places than a word of the automaton has, in patterns of every kind.
    for (number, action) in catalogue::actions().step_by(97).enumerate() {
        let (prefix, name) = (action.service().prefix(), action.name());
        let letters: String = name.chars().step_by(3).flat_map(|letter| ['*', letter]).collect();
        patterns.push(match number % 4 {
            0 => format!("*:{letters}*"),
            1 => format!("?{}:*{letters}", prefix.get(1..).unwrap_or_default()),
            2 => format!("*{letters}"),
            _ => format!("*:{}?{letters}", name.get(..1).unwrap_or_default()),
        });
    }
    let long = format!("*:{}", "a?".repeat(300));
    patterns.extend([long, "*:nosuch".to_owned(), "s3:GetObject".to_owned(), "*:Gét".to_owned(), String::new()]);
    let all: Vec<&str> = patterns.iter().map(String::as_str).collect();
    for size in [1, 2, 7, all.len()] {
        let mut lists: Vec<Vec<&str>> = all.chunks(size).map(<[&str]>::to_vec).collect();
        lists.push(Vec::new());
        let expected: Vec<ExpandedList<'_>> = lists.iter().map(|list| one_by_one(list)).collect();
        assert_eq!(expand_lists(&lists), expected, "lists of {size}");
    }
    assert_eq!(expand_lists(&[vec!["*:Get*"], vec![]]), [one_by_one(&["*:Get*"]), ExpandedList::default()]);
}

#[test]
fn what_matches_nothing_says_why() {
    use UnknownPattern::{Action, Malformed, Service, WholeService, Wildcard};
    let long = "a".repeat(300);
    for (pattern, kind) in [
        ("nosuch:*", WholeService),
        ("nosuch:**", WholeService),
        ("nosuch:Get*", Service),
        ("nosuch:GetObject", Service),
        (&format!("{long}:Get"), Service),
        ("s3:NoSuch", Action),
        (&format!("s3:{long}"), Action),
        ("s3:NoSuch*", Wildcard),
        (&format!("s3:{long}*"), Wildcard),
        ("nosuch*:*", Wildcard),
        ("nosuch*", Wildcard),
        ("", Malformed),
        ("s3", Malformed),
        ("s3:", Malformed),
        (":*", Malformed),
        (":", Malformed),
        ("s3:Get:*", Malformed),
        (" s3:GetObject", Malformed),
        ("s3:GetObject ", Malformed),
        ("s3:Get Object", Malformed),
        (" *", Malformed),
        ("s3:Gét*", Malformed),
        ("s3:${aws:username}", Malformed),
    ] {
        let mut set = ActionSet::empty();
        assert_eq!(expand(pattern, &mut set), Expansion::Unknown(kind), "{pattern}");
        assert!(set.is_empty(), "{pattern}");
    }
}

#[test]
fn expansion_adds_to_the_set_and_counts_what_it_held_before() {
    let mut set = ActionSet::empty();
    assert_eq!(expand("s3:GetObject", &mut set), Expansion::Known { actions: 1 });
    assert_eq!(expand("s3:GetObject", &mut set), Expansion::Known { actions: 1 });
    assert_eq!(expand("iam:PassRole", &mut set), Expansion::Known { actions: 1 });
    assert_eq!(set.iter().collect::<Vec<_>>(), [action("iam:PassRole"), action("s3:GetObject")]);
    assert_eq!(format!("{set:?}"), r#"{"iam:PassRole", "s3:GetObject"}"#);
}

#[test]
fn hostile_patterns_match_what_they_name() {
    for (pattern, actions) in [
        ("*a".repeat(500), 0),
        (format!("*:{}", "*e".repeat(500)), 0),
        ("*".repeat(100_000) + "x", 0),
        ("?*".repeat(5), catalogue::ACTION_COUNT),
    ] {
        let mut set = ActionSet::empty();
        expand(&pattern, &mut set);
        let expected = if pattern.ends_with('x') { actions_matching(|name| name.ends_with('x')) } else { actions };
        assert_eq!(set.len(), expected, "{}", pattern.get(..20).unwrap_or(&pattern));
    }
}

fn actions_matching(accept: impl Fn(&str) -> bool) -> usize {
    catalogue::actions().filter(|action| accept(action.lower_name())).count()
}

#[test]
fn sets_behave_like_sets() {
    let s3 = catalogue::service("s3").unwrap().actions();
    let all = ActionSet::full();
    assert_eq!((all.len(), all.is_empty(), all.iter().count()), (22_091, false, 22_091));
    assert_eq!(ActionSet::default(), ActionSet::empty());
    assert_eq!(all.words().count(), 346);

    let own: ActionSet = s3.clone().collect();
    let mut ranged = ActionSet::empty();
    ranged.insert_range(&s3);
    assert_eq!(ranged, own);
    assert!(s3.clone().all(|action| own.contains(action)));

    let mut rest = all.clone();
    rest.subtract(&own);
    assert_eq!(rest.len(), all.len() - own.len());
    let mut none = rest.clone();
    none.intersect_with(&own);
    assert!(none.is_empty());
    rest.union_with(&own);
    assert_eq!(rest, all);
    rest.clear();
    assert_eq!(rest, ActionSet::empty());
}

/// Every service's range, so that each position of a range's ends within its words is met.
#[test]
fn ranges_fill_exactly_their_bits() {
    for service in catalogue::services() {
        let mut ranged = ActionSet::empty();
        ranged.insert_range(&service.actions());
        assert_eq!(ranged, service.actions().collect::<ActionSet>(), "{service}");
    }
}

#[test]
fn sets_agree_with_plain_sets() {
    // Few enough positions that sets meet, near both ends and across words.
    let actions: Vec<ActionIndex> = [0, 1, 63, 64, 127, 128, 200, 9_000, 9_001, 22_000]
        .into_iter()
        .chain([catalogue::ACTION_COUNT - 1])
        .filter_map(ActionIndex::from_position)
        .collect();
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    let (mut sets, mut plain) = (vec![ActionSet::empty(); 4], vec![BTreeSet::new(); 4]);
    for _ in 0..20_000 {
        let (own, other) = (random(4), random(4));
        let action = actions[random(actions.len())];
        let others = (sets[other].clone(), plain[other].clone());
        match random(6) {
            0 | 1 => {
                sets[own].insert(action);
                plain[own].insert(action);
            }
            2 => {
                sets[own].union_with(&others.0);
                plain[own].extend(others.1.clone());
            }
            3 => {
                sets[own].intersect_with(&others.0);
                plain[own].retain(|action| others.1.contains(action));
            }
            4 => {
                sets[own].subtract(&others.0);
                plain[own].retain(|action| !others.1.contains(action));
            }
            _ => assert_eq!(sets[own].is_disjoint(&others.0), plain[own].is_disjoint(&others.1)),
        }
        assert!(sets[own].iter().eq(plain[own].iter().copied()));
        assert_eq!(sets[own], plain[own].iter().copied().collect());
        assert_eq!((sets[own].len(), sets[own].is_empty()), (plain[own].len(), plain[own].is_empty()));
        assert!(actions.iter().all(|action| sets[own].contains(*action) == plain[own].contains(action)));
        let next = plain[own].range(action..).next();
        assert_eq!(sets[own].next_from(action.position()), next.copied());
        let range = action.service().actions();
        assert_eq!(sets[own].len_within(&range), plain[own].iter().filter(|action| range.contains(**action)).count());
    }
}

#[test]
fn harm_classes_are_those_of_the_data() {
    let of = |service: &str, name: &str| super::action(service, name).unwrap().harms();
    for class in super::HarmClass::ALL {
        let header = format!("[class.{class}]");
        assert!(include_str!("../../data/harm_classes.toml").contains(&header), "{header}");
        assert!(super::actions().any(|action| action.harms().contains(class)), "{class} is empty");
    }
    assert!(of("sts", "AssumeRoot").contains(super::HarmClass::Takeover));
    assert!(of("iam", "PutUserPolicy").is_about_one_identity());
    assert!(of("s3", "PutBucketTagging").operates_by_default());
    assert!(!of("s3", "ListAllMyBuckets").operates_by_default());
    let carriers: Vec<&str> = super::action("ssm", "SendCommand")
        .unwrap()
        .resource_types()
        .filter(|of| of.harm_carrier)
        .map(|of| of.resource_type.name())
        .collect();
    assert_eq!(carriers, ["instance", "managed-instance"]);
}
