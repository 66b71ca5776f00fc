//! Processes of tests: one that does not outlive its test, and a call of the binary.

use std::path::Path;
use std::process::{Child, Command, Output};

/// A child that is killed when it is dropped, as when a test fails.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or ends now; there is nothing to do about an error.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the binary in a folder.
pub fn feedproof_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_feedproof"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the binary runs")
}
