//! Searches a text for needles, as it stands and as it is read, and returns where each secret is in it.

use std::cmp::Reverse;
use std::ops::{ControlFlow, Range};

use crate::encoding::Encoding;
use crate::index::{Index, NeedleMatch};
use crate::reading::{Reading, readings};
use crate::stretch::stretches;

/// A part of a text that reveals a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretMatch {
    /// Where, in bytes of the text as it stands; never inside of a character.
    pub range: Range<usize>,
    /// The number of the secret; of the first of several that overlap.
    pub secret: usize,
    /// Its encoding.
    pub form: Encoding,
    /// Whether the part is one secret, and not several that overlap.
    pub whole: bool,
}

/// How much of a text is read at once, in bytes: a reading takes many times as much.
const WINDOW: usize = 1 << 20;

/// How much of it is read again with what follows: more than the spelling of any secret.
const OVERLAP: usize = 64 << 10;

// A key of 4096 bits in PEM has some 3 KB, and its longest spelling twelve times as many.
const _: () = assert!(OVERLAP >= 12 * 3 * 1024 && 2 * OVERLAP < WINDOW);

/// How many matches in a text are told apart; one that has more was made to have them.
const MATCHES_MAX: usize = 10_000;

/// Searches a text; returns parts from left to right that do not overlap; of a text with too many matches, all of it.
pub fn search(index: &Index, text: &[u8], wanted: impl Fn(Encoding) -> bool) -> Vec<SecretMatch> {
    let mut found = matches(index, text);
    found.retain(|hit| wanted(hit.form));
    if let Some(first) = found.first().filter(|_| found.len() >= MATCHES_MAX) {
        return vec![SecretMatch {
            range: 0..text.len(),
            secret: first.secret,
            form: first.form,
            whole: false,
        }];
    }
    for hit in &mut found {
        hit.range = whole_characters(text, hit.range.clone());
    }
    found.sort_by_key(|hit| (hit.range.start, Reverse(hit.range.end)));
    let mut joined: Vec<SecretMatch> = Vec::new();
    for hit in found {
        match joined.last_mut() {
            Some(last) if hit.range.start < last.range.end => {
                if hit.range.end > last.range.end {
                    last.range.end = hit.range.end;
                    last.whole = false;
                }
            }
            _ => joined.push(SecretMatch {
                range: hit.range,
                secret: hit.secret,
                form: hit.form,
                whole: true,
            }),
        }
    }
    joined
}

/// Finds the needles in a text, as many as are told apart.
fn matches(index: &Index, text: &[u8]) -> Vec<NeedleMatch> {
    let mut found = Vec::new();
    for window in windows(text.len(), WINDOW, OVERLAP) {
        let begin = window.start;
        let inside = matches_in_window(index, &text[window]);
        found.extend(inside.into_iter().map(|hit| NeedleMatch {
            range: hit.range.start + begin..hit.range.end + begin,
            ..hit
        }));
        if found.len() >= MATCHES_MAX {
            break;
        }
    }
    found
}

/// Cuts a length into windows of a size, each of which repeats the end of the one before.
fn windows(len: usize, size: usize, overlap: usize) -> impl Iterator<Item = Range<usize>> {
    let next = move |window: &Range<usize>| {
        (window.end < len).then(|| {
            let begin = window.end - overlap;
            begin..len.min(begin + size)
        })
    };
    std::iter::successors(Some(0..len.min(size)), next)
}

/// Finds the needles in a text as it stands and as it is read.
fn matches_in_window(index: &Index, text: &[u8]) -> Vec<NeedleMatch> {
    let mut found: Vec<NeedleMatch> = Vec::new();
    let more = |found: &mut Vec<NeedleMatch>, hit| {
        if found.len() < MATCHES_MAX {
            found.push(hit);
        }
    };
    look(index, text, |hit| more(&mut found, hit));
    let hit = readings(text, false, |reading| {
        let mut hit = false;
        look(index, &reading.text, |_| hit = true);
        if hit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    if hit.is_some() {
        readings(text, true, |reading| {
            let mut further = Vec::new();
            found.sort_by_key(|known| (known.secret, known.range.start));
            look(index, &reading.text, |hit| {
                let hit = in_original(hit, reading, text);
                // An earlier reading may have found it already, or a part of it.
                if !contains_one(&hit, &found) {
                    more(&mut further, hit);
                }
            });
            found.append(&mut further);
            ControlFlow::<()>::Continue(())
        });
    }
    found
}

/// Shows what is found in a text, and in its stretches.
fn look(index: &Index, text: &[u8], mut show: impl FnMut(NeedleMatch)) {
    index.find(text, &mut show);
    stretches(text, |stretch| {
        index.find(&stretch.text, |hit| {
            // The letters of base64 may be anything else, but the bytes of digits are a text of their own.
            if hit.form == stretch.form || stretch.form == Encoding::Hex {
                show(NeedleMatch {
                    range: stretch.original(hit.range),
                    form: stretch.form,
                    ..hit
                });
            }
        });
    });
}

/// Tells whether a match contains one of the same secret; `known` is sorted by secret and place.
fn contains_one(hit: &NeedleMatch, known: &[NeedleMatch]) -> bool {
    let place = (hit.secret, hit.range.start);
    let first = known.partition_point(|known| (known.secret, known.range.start) < place);
    known[first..]
        .iter()
        .take_while(|known| known.secret == hit.secret && known.range.start < hit.range.end)
        .any(|known| known.range.end <= hit.range.end)
}

/// Returns the place in the original of a match in a reading, and in which encoding.
fn in_original(hit: NeedleMatch, reading: &Reading, text: &[u8]) -> NeedleMatch {
    let range = reading.original(hit.range);
    let form = match hit.form {
        Encoding::Raw => Encoding::of_spelling(&text[range.clone()]),
        form => form,
    };
    NeedleMatch { range, form, ..hit }
}

/// Widens a range to whole characters; the end of a long needle alone is compared, so its beginning may lie anywhere.
fn whole_characters(text: &[u8], mut range: Range<usize>) -> Range<usize> {
    let inside = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    while range.start > 0 && inside(range.start) {
        range.start -= 1;
    }
    while inside(range.end) {
        range.end += 1;
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_masked_part_ends_between_characters() {
        let text = "aé€b".as_bytes();
        assert_eq!(whole_characters(text, 2..4), 1..6, "within é and €");
        assert_eq!(whole_characters(text, 1..3), 1..3, "whole already");
        assert_eq!(whole_characters(text, 0..7), 0..7, "the whole text");
        assert_eq!(whole_characters(&[0x80; 3], 1..2), 0..3, "no text");
    }

    #[test]
    fn only_a_match_of_the_same_secret_inside_is_contained() {
        let at = |secret, range| NeedleMatch {
            range,
            secret,
            form: Encoding::Raw,
        };
        let contains = |known| contains_one(&at(1, 10..20), &[known]);
        assert!(contains(at(1, 12..18)) && contains(at(1, 10..20)));
        assert!(!contains(at(1, 5..8)), "before it");
        assert!(!contains(at(1, 12..21)), "beyond its end");
        assert!(!contains(at(2, 12..18)), "another secret");
    }

    proptest! {
        #[test]
        fn whatever_is_no_longer_than_the_overlap_lies_in_a_window(
            len in 0usize..500, size in 20usize..60, overlap in 1usize..20, at in 0usize..500, part in 0usize..20,
        ) {
            let windows: Vec<_> = windows(len, size, overlap).collect();
            prop_assert!(windows.iter().all(|window| window.len() <= size && window.end <= len));
            prop_assume!(part <= overlap && at + part <= len);
            let inside = |window: &Range<usize>| window.start <= at && at + part <= window.end;
            prop_assert!(windows.iter().any(inside), "{windows:?}");
        }
    }
}
