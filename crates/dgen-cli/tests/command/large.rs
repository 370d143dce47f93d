//! One run of a size that users begin with.

use crate::common::{dgen, folder, len, recipe, skip, stream, u64_of};

const SIZE: u64 = 4 << 30;

#[test]
fn four_gibibytes_by_four_writers_are_exactly_that() {
    let folder = folder();
    let free = rustix::fs::statvfs(folder.path()).map(|system| system.f_bavail * system.f_frsize).unwrap();
    if free < 2 * SIZE {
        skip(&format!("optional: 4 GiB in the build folder, which has {free} bytes free"));
        return;
    }
    let write = "write f --size 4GiB --num-writers 4 --dedup-ratio 2 --compress-ratio 3/2 --json";
    let report = dgen(folder.path(), write).code(0).json();
    assert_eq!((u64_of(&report, "bytes_written"), u64_of(&report, "writers")), (SIZE, 4));
    let file = folder.path().join("f");
    assert_eq!(len(&file), SIZE);
    assert_eq!(crate::common::bytes(&file, SIZE - 5000, 5000), stream(&recipe(&report), SIZE - 5000, 5000));
    let report = dgen(folder.path(), "verify f --direct auto --json").code(0).json();
    assert_eq!((u64_of(&report, "bytes_checked"), report["ok"].as_bool()), (SIZE, Some(true)));
}
