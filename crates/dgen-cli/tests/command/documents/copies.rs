//! What the README's table says of tools that copy: who keeps the attributes, and that the data verifies in any case.

use std::path::Path;
use std::process::Command;

use super::running::{Place, there_is};
use crate::common::{Mount, mark, skip};

const RECIPE: &str = "dgen1,seed=0x7,dedup=2";

/// Commands from `a.bin` to `copies/a.bin`; those that keep its attributes, then those that drop them.
const KEEP: [&str; 6] = [
    "mv a.bin copies/a.bin",
    "cp -a a.bin copies",
    "cp --preserve=xattr a.bin copies",
    "rsync -X a.bin copies/",
    "rsync -aX a.bin copies/",
    "tar --xattrs --xattrs-include='user.*' -cf a.tar a.bin; tar --xattrs --xattrs-include='user.*' -C copies -xf a.tar",
];
const DROP: [&str; 8] = [
    "cp a.bin copies",
    "rsync -a a.bin copies/",
    "tar -cf a.tar a.bin; tar --xattrs --xattrs-include='user.*' -C copies -xf a.tar",
    "tar --xattrs --xattrs-include='user.*' -cf a.tar a.bin; tar -C copies -xf a.tar",
    "zip -q a.zip a.bin; unzip -q -d copies a.zip",
    "cat a.bin > copies/a.bin",
    "scp -q -O -p -S ./ssh a.bin there:$PWD/copies/a.bin",
    "dd if=a.bin of=copies/a.bin status=none",
];

/// Stands for ssh, where the other machine is this one.
const SSH: &str = "#!/bin/sh\nfor command; do :; done\nexec sh -c \"$command\"\n";

#[test]
fn tools_keep_and_drop_attributes_as_the_readme_says() {
    for (commands, kept) in KEEP.map(|one| (one, true)).into_iter().chain(DROP.map(|one| (one, false))) {
        let mut programs = commands.split("; ").map(|command| command.split(' ').next().unwrap());
        if let Some(program) = programs.find(|program| !there_is(program)) {
            skip(&format!("optional: {program} is not installed"));
            continue;
        }
        let place = Place::new();
        place.run(&format!("mkdir copies; dgen write a.bin --size 1MiB --recipe {RECIPE}")).code(0);
        place.run(&format!("printf '%s' '{SSH}' > ssh; chmod +x ssh; {commands}")).code(0);
        let copy = place.work().join("copies/a.bin");
        assert_eq!(mark(&copy).is_some(), kept, "{commands}");
        place.run("dgen verify copies/a.bin").code(if kept { 0 } else { 2 });
        place.run(&format!("dgen verify copies/a.bin --recipe {RECIPE} --size 1MiB")).code(0);
    }
}

/// Between file systems `mv` copies.
#[test]
fn moving_between_file_systems_keeps_attributes() {
    let place = Place::new();
    let other = Path::new("/dev/shm");
    let Ok(other) = tempfile::tempdir_in(other) else {
        return skip("optional: there is no other file system to move to");
    };
    place.run("dgen write a.bin --size 1MiB --seed 7").code(0);
    let moved = other.path().join("a.bin");
    let run = place.run(&format!("setfattr -n user.test -v x {0}; mv a.bin {0}", other.path().display()));
    if run.stderr.contains("not supported") {
        return skip("optional: the other file system has no attributes");
    }
    assert!(mark(&moved).is_some(), "{}", run.stderr);
}

/// Where a file system has no attributes, one way to copy says so.
#[test]
fn copies_to_a_file_system_without_attributes_are_silent_or_fail() {
    let place = Place::new();
    let Some(_mount) =
        Mount::done(&place.mounted(), Command::new("mount").args(["-t", "ramfs", "ramfs"]).arg(place.mounted()))
    else {
        return;
    };
    place.run("dgen write a.bin --size 1MiB --seed 7").code(0);
    assert_eq!(place.run("cp -a a.bin /mnt/test/silent").code(0).stderr, "");
    assert_eq!(mark(&place.mounted().join("silent")), None);
    let run = place.run("cp --preserve=xattr a.bin /mnt/test/told").code(1);
    assert!(run.stderr.contains("setting attributes"), "{}", run.stderr);
}
