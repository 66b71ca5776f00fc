//! The one client: keep-alive, no redirects, no retries, no proxies from the environment, bounded bodies.

use std::error::Error as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use tower::ServiceExt as _;

use crate::exchange::mount::{Mount, Mounts, Upstream};
use crate::exchange::pace::Pace;
use crate::exchange::transport::Transport;

/// A request that is ready to go, secrets filled in.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Method, upper case.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body; empty for none.
    pub body: Bytes,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Status.
    pub status: u16,
    /// Headers in order, names in lower case; a value that is no text is shown by its length.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
}

/// An exchange that broke before its answer was complete.
#[derive(Debug, thiserror::Error)]
pub enum Breakdown {
    /// The request cannot be put into HTTP.
    #[error("{method} {url} cannot be sent: {cause}")]
    Unsendable {
        /// Method.
        method: String,
        /// Address.
        url: String,
        /// Cause.
        cause: String,
    },
    /// Nobody answered.
    #[error("no answer from {address}: {cause}")]
    NoAnswer {
        /// Address, without path and query.
        address: String,
        /// Cause, innermost last.
        cause: String,
    },
    /// The answer broke off.
    #[error("the answer of {address} broke off: {cause}")]
    Broken {
        /// Address, without path and query.
        address: String,
        /// Cause.
        cause: String,
    },
    /// The answer is larger than what is taken in; whoever asked must not take its beginning for the whole.
    #[error(
        "the answer of {address} (status {status}) is larger than {body_max} bytes; no more of it was read, and none of it was used"
    )]
    TooLarge {
        /// Address, without path and query.
        address: String,
        /// Status.
        status: u16,
        /// The most that is taken in, in bytes.
        body_max: usize,
    },
    /// An embedded part panicked.
    #[error("the embedded part at {address} panicked")]
    Panicked {
        /// Address.
        address: String,
    },
}

/// Sends requests to whoever is behind their URLs.
#[derive(Clone, Debug)]
pub struct Client {
    /// Who reaches what is outside this process; nobody does in an enclosed run.
    http: Option<reqwest::Client>,
    mounts: Arc<Mounts>,
    /// The most of a body that is taken in, in bytes.
    body_max: usize,
    pace: Arc<Pace>,
}

impl Client {
    /// Makes a client that knows mounts; `body_max` bounds the bodies of answers, in bytes.
    pub fn new(http: reqwest::Client, mounts: Arc<Mounts>, body_max: usize) -> Self {
        Self {
            http: Some(http),
            ..Self::enclosed(mounts, body_max)
        }
    }

    /// Makes a client that reaches what is mounted, in this process, and nothing else.
    pub fn enclosed(mounts: Arc<Mounts>, body_max: usize) -> Self {
        Self {
            http: None,
            mounts,
            body_max,
            pace: Arc::default(),
        }
    }

    /// Keeps to a pace towards everybody who is reached over the network.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Self {
        self.pace = Arc::new(pace);
        self
    }

    /// Builds the HTTP client that all parts of a run share, with the system's certificates and without a proxy.
    ///
    /// # Errors
    /// The cause, when no client can be built.
    pub fn http(timeout: Duration) -> Result<reqwest::Client, String> {
        Self::http_with(timeout, Transport::default())
    }

    /// Builds the HTTP client that all parts of a run share.
    ///
    /// # Errors
    /// The cause, when no client can be built: a certificate, a key or an address that cannot be read.
    pub fn http_with(
        timeout: Duration,
        transport: Transport<'_>,
    ) -> Result<reqwest::Client, String> {
        // reqwest panics unless a provider of cryptography was installed for the process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .timeout(timeout)
            .pool_max_idle_per_host(256);
        transport
            .apply(builder)?
            .build()
            .map_err(|error| causes(&error))
    }

    /// Returns the mounts that the client knows.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Sends a request: in process where its URL is that of a mount with an embedded part behind it.
    ///
    /// # Errors
    /// [`Breakdown`] when no complete answer came.
    pub async fn send(&self, request: Outgoing) -> Result<Incoming, Breakdown> {
        match self.mounts.find_url(&request.url) {
            Some((mount, rest)) => {
                let rest = rest.to_owned();
                self.forward(&mount, &rest, request).await
            }
            None => self.at_turn(request).await,
        }
    }

    /// Returns the URL under which whoever is live behind a mount knows what others reach at `url`.
    ///
    /// `None` where `url` is that of no mount, or of one with an embedded part behind it.
    pub fn behind(&self, url: &str) -> Option<String> {
        let (mount, rest) = self.mounts.find_url(url)?;
        let (base, rest) = mount.upstream.live(rest)?;
        Some(join(base, rest))
    }

    /// Sends a request over the network even where a mount would lead straight to its target.
    ///
    /// # Errors
    /// [`Breakdown`] when no complete answer came.
    pub async fn send_outside(&self, request: Outgoing) -> Result<Incoming, Breakdown> {
        self.over_network(request).await
    }

    /// Hands a request to what stands behind a mount; `rest` is its path and query below the mount.
    ///
    /// # Errors
    /// [`Breakdown`] when no complete answer came.
    pub async fn forward(
        &self,
        mount: &Mount,
        rest: &str,
        mut request: Outgoing,
    ) -> Result<Incoming, Breakdown> {
        if let Upstream::Embedded(router) = &mount.upstream {
            return self.in_process(router.clone(), mount, rest, request).await;
        }
        let Some((base, rest)) = mount.upstream.live(rest) else {
            return Err(Breakdown::NoAnswer {
                address: mount.base.clone(),
                cause: "nothing stands behind this path".to_owned(),
            });
        };
        request.url = join(base, rest);
        self.at_turn(request).await
    }

    async fn in_process(
        &self,
        router: axum::Router,
        mount: &Mount,
        rest: &str,
        request: Outgoing,
    ) -> Result<Incoming, Breakdown> {
        let path = match rest.starts_with('/') {
            true => rest.to_owned(),
            false => format!("/{rest}"),
        };
        let mut builder = axum::http::Request::builder()
            .method(request.method.as_str())
            .uri(&path);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let built =
            builder
                .body(Body::from(request.body))
                .map_err(|error| Breakdown::Unsendable {
                    method: request.method.clone(),
                    url: request.url.clone(),
                    cause: error.to_string(),
                })?;
        let panicked = |_| Breakdown::Panicked {
            address: mount.base.clone(),
        };
        let answer = AssertUnwindSafe(router.oneshot(built))
            .catch_unwind()
            .await
            .map_err(panicked)?
            .unwrap_or_else(|never| match never {});
        let status = answer.status().as_u16();
        let headers = header_pairs(answer.headers());
        let mut body = answer.into_body().into_data_stream();
        let mut taken = BytesMut::new();
        while let Some(chunk) = futures_util::StreamExt::next(&mut body).await {
            let chunk = chunk.map_err(|error| Breakdown::Broken {
                address: mount.base.clone(),
                cause: error.to_string(),
            })?;
            self.take(&mut taken, &chunk, (&mount.base, status))?;
        }
        Ok(Incoming {
            status,
            headers,
            body: taken.freeze(),
        })
    }

    /// Takes a chunk of an answer, as long as there is room.
    fn take(
        &self,
        taken: &mut BytesMut,
        chunk: &[u8],
        (address, status): (&str, u16),
    ) -> Result<(), Breakdown> {
        if taken.len() + chunk.len() > self.body_max {
            return Err(Breakdown::TooLarge {
                address: address.to_owned(),
                status,
                body_max: self.body_max,
            });
        }
        taken.extend_from_slice(chunk);
        Ok(())
    }

    /// Sends a request over the network once its turn has come.
    async fn at_turn(&self, request: Outgoing) -> Result<Incoming, Breakdown> {
        let origin = url::Url::parse(&request.url)
            .map_or_else(|_| String::new(), |url| url.origin().ascii_serialization());
        self.pace.turn(&origin).await;
        let answer = self.over_network(request).await?;
        self.pace.heed(&origin, answer.status, &answer.headers);
        Ok(answer)
    }

    async fn over_network(&self, request: Outgoing) -> Result<Incoming, Breakdown> {
        let unsendable = |cause: String| Breakdown::Unsendable {
            method: request.method.clone(),
            url: request.url.clone(),
            cause,
        };
        let url = url::Url::parse(&request.url).map_err(|error| unsendable(error.to_string()))?;
        let address = url.origin().ascii_serialization();
        if url.host_str().is_some_and(names_nobody) {
            return Err(Breakdown::NoAnswer {
                address,
                cause: "a name below .invalid is never anybody's (RFC 6761)".to_owned(),
            });
        }
        let Some(http) = &self.http else {
            return Err(Breakdown::NoAnswer {
                address,
                cause: "nothing outside this process is reached from an enclosed run".to_owned(),
            });
        };
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|error| unsendable(error.to_string()))?;
        let mut headers = reqwest::header::HeaderMap::with_capacity(request.headers.len());
        for (name, value) in &request.headers {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes())
                .map_err(|error| unsendable(error.to_string()))?;
            let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| unsendable(format!("the value of the header {name} is no text")))?;
            headers.append(name, value);
        }
        let mut building = http.request(method, url).headers(headers);
        if !request.body.is_empty() {
            building = building.body(request.body);
        }
        let mut answer = building.send().await.map_err(|error| Breakdown::NoAnswer {
            address: address.clone(),
            cause: causes(&error.without_url()),
        })?;
        let status = answer.status().as_u16();
        let headers = header_pairs(answer.headers());
        let mut taken = BytesMut::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => self.take(&mut taken, &chunk, (&address, status))?,
                Ok(None) => break,
                Err(error) => {
                    return Err(Breakdown::Broken {
                        address,
                        cause: causes(&error.without_url()),
                    });
                }
            }
        }
        Ok(Incoming {
            status,
            headers,
            body: taken.freeze(),
        })
    }
}

/// Tells whether a host is one of the names that never exist; a plan uses them for an address that must only be
/// written, and nobody is to be asked for it.
pub fn names_nobody(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "invalid" || host.ends_with(".invalid")
}

/// Joins a base URL and what is below it; a query goes behind one that the base has already.
fn join(base: &str, rest: &str) -> String {
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let (base, own) = match base.split_once('?') {
        Some((base, own)) => (base, Some(own)),
        None => (base, None),
    };
    let queries: Vec<_> = [own, query]
        .into_iter()
        .flatten()
        .filter(|one| !one.is_empty())
        .collect();
    let path = match path.is_empty() {
        true => base.to_owned(),
        false => format!("{}{path}", base.trim_end_matches('/')),
    };
    match queries.is_empty() {
        true => path,
        false => format!("{path}?{}", queries.join("&")),
    }
}

fn header_pairs(headers: &axum::http::HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = match value.to_str() {
                Ok(text) => text.to_owned(),
                Err(_) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// Writes an error with all its causes, each once.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        let more = one.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = one.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Face;
    use axum::routing::get;

    fn client(mount: Mount, body_max: usize) -> Client {
        let mounts = Mounts::default();
        mounts.add("http://h:1", "a", Arc::new(mount));
        let http = Client::http(Duration::from_secs(5)).expect("a client builds");
        Client::new(http, Arc::new(mounts), body_max)
    }

    fn embedded(router: axum::Router) -> Mount {
        Mount {
            base: "http://h:1/a".into(),
            upstream: Upstream::Embedded(router),
            face: Face::Service,
            lane: None,
        }
    }

    fn get_of(url: &str) -> Outgoing {
        Outgoing {
            method: "GET".into(),
            url: url.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    #[tokio::test]
    async fn an_embedded_part_is_reached_in_process_and_its_body_is_bounded() {
        let answer = async |body_max| {
            let router = axum::Router::new().route("/x", get(|| async { "0123456789" }));
            let client = client(embedded(router), body_max);
            client.send(get_of("http://h:1/a/x?q=1")).await
        };
        let whole = answer(10).await.expect("it answers");
        assert_eq!((whole.status, &whole.body[..]), (200, &b"0123456789"[..]));
        // The beginning of an answer is none.
        let error = answer(9).await.expect_err("it is too large");
        assert_eq!(
            error.to_string(),
            "the answer of http://h:1/a (status 200) is larger than 9 bytes; no more of it was read, and none of it was used"
        );
    }

    #[tokio::test]
    async fn a_panic_of_an_embedded_part_is_a_breakdown() {
        async fn bad() -> &'static str {
            panic!("on purpose")
        }
        let router = axum::Router::new().route("/x", get(bad));
        let result = client(embedded(router), 4)
            .send(get_of("http://h:1/a/x"))
            .await;
        assert!(
            matches!(result, Err(Breakdown::Panicked { .. })),
            "{result:?}"
        );
    }

    #[tokio::test]
    async fn a_name_that_is_never_anybodys_is_not_looked_up() {
        for url in [
            "http://bank.invalid/x",
            "https://a.b.INVALID./",
            "http://invalid",
        ] {
            let error = client(embedded(axum::Router::new()), 4)
                .send(get_of(url))
                .await
                .expect_err("it is nobody's");
            assert!(error.to_string().contains("RFC 6761"), "{error}");
        }
    }

    #[tokio::test]
    async fn an_enclosed_client_reaches_what_is_mounted_and_nothing_else() {
        let mounts = Mounts::default();
        let router = axum::Router::new().route("/x", get(|| async { "here" }));
        mounts.add("http://h:1", "a", Arc::new(embedded(router)));
        let client = Client::enclosed(Arc::new(mounts), 10);
        let inside = client.send(get_of("http://h:1/a/x")).await;
        assert_eq!(&inside.expect("it answers").body[..], b"here");
        let error = client.send(get_of("http://127.0.0.1:9/x")).await;
        let text = error.expect_err("it is outside").to_string();
        assert!(text.contains("enclosed"), "{text}");
    }

    #[tokio::test]
    async fn nobody_listening_is_told_with_address_and_cause() {
        // A port that was free a moment ago may be another test's by now; this one is nobody's.
        let address = "127.0.0.1:1";
        let error = client(embedded(axum::Router::new()), 4)
            .send(get_of(&format!("http://{address}/secret?token=1")))
            .await
            .expect_err("nobody listens");
        let text = error.to_string();
        assert!(text.contains(address), "{text}");
        assert!(text.to_lowercase().contains("refused"), "{text}");
        assert!(!text.contains("token"), "{text}");
    }

    #[test]
    fn only_what_is_live_has_an_address_of_its_own_behind_a_mount() {
        let live = Mount {
            upstream: Upstream::Live("http://bank/auth?k=1".into()),
            ..embedded(axum::Router::new())
        };
        let behind = |mount, url| client(mount, 4).behind(url);
        let url = "http://h:1/a?id=2";
        assert_eq!(
            behind(live, url).as_deref(),
            Some("http://bank/auth?k=1&id=2")
        );
        assert_eq!(behind(embedded(axum::Router::new()), url), None);
        assert_eq!(
            behind(embedded(axum::Router::new()), "http://other/a"),
            None
        );
    }

    #[test]
    fn what_is_below_a_base_is_joined_without_losing_a_query() {
        assert_eq!(join("http://x/n", ""), "http://x/n");
        assert_eq!(join("http://x/n?k=1", "?q=2"), "http://x/n?k=1&q=2");
        assert_eq!(join("http://x/n/", "/a?q=2"), "http://x/n/a?q=2");
    }
}
