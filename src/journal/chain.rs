//! The chain of checksums in a journal file: every line ends with a checksum of itself and of all lines before it.
//!
//! It tells damage: a line that was changed, removed, repeated or moved. It is no signature: a forger
//! can make the checksums, too.

use std::fmt::Write as _;

use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

/// What stands between an event and its checksum.
const BEFORE: &[u8] = b",\"sum\":\"";
/// What stands after the checksum: the end of a string and of an object.
const AFTER: &[u8] = b"\"}";
/// Digits of a checksum.
const DIGITS: usize = 16;

/// The checksums of a journal, as far as its lines were written or read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chain([u8; SHA256_OUTPUT_LEN]);

/// What is wrong with the checksum of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unchained {
    /// The line does not end with a checksum.
    Missing,
    /// The checksum is that of another line, or of a line at another place.
    Wrong,
}

impl Chain {
    /// Adds the checksum to an event, a JSON object.
    pub fn seal(&mut self, event: &mut Vec<u8>) {
        let sum = self.next(event);
        // The end of the object comes after the checksum.
        event.pop();
        event.extend_from_slice(BEFORE);
        event.extend_from_slice(sum.as_bytes());
        event.extend_from_slice(AFTER);
    }

    /// Verifies the checksum of the next line and removes it.
    pub fn open(&mut self, line: &mut Vec<u8>) -> Result<(), Unchained> {
        let at = line.len().checked_sub(BEFORE.len() + DIGITS + AFTER.len());
        let end = at.and_then(|at| line.get(at..)).ok_or(Unchained::Missing)?;
        let sum = end
            .strip_prefix(BEFORE)
            .and_then(|end| end.strip_suffix(AFTER))
            .ok_or(Unchained::Missing)?
            .to_vec();
        line.truncate(line.len() - end.len());
        line.push(b'}');
        if self.next(line).as_bytes() == sum {
            Ok(())
        } else {
            Err(Unchained::Wrong)
        }
    }

    /// Returns the value of the chain after the lines so far: SHA-256, in hex.
    pub fn value(&self) -> String {
        let mut hex = String::with_capacity(2 * SHA256_OUTPUT_LEN);
        write_hex(&self.0, &mut hex);
        hex
    }

    /// Goes on by one event and returns its checksum.
    fn next(&mut self, event: &[u8]) -> String {
        let mut context = Context::new(&SHA256);
        context.update(&self.0);
        context.update(event);
        self.0.copy_from_slice(context.finish().as_ref());
        let mut sum = String::with_capacity(DIGITS);
        write_hex(&self.0[..DIGITS / 2], &mut sum);
        sum
    }
}

fn write_hex(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(events: &[&str]) -> Vec<Vec<u8>> {
        let mut chain = Chain::default();
        let lines = events.iter().map(|event| {
            let mut line = event.as_bytes().to_vec();
            chain.seal(&mut line);
            line
        });
        lines.collect()
    }

    fn open(lines: &[Vec<u8>]) -> Vec<Result<(), Unchained>> {
        let mut chain = Chain::default();
        let lines = lines.iter();
        lines.map(|line| chain.open(&mut line.clone())).collect()
    }

    #[test]
    fn a_line_carries_a_checksum_which_a_reader_verifies_and_removes() {
        let mut lines = sealed(&[r#"{"seq":1}"#, r#"{"seq":2}"#]);
        assert!(serde_json::from_slice::<serde_json::Value>(&lines[1]).is_ok());
        assert_eq!(open(&lines), [Ok(()), Ok(())]);
        assert_eq!(Chain::default().open(&mut lines[0]), Ok(()));
        assert_eq!(lines[0], br#"{"seq":1}"#);
    }

    #[test]
    fn a_line_at_another_place_or_with_another_text_is_found() {
        let lines = sealed(&[r#"{"a":1}"#, r#"{"a":1}"#, r#"{"a":1}"#]);
        assert_eq!(open(&lines[1..])[0], Err(Unchained::Wrong));
        let mut other = lines[0].clone();
        other[5] = b'2';
        assert_eq!(open(&[other]), [Err(Unchained::Wrong)]);
        let short = [
            b"{}".to_vec(),
            Vec::new(),
            br#"{"a":1,"sum":"12"}"#.to_vec(),
        ];
        assert_eq!(open(&short), [Err(Unchained::Missing); 3]);
    }
}
