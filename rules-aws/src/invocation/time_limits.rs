//! The division of an invocation's time.

use std::time::Duration;

use tokio::time::Instant;

/// Left for judging and delivering when reading has to stop.
const FOR_DELIVERY: Duration = Duration::from_secs(5);

/// Left for reporting the failure when delivering has to stop: the invocation ends two seconds before Lambda ends it, and
/// has half a second for what takes no waiting.
const FOR_THE_REPORT: Duration = Duration::from_millis(2_500);

/// The time limits of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimits {
    /// The end of reading; facts that were not read are unavailable.
    pub read_until: Instant,
    /// The end of evaluation; the remaining resources are not evaluated.
    pub judge_until: Instant,
    /// The end of delivery; evaluations that were not delivered count as refused.
    pub deliver_until: Instant,
}

impl TimeLimits {
    /// The limits for an invocation that AWS Lambda ends after `remaining`. They are earlier, because an invocation
    /// that AWS Lambda ends has no error message.
    #[must_use]
    pub fn new(now: Instant, remaining: Duration) -> Self {
        let for_delivery = FOR_DELIVERY.max(remaining / 10).min(remaining / 2);
        let for_the_report = FOR_THE_REPORT.min(remaining / 4);
        let for_the_rest = (for_delivery - for_the_report) / 2;
        Self {
            read_until: now + (remaining - for_delivery),
            judge_until: now + (remaining - for_the_report - for_the_rest),
            deliver_until: now + (remaining - for_the_report),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::TimeLimits;

    #[test]
    fn there_is_always_time_to_deliver_and_to_report() {
        let now = Instant::now();
        for (remaining, read, deliver) in
            [(900, 810, 897_500), (60, 54, 57_500), (10, 5, 7_500), (4, 2, 3_000), (0, 0, 0)]
        {
            let limits = TimeLimits::new(now, Duration::from_secs(remaining));
            assert_eq!((limits.read_until - now).as_secs(), read, "{remaining}");
            assert_eq!((limits.deliver_until - now).as_millis(), deliver, "{remaining}");
        }
    }
}
