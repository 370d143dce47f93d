//! How this command is started once more, for benchmarks that need processes of their own.

use std::ffi::OsString;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The program and its first arguments; empty where the running executable is the command itself.
static LAUNCHER: Mutex<Vec<OsString>> = Mutex::new(Vec::new());

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
