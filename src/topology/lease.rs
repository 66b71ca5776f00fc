//! Leases of customers on a shared stage: cases that hold the same customer run one after another.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// The customers of a shared stage, each free or taken.
#[derive(Debug)]
pub struct Leases {
    taken: Mutex<Vec<bool>>,
    freed: Notify,
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
            taken: Mutex::new(vec![false; customers]),
            freed: Notify::new(),
        }
    }

    /// Waits until one of the candidates is free, with another customer if `other_customer`; takes both at once.
    ///
    /// Returns `None` at once when there are too few customers.
    pub async fn take(
        self: &Arc<Self>,
        candidates: &[usize],
        other_customer: bool,
    ) -> Option<Lease> {
        let all = self
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len();
        if candidates.is_empty() || (other_customer && all < 2) {
            return None;
        }
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if let Some(customers) = self.try_take(candidates, other_customer) {
                return Some(Lease {
                    leases: self.clone(),
                    customers,
                });
            }
            freed.await;
        }
    }

    fn try_take(&self, candidates: &[usize], other_customer: bool) -> Option<Vec<usize>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let first = *candidates.iter().find(|index| !taken[**index])?;
        let mut customers = vec![first];
        if other_customer {
            customers.push((0..taken.len()).find(|index| *index != first && !taken[*index])?);
        }
        for index in &customers {
            taken[*index] = true;
        }
        Some(customers)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut taken = self
            .leases
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for index in &self.customers {
            taken[*index] = false;
        }
        drop(taken);
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
        let first = leases.take(&[0], false).await.expect("free");
        assert_eq!(first.customers, [0]);
        assert!(
            leases.take(&[0], false).now_or_never().is_none(),
            "it is taken"
        );
        let waiting = leases.take(&[0], true);
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(first);
        let both = waiting.await.expect("free again");
        assert_eq!(both.customers, [0, 1]);
    }

    #[tokio::test]
    async fn too_few_customers_are_not_awaited() {
        let leases = Arc::new(Leases::new(1));
        assert!(leases.take(&[], false).await.is_none());
        assert!(leases.take(&[0], true).await.is_none());
    }
}
