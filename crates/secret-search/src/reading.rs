//! Reads a text as its recipient does: undoes the escapes of URLs, forms, JSON, Rust, HTML and XML.
//!
//! Writers differ in what they escape and how (`é` is `%C3%A9`, `\u00e9`, `&eacute;`, `&#233;` or `&#xE9;`),
//! and escapes are wrapped in each other. A list of spellings would never be complete; so texts are
//! unescaped, again and again, and secrets are sought in what each round leaves. White space and `+` become
//! one space, because forms, terminals and reports rewrite them. Base64 and hexadecimal are left to `encoding`.

use std::ops::{ControlFlow, Range};

/// How often escapes are undone; wrapping goes no deeper in anything that we or others are known to write.
const ROUNDS_MAX: usize = 4;

/// The longest name of an entity, in bytes.
const ENTITY_BYTES_MAX: usize = 32;

/// A text after some rounds of unescaping.
#[derive(Debug, Default)]
pub struct Reading {
    /// What is read.
    pub text: Vec<u8>,
    /// For every byte of `text`, where its spelling begins and ends in the original; only if asked for.
    places: Vec<(u32, u32)>,
}

impl Reading {
    /// Returns the range of the original that was read as a range of the text, which is not empty.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        self.places[range.start].0 as usize..self.places[range.end - 1].1 as usize
    }
}

/// Shows every reading of a text but the one as it stands, each longer unescaped than the last.
///
/// `placed` asks for the places of bytes, which cost time. `Break` ends it.
pub fn readings<B>(
    text: &[u8],
    placed: bool,
    mut show: impl FnMut(&Reading) -> ControlFlow<B>,
) -> Option<B> {
    if !text.iter().any(|byte| SPECIAL[usize::from(*byte)]) {
        return None;
    }
    let mut from: Option<Reading> = None;
    let mut to = Reading::default();
    for _ in 0..ROUNDS_MAX {
        let (source, places) = match &from {
            None => (text, None),
            Some(reading) => (&reading.text[..], Some(&reading.places[..])),
        };
        let changed = unescape(source, places, placed, &mut to);
        if let ControlFlow::Break(found) = show(&to) {
            return Some(found);
        }
        if !changed {
            return None;
        }
        to = from.replace(to).unwrap_or_default();
    }
    None
}

/// Reads a secret as often as texts are read; what it looks like once nothing is left to be undone, and after
/// white space alone was read.
pub fn read_fully(text: &[u8]) -> [Vec<u8>; 2] {
    let mut spaced = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'+' | b' ' | b'\t'..=b'\r' if spaced.last() == Some(&b' ') => {}
            b'+' | b' ' | b'\t'..=b'\r' => spaced.push(b' '),
            byte => spaced.push(*byte),
        }
    }
    let mut full = text.to_vec();
    readings(text, false, |reading| {
        full.clone_from(&reading.text);
        ControlFlow::<()>::Continue(())
    });
    [spaced, full]
}

/// Returns the byte that begins the escapes of a text; of several sorts the one that pages use, then that of JSON.
pub fn outermost_escape(text: &[u8]) -> Option<u8> {
    let mut buffer = [0; 4];
    [b'&', b'\\', b'%'].into_iter().find(|sort| {
        (0..text.len()).any(|at| text[at] == *sort && escape(&text[at..], &mut buffer).is_some())
    })
}

/// Bytes that may begin an escape, or that are read as a space.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    special[b'%' as usize] = true;
    special[b'\\' as usize] = true;
    special[b'&' as usize] = true;
    special[b'+' as usize] = true;
    special[b' ' as usize] = true;
    let mut white = b'\t';
    while white <= b'\r' {
        special[white as usize] = true;
        white += 1;
    }
    special
};

/// Undoes one round of escapes, and tells whether there were any.
fn unescape(text: &[u8], places: Option<&[(u32, u32)]>, placed: bool, to: &mut Reading) -> bool {
    to.text.clear();
    to.places.clear();
    to.text.reserve(text.len());
    let place = |from: usize, to: usize| match places {
        None => (from as u32, to as u32),
        Some(places) => (places[from].0, places[to - 1].1),
    };
    let mut changed = false;
    let mut at = 0;
    while at < text.len() {
        let run = text[at..]
            .iter()
            .position(|byte| SPECIAL[usize::from(*byte)])
            .unwrap_or(text.len() - at);
        if run > 0 {
            to.text.extend_from_slice(&text[at..at + run]);
            if placed {
                to.places.extend((at..at + run).map(|at| place(at, at + 1)));
            }
            at += run;
            continue;
        }
        let mut buffer = [0; 4];
        let rest = &text[at..];
        let read = escape(rest, &mut buffer);
        changed |= read.is_some();
        let (given, taken) = read.unwrap_or_else(|| {
            buffer[0] = if rest[0] == b'+' { b' ' } else { rest[0] };
            (1, 1)
        });
        for byte in &buffer[..given] {
            let byte = match byte {
                b'\t'..=b'\r' => b' ',
                byte => *byte,
            };
            if byte == b' ' && to.text.last() == Some(&b' ') {
                continue;
            }
            to.text.push(byte);
            if placed {
                to.places.push(place(at, at + taken));
            }
        }
        at += taken;
    }
    changed
}

/// Reads the escape with which a text begins; returns how many bytes it gives and how many it takes.
fn escape(text: &[u8], to: &mut [u8; 4]) -> Option<(usize, usize)> {
    match text[0] {
        b'%' => percent(text, to),
        b'\\' => backslash(text, to),
        b'&' => entity(text, to),
        _ => None,
    }
}

fn digit(byte: Option<&u8>) -> Option<u32> {
    char::from(*byte?).to_digit(16)
}

/// Reads `%e9`, as [`escape`].
fn percent(text: &[u8], to: &mut [u8; 4]) -> Option<(usize, usize)> {
    to[0] = ((digit(text.get(1))? << 4) | digit(text.get(2))?) as u8;
    Some((1, 3))
}

fn hex4(text: &[u8]) -> Option<u32> {
    (0..4).try_fold(0, |sum, at| Some((sum << 4) | digit(text.get(at))?))
}

/// Reads `\"`, `\n`, `\u00e9`, `\u{e9}` or `\xe9`, as [`escape`].
fn backslash(text: &[u8], to: &mut [u8; 4]) -> Option<(usize, usize)> {
    let byte = |byte: u8, to: &mut [u8; 4]| {
        to[0] = byte;
        Some((1, 2))
    };
    match *text.get(1)? {
        escaped @ (b'"' | b'\'' | b'/' | b'\\') => byte(escaped, to),
        b'n' | b'r' | b't' | b'f' => byte(b' ', to),
        b'b' => byte(8, to),
        b'0' => byte(0, to),
        b'x' => {
            to[0] = ((digit(text.get(2))? << 4) | digit(text.get(3))?) as u8;
            Some((1, 4))
        }
        b'u' if text.get(2) == Some(&b'{') => {
            let end = text.iter().take(10).position(|byte| *byte == b'}')?;
            let digits = std::str::from_utf8(&text[3..end]).ok()?;
            let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            Some((character.encode_utf8(to).len(), end + 1))
        }
        b'u' => {
            let first = hex4(text.get(2..)?)?;
            let low = match text.get(6..8) {
                Some(b"\\u") if (0xd800..0xdc00).contains(&first) => hex4(&text[8..]),
                _ => None,
            };
            let (code, used) = match low {
                Some(low @ 0xdc00..0xe000) => {
                    (0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00), 12)
                }
                _ => (first, 6),
            };
            Some((char::from_u32(code)?.encode_utf8(to).len(), used))
        }
        _ => None,
    }
}

/// Names of the characters from U+00A0 to U+00FF, in order.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
    acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig \
    Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash \
    Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml \
    igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn \
    yuml";

/// Names of ASCII characters that encoders are known to use.
const ASCII: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("plus", '+'),
    ("sol", '/'),
    ("bsol", '\\'),
    ("equals", '='),
    ("percnt", '%'),
    ("num", '#'),
    ("quest", '?'),
    ("colon", ':'),
    ("semi", ';'),
    ("grave", '`'),
    ("dollar", '$'),
    ("commat", '@'),
    ("lowbar", '_'),
    ("excl", '!'),
    ("ast", '*'),
    ("lpar", '('),
    ("rpar", ')'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
];

fn named(name: &str) -> Option<char> {
    let ascii = ASCII.iter().find(|(known, _)| *known == name);
    ascii.map(|(_, character)| *character).or_else(|| {
        let place = LATIN
            .split_ascii_whitespace()
            .position(|known| known == name)?;
        char::from_u32(0xa0 + place as u32)
    })
}

/// Reads `&quot;`, `&#34;` or `&#x22;`, as [`escape`].
fn entity(text: &[u8], to: &mut [u8; 4]) -> Option<(usize, usize)> {
    let end = text
        .iter()
        .take(ENTITY_BYTES_MAX + 2)
        .position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&text[1..end]).ok()?;
    let character = match name.strip_prefix('#') {
        None => named(name)?,
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(number) => u32::from_str_radix(number, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((character.encode_utf8(to).len(), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn last(text: &str) -> String {
        let [_, full] = read_fully(text.as_bytes());
        String::from_utf8_lossy(&full).into_owned()
    }

    #[test]
    fn each_spelling_is_read() {
        for spelling in [
            "é",
            "%C3%A9",
            "%c3%a9",
            "\\u00e9",
            "\\u00E9",
            "\\u{e9}",
            "\\xc3\\xa9",
            "&eacute;",
            "&#233;",
            "&#xE9;",
            "&#x00e9;",
            "%26eacute%3B",
            "\\\\u00e9",
            "&amp;#233;",
            "%25C3%25A9",
        ] {
            assert_eq!(last(spelling), "é", "{spelling}");
        }
        assert_eq!(last("\\ud83d\\ude00 \\u{1f600}"), "😀 😀");
        assert_eq!(last("a+b\\n \\t%20c\r\nd&#10;e"), "a b c d e");
        assert_eq!(last("\\\"\\/&quot;&#34;&lt;%3C&apos;"), "\"/\"\"<<'");
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            "100%",
            "%zz",
            "a\\d",
            "\\u12",
            "\\ud800",
            "\\u{}",
            "&",
            "&;",
            "&nosuch;",
            "&#x110000;",
            "\\",
        ] {
            assert_eq!(last(text), text);
        }
    }

    #[test]
    fn a_range_leads_back_to_its_spelling() {
        let text = "x%2522y";
        let mut seen = Vec::new();
        readings(text.as_bytes(), true, |reading| {
            let found = reading.text.iter().position(|byte| *byte == b'"');
            seen.extend(found.map(|at| text[reading.original(at..at + 1)].to_owned()));
            ControlFlow::<()>::Continue(())
        });
        assert_eq!(seen, ["%2522", "%2522"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_places_lie_in_it(text in "[%&+\\\\ux0-9a-f;#{}é \n]{0,40}") {
            readings(text.as_bytes(), true, |reading| {
                assert_eq!(reading.text.len(), reading.places.len());
                assert!(reading.places.is_sorted());
                assert!(reading.places.iter().all(|(from, to)| from < to && *to as usize <= text.len()));
                ControlFlow::<()>::Continue(())
            });
        }
    }
}
