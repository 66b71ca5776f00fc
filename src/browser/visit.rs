//! The visit of a customer with feedproof's own client: what each response means, and where it leads.

use std::convert::Infallible;

use super::address::{query_values, resolve, trunk, with_query};
use super::choice::{choose, offers};
use super::decision::{Decision, FormExit, allow, choose_form, decide};
use super::end::{VisitEnd, prepare};
use super::fill::FormFilling;
use super::form::{HtmlForm, forms};
use super::page::PageReading;
use super::progress::{Phase, VisitProgress, chose};
use super::text::shorten;
use super::{Choice, Fetch, Page, PageRequest, Visit};
use crate::journal::Visited;

/// The longest reason, in characters.
const WHY_CHARS_MAX: usize = 1000;

/// Maximum number of times that a visit goes from one address to the next.
const HOPS_MAX: usize = 20;

/// Plays a customer who opens an address and goes on until back, refused or stuck.
///
/// The customer is back at an address of [`Visit::ours`], or at the `redirect_uri` that the visit's requests named
/// first, told by scheme, host, port and path; a `redirect_uri` that is named later belongs to a login within the
/// login and is a page like any other. What the return address answers to a `redirect_uri` that is not ours counts:
/// a 4xx is refused, anything but 2xx and 3xx is stuck. There an account is chosen if [`Visit::choose`] says which.
///
/// Before that a 4xx, or a page without a form, a refresh, a frame or a script to follow, is refused. The rest is
/// stuck: no answer, a 5xx, no page at all, a form that cannot be filled in or that comes back, more than 20 hops.
pub async fn visit(fetch: &impl Fetch, visit: &Visit) -> Visited {
    let mut navigator = PageNavigator::new(visit);
    let Err(end) = navigator.run(fetch).await;
    Visited {
        outcome: end.outcome,
        why: bounded(end.why),
        url: trunk(&navigator.progress.at).to_owned(),
        returned_to: navigator.progress.returned_to,
        exchanges: navigator.exchanges,
        hindrance: end.hindrance,
    }
}

/// Cuts a reason; it may quote an address of any length.
fn bounded(why: String) -> String {
    match why.char_indices().nth(WHY_CHARS_MAX) {
        None => why,
        Some((at, _)) => format!("{}…", &why[..at]),
    }
}

/// Plays a customer from page to page, with requests of its own.
struct PageNavigator<'v> {
    progress: VisitProgress<'v>,
    /// The fields with which the open address was asked for, by `POST`.
    fields: Option<Vec<(String, String)>>,
    requests: usize,
    exchanges: Vec<u64>,
    /// The `state` that was named with the return address.
    state: Option<String>,
    /// An addition about the address at which the customer came back.
    remark: &'static str,
}

impl<'v> PageNavigator<'v> {
    fn new(visit: &'v Visit) -> Self {
        Self {
            progress: VisitProgress::new(visit),
            fields: None,
            requests: 0,
            exchanges: Vec::new(),
            state: None,
            remark: "",
        }
    }

    async fn run(&mut self, fetch: &impl Fetch) -> Result<Infallible, VisitEnd> {
        let (decision, url) = self.progress.start()?;
        let mut next = PageRequest::get(url);
        loop {
            let page = self.open(fetch, next).await?;
            next = match &self.progress.phase {
                Phase::Out => self.go_on(fetch, &page, decision).await?,
                Phase::Back => self.come_back(fetch, &page).await?,
                Phase::Chosen(title) => return Err(self.end_choice(&page, title)),
            };
            self.arrive(&next.url)?;
        }
    }

    /// Follows the customer to an address, and ends the visit if the address is feedproof's own.
    fn arrive(&mut self, url: &str) -> Result<(), VisitEnd> {
        let ours = self.progress.is_ours(url);
        let back = ours || self.progress.is_awaited(url);
        if self.progress.phase == Phase::Out && back {
            self.progress.phase = Phase::Back;
            self.progress.returned_to = Some(url.to_owned());
            if let Some(state) = &self.state
                && !query_values(url, "state").contains(state)
            {
                self.remark = " without the state that was given";
            }
        }
        if ours {
            self.progress.at = url.to_owned();
            return Err(VisitEnd::returned(self.came_back()));
        }
        Ok(())
    }

    async fn open(&mut self, fetch: &impl Fetch, request: PageRequest) -> Result<Page, VisitEnd> {
        if self.requests > HOPS_MAX {
            return Err(VisitEnd::stuck(format!(
                "goes in a circle: {HOPS_MAX} hops from the beginning the next is to `{}`",
                trunk(&request.url)
            )));
        }
        self.requests += 1;
        self.progress.at.clone_from(&request.url);
        self.fields.clone_from(&request.form);
        if self.progress.await_return(&request.url) {
            self.state = query_values(&request.url, "state").pop();
        }
        match fetch.fetch(request).await {
            Ok(page) => {
                self.exchanges.push(page.exchange);
                if let Some(own) = &page.own {
                    self.progress.at.clone_from(own);
                }
                Ok(page)
            }
            Err(cause) => Err(self
                .progress
                .stuck(format_args!("gives no answer: {cause}"))),
        }
    }

    fn came_back(&self) -> String {
        format!("came back to `{}`{}", trunk(&self.progress.at), self.remark)
    }

    /// Describes a response that is no success, with the words of its page.
    fn answers(&self, page: &Page) -> String {
        let reading = PageReading::of_answer(page).unwrap_or_default();
        format!(
            "{} answers {}{}",
            self.progress.here(),
            page.status,
            reading.quote()
        )
    }

    /// Resolves what a page leads to.
    fn lead(&self, base: Option<&str>, target: &str) -> Result<String, VisitEnd> {
        let base = base
            .and_then(|base| resolve(Some(&self.progress.at), base).ok())
            .unwrap_or_else(|| self.progress.at.clone());
        resolve(Some(&base), target).map_err(|why| self.progress.stuck(why))
    }

    /// Follows a redirect; 307 and 308 repeat the request, all others ask for a page by `GET` (RFC 9110, section 15.4).
    fn follow(&self, status: u16, location: &str) -> Result<PageRequest, VisitEnd> {
        let url = self.lead(None, location)?;
        Ok(match (status, &self.fields) {
            (307 | 308, Some(fields)) => PageRequest::post(url, fields.clone()),
            _ => PageRequest::get(url),
        })
    }

    /// Reads a response on the way to the return address.
    async fn go_on(
        &mut self,
        fetch: &impl Fetch,
        page: &Page,
        decision: Decision,
    ) -> Result<PageRequest, VisitEnd> {
        match (page.status, &page.location) {
            (200..=299, _) => {}
            (300..=399, Some(location)) => return self.follow(page.status, location),
            (300..=399, None) => {
                let why = format!("{} without saying where to", self.answers(page));
                return Err(VisitEnd::stuck(why));
            }
            (400..=499, _) => return Err(VisitEnd::refused(self.answers(page))),
            _ => return Err(VisitEnd::stuck(self.answers(page))),
        }
        let Some(reading) = PageReading::of_answer(page) else {
            let media = match page.media.as_str() {
                "" => "something without a media type",
                media => media,
            };
            let media = shorten(media);
            return Err(self
                .progress
                .stuck(format_args!("answers {media}, not a page")));
        };
        let forms = forms(&reading);
        match choose_form(&forms, decision) {
            Some(form) => self.leave(fetch, &reading, form, decision).await,
            None => self.wander(&reading),
        }
    }

    /// Leaves a page that has no form: by its script, its refresh or its only frame.
    fn wander(&self, reading: &PageReading) -> Result<PageRequest, VisitEnd> {
        let frame = match reading.frames.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        let target = reading
            .script
            .as_ref()
            .or(reading.refresh.as_ref())
            .or(frame);
        match target {
            Some(target) => self
                .lead(reading.base.as_deref(), target)
                .map(PageRequest::get),
            None => Err(VisitEnd::refused(format!(
                "{} shows a page without a form{}",
                self.progress.here(),
                reading.quote()
            ))),
        }
    }

    /// Leaves a page by its form, or by a link that cancels.
    async fn leave(
        &mut self,
        fetch: &impl Fetch,
        reading: &PageReading,
        form: &HtmlForm,
        decision: Decision,
    ) -> Result<PageRequest, VisitEnd> {
        let exit = decide(form, &reading.links, decision);
        let exit = exit.map_err(|why| self.progress.stuck(why))?;
        let (button, leaving) = match exit {
            FormExit::Follow(link) => {
                return self
                    .lead(reading.base.as_deref(), &link.href)
                    .map(PageRequest::get);
            }
            FormExit::Press(button) => (button, false),
            FormExit::Cancel(button) => (Some(button), true),
        };
        if !leaving {
            prepare(fetch, &mut self.progress.customer, form).await?;
        }
        let filling = FormFilling {
            customer: &self.progress.customer,
            button,
            leaving,
            chosen: None,
        };
        let request = self.send(reading, form, &filling)?;
        if form.asks_text() && !leaving {
            let posts = request.form.is_some();
            self.progress
                .count_sending(&request.url, posts, form, &reading.quote())?;
        }
        Ok(request)
    }

    /// Makes the request by which a form is sent.
    fn send(
        &self,
        reading: &PageReading,
        form: &HtmlForm,
        filling: &FormFilling<'_>,
    ) -> Result<PageRequest, VisitEnd> {
        let pairs = filling
            .fill(form)
            .map_err(|why| VisitEnd::unfilled(&self.progress.here(), &why))?;
        let action = filling
            .button
            .and_then(|button| button.action.as_deref())
            .unwrap_or(&form.action);
        // Without an action a form goes to its own page, whatever the base is.
        let target = match action {
            "" => self.progress.at.clone(),
            action => self.lead(reading.base.as_deref(), action)?,
        };
        let posts = filling
            .button
            .and_then(|button| button.post)
            .unwrap_or(form.post);
        Ok(if posts {
            PageRequest::post(target, pairs)
        } else {
            PageRequest::get(with_query(&target, &pairs))
        })
    }

    /// Reads the response of the return address.
    async fn come_back(
        &mut self,
        fetch: &impl Fetch,
        page: &Page,
    ) -> Result<PageRequest, VisitEnd> {
        match page.status {
            200..=399 => {}
            400..=499 => return Err(VisitEnd::refused(self.answers(page))),
            _ => return Err(VisitEnd::stuck(self.answers(page))),
        }
        let back = self.came_back();
        let Some(choice) = &self.progress.visit.choose else {
            return Err(VisitEnd::returned(back));
        };
        if let (300..=399, Some(location)) = (page.status, &page.location) {
            // The account is chosen further on.
            return self.follow(page.status, location);
        }
        let reading = PageReading::of_answer(page).unwrap_or_default();
        let forms = forms(&reading);
        match forms.iter().find(|form| form.offers_choice()) {
            Some(form) => self.pick(fetch, &reading, form, choice).await,
            None => Err(VisitEnd::returned(format!(
                "{back}, where no account is offered{}",
                reading.quote()
            ))),
        }
    }

    /// Chooses an account and sends the choice.
    async fn pick(
        &mut self,
        fetch: &impl Fetch,
        reading: &PageReading,
        form: &HtmlForm,
        choice: &Choice,
    ) -> Result<PageRequest, VisitEnd> {
        let offers = offers(form);
        let chosen = choose(&offers, choice).map_err(|why| self.progress.stuck(why))?;
        let button = allow(form).map_err(|why| self.progress.stuck(why))?;
        prepare(fetch, &mut self.progress.customer, form).await?;
        let filling = FormFilling {
            customer: &self.progress.customer,
            button,
            leaving: false,
            chosen: Some((chosen.name, chosen.value)),
        };
        let request = self.send(reading, form, &filling)?;
        self.progress.phase = Phase::Chosen(chosen.title().to_owned());
        Ok(request)
    }

    /// Reads the response to the choice of an account.
    fn end_choice(&self, page: &Page, title: &str) -> VisitEnd {
        match page.status {
            200..=399 => VisitEnd::returned(chose(title)),
            400..=499 => VisitEnd::refused(self.answers(page)),
            _ => VisitEnd::stuck(self.answers(page)),
        }
    }
}

#[cfg(test)]
mod tests;
