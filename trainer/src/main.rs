//! The `rote` binary; everything lives in the library.

fn main() -> std::process::ExitCode {
    rote::cli::main()
}
