//! A journal file as what it says, its compressed bodies opened, for a search of the file.

use std::io::{self, BufRead, BufReader, Read};

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine as _};

use crate::journal::json_body::{DEFLATED, inflate_beginning};

/// Reads the lines of `journal.jsonl` with the text of each compressed body behind it.
///
/// All that the file says stays, so what only looks like a compressed body hides nothing. Positions in what is read are
/// not those in the file.
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
        let base64 = rest[begin..].split(|byte| *byte == b'"').next();
        let base64 = base64.unwrap_or_default();
        let end = begin + base64.len();
        let kept: &mut Vec<u8> = opened.get_or_insert_default();
        kept.extend_from_slice(&rest[..end]);
        // Behind the base64, which may contain something itself where it only looks like a compressed body.
        kept.extend_from_slice(&beginning(base64));
        rest = &rest[end..];
    }
    if let Some(kept) = &mut opened {
        kept.extend_from_slice(rest);
    }
    opened
}

/// Opens what is there of a compressed body: all of it, or what the end of a line or a forged part leaves.
fn beginning(base64: &[u8]) -> Vec<u8> {
    let whole = base64.len() / 4 * 4;
    let deflated = match STANDARD.decode(&base64[..whole]) {
        Ok(deflated) => deflated,
        Err(DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _)) => {
            let valid = &base64[..at / 4 * 4];
            STANDARD.decode(valid).unwrap_or_default()
        }
        Err(_) => Vec::new(),
    };
    inflate_beginning(&deflated)
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
        let body = written.replace("\"}", &format!("{document}\"}}"));
        let expected = format!("{{\"a\":{body}}}\n{lookalike}\n{{\"b\":{body},\"c\":1}}\n");
        assert!(read == expected, "{}", &read[..200]);
    }

    #[test]
    fn a_secret_in_base64_was_hidden_by_the_name_of_a_compressed_body() {
        for text in ["pw1-23-and-more-of-it", "x"] {
            let line = json!({ "deflated": STANDARD.encode(text) }).to_string();
            let mut read = Vec::new();
            OpenedJournal::of(line.as_bytes())
                .read_to_end(&mut read)
                .expect("read");
            let read = String::from_utf8_lossy(&read);
            assert!(read.contains(&STANDARD.encode(text)), "{read}");
        }
    }

    #[test]
    fn a_line_that_breaks_off_in_a_body_hid_what_the_body_says() {
        let read = |text: &[u8]| {
            let mut read = String::new();
            OpenedJournal::of(text)
                .read_to_string(&mut read)
                .expect("it is text");
            read
        };
        let document: Vec<_> = (0..9000).map(|n| format!("word {n}")).collect();
        let body = Body::Json(JsonBody::from(json!(document)));
        let written = serde_json::to_string(&body).expect("written");
        let cut = &written[..written.len() / 2 - 1];
        for lines in [
            cut.to_owned(),
            format!("{written},{cut}"),
            // A letter that is none of base64.
            format!("{cut}!{}", &written[cut.len()..]),
        ] {
            let read = read(lines.as_bytes());
            let (base64, text) = read.rsplit_once("[\"word 0\",\"word 1\",").expect("opened");
            assert!(text.contains("\"word 3000\""), "{}", text.len());
            let (_, base64) = base64
                .rsplit_once("\"deflated\":\"")
                .expect("its name stays");
            assert!(written.contains(&base64[..cut.len() / 2]), "and so does it");
        }
        assert_eq!(read(b"{\"deflated\":\"!bcd"), "{\"deflated\":\"!bcd");
        assert_eq!(read(b"{\"deflated\":\"\"}\n"), "{\"deflated\":\"\"}\n");
    }
}
