//! Finds any of thousands of needles in a text, in one pass; needles can be added at any time.
//!
//! Every token that a run observes adds a dozen needles, while texts are being masked: an automaton
//! (Aho-Corasick) would have to be built anew each time. Here each needle is known by windows of
//! [`WINDOW`] bytes at its end; the pass asks a bit field, at every [`STEP`]th byte if it can, and looks
//! closer only where it says yes.

use std::collections::HashMap;
use std::ops::Range;

use crate::encoding::{Encoding, Needle};

/// By how many bytes a needle is known.
const WINDOW: usize = 6;

/// The fewest bytes of a needle; shorter ones are not found.
pub const NEEDLE_BYTES_MIN: usize = WINDOW;

/// How far apart a text is looked at; a needle is known by as many windows, so that one of them is hit.
const STEP: usize = 4;

/// How much of the end of a needle is compared; a longer end identifies a secret no better.
const TAIL: usize = 64;

/// Binary digits of a window's place in the smallest bit field.
const DIGITS_MIN: u32 = 12;

/// How many bits a field has for each window, so that it seldom says yes for nothing.
const BITS_EACH: usize = 12;

/// An odd number that spreads windows.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The needles of all secrets.
#[derive(Debug, Default)]
pub struct Index {
    needles: Vec<IndexedNeedle>,
    /// Windows of needles that are long enough for steps.
    long: Windows,
    /// Windows of the others.
    short: Windows,
}

#[derive(Debug)]
struct IndexedNeedle {
    /// The needle, or the end of a long one.
    tail: Box<[u8]>,
    /// Length of the whole needle.
    len: usize,
    secret: usize,
    form: Encoding,
}

/// A needle that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedleMatch {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// The number under which its secret was added.
    pub secret: usize,
    /// The needle's form.
    pub form: Encoding,
}

impl Index {
    /// Adds the needles of a secret.
    pub fn add(&mut self, secret: usize, needles: Vec<Needle>) {
        for needle in needles {
            let bytes = &needle.bytes;
            let number = self.needles.len();
            match bytes.len() {
                ..WINDOW => continue,
                len if len < WINDOW + STEP - 1 => self.short.add(bytes, number, 0),
                _ => (0..STEP).for_each(|behind| self.long.add(bytes, number, behind)),
            }
            self.needles.push(IndexedNeedle {
                tail: bytes[bytes.len().saturating_sub(TAIL)..].into(),
                len: bytes.len(),
                secret,
                form: needle.form,
            });
        }
    }

    /// Shows every needle that a text contains, overlapping ones too, by where they end.
    pub fn find(&self, text: &[u8], mut show: impl FnMut(NeedleMatch)) {
        let mut look = |end: usize, number: usize| {
            let known = &self.needles[number];
            if text
                .get(..end)
                .is_some_and(|text| text.ends_with(&known.tail))
            {
                show(NeedleMatch {
                    range: end.saturating_sub(known.len)..end,
                    secret: known.secret,
                    form: known.form,
                });
            }
        };
        self.long.look(text, STEP, &mut look);
        self.short.look(text, 1, &mut look);
    }
}

/// Which needles have a window.
#[derive(Debug, Default)]
struct Windows {
    /// A bit for each place, 2 to the power of `digits` bits; empty as long as there is no needle.
    field: Vec<u64>,
    digits: u32,
    /// For each window the numbers of needles, and how many bytes of them stand behind it.
    needles: HashMap<u64, Vec<(usize, usize)>>,
}

impl Windows {
    /// Adds the window of a needle behind which so many bytes of it stand.
    fn add(&mut self, bytes: &[u8], number: usize, behind: usize) {
        let window = window(bytes, bytes.len() - WINDOW - behind);
        self.needles
            .entry(window)
            .or_default()
            .push((number, behind));
        if self.needles.len() * BITS_EACH > self.field.len() * 64 {
            self.digits = (self.digits + 1).max(DIGITS_MIN);
            self.field = vec![0; 1 << (self.digits - 6)];
            let known: Vec<_> = self.needles.keys().copied().collect();
            known.into_iter().for_each(|window| self.mark(window));
        } else {
            self.mark(window);
        }
    }

    fn mark(&mut self, window: u64) {
        let (word, bit) = place(window, self.digits);
        self.field[word] |= bit;
    }

    /// Shows where in a text, by their ends, which needles may stand.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn look(&self, text: &[u8], step: usize, show: &mut impl FnMut(usize, usize)) {
        if self.needles.is_empty() {
            return;
        }
        let mut ask = |at: usize, window: u64| {
            let (word, bit) = place(window, self.digits);
            if self.field[word] & bit != 0 {
                for (number, behind) in self.needles.get(&window).into_iter().flatten() {
                    show(at + WINDOW + behind, *number);
                }
            }
        };
        let mut at = 0;
        // Eight bytes are read at once and two of them put aside.
        while let Some(bytes) = text.get(at..at + 8) {
            let eight = u64::from_le_bytes(bytes.try_into().expect("eight bytes were taken"));
            ask(at, eight & 0xffff_ffff_ffff);
            at += step;
        }
        while at + WINDOW <= text.len() {
            ask(at, window(text, at));
            at += step;
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
            needles in proptest::collection::vec("[ab]{6,12}", 1..6),
            text in "[ab]{0,60}",
        ) {
            let mut index = Index::default();
            for (secret, needle) in needles.iter().enumerate() {
                let bytes = needle.clone().into_bytes();
                index.add(secret, vec![Needle { bytes, form: Encoding::Raw }]);
            }
            let mut found = Vec::new();
            index.find(text.as_bytes(), |hit| found.push((hit.range, hit.secret)));
            let mut expected = Vec::new();
            for (secret, needle) in needles.iter().enumerate() {
                for at in 0..text.len() {
                    if text[at..].starts_with(needle.as_str()) {
                        expected.push((at..at + needle.len(), secret));
                    }
                }
            }
            let key = |hit: &(Range<usize>, usize)| (hit.0.start, hit.0.end, hit.1);
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
                form: Encoding::Hex,
            }],
        );
        let text = format!("xx{needle}xx");
        let mut found = Vec::new();
        index.find(text.as_bytes(), |hit| found.push(hit));
        assert_eq!(
            found,
            [NeedleMatch {
                range: 2..202,
                secret: 7,
                form: Encoding::Hex
            }]
        );
    }
}
