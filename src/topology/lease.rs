//! Leases of customers on a shared stage: cases that hold the same customer run one after another.
//!
//! Visits spread over the customers that fit. A person instead makes all visits as one customer before those as the
//! next: logging in as another one takes longer than all else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::environment::Browser;

/// Which of the customers that fit a case it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VisitOrder {
    /// The one with the fewest visits.
    ///
    /// Banks lock a login that is used too often, so that no customer gets more visits than it has to.
    Spread,
    /// The one of the visits before, else the first one; cases with visits run one after another.
    Grouped,
}

impl VisitOrder {
    /// Returns the order in which a browser makes visits.
    pub fn of(browser: &Browser) -> Self {
        match browser {
            Browser::Http | Browser::Webdriver(_) => Self::Spread,
            Browser::Manual => Self::Grouped,
        }
    }

    /// Chooses among candidates, of which several may do as well: the first one then; `None` without a candidate.
    ///
    /// `visits` are those of each customer, `last` is the customer of the visits before.
    pub fn choose(
        self,
        candidates: impl Iterator<Item = usize>,
        visits: impl Fn(usize) -> usize,
        last: Option<usize>,
    ) -> Option<usize> {
        match self {
            Self::Spread => candidates.min_by_key(|index| visits(*index)),
            Self::Grouped => candidates.min_by_key(|index| (Some(*index) != last, *index)),
        }
    }

    /// Returns the place of a case in the order in which cases begin, for the customers that fit it; cases with equal
    /// places begin in the order of their plans.
    ///
    /// One with visits of two customers comes after the others of its own one, because the next customer's follow.
    pub fn place(self, candidates: &[usize], other_visits: usize) -> usize {
        match (self, candidates.first()) {
            (Self::Grouped, Some(first)) => 2 * first + other_visits.min(1),
            _ => 0,
        }
    }
}

/// The customers of a shared stage.
#[derive(Debug)]
pub struct Leases {
    order: VisitOrder,
    state: Mutex<LeaseState>,
    /// Wakes those that wait for a customer or for their turn.
    freed: Notify,
}

#[derive(Debug)]
struct LeaseState {
    customers: Vec<LeasedCustomer>,
    /// Cases with visits that wait for their turn, in the order in which they came, with the customers that fit them;
    /// only where visits are grouped.
    waiting: BTreeMap<u64, Vec<usize>>,
    /// How many cases have waited for a turn.
    came: u64,
    /// Whether the turn of a case has not ended.
    taken: bool,
    /// The customer of the last turn.
    last: Option<usize>,
}

/// The state of one customer of a shared stage.
#[derive(Debug, Clone, Copy, Default)]
struct LeasedCustomer {
    /// Whether a case holds it.
    taken: bool,
    /// The visits of the cases that have held it.
    visits: usize,
}

/// What a case needs of a shared stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeaseNeeds<'c> {
    /// The customers that fit it, by index.
    pub candidates: &'c [usize],
    /// Whether it needs another customer, too.
    pub other_customer: bool,
    /// How many visits it makes as its own customer.
    pub visits: usize,
    /// How many visits it makes as the other one.
    pub other_visits: usize,
}

/// Customers that a case holds; dropping the lease frees them.
#[derive(Debug)]
pub struct Lease {
    leases: Arc<Leases>,
    /// The customers, by index, in the order in which they were asked for.
    pub customers: Vec<usize>,
    /// Whether it ends the turn of its case.
    turn: bool,
}

impl Leases {
    /// Makes leases for a number of customers.
    pub(super) fn new(customers: usize, order: VisitOrder) -> Self {
        Self {
            order,
            state: Mutex::new(LeaseState {
                customers: vec![LeasedCustomer::default(); customers],
                waiting: BTreeMap::new(),
                came: 0,
                taken: false,
                last: None,
            }),
            freed: Notify::new(),
        }
    }

    /// Waits until one of the candidates is free, with another customer if the case needs one; takes both at once.
    ///
    /// Where visits are grouped, a case with visits also waits for its turn.
    /// Returns `None` at once when there are too few customers.
    pub(super) async fn take(self: &Arc<Self>, needs: LeaseNeeds<'_>) -> Option<Lease> {
        let all = self.lock().customers.len();
        if needs.candidates.is_empty() || (needs.other_customer && all < 2) {
            return None;
        }
        let visits = needs.visits + needs.other_visits > 0;
        let turn = (visits && self.order == VisitOrder::Grouped)
            .then(|| Turn::await_in(self, needs.candidates));
        let turn = turn.as_ref().map(|turn| turn.number);
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if let Some(customers) = self.try_take(needs, turn) {
                return Some(Lease {
                    leases: self.clone(),
                    customers,
                    turn: turn.is_some(),
                });
            }
            freed.await;
        }
    }

    fn try_take(&self, needs: LeaseNeeds<'_>, turn: Option<u64>) -> Option<Vec<usize>> {
        let mut state = self.lock();
        if turn.is_some() && (state.taken || state.next() != turn) {
            return None;
        }
        let order = match turn {
            Some(_) => VisitOrder::Grouped,
            // What makes no visit keeps away from the customers of visits.
            None => VisitOrder::Spread,
        };
        let customers = &state.customers;
        let seen = |index: usize| customers[index].visits;
        let free = |index: &usize| !customers[*index].taken;
        let fitting = needs.candidates.iter().copied().filter(free);
        let first = order.choose(fitting, seen, state.last)?;
        let mut held = vec![first];
        if needs.other_customer {
            let others = (0..customers.len()).filter(|index| *index != first);
            held.push(order.choose(others.filter(free), seen, state.last)?);
        }
        for index in &held {
            let own = *index == first;
            let customer = &mut state.customers[*index];
            customer.taken = true;
            customer.visits += if own {
                needs.visits
            } else {
                needs.other_visits
            };
        }
        if turn.is_some() {
            state.taken = true;
            state.last = Some(first);
        }
        Some(held)
    }

    fn lock(&self) -> MutexGuard<'_, LeaseState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LeaseState {
    /// Returns whose turn is next: the first that fits the customer of the last turn, else of those that fit the first
    /// customer.
    fn next(&self) -> Option<u64> {
        let key = |candidates: &[usize]| {
            let stays = self.last.is_some_and(|last| candidates.contains(&last));
            (!stays, candidates.first().copied().filter(|_| !stays))
        };
        let next = self
            .waiting
            .iter()
            .min_by_key(|(number, candidates)| (key(candidates), **number))?;
        Some(*next.0)
    }
}

/// A case that waits for its turn; dropping it gives the turn up, also when the case is cut short.
struct Turn<'l> {
    leases: &'l Leases,
    number: u64,
}

impl<'l> Turn<'l> {
    fn await_in(leases: &'l Leases, candidates: &[usize]) -> Self {
        let mut state = leases.lock();
        state.came += 1;
        let number = state.came;
        state.waiting.insert(number, candidates.to_vec());
        Self { leases, number }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.leases.lock().waiting.remove(&self.number);
        self.leases.freed.notify_waiters();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.leases.lock();
        for index in &self.customers {
            state.customers[*index].taken = false;
        }
        state.taken &= !self.turn;
        drop(state);
        self.leases.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    fn spread(customers: usize) -> Arc<Leases> {
        Arc::new(Leases::new(customers, VisitOrder::Spread))
    }

    /// The needs of a case that makes one visit as each of its customers.
    fn needs(candidates: &[usize], other_customer: bool) -> LeaseNeeds<'_> {
        LeaseNeeds {
            candidates,
            other_customer,
            visits: 1,
            other_visits: usize::from(other_customer),
        }
    }

    #[tokio::test]
    async fn one_case_at_a_time_holds_a_customer() {
        let leases = spread(2);
        let first = leases.take(needs(&[0], false)).await.expect("free");
        assert_eq!(first.customers, [0]);
        assert!(
            leases.take(needs(&[0], false)).now_or_never().is_none(),
            "it is taken"
        );
        let waiting = leases.take(needs(&[0], true));
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(first);
        let both = waiting.await.expect("free again");
        assert_eq!(both.customers, [0, 1]);
    }

    #[tokio::test]
    async fn too_few_customers_are_not_awaited() {
        let leases = spread(1);
        assert!(leases.take(needs(&[], false)).await.is_none());
        assert!(leases.take(needs(&[0], true)).await.is_none());
    }

    #[tokio::test]
    async fn visits_spread_over_the_customers_that_fit() {
        let leases = spread(3);
        let mut held: Vec<usize> = Vec::new();
        for visits in [2, 1, 1, 1, 1] {
            let needs = LeaseNeeds {
                visits,
                ..needs(&[0, 1, 2], false)
            };
            let lease = leases.take(needs).await.expect("free");
            held.extend(&lease.customers);
        }
        assert_eq!(held, [0, 1, 2, 1, 2]);
        let particular = leases.take(needs(&[0], true)).await.expect("free");
        assert_eq!(
            particular.customers,
            [0, 1],
            "the other one has the fewest, too"
        );
    }

    #[tokio::test]
    async fn grouped_visits_stay_with_a_customer_as_long_as_one_fits() {
        let leases = Arc::new(Leases::new(3, VisitOrder::Grouped));
        let asked: [&[usize]; 6] = [&[1, 2], &[0], &[2], &[0, 1], &[1], &[0, 2]];
        let mut waiting: Vec<_> = asked
            .into_iter()
            .map(|candidates| Box::pin(leases.take(needs(candidates, false))))
            .collect();
        let (mut order, mut held) = (Vec::new(), Vec::new());
        // The first one finds nobody else there.
        let mut lease = waiting[0].as_mut().now_or_never().flatten();
        let mut came: Vec<_> = (1..waiting.len()).collect();
        order.push(0);
        while let Some(taken) = lease.take() {
            held.push(taken.customers[0]);
            let early = came
                .iter()
                .filter(|index| waiting[**index].as_mut().now_or_never().flatten().is_some());
            assert_eq!(early.count(), 0, "one case at a time");
            drop(taken);
            for index in came.clone() {
                if let Some(next) = waiting[index].as_mut().now_or_never().flatten() {
                    came.retain(|other| *other != index);
                    order.push(index);
                    lease = Some(next);
                    break;
                }
            }
        }
        assert_eq!(order, [0, 3, 4, 1, 5, 2]);
        assert_eq!(held, [1, 1, 1, 0, 0, 2]);
    }

    #[tokio::test]
    async fn a_case_that_is_cut_short_gives_its_turn_up() {
        let leases = Arc::new(Leases::new(2, VisitOrder::Grouped));
        let first = leases.take(needs(&[0], false)).await.expect("free");
        let mut given_up = Box::pin(leases.take(needs(&[0], false)));
        assert!(given_up.as_mut().now_or_never().is_none());
        let mut other = Box::pin(leases.take(needs(&[1], false)));
        assert!(other.as_mut().now_or_never().is_none(), "no turn yet");
        let visitless = LeaseNeeds {
            visits: 0,
            ..needs(&[0, 1], false)
        };
        let beside = leases.take(visitless).now_or_never().flatten();
        assert_eq!(beside.expect("it needs no turn").customers, [1]);
        drop((given_up, first));
        assert_eq!(other.await.expect("its turn").customers, [1]);
    }
}
