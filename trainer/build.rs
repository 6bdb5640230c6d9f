//! Tells the binary which commit it is built from, for run.json; nothing where there is no checkout or no git.

use std::process::Command;

fn main() {
    for path in ["../.git/HEAD", "../.git/refs/heads"] {
        // Cargo takes a path that does not exist for one that has changed.
        let path = if std::path::Path::new(path).exists() { path } else { "build.rs" };
        println!("cargo::rerun-if-changed={path}");
    }
    let output = Command::new("git").args(["rev-parse", "HEAD"]).output();
    if let Some(output) = output.ok().filter(|output| output.status.success()) {
        println!("cargo::rustc-env=ROTE_GIT_COMMIT={}", String::from_utf8_lossy(&output.stdout).trim());
    }
}
