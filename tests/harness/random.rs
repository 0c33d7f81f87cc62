//! What random tests begin with.

/// The seed of random tests: `RULES_SEED`, or 1. The same seed makes the same inputs. It is printed, so that a test that
/// fails shows it.
///
/// # Panics
/// When `RULES_SEED` is not a number.
#[must_use]
pub fn seed() -> u64 {
    let seed = number("RULES_SEED").unwrap_or(1);
    println!("RULES_SEED={seed}");
    seed
}

/// How many random cases a test looks at: `RULES_CASES`, or `default`.
///
/// # Panics
/// When `RULES_CASES` is not a number.
#[must_use]
pub fn cases(default: u32) -> u32 {
    number("RULES_CASES").map_or(default, |count| u32::try_from(count).expect("RULES_CASES is below four billion"))
}

/// The number that an environment variable holds, if it is set.
///
/// # Panics
/// When it holds something else.
#[must_use]
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}
