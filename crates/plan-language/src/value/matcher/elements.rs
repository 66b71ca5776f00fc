//! What the operators on arrays share: the elements under comparison, the nearest of them, and mismatches of one.

use super::check::{answer, check, distance, first_difference};
use super::demand::{Comparison, Demand, Resolved};
use super::place::{Items, Subject};
use super::tally::{Answer, Mismatch, Obstacle, Tally, quote};
use serde_json::Value;

/// The elements of an array that is compared.
pub(super) struct Elements<'c> {
    comparison: &'c Comparison<'c>,
    pub(super) items: Items<'c>,
}

impl<'c> Elements<'c> {
    /// Returns the elements of the subject; `None` if it is no array: a mismatch where nothing is, else undecided.
    pub(super) fn of(comparison: &'c Comparison<'c>, tally: &mut Tally) -> Option<Self> {
        let items = comparison.subject.items();
        match (comparison.subject, items) {
            (_, Some(items)) => return Some(Self { comparison, items }),
            (Subject::Missing | Subject::Value(Value::Null), None) => {
                tally.miss(comparison.demand.weight(), || comparison.mismatch(None));
            }
            (_, None) => comparison.undecide_kind("an array", tally),
        }
        None
    }

    /// Returns the elements, of which there must be at least one: with none, nothing would be compared.
    pub(super) fn at_least_one(comparison: &'c Comparison<'c>, tally: &mut Tally) -> Option<Self> {
        let elements = Self::of(comparison, tally)?;
        if elements.items.len() == 0 {
            let why = "the array is empty, so nothing was compared".to_owned();
            comparison.undecide(Obstacle::Nothing, why, tally);
            return None;
        }
        Some(elements)
    }

    /// Describes a mismatch of the array as a whole.
    pub(super) fn mismatch(&self, why: String) -> Mismatch {
        self.comparison.mismatch(Some(why))
    }

    /// Describes a mismatch of one element.
    pub(super) fn mismatch_at(&self, index: usize, why: String) -> Mismatch {
        Mismatch {
            at: self.location(index),
            seen: Some(quote(self.items.get(index))),
            ..self.mismatch(why)
        }
    }

    /// Writes the place of an element in the document.
    pub(super) fn location(&self, index: usize) -> String {
        self.items.place(index, self.comparison.place).location()
    }

    /// Compares one element with a demand.
    pub(super) fn check(&self, index: usize, demand: &Demand<Resolved>, tally: &mut Tally) {
        let place = self.items.place(index, self.comparison.place);
        check(demand, Subject::Value(self.items.get(index)), &place, tally);
    }

    /// Returns the answer for each element.
    pub(super) fn answers(&self, demand: &Demand<Resolved>) -> Vec<Answer> {
        self.items.iter().map(|item| answer(demand, item)).collect()
    }

    /// Counts as undecided what a demand cannot decide of the elements whose answers are so.
    pub(super) fn undecide(
        &self,
        answers: &[Answer],
        demand: &Demand<Resolved>,
        tally: &mut Tally,
    ) {
        for (index, answer) in answers.iter().enumerate() {
            if *answer == Answer::Undecided {
                let mut inner = Tally::new(tally.mode);
                self.check(index, demand, &mut inner);
                tally.undecide_as(&inner);
            }
        }
    }

    /// Counts that at least one element is as demanded; where none is, what is undecided of them, or a mismatch.
    pub(super) fn some(&self, demand: &Demand<Resolved>, weight: usize, tally: &mut Tally) {
        let answers = self.answers(demand);
        if answers.contains(&Answer::Holds) {
            tally.hold();
        } else if answers.contains(&Answer::Undecided) {
            self.undecide(&answers, demand, tally);
        } else {
            self.miss_all(demand, weight, tally);
        }
    }

    /// Counts that no element is as demanded, weighed by the nearest; `weight` is that of an empty array.
    pub(super) fn miss_all(&self, demand: &Demand<Resolved>, weight: usize, tally: &mut Tally) {
        let nearest = self.nearest(demand);
        let weight = nearest.map_or(weight, |(_, distance)| distance);
        tally.miss(weight, || match nearest {
            Some((index, _)) => self.none_matches(demand, index),
            None => self.mismatch("the array is empty".to_owned()),
        });
    }

    /// Finds the element that is nearest to a demand, the first of equals, and how far it is.
    fn nearest(&self, demand: &Demand<Resolved>) -> Option<(usize, usize)> {
        self.items
            .iter()
            .map(|item| distance(demand, Subject::Value(item)))
            .enumerate()
            .min_by_key(|(_, distance)| *distance)
    }

    /// Describes that no element is as demanded, and shows the nearest.
    fn none_matches(&self, demand: &Demand<Resolved>, nearest: usize) -> Mismatch {
        let item = self.items.get(nearest);
        let place = self.items.place(nearest, self.comparison.place);
        let difference = first_difference(demand, Subject::Value(item), &place)
            .map(|difference| format!(": {difference}"))
            .unwrap_or_default();
        let all = self.items.len();
        let plural = if all == 1 { "" } else { "s" };
        let location = place.location();
        let why =
            format!("0 of {all} element{plural} match; the closest is {location}{difference}");
        Mismatch {
            seen: Some(quote(item)),
            ..self.mismatch(why)
        }
    }

    /// Returns the elements in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &'c Value)> {
        self.items.iter().enumerate()
    }
}
