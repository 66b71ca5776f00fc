//! Turns: how many cases act at once. A case that waits gives its turn away and takes one again.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turn of one case; turns are given in the order in which they were asked for.
#[derive(Debug)]
pub struct Turn {
    places: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Turn {
    /// Waits for a first turn.
    pub async fn first(places: Arc<Semaphore>) -> Self {
        let turn = Self {
            places,
            held: Mutex::new(None),
        };
        turn.take().await;
        turn
    }

    /// Gives the turn away.
    pub fn release(&self) {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// Waits for a turn, unless the case holds one: branches of a case share it.
    pub async fn take(&self) {
        if self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
        {
            return;
        }
        // The semaphore is never closed; were it, acting without a turn would be the lesser evil.
        if let Ok(permit) = self.places.clone().acquire_owned().await {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.get_or_insert(permit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_case_that_waits_does_not_hold_up_another() {
        let places = Arc::new(Semaphore::new(1));
        let first = Turn::first(places.clone()).await;
        assert_eq!(places.available_permits(), 0);
        first.release();
        let second = Turn::first(places.clone()).await;
        second.release();
        first.take().await;
        first.take().await;
        assert_eq!(places.available_permits(), 0);
        drop(first);
        assert_eq!(places.available_permits(), 1);
    }
}
