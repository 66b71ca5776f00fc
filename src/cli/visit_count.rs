//! Counts the visits that a person makes: which one it is, as which customer, and about how many are left. Pure.
//!
//! What is left comes from the forecast of the run. A case that is skipped or tried again makes the numbers differ a
//! little, so that they are "about".

use std::collections::BTreeMap;

/// The visits of a run, as far as they were made and as far as they are foreseen.
#[derive(Debug, Default)]
pub(super) struct VisitCount {
    /// The visits that the forecast gives each customer; empty without a forecast.
    foreseen: BTreeMap<String, usize>,
    /// The visits that have begun, for each customer.
    begun: BTreeMap<String, usize>,
    /// The customer of the last visit.
    customer: Option<String>,
}

impl VisitCount {
    /// Makes a count from the visits that are foreseen for each customer.
    pub fn new(foreseen: Vec<(String, usize)>) -> Self {
        Self {
            foreseen: foreseen.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Counts a visit as a customer that begins, and returns what to say of it: on a line of its own, when the customer
    /// is another one than before.
    pub fn begin(&mut self, customer: &str) -> String {
        *self.begun.entry(customer.to_owned()).or_default() += 1;
        let changed = self.customer.as_deref() != Some(customer);
        self.customer = Some(customer.to_owned());
        let number: usize = self.begun.values().sum();
        let heading = if changed {
            format!("now as {customer}\n")
        } else {
            String::new()
        };
        let left = match self.left(customer) {
            Some(0) => format!("perhaps the last one as {customer}"),
            Some(left) => format!("as {customer}, about {left} more follow"),
            None => format!("as {customer}"),
        };
        if self.foreseen.is_empty() {
            return format!("{heading}visit {number}, {left}");
        }
        // A run that makes more visits than foreseen does not count beyond its whole.
        let whole = self.foreseen.values().sum::<usize>().max(number);
        format!("{heading}visit {number} of about {whole}, {left}")
    }

    /// Returns about how many further visits a customer makes; `None` where that is not foreseen.
    fn left(&self, customer: &str) -> Option<usize> {
        let foreseen = self.foreseen.get(customer)?;
        let begun = self.begun.get(customer).copied().unwrap_or_default();
        Some(foreseen.saturating_sub(begun))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_is_counted_with_those_that_are_left() {
        let foreseen = [("alice", 3), ("bob", 1)];
        let foreseen = foreseen.map(|(name, visits)| (name.to_owned(), visits));
        let mut count = VisitCount::new(foreseen.into());
        let said: Vec<_> = ["alice", "alice", "alice", "bob", "bob", "carol"]
            .map(|customer| count.begin(customer))
            .into();
        insta::assert_snapshot!(said.join("\n"), @"
        now as alice
        visit 1 of about 4, as alice, about 2 more follow
        visit 2 of about 4, as alice, about 1 more follow
        visit 3 of about 4, perhaps the last one as alice
        now as bob
        visit 4 of about 4, perhaps the last one as bob
        visit 5 of about 5, perhaps the last one as bob
        now as carol
        visit 6 of about 6, as carol
        ");
    }

    #[test]
    fn without_a_forecast_a_visit_has_only_a_number() {
        let mut count = VisitCount::default();
        assert_eq!(count.begin("alice"), "now as alice\nvisit 1, as alice");
        assert_eq!(count.begin("alice"), "visit 2, as alice");
    }
}
