//! Names the shared library as programs look for it: by the number of its interface.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libdgen.so.1");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
