//! Permits: bounds how many cases act at once. A case that waits releases its permit, and takes one again.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The permit of one case; permits are granted in the order in which cases ask for them.
#[derive(Debug)]
pub struct Permit {
    places: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Permit {
    /// Waits for a first permit.
    pub async fn first(places: Arc<Semaphore>) -> Self {
        let permit = Self {
            places,
            held: Mutex::new(None),
        };
        permit.take().await;
        permit
    }

    /// Releases the permit.
    pub fn release(&self) {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// Waits for a permit, unless the case holds one: branches of a case share it.
    pub async fn take(&self) {
        if self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
        {
            return;
        }
        // The semaphore is never closed; if it were, the case would act without a permit.
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
        let first = Permit::first(places.clone()).await;
        assert_eq!(places.available_permits(), 0);
        first.release();
        let second = Permit::first(places.clone()).await;
        second.release();
        first.take().await;
        first.take().await;
        assert_eq!(places.available_permits(), 0);
        drop(first);
        assert_eq!(places.available_permits(), 1);
    }
}
