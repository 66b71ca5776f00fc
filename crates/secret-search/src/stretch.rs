//! Finds what is written with breaks in it: base64 in lines, and bytes as hexadecimal digits with separators.
//!
//! A secret that is encoded so has no fixed spelling: a break may come anywhere. Stretches of such writing are
//! therefore put together first, base64 as its letters and digits as the bytes that they stand for, and the needles
//! are sought in those. Escapes are undone before, by `reading`.

use std::ops::Range;

use crate::encoding::Encoding;

/// The fewest letters of base64 in front of a break; writers break lines behind 60 letters or more.
const LINE_MIN: usize = 16;

/// The fewest digits that can be a secret that texts are searched for.
const DIGITS_MIN: usize = 12;

/// The most bytes between two digits or letters: a separator, the end of a line and an indentation.
const GAP_MAX: usize = 48;

/// A part of a text, put together.
#[derive(Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Letters of base64, or bytes.
    pub text: Vec<u8>,
    /// In which encoding a secret is if it is found in `text`.
    pub form: Encoding,
    /// For each byte of `text`, where it begins and ends in the text as it stands.
    places: Vec<Range<usize>>,
}

impl Stretch {
    /// Returns the part of the text as it stands that gave a part of the stretch, which is not empty.
    pub fn original(&self, part: Range<usize>) -> Range<usize> {
        self.places[part.start].start..self.places[part.end - 1].end
    }
}

/// Shows all stretches of a text.
pub fn stretches(text: &[u8], mut show: impl FnMut(&Stretch)) {
    each(text, HEX, |digits| {
        if digits.len() < DIGITS_MIN {
            return;
        }
        // Nothing tells with which digit a byte begins.
        for first in 0..2 {
            show(&bytes(text, &digits[first..]));
        }
    });
    each(text, BASE64, |letters| {
        if is_wrapped(letters) {
            show(&Stretch {
                text: letters.iter().map(|at| text[*at]).collect(),
                form: Encoding::Base64,
                places: letters.iter().map(|at| *at..*at + 1).collect(),
            });
        }
    });
}

/// Tells whether there is a break behind enough letters.
fn is_wrapped(letters: &[usize]) -> bool {
    let mut line = 1;
    letters.windows(2).any(|pair| {
        let is_break = pair[0] + 1 != pair[1];
        let was_long = line >= LINE_MIN;
        line = if is_break { 1 } else { line + 1 };
        is_break && was_long
    })
}

/// Reads digits, which stand at these places, as bytes.
fn bytes(text: &[u8], digits: &[usize]) -> Stretch {
    let value = |at: usize| char::from(text[at]).to_digit(16).unwrap_or_default() as u8;
    let pairs = digits.as_chunks::<2>().0;
    Stretch {
        text: pairs
            .iter()
            .map(|[high, low]| (value(*high) << 4) | value(*low))
            .collect(),
        form: Encoding::Hex,
        places: pairs.iter().map(|[high, low]| *high..*low + 1).collect(),
    }
}

/// How many digits or letters are looked at together, which bounds the memory that this takes.
const SIGNS_MAX: usize = 64 << 10;

/// How many of them are looked at again with those behind them: more than a long token has.
const SIGNS_AGAIN: usize = 16 << 10;

/// What a byte is to a kind of stretch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A digit or a letter.
    Sign,
    /// May stand between two signs.
    Separator,
    /// Ends a stretch.
    Other,
}

type Parts = [Part; 256];

const HEX: &Parts = &{
    let mut parts = parts(b" \t\r\n:-,;._|");
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_hexdigit() {
            parts[byte] = Part::Sign;
        }
        byte += 1;
    }
    parts
};

/// A `+` is read as a space in a form, so it is left out of the letters here and of the needles for them.
const BASE64: &Parts = &{
    let mut parts = parts(b" \t\r\n+");
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'/' | b'-' | b'_') {
            parts[byte] = Part::Sign;
        }
        byte += 1;
    }
    parts
};

const fn parts(separators: &[u8]) -> Parts {
    let mut parts = [Part::Other; 256];
    let mut at = 0;
    while at < separators.len() {
        parts[separators[at] as usize] = Part::Separator;
        at += 1;
    }
    parts
}

/// Shows the places of the signs of each stretch of a kind; a long stretch in parts that overlap.
fn each(text: &[u8], parts: &Parts, mut show: impl FnMut(&[usize])) {
    let mut signs: Vec<usize> = Vec::new();
    let mut gap = 0;
    let mut at = 0;
    while at < text.len() {
        match parts[usize::from(text[at])] {
            // `0x73, 0x65`: the prefix belongs to the gap.
            Part::Sign if gap > 0 && text[at] == b'0' && is_x(text.get(at + 1)) => {
                gap += 2;
                at += 1;
            }
            Part::Sign => {
                if signs.len() == SIGNS_MAX {
                    show(&signs);
                    signs.drain(..SIGNS_MAX - SIGNS_AGAIN);
                }
                signs.push(at);
                gap = 0;
            }
            Part::Separator if !signs.is_empty() && gap < GAP_MAX => gap += 1,
            Part::Separator | Part::Other => {
                show(&signs);
                signs.clear();
                gap = 0;
            }
        }
        at += 1;
    }
    show(&signs);
}

fn is_x(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'x' | b'X'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<(String, Encoding)> {
        let mut found = Vec::new();
        stretches(text.as_bytes(), |stretch| {
            found.push((
                String::from_utf8_lossy(&stretch.text).into_owned(),
                stretch.form,
            ));
        });
        found
    }

    #[test]
    fn lines_are_joined_and_digits_are_bytes() {
        let lines = "QUJDREVGR0hJSktMTU5P\r\n  UFFS+U1RV";
        assert!(
            found(lines).contains(&("QUJDREVGR0hJSktMTU5PUFFSU1RV".to_owned(), Encoding::Base64))
        );
        for digits in [
            "736563726574",
            "73:65:63:72:65:74",
            "0x73, 0X65, 0x63, 0x72, 0x65, 0x74",
        ] {
            assert!(
                found(digits).contains(&("secret".to_owned(), Encoding::Hex)),
                "{digits}"
            );
        }
        assert_eq!(found("a text of short words, and of no digits; 1 2 3"), []);
    }

    #[test]
    fn a_body_of_digits_alone_took_many_times_its_size() {
        let digits = "5a".repeat(SIGNS_MAX);
        let mut longest = 0;
        let mut shown = 0;
        stretches(digits.as_bytes(), |stretch| {
            longest = longest.max(stretch.text.len());
            shown += stretch.text.len();
        });
        assert!(longest <= SIGNS_MAX / 2, "{longest}");
        assert!(shown <= 2 * digits.len(), "{shown}");
    }

    proptest! {
        #[test]
        fn every_place_of_a_stretch_lies_in_the_text(text in "[0-9a-fx:, \n+/Zé-]{0,200}") {
            stretches(text.as_bytes(), |stretch| {
                for at in 0..stretch.text.len() {
                    let place = stretch.original(at..at + 1);
                    assert!(place.start < place.end && text.is_char_boundary(place.start));
                    assert!(text.is_char_boundary(place.end));
                }
            });
        }
    }
}
