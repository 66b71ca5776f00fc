//! Probes: requests by which a run finds out whether a URL leads to its taps.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;

use crate::exchange::Outgoing;
use crate::tap::Tap;

/// The end of a path, below a mount or one of its callbacks, that the tap itself answers.
pub const PROBE: &str = "/.feedproof-probe";

/// The length of the word that answers a probe, in bytes.
pub const WORD_BYTES: u64 = 32;

impl Tap {
    /// Sends a probe to a URL and returns whether a tap of this run received it.
    ///
    /// The probe takes the way that other participants' messages take, and leaves no exchange in the journal.
    pub async fn probe(&self, url: &str) -> bool {
        let url = format!("{}{PROBE}", url.split('?').next().unwrap_or_default());
        if let Some(origin) = &self.in_process {
            return self.probe_in_process(origin, &url).await;
        }
        let probe = Outgoing {
            method: "GET".to_owned(),
            url,
            headers: Vec::new(),
            body: Bytes::new(),
        };
        match self.client.send_outside(probe).await {
            Ok(response) => response.status == 200 && response.body == self.word.as_bytes(),
            Err(_) => false,
        }
    }

    async fn probe_in_process(&self, origin: &str, url: &str) -> bool {
        let Ok(probe) = Request::get(url).body(Body::empty()) else {
            return false;
        };
        let Some(response) = self.take(origin, probe).await else {
            return false;
        };
        let word = axum::body::to_bytes(response.into_body(), self.word.len()).await;
        word.is_ok_and(|word| word == self.word.as_bytes())
    }

    /// Answers a probe.
    pub(super) fn answer_probe(&self) -> Response {
        Response::new(Body::from(self.word.clone()))
    }
}
