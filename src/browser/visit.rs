//! The walk from page to page: what each answer means, and where it leads.

use std::collections::HashMap;

use super::address::{lies_below, query_values, resolve, trunk, with_query};
use super::choice::{choose, offers};
use super::customer::Customer;
use super::decision::{Decision, FormExit, allow, choose_form, decide};
use super::end::{VisitEnd, prepare};
use super::fill::FormFilling;
use super::form::{HtmlForm, forms};
use super::page::PageReading;
use super::text::shorten;
use super::{Choice, Fetch, Page, PageRequest, Visit};
use crate::journal::Visited;

/// The longest reason that is told, in characters; addresses may be of any length.
const WHY_CHARS_MAX: usize = 1000;

/// How often a visit may go from one address to the next.
const HOPS_MAX: usize = 20;

/// How often the same form is sent; when it is shown once more after that, the customer gives up.
const SENDINGS_MAX: usize = 2;

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
    let end = navigator.run(fetch).await;
    Visited {
        outcome: end.outcome,
        why: bounded(end.why),
        url: trunk(&navigator.at).to_owned(),
        returned_to: navigator.returned_to,
        exchanges: navigator.exchanges,
        hindrance: end.hindrance,
    }
}

/// Cuts a reason that quotes an address of somebody else's making.
fn bounded(why: String) -> String {
    match why.char_indices().nth(WHY_CHARS_MAX) {
        None => why,
        Some((at, _)) => format!("{}…", &why[..at]),
    }
}

/// How far the customer has come.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// On the way to the return address.
    Out,
    /// At the return address.
    Back,
    /// The account with this title was chosen.
    Chosen(String),
}

/// What makes two showings of a form the same: where it goes, how, and what it asks.
type Signature = (String, bool, Vec<String>);

struct PageNavigator<'v> {
    visit: &'v Visit,
    customer: Customer,
    phase: Phase,
    /// The address that is open or was asked for last; empty before the first.
    at: String,
    /// The fields with which it was asked for, by `POST`.
    fields: Option<Vec<(String, String)>>,
    requests: usize,
    exchanges: Vec<u64>,
    /// The return addresses that count, without query.
    awaited: Vec<String>,
    /// The `state` that was named with them.
    state: Option<String>,
    /// The whole address at which the customer came back.
    returned_to: Option<String>,
    /// What is to be said of the address to which the customer came back.
    remark: &'static str,
    sendings: HashMap<Signature, usize>,
}

impl<'v> PageNavigator<'v> {
    fn new(visit: &'v Visit) -> Self {
        Self {
            visit,
            customer: Customer::of(visit.login.as_ref()),
            phase: Phase::Out,
            at: String::new(),
            fields: None,
            requests: 0,
            exchanges: Vec::new(),
            awaited: Vec::new(),
            state: None,
            returned_to: None,
            remark: "",
            sendings: HashMap::new(),
        }
    }

    async fn run(&mut self, fetch: &impl Fetch) -> VisitEnd {
        let Some(decision) = Decision::parse(&self.visit.decision) else {
            return VisitEnd::stuck(format!(
                "the customer's decision is `{}`, neither `allow` nor `cancel`",
                shorten(&self.visit.decision)
            ));
        };
        let mut next = match resolve(None, &self.visit.url) {
            Ok(url) => PageRequest::get(url),
            Err(misrouted) => return VisitEnd::stuck(format!("the visit {misrouted}")),
        };
        loop {
            let page = match self.open(fetch, next).await {
                Ok(page) => page,
                Err(end) => return end,
            };
            let read = match &self.phase {
                Phase::Out => self.go_on(fetch, &page, decision).await,
                Phase::Back => self.come_back(fetch, &page).await,
                Phase::Chosen(title) => Err(self.end_choice(&page, title)),
            };
            next = match read {
                Ok(request) => request,
                Err(end) => return end,
            };
            if let Some(end) = self.arrive(&next.url) {
                return end;
            }
        }
    }

    /// Takes note of where the customer arrives, and tells whether the visit ends there.
    fn arrive(&mut self, url: &str) -> Option<VisitEnd> {
        let ours = self.visit.ours.iter().any(|ours| lies_below(url, ours));
        let awaited = self.awaited.iter().any(|one| one == trunk(url));
        if self.phase == Phase::Out && (ours || awaited) {
            self.phase = Phase::Back;
            self.returned_to = Some(url.to_owned());
            if let Some(state) = &self.state
                && !query_values(url, "state").contains(state)
            {
                self.remark = " without the state that was given";
            }
        }
        if ours {
            self.at = url.to_owned();
            return Some(VisitEnd::returned(self.came_back()));
        }
        None
    }

    async fn open(&mut self, fetch: &impl Fetch, request: PageRequest) -> Result<Page, VisitEnd> {
        if self.requests > HOPS_MAX {
            return Err(VisitEnd::stuck(format!(
                "goes in a circle: {HOPS_MAX} hops from the beginning the next is to `{}`",
                trunk(&request.url)
            )));
        }
        self.requests += 1;
        self.at.clone_from(&request.url);
        self.fields.clone_from(&request.form);
        if self.awaited.is_empty() {
            self.awaited = query_values(&request.url, "redirect_uri")
                .iter()
                .filter_map(|uri| resolve(None, uri).ok())
                .map(|uri| trunk(&uri).to_owned())
                .collect();
            self.state = query_values(&request.url, "state").pop();
        }
        match fetch.fetch(request).await {
            Ok(page) => {
                self.exchanges.push(page.exchange);
                if let Some(own) = &page.own {
                    self.at.clone_from(own);
                }
                Ok(page)
            }
            Err(cause) => Err(self.stuck(format_args!("gives no answer: {cause}"))),
        }
    }

    fn came_back(&self) -> String {
        format!("came back to `{}`{}", trunk(&self.at), self.remark)
    }

    /// Names the open address in a sentence.
    fn here(&self) -> String {
        let which = match self.phase {
            Phase::Out => "",
            Phase::Back => "the return page ",
            Phase::Chosen(_) => "the choice of an account at ",
        };
        format!("{which}`{}`", trunk(&self.at))
    }

    /// Ends the visit at the open address.
    fn stuck(&self, why: impl std::fmt::Display) -> VisitEnd {
        VisitEnd::stuck(format!("{} {why}", self.here()))
    }

    /// Tells a status that is no success, with the page's own words.
    fn answers(&self, page: &Page) -> String {
        let reading = PageReading::of_answer(page).unwrap_or_default();
        format!("{} answers {}{}", self.here(), page.status, reading.quote())
    }

    /// Resolves what a page leads to.
    fn lead(&self, base: Option<&str>, target: &str) -> Result<String, VisitEnd> {
        let base = base
            .and_then(|base| resolve(Some(&self.at), base).ok())
            .unwrap_or_else(|| self.at.clone());
        resolve(Some(&base), target).map_err(|why| self.stuck(why))
    }

    /// Follows a redirect; 307 and 308 ask for the request as it was, all others for a page.
    fn follow(&self, status: u16, location: &str) -> Result<PageRequest, VisitEnd> {
        let url = self.lead(None, location)?;
        Ok(match (status, &self.fields) {
            (307 | 308, Some(fields)) => PageRequest::post(url, fields.clone()),
            _ => PageRequest::get(url),
        })
    }

    /// Reads an answer on the way out.
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
            return Err(self.stuck(format_args!("answers {media}, not a page")));
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
                self.here(),
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
        let way = decide(form, &reading.links, decision).map_err(|why| self.stuck(why))?;
        let (button, leaving) = match way {
            FormExit::Follow(link) => {
                return self
                    .lead(reading.base.as_deref(), &link.href)
                    .map(PageRequest::get);
            }
            FormExit::Press(button) => (button, false),
            FormExit::Cancel(button) => (Some(button), true),
        };
        if !leaving {
            prepare(fetch, &mut self.customer, form).await?;
        }
        let filling = FormFilling {
            customer: &self.customer,
            button,
            leaving,
            chosen: None,
        };
        let request = self.send(reading, form, &filling)?;
        if form.asks_text() && !leaving {
            let signature = signature(&request, form);
            let sendings = self.sendings.get(&signature).copied().unwrap_or(0);
            if sendings == SENDINGS_MAX {
                let said = reading.quote();
                return Err(self.stuck(format_args!("shows the same form again{said}")));
            }
            self.sendings.insert(signature, sendings + 1);
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
            .map_err(|why| VisitEnd::unfilled(&self.here(), &why))?;
        let action = filling
            .button
            .and_then(|button| button.action.as_deref())
            .unwrap_or(&form.action);
        // Without an action a form goes to its own page, whatever the base is.
        let target = match action {
            "" => self.at.clone(),
            action => self.lead(reading.base.as_deref(), action)?,
        };
        let posts = filling
            .button
            .and_then(|button| button.post)
            .unwrap_or(form.post);
        Ok(match posts {
            true => PageRequest::post(target, pairs),
            false => PageRequest::get(with_query(&target, &pairs)),
        })
    }

    /// Reads the answer of the return address.
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
        let Some(choice) = &self.visit.choose else {
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
        let chosen = choose(&offers, choice).map_err(|why| self.stuck(why))?;
        let button = allow(form).map_err(|why| self.stuck(why))?;
        prepare(fetch, &mut self.customer, form).await?;
        let filling = FormFilling {
            customer: &self.customer,
            button,
            leaving: false,
            chosen: Some((chosen.name, chosen.value)),
        };
        let request = self.send(reading, form, &filling)?;
        self.phase = Phase::Chosen(chosen.title().to_owned());
        Ok(request)
    }

    /// Reads the answer to the choice of an account.
    fn end_choice(&self, page: &Page, title: &str) -> VisitEnd {
        match page.status {
            200..=399 => VisitEnd::returned(format!("came back and chose `{}`", shorten(title))),
            400..=499 => VisitEnd::refused(self.answers(page)),
            _ => VisitEnd::stuck(self.answers(page)),
        }
    }
}

fn signature(request: &PageRequest, form: &HtmlForm) -> Signature {
    let names = form.fields.iter().map(|field| field.name.clone());
    (
        trunk(&request.url).to_owned(),
        request.form.is_some(),
        names.collect(),
    )
}

#[cfg(test)]
mod tests;
