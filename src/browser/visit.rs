//! The visit of a customer with feedproof's own client: what each response means, and where it leads.

use std::convert::Infallible;

use super::address::{Target, query_values, resolve, target, trunk, with_query};
use super::charset::charset_of;
use super::choice::{choose, offers};
use super::decision::{Decision, ExitBy, PageExit, allow, exit};
use super::end::{VisitEnd, prepare};
use super::fill::FormFilling;
use super::form::{Button, FieldKind, HtmlForm, forms};
use super::impasse::{self, Helped};
use super::page::PageReading;
use super::progress::{Phase, VisitProgress, chose};
use super::refresh::Refresh;
use super::text::shorten;
use super::{Choice, Fetch, FormBody, Page, PageRequest, Visit};
use crate::journal::Visited;

/// The longest reason, in characters.
const WHY_CHARS_MAX: usize = 1000;

/// Maximum number of redirects in a row; that of most browsers.
const REDIRECTS_MAX: usize = 20;

/// Maximum number of pages of a visit.
const PAGES_MAX: usize = 40;

/// Maximum number of times that a page is waited for because it refreshes itself; the bound of a visit ends most before.
const WAITS_MAX: usize = 600;

/// How often a form that asks for no text is sent when it comes back as it was.
const PRESSINGS_MAX: usize = 2;

/// Plays a customer who opens an address and goes on until back, refused or stuck.
///
/// The customer is back at an address of [`Visit::ours`], or at the `redirect_uri` that the visit's requests named
/// first, told by scheme, host, port and path; a `redirect_uri` that is named later belongs to a login within the
/// login and is a page like any other. What the return address answers to a `redirect_uri` that is not ours counts:
/// a 4xx is refused, anything but 2xx and 3xx is stuck. There an account is chosen if [`Visit::choose`] says which.
///
/// Before that a 4xx, or a page without a form, a refresh, a frame or a script to follow, is refused. The rest is
/// stuck: no answer, a 5xx, no page at all, a form that cannot be filled in or that comes back, more than 20 redirects in
/// a row. Where it is not certain how a page is left, the browser is a hindrance: the visit proves nothing.
pub async fn visit(fetch: &impl Fetch, visit: &Visit) -> Visited {
    let mut navigator = PageNavigator::new(visit);
    let Err(end) = navigator.run(fetch).await;
    let end = end.in_doubt(navigator.progress.doubt.as_deref());
    Visited {
        outcome: end.outcome,
        decided: navigator.progress.has_decided(end.hindrance),
        said: false,
        why: bounded(end.why),
        url: trunk(&navigator.progress.at).to_owned(),
        returned_to: navigator.progress.returned_to,
        exchanges: navigator.exchanges,
        hindrance: end.hindrance,
        opened_windows: Some(navigator.progress.opened_windows),
    }
}

/// Cuts a reason; it may quote an address of any length.
fn bounded(why: String) -> String {
    match why.char_indices().nth(WHY_CHARS_MAX) {
        None => why,
        Some((at, _)) => format!("{}…", &why[..at]),
    }
}

/// Where a visit goes next.
struct NextPage {
    request: PageRequest,
    /// The fragment of its address.
    fragment: Option<String>,
}

impl NextPage {
    fn get(target: Target) -> Self {
        Self {
            request: PageRequest::get(target.url),
            fragment: target.fragment,
        }
    }

    fn whole(&self) -> String {
        let target = Target {
            url: self.request.url.clone(),
            fragment: self.fragment.clone(),
        };
        target.whole()
    }
}

/// Plays a customer from page to page, with requests of its own.
struct PageNavigator<'v> {
    progress: VisitProgress<'v>,
    /// The form with which the open address was asked for, by `POST`.
    sent: Option<FormBody>,
    /// The fragment of the open address; a redirect without one keeps it.
    fragment: Option<String>,
    redirects: usize,
    pages: usize,
    waits: usize,
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
            sent: None,
            fragment: None,
            redirects: 0,
            pages: 0,
            waits: 0,
            exchanges: Vec::new(),
            state: None,
            remark: "",
        }
    }

    async fn run(&mut self, fetch: &impl Fetch) -> Result<Infallible, VisitEnd> {
        let (decision, url) = self.progress.start()?;
        let mut next = NextPage {
            request: PageRequest::get(url),
            fragment: None,
        };
        loop {
            let page = self.open(fetch, next).await?;
            next = match &self.progress.phase {
                Phase::Out => self.go_on(fetch, &page, decision).await?,
                Phase::Back => self.come_back(fetch, &page).await?,
                Phase::Chosen(title) => return Err(self.end_choice(&page, title)),
            };
            self.arrive(&next)?;
        }
    }

    /// Follows the customer to an address, and ends the visit if the address is feedproof's own.
    fn arrive(&mut self, next: &NextPage) -> Result<(), VisitEnd> {
        let url = &next.request.url;
        let ours = self.progress.is_ours(url);
        let back = ours || self.progress.is_awaited(url);
        if self.progress.phase == Phase::Out && back {
            self.progress.phase = Phase::Back;
            self.progress.returned_to = Some(next.whole());
            if let Some(state) = &self.state
                && !query_values(url, "state").contains(state)
            {
                self.remark = " without the state that was given";
            }
        }
        if ours {
            self.progress.at.clone_from(url);
            return Err(VisitEnd::returned(self.came_back()));
        }
        Ok(())
    }

    async fn open(&mut self, fetch: &impl Fetch, next: NextPage) -> Result<Page, VisitEnd> {
        let NextPage { request, fragment } = next;
        if self.redirects > REDIRECTS_MAX {
            return Err(VisitEnd::stuck(format!(
                "goes in a circle: after {REDIRECTS_MAX} redirects in a row the next is to `{}`",
                trunk(&request.url)
            )));
        }
        if self.pages > PAGES_MAX {
            let here = self.progress.here();
            return Err(VisitEnd::hindered(impasse::endless(&here, PAGES_MAX)));
        }
        self.progress.at.clone_from(&request.url);
        self.sent.clone_from(&request.form);
        self.fragment = fragment;
        if self.progress.await_return(&request.url) {
            self.state = query_values(&request.url, "state").pop();
        }
        match fetch.fetch(request).await {
            Ok(page) => {
                self.exchanges.push(page.exchange);
                if let Some(own) = &page.own {
                    self.progress.at.clone_from(own);
                }
                if (300..=399).contains(&page.status) {
                    self.redirects += 1;
                } else {
                    self.redirects = 0;
                    self.pages += 1;
                }
                Ok(page)
            }
            Err(cause) => Err(self
                .progress
                .stuck(format_args!("gives no response: {cause}"))),
        }
    }

    fn came_back(&self) -> String {
        format!("came back to `{}`{}", trunk(&self.progress.at), self.remark)
    }

    /// Describes a response that is no success, with the words of its page.
    fn answers(&self, page: &Page) -> String {
        let reading = PageReading::of_answer(page).unwrap_or_default();
        format!(
            "{} responds with {}{}",
            self.progress.here(),
            page.status,
            reading.quote()
        )
    }

    /// Ends the visit at a response that is no success.
    fn ended_by(&self, page: &Page) -> VisitEnd {
        VisitEnd::answered(page.status, &page.body, self.answers(page))
    }

    /// Resolves what a page leads to.
    fn lead(&self, base: Option<&str>, reference: &str) -> Result<Target, VisitEnd> {
        let base = base
            .and_then(|base| resolve(Some(&self.progress.at), base).ok())
            .unwrap_or_else(|| self.progress.at.clone());
        target(Some(&base), reference).map_err(|why| self.progress.stuck(why))
    }

    /// Follows a redirect; 307 and 308 repeat the request, all others ask for a page by `GET` (RFC 9110, section 15.4).
    fn follow(&self, status: u16, location: &str) -> Result<NextPage, VisitEnd> {
        let target = self.lead(None, location)?;
        let fragment = target.fragment.or_else(|| self.fragment.clone());
        let request = match (status, &self.sent) {
            (307 | 308, Some(form)) => PageRequest::post(target.url, form.clone()),
            _ => PageRequest::get(target.url),
        };
        Ok(NextPage { request, fragment })
    }

    /// Reads a response on the way to the return address.
    async fn go_on(
        &mut self,
        fetch: &impl Fetch,
        page: &Page,
        decision: Decision,
    ) -> Result<NextPage, VisitEnd> {
        match (page.status, &page.location) {
            (200..=299, _) => {}
            (300..=399, Some(location)) => return self.follow(page.status, location),
            (300..=399, None) => {
                let why = format!("{} without saying where to", self.answers(page));
                return Err(VisitEnd::stuck(why));
            }
            _ => return Err(self.ended_by(page)),
        }
        if let Some(why) = &page.unread {
            let here = self.progress.here();
            return Err(VisitEnd::hindered(format!(
                "{here} responds with a page that could not be read: {why}"
            )));
        }
        let Some(reading) = PageReading::of_answer(page) else {
            let media = match page.media.as_str() {
                "" => "something without a media type",
                media => media,
            };
            let media = shorten(media);
            return Err(self
                .progress
                .stuck(format_args!("responds with {media}, not a page")));
        };
        // A page that sends the browser on at once leaves no time for a form.
        if let Some(script) = &reading.script {
            return self
                .lead(reading.base.as_deref(), script)
                .map(NextPage::get);
        }
        if let Some(refresh) = reading
            .refresh
            .as_ref()
            .filter(|refresh| refresh.seconds == 0)
        {
            return self.wait(fetch, &reading, refresh).await;
        }
        self.leave_page(fetch, page, &reading, decision).await
    }

    /// Leaves a page by what is certain to lead on; where nothing is, by its refresh.
    async fn leave_page(
        &mut self,
        fetch: &impl Fetch,
        page: &Page,
        reading: &PageReading,
        decision: Decision,
    ) -> Result<NextPage, VisitEnd> {
        let forms = forms(reading);
        let exit = exit(&forms, &reading.links, decision, &self.progress.customer);
        let refresh = reading.refresh.as_ref();
        let certain = matches!(&exit, Ok(Some(exit)) if exit.certain);
        if let Some(refresh) = refresh.filter(|_| !certain) {
            return self.wait(fetch, reading, refresh).await;
        }
        if let (Some(refresh), false) = (&reading.refresh_without_scripts, certain) {
            self.progress
                .doubt("a page for browsers without scripts was asked for");
            return self.wait(fetch, reading, refresh).await;
        }
        match exit {
            Ok(Some(exit)) => {
                let left = self.leave(fetch, (page, reading), exit).await?;
                match (left, refresh) {
                    (Some(next), _) => Ok(next),
                    // The form came back: the page waits for something else, and looks again by itself.
                    (None, Some(refresh)) => self.wait(fetch, reading, refresh).await,
                    (None, None) => Err(self.progress.stuck("shows the same form again")),
                }
            }
            Ok(None) => self.wander(reading),
            Err(why) => {
                let here = self.progress.here();
                let page = (reading, forms.as_slice());
                let why = impasse::undecided(&here, page, decision, &why, Helped::ByWebDriver);
                Err(VisitEnd::hindered(why))
            }
        }
    }

    /// Waits for as long as a page asks for, and goes where it then leads.
    async fn wait(
        &mut self,
        fetch: &impl Fetch,
        reading: &PageReading,
        refresh: &Refresh,
    ) -> Result<NextPage, VisitEnd> {
        let next = match refresh.target.as_str() {
            "" => NextPage::get(Target {
                url: self.progress.at.clone(),
                fragment: self.fragment.clone(),
            }),
            target => self
                .lead(reading.base.as_deref(), target)
                .map(NextPage::get)?,
        };
        if refresh.seconds == 0 {
            self.redirects += 1;
            return Ok(next);
        }
        self.waits += 1;
        let paused = match self.waits {
            ..=WAITS_MAX => fetch.pause(refresh.seconds).await,
            _ => Err(format!("{WAITS_MAX} times were enough")),
        };
        if let Err(why) = paused {
            let here = self.progress.here();
            let quote = reading.quote();
            return Err(VisitEnd::hindered(format!(
                "{here} goes on waiting{quote} ({why})"
            )));
        }
        self.pages = self.pages.saturating_sub(1);
        Ok(next)
    }

    /// Leaves a page that has no form: by its only frame.
    fn wander(&self, reading: &PageReading) -> Result<NextPage, VisitEnd> {
        if let [frame] = reading.frames.as_slice() {
            return self.lead(reading.base.as_deref(), frame).map(NextPage::get);
        }
        let here = self.progress.here();
        if reading.scripted {
            return Err(VisitEnd::hindered(impasse::scripted(&here, reading)));
        }
        Err(VisitEnd::refused(format!(
            "{here} shows a page without a form{}",
            reading.quote()
        )))
    }

    /// Leaves a page by a form, or by a link; `None` where the form came back again and the page refreshes itself.
    async fn leave(
        &mut self,
        fetch: &impl Fetch,
        (page, reading): (&Page, &PageReading),
        exit: PageExit<'_>,
    ) -> Result<Option<NextPage>, VisitEnd> {
        self.progress.note_window(&exit.by, reading);
        self.progress.note_exit(&exit.by);
        let (form, button, leaving) = match exit.by {
            ExitBy::Follow(link) => {
                self.progress.finish(exit.step);
                let target = self.lead(reading.base.as_deref(), &link.href)?;
                return Ok(Some(NextPage::get(target)));
            }
            ExitBy::Press(form, button) => (form, button, false),
            ExitBy::Cancel(form, button) => (form, Some(button), true),
        };
        let posts = button.and_then(|button| button.post).unwrap_or(form.post);
        if reading.scripted && form.by_script && !posts {
            // A browser without scripts would write the password into the address.
            if form.asks_password() {
                let here = self.progress.here();
                let why = impasse::sent_by_script(&here, reading, form);
                return Err(VisitEnd::hindered(why));
            }
            self.progress
                .doubt_without_scripts(impasse::without_scripts);
        }
        let types = form.asks_text() && !leaving;
        if !types {
            let before = self.progress.count_pressing(reading, form);
            if before > 0 && reading.refresh.is_some() {
                return Ok(None);
            }
            if before >= PRESSINGS_MAX {
                let here = self.progress.here();
                let why = impasse::again(&here, reading, form, Helped::ByWebDriver);
                return Err(VisitEnd::hindered(why));
            }
        }
        if !leaving {
            prepare(fetch, &mut self.progress.customer, form).await?;
        }
        let filling = FormFilling {
            customer: &self.progress.customer,
            button,
            leaving,
            chosen: None,
            step: self.progress.customer.step(exit.step),
        };
        let next = self.send((page, reading), form, &filling)?;
        if types {
            let posts = next.request.form.is_some();
            self.progress
                .count_sending(&next.request.url, posts, form, &reading.quote())?;
        }
        if let (false, Some(button)) = (exit.certain, button) {
            let title = shorten(button.title());
            self.progress.doubt(format_args!("`{title}` was pressed"));
        }
        self.progress.finish(exit.step);
        Ok(Some(next))
    }

    /// Makes the request by which a form is sent.
    fn send(
        &self,
        (page, reading): (&Page, &PageReading),
        form: &HtmlForm,
        filling: &FormFilling<'_>,
    ) -> Result<NextPage, VisitEnd> {
        let mut pairs = filling
            .fill(form)
            .map_err(|why| VisitEnd::unfilled(&self.progress.here(), &why))?;
        let charset = charset_of(&form.charsets, &page.charset);
        for (name, value) in &mut pairs {
            if name == "_charset_" && value.is_empty() {
                value.clone_from(&charset);
            }
        }
        let action = filling
            .button
            .and_then(|button| button.action.as_deref())
            .unwrap_or(&form.action);
        // Without an action a form goes to its own page, whatever the base is.
        let target = match action {
            "" => Target {
                url: self.progress.at.clone(),
                fragment: None,
            },
            action => self.lead(reading.base.as_deref(), action)?,
        };
        let posts = filling
            .button
            .and_then(|button| button.post)
            .unwrap_or(form.post);
        let enctype = filling.button.and_then(|button: &Button| button.enctype);
        let request = if posts {
            let files = form.fields.iter();
            let files = files.filter(|field| field.kind == FieldKind::File);
            let body = FormBody {
                pairs,
                files: files.map(|field| field.name.clone()).collect(),
                enctype: enctype.unwrap_or(form.enctype),
                charset,
            };
            PageRequest::post(target.url, body)
        } else {
            PageRequest {
                charset: charset.clone(),
                ..PageRequest::get(with_query(&target.url, &pairs, &charset))
            }
        };
        Ok(NextPage {
            request,
            fragment: target.fragment,
        })
    }

    /// Reads the response of the return address.
    async fn come_back(&mut self, fetch: &impl Fetch, page: &Page) -> Result<NextPage, VisitEnd> {
        match page.status {
            200..=399 => {}
            _ => return Err(self.ended_by(page)),
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
            Some(form) => self.pick(fetch, (page, &reading), form, choice).await,
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
        (page, reading): (&Page, &PageReading),
        form: &HtmlForm,
        choice: &Choice,
    ) -> Result<NextPage, VisitEnd> {
        let offers = offers(form);
        let chosen = choose(&offers, choice).map_err(|why| self.progress.stuck(why))?;
        let button = allow(form).map_err(|why| {
            let here = self.progress.here();
            let page = (reading, std::slice::from_ref(form));
            let why = impasse::undecided(&here, page, Decision::Allow, &why, Helped::ByWebDriver);
            VisitEnd::hindered(why)
        })?;
        prepare(fetch, &mut self.progress.customer, form).await?;
        let filling = FormFilling {
            customer: &self.progress.customer,
            button,
            leaving: false,
            chosen: Some((chosen.name, chosen.value)),
            step: None,
        };
        let next = self.send((page, reading), form, &filling)?;
        self.progress.phase = Phase::Chosen(chosen.title().to_owned());
        Ok(next)
    }

    /// Reads the response to the choice of an account.
    fn end_choice(&self, page: &Page, title: &str) -> VisitEnd {
        match page.status {
            200..=399 => VisitEnd::returned(chose(title)),
            _ => self.ended_by(page),
        }
    }
}

#[cfg(test)]
mod tests;
