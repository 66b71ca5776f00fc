//! Finds any of thousands of needles in a text, in one pass; needles can be added at any time.
//!
//! Every token that a run meets adds a dozen needles, while texts are being masked: an automaton
//! (Aho-Corasick) would have to be built anew each time. Here each needle is known by the last [`WINDOW`]
//! bytes of it; the pass asks a small bit field at each byte, and looks closer only where it says yes.

use std::collections::HashMap;
use std::ops::Range;

use crate::vault::form::{Form, Needle};

/// By how many bytes a needle is known; shorter ones are not found.
pub(super) const WINDOW: usize = 6;

/// How much of the end of a needle is compared; more of a secret than this says nothing new.
const TAIL: usize = 64;

/// Binary digits of a window's place in the smallest bit field.
const DIGITS_MIN: u32 = 14;

/// How many bits the field has for each window, so that it seldom says yes for nothing.
const BITS_EACH: usize = 16;

/// An odd number that spreads windows.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The needles of all secrets.
#[derive(Debug)]
pub(super) struct Index {
    /// A bit for each place; 2 to the power of `digits` bits.
    field: Vec<u64>,
    digits: u32,
    windows: HashMap<u64, Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    /// The needle, or the end of a long one.
    tail: Box<[u8]>,
    /// Length of the whole needle.
    len: usize,
    secret: usize,
    form: Form,
}

/// A needle that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// The number under which its secret was added.
    pub secret: usize,
    /// The needle's form.
    pub form: Form,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            field: vec![0; 1 << (DIGITS_MIN - 6)],
            digits: DIGITS_MIN,
            windows: HashMap::new(),
        }
    }
}

impl Index {
    /// Adds the needles of a secret.
    pub fn add(&mut self, secret: usize, needles: Vec<Needle>) {
        for needle in needles {
            let bytes = &needle.bytes;
            let Some(begin) = bytes.len().checked_sub(WINDOW) else {
                continue;
            };
            let window = window(bytes, begin);
            self.mark(window);
            self.windows.entry(window).or_default().push(Entry {
                tail: bytes[bytes.len().saturating_sub(TAIL)..].into(),
                len: bytes.len(),
                secret,
                form: needle.form,
            });
            if self.windows.len() * BITS_EACH > 1 << self.digits {
                self.digits += 1;
                self.field = vec![0; 1 << (self.digits - 6)];
                let known: Vec<_> = self.windows.keys().copied().collect();
                known.into_iter().for_each(|window| self.mark(window));
            }
        }
    }

    fn mark(&mut self, window: u64) {
        let (word, bit) = place(window, self.digits);
        self.field[word] |= bit;
    }

    /// Shows every needle that stands in a text, overlapping ones too, by where they end.
    pub fn find(&self, text: &[u8], mut show: impl FnMut(Match)) {
        if self.windows.is_empty() || text.len() < WINDOW {
            return;
        }
        let mut look = |at: usize, window: u64| {
            let (word, bit) = place(window, self.digits);
            if self.field[word] & bit == 0 {
                return;
            }
            for entry in self.windows.get(&window).into_iter().flatten() {
                let end = at + WINDOW;
                if text[..end].ends_with(&entry.tail) {
                    show(Match {
                        range: end.saturating_sub(entry.len)..end,
                        secret: entry.secret,
                        form: entry.form,
                    });
                }
            }
        };
        let mut at = 0;
        // Eight bytes are read at once and two of them put aside.
        for bytes in text.windows(8) {
            let eight = u64::from_le_bytes(bytes.try_into().expect("windows of eight bytes"));
            look(at, eight & 0xffff_ffff_ffff);
            at += 1;
        }
        while at + WINDOW <= text.len() {
            look(at, window(text, at));
            at += 1;
        }
    }
}

fn window(text: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes[..WINDOW].copy_from_slice(&text[at..at + WINDOW]);
    u64::from_le_bytes(bytes)
}

fn place(window: u64, digits: u32) -> (usize, u64) {
    let spread = window.wrapping_mul(SPREAD) >> (64 - digits);
    ((spread >> 6) as usize, 1 << (spread & 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(
            needles in proptest::collection::vec("[ab]{6,9}", 1..6),
            text in "[ab]{0,60}",
        ) {
            let mut index = Index::default();
            for (secret, needle) in needles.iter().enumerate() {
                let bytes = needle.clone().into_bytes();
                index.add(secret, vec![Needle { bytes, form: Form::Raw }]);
            }
            let mut found = Vec::new();
            index.find(text.as_bytes(), |one| found.push((one.range, one.secret)));
            let mut expected = Vec::new();
            for (secret, needle) in needles.iter().enumerate() {
                for at in 0..text.len() {
                    if text[at..].starts_with(needle.as_str()) {
                        expected.push((at..at + needle.len(), secret));
                    }
                }
            }
            let key = |one: &(Range<usize>, usize)| (one.0.start, one.0.end, one.1);
            found.sort_by_key(key);
            expected.sort_by_key(key);
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_long_needle_is_known_by_its_end() {
        let needle: String = (0..100).map(|number| format!("{number:02}")).collect();
        let mut index = Index::default();
        let bytes = needle.clone().into_bytes();
        index.add(
            7,
            vec![Needle {
                bytes,
                form: Form::Hex,
            }],
        );
        let text = format!("xx{needle}xx");
        let mut found = Vec::new();
        index.find(text.as_bytes(), |one| found.push(one));
        assert_eq!(
            found,
            [Match {
                range: 2..202,
                secret: 7,
                form: Form::Hex
            }]
        );
    }
}
