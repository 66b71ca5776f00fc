//! How much memory a document takes once it is read, estimated before it is.
//!
//! Numbers of one digit take two bytes of a body and more than a hundred in memory, so a body of a few megabytes can
//! fill a machine. The estimates are upper bounds: of what `serde_json` allocates for a value, an object or an array,
//! and of a list that has just grown to twice its length.

/// Memory of one value of an array: its place in a list that has just grown, and the text of a number.
const ITEM: usize = 180;

/// Memory of one member of an object: its place, its key, its entry in the index, and the text of a number.
const MEMBER: usize = 290;

/// Memory of an object beside its members: a list is never smaller than four places.
const OBJECT: usize = 480;

/// Memory of an array beside its items.
const ARRAY: usize = 300;

/// Memory of one pair of a form.
const PAIR: usize = 180;

/// Estimates the memory of a JSON document from its text, in bytes.
pub fn of_json(text: &str) -> usize {
    let mut structure = 0_usize;
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        if quoted {
            (quoted, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        structure += match byte {
            b'"' => {
                quoted = true;
                0
            }
            b'{' => OBJECT,
            b'[' => ARRAY,
            b',' => ITEM,
            // The comma before it, if there is one, is counted as well.
            b':' => MEMBER - ITEM,
            _ => 0,
        };
    }
    // A string has at most as many bytes as its spelling, and an allocation of its own.
    text.len().saturating_add(structure).saturating_add(ITEM)
}

/// Estimates the memory of a form from its bytes, in bytes.
pub(crate) fn of_form(bytes: &[u8]) -> usize {
    let pairs = bytes.iter().filter(|byte| **byte == b'&').count() + 1;
    pairs.saturating_mul(PAIR).saturating_add(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_weigh_a_hundredfold_and_text_little_more_than_itself() {
        let numbers = format!("[{}1]", "1,".repeat(100_000));
        assert!(of_json(&numbers) > 50 * numbers.len());
        let objects = format!("[{}1]", "{\"a\":1},".repeat(10_000));
        assert!(of_json(&objects) > 10_000 * (OBJECT + ITEM));
        let text = format!("{{\"a\":\"{}\"}}", "[{,:\\\"".repeat(100_000));
        assert!(of_json(&text) < text.len() + 2_000);
        assert!(of_form(b"a&a&a") > 3 * PAIR);
    }
}
