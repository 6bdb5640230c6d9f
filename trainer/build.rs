//! Tells the binary which commit it is built from, for run.json and `rote --version`; nothing where there is no checkout
//! or no git.

use std::path::Path;
use std::process::Command;

/// What the binary is made of.
const SOURCES: [&str; 8] = [
    "src",
    "Cargo.toml",
    "../models/src",
    "../models/Cargo.toml",
    "../theory/src",
    "../theory/Cargo.toml",
    "../Cargo.toml",
    "../Cargo.lock",
];

fn main() {
    for name in ["HEAD", "refs/heads"] {
        // In a working tree of its own, what git knows lies elsewhere. Cargo takes a path that does not exist for one
        // that has changed.
        let path = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists());
        println!("cargo::rerun-if-changed={}", path.as_deref().unwrap_or("build.rs"));
    }
    for sources in SOURCES {
        println!("cargo::rerun-if-changed={sources}");
    }
    if let Some(commit) = git(&["rev-parse", "HEAD"]) {
        let changed = git(&[&["status", "--porcelain", "--"], &SOURCES[..]].concat());
        let dirty = if changed.is_none_or(|changed| !changed.is_empty()) { "-dirty" } else { "" };
        println!("cargo::rustc-env=ROTE_GIT_COMMIT={commit}{dirty}");
        println!("cargo::rustc-env=ROTE_VERSION={} ({}{dirty})", env!("CARGO_PKG_VERSION"), &commit[..12]);
    } else {
        println!("cargo::rustc-env=ROTE_VERSION={}", env!("CARGO_PKG_VERSION"));
    }
}

/// What git answers in one line.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
