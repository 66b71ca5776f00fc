//! The pages of feedproof's own browser on the live world: fetched, recorded and masked.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_message::SentBody;
use tokio::time::Instant;

use crate::browser::{Authenticator, Cookies, Fetch, Page, PageRequest, PageText, page_text};
use crate::exchange::{Incoming, Outgoing};
use crate::journal::Fact;
use crate::runner::live::case::Live;
use crate::runner::live::page_owners::PageOwners;
use plan_language::participant::Participant;
use plan_language::plan::StepKey;

/// The largest page that is read once its content codings are undone, in bytes.
pub(super) const PAGE_BYTES_MAX: usize = 8 << 20;

/// Fetches the pages of one visit.
pub(super) struct PageFetcher<'a, 'w> {
    world: &'a Live<'w>,
    step: &'a StepKey,
    cookies: Arc<Cookies>,
    /// The moment after which no further page is fetched.
    pub deadline: Instant,
    owners: PageOwners<'a, 'w>,
}

impl<'a, 'w> PageFetcher<'a, 'w> {
    pub fn new(
        world: &'a Live<'w>,
        step: &'a StepKey,
        cookies: Arc<Cookies>,
        deadline: Instant,
    ) -> Self {
        Self {
            world,
            step,
            cookies,
            deadline,
            owners: PageOwners::new(world),
        }
    }

    /// Makes the request for a page, with the cookies of its host.
    fn outgoing(&self, request: &PageRequest, host: &str) -> Outgoing {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![header("accept", "text/html,application/xhtml+xml")];
        let vault = &self.world.shared.tap.vault;
        let body = request.form.as_ref().map(|form| {
            let written = form.write(|text| vault.fill(text));
            headers.push(header("content-type", &written.media));
            Bytes::from(written.bytes)
        });
        if let Some(user) = self.world.client().authorization(host) {
            headers.push(header("authorization", user.expose()));
        }
        if let Some(cookies) = self.cookies.header(host) {
            headers.push(("cookie".to_owned(), cookies));
        }
        Outgoing {
            method: request.method.to_owned(),
            url: vault.fill_url_with(&request.url, |secret| request.query_text(secret)),
            headers,
            body: body.unwrap_or_default(),
        }
    }

    /// Makes a masked page of a response.
    fn page(&self, exchange: u64, own: Option<String>, response: &Incoming) -> Page {
        let header = |wanted: &str| {
            let mut headers = response.headers.iter();
            let found = headers.find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str())
        };
        let content_type = header("content-type").unwrap_or_default();
        let media = content_type.split(';').next();
        let sent = SentBody {
            content_type,
            content_encoding: header("content-encoding").unwrap_or_default(),
            accept_encoding: None,
            bytes: &response.body,
        };
        let (bytes, unread) = match sent.bytes(PAGE_BYTES_MAX) {
            Ok(bytes) => (bytes, None),
            Err(unread) => (Vec::new(), Some(unread.why)),
        };
        let PageText { text, charset } = page_text(content_type, &bytes);
        Page {
            exchange,
            own,
            status: response.status,
            location: header("location").map(|location| self.world.mask(location)),
            refresh: header("refresh").map(|refresh| self.world.mask(refresh)),
            media: media.unwrap_or_default().trim().to_ascii_lowercase(),
            charset: charset.to_owned(),
            unread,
            body: self.world.mask(&text),
        }
    }
}

impl Authenticator for PageFetcher<'_, '_> {
    async fn code(&self, secret: &str) -> Result<String, String> {
        self.world.code(secret).await
    }

    fn length(&self, entry: &str) -> usize {
        let filled = self.world.shared.tap.vault.fill(entry);
        filled.encode_utf16().count()
    }
}

impl Fetch for PageFetcher<'_, '_> {
    async fn fetch(&self, request: PageRequest) -> Result<Page, String> {
        if Instant::now() >= self.deadline {
            return Err("the time for the visit is over".to_owned());
        }
        // The links and cookies of a page behind the sink belong to the page's own address, not to that of the sink.
        let own = self.world.client().behind(&request.url);
        let host = own.as_ref().unwrap_or(&request.url);
        let host = self.world.shared.tap.vault.fill_url(host).into_owned();
        let outgoing = self.outgoing(&request, &host);
        let to = self.owners.of(&request.url);
        let (exchange, response) = self
            .world
            .exchange(self.step, Participant::Browser, to, outgoing)
            .await;
        if let Fact::Request { to, message, .. } = &exchange.request.fact {
            self.owners.note(*to, message);
        }
        let number = match &exchange.request.fact {
            Fact::Request { exchange, .. } => *exchange,
            _ => 0,
        };
        let Some(response) = response else {
            return Err(exchange.answer().err().unwrap_or("no response").to_owned());
        };
        let headers = response.headers.iter();
        let set = headers.filter(|(name, _)| name == "set-cookie");
        self.cookies
            .take(&host, set.map(|(_, value)| value.as_str()));
        Ok(self.page(number, own, &response))
    }

    async fn pause(&self, seconds: u32) -> Result<(), String> {
        let until = Instant::now() + Duration::from_secs(seconds.into());
        tokio::select! {
            biased;
            () = self.world.shared.interrupt.cancelled() => Err(self.world.shared.cut_short()),
            () = tokio::time::sleep_until(until.min(self.deadline)) => {
                if until < self.deadline {
                    Ok(())
                } else {
                    Err("the time for the visit is over".to_owned())
                }
            }
        }
    }
}
