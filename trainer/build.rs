//! Tells the binary which commit it is built from, for run.json; nothing where there is no checkout or no git.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=../.git/HEAD");
    println!("cargo::rerun-if-changed=../.git/refs/heads");
    let output = Command::new("git").args(["rev-parse", "HEAD"]).output();
    if let Some(output) = output.ok().filter(|output| output.status.success()) {
        println!("cargo::rustc-env=ROTE_GIT_COMMIT={}", String::from_utf8_lossy(&output.stdout).trim());
    }
}
