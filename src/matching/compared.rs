//! The result of comparing a message with a demand: one of three answers, and its explanation.

use crate::matching::difference::Difference;
use plan_language::value::{Answer, Judged, Obstacle};

/// The result of comparing a message with a demand.
#[derive(Debug, Default)]
pub struct Compared {
    /// Number of atomic comparisons; 0 means that nothing was compared.
    pub checked: usize,
    /// Each difference, in the order of the demand.
    pub differences: Vec<Difference>,
    /// Each comparison that could not be decided, in the order of the demand.
    pub undecided: Vec<UndecidedPart>,
}

/// A part of a message of which it could not be decided whether it is as demanded.
#[derive(Debug)]
pub struct UndecidedPart {
    /// What keeps it from a decision.
    pub cause: Obstacle,
    /// Where, and why.
    pub difference: Difference,
}

impl Compared {
    /// Returns the answer to the question whether the message is as demanded.
    pub fn answer(&self) -> Answer {
        if !self.differences.is_empty() {
            Answer::Breaks
        } else if self.undecided.is_empty() {
            Answer::Holds
        } else {
            Answer::Undecided
        }
    }

    /// Returns whether everything demanded was compared, and holds.
    pub fn holds(&self) -> bool {
        self.answer() == Answer::Holds
    }

    /// Returns the number of places in which the message differs or is undecided; 0 when it is as demanded.
    pub fn distance(&self) -> usize {
        self.differences.len() + self.undecided.len()
    }

    /// Returns why the answer is open although no value of the sender is to blame; `None` where the answer stands, or
    /// where the sender wrote a value that cannot be compared.
    pub fn open_reason(&self) -> Option<String> {
        let blames_sender = |part: &UndecidedPart| part.cause == Obstacle::Value;
        let is_open = self.answer() == Answer::Undecided;
        if !is_open || self.undecided.iter().any(blames_sender) {
            return None;
        }
        self.undecided.first().map(UndecidedPart::describe)
    }

    /// Returns what speaks against the sender: the differences, and the values that cannot be compared.
    pub fn into_differences(self) -> Vec<Difference> {
        let values = self.undecided.into_iter();
        let values = values.filter(|part| part.cause == Obstacle::Value);
        let values = values.map(|part| part.difference);
        self.differences.into_iter().chain(values).collect()
    }

    /// Adds the result of another comparison.
    pub fn extend(&mut self, other: Self) {
        self.checked += other.checked;
        self.differences.extend(other.differences);
        self.undecided.extend(other.undecided);
    }

    /// Adds the judgement of a matcher.
    pub(super) fn add(&mut self, judged: Judged) {
        self.checked += judged.checked;
        let mismatches = judged.mismatches.into_iter();
        self.differences.extend(mismatches.map(Difference::from));
        let undecided = judged.undecided.into_iter();
        self.undecided.extend(undecided.map(|part| UndecidedPart {
            cause: part.cause,
            difference: Difference::from(part.mismatch),
        }));
    }
}

impl From<Judged> for Compared {
    fn from(judged: Judged) -> Self {
        let mut compared = Self::default();
        compared.add(judged);
        compared
    }
}

impl UndecidedPart {
    /// Says what could not be decided, and why.
    pub fn describe(&self) -> String {
        let Difference { at, why, .. } = &self.difference;
        match why {
            Some(why) => format!("`{at}` could not be compared: {why}"),
            None => format!("`{at}` could not be compared"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::source::Span;
    use plan_language::value::{Mismatch, Undecided};

    /// A judgement with one mismatch and one comparison that is undecided.
    fn judged(checked: usize, broken: &str, open: &str) -> Judged {
        let mismatch = |at: &str| Mismatch {
            at: at.to_owned(),
            span: Span::outside("plan.yaml"),
            expected: "7".to_owned(),
            seen: None,
            why: None,
            unread: false,
        };
        Judged {
            checked,
            mismatches: vec![mismatch(broken)],
            undecided: vec![Undecided {
                cause: Obstacle::Value,
                mismatch: mismatch(open),
            }],
            omitted: 0,
        }
    }

    #[track_caller]
    fn consists_of(compared: &Compared, checked: usize, broken: &[&str], open: &[&str]) {
        let differing = compared.differences.iter();
        let differing: Vec<_> = differing.map(|difference| &*difference.at).collect();
        let undecided = compared.undecided.iter();
        let undecided: Vec<_> = undecided.map(|part| &*part.difference.at).collect();
        assert_eq!(
            (compared.checked, &*differing, &*undecided),
            (checked, broken, open)
        );
    }

    #[test]
    fn a_judgement_keeps_its_count_and_what_it_found() {
        let compared = Compared::from(judged(2, "body.a", "body.b"));
        consists_of(&compared, 2, &["body.a"], &["body.b"]);
    }

    #[test]
    fn what_is_undecided_adds_to_the_distance_of_what_differs() {
        assert_eq!(Compared::from(judged(2, "body.a", "body.b")).distance(), 2);
    }

    #[test]
    fn comparisons_of_several_messages_are_counted_together() {
        let mut all = Compared::from(judged(2, "body.a", "body.b"));
        all.extend(Compared::from(judged(3, "body.c", "body.d")));
        consists_of(&all, 5, &["body.a", "body.c"], &["body.b", "body.d"]);
    }
}
