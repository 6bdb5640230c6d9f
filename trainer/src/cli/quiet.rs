//! Keeps a library from complaining on stderr of what no GPU needs.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Mesa's Vulkan layer asks Wayland which GPU the screen hangs on, and Wayland prints an error wherever there is no
/// session, as in containers and on compute nodes. With any absolute path in the variable it finds no screen quietly.
const VARIABLE: &str = "XDG_RUNTIME_DIR";
const NO_SESSION: &str = "/nonexistent";

/// Starts this program anew, as the same process, with the variable set where it is not: a process cannot set its own
/// safely once its libraries have started threads.
pub(super) fn without_session() {
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| "rote".into());
    // It returns only if it failed; then there is a line too many on stderr, and no other harm.
    let _ = Command::new(program).arg0(name).args(arguments).env(VARIABLE, NO_SESSION).exec();
}
