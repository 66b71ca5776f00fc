//! The one client: a connection for each request, no redirects, no retries, no proxies from the environment, bounded bodies.
//!
//! The mounts tell where a URL leads, the pace tells when a request may go.

use std::error::Error as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use tower::ServiceExt as _;

use crate::exchange::address::{join, names_nobody};
use crate::exchange::message::{Breakdown, Incoming, Outgoing, header_pairs};
use crate::exchange::mount::{Mount, Mounts, Upstream};
use crate::exchange::pace::Pace;
use crate::exchange::transport::ProxyRoute;
use crate::exchange::transport::Transport;
use crate::exchange::user_info::Users;
use crate::handles;
use crate::journal::Journal;
use crate::memory::{HeldBytes, MemoryBudget, MemoryFull};
use crate::secret::Secret;

/// Sends requests to the participants behind their URLs.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client for addresses outside this process; none in an in-process run.
    http: Option<reqwest::Client>,
    mounts: Arc<Mounts>,
    /// The largest body that is read, in bytes.
    body_max: usize,
    /// What the bodies take of the memory.
    memory: MemoryBudget,
    /// Where a shortage of file handles is noted.
    journal: Option<Arc<Journal>>,
    pace: Arc<Pace>,
    users: Arc<Users>,
    /// The proxy on the way to others.
    proxy: Option<ProxyRoute>,
}

impl Client {
    /// Makes a client that knows mounts; `body_max` bounds the bodies of answers, in bytes.
    pub fn new(http: reqwest::Client, mounts: Arc<Mounts>, body_max: usize) -> Self {
        Self {
            http: Some(http),
            ..Self::in_process(mounts, body_max)
        }
    }

    /// Makes a client that reaches what is mounted, in this process, and nothing else.
    pub fn in_process(mounts: Arc<Mounts>, body_max: usize) -> Self {
        Self {
            http: None,
            mounts,
            body_max,
            memory: MemoryBudget::default(),
            journal: None,
            pace: Arc::default(),
            users: Arc::default(),
            proxy: None,
        }
    }

    /// Names the proxy in errors of connections that pass it.
    #[must_use]
    pub fn through(mut self, proxy: Option<ProxyRoute>) -> Self {
        self.proxy = proxy;
        self
    }

    /// Takes the memory for bodies from a budget that others share.
    #[must_use]
    pub fn within(mut self, memory: MemoryBudget) -> Self {
        self.memory = memory;
        self
    }

    /// Notes in a journal when there is no file handle for a connection.
    #[must_use]
    pub fn noting_in(mut self, journal: Arc<Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Keeps to a pace with every participant that is reached over the network.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Self {
        self.pace = Arc::new(pace);
        self
    }

    /// Brings user names and passwords to the participants that ask for them.
    #[must_use]
    pub fn with_users(mut self, users: Users) -> Self {
        self.users = Arc::new(users);
        self
    }

    /// Returns the `authorization` of a request that has none, with the user of its participant's address.
    pub fn authorization(&self, url: &str) -> Option<&Secret> {
        self.users.header(&url::Url::parse(url).ok()?)
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
            // The checks before a run look at the end of certificates.
            .tls_info(true)
            // A server may close an idle connection at any moment, and a request that meets that moment has no
            // response. Whether it was processed is unknown then, so the verdict would depend on luck.
            .pool_max_idle_per_host(0);
        transport
            .apply(builder)?
            .build()
            .map_err(|error| causes(&error))
    }

    /// Returns the mounts that the client knows.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Sends a request: in process where its URL is that of a mount with an emulated part behind it.
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

    /// Returns the own URL of a live participant behind a mount, for a URL at that mount.
    ///
    /// `None` where `url` is that of no mount, or of a mount with an emulated part behind it.
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

    /// Forwards a request to the participant behind a mount; `rest` is its path and query below the mount.
    ///
    /// # Errors
    /// [`Breakdown`] when no complete answer came.
    pub async fn forward(
        &self,
        mount: &Mount,
        rest: &str,
        mut request: Outgoing,
    ) -> Result<Incoming, Breakdown> {
        if let Upstream::Emulated(router) = &mount.upstream {
            return self.call_router(router.clone(), mount, rest, request).await;
        }
        let Some((base, rest)) = mount.upstream.live(rest) else {
            return Err(Breakdown::NoAnswer {
                address: mount.base.clone(),
                cause: "no participant is behind this path".to_owned(),
            });
        };
        request.url = join(base, rest);
        self.at_turn(request).await
    }

    async fn call_router(
        &self,
        router: axum::Router,
        mount: &Mount,
        rest: &str,
        request: Outgoing,
    ) -> Result<Incoming, Breakdown> {
        let path = if rest.starts_with('/') {
            rest.to_owned()
        } else {
            format!("/{rest}")
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
        let mut taken = self.empty_body(&mount.base)?;
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
            body: Bytes::from_owner(taken),
        })
    }

    /// Begins a body that takes its memory from the budget.
    fn empty_body(&self, address: &str) -> Result<HeldBytes, Breakdown> {
        let share = self.memory.take(0);
        Ok(HeldBytes {
            bytes: BytesMut::new(),
            share: share.map_err(|full| no_memory(address, full))?,
        })
    }

    /// Keeps a chunk of a response, up to the largest body.
    fn take(
        &self,
        taken: &mut HeldBytes,
        chunk: &[u8],
        (address, status): (&str, u16),
    ) -> Result<(), Breakdown> {
        if taken.bytes.len() + chunk.len() > self.body_max {
            return Err(Breakdown::TooLarge {
                address: address.to_owned(),
                status,
                body_max: self.body_max,
            });
        }
        let grown = taken.share.grow(chunk.len());
        grown.map_err(|full| no_memory(address, full))?;
        taken.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// Sends a request over the network once its turn has come.
    async fn at_turn(&self, request: Outgoing) -> Result<Incoming, Breakdown> {
        let origin = url::Url::parse(&request.url)
            .map_or_else(|_| String::new(), |url| url.origin().ascii_serialization());
        self.pace.turn(&origin).await;
        let answer = self.over_network(request).await?;
        self.pace
            .note_response(&origin, answer.status, &answer.headers);
        Ok(answer)
    }

    /// Says through which proxy a URL is reached, for the beginning of a sentence; empty where it is not.
    fn passes(&self, url: &url::Url) -> String {
        let host = url.host_str().unwrap_or_default();
        let proxy = self.proxy.as_ref().filter(|proxy| proxy.leads_to(host));
        proxy.map_or_else(String::new, |proxy| {
            format!("through the proxy {}: ", proxy.place())
        })
    }

    async fn over_network(&self, mut request: Outgoing) -> Result<Incoming, Breakdown> {
        let url = url::Url::parse(&request.url);
        let url = url.map_err(|error| unsendable(&request, error.to_string()))?;
        let address = url.origin().ascii_serialization();
        if url.host_str().is_some_and(names_nobody) {
            return Err(Breakdown::NoAnswer {
                address,
                cause: "no host exists below .invalid (RFC 6761)".to_owned(),
            });
        }
        let Some(http) = &self.http else {
            return Err(Breakdown::NoAnswer {
                address,
                cause: "an in-process run reaches nothing outside this process".to_owned(),
            });
        };
        let header = "authorization";
        if let Some(user) = self.users.header(&url)
            && !request.headers.iter().any(|(name, _)| name == header)
        {
            let value = user.expose().to_owned();
            request.headers.push((header.to_owned(), value));
        }
        let through = self.passes(&url);
        let building = network_request(http, url, request)?;
        let mut answer = building.send().await.map_err(|error| {
            if let Some(journal) = &self.journal
                && handles::is_shortage(&error)
            {
                journal.note_shortage();
            }
            Breakdown::NoAnswer {
                address: address.clone(),
                cause: format!("{through}{}", causes(&error.without_url())),
            }
        })?;
        let status = answer.status().as_u16();
        let headers = header_pairs(answer.headers());
        let mut taken = self.empty_body(&address)?;
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
            body: Bytes::from_owner(taken),
        })
    }
}

/// Makes a request of reqwest's.
fn network_request(
    http: &reqwest::Client,
    url: url::Url,
    request: Outgoing,
) -> Result<reqwest::RequestBuilder, Breakdown> {
    let method = reqwest::Method::from_bytes(request.method.as_bytes())
        .map_err(|error| unsendable(&request, error.to_string()))?;
    let mut headers = reqwest::header::HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let name = reqwest::header::HeaderName::from_bytes(name.as_bytes())
            .map_err(|error| unsendable(&request, error.to_string()))?;
        let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes());
        let value = value.map_err(|_| {
            let cause = format!("the value of the header {name} contains a control character");
            unsendable(&request, cause)
        })?;
        headers.append(name, value);
    }
    let building = http.request(method, url).headers(headers);
    Ok(if request.body.is_empty() {
        building
    } else {
        building.body(request.body)
    })
}

fn no_memory(address: &str, cause: MemoryFull) -> Breakdown {
    Breakdown::NoMemory {
        address: address.to_owned(),
        cause,
    }
}

fn unsendable(request: &Outgoing, cause: String) -> Breakdown {
    Breakdown::Unsendable {
        method: request.method.clone(),
        url: request.url.clone(),
        cause,
    }
}

/// Describes an error with all its causes, each once.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests;
