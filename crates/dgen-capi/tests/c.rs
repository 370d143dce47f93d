//! The C interface as C programs have it: installed, found by pkg-config, linked in both ways, and called.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dgen::{Recipe, Stream};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn installed(prefix: &Path) {
    let script = Path::new(HERE).join("../../scripts/install_capi.sh");
    run(Command::new(script).arg(prefix).arg("dev"));
}

fn flags(prefix: &Path, which: &[&str]) -> Vec<String> {
    let folder = prefix.join("lib/pkgconfig");
    let found = run(Command::new("pkg-config").args(which).arg("dgen").env("PKG_CONFIG_PATH", folder));
    found.split_whitespace().map(str::to_owned).collect()
}

fn compiled(prefix: &Path, name: &str, compiler: &[&str], libraries: &[String]) -> PathBuf {
    let program = prefix.join(name);
    let mut command = Command::new(compiler[0]);
    command.args(&compiler[1..]).args(["-Wall", "-Wextra", "-Werror", "-pthread", "-o"]).arg(&program);
    command.args(flags(prefix, &["--cflags"])).arg(Path::new(HERE).join("tests/program.c")).args(libraries);
    run(&mut command);
    program
}

#[test]
fn a_c_program_fills_verifies_and_locates() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path();
    installed(prefix);
    let shared = flags(prefix, &["--libs"]);
    let archive = vec![prefix.join("lib/libdgen.a").display().to_string(), "-ldl".into(), "-lm".into()];
    let programs = [
        compiled(prefix, "shared", &["cc", "-std=c11", "-pedantic"], &shared),
        compiled(prefix, "static", &["cc", "-std=c11"], &archive),
        // As C++ the header is read, too; C's conversions are not C++'s.
        compiled(prefix, "plus", &["c++", "-fpermissive", "-Wno-error", "-w", "-x", "c++"], &shared),
    ];
    let stream = Stream::new(&"dgen1,seed=0x5,block=64KiB,dedup=2,compress=2".parse::<Recipe>().unwrap()).unwrap();
    let mut wanted = vec![0; 1_000_000];
    stream.version(3).fill_at(12_345, &mut wanted).unwrap();
    for program in programs {
        let data = prefix.join("data");
        let said = run(Command::new(&program).arg(&data).env("LD_LIBRARY_PATH", prefix.join("lib")));
        assert!(said.ends_with(" checks\n"), "{said}");
        assert!(fs::read(&data).unwrap() == wanted, "{}", program.display());
    }
    let named = run(Command::new("readelf").arg("-d").arg(prefix.join("shared")));
    assert!(named.contains("libdgen.so.1"), "{named}");
}

/// The program of the page.
#[test]
fn the_page_tells_the_truth() {
    let page = fs::read_to_string(Path::new(HERE).join("../../docs/C.md")).unwrap();
    let program = page.split("```c\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path();
    installed(prefix);
    fs::write(prefix.join("page.c"), program).unwrap();
    let mut compile = Command::new("cc");
    compile.args(["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", "-o"]).arg(prefix.join("page"));
    run(compile.args(flags(prefix, &["--cflags"])).arg(prefix.join("page.c")).args(flags(prefix, &["--libs"])));
    let said = run(Command::new(prefix.join("page")).env("LD_LIBRARY_PATH", prefix.join("lib")));
    assert!(said.starts_with("flipped") && said.contains("1 bits"), "{said}");
}

/// Whoever reads the header alone sees the numbers that the library has.
#[test]
fn the_header_has_every_function() {
    let header = fs::read_to_string(Path::new(HERE).join("include/dgen.h")).unwrap();
    let source = fs::read_to_string(Path::new(HERE).join("src/lib.rs")).unwrap();
    let functions: Vec<&str> =
        source.split("extern \"C\" fn ").skip(1).filter_map(|rest| rest.split('(').next()).collect();
    assert_eq!(functions.len(), 12);
    for function in functions {
        assert!(header.contains(&format!("{function}(")), "{function}");
    }
}
