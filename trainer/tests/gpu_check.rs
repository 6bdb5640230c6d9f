//! The parts of `scripts/gpu-check` that need no GPU: what it refuses, and what it takes for the fastest.
#![cfg(unix)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts")
}

/// Copies the script to a place of its own, so that what it leaves behind can be seen.
fn copied(root: &Path) -> PathBuf {
    let folder = root.join("scripts");
    std::fs::create_dir_all(folder.join("gpu")).expect("a folder");
    for file in ["gpu-check", "gpu/build.sh", "gpu/checks.sh", "gpu/report.sh"] {
        std::fs::copy(scripts().join(file), folder.join(file)).expect("a copy");
    }
    folder.join("gpu-check")
}

fn bash(arguments: &[&str]) -> Output {
    Command::new("bash").args(arguments).output().expect("bash runs")
}

#[test]
fn what_is_no_rote_is_refused_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = copied(folder.path());
    let script = script.to_str().expect("a plain path");
    let wrong: [(&[&str], &str); 9] = [
        (&["--rote", "/nowhere/at/all"], "--rote /nowhere/at/all: there is no such file"),
        (&["--rote", "/etc/passwd"], "--rote /etc/passwd: it is no program"),
        (&["--rote", "/bin/sh", "--suite", "/nowhere"], "--suite /nowhere: there is no such file"),
        (&["--bundle", "/tmp/bundle.zip"], "--bundle /tmp/bundle.zip: the name must end in .tar"),
        (&["--bundle", "/nowhere/bundle.tar"], "/nowhere is no folder that can be written to"),
        (&["--bundle", "/tmp/bundle.tar", "--rote", "/bin/sh"], "--bundle packs what it builds: leave --rote out"),
        (&["--report", "/nowhere/report.md"], "--report /nowhere/report.md: /nowhere is no folder"),
        (&["--rote", "/bin/sh", "--features", "wgpu"], "--features is for what is built now"),
        (&["--rote", "/bin/echo"], "is no rote: it calls itself"),
    ];
    for (arguments, message) in wrong {
        let output = bash(&[&[script], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {said}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").flatten().collect();
        assert_eq!(left.len(), 1, "{arguments:?} left {left:?}");
    }
}

/// Build, backend and steps of the long run after comparisons with these speeds, where so many seconds are left.
fn planned(speeds: [&[(&str, f64)]; 2], left: u32, most: u32) -> String {
    let logs = tempfile::tempdir().expect("a folder");
    for (build, speeds) in speeds.iter().enumerate() {
        let mut table =
            "backend,population,status,steps_per_second,first_step_seconds,evaluate_seconds,agree\n".to_owned();
        for (backend, speed) in *speeds {
            // A name may say that the backend disagrees.
            let (backend, agree) = backend.strip_suffix('!').map_or((*backend, true), |backend| (backend, false));
            writeln!(table, "{backend},one,complete,{speed},1,0.5,{agree}").expect("a string takes it");
        }
        let folder = logs.path().join(format!("gpu-100k-off-{build}"));
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("compare.csv"), table).expect("a table");
    }
    let program = format!(
        "now() {{ echo 0; }}; source {}/gpu/checks.sh; rotes=(a b) logs={} deadline={left} long_steps={most} \
         long_evaluation=7; read -r _ build backend steps < <(plan_long_run); echo $build $backend $steps",
        scripts().display(),
        logs.path().display()
    );
    String::from_utf8_lossy(&bash(&["-c", &program]).stdout).trim().to_owned()
}

#[test]
fn the_long_run_takes_the_fastest_however_many_steps_fit() {
    let speeds: [&[(&str, f64)]; 2] =
        [&[("flex", 9999.0), ("wgpu:0", 1000.0), ("vulkan:0", 900.0)], &[("wgpu:0", 950.0)]];
    assert_eq!(planned(speeds, 300, 10000), "0 wgpu:0 10000", "all of them could end");
    assert_eq!(planned(speeds, 12, 10000), "0 wgpu:0 5100");
    assert_eq!(planned(speeds, 3, 10000), "0 wgpu:0 100", "none of them could");
    assert_eq!(planned(speeds, 3, 40), "0 wgpu:0 40", "never more than the whole");
    let wrong: [&[(&str, f64)]; 2] = [&[("wgpu:0!", 1000.0), ("vulkan:0", 900.0)], &[]];
    assert_eq!(planned(wrong, 300, 10000), "0 vulkan:0 10000", "what disagrees is not taken");
    let equal: [&[(&str, f64)]; 2] = [&[("wgpu:0", 900.0), ("vulkan:0", 900.0)], &[("wgpu:0", 900.0)]];
    assert_eq!(planned(equal, 300, 10000), "0 vulkan:0 10000", "equals have an order");
}
