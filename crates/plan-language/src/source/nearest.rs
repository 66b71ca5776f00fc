//! The nearest valid word to a misspelt one; case is ignored. The distance itself is that of `strsim`.

/// Longer words are not compared: no key of ours comes near this length.
const WORD_CHARS_MAX: usize = 64;

/// Returns the candidate with the smallest edit distance, the first of equals.
///
/// `None` if all are further than a third of the longer word's length (but one edit is always near enough, in words
/// of at least two characters). Swapped neighbours count as one edit.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = fold(word)?;
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let Some(folded) = fold(candidate) else {
            continue;
        };
        let longer = word.chars().count().max(folded.chars().count());
        let bound = match longer {
            0 | 1 => 0,
            _ => (longer / 3).max(1),
        };
        let distance = strsim::osa_distance(&word, &folded);
        if distance <= bound && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Folds a word to lower case; `None` if it is too long to be compared.
fn fold(word: &str) -> Option<String> {
    let folded = word.chars().take(WORD_CHARS_MAX + 1);
    let folded: String = folded.flat_map(char::to_lowercase).collect();
    (folded.chars().count() <= WORD_CHARS_MAX).then_some(folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_the_nearest_within_the_bound() {
        let words = ["expect", "except", "send", "status"];
        assert_eq!(nearest("expct", words), Some("expect"));
        assert_eq!(nearest("Status", words), Some("status"));
        assert_eq!(nearest("sned", words), Some("send"));
        assert_eq!(nearest("receive", words), None);
    }

    #[test]
    fn a_third_is_near_and_more_is_not() {
        assert_eq!(nearest("abcdxx", ["abcdef"]), Some("abcdef"));
        assert_eq!(nearest("abcxxx", ["abcdef"]), None);
        assert_eq!(nearest("ab", ["ax"]), Some("ax"));
        assert_eq!(nearest("a", ["x"]), None);
    }

    #[test]
    fn nothing_is_near_to_a_very_long_word() {
        let long = "x".repeat(WORD_CHARS_MAX + 1);
        assert_eq!(nearest(&long, [long.as_str()]), None);
    }

    proptest! {
        #[test]
        fn nearness_is_symmetric(left in "[a-c$]{0,8}", right in "[a-c$]{0,8}") {
            prop_assert_eq!(
                nearest(&left, [right.as_str()]).is_some(),
                nearest(&right, [left.as_str()]).is_some()
            );
        }

        #[test]
        fn a_word_is_nearest_to_itself(word in "\\PC{0,20}", other in "\\PC{0,20}") {
            prop_assert_eq!(nearest(&word, [word.as_str(), other.as_str()]), Some(word.as_str()));
        }
    }
}
