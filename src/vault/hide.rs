//! Replaces the secrets in a text by their handles.

use std::borrow::Cow;

use crate::vault::{Inner, Vault};
use plan_language::value::{Handle, handle, hex};
use ring::digest;
use secret_search::{Encoding, NEEDLE_BYTES_MIN, SecretMatch, search, shapes};

/// How often a text is searched again after something was found in it.
const ROUNDS_MAX: usize = 4;

/// The longest part that several secrets reveal together and that is kept, to be filled in again.
const OVERLAPPING_BYTES_MAX: usize = 64 << 10;

/// What stands behind the handle of a longer part, which was made to take memory. The handle is that of its digest: it
/// cannot be filled in again, and no check takes it for a text that lacks something.
const FLOODED: &str = " (a text that holds secrets too often)";

impl Vault {
    /// Masks a text from outside: what looks like a handle is made harmless, known secrets and tokens are replaced.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match handle::neutralise(text) {
            Cow::Borrowed(text) => self.hide(text),
            Cow::Owned(text) => Cow::Owned(self.hide(&text).into_owned()),
        }
    }

    /// Masks what is left of secrets in a text that may be masked already; its handles stay.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut hidden = self.hide_known(text);
        let mut rounds = 0;
        // What stands beside a handle may be read in another way than what stood beside the secret.
        while let Cow::Owned(masked) = &hidden
            && rounds < ROUNDS_MAX
            && let Cow::Owned(again) = self.hide_known(masked)
        {
            hidden = Cow::Owned(again);
            rounds += 1;
        }
        match hidden {
            Cow::Borrowed(text) => self.hide_shapes(text),
            Cow::Owned(text) => Cow::Owned(self.hide_shapes(&text).into_owned()),
        }
    }

    /// Replaces secrets that are known.
    fn hide_known<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if text.len() < NEEDLE_BYTES_MIN {
            return Cow::Borrowed(text);
        }
        let mut found: Vec<(SecretMatch, Handle)> = Vec::new();
        {
            let inner = self.read();
            let mut at = 0;
            let mut look = |at: usize, end: usize| {
                found.extend(
                    self.look(&inner, &text[at..end])
                        .into_iter()
                        .map(|mut hit| {
                            hit.range = hit.range.start + at..hit.range.end + at;
                            let handle = inner.sought[hit.secret].clone();
                            (hit, handle)
                        }),
                );
            };
            // A handle contains no secret.
            for (range, _) in handle::find(text) {
                look(at, range.start);
                at = range.end;
            }
            look(at, text.len());
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        let mut at = 0;
        for (hit, handle) in found {
            masked.push_str(&text[at..hit.range.start]);
            at = hit.range.end;
            if hit.range.len() > OVERLAPPING_BYTES_MAX {
                let text = digest::digest(&digest::SHA256, text[hit.range].as_bytes());
                masked.push_str(&self.keep(handle.kind(), &hex(text.as_ref())).mark());
                masked.push_str(FLOODED);
                continue;
            }
            let other = matches!(
                hit.form,
                Encoding::Base64
                    | Encoding::Case
                    | Encoding::Hex
                    | Encoding::Charset
                    | Encoding::Doubled
            );
            let handle = if hit.whole && !other {
                handle
            } else {
                // Several that overlap, or a part of a longer encoding: filled in as it was.
                self.keep(handle.kind(), &text[hit.range])
            };
            masked.push_str(&handle.mark());
        }
        masked.push_str(&text[at..]);
        Cow::Owned(masked)
    }

    #[cfg(not(test))]
    fn look(&self, inner: &Inner, text: &str) -> Vec<SecretMatch> {
        search(&inner.index, text.as_bytes(), |_| true)
    }

    #[cfg(test)]
    fn look(&self, inner: &Inner, text: &str) -> Vec<SecretMatch> {
        search(&inner.index, text.as_bytes(), |form| {
            self.blind.get() != Some(&form)
        })
    }

    /// Replaces what has the shape of a token, or is in a URL or a page under the name of one.
    fn hide_shapes<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let shapes = shapes(text);
        if shapes.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        let mut at = 0;
        for shape in shapes {
            masked.push_str(&text[at..shape.range.start]);
            masked.push_str(&self.observe(shape.kind, &shape.value).mark());
            at = shape.range.end;
        }
        masked.push_str(&text[at..]);
        Cow::Owned(masked)
    }
}
