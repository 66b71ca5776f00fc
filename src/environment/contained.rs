//! The numbers of a customer that its data or its ledger contains: where the environment declares them too, both must agree.

use crate::environment::customer::Customer;
use plan_language::source::{Finding, Span};

/// What the data or the ledger of a customer contains.
pub(super) struct Contained {
    /// Accounts; there may be more of them.
    pub accounts: u64,
    /// Transactions that have cleared.
    pub cleared: u64,
    /// Transactions that have not.
    pub pending: u64,
}

impl Contained {
    /// Takes the numbers that are not declared, and reports those that disagree; the source is named as a finding does,
    /// and as a hint does.
    pub fn settle(
        self,
        customer: &mut Customer,
        (source, gives): (&str, &str),
        findings: &mut Vec<Finding>,
    ) {
        let declared = &customer.declared;
        let counts = [
            Count {
                field: "accounts",
                declared: &declared.accounts,
                number: &mut customer.accounts,
                counted: self.accounts,
                agrees: |declared, counted| declared >= counted,
            },
            Count {
                field: "cleared",
                declared: &declared.cleared,
                number: &mut customer.cleared,
                counted: self.cleared,
                agrees: |declared, counted| declared == counted,
            },
            Count {
                field: "pending",
                declared: &declared.pending,
                number: &mut customer.pending,
                counted: self.pending,
                agrees: |declared, counted| declared == counted,
            },
        ];
        let disagreeing = counts
            .into_iter()
            .filter_map(|count| count.settle(source, gives));
        findings.extend(disagreeing);
    }
}

/// A number of a customer that is contained, too.
struct Count<'c> {
    field: &'static str,
    /// The place of the number in the environment; unset if the environment does not declare it.
    declared: &'c Option<Span>,
    number: &'c mut u64,
    counted: u64,
    agrees: fn(u64, u64) -> bool,
}

impl Count<'_> {
    /// Takes the counted number, or returns a finding if the environment declares one that disagrees.
    fn settle(self, source: &str, gives: &str) -> Option<Finding> {
        let Some(span) = self.declared else {
            *self.number = self.counted;
            return None;
        };
        let (field, number, counted) = (self.field, *self.number, self.counted);
        (!(self.agrees)(number, counted)).then(|| {
            let message = format!("`{field}` is {number}, and {source} contains {counted}");
            Finding::new(span, message)
                .with_hint(format!("remove `{field}`: {gives} gives the number"))
        })
    }
}
