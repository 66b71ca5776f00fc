//! Names of environment variables that are made from other names.

/// Makes a name of a variable: letters in capitals, digits, and `_` for anything else.
pub(crate) fn variable_name(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_capitals_digits_and_underscores_remain() {
        assert_eq!(variable_name("secret:api-key#6b91"), "SECRET_API_KEY_6B91");
        assert_eq!(variable_name("n.ö@x"), "N___X");
    }
}
