//! Leases of customers on a shared stage: cases that hold the same customer run one after another, and visits spread
//! over the customers that fit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The customers of a shared stage.
#[derive(Debug)]
pub struct Leases {
    customers: Mutex<Vec<LeasedCustomer>>,
    freed: Notify,
}

/// The state of one customer of a shared stage.
#[derive(Debug, Clone, Copy, Default)]
struct LeasedCustomer {
    /// Whether a case holds it.
    taken: bool,
    /// The visits of the cases that have held it.
    visits: usize,
}

/// Returns the candidate with the fewest visits, the first of several; `None` without a candidate.
///
/// Banks lock a login that is used too often, so that no customer gets more visits than it has to.
pub(super) fn least_visited(
    candidates: impl Iterator<Item = usize>,
    visits: impl Fn(usize) -> usize,
) -> Option<usize> {
    candidates.min_by_key(|index| visits(*index))
}

/// Customers that a case holds; dropping the lease frees them.
#[derive(Debug)]
pub struct Lease {
    leases: Arc<Leases>,
    /// The customers, by index, in the order in which they were asked for.
    pub customers: Vec<usize>,
}

impl Leases {
    /// Makes leases for a number of customers.
    pub fn new(customers: usize) -> Self {
        Self {
            customers: Mutex::new(vec![LeasedCustomer::default(); customers]),
            freed: Notify::new(),
        }
    }

    /// Waits until one of the candidates is free, with another customer if `other_customer`; takes both at once.
    ///
    /// Of several that are free, the one with the fewest visits is taken. `visits` are those of the case that takes it, and
    /// those of its other customer.
    /// Returns `None` at once when there are too few customers.
    pub async fn take(
        self: &Arc<Self>,
        candidates: &[usize],
        other_customer: bool,
        visits: (usize, usize),
    ) -> Option<Lease> {
        let all = self.lock().len();
        if candidates.is_empty() || (other_customer && all < 2) {
            return None;
        }
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if let Some(customers) = self.try_take(candidates, other_customer, visits) {
                return Some(Lease {
                    leases: self.clone(),
                    customers,
                });
            }
            freed.await;
        }
    }

    fn try_take(
        &self,
        candidates: &[usize],
        other_customer: bool,
        visits: (usize, usize),
    ) -> Option<Vec<usize>> {
        let mut customers = self.lock();
        let seen = |index: usize| customers[index].visits;
        let free = |index: &usize| !customers[*index].taken;
        let first = least_visited(candidates.iter().copied().filter(free), seen)?;
        let mut held = vec![first];
        if other_customer {
            let others = (0..customers.len()).filter(|index| *index != first);
            held.push(least_visited(others.filter(free), seen)?);
        }
        for index in &held {
            customers[*index].taken = true;
            customers[*index].visits += if *index == first { visits.0 } else { visits.1 };
        }
        Some(held)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LeasedCustomer>> {
        self.customers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut customers = self.leases.lock();
        for index in &self.customers {
            customers[*index].taken = false;
        }
        drop(customers);
        self.leases.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn one_case_at_a_time_holds_a_customer() {
        let leases = Arc::new(Leases::new(2));
        let first = leases.take(&[0], false, (1, 0)).await.expect("free");
        assert_eq!(first.customers, [0]);
        assert!(
            leases.take(&[0], false, (1, 0)).now_or_never().is_none(),
            "it is taken"
        );
        let waiting = leases.take(&[0], true, (1, 1));
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(first);
        let both = waiting.await.expect("free again");
        assert_eq!(both.customers, [0, 1]);
    }

    #[tokio::test]
    async fn too_few_customers_are_not_awaited() {
        let leases = Arc::new(Leases::new(1));
        assert!(leases.take(&[], false, (1, 0)).await.is_none());
        assert!(leases.take(&[0], true, (1, 1)).await.is_none());
    }

    #[tokio::test]
    async fn visits_spread_over_the_customers_that_fit() {
        let leases = Arc::new(Leases::new(3));
        let mut held: Vec<usize> = Vec::new();
        for visits in [2, 1, 1, 1, 1] {
            let lease = leases
                .take(&[0, 1, 2], false, (visits, 0))
                .await
                .expect("free");
            held.extend(&lease.customers);
        }
        assert_eq!(held, [0, 1, 2, 1, 2]);
        let particular = leases.take(&[0], true, (1, 1)).await.expect("free");
        assert_eq!(
            particular.customers,
            [0, 1],
            "the other one has the fewest, too"
        );
    }
}
