//! What judging a value yields: comparisons made, mismatches found. Bounded, so that no document floods a report.

use crate::source::Span;
use serde_json::Value;

/// How many mismatches of one judgement are told in full.
pub(super) const MISMATCHES_MAX: usize = 100;

/// How many values and how many characters of one text a mismatch quotes.
const QUOTED_VALUES_MAX: usize = 200;
const QUOTED_CHARS_MAX: usize = 2_000;

/// The judgement on a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// How many single comparisons were made, held or not. 0 without mismatches means: nothing was proved.
    pub checked: usize,
    /// What did not hold, in the order of the matcher; at most 100.
    pub mismatches: Vec<Mismatch>,
    /// How many further mismatches are not told.
    pub omitted: usize,
}

impl Judged {
    /// Tells whether nothing contradicted the matcher. Ask `checked`, too: it may have demanded nothing.
    pub fn held(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// One difference between what was demanded and what was there.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Where in the judged document, for example `body.data.bankAccounts[1].branchIdentifier`; `$` for all of it.
    pub at: String,
    /// The place in the plan that demanded it.
    pub span: Span,
    /// What was demanded, as a phrase.
    pub expected: String,
    /// What was there, `None` if nothing was. Large values are cut, and the cut is stated in the value.
    pub seen: Option<Value>,
    /// What a reader cannot see from the other fields.
    pub why: Option<String>,
}

impl Mismatch {
    /// Writes the mismatch in one line, for use within another.
    pub(super) fn summary(&self) -> String {
        let seen = match &self.seen {
            None => "missing".to_owned(),
            Some(value) => shorten(&value.to_string(), 80),
        };
        format!("{} is {seen}, expected {}", self.at, self.expected)
    }
}

/// How much of the outcome is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TallyMode {
    /// Everything.
    Explain,
    /// Only the counts.
    Count,
    /// Only whether there is a mismatch; judging may stop at the first.
    Decide,
}

/// Gathers the outcome while judging.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) mode: TallyMode,
    pub(super) checked: usize,
    /// How many mismatches there were.
    pub(super) misses: usize,
    /// How many of them only say that there was nothing to check.
    pub(super) voids: usize,
    /// The mismatches weighed by the demands they leave unmet.
    pub(super) unmet: usize,
    mismatches: Vec<Mismatch>,
}

impl Tally {
    pub(super) fn new(mode: TallyMode) -> Self {
        Self {
            mode,
            checked: 0,
            misses: 0,
            voids: 0,
            unmet: 0,
            mismatches: Vec::new(),
        }
    }

    /// Tells whether further judging cannot change what is wanted.
    pub(super) fn is_decided(&self) -> bool {
        self.mode == TallyMode::Decide && self.misses > 0
    }

    /// Tells whether the only complaint is that there was nothing to check.
    pub(super) fn is_void(&self) -> bool {
        self.misses > 0 && self.misses == self.voids
    }

    /// Counts a comparison that held.
    pub(super) fn hold(&mut self) {
        self.checked += 1;
    }

    /// Counts a comparison that did not hold; it is only described if that is wanted.
    pub(super) fn miss(&mut self, weight: usize, describe: impl FnOnce() -> Mismatch) {
        self.checked += 1;
        self.push(weight, describe);
    }

    /// Counts a demand for which there was nothing to compare.
    pub(super) fn miss_for_want(&mut self, describe: impl FnOnce() -> Mismatch) {
        self.voids += 1;
        self.push(1, describe);
    }

    fn push(&mut self, weight: usize, describe: impl FnOnce() -> Mismatch) {
        self.misses += 1;
        self.unmet += weight;
        if self.mode == TallyMode::Explain && self.mismatches.len() < MISMATCHES_MAX {
            self.mismatches.push(describe());
        }
    }

    /// Returns the first mismatch, if it was described.
    pub(super) fn first(&self) -> Option<&Mismatch> {
        self.mismatches.first()
    }

    pub(super) fn into_judged(self) -> Judged {
        Judged {
            checked: self.checked,
            omitted: self.misses - self.mismatches.len(),
            mismatches: self.mismatches,
        }
    }
}

/// Copies a value for quoting; of a large one only the beginning, with the cut stated in its place.
pub(super) fn quote(value: &Value) -> Value {
    let mut left = QUOTED_VALUES_MAX;
    quote_within(value, &mut left)
}

fn quote_within(value: &Value, left: &mut usize) -> Value {
    *left = left.saturating_sub(1);
    match value {
        Value::String(text) => Value::String(shorten(text, QUOTED_CHARS_MAX)),
        Value::Array(items) => {
            let mut quoted = Vec::new();
            for (at, item) in items.iter().enumerate() {
                if *left == 0 {
                    quoted.push(Value::from(format!(
                        "... {} more elements",
                        items.len() - at
                    )));
                    break;
                }
                quoted.push(quote_within(item, left));
            }
            Value::Array(quoted)
        }
        Value::Object(entries) => {
            let mut quoted = serde_json::Map::new();
            for (at, (key, entry)) in entries.iter().enumerate() {
                if *left == 0 {
                    let more = format!("{} more keys", entries.len() - at);
                    quoted.insert("...".to_owned(), Value::from(more));
                    break;
                }
                quoted.insert(shorten(key, QUOTED_CHARS_MAX), quote_within(entry, left));
            }
            Value::Object(quoted)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Cuts a text and states how long it is.
pub(super) fn shorten(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}... ({} characters)", &text[..end], text.chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mismatch() -> Mismatch {
        Mismatch {
            at: "a".to_owned(),
            span: Span::outside("x"),
            expected: "1".to_owned(),
            seen: Some(json!("2")),
            why: None,
        }
    }

    #[test]
    fn the_last_mismatch_told_and_the_first_omitted() {
        let judge = |misses: usize| {
            let mut tally = Tally::new(TallyMode::Explain);
            (0..misses).for_each(|_| tally.miss(1, mismatch));
            let judged = tally.into_judged();
            (judged.checked, judged.mismatches.len(), judged.omitted)
        };
        assert_eq!(judge(MISMATCHES_MAX), (100, 100, 0));
        assert_eq!(judge(MISMATCHES_MAX + 1), (101, 100, 1));
    }

    #[test]
    fn counting_describes_nothing() {
        let mut tally = Tally::new(TallyMode::Count);
        tally.hold();
        tally.miss(3, || unreachable!("not wanted"));
        tally.miss_for_want(|| unreachable!("not wanted"));
        assert_eq!(
            (tally.checked, tally.misses, tally.unmet, tally.voids),
            (2, 2, 4, 1)
        );
        assert!(!tally.is_void() && !tally.is_decided());
    }

    #[test]
    fn small_values_are_quoted_whole_and_large_ones_cut() {
        let small = json!({ "a": vec![0; QUOTED_VALUES_MAX - 2] });
        assert_eq!(quote(&small), small);
        let large = quote(&json!(vec![0; QUOTED_VALUES_MAX]));
        assert_eq!(
            large.as_array().and_then(|items| items.last()),
            Some(&json!("... 1 more elements"))
        );
        let text = "é".repeat(QUOTED_CHARS_MAX);
        assert_eq!(quote(&json!(text)), json!(text));
        assert_eq!(
            quote(&json!(format!("{text}é"))),
            json!(format!("{text}... (2001 characters)"))
        );
    }

    #[test]
    fn a_wide_and_deep_value_stays_bounded() {
        let row = json!(
            (0..1_000)
                .map(|n| (n.to_string(), json!([n])))
                .collect::<serde_json::Map<_, _>>()
        );
        let quoted = quote(&json!(vec![row; 1_000])).to_string();
        assert!(quoted.len() < 10_000, "{}", quoted.len());
        assert!(quoted.contains("more keys") && quoted.contains("more elements"));
    }

    #[test]
    fn a_summary_is_one_line() {
        assert_eq!(mismatch().summary(), "a is \"2\", expected 1");
    }
}
