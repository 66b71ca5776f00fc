//! A map that drops its oldest entries, so that repeated requests cannot fill the memory.
//!
//! Whether an entry is still valid is left to the caller.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Key to value, bounded: an insertion beyond `capacity` drops the oldest entry.
#[derive(Debug)]
pub(super) struct BoundedMap<K, V> {
    capacity: usize,
    order: VecDeque<K>,
    entries: HashMap<K, V>,
}

impl<K: Clone + Eq + Hash, V> BoundedMap<K, V> {
    /// Makes an empty map for at most `capacity` entries; nothing is allocated yet.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            order: VecDeque::new(),
            entries: HashMap::new(),
        }
    }

    /// Stores `value`; an entry of the same key is replaced and keeps its age.
    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.entries.insert(key.clone(), value).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Reads the entry of `key`.
    pub(super) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.get(key)
    }

    /// Reads the entry of `key` for a change.
    pub(super) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.get_mut(key)
    }

    /// Visits every value for a change, in no particular order.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_its_capacity_and_then_drops_the_oldest() {
        let mut bounded_map = BoundedMap::new(2);
        bounded_map.insert("a", 1);
        bounded_map.insert("b", 2);
        assert_eq!(bounded_map.get("a"), Some(&1));
        bounded_map.insert("c", 3);
        assert_eq!(bounded_map.get("a"), None);
        assert_eq!(bounded_map.get("b"), Some(&2));
        assert_eq!(bounded_map.get("c"), Some(&3));
    }

    #[test]
    fn a_replaced_entry_counts_once() {
        let mut bounded_map = BoundedMap::new(2);
        bounded_map.insert("a", 1);
        bounded_map.insert("a", 2);
        bounded_map.insert("b", 3);
        assert_eq!(bounded_map.get("a"), Some(&2));
        assert_eq!(bounded_map.get("b"), Some(&3));
    }
}
