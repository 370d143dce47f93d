//! Data and unified caches: sizes and line sizes in bytes, and the processors that share them.

use super::{IdSet, cores, tree::Tree};
use serde::Serialize;
use std::collections::HashSet;

/// A cache that holds data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cache {
    /// 1 for the cache nearest to the core.
    pub level: u32,
    /// What the cache holds.
    pub kind: CacheKind,
    /// Capacity in bytes, where the kernel gives it.
    pub size_bytes: Option<u64>,
    /// Line size in bytes, where the kernel gives it.
    pub line_bytes: Option<u32>,
    /// Online processors that share the cache.
    pub cpus: IdSet,
}

/// What a cache holds; instruction caches are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheKind {
    /// Data only.
    Data,
    /// Data and instructions.
    Unified,
}

/// The cache of one level that the calling thread's first processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CoreCache {
    pub(crate) size_bytes: u64,
    /// Processors that share it.
    pub(crate) cpus: usize,
}

impl CoreCache {
    /// On the running machine; looks at one processor, so it takes well below a millisecond.
    pub(crate) fn read(level: u32) -> Option<Self> {
        Self::collect(&Tree::live(), super::affinity()?.first()?, level)
    }

    pub(super) fn collect(tree: &Tree, cpu: u32, level: u32) -> Option<Self> {
        let folder = format!("sys/devices/system/cpu/cpu{cpu}/cache");
        let of_level =
            |index: &u32| level_and_kind(tree, &format!("{folder}/index{index}")).is_some_and(|(at, _)| at == level);
        let index = tree.numbered(&folder, "index").iter().find(of_level)?;
        let cache = read_one(
            tree,
            &format!("{folder}/index{index}"),
            cpu,
            level,
            CacheKind::Unified,
            &cores::online_cpus(tree),
        );
        Some(Self { size_bytes: cache.size_bytes?, cpus: cache.cpus.len() })
    }
}

pub(super) fn read(tree: &Tree, online: &IdSet) -> Vec<Cache> {
    let mut caches = Vec::new();
    let mut seen = HashSet::new();
    for cpu in online.iter() {
        let folder = format!("sys/devices/system/cpu/cpu{cpu}/cache");
        for index in tree.numbered(&folder, "index").iter() {
            let Some((level, kind)) = level_and_kind(tree, &format!("{folder}/index{index}")) else { continue };
            if seen.contains(&(cpu, level, kind)) {
                continue;
            }
            let cache = read_one(tree, &format!("{folder}/index{index}"), cpu, level, kind, online);
            seen.extend(cache.cpus.iter().map(|sharer| (sharer, level, kind)));
            caches.push(cache);
        }
    }
    caches.sort_by_key(|cache| (cache.level, cache.cpus.first()));
    caches
}

fn level_and_kind(tree: &Tree, folder: &str) -> Option<(u32, CacheKind)> {
    let kind = match tree.text(&format!("{folder}/type"))?.trim() {
        "Data" => CacheKind::Data,
        "Unified" => CacheKind::Unified,
        _ => return None,
    };
    Some((tree.value(&format!("{folder}/level"))?, kind))
}

fn read_one(tree: &Tree, folder: &str, cpu: u32, level: u32, kind: CacheKind, online: &IdSet) -> Cache {
    let shared = tree.ids(&format!("{folder}/shared_cpu_list")).unwrap_or_default().intersection(online);
    Cache {
        level,
        kind,
        size_bytes: tree.value::<Size>(&format!("{folder}/size")).map(|size| size.0),
        line_bytes: tree.value(&format!("{folder}/coherency_line_size")).filter(|&bytes: &u32| bytes > 0),
        cpus: if shared.contains(cpu) { shared } else { [cpu].into_iter().collect() },
    }
}

/// A size as the kernel writes it: `48K`, `32M` or plain bytes.
struct Size(u64);

impl std::str::FromStr for Size {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.trim_end_matches(['K', 'M', 'G']);
        let shift = match &text[digits.len()..] {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            _ => return Err(()),
        };
        let count: u64 = digits.parse().map_err(|_| ())?;
        count.checked_mul(1 << shift).map(Self).ok_or(())
    }
}
