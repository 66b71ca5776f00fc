//! A network that delays each message at random, for rehearsals in simulated time: messages overtake each other.
//!
//! It stands between an emulated participant and the tap, where the network of a live one stands. It does not repeat
//! messages: HTTP carries a request once, so one that the tap sees twice was sent twice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use fastrand::Rng;
use tower::ServiceExt as _;

use banking_service_emulator::Outbound;

/// The longest usual delay of a message, in milliseconds.
const USUAL: u64 = 200;

/// The longest delay of a message that is held up, in milliseconds.
const HELD_UP: u64 = 1_500;

/// Of how many messages one is held up.
const ONE_OF: u64 = 16;

/// What decides the delays of a network: the same seed delays the same messages alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkSeed(pub u64);

impl NetworkSeed {
    /// Puts a network between a sender and its recipients.
    pub(super) fn delaying(self, sender: &Outbound) -> Outbound {
        let sender = sender.clone();
        let random = Arc::new(Mutex::new(Rng::with_seed(self.0)));
        Outbound::new(tower::service_fn(move |request: Request<Body>| {
            let sender = sender.clone();
            let (there, back) = {
                let mut random = random.lock().unwrap_or_else(PoisonError::into_inner);
                (delay(&mut random), delay(&mut random))
            };
            async move {
                tokio::time::sleep(there).await;
                let response = sender.oneshot(request).await;
                tokio::time::sleep(back).await;
                response
            }
        }))
    }
}

fn delay(random: &mut Rng) -> Duration {
    let longest = if random.u64(..ONE_OF) == 0 {
        HELD_UP
    } else {
        USUAL
    };
    Duration::from_millis(random.u64(..=longest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::simulate;
    use axum::http::Response;
    use futures_util::future::join_all;
    use tower::BoxError;

    /// Sends messages at once and returns the order in which they arrive.
    fn arrivals(seed: u64) -> Vec<usize> {
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let seen = arrived.clone();
        let sender = Outbound::new(tower::service_fn(move |request: Request<Body>| {
            let number = request.uri().path()[1..].parse::<usize>();
            seen.lock().expect("whole").push(number.expect("a number"));
            std::future::ready(Ok::<_, BoxError>(Response::new(Body::empty())))
        }));
        let network = NetworkSeed(seed).delaying(&sender);
        let sent = (0..9).map(|number| {
            let request = Request::get(format!("http://provider.test/{number}"));
            network
                .clone()
                .oneshot(request.body(Body::empty()).expect("a request"))
        });
        let ended = simulate(join_all(sent)).expect("there is a runtime");
        assert!(ended.iter().all(Result::is_ok));
        arrived.lock().expect("whole").clone()
    }

    #[test]
    fn messages_overtake_each_other_and_the_same_seed_gives_the_same_order() {
        let in_order: Vec<_> = (0..9).collect();
        assert_ne!(arrivals(1), in_order);
        assert_eq!(arrivals(1), arrivals(1));
        assert_ne!(arrivals(1), arrivals(2));
        let mut all = arrivals(3);
        all.sort_unstable();
        assert_eq!(all, in_order, "none is lost, none is repeated");
    }
}
