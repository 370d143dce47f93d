//! The `dgen` command.

fn main() {
    std::process::exit(dgen_cli::main_with_args(std::env::args_os()));
}
