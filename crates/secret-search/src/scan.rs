//! Scans what a run has written: searches bytes, files and streams for every secret in every encoding.
//!
//! Masking should have left nothing; the scan does not rely on that. Each scanner proves itself first: it must find a
//! random canary in every encoding. What is done about a leak is left to others, and no result contains the secret.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read};

use crate::canary::{Spelling, made_up, spellings};
use crate::encoding::{Encoding, LetterCase, Needle, needles};
use crate::index::Index;
use crate::search::search;
use plan_language::value::{Handle, hex};

/// How much is searched at once, in bytes.
const CHUNK: usize = 256 << 10;

/// How much of a chunk is searched again with the next, so that no secret hides on the border; far more than
/// the spelling of what is compared of a needle.
const OVERLAP: usize = 8 << 10;

/// The chunks in which a canary is sought; small, because it is sought in every run.
const CANARY_CHUNK: usize = 1 << 10;

/// How many bytes of the end of a secret are sought.
const END: usize = 96;

/// How many leaks of one file are reported.
const LEAKS_MAX: usize = 20;

/// The kind of the random secret with which a scanner proves itself.
const CANARY: &str = "canary";

/// A secret that was found where it must not be. Does not contain the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The handle of the secret.
    pub handle: Handle,
    /// How it was written.
    pub form: Encoding,
    /// Where, in bytes from the beginning; the first place of this secret, or of its last 96 bytes, in this form.
    pub at: u64,
}

impl fmt::Display for Leak {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} at byte {}", self.handle, self.form, self.at)
    }
}

/// A scanner that did not find its canary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scanner did not find its canary {0}")]
pub struct UntrustedScanner(pub &'static str);

/// Finds the secrets of a run in bytes and files.
#[derive(Debug)]
pub struct Scanner {
    index: Index,
    handles: Vec<Handle>,
}

impl Scanner {
    /// Makes a scanner for secrets and proves it with a canary.
    ///
    /// # Errors
    /// [`UntrustedScanner`] when it does not find its canary.
    pub fn of<'s>(
        secrets: impl Iterator<Item = (&'s str, Handle)>,
    ) -> Result<Self, UntrustedScanner> {
        Self::proven(secrets, |secret| needles(secret, LetterCase::Any))
    }

    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn proven<'s>(
        secrets: impl Iterator<Item = (&'s str, Handle)>,
        needles: impl Fn(&str) -> Vec<Needle>,
    ) -> Result<Self, UntrustedScanner> {
        let mut scanner = Self {
            index: Index::default(),
            handles: Vec::new(),
        };
        for (secret, handle) in secrets {
            scanner.add(handle, needles(end(secret)));
        }
        let canary = made_up();
        let tag = hex(&[0; 4]);
        let handle = Handle::new(CANARY, &tag).expect("letters and digits make a handle");
        scanner.add(handle.clone(), needles(&canary));
        for Spelling {
            name,
            form,
            text: spelling,
        } in spellings(&canary)
        {
            // Across the border of two chunks, where it is hardest to find.
            let mut text = vec![b'.'; CANARY_CHUNK - spelling.len() / 2];
            text.extend_from_slice(spelling.as_bytes());
            text.extend_from_slice(&[b'.'; 64]);
            let found = scanner.scan(&mut text.as_slice()).is_ok_and(|leaks| {
                leaks
                    .iter()
                    .any(|leak| leak.handle == handle && leak.form == form)
            });
            if !found {
                return Err(UntrustedScanner(name));
            }
        }
        Ok(scanner)
    }

    fn add(&mut self, handle: Handle, needles: Vec<Needle>) {
        self.index.add(self.handles.len(), needles);
        self.handles.push(handle);
    }

    /// Reads to the end; returns each secret that stands there once for each form, 20 at most.
    ///
    /// # Errors
    /// When it cannot be read to the end; then it is not proven clean.
    pub fn scan(&self, from: &mut dyn Read) -> io::Result<Vec<Leak>> {
        self.scan_by(from, CHUNK, OVERLAP)
    }

    fn scan_by(&self, from: &mut dyn Read, chunk: usize, overlap: usize) -> io::Result<Vec<Leak>> {
        let mut leaks = Vec::new();
        let mut known = BTreeSet::new();
        let mut text = Vec::with_capacity(chunk + overlap);
        let mut before: u64 = 0;
        loop {
            let read = from.take(chunk as u64).read_to_end(&mut text)?;
            for hit in search(&self.index, &text, |_| true) {
                if leaks.len() < LEAKS_MAX && known.insert((hit.secret, hit.form)) {
                    leaks.push(Leak {
                        handle: self.handles[hit.secret].clone(),
                        form: hit.form,
                        at: before + hit.range.start as u64,
                    });
                }
            }
            if read < chunk {
                return Ok(leaks);
            }
            let done = text.len().saturating_sub(overlap);
            text.drain(..done);
            before += done as u64;
        }
    }

    /// Searches bytes; as [`scan`](Self::scan).
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    pub fn scan_bytes(&self, bytes: &[u8]) -> Vec<Leak> {
        self.scan(&mut &*bytes)
            .expect("reading from memory cannot fail")
    }
}

/// Returns the end of a long secret, which tells it as well: that of a token is its signature.
fn end(secret: &str) -> &str {
    let mut begin = secret.len().saturating_sub(END);
    while !secret.is_char_boundary(begin) {
        begin += 1;
    }
    &secret[begin..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanner(secret: &str) -> Scanner {
        let handle = Handle::new("api-key", "a1").expect("a handle");
        Scanner::of([(secret, handle)].into_iter()).expect("the canary is found")
    }

    #[test]
    fn a_leak_names_secret_form_and_place_but_never_the_secret() {
        let secret = "k+/=%\"<&é y7";
        let scanner = scanner(secret);
        for Spelling {
            name,
            form,
            text: spelling,
        } in spellings(secret)
        {
            let text = format!("{{\"ab\": {spelling}}}");
            let leaks = scanner.scan_bytes(text.as_bytes());
            let [leak] = leaks.as_slice() else {
                panic!("one leak in {text}: {leaks:?}");
            };
            assert_eq!(leak.form, form, "{text}");
            let at = leak.at as usize;
            // Lines have other text before the secret.
            let latest = if name.contains("in lines") { 70 } else { 11 };
            assert!((7..=latest).contains(&at), "{at} in {text}");
            assert!(!format!("{leak} {leak:?}").contains("k+"), "{leak}");
        }
        insta::assert_snapshot!(
            scanner.scan_bytes(format!("x={secret}").as_bytes())[0],
            @"secret:api-key#a1 as it is at byte 2"
        );
    }

    #[test]
    fn nothing_hides_on_the_border_of_two_chunks() {
        let scanner = scanner("a secret of some length");
        for at in CHUNK - 40..CHUNK + 4 {
            let mut text = vec![b'.'; at];
            text.extend_from_slice(b"a%20secret of some%20length");
            text.resize(CHUNK + 80, b'.');
            let leaks = scanner.scan_bytes(&text);
            assert_eq!(leaks.len(), 1, "{at}");
            assert_eq!(leaks[0].at, at as u64);
        }
    }

    #[test]
    fn a_scanner_that_overlooks_a_form_is_not_trusted() {
        for form in [Encoding::Base64, Encoding::Charset, Encoding::Raw] {
            let without = |secret: &str| {
                let mut all = needles(secret, LetterCase::Any);
                all.retain(|needle| needle.form != form);
                all
            };
            let result = Scanner::proven(std::iter::empty(), without);
            assert!(matches!(result, Err(UntrustedScanner(_))), "{form:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_clean() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        assert!(
            scanner("a secret of some length")
                .scan(&mut Broken)
                .is_err()
        );
    }
}
