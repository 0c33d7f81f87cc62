//! Statistics of a period of a metric, as far as they are certain.

use std::fmt;

use crate::text::visible;

/// A statistic of CloudWatch.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statistic {
    Sum,
    Average,
    Minimum,
    Maximum,
    SampleCount,
    /// From 0, the least value, to 100, the greatest.
    Percentile(f64),
    /// Trimmed means and counts, percentile ranks and other statistics, by name.
    Other(String),
}

/// What is added to a metric within one period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Samples<'a> {
    /// By each event that is counted.
    pub(super) added: f64,
    /// By each event that is not, any number of times or not at all. None: they add nothing.
    pub(super) defaults: &'a [f64],
}

/// All that a statistic may be: between two bounds, which it reaches or only comes near.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Values {
    least: f64,
    most: f64,
    least_is_reached: bool,
    most_is_reached: bool,
}

impl Statistic {
    pub(super) fn named(name: &str) -> Self {
        let percentile = |name: &str| {
            let percentile: f64 = name.strip_prefix('p')?.parse().ok()?;
            (0.0..=100.0).contains(&percentile).then_some(percentile)
        };
        match name {
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            _ => percentile(name).map_or_else(|| Self::Other(name.to_owned()), Self::Percentile),
        }
    }

    /// Of a period with one event or more that are counted; none where that is not known.
    pub(super) fn with_event(&self, samples: &Samples<'_>) -> Option<Values> {
        let Samples { added, defaults } = *samples;
        let (least, most) = bounds([added].iter().chain(defaults));
        Some(match self {
            Self::Sum => {
                // Each may be there any number of times, and what is counted once at least.
                let upwards = if most > 0.0 { f64::INFINITY } else { added };
                let downwards = if least < 0.0 { f64::NEG_INFINITY } else { added };
                Values::from(downwards, upwards)
            }
            // However many others there are, what is counted has some weight.
            Self::Average => {
                Values { least_is_reached: least == added, most_is_reached: most == added, ..Values::from(least, most) }
            }
            Self::Minimum => Values::from(least, added),
            Self::Maximum => Values::from(added, most),
            Self::SampleCount => Values::from(1.0, f64::INFINITY),
            Self::Percentile(0.0) => Values::from(least, added),
            Self::Percentile(100.0) => Values::from(added, most),
            Self::Percentile(_) => Values::from(least, most),
            Self::Other(_) => return None,
        })
    }

    /// Of a period with none of these events and at least one other; none where nothing is reported of it.
    pub(super) fn without_event(&self, samples: &Samples<'_>) -> Option<Values> {
        if samples.defaults.is_empty() {
            return None;
        }
        let (least, most) = bounds(samples.defaults.iter());
        Some(match self {
            Self::Sum => Values::from(
                if least < 0.0 { f64::NEG_INFINITY } else { least },
                if most > 0.0 { f64::INFINITY } else { most },
            ),
            Self::SampleCount => Values::from(1.0, f64::INFINITY),
            Self::Average | Self::Minimum | Self::Maximum | Self::Percentile(_) => Values::from(least, most),
            Self::Other(_) => Values::from(f64::NEG_INFINITY, f64::INFINITY),
        })
    }
}

fn bounds<'a>(values: impl Iterator<Item = &'a f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(*value), most.max(*value)))
}

impl Values {
    fn from(least: f64, most: f64) -> Self {
        Self { least, most, least_is_reached: true, most_is_reached: true }
    }

    pub(super) fn are_at_least(self, bound: f64) -> bool {
        self.least >= bound
    }

    pub(super) fn are_above(self, bound: f64) -> bool {
        self.least > bound || (self.least == bound && !self.least_is_reached)
    }

    pub(super) fn are_at_most(self, bound: f64) -> bool {
        self.most <= bound
    }

    pub(super) fn are_below(self, bound: f64) -> bool {
        self.most < bound || (self.most == bound && !self.most_is_reached)
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sum => f.write_str("Sum"),
            Self::Average => f.write_str("Average"),
            Self::Minimum => f.write_str("Minimum"),
            Self::Maximum => f.write_str("Maximum"),
            Self::SampleCount => f.write_str("SampleCount"),
            Self::Percentile(percentile) => write!(f, "p{percentile}"),
            Self::Other(name) => f.write_str(&visible(name, 30)),
        }
    }
}
