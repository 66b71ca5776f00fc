//! A started process that does not outlive its test.

use std::process::Child;

/// A child that is killed when it is dropped, as when a test fails.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or ends now; there is nothing to do about an error.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
