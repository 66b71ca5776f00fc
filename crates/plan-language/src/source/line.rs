//! Lines of a text as YAML counts them: a line feed ends a line, a carriage return, or both together.

/// Returns where each line begins, in bytes; behind a last line break there is one more, which is empty.
pub(super) fn starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
            starts.push(at + 1);
        }
    }
    starts
}

/// Returns the lines without their ends.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let starts = starts(text);
    let ends: Vec<_> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    let line = |(start, end)| text[start..end].trim_end_matches(['\n', '\r']);
    starts.into_iter().zip(ends).map(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriage_return_alone_ends_a_line() {
        let found: Vec<_> = lines("a\nb\rc\r\n\nd").collect();
        assert_eq!(found, ["a", "b", "c", "", "d"]);
        assert_eq!(lines("").collect::<Vec<_>>(), [""]);
        assert_eq!(starts("a\r"), [0, 2]);
    }
}
