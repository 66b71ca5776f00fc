//! Searches a text for needles, as it stands and as it is read, and says where each secret stands in it.

use std::cmp::Reverse;
use std::ops::{ControlFlow, Range};

use crate::vault::form::Form;
use crate::vault::index::{Index, Match};
use crate::vault::reading::{Reading, readings};

/// A stretch of a text that gives a secret away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Where, in bytes of the text as it stands; never inside of a character.
    pub range: Range<usize>,
    /// The number of the secret; of the first of several that overlap.
    pub secret: usize,
    /// Its form.
    pub form: Form,
    /// Whether the stretch is one secret, and not several that overlap.
    pub whole: bool,
}

/// Searches a text; returns stretches from left to right that do not overlap.
pub(super) fn search(index: &Index, text: &[u8], heeded: impl Fn(Form) -> bool) -> Vec<Found> {
    let mut found: Vec<Match> = Vec::new();
    index.find(text, |one| found.push(one));
    let hit = readings(text, false, |reading| {
        let mut hit = false;
        index.find(&reading.text, |_| hit = true);
        match hit {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    if hit.is_some() {
        readings(text, true, |reading| {
            let before = found.len();
            index.find(&reading.text, |one| {
                let one = spelt(one, reading, text);
                // What an earlier reading found is not told again; more may have been read as a part of it.
                if !found[..before].iter().any(|known| holds(&one, known)) {
                    found.push(one);
                }
            });
            ControlFlow::<()>::Continue(())
        });
    }
    found.retain(|one| heeded(one.form));
    for one in &mut found {
        one.range = whole_characters(text, one.range.clone());
    }
    found.sort_by_key(|one| (one.range.start, Reverse(one.range.end)));
    let mut joined: Vec<Found> = Vec::new();
    for one in found {
        match joined.last_mut() {
            Some(last) if one.range.start < last.range.end => {
                if one.range.end > last.range.end {
                    last.range.end = one.range.end;
                    last.whole = false;
                }
            }
            _ => joined.push(Found {
                range: one.range,
                secret: one.secret,
                form: one.form,
                whole: true,
            }),
        }
    }
    joined
}

/// Tells whether a match holds one of the same secret that is known already.
fn holds(one: &Match, known: &Match) -> bool {
    known.secret == one.secret
        && one.range.start <= known.range.start
        && known.range.end <= one.range.end
}

/// Leads a match in a reading back to the text.
fn spelt(one: Match, reading: &Reading, text: &[u8]) -> Match {
    let range = reading.original(one.range);
    let form = match one.form {
        Form::Raw => Form::of_spelling(&text[range.clone()]),
        form => form,
    };
    Match { range, form, ..one }
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
