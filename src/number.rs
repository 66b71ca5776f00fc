//! Numbers in sentences: a count with its noun, and the verb that agrees with it. Pure.

/// Returns a noun in the number of its count: `case` for 1, otherwise `cases`.
///
/// Only for nouns whose plural ends in a plain `s`.
pub fn plural(number: usize, noun: &str) -> String {
    if number == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

/// Writes a count with its noun: `1 case`, `2 cases`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {}", plural(number, noun))
}

/// Returns `is` or `are`, for the number of things that a sentence is about.
pub fn is_or_are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// Number of names that a sentence lists.
const NAMES_MAX: usize = 4;

/// Lists the first names, and counts the others: `a, b, c, d and 2 more`.
pub fn first_names<T: AsRef<str>>(names: &[T]) -> String {
    let first: Vec<&str> = names.iter().take(NAMES_MAX).map(AsRef::as_ref).collect();
    let mut text = first.join(", ");
    if names.len() > NAMES_MAX {
        text.push_str(&format!(" and {} more", names.len() - NAMES_MAX));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_names_are_listed_and_the_others_counted() {
        let names = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(first_names(&names[..0]), "");
        assert_eq!(first_names(&names[..4]), "a, b, c, d");
        assert_eq!(first_names(&names), "a, b, c, d and 2 more");
    }

    #[test]
    fn one_thing_is_singular_and_none_is_plural() {
        assert_eq!(count(0, "case"), "0 cases");
        assert_eq!(count(1, "case"), "1 case");
        assert_eq!((is_or_are(1), is_or_are(2)), ("is", "are"));
    }
}
