//! Comparing objects with what they say they hold, and with the set that they belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use dgen::driver::resolve_threads;
use dgen::error::Message;
use dgen::{DamageKind, Error, ErrorKind, Recipe, Result};
use dgen_io::{Outcome, RankShare, Watch};
use object_store::path::Path;

use crate::access::{Access, Target};
use crate::compare::Part;
use crate::crew::{Crew, each};
use crate::get::{Found, Get, Tally, Wanted, parts, whole};
use crate::listing::{Listed, part};
use crate::location::Location;
use crate::metadata::Said;
use crate::report::{DamagedObject, MisplacedObject, VerifyReport, failed, nanoseconds, per_second, share};
use crate::set::{ObjectSet, numbered};
use crate::stop::{Stop, run};
use crate::write::{DEFAULT_CONCURRENCY, DEFAULT_PART, check_requests};

/// How objects are verified.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// How the store is reached.
    pub access: Access,
    /// Requests in flight.
    pub concurrency: usize,
    /// Most bytes that one request asks for.
    pub part_size: u64,
    /// Threads; `None` for those that the machine allows.
    pub threads: Option<usize>,
    /// Most objects that are listed, and most damaged ranges of each.
    pub limit: usize,
    /// What should be there, where it is known; else objects say it themselves.
    pub set: Option<ObjectSet>,
    /// Whether objects that cannot be compared are damage, too.
    pub strict: bool,
    /// Which part of the objects is this process's, where several share the work.
    pub ranks: Option<RankShare>,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            access: Access::default(),
            concurrency: DEFAULT_CONCURRENCY,
            part_size: DEFAULT_PART,
            threads: None,
            limit: 20,
            set: None,
            strict: false,
            ranks: None,
        }
    }
}

/// Compares the object that a location names, or those below it, with what they should be.
///
/// # Errors
/// When there are none, or the store cannot be reached like this. Damage is in the report, and what could not be read in
/// the outcome.
pub fn verify(location: &Location, options: &VerifyOptions, watch: Watch<'_>) -> Result<Outcome<VerifyReport>> {
    let threads = resolve_threads(options.threads)?;
    check_requests(options.concurrency, options.part_size)?;
    let target = Target::open(location, &options.access)?;
    run(threads, watch, |stop| verify_all(target, options, threads, stop))?
}

async fn verify_all(
    target: Target,
    options: &VerifyOptions,
    threads: usize,
    stop: Stop,
) -> Result<Outcome<VerifyReport>> {
    let listing = Instant::now();
    // Of a set that is known, every object may be missing.
    let listed = if options.set.is_some() { target.found(&stop).await? } else { target.objects(&stop).await? };
    let listed = Arc::new(listed);
    let list_ns = nanoseconds(listing.elapsed());
    let mine = if listed.is_empty() { 0..0 } else { part(options.ranks.as_ref(), listed.len())? };
    let begin = Instant::now();
    let mut pass = Pass {
        target: &target,
        listed: &listed,
        options,
        stop: &stop,
        all: Tally::default(),
        parts: vec![],
        before: 0,
    };
    let mut findings = Findings::default();
    let wanted = match &options.set {
        Some(set) => findings.against(&listed, set, mine.clone(), options.ranks.as_ref()),
        None => Wanted::OwnWords,
    };
    let mut crew = pass.over(mine.clone(), wanted).await;
    if options.set.is_none() && crew.error.is_none() {
        let known = findings.of_what_they_say(&listed, mine, &pass.all, &target.location);
        // Objects of a set that lost what they say.
        if known.iter().any(Option::is_some) {
            pass.all.silent.retain(|(object, _)| known[*object].is_none());
            pass.parts.retain(|part| known[part.object].is_none());
            crew = pass.over(0..listed.len(), Wanted::Known(Arc::new(known))).await;
        }
    }
    let elapsed_ns = nanoseconds(begin.elapsed());
    if options.set.is_none() && pass.all.said.is_empty() && !pass.all.silent.is_empty() && crew.error.is_none() {
        let message = format!("{}: no object says what it holds; give ", target.location);
        let message = Message::from(message).option("recipe").text(", and what the objects were written with");
        return Err(Error::new(ErrorKind::Usage, message));
    }
    findings.gone(&listed, &pass.all.gone, &target.location);
    let error = crew.error.take();
    let report = report(&pass, findings, threads, [elapsed_ns, list_ns], &crew, error.as_ref());
    Ok(Outcome { report, error })
}

/// Going over the objects.
struct Pass<'a> {
    target: &'a Target,
    listed: &'a Arc<Vec<Listed>>,
    options: &'a VerifyOptions,
    stop: &'a Stop,
    all: Tally,
    /// Of all objects that were asked for.
    parts: Vec<Part>,
    /// How many of them came before those of the last time.
    before: usize,
}

impl Pass<'_> {
    /// Those of these objects of which it is known what they are compared with.
    async fn over(&mut self, objects: Range<usize>, wanted: Wanted) -> Crew<Tally> {
        let is_known = |object: &usize| match &wanted {
            Wanted::Known(known) => known[*object].is_some(),
            Wanted::Nothing | Wanted::OwnWords => true,
        };
        let which = objects.filter(is_known);
        let parts: Vec<Part> = parts(self.listed, which, self.options.part_size).collect();
        let count = parts.len();
        self.before = self.parts.len();
        self.parts.extend_from_slice(&parts);
        let get = Get {
            target: self.target.clone(),
            listed: Arc::clone(self.listed),
            parts,
            wanted,
            limit: self.options.limit,
            stop: self.stop.clone(),
        };
        let mut crew = each(Arc::new(get), self.options.concurrency, 0..count, self.stop).await;
        for more in crew.gathered.drain(..) {
            self.all.add(more);
        }
        crew
    }
}

/// What is wrong beside the bytes.
#[derive(Debug, Default)]
struct Findings {
    missing: BTreeMap<String, u64>,
    misplaced: BTreeMap<String, String>,
    recipes: BTreeSet<String>,
}

impl Findings {
    /// What each listed object should hold, by a set that is given; notes what is missing, and what is not of the set.
    fn against(&mut self, listed: &[Listed], set: &ObjectSet, mine: Range<usize>, share: Option<&RankShare>) -> Wanted {
        self.recipes.insert(set.stream().recipe().to_string());
        let index: HashMap<Path, usize> = (0..set.ranges().len()).map(|index| (set.key(index), index)).collect();
        let known: Vec<_> = listed.iter().map(|listed| index.get(&listed.key).map(|index| set.said(*index))).collect();
        for object in mine.filter(|object| known[*object].is_none()) {
            self.misplaced.insert(set.location().url(&listed[object].key), "nothing of the set".to_owned());
        }
        if share.is_none_or(|share| share.rank == 0) {
            let there: BTreeSet<&Path> = listed.iter().map(|listed| &listed.key).collect();
            for (key, index) in index.iter().filter(|(key, _)| !there.contains(key)) {
                self.missing.insert(set.location().url(key), set.ranges()[*index].size);
            }
        }
        Wanted::Known(Arc::new(known))
    }

    /// Notes what is missing or in a wrong place by what objects say; returns what those should hold that say nothing.
    fn of_what_they_say(
        &mut self,
        listed: &[Listed],
        mine: Range<usize>,
        all: &Tally,
        location: &Location,
    ) -> Vec<Option<Said>> {
        let mut known = vec![None; listed.len()];
        let mut folders = BTreeMap::<Path, Vec<(usize, &Said)>>::new();
        for (object, said) in &all.said {
            self.recipes.insert(said.mark.recipe.to_string());
            folders.entry(parent_of(&listed[*object].key)).or_default().push((*object, said));
        }
        let (mut there, mut first) = (HashMap::<&Path, usize>::new(), HashMap::<Path, usize>::new());
        for (object, one) in listed.iter().enumerate() {
            there.insert(&one.key, object);
            first.entry(parent_of(&one.key)).or_insert(object);
        }
        let silent: BTreeSet<usize> = all.silent.iter().map(|(object, _)| *object).collect();
        for (folder, objects) in folders {
            let Some(set) = Told::of(&objects) else { continue };
            for (object, said) in &objects {
                if !set.has(said)
                    || numbered(&folder, said.mark.file.map_or(0, |file| file.index as usize)) != listed[*object].key
                {
                    self.misplaced.insert(location.url(&listed[*object].key), said.mark.attribute().to_string());
                }
            }
            // Of ranks, the one with the first object of the folder tells.
            if !first.get(&folder).is_some_and(|first| mine.contains(first)) {
                continue;
            }
            let exact = set.exact(location, &folder);
            for index in 0..set.count() {
                let key = numbered(&folder, index);
                let said = || exact.as_ref().map(|exact| exact.said(index));
                match there.get(&key) {
                    None => {
                        let size = said().map_or(0, |said| said.mark.range.size);
                        self.missing.insert(location.url(&key), size);
                    }
                    Some(object) if silent.contains(object) => known[*object] = said(),
                    Some(_) => {}
                }
            }
        }
        known
    }

    fn gone(&mut self, listed: &[Listed], gone: &[usize], location: &Location) {
        for object in gone {
            self.missing.insert(location.url(&listed[*object].key), listed[*object].size);
        }
    }
}

/// The set that most objects of a folder say they belong to.
struct Told {
    said: Said,
}

impl Told {
    /// `None` where all stand alone.
    fn of(objects: &[(usize, &Said)]) -> Option<Self> {
        let mut counts = HashMap::<String, (usize, &Said)>::new();
        for (_, said) in objects.iter().filter(|(_, said)| said.mark.file.is_some()) {
            counts.entry(name(said)).or_insert((0, said)).0 += 1;
        }
        let most = counts.into_values().max_by_key(|(count, said)| (*count, name(said)));
        most.map(|(_, said)| Self { said: said.clone() })
    }

    fn has(&self, said: &Said) -> bool {
        name(said) == name(&self.said)
    }

    fn count(&self) -> usize {
        self.said.mark.file.map_or(0, |file| file.count as usize)
    }

    /// All of it, where objects say that.
    fn exact(&self, location: &Location, folder: &Path) -> Option<ObjectSet> {
        self.said.set.as_ref()?;
        let location = format!("{}/", location.url(folder)).parse().ok()?;
        ObjectSet::told(location, &self.said).ok().filter(|set| set.ranges().len() == self.count())
    }
}

/// What objects of one set have in common.
fn name(said: &Said) -> String {
    let mark = &said.mark;
    let count = mark.file.map_or(1, |file| file.count);
    format!("{} {} {count} {}", mark.recipe, mark.version, said.set.as_deref().unwrap_or_default())
}

/// What a key begins with, to its last slash.
fn parent_of(key: &Path) -> Path {
    let parts: Vec<_> = key.parts().collect();
    parts[..parts.len().saturating_sub(1)].iter().cloned().collect()
}

fn report(
    pass: &Pass<'_>,
    findings: Findings,
    threads: usize,
    [elapsed_ns, list_ns]: [u64; 2],
    crew: &Crew<Tally>,
    error: Option<&Error>,
) -> VerifyReport {
    let (all, target, listed, options) = (&pass.all, pass.target, pass.listed, pass.options);
    let url = |object: usize| target.location.url(&listed[object].key);
    let lost: u64 = findings.missing.values().sum();
    let (damaged, objects_bad) = damaged(&all.bad, options.limit, &url);
    let mut by_kind = BTreeMap::new();
    for (kind, bytes) in all.bad.iter().flat_map(|found| &found.report.bytes_by_kind) {
        *by_kind.entry(*kind).or_default() += bytes;
    }
    if lost > 0 {
        *by_kind.entry(DamageKind::Missing).or_default() += lost;
    }
    let unknown: BTreeSet<String> = all.silent.iter().map(|(object, _)| url(*object)).collect();
    let objects_unknown = unknown.len() as u64;
    let mut warnings: Vec<String> = Vec::new();
    if let Some((object, Some(why))) = all.silent.iter().find(|(_, why)| why.is_some()) {
        warnings.push(format!("{}: {why}", url(*object)));
    }
    let bad = objects_bad + findings.missing.len() as u64 + findings.misplaced.len() as u64;
    let compared = all.checked > 0 || bad > 0;
    VerifyReport {
        ok: bad == 0 && error.is_none() && compared && (objects_unknown == 0 || !options.strict),
        bytes_checked: all.checked + lost,
        bytes_bad: by_kind.values().sum(),
        bytes_by_kind: by_kind,
        ranges_total: all.bad.iter().map(|found| found.report.ranges_total).sum(),
        objects_checked: whole(&pass.parts, &all.done),
        objects_bad,
        objects_missing: findings.missing.len() as u64,
        objects_misplaced: findings.misplaced.len() as u64,
        objects_unknown,
        damaged,
        missing: findings.missing.into_keys().take(options.limit).collect(),
        misplaced: findings
            .misplaced
            .into_iter()
            .take(options.limit)
            .map(|(url, holds)| MisplacedObject { url, holds })
            .collect(),
        unknown: unknown.into_iter().take(options.limit).collect(),
        elapsed_ns,
        bytes_per_s: per_second(all.bytes, elapsed_ns),
        first_byte_ns: all.first_byte.latency(),
        latency_ns: all.latency.latency(),
        latency_counts: all.latency.counts(),
        verify_share: share(all.comparing, all.waiting.saturating_sub(all.comparing)),
        list_ns,
        traffic: target.traffic(options.concurrency, options.part_size, threads),
        objects: listed.len() as u64,
        recipes: findings.recipes.iter().filter_map(|text| text.parse::<Recipe>().ok()).collect(),
        ranks: options.ranks.as_ref().map(|share| share.report(false, None, None)),
        failed: failed(&crew.failures, |thing| url(pass.parts[pass.before + thing].object)),
        warnings,
        error: error.map(ToString::to_string),
    }
}

/// The first damaged objects, and how many there are.
fn damaged(bad: &[Found], limit: usize, url: &dyn Fn(usize) -> String) -> (Vec<DamagedObject>, u64) {
    let mut objects = BTreeMap::<usize, Vec<&Found>>::new();
    for found in bad {
        objects.entry(found.part.object).or_default().push(found);
    }
    let count = objects.len() as u64;
    let listed = objects.into_iter().take(limit).map(|(object, mut parts)| {
        parts.sort_by_key(|found| found.part.at);
        let ranges = parts.iter().flat_map(|found| found.report.ranges.iter().cloned()).take(limit).collect();
        DamagedObject { url: url(object), bytes_bad: parts.iter().map(|found| found.report.bytes_bad).sum(), ranges }
    });
    (listed.collect(), count)
}
