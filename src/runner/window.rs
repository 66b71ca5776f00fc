//! The browser's window on the live world: pages are fetched, recorded and masked.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::time::Instant;

use crate::browser::{Authenticator, Cookies, Fetch, Page, PageRequest};
use crate::exchange::Outgoing;
use crate::journal::Fact;
use crate::runner::live::Live;
use plan_language::participant::{Address, Participant};
use plan_language::plan::StepKey;

/// Lets the browser fetch pages through the world.
pub(super) struct Window<'a, 'w> {
    pub world: &'a Live<'w>,
    pub step: &'a StepKey,
    pub cookies: Cookies,
    /// When no further page is asked for.
    pub deadline: Instant,
    /// Where the provider is to send the browser back to, once its page was opened.
    pub back: Mutex<Option<String>>,
}

impl Window<'_, '_> {
    /// Says whose a page is that lies behind no tap.
    ///
    /// The pages of a live service do: those before the provider's page is opened, and those at the return address,
    /// whose host is known only from the request for that page.
    fn owner(&self, url: &str) -> Address {
        let mode = self.world.mode();
        let whose = match mode.is_live(Participant::Service) {
            false => Participant::Provider,
            true if !mode.is_live(Participant::Provider) => Participant::Service,
            true => {
                let back = self.back.lock().unwrap_or_else(PoisonError::into_inner);
                match back.as_deref() {
                    Some(back) if origin(back) != origin(url) => Participant::Provider,
                    _ => Participant::Service,
                }
            }
        };
        Address::of(whose)
    }

    /// Takes note of where a provider's page is to lead back to.
    fn note(&self, request: &Fact) {
        if let Fact::Request { to, message, .. } = request
            && let Some(back) = message.query("redirect_uri")
            && to.participant == Participant::Provider
        {
            let mut known = self.back.lock().unwrap_or_else(PoisonError::into_inner);
            known.get_or_insert_with(|| back.to_owned());
        }
    }
}

/// Returns scheme, host and port of a URL.
fn origin(url: &str) -> Option<url::Origin> {
    url::Url::parse(url).ok().map(|url| url.origin())
}

impl Authenticator for Window<'_, '_> {
    async fn code(&self, secret: &str) -> Result<String, String> {
        self.world.code(secret).await
    }
}

impl Fetch for Window<'_, '_> {
    async fn fetch(&self, request: PageRequest) -> Result<Page, String> {
        if Instant::now() >= self.deadline {
            return Err("the time for the visit is up".to_owned());
        }
        let vault = &self.world.shared.tap.vault;
        let mut headers = vec![(
            "accept".to_owned(),
            "text/html,application/xhtml+xml".to_owned(),
        )];
        let body = match &request.form {
            None => Bytes::new(),
            Some(form) => {
                headers.push((
                    "content-type".to_owned(),
                    "application/x-www-form-urlencoded".to_owned(),
                ));
                let mut pairs = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in form {
                    pairs.append_pair(name, &vault.fill(value));
                }
                Bytes::from(pairs.finish())
            }
        };
        let url = vault.fill_url(&request.url).into_owned();
        // A page behind the sink knows nothing of the sink: its links and cookies belong to its own address.
        let own = self.world.client().behind(&request.url);
        let host = own
            .as_ref()
            .map_or_else(|| url.clone(), |own| vault.fill_url(own).into_owned());
        if let Some(cookies) = self.cookies.header(&host) {
            headers.push(("cookie".to_owned(), cookies));
        }
        let outgoing = Outgoing {
            method: request.method.to_owned(),
            url,
            headers,
            body,
        };
        let to = self.owner(&request.url);
        let (exchange, answer) = self
            .world
            .exchange(self.step, Participant::Browser, to, outgoing)
            .await;
        self.note(&exchange.request.fact);
        let number = match &exchange.request.fact {
            Fact::Request { exchange, .. } => *exchange,
            _ => 0,
        };
        let Some(answer) = answer else {
            return Err(exchange.answer().err().unwrap_or("no answer").to_owned());
        };
        let set = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie");
        self.cookies
            .take(&host, set.map(|(_, value)| value.as_str()));
        let header = |wanted: &str| {
            answer
                .headers
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        };
        let text = String::from_utf8_lossy(&answer.body);
        Ok(Page {
            exchange: number,
            own,
            status: answer.status,
            location: header("location").map(|one| vault.mask(&one).into_owned()),
            media: header("content-type")
                .and_then(|one| {
                    one.split(';')
                        .next()
                        .map(|one| one.trim().to_ascii_lowercase())
                })
                .unwrap_or_default(),
            body: vault.mask(&text).into_owned(),
        })
    }
}
