//! Files that change while they are verified.

use std::fs::OpenOptions;
use std::io::{self, Read};

use super::*;

/// A reader that sets a file's length when it is read from: by then all files are open.
struct SetsLength<'a> {
    path: &'a Path,
    len: u64,
    data: &'a [u8],
}

impl Read for SetsLength<'_> {
    fn read(&mut self, data: &mut [u8]) -> io::Result<usize> {
        OpenOptions::new().write(true).open(self.path)?.set_len(self.len)?;
        self.data.read(data)
    }
}

/// The report of a file of 300,001 right bytes whose length becomes `len` between its opening and its reading.
fn changed(len: u64, manner: &Manner) -> VerifySummary {
    let folder = folder();
    let case = Case { offset: 0, file_offset: 0, size: 300_001, damage: Vec::new(), cut: None };
    let path = &paths(folder.path(), std::slice::from_ref(&case))[0];
    let before = data(&recipe(), 0, 5000);
    let first = VerifyJob {
        source: VerifySource::Reader("pipe".into(), Box::new(SetsLength { path, len, data: &before })),
        range: StreamRange::new(0, 5000).unwrap(),
        end: Some(5000),
        ..case.job(path)
    };
    let outcome = manner.verify(vec![first, case.job(path)]);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert!(outcome.report.files[0].ok && outcome.report.bytes_checked == 305_001);
    outcome.report
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn what_is_cut_off_is_missing(len in 0..300_001_u64, manner in manner()) {
        let report = changed(len, &manner);
        prop_assert_eq!(report.ranges.len(), 1);
        let range = &report.ranges[0].range;
        prop_assert_eq!((range.offset, range.length, range.kind), (len, 300_001 - len, DamageKind::Missing));
        prop_assert_eq!(report.files[1].valid_prefix, len);
        prop_assert!(report.warnings.iter().any(|text| text.contains("shrank from 300001")), "{:?}", report.warnings);
    }

    #[test]
    fn what_is_added_is_extra(more in 1..50_000_u64, manner in manner()) {
        let report = changed(300_001 + more, &manner);
        let range = &report.ranges[0].range;
        prop_assert_eq!((range.offset, range.length, range.kind), (300_001, more, DamageKind::Extra));
        prop_assert!(report.warnings.iter().any(|text| text.contains("grew from 300001")), "{:?}", report.warnings);
    }
}
