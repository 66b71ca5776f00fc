//! A journal file as what it says, its compressed bodies opened, for a search of the file.

use std::io::{self, BufRead, BufReader, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::journal::json_body::{DEFLATED, inflate};

/// Reads the lines of `journal.jsonl` with the text of each compressed body in its place.
///
/// What only looks like a compressed body stays as it is.
#[derive(Debug)]
pub struct OpenedJournal<R> {
    lines: BufReader<R>,
    /// The line that is being read, opened.
    line: Vec<u8>,
    /// How much of it was read.
    at: usize,
}

impl<R: Read> OpenedJournal<R> {
    /// Opens the bodies of a journal, line by line as it is read.
    pub fn of(file: R) -> Self {
        Self {
            lines: BufReader::new(file),
            line: Vec::new(),
            at: 0,
        }
    }
}

impl<R: Read> Read for OpenedJournal<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            self.lines.read_until(b'\n', &mut self.line)?;
            if let Some(opened) = open(&self.line) {
                self.line = opened;
            }
        }
        let read = (&self.line[self.at..]).read(into)?;
        self.at += read;
        Ok(read)
    }
}

/// Opens the compressed bodies of a line; `None` without any.
fn open(line: &[u8]) -> Option<Vec<u8>> {
    let mark = format!("\"{DEFLATED}\":\"").into_bytes();
    let mut opened = None;
    let mut rest = line;
    while let Some(place) = position(rest, &mark) {
        let begin = place + mark.len();
        let end = begin + rest[begin..].iter().position(|byte| *byte == b'"')?;
        let text = STANDARD.decode(&rest[begin..end]).ok();
        let kept: &mut Vec<u8> = opened.get_or_insert_default();
        match text.and_then(|deflated| inflate(&deflated).ok()) {
            Some(text) => {
                // Without the quote that begins the base64.
                kept.extend_from_slice(&rest[..begin - 1]);
                kept.extend_from_slice(&text);
            }
            None => kept.extend_from_slice(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    if let Some(kept) = &mut opened {
        kept.extend_from_slice(rest);
    }
    opened
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Body, JsonBody};
    use serde_json::json;

    #[test]
    fn a_line_is_read_with_its_compressed_bodies_opened() {
        let document = json!({ "list": vec!["a word"; 9000] });
        let body = Body::Json(JsonBody::from(document.clone()));
        let written = serde_json::to_string(&body).expect("written");
        let lookalike = json!({ "deflated": "no base64" }).to_string();
        let lines = format!("{{\"a\":{written}}}\n{lookalike}\n{{\"b\":{written},\"c\":1}}\n");
        assert!(!lines.contains("a word"));
        let mut read = String::new();
        OpenedJournal::of(lines.as_bytes())
            .read_to_string(&mut read)
            .expect("it is text");
        let body = format!("{{\"kind\":\"json\",\"deflated\":{document}}}");
        let expected = format!("{{\"a\":{body}}}\n{lookalike}\n{{\"b\":{body},\"c\":1}}\n");
        assert!(read == expected, "{}", &read[..200]);
    }

    #[test]
    fn a_line_that_breaks_off_in_a_body_is_read_as_it_is() {
        let cut = b"{\"deflated\":\"abcd";
        let mut read = Vec::new();
        OpenedJournal::of(&cut[..])
            .read_to_end(&mut read)
            .expect("read");
        assert_eq!(read, cut);
    }
}
