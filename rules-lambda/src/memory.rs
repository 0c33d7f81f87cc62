//! The memory of the function, and the end of the evaluation before it is used up.
//!
//! AWS Lambda ends a function that needs more memory than it has, without a reason. So the evaluation ends before that,
//! reports what was evaluated and names the rest. If memory runs out faster, the log at least has the cause.

use std::time::Duration;

use rules_core::MissingFact;

/// The variable in which AWS Lambda says how much there is, in MiB.
const SIZE: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";

/// The share of the memory after which nothing more is begun, in percent: what is left is for delivering.
const ENOUGH: u64 = 85;

/// The share of the memory at which the process ends itself, in percent.
const TOO_MUCH: u64 = 96;

/// How often a process that grows is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// Where the system says how much a process has in memory, in pages.
const STATM: &str = "/proc/self/statm";

/// The page of every processor that AWS Lambda has, in bytes.
const PAGE: u64 = 4_096;

/// What the function may use, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    bytes: u64,
}

impl Memory {
    /// None where nothing says how much there is.
    pub(crate) fn of_the_function() -> Option<Self> {
        let mebibytes: u64 = std::env::var(SIZE).ok()?.trim().parse().ok()?;
        Some(Self { bytes: mebibytes.checked_mul(1 << 20)? })
    }

    /// Why nothing more may be begun, if it may not.
    pub(crate) fn nearly_used_up(self) -> Option<MissingFact> {
        used().filter(|used| *used > self.share(ENOUGH)).map(|used| MissingFact::new("verdict", self.in_words(used)))
    }

    /// Ends the process before the system kills it, with the cause in the log.
    pub(crate) fn watch(self) {
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(INTERVAL);
                if let Some(used) = used().filter(|used| *used > self.share(TOO_MUCH)) {
                    tracing::error!(kind = "OutOfMemory", error = self.in_words(used), "the function ends");
                    std::process::abort();
                }
            }
        });
    }

    fn share(self, percent: u64) -> u64 {
        self.bytes / 100 * percent
    }

    fn in_words(self, used: u64) -> String {
        let of = |bytes: u64| bytes >> 20;
        format!("the function uses {} of its {} MB of memory; increase MemorySize", of(used), of(self.bytes))
    }
}

/// What the process has in memory, in bytes; none where the system does not say.
fn used() -> Option<u64> {
    let statm = std::fs::read_to_string(STATM).ok()?;
    statm.split(' ').nth(1)?.parse::<u64>().ok()?.checked_mul(PAGE)
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn what_is_used_is_held_against_what_there_is() {
        let none = Memory { bytes: 1 << 20 }.nearly_used_up().map(|missing| missing.to_string());
        let none = none.unwrap();
        assert!(none.starts_with("verdict: the function uses ") && none.contains(" of its 1 MB of memory"), "{none}");
        assert_eq!(Memory { bytes: 1 << 50 }.nearly_used_up(), None);
    }
}
