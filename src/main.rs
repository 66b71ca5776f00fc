//! The `feedproof` command.

fn main() -> std::process::ExitCode {
    feedproof::cli::main()
}
