//! The memory budget: what the bodies in flight and the messages that the journal keeps may take, all together.
//!
//! Every taker of bytes asks for a share first, and the share ends with the bytes. A large taker always leaves a
//! quarter of the budget to small ones, so that a few bodies of megabytes do not keep a notification out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The budget that an environment does not change, in MiB.
pub const USUAL_MIB: usize = 256;

/// A share of more bytes is large.
const LARGE: usize = 1 << 20;

/// The memory that the bodies of one process may take; clones are the same budget.
#[derive(Clone, Debug)]
pub struct MemoryBudget(Arc<Room>);

#[derive(Debug)]
struct Room {
    total: AtomicUsize,
    taken: AtomicUsize,
}

/// The budget has too little left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "bodies in flight and kept messages fill the memory budget of {mib} MiB; `memory_mib` of the environment sets it"
)]
pub struct MemoryFull {
    /// The whole budget, in MiB.
    pub mib: usize,
}

/// A part of a budget, which is free again when this is dropped.
#[derive(Debug)]
pub struct MemoryShare {
    budget: MemoryBudget,
    bytes: usize,
}

impl Default for MemoryBudget {
    fn default() -> Self {
        Self::of_mib(USUAL_MIB)
    }
}

impl MemoryBudget {
    /// Makes a budget of so many MiB.
    pub fn of_mib(mib: usize) -> Self {
        Self(Arc::new(Room {
            total: AtomicUsize::new(mib << 20),
            taken: AtomicUsize::new(0),
        }))
    }

    /// Changes the budget; what is taken stays taken.
    pub fn resize(&self, mib: usize) {
        self.0.total.store(mib << 20, Ordering::Relaxed);
    }

    /// Returns the whole budget, in bytes.
    pub fn total(&self) -> usize {
        self.0.total.load(Ordering::Relaxed)
    }

    /// Returns what is taken, in bytes.
    pub fn taken(&self) -> usize {
        self.0.taken.load(Ordering::Relaxed)
    }

    /// Takes a share of so many bytes.
    ///
    /// # Errors
    /// [`MemoryFull`] when less is left.
    pub fn take(&self, bytes: usize) -> Result<MemoryShare, MemoryFull> {
        let mut share = MemoryShare {
            budget: self.clone(),
            bytes: 0,
        };
        share.grow(bytes)?;
        Ok(share)
    }
}

impl MemoryShare {
    /// Takes so many bytes more.
    ///
    /// # Errors
    /// [`MemoryFull`] when less is left; the share keeps what it has.
    pub fn grow(&mut self, more: usize) -> Result<(), MemoryFull> {
        let total = self.budget.total();
        let bytes = self.bytes.saturating_add(more);
        let most = if bytes > LARGE {
            total - total / 4
        } else {
            total
        };
        let fits = |taken: usize| taken.checked_add(more).filter(|sum| *sum <= most);
        self.budget
            .0
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .map_err(|_| MemoryFull { mib: total >> 20 })?;
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for MemoryShare {
    fn drop(&mut self) {
        self.budget.0.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Bytes with their share of the budget, for [`bytes::Bytes::from_owner`].
#[derive(Debug)]
pub struct HeldBytes {
    /// The bytes.
    pub bytes: bytes::BytesMut,
    /// Their share.
    pub share: MemoryShare,
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The share of a message, which all copies of it hold together; it is no part of what the message says.
#[derive(Clone, Debug, Default)]
pub struct MessageShare(
    #[expect(dead_code, reason = "it is held as long as the message is kept")]
    Option<Arc<MemoryShare>>,
);

impl MessageShare {
    /// Makes it the share of a message.
    pub fn new(share: MemoryShare) -> Self {
        Self(Some(Arc::new(share)))
    }
}

impl PartialEq for MessageShare {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_free_again_when_its_last_copy_ends() {
        let budget = MemoryBudget::of_mib(2);
        let share = MessageShare::new(budget.take(1 << 20).expect("half is left"));
        let copy = share.clone();
        drop(share);
        assert_eq!(budget.taken(), 1 << 20);
        drop(copy);
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn a_large_share_leaves_a_quarter_to_small_ones() {
        let budget = MemoryBudget::of_mib(8);
        let mut large = budget.take(6 << 20).expect("it leaves a quarter");
        assert_eq!(large.grow(1), Err(MemoryFull { mib: 8 }));
        let small = budget.take(1 << 20).expect("a small one fits");
        let last = budget.take(1 << 20).expect("and another");
        assert!(budget.take(1).is_err());
        drop((small, last, large));
        assert_eq!(budget.taken(), 0);
    }
}
