//! Tells the binary which commit it is built from, for run.json; nothing where there is no checkout or no git.

use std::path::Path;
use std::process::Command;

fn main() {
    for name in ["HEAD", "refs/heads"] {
        // In a working tree of its own, what git knows lies elsewhere. Cargo takes a path that does not exist for one
        // that has changed.
        let path = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists());
        println!("cargo::rerun-if-changed={}", path.as_deref().unwrap_or("build.rs"));
    }
    if let Some(commit) = git(&["rev-parse", "HEAD"]) {
        println!("cargo::rustc-env=ROTE_GIT_COMMIT={commit}");
    }
}

/// What git answers in one line.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
