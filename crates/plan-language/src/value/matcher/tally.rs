//! The result of judging a value: comparisons made, mismatches found, and comparisons left undecided.
//!
//! An answer is one of three, and they combine as in Kleene's logic: what does not hold decides a conjunction, what
//! holds decides an alternative, and what cannot be decided stays so under every negation. Bounded, so that no document
//! floods a report.

use crate::source::Span;
use serde_json::Value;

/// How many mismatches of one judgement are told in full.
pub(super) const MISMATCHES_MAX: usize = 100;

/// How many values and how many characters of one text a mismatch quotes.
const QUOTED_VALUES_MAX: usize = 200;
const QUOTED_CHARS_MAX: usize = 2_000;

/// The answer to the question whether a value is as demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is as demanded.
    Holds,
    /// It is not.
    Breaks,
    /// No comparison contradicts the demand, but one could not be made.
    Undecided,
}

/// The judgement on a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// How many single comparisons were made, held or not. 0 without mismatches means: nothing was proved.
    pub checked: usize,
    /// What did not hold, in the order of the matcher; at most 100.
    pub mismatches: Vec<Mismatch>,
    /// The comparisons that could not be decided, in the order of the matcher; at most 100. A mismatch decides all the same.
    pub undecided: Vec<Undecided>,
    /// How many further mismatches are not told.
    pub omitted: usize,
}

impl Judged {
    /// Returns the answer. Ask `checked`, too: a matcher that holds may have demanded nothing.
    pub fn answer(&self) -> Answer {
        Answer::of(self.mismatches.len(), self.undecided.len())
    }

    /// Tells whether everything demanded was compared, and holds.
    pub fn held(&self) -> bool {
        self.answer() == Answer::Holds
    }
}

impl Answer {
    /// Returns the answer of a conjunction in which so many comparisons broke and so many are undecided.
    fn of(misses: usize, undecided: usize) -> Self {
        if misses > 0 {
            Self::Breaks
        } else if undecided > 0 {
            Self::Undecided
        } else {
            Self::Holds
        }
    }
}

/// A comparison that could not be decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Undecided {
    /// What keeps it from a decision.
    pub cause: Obstacle,
    /// Where, what was demanded, what was there; `why` says what is in the way.
    pub mismatch: Mismatch,
}

/// What keeps a comparison from a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// There was nothing to compare.
    Nothing,
    /// feedproof cannot read the value: it is masked, or beyond a limit.
    Unreadable,
    /// The value, as its sender wrote it, cannot be compared: a string where a number is demanded, or no date.
    Value,
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
    /// Whether something is there that could not be read; `seen` is empty then, although nothing is missing.
    pub unread: bool,
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
    /// Only the answer; judging may stop at the first mismatch.
    Decide,
}

impl TallyMode {
    /// Returns the mode for a part whose answer is turned or weighed before it counts: it must be judged whole.
    pub(super) fn of_part(self) -> Self {
        match self {
            Self::Explain => Self::Explain,
            Self::Count | Self::Decide => Self::Count,
        }
    }
}

/// Gathers the outcome while judging.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) mode: TallyMode,
    pub(super) checked: usize,
    /// How many mismatches there were.
    pub(super) misses: usize,
    /// How many comparisons could not be decided.
    pub(super) open: usize,
    /// The mismatches and what is undecided, weighed by the demands they leave unmet.
    pub(super) unmet: usize,
    mismatches: Vec<Mismatch>,
    undecided: Vec<Undecided>,
}

impl Tally {
    pub(super) fn new(mode: TallyMode) -> Self {
        Self {
            mode,
            checked: 0,
            misses: 0,
            open: 0,
            unmet: 0,
            mismatches: Vec::new(),
            undecided: Vec::new(),
        }
    }

    /// Tells whether further judging cannot change what is wanted.
    pub(super) fn is_decided(&self) -> bool {
        self.mode == TallyMode::Decide && self.misses > 0
    }

    /// Returns the answer so far.
    pub(super) fn answer(&self) -> Answer {
        Answer::of(self.misses, self.open)
    }

    /// Counts a comparison that held.
    pub(super) fn hold(&mut self) {
        self.checked += 1;
    }

    /// Counts a comparison that did not hold; it is only described if that is wanted.
    pub(super) fn miss(&mut self, weight: usize, describe: impl FnOnce() -> Mismatch) {
        self.checked += 1;
        self.misses += 1;
        self.unmet += weight;
        if self.mode == TallyMode::Explain && self.mismatches.len() < MISMATCHES_MAX {
            self.mismatches.push(describe());
        }
    }

    /// Counts a comparison that could not be decided; it is only described if that is wanted.
    pub(super) fn undecide(&mut self, cause: Obstacle, describe: impl FnOnce() -> Mismatch) {
        self.open += 1;
        self.unmet += 1;
        if self.mode == TallyMode::Explain && self.undecided.len() < MISMATCHES_MAX {
            let mismatch = describe();
            self.undecided.push(Undecided { cause, mismatch });
        }
    }

    /// Takes over what another tally could not decide, as far as that one described it.
    pub(super) fn undecide_as(&mut self, other: &Self) {
        self.open += other.open;
        self.unmet += other.open;
        let room = MISMATCHES_MAX.saturating_sub(self.undecided.len());
        self.undecided
            .extend(other.undecided.iter().take(room).cloned());
    }

    /// Returns the first mismatch, else the first comparison that is undecided, if it was described.
    pub(super) fn first(&self) -> Option<&Mismatch> {
        let undecided = self.undecided.iter().map(|undecided| &undecided.mismatch);
        self.mismatches.iter().chain(undecided).next()
    }

    pub(super) fn into_judged(self) -> Judged {
        Judged {
            checked: self.checked,
            omitted: self.misses - self.mismatches.len(),
            mismatches: self.mismatches,
            undecided: self.undecided,
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
            unread: false,
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
        tally.undecide(Obstacle::Nothing, || unreachable!("not wanted"));
        assert_eq!(tally.answer(), Answer::Undecided);
        tally.miss(3, || unreachable!("not wanted"));
        assert_eq!(
            (tally.checked, tally.misses, tally.unmet, tally.open),
            (2, 1, 4, 1)
        );
        assert_eq!(tally.answer(), Answer::Breaks);
        assert!(!tally.is_decided());
    }

    #[test]
    fn undecided_comparisons_are_told_up_to_a_bound_and_stay_undecided() {
        let mut other = Tally::new(TallyMode::Explain);
        (0..=MISMATCHES_MAX).for_each(|_| other.undecide(Obstacle::Value, mismatch));
        let mut tally = Tally::new(TallyMode::Explain);
        tally.undecide(Obstacle::Unreadable, mismatch);
        tally.undecide_as(&other);
        assert_eq!(tally.open, MISMATCHES_MAX + 2);
        let judged = tally.into_judged();
        assert_eq!(judged.undecided.len(), MISMATCHES_MAX);
        assert_eq!((judged.answer(), judged.held()), (Answer::Undecided, false));
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
