//! What this command was given, and how it is started once more, for benchmarks that need processes of their own.

use std::ffi::OsString;
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

/// How this program was built, as reports say.
pub(crate) const BUILD: &str = if cfg!(debug_assertions) { "debug" } else { "release" };

/// The program and its first arguments; empty where the running executable is the command itself.
static LAUNCHER: Mutex<Vec<OsString>> = Mutex::new(Vec::new());

/// What the command was given, without the program's name.
static ARGUMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// When the command began.
static BEGAN: OnceLock<SystemTime> = OnceLock::new();

/// Keeps what the command was given, the program's name first, and when.
pub(crate) fn set_arguments(args: &[OsString]) {
    began();
    let words = args.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    *ARGUMENTS.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

/// What the command was given, without the program's name.
pub(crate) fn arguments() -> Vec<String> {
    ARGUMENTS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A word in quotes, where a shell would take it apart without.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// When the command began: when this was asked first.
pub(crate) fn began() -> SystemTime {
    *BEGAN.get_or_init(SystemTime::now)
}

/// Sets the program, and the arguments before those of the command, that start this command in a new process.
pub(crate) fn set(launcher: Vec<OsString>) {
    *LAUNCHER.lock().unwrap_or_else(PoisonError::into_inner) = launcher;
}

/// The command in a new process, without arguments yet.
///
/// # Errors
/// When the system does not say which executable is running.
pub(crate) fn again() -> std::io::Result<Command> {
    let launcher = LAUNCHER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some((program, first)) = launcher.split_first() else { return Ok(Command::new(std::env::current_exe()?)) };
    let mut command = Command::new(program);
    command.args(first);
    Ok(command)
}
