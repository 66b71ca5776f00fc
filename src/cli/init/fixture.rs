//! What the tests of `feedproof init` begin with.

use crate::cli::arguments::InitArguments;
use crate::cli::init_mode::InitMode;
use crate::environment::{Environment, SecretLocation, open};
use crate::secret::Secret;

/// Returns the arguments for a mode, and no others.
pub(super) fn arguments(mode: InitMode) -> InitArguments {
    InitArguments {
        folder: ".".into(),
        mode,
        connector: None,
        openapi: None,
        name: None,
        customer: Vec::new(),
    }
}

/// Reads a valid environment, whatever its references are.
pub(super) fn opened(text: &str) -> Environment {
    let look = |_: SecretLocation<'_>| Ok(Secret::new("secret"));
    let opening = open("e.yaml", text.as_bytes(), &[], &look);
    assert_eq!(opening.findings, [], "{text}");
    opening.environment.expect("it is valid")
}
