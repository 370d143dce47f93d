//! What limited a run, in words.

use serde::Serialize;

use crate::metrics::stats::LIMITS;

/// Share of the rate asked for from which on it counts as kept.
const KEPT: f64 = 0.98;

/// What limited a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Bound {
    /// Storage waited for data.
    GenerationBound,
    /// Data waited for storage.
    StorageBound,
    /// Neither waited for long, or both did by turns.
    Balanced,
    /// The rate that was asked for.
    RateBound,
    /// The end of the space: the file system, or a quota, had no room for more.
    SpaceBound,
}

impl Bound {
    /// As in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::GenerationBound => "generation-bound",
            Self::StorageBound => "storage-bound",
            Self::Balanced => "balanced",
            Self::RateBound => "rate-bound",
            Self::SpaceBound => "space-bound",
        }
    }
}

/// What limited a run, what that means, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The verdict.
    pub bound: Bound,
    /// What it means.
    pub meaning: String,
    /// What to try next.
    pub advice: String,
}

/// What a verdict is made of.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct Signs {
    /// Shares of the time, 0 to 1.
    pub(crate) generation: f64,
    pub(crate) storage: f64,
    /// Of the rate asked for, what was reached; `None` without one.
    pub(crate) rate_kept: Option<f64>,
    /// Whether data was generated: not in reading.
    pub(crate) generates: bool,
    /// Whether anything was stored or fetched: not by `/dev/null`.
    pub(crate) stores: bool,
    pub(crate) direct: bool,
    /// Whether the engine keeps several I/Os in flight.
    pub(crate) queues: bool,
    /// Whether storage had no room for more.
    pub(crate) full: bool,
}

/// The rule: where storage was full, that ended it, whatever the rate. Else what took at least a fifth of the time, and twice what the other took, is the limit; generation that took a
/// fifth is never passed over, and is all there is where nothing is stored.
fn bound(signs: &Signs) -> Bound {
    let Signs { generation, storage, .. } = *signs;
    // Without storage nothing but generation can keep it from the rate.
    let keeps = |kept| kept >= KEPT || (signs.generates && !signs.stores && generation < LIMITS);
    if signs.full {
        Bound::SpaceBound
    } else if signs.rate_kept.is_some_and(keeps) {
        Bound::RateBound
    } else if (signs.generates && !signs.stores) || (generation >= LIMITS && generation >= 2.0 * storage) {
        Bound::GenerationBound
    } else if generation < LIMITS && storage >= LIMITS && storage >= 2.0 * generation {
        Bound::StorageBound
    } else {
        Bound::Balanced
    }
}

impl Verdict {
    pub(crate) fn new(signs: &Signs) -> Self {
        let bound = bound(signs);
        let [generation, storage] = [signs.generation, signs.storage].map(|share| format!("{:.0} %", 100.0 * share));
        let meaning = match bound {
            Bound::GenerationBound if !signs.stores => {
                "nothing is stored, so this is the rate of generation".to_owned()
            }
            Bound::GenerationBound => {
                format!("for {generation} of the time storage waited for data: it may take more than this")
            }
            Bound::StorageBound if signs.generates => {
                format!("for {storage} of the time filled buffers waited for storage: this is the rate of storage")
            }
            Bound::StorageBound if !signs.direct => {
                format!(
                    "readers waited for the system for {storage} of the time: this is the rate of storage and page cache"
                )
            }
            Bound::StorageBound => format!("readers waited for storage for {storage} of the time: this is its rate"),
            Bound::Balanced => format!(
                "neither limits alone: storage waited for data for {generation} of the time, data for storage for {storage}"
            ),
            Bound::RateBound => "the rate that was asked for was kept".to_owned(),
            Bound::SpaceBound => "storage had no room for more: the rate is that until then".to_owned(),
        };
        Self { bound, meaning, advice: advice(bound, signs).to_owned() }
    }
}

fn advice(bound: Bound, signs: &Signs) -> &'static str {
    match bound {
        Bound::GenerationBound if !signs.stores => "to see what storage takes, write to a file or a device",
        Bound::GenerationBound => {
            "try more writers or generators where processors are idle; a lower compress ratio costs more to generate"
        }
        Bound::StorageBound if !signs.direct && signs.generates => {
            "the page cache took part: compare with direct I/O where the file system has it"
        }
        Bound::StorageBound if !signs.direct => {
            "the page cache took part: direct I/O, or a file larger than memory, shows the device"
        }
        Bound::StorageBound if signs.queues => {
            "a greater depth or larger buffers may still help; `dgen bench storage` tries them"
        }
        Bound::StorageBound => "more I/Os in flight may still help: more workers, or the engine io_uring with a depth",
        Bound::Balanced if !signs.generates => "readers were busy with other work: try more of them",
        Bound::Balanced if signs.queues => "try more writers first, then a greater depth",
        Bound::Balanced => {
            "each writer generates and writes by turns: more writers, or io_uring with a depth, overlap the two"
        }
        Bound::SpaceBound => "make room or write less; a resumed write goes on where this one ended",
        Bound::RateBound => "raise the rate until it is no longer kept to find the limit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(generation: f64, storage: f64) -> Signs {
        Signs {
            generation,
            storage,
            rate_kept: None,
            generates: true,
            stores: true,
            direct: true,
            queues: true,
            full: false,
        }
    }

    #[test]
    fn boundaries_are_where_the_rule_puts_them() {
        for (generation, storage, expected) in [
            (0.0, 1.0, Bound::StorageBound),
            (0.0, 0.2, Bound::StorageBound),
            (0.0, 0.199, Bound::Balanced),
            (0.1, 0.2, Bound::StorageBound),
            (0.11, 0.21, Bound::Balanced),
            (0.199, 0.8, Bound::StorageBound),
            (0.2, 0.8, Bound::Balanced),
            (0.4, 0.2, Bound::GenerationBound),
            (0.39, 0.2, Bound::Balanced),
            (0.2, 0.0, Bound::GenerationBound),
            (0.199, 0.0, Bound::Balanced),
            (1.0, 0.0, Bound::GenerationBound),
            (0.5, 0.5, Bound::Balanced),
            (0.0, 0.0, Bound::Balanced),
        ] {
            assert_eq!(bound(&signs(generation, storage)), expected, "{generation} {storage}");
        }
        let null = Signs { stores: false, ..signs(0.1, 0.3) };
        assert_eq!(bound(&null), Bound::GenerationBound);
        let paced = |kept| Signs { rate_kept: Some(kept), ..signs(0.0, 0.9) };
        assert_eq!(bound(&paced(0.98)), Bound::RateBound);
        assert_eq!(bound(&paced(0.97)), Bound::StorageBound);
        let paced_null = |generation| Signs { stores: false, ..Signs { generation, ..paced(0.97) } };
        assert_eq!(bound(&paced_null(0.1)), Bound::RateBound);
        assert_eq!(bound(&paced_null(0.9)), Bound::GenerationBound);
        for signs in [signs(0.0, 0.9), signs(0.9, 0.0), paced(1.0)] {
            assert_eq!(bound(&Signs { full: true, ..signs }), Bound::SpaceBound);
        }
    }

    #[test]
    fn every_verdict_has_a_meaning_and_one_line_of_advice() {
        let shares = [(0.0, 1.0), (1.0, 0.0), (0.5, 0.5)];
        for (generation, storage) in shares {
            for bits in 0..64 {
                let flag = |bit: i32| (bits >> bit) & 1 == 1;
                let signs = Signs {
                    generation,
                    storage,
                    rate_kept: flag(0).then_some(1.0),
                    generates: flag(1),
                    stores: flag(2),
                    direct: flag(3),
                    queues: flag(4),
                    full: flag(5),
                };
                let verdict = Verdict::new(&signs);
                assert!(!verdict.meaning.is_empty() && !verdict.advice.is_empty(), "{signs:?}");
                assert!(!verdict.meaning.contains('\n') && !verdict.advice.contains('\n'), "{signs:?}");
            }
        }
    }
}
