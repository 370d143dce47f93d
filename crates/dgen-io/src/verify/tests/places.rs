//! Files of a set in the places of others are misplaced; what tells no place is no damage.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dgen::DamageKind;
use proptest::prelude::*;

use super::{StreamRange, VerifyOptions, VerifySummary, Watch, data, folder};
use crate::storage::{attributes::FilePlace, attributes::Mark, folder::folder_files, split::split};
use crate::verify::expected::{Expected, verify_plan};

const SIZE: u64 = 150_000;

/// Files of one set, which carry what a write gives them.
fn written(paths: &[PathBuf]) {
    let recipe = super::recipe();
    let size = SIZE * paths.len() as u64;
    let ranges = split(StreamRange { offset: 0, size }, paths.len(), recipe.block_size()).unwrap();
    for (index, (path, range)) in paths.iter().zip(ranges).enumerate() {
        fs::write(path, data(&recipe, range.offset, usize::try_from(range.size).unwrap())).unwrap();
        let mark = Mark { recipe, version: 0, range, file: FilePlace::of(index, paths.len()) };
        mark.set(&fs::File::open(path).unwrap()).unwrap();
    }
}

fn verified(paths: &[&Path]) -> VerifySummary {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    let plan = verify_plan(&paths, &Expected::default()).unwrap();
    plan.run(&VerifyOptions::default(), Watch::default()).unwrap().report
}

fn exchange(one: &Path, other: &Path) {
    let between = one.with_file_name("between");
    for (from, to) in [(one, &*between), (other, one), (&between, other)] {
        fs::rename(from, to).unwrap();
    }
}

/// A copy of a file with its attributes.
fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    let mark = Mark::of(&fs::File::open(from).unwrap(), from).unwrap().known().unwrap();
    mark.set(&fs::File::open(to).unwrap()).unwrap();
}

/// The names of damaged files, and the kinds of their damage.
fn damaged(report: &VerifySummary) -> BTreeMap<String, Vec<DamageKind>> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let bad = report.files.iter().filter(|file| !file.ok);
    bad.map(|file| (name(&file.path), file.bytes_by_kind.keys().copied().collect())).collect()
}

/// A folder of so many files.
fn folder_of(files: usize) -> (tempfile::TempDir, PathBuf, Vec<PathBuf>) {
    let folder = folder();
    let place = folder.path().join("d");
    fs::create_dir(&place).unwrap();
    let paths = folder_files(&place, files).unwrap();
    written(&paths);
    (folder, place, paths)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn files_that_are_swapped_copied_cut_and_extended_are_told(
        files in 2..6_usize, one in 0..6_usize, apart in 1..5_usize, what in 0..5_u8, bytes in 1..100_000_u64, glob: bool,
    ) {
        let (one, other) = (one % files, (one + 1 + apart % (files - 1)) % files);
        prop_assume!(one != other);
        let (folder, place, paths) = folder_of(files);
        let name = |number: usize| format!("dgen-{number:06}");
        let mut wanted = BTreeMap::new();
        match what {
            0 => {
                exchange(&paths[one], &paths[other]);
                wanted.extend([one, other].map(|number| (name(number), vec![DamageKind::Misplaced])));
            }
            1 => {
                copy(&paths[one], &paths[other]);
                wanted.insert(name(other), vec![DamageKind::Misplaced]);
            }
            2 => {
                let len = fs::metadata(&paths[one]).unwrap().len();
                fs::File::options().write(true).open(&paths[one]).unwrap().set_len(len - bytes.min(len)).unwrap();
                wanted.insert(name(one), vec![DamageKind::Missing]);
            }
            3 => {
                let len = fs::metadata(&paths[one]).unwrap().len();
                fs::File::options().write(true).open(&paths[one]).unwrap().set_len(len + bytes).unwrap();
                wanted.insert(name(one), vec![DamageKind::Extra]);
            }
            _ => {}
        }
        let given: Vec<&Path> = if glob { paths.iter().map(PathBuf::as_path).collect() } else { vec![&place] };
        let report = verified(&given);
        let mut found = damaged(&report);
        // Data of which there is no file any more is missing, too.
        if what == 1 {
            found.retain(|name, _| !name.starts_with("file"));
        }
        prop_assert_eq!(&found, &wanted, "{:?}", report.warnings);
        prop_assert_eq!(report.ok, wanted.is_empty());
        for placed in report.ranges.iter().filter(|placed| placed.range.kind == DamageKind::Misplaced) {
            let len = fs::metadata(&placed.path).unwrap().len();
            let mark = Mark::of(&fs::File::open(&placed.path).unwrap(), &placed.path).unwrap().known().unwrap();
            prop_assert_eq!((placed.range.offset, placed.range.length), (0, len));
            prop_assert_eq!(placed.range.source_offset, Some(mark.range.offset));
        }
        drop(folder);
    }
}

#[test]
fn damage_in_a_misplaced_file_keeps_its_name() {
    let (_folder, place, paths) = folder_of(3);
    exchange(&paths[0], &paths[2]);
    let mut bytes = fs::read(&paths[0]).unwrap();
    bytes[8192..12_288].fill(0);
    bytes[100_000] ^= 1;
    let mark = Mark::of(&fs::File::open(&paths[0]).unwrap(), &paths[0]).unwrap().known().unwrap();
    fs::write(&paths[0], bytes).unwrap();
    let report = verified(&[&place]);
    assert_eq!(report.files[0].bytes_by_kind[&DamageKind::Zeroed], 4096);
    assert_eq!(report.files[0].bytes_by_kind[&DamageKind::Flipped], 1);
    assert_eq!(report.files[0].bytes_bad, mark.range.size);
    assert_eq!((report.files[0].ranges_total, report.files[2].ranges_total), (5, 1));
}

#[test]
fn parts_of_a_set_and_sets_elsewhere_are_right() {
    let (folder, place, paths) = folder_of(4);
    let at = |name: &str| folder.path().join(name);
    for given in [&[&paths[2]][..], &[&paths[1], &paths[3]], &[&paths[3], &paths[0], &paths[2], &paths[1]]] {
        let given: Vec<&Path> = given.iter().map(|path| path.as_path()).collect();
        assert!(verified(&given).ok, "{given:?}");
    }
    copy(&paths[2], &at("alone"));
    copy(&paths[2], &at("dgen-000007"));
    assert!(verified(&[&at("alone")]).ok && verified(&[&at("dgen-000007")]).ok);
    fs::rename(&place, at("renamed")).unwrap();
    assert!(verified(&[&at("renamed")]).ok);
    // Names of a folder's files that are not of one folder.
    for disk in ["x", "y"] {
        fs::create_dir(at(disk)).unwrap();
    }
    let (x, y) = (at("x/dgen-000000"), at("y/dgen-000000"));
    written(&[x.clone(), y.clone()]);
    assert!(verified(&[&x, &y]).ok && verified(&[&at("x"), &at("y")]).ok);
}

#[test]
fn the_order_of_all_paths_tells_unless_it_is_that_of_names() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let paths: Vec<PathBuf> = (1..=12).map(|number| at(&format!("f{number}"))).collect();
    written(&paths);
    let mut given: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    assert!(verified(&given).ok);
    given.sort();
    assert!(verified(&given).ok, "as a shell gives them");
    given.sort_by_key(|path| path.as_os_str().len());
    exchange(&paths[0], &paths[4]);
    let report = verified(&given);
    let misplaced = |name: &str| (name.to_owned(), vec![DamageKind::Misplaced]);
    assert_eq!(damaged(&report), BTreeMap::from([misplaced("f1"), misplaced("f5")]));
    assert!(report.warnings.iter().any(|warning| warning.contains("f1: is given as file 0 of 12")), "{report:?}");
    // Some of them tell nothing.
    assert!(verified(&given[..11]).ok && verified(&given[4..]).ok);
    exchange(&paths[0], &paths[4]);
    copy(&paths[1], &paths[2]);
    assert_eq!(damaged(&verified(&given)), BTreeMap::from([misplaced("f3")]));
}
