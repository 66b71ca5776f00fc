//! Secret values: a type that no format string prints.
//!
//! A credential is a [`Secret`] from the moment it is looked up. `Debug` shows a placeholder, and there is neither
//! `Display` nor serialisation: the value leaves only through [`Secret::expose`], which is called where a header,
//! a body or the settings of an emulated participant are built. The memory is overwritten when the last owner of
//! a secret drops it. Masking of texts that contain secrets is left to [`vault`](crate::vault).

use std::fmt;

use zeroize::Zeroizing;

/// A credential in clear text, of any length; empty only where it was not found.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a credential over.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// Returns the credential in clear text, for the place that sends it or registers it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_a_placeholder() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    Secret(…),\n)");
        assert_eq!(secret.expose(), "hunter2");
    }
}
