//! Leases: which customers are free. Cases that hold the same customer run one after another.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// The customers of a shared stage.
#[derive(Debug)]
pub struct Leases {
    taken: Mutex<Vec<bool>>,
    given_back: Notify,
}

/// Customers that are held; dropping it gives them back.
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
            given_back: Notify::new(),
        }
    }

    /// Waits until one of the candidates, and another customer if `other_customer`, are free; takes all at once.
    ///
    /// Returns `None` when there are not enough customers, however long one waited.
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
            let back = self.given_back.notified();
            tokio::pin!(back);
            back.as_mut().enable();
            if let Some(customers) = self.try_take(candidates, other_customer) {
                return Some(Lease {
                    leases: self.clone(),
                    customers,
                });
            }
            back.await;
        }
    }

    fn try_take(&self, candidates: &[usize], other_customer: bool) -> Option<Vec<usize>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let first = *candidates.iter().find(|one| !taken[**one])?;
        let mut customers = vec![first];
        if other_customer {
            customers.push((0..taken.len()).find(|one| *one != first && !taken[*one])?);
        }
        for one in &customers {
            taken[*one] = true;
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
        for one in &self.customers {
            taken[*one] = false;
        }
        drop(taken);
        self.leases.given_back.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn a_customer_is_held_by_one_case_at_a_time() {
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
    async fn what_cannot_be_had_is_not_waited_for() {
        let leases = Arc::new(Leases::new(1));
        assert!(leases.take(&[], false).await.is_none());
        assert!(leases.take(&[0], true).await.is_none());
    }
}
