//! Unquoted strings that a ` #` cuts short: YAML takes the rest of the line for a comment, and says nothing.
//!
//! Most comments behind a value are meant, so only those are complained about that continue what a person writes:
//! `title: Ticket #4711`. Reading the tree is left to `load`.

use super::{Finding, Span};

/// Keys whose values are sentences: a comment directly behind one is more likely the rest of the sentence.
const SENTENCES: [&str; 3] = ["title", "expected", "text"];

/// Returns the complaint about an unquoted string, if the comment behind it looks like its continuation.
///
/// `rest` is what follows the string in the file.
pub(super) fn complain(key: &str, text: &str, rest: &str, span: &Span) -> Option<Finding> {
    let line = rest.split(['\n', '\r']).next()?;
    let comment = line.trim_start_matches([' ', '\t']);
    let after = comment.strip_prefix('#')?;
    // `#4711` and `#1`: a comment begins with a blank.
    let joined = after.starts_with(|first: char| first.is_alphanumeric());
    let suspicious = if SENTENCES.contains(&key) {
        joined || line.starts_with(" #")
    } else {
        joined && text.contains(' ')
    };
    suspicious.then(|| {
        let comment = comment.trim_end();
        Finding::new(
            span,
            format!("this string ends before ` {comment}`, which YAML takes for a comment"),
        )
        .with_hint("quote the string if it goes on; put two blanks before a comment, and one after its `#`")
    })
}

#[cfg(test)]
mod tests {
    use super::super::load;

    fn findings(text: &str) -> usize {
        load("x.yaml", text.as_bytes()).map_or_else(|findings| findings.len(), |_| 0)
    }

    #[test]
    fn a_title_that_a_number_sign_cuts_is_refused() {
        for cut in [
            "title: Ticket #4711: a product reads",
            "title: Ticket  #4711",
            "title: The # of accounts",
            "expected: The bank is shown # twice",
            "send: GET /banks/a b #c",
            "cases:\n  - title: Ticket #4711\n    id: a",
        ] {
            assert_eq!(findings(cut), 1, "{cut}");
        }
    }

    #[test]
    fn comments_are_left_alone() {
        for fine in [
            "title: 'Ticket #4711'",
            "title: Ticket#4711",
            "title: Ticket  # as agreed",
            "title: Ticket   # as agreed",
            "send: GET /banks # the record is public",
            "status: 2xx #any",
            "a: &x b #c\ntitle: *x #d",
            "title: |\n  Ticket #4711\n",
            "- Ticket # 4711",
        ] {
            assert_eq!(findings(fine), 0, "{fine}");
        }
    }
}
