//! Clauses: the smallest parts of a text that can be true or false on their own.

/// Words that negate, in languages of providers. A negation never proves anything; it only forbids a conclusion.
const NEGATIONS: [&str; 59] = [
    "aldrig", "aucun", "aucune", "aucuns", "cannot", "ei", "ej", "geen", "ikke", "ingen", "inga",
    "inget", "inte", "jamais", "kein", "keine", "keinem", "keinen", "keiner", "keines", "mai",
    "nada", "nao", "não", "ne", "neither", "nem", "nenhum", "nenhuma", "nessun", "nessuna",
    "nessuno", "never", "nicht", "nichts", "nie", "niemals", "niente", "niets", "niet", "ningun",
    "ninguna", "ninguno", "ningún", "no", "non", "none", "nooit", "nor", "not", "nothing", "nulla",
    "nunca", "pas", "rien", "sans", "sin", "without", "żadne",
];

/// A clause of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clause<'t> {
    /// Its text, folded, without the sign that ends it.
    pub text: &'t str,
    /// Whether it is part of a question.
    pub asks: bool,
}

/// Returns a text as clauses are compared: lower case, straight apostrophes, one space between words.
pub(super) fn folded(text: &str) -> String {
    let text = text.to_lowercase().replace(['’', 'ʼ'], "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Splits a folded text into clauses.
pub(super) fn clauses(text: &str) -> Vec<Clause<'_>> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        let behind = at + sign.len_utf8();
        let spaced = signs.peek().is_none_or(|(_, next)| next.is_whitespace());
        let ends = match sign {
            '.' | '!' | '?' | ';' | ':' | ',' => spaced,
            '-' => spaced && text[..at].ends_with(' '),
            '–' | '—' | '|' | '•' | '·' | '…' | '(' | ')' | '/' => true,
            _ => false,
        };
        if ends {
            add(&mut clauses, &text[start..at], sign == '?');
            start = behind;
        }
    }
    add(&mut clauses, &text[start..], false);
    clauses
}

fn add<'t>(clauses: &mut Vec<Clause<'t>>, text: &'t str, asks: bool) {
    for part in text.split(" but ") {
        let text = part.trim();
        if !text.is_empty() {
            clauses.push(Clause { text, asks });
        }
    }
}

impl<'t> Clause<'t> {
    /// Returns its words.
    pub fn words(&self) -> impl DoubleEndedIterator<Item = &'t str> {
        let split = self
            .text
            .split(|sign: char| !(sign.is_alphanumeric() || sign == '\''));
        split.filter(|word| !word.is_empty())
    }

    /// Tells whether a phrase is in it, not as a part of a longer word.
    pub fn contains(&self, phrase: &str) -> bool {
        !self.without(&[phrase]).eq(self.text)
    }

    /// Tells whether one of some phrases is in it beside `longer` ones, and no negation beside the phrase.
    pub fn says_plainly(&self, phrases: &[String], longer: &[String]) -> bool {
        if self.asks {
            return false;
        }
        let longer: Vec<_> = longer.iter().map(String::as_str).collect();
        let rest = self.without(&longer);
        let rest = Clause {
            text: &rest,
            asks: false,
        };
        phrases.iter().any(|phrase| {
            let beside = rest.without(&[phrase]);
            let negated = Clause {
                text: &beside,
                asks: false,
            };
            beside != rest.text && !negated.words().any(negates)
        })
    }

    /// Returns the text without some phrases; the words around each stay apart.
    fn without(&self, phrases: &[&str]) -> String {
        let mut text = self.text.to_owned();
        for phrase in phrases.iter().filter(|phrase| !phrase.is_empty()) {
            let mut from = 0;
            while let Some(found) = text[from..].find(*phrase) {
                let (at, end) = (from + found, from + found + phrase.len());
                let joins = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
                let inside =
                    joins(text[..at].chars().next_back()) || joins(text[end..].chars().next());
                if inside {
                    from = at + phrase.chars().next().map_or(1, char::len_utf8);
                } else {
                    text.replace_range(at..end, "\u{1}");
                    from = at + 1;
                }
            }
        }
        text
    }
}

/// Tells whether a word negates.
pub(super) fn negates(word: &str) -> bool {
    word.ends_with("n't") || word.starts_with("n'") || NEGATIONS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        clauses(text)
            .into_iter()
            .map(|clause| clause.text)
            .collect()
    }

    #[test]
    fn clauses_end_at_signs_and_not_within_numbers_or_words() {
        assert_eq!(
            texts("no problem, all linked. 1.5 of well-known accounts – done! a but b (c)"),
            [
                "no problem",
                "all linked",
                "1.5 of well-known accounts",
                "done",
                "a",
                "b",
                "c"
            ]
        );
        assert!(clauses("linked? yes")[0].asks);
        assert!(!clauses("linked? yes")[1].asks);
    }

    #[test]
    fn a_hyphen_ends_a_clause_only_between_spaces() {
        assert_eq!(
            texts("done - the pre- and post-paid cards are at -5"),
            ["done", "the pre- and post-paid cards are at -5"]
        );
    }

    #[test]
    fn a_clause_contains_whole_phrases_only() {
        let contains = |phrase: &str| {
            let text = "kein konto wurde verknüpft";
            Clause { text, asks: false }.contains(phrase)
        };
        assert!(contains("verknüpft"));
        assert!(!contains("fehlgeschlagen"));
        assert!(!contains("knüpft"));
    }

    #[test]
    fn a_word_negates_by_its_end_by_its_beginning_or_as_a_whole() {
        for word in ["haven't", "n'est", "kein"] {
            assert!(negates(word), "{word}");
        }
        assert!(!negates("konto"));
    }

    #[test]
    fn a_phrase_counts_as_a_whole_and_without_a_negation() {
        let says = |text: &str| {
            let clause = Clause { text, asks: false };
            clause.says_plainly(&["verknüpft".to_owned()], &["nicht verknüpft".to_owned()])
        };
        assert!(says("ihre konten wurden verknüpft"));
        assert!(!says("ihre konten wurden nicht verknüpft"));
        assert!(!says("kein konto wurde verknüpft"));
        assert!(!says("verknüpfte konten"));
        assert!(!says("unverknüpft"));
    }
}
