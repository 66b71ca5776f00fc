//! Sends requests and records both facts of every exchange: the request, and its response or how it broke.

use std::time::Duration;

use crate::clock;
use crate::exchange::{Incoming, Outgoing};
use crate::journal::{Fact, Message};
use crate::runner::live::case::Live;
use crate::runner::world::{Draft, Exchange};
use plan_language::participant::{Address, Author, Participant};
use plan_language::plan::StepKey;

/// The longest time that a request of the teardown may take; an interrupt leaves less for all of them together.
const TEARDOWN: Duration = Duration::from_secs(5);

/// Asks for a body without content coding, where a request says nothing of codings.
///
/// A request without the header accepts every coding there is (RFC 9110, 12.5.3).
fn ask_for_plain(request: &mut Outgoing) {
    let name = "accept-encoding";
    if !request.headers.iter().any(|(other, _)| other == name) {
        request
            .headers
            .push((name.to_owned(), "identity".to_owned()));
    }
}

impl Live<'_> {
    /// Sends a request that is ready to go, and records both facts.
    pub(super) async fn exchange(
        &self,
        step: &StepKey,
        by: Participant,
        to: Address,
        mut request: Outgoing,
    ) -> (Exchange, Option<Incoming>) {
        ask_for_plain(&mut request);
        let vault = &self.shared.tap.vault;
        let (to, path, query) = self.route(&request.url, to);
        let message = vault.mask_own_request(
            &request.method,
            &path,
            &query,
            &request.headers,
            &request.body,
            clock::wall_seconds(),
        );
        let exchange = self.journal().number();
        let request_event = self.append(Fact::Request {
            exchange,
            step: Some(step.clone()),
            from: by,
            to,
            author: Author::Runner,
            message,
        });
        let asked = request.headers.clone();
        let result = self.incoming(step, request).await;
        let (fact, incoming) = match result {
            Ok(incoming) => {
                let Incoming {
                    status,
                    headers,
                    body,
                } = &incoming;
                let now = clock::wall_seconds();
                let fact = Fact::Answer {
                    exchange,
                    author: self.mode().author(to.participant),
                    message: vault.mask_answer(*status, headers, body, &asked, now),
                };
                (fact, Some(incoming))
            }
            Err(why) => {
                let why = self.mask(&why);
                (Fact::Broken { exchange, why }, None)
            }
        };
        let exchange = Exchange {
            request: request_event,
            end: self.append(fact),
        };
        (exchange, incoming)
    }

    /// Awaits the response to a request, until the run is interrupted.
    async fn incoming(&self, step: &StepKey, request: Outgoing) -> Result<Incoming, String> {
        let sending = self.client().send(request);
        let teardown = step.as_str().starts_with("teardown");
        if teardown {
            return tokio::select! {
                biased;
                () = self.shared.teardown_over() => Err(self.shared.cut_short()),
                result = tokio::time::timeout(TEARDOWN, sending) => match result {
                    Ok(result) => result.map_err(|error| error.to_string()),
                    Err(_) => Err(format!("no response within {} s", TEARDOWN.as_secs())),
                },
            };
        }
        tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => Err(self.shared.cut_short()),
            result = sending => result.map_err(|error| error.to_string()),
        }
    }

    /// Records an exchange whose request could not be made.
    pub(super) fn unsent(&self, step: &StepKey, draft: &Draft, why: String) -> Exchange {
        let exchange = self.journal().number();
        let message = Message {
            method: Some(draft.method.clone()),
            path: draft.path.clone(),
            ..Default::default()
        };
        let request = self.append(Fact::Request {
            exchange,
            step: Some(step.clone()),
            from: draft.by,
            to: draft.to,
            author: Author::Runner,
            message,
        });
        let end = self.append(Fact::Broken { exchange, why });
        Exchange { request, end }
    }

    /// Returns the receiver of a request, its path as records show it, and its query.
    fn route(&self, url: &str, to: Address) -> (Address, String, String) {
        let (bare, query) = url.split_once('?').unwrap_or((url, ""));
        match self.client().mounts().find_url(bare) {
            Some((mount, rest)) => (mount.address(rest), rest.to_owned(), query.to_owned()),
            None => {
                let path = url::Url::parse(bare).map_or(String::new(), |url| url.path().to_owned());
                (to, path, query.to_owned())
            }
        }
    }
}
