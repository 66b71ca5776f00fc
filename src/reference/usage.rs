//! Where the shipped documents use a word: a search over their lines, without comments.

use plan_language::plan::Documents;
use regex::Regex;

/// Number of places that are listed before the rest is only counted.
const PLACES_MAX: usize = 5;

/// The lines of plans and flows, with their places.
pub(super) struct PlanLines<'d> {
    /// The place as `file:line`, and the line up to a comment.
    lines: Vec<(String, &'d str)>,
}

impl<'d> PlanLines<'d> {
    /// Splits the plans and flows of documents into lines; documents that are not UTF-8 have none.
    pub(super) fn of(documents: &'d Documents) -> Self {
        let files = documents.plans.iter().chain(&documents.flows);
        let lines = files.flat_map(|document| {
            let text = std::str::from_utf8(&document.bytes).unwrap_or_default();
            text.lines().enumerate().map(|(index, line)| {
                let code = line.split(" #").next().unwrap_or_default();
                let is_comment = line.trim_start().starts_with('#');
                let code = if is_comment { "" } else { code };
                (format!("{}:{}", document.name, index + 1), code)
            })
        });
        Self {
            lines: lines.collect(),
        }
    }

    /// Lists the places of the steps with a verb.
    pub(super) fn of_verb(&self, verb: &str) -> Vec<String> {
        self.matching(&format!(r"^\s*(- )?{}:(\s|$)", regex::escape(verb)))
    }

    /// Lists the places of a matcher word, an operator or a generator.
    pub(super) fn of_dollar_word(&self, word: &str) -> Vec<String> {
        self.matching(&format!(r"{}($|[^a-z_])", regex::escape(word)))
    }

    /// Lists the places of steps that wait for a named wait.
    pub(super) fn of_wait(&self, wait: &str) -> Vec<String> {
        self.matching(&format!(
            r"\b(within|eventually|for): {}($|[^a-z-])",
            regex::escape(wait)
        ))
    }

    /// Lists the places of steps that trigger a bank action.
    pub(super) fn of_bank_action(&self, action: &str) -> Vec<String> {
        self.matching(&format!(r"\btrigger: {}($|[^a-z-])", regex::escape(action)))
    }

    fn matching(&self, pattern: &str) -> Vec<String> {
        let Ok(pattern) = Regex::new(pattern) else {
            return Vec::new();
        };
        let lines = self.lines.iter();
        lines
            .filter(|(_, line)| pattern.is_match(line))
            .map(|(place, _)| place.clone())
            .collect()
    }
}

/// Shortens a list of places or ids to the first few; the last line counts the rest.
pub(super) fn first_few(mut all: Vec<String>) -> Vec<String> {
    if all.len() > PLACES_MAX + 1 {
        let rest = all.len() - PLACES_MAX;
        all.truncate(PLACES_MAX);
        all.push(format!("and {rest} more"));
    }
    all
}

#[cfg(test)]
mod tests {
    use plan_language::plan::Document;

    use super::*;

    #[test]
    fn words_are_found_in_steps_and_not_in_comments_or_longer_words() {
        let text = "# - send: x\nsteps:\n  - send: GET /a   # $none\n    within: retry\n  - receive: POST\n    where: { a: { $none: 1 }, b: $none_such }\n  - trigger: add-account\n";
        let documents = Documents {
            plans: vec![Document {
                name: "p.yaml".to_owned(),
                bytes: text.as_bytes().to_vec(),
            }],
            ..Documents::default()
        };
        let lines = PlanLines::of(&documents);
        assert_eq!(lines.of_verb("send"), ["p.yaml:3"]);
        assert_eq!(lines.of_dollar_word("$none"), ["p.yaml:6"]);
        assert_eq!(lines.of_wait("retry"), ["p.yaml:4"]);
        assert_eq!(lines.of_bank_action("add-account"), ["p.yaml:7"]);
        assert!(lines.of_bank_action("add").is_empty());
    }

    #[test]
    fn a_long_list_ends_with_the_number_of_the_rest() {
        let all = |number: usize| (0..number).map(|index| index.to_string()).collect();
        assert_eq!(first_few(all(6)).len(), 6);
        assert_eq!(
            first_few(all(7)).last().map(String::as_str),
            Some("and 2 more")
        );
    }
}
