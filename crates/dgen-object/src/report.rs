//! What operations on objects come to.

use std::collections::BTreeMap;
use std::time::Duration;

use dgen::{DamageKind, DamageRange, Recipe};
use dgen_io::{Latency, LatencyCounts, RanksReport};
use serde::Serialize;

/// Failed objects that are listed.
const LISTED: usize = 20;

/// Where objects are, and how they were asked for.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Traffic {
    /// Requests in all, with those that were made again.
    pub requests: u64,
    /// Requests that did not come through, or that the store could not serve.
    pub requests_failed: u64,
    /// Most requests in flight.
    pub concurrency: usize,
    /// Most bytes of a request; larger objects are moved in parts of that size.
    pub part_size: u64,
    /// Threads.
    pub threads: usize,
    /// Where the objects are.
    pub url: String,
}

/// An object that a request failed of.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FailedObject {
    /// Its URL.
    pub url: String,
    /// Why.
    pub error: String,
}

/// What writing objects came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WriteReport {
    /// Bytes that the store took.
    pub bytes_written: u64,
    /// From the first request that carries data to the last answer.
    pub elapsed_ns: u64,
    /// Bytes written in a second.
    pub bytes_per_s: f64,
    /// Objects that are there whole.
    pub objects_written: u64,
    /// Objects that were as they should be.
    pub objects_kept: u64,
    /// Objects that a request failed of.
    pub objects_failed: u64,
    /// Objects written in a second.
    pub objects_per_s: f64,
    /// From a request that carries data to its answer, with those that were made again, in nanoseconds.
    pub latency_ns: Latency,
    /// The same as a histogram, which merges with those of other processes.
    pub latency_counts: LatencyCounts,
    /// From the first request for an object to the answer that it is there, in nanoseconds.
    pub object_latency_ns: Latency,
    /// Share of the requests' time, with that for generating what they carry, that the latter took, 0 to 1.
    pub generation_bound: f64,
    /// Where the objects are, and how they were asked for.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// Objects of the set, those of all processes.
    pub objects: u64,
    /// Bytes in all of them.
    pub size: u64,
    /// The recipe of the stream.
    pub recipe: Recipe,
    /// Its version.
    pub stream_version: u32,
    /// Its seed.
    pub seed: u64,
    /// Stream offset of the first object.
    pub offset: u64,
    /// Which part was this process's, where several shared the work.
    pub ranks: Option<RanksReport>,
    /// The first failed objects, in order.
    pub failed: Vec<FailedObject>,
    /// What a user should know.
    pub warnings: Vec<String>,
    /// Why it is not all, if it is not.
    pub error: Option<String>,
}

/// What reading objects came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// Bytes that came.
    pub bytes_read: u64,
    /// From the first request for data to its last byte.
    pub elapsed_ns: u64,
    /// Bytes read in a second.
    pub bytes_per_s: f64,
    /// Objects that came whole.
    pub objects_read: u64,
    /// Parts of objects that a request failed of.
    pub objects_failed: u64,
    /// Objects read in a second.
    pub objects_per_s: f64,
    /// From a request to the first byte that came, in nanoseconds.
    pub first_byte_ns: Latency,
    /// From a request to the last byte that came, in nanoseconds.
    pub latency_ns: Latency,
    /// The same as a histogram, which merges with those of other processes.
    pub latency_counts: LatencyCounts,
    /// How long listing the objects took.
    pub list_ns: u64,
    /// Where the objects are, and how they were asked for.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// Objects that were listed, those of all processes.
    pub objects: u64,
    /// Which part was this process's, where several shared the work.
    pub ranks: Option<RanksReport>,
    /// The first failed objects, in order.
    pub failed: Vec<FailedObject>,
    /// What a user should know.
    pub warnings: Vec<String>,
    /// Why it is not all, if it is not.
    pub error: Option<String>,
}

/// An object that is not as it should be.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DamagedObject {
    /// Its URL.
    pub url: String,
    /// Its damaged bytes, those that are missing and those behind its end among them.
    pub bytes_bad: u64,
    /// The first damaged ranges, by their offset in the object.
    pub ranges: Vec<DamageRange>,
}

/// An object that is right in itself, and not where it belongs.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MisplacedObject {
    /// Its URL.
    pub url: String,
    /// What it is, in words.
    pub holds: String,
}

/// What verifying objects came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Whether every object of this process's part is there, where it belongs, and as it should be.
    pub ok: bool,
    /// Bytes compared, missing ones included.
    pub bytes_checked: u64,
    /// Bytes that are damaged, missing, or too many.
    pub bytes_bad: u64,
    /// Those bytes by the kind of damage.
    pub bytes_by_kind: BTreeMap<DamageKind, u64>,
    /// Damaged ranges of objects that are there.
    pub ranges_total: u64,
    /// Objects compared.
    pub objects_checked: u64,
    /// Objects with damage.
    pub objects_bad: u64,
    /// Objects that are not there.
    pub objects_missing: u64,
    /// Objects that hold what belongs elsewhere, or to another set.
    pub objects_misplaced: u64,
    /// Objects that say nothing of themselves, and that nothing else says what they should hold: they were not compared.
    pub objects_unknown: u64,
    /// The first damaged objects, in order.
    pub damaged: Vec<DamagedObject>,
    /// The first missing objects, in order.
    pub missing: Vec<String>,
    /// The first misplaced objects, in order.
    pub misplaced: Vec<MisplacedObject>,
    /// The first unknown objects, in order.
    pub unknown: Vec<String>,
    /// How long it took.
    pub elapsed_ns: u64,
    /// Bytes compared in a second.
    pub bytes_per_s: f64,
    /// From a request to the first byte that came, in nanoseconds.
    pub first_byte_ns: Latency,
    /// From a request to the last byte that came, with comparing them, in nanoseconds.
    pub latency_ns: Latency,
    /// The same as a histogram, which merges with those of other processes.
    pub latency_counts: LatencyCounts,
    /// Share of the requests' time that comparing took, 0 to 1.
    pub verify_share: f64,
    /// How long listing the objects took.
    pub list_ns: u64,
    /// Where the objects are, and how they were asked for.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// Objects that were listed, those of all processes.
    pub objects: u64,
    /// The recipes of the streams that were compared with.
    pub recipes: Vec<Recipe>,
    /// Which part was this process's, where several shared the work.
    pub ranks: Option<RanksReport>,
    /// The first objects that a request failed of, in order.
    pub failed: Vec<FailedObject>,
    /// What a user should know.
    pub warnings: Vec<String>,
    /// Why it is not all, if it is not.
    pub error: Option<String>,
}

/// The first of what failed, with their URLs.
pub(crate) fn failed(failures: &[(usize, String)], url: impl Fn(usize) -> String) -> Vec<FailedObject> {
    let first = failures.iter().take(LISTED);
    first.map(|(thing, error)| FailedObject { url: url(*thing), error: error.clone() }).collect()
}

/// A rate for so many nanoseconds.
pub(crate) fn per_second(amount: u64, elapsed_ns: u64) -> f64 {
    if elapsed_ns == 0 { 0.0 } else { amount as f64 * 1e9 / elapsed_ns as f64 }
}

pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The share of one time in both.
pub(crate) fn share(part: Duration, rest: Duration) -> f64 {
    let all = (part + rest).as_secs_f64();
    if all == 0.0 { 0.0 } else { part.as_secs_f64() / all }
}
