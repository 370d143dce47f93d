//! What the benchmark and its processes say to each other: one JSON document per line.

use dgen::kernel::StoreLoop;
use serde::{Deserialize, Serialize};

/// To a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// Make everything ready for this, then say so and wait.
    Prepare(Job),
    /// Begin.
    Go,
}

/// One measured piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::bench) struct Job {
    pub(in crate::bench) work: Work,
    /// Where in the stream the process begins.
    pub(in crate::bench) offset: u64,
    pub(in crate::bench) bytes: u64,
}

/// What is done with the buffer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::bench) enum Work {
    /// It is filled with the stream of this recipe.
    Fill(String),
    /// It is filled by this loop of stores.
    Stores(StoreLoop),
}

/// From a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// It runs where it should, as far as the system lets it.
    Placed(Placed),
    /// Ready to begin.
    Ready,
    /// So many bytes of the job are done.
    Progress(u64),
    /// The job is done, and its output was right.
    Done(Span),
    /// It ends, for this reason.
    Failed(String),
}

/// What became of the placement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::bench) struct Placed {
    /// Buffer pages looked at that lie on the node, and all that were looked at; `None` where the system does not say.
    pub(in crate::bench) local_pages: Option<(u64, u64)>,
    /// In a line.
    pub(in crate::bench) summary: String,
    /// What could not be done as asked.
    pub(in crate::bench) warnings: Vec<String>,
}

/// When a job ran, by the machine's monotonic clock, which all processes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::bench) struct Span {
    pub(in crate::bench) begin_ns: u64,
    pub(in crate::bench) end_ns: u64,
}

/// A message as a line.
pub(super) fn line(message: &impl Serialize) -> String {
    let mut line = serde_json::to_string(message).expect("messages have string keys");
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_pipe() {
        let job = Job { work: Work::Fill("dgen1,seed=0x1".into()), offset: 1 << 40, bytes: 5 };
        let stores = Job { work: Work::Stores(StoreLoop::Repeated), ..job.clone() };
        for order in [Order::Prepare(job), Order::Prepare(stores), Order::Go] {
            let text = line(&order);
            assert_eq!(text.matches('\n').count(), 1);
            assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order);
        }
        let placed = Placed { local_pages: Some((3, 4)), summary: "where".into(), warnings: vec!["two\nlines".into()] };
        let span = Span { begin_ns: 1, end_ns: u64::MAX };
        let failed = Answer::Failed("why".into());
        for answer in [Answer::Placed(placed), Answer::Ready, Answer::Progress(9), Answer::Done(span), failed] {
            let text = line(&answer);
            assert_eq!(text.matches('\n').count(), 1);
            assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), answer);
        }
    }
}
