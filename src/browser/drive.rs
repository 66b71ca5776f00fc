//! The visit of a customer in a driven browser: looks at the page, decides, acts, looks again.
//!
//! The decisions are those of `visit`, by the same reading of pages. The browser itself makes requests, follows
//! redirects and refreshes, and runs scripts. A page on a screen does not show what the provider responded, so a driven
//! visit names no exchanges.

mod actions;
mod page_view;
mod step;

use std::convert::Infallible;

use page_view::{PageFingerprint, PageView};

use super::address::{split_fragment, trunk};
use super::decision::{Decision, exit};
use super::end::VisitEnd;
use super::form::HtmlForm;
use super::page::PageReading;
use super::progress::{Phase, VisitProgress, chose};
use super::text::shorten;
use super::{Screen, ShownPage, Visit};
use crate::journal::Visited;

/// Maximum number of times that a customer presses something in one visit.
const STEPS_MAX: usize = 20;

/// Maximum number of looks at a page until it shows something to do, with a pause between two looks.
const LOOKS_MAX: usize = 100;

/// Number of looks after which a page that never comes to rest is taken as it is.
const LOOKS_RESTLESS: usize = 30;

/// Maximum number of frames of a page that are looked into.
const FRAMES_MAX: usize = 5;

/// Maximum depth of frames within frames that are looked into.
const DEPTH_MAX: usize = 3;

/// Plays a customer in a driven browser until back, refused or stuck; see [`super::visit`] for what these mean.
///
/// A browser that cannot be driven to the end of the visit is a hindrance: the visit proves nothing.
pub async fn drive(screen: &mut impl Screen, visit: &Visit) -> Visited {
    let mut navigator = ScreenNavigator::new(visit);
    let Err(end) = navigator.run(screen).await;
    let end = end.in_doubt(navigator.progress.doubt.as_deref());
    let mut why = end.why;
    if navigator.windows > 1 {
        why.push_str("; a further window was opened and not looked into");
    }
    let mut opened = std::mem::take(&mut navigator.progress.opened_windows);
    if navigator.windows > 1 && opened.is_empty() {
        opened.push("the pages opened a further window".to_owned());
    }
    Visited {
        outcome: end.outcome,
        decided: navigator.progress.has_decided(end.hindrance),
        said: false,
        why,
        url: trunk(&navigator.progress.at).to_owned(),
        returned_to: navigator.progress.returned_to,
        exchanges: Vec::new(),
        hindrance: end.hindrance,
        opened_windows: Some(opened),
    }
}

/// Plays a customer on the screen of a driven browser.
struct ScreenNavigator<'v> {
    progress: VisitProgress<'v>,
    /// What was shown when something was pressed last, and what was pressed.
    pressed: Option<(PageFingerprint, String)>,
    /// Whether a frame still shows what was pressed in it.
    frame_unchanged: bool,
    /// The largest number of windows that were open.
    windows: usize,
}

impl<'v> ScreenNavigator<'v> {
    fn new(visit: &'v Visit) -> Self {
        Self {
            progress: VisitProgress::new(visit),
            pressed: None,
            frame_unchanged: false,
            windows: 0,
        }
    }

    async fn run(&mut self, screen: &mut impl Screen) -> Result<Infallible, VisitEnd> {
        let (decision, url) = self.progress.start()?;
        self.progress.await_return(&url);
        self.progress.at.clone_from(&url);
        if let Err(why) = screen.open(&url).await {
            let url = trunk(&url);
            return Err(VisitEnd::hindered(format!("`{url}` was not opened: {why}")));
        }
        for _ in 0..STEPS_MAX {
            let (fingerprint, view) = self.settle(screen, decision).await?;
            let actions = match &self.progress.phase {
                Phase::Back => self.pick(screen, fingerprint, &view).await?,
                Phase::Out | Phase::Chosen(_) => {
                    self.leave(screen, fingerprint, &view, decision).await?
                }
            };
            for action in &actions {
                if let Err(why) = screen.act(action).await {
                    let here = self.progress.here();
                    let why = format!("the browser could not act on {here}: {why}");
                    return Err(VisitEnd::hindered(why));
                }
            }
        }
        Err(VisitEnd::hindered(format!(
            "goes in a circle: {STEPS_MAX} forms were sent, and `{}` shows another",
            trunk(&self.progress.at)
        )))
    }

    /// Looks until there is something to do, and returns the page of the last look.
    async fn settle(
        &mut self,
        screen: &mut impl Screen,
        decision: Decision,
    ) -> Result<(PageFingerprint, PageView), VisitEnd> {
        let mut last: Option<(PageFingerprint, PageView)> = None;
        for look in 0..LOOKS_MAX {
            if look > 0 {
                screen.rest().await;
            }
            let Some(shown) = self.look(screen, &[]).await? else {
                continue;
            };
            self.windows = self.windows.max(shown.windows);
            split_fragment(&shown.url)
                .0
                .clone_into(&mut self.progress.at);
            self.arrive(screen, shown.failed.as_ref().unwrap_or(&shown.url))?;
            let view = PageView::of(&shown);
            let fingerprint = view.fingerprint(&shown.url);
            let still = last
                .as_ref()
                .is_some_and(|(before, _)| *before == fingerprint);
            let unchanged = self
                .pressed
                .as_ref()
                .is_some_and(|(old, _)| *old == fingerprint);
            last = Some((fingerprint, view));
            if unchanged || !(still || look > LOOKS_RESTLESS) {
                continue;
            }
            self.check_end(&shown)?;
            let Some((fingerprint, view)) = last.take() else {
                continue;
            };
            if self.offers_something(&view, decision) {
                return Ok((fingerprint, view));
            }
            let framed = self
                .look_into_frames(screen, &view.reading, decision)
                .await?;
            if let Some(framed) = framed {
                return Ok(framed);
            }
            last = Some((fingerprint, view));
        }
        Err(self.give_up(last.as_ref(), decision))
    }

    async fn look(
        &self,
        screen: &mut impl Screen,
        frames: &[usize],
    ) -> Result<Option<ShownPage>, VisitEnd> {
        let looked = screen.look(frames).await;
        looked.map_err(|why| {
            VisitEnd::hindered(format!(
                "the browser was lost at {}: {why}",
                self.progress.here()
            ))
        })
    }

    /// Follows the browser to an address, and ends the visit if the address is its end.
    fn arrive(&mut self, screen: &impl Screen, url: &str) -> Result<(), VisitEnd> {
        self.progress.await_return(url);
        self.progress.await_first(&screen.redirect_uris());
        if self.progress.is_ours(url) {
            split_fragment(url).0.clone_into(&mut self.progress.at);
            // The tap may have seen the return before the browser showed its address.
            let late = self.progress.returned_to.is_none() && self.progress.is_awaited(url);
            if self.progress.phase == Phase::Out || late {
                self.progress.returned_to = Some(url.to_owned());
            }
            let at = trunk(&self.progress.at);
            return Err(VisitEnd::returned(format!("came back to `{at}`")));
        }
        if self.progress.phase == Phase::Out {
            let here = self.progress.is_awaited(url);
            if here || screen.returned().is_some() {
                self.progress.phase = Phase::Back;
                // Only its tap observes a return address that redirects at once, and the tap does not tell its query.
                self.progress.returned_to = here.then(|| url.to_owned());
            }
        }
        Ok(())
    }

    /// Ends the visit if the page at rest is its end.
    fn check_end(&self, shown: &ShownPage) -> Result<(), VisitEnd> {
        if !shown.url.starts_with("http://") && !shown.url.starts_with("https://") {
            let scheme = shown.url.split(':').next().unwrap_or_default();
            return Err(match scheme {
                // Chromium's own page in place of one that did not load.
                "chrome-error" => match shown.failed.as_deref() {
                    // Where the provider redirects to is what counts; who answers there does not matter.
                    Some(url) if self.progress.is_awaited(url) => {
                        let at = trunk(url);
                        VisitEnd::returned(format!("came back to `{at}`, which did not load"))
                    }
                    failed => {
                        let page = failed.map_or("the requested page", trunk);
                        VisitEnd::hindered(format!(
                            "the browser shows an error page of its own: `{page}` did not load"
                        ))
                    }
                },
                _ => VisitEnd::stuck(format!(
                    "the browser shows a `{}:` address, which is no web page",
                    shorten(scheme)
                )),
            });
        }
        let answers = |status: u16| {
            let quote = PageReading::of(&shown.html).quote();
            format!("{} responds with {status}{quote}", self.progress.here())
        };
        let returned = match &self.progress.phase {
            Phase::Out => None,
            Phase::Back if self.progress.visit.choose.is_none() => {
                Some(format!("came back to `{}`", trunk(&self.progress.at)))
            }
            Phase::Back => None,
            Phase::Chosen(title) => Some(chose(title)),
        };
        // A page to which the return address redirected is no part of the visit.
        let went_on =
            self.progress.phase == Phase::Back && !self.progress.is_awaited(&self.progress.at);
        match (shown.status.filter(|_| !went_on), returned) {
            (Some(status @ 400..), _) => {
                Err(VisitEnd::answered(status, &shown.html, answers(status)))
            }
            (_, Some(why)) => Err(VisitEnd::returned(why)),
            (_, None) => Ok(()),
        }
    }

    /// Tells whether a page shows something that is certain to lead on; a page may still be on its way to that.
    fn offers_something(&self, view: &PageView, decision: Decision) -> bool {
        let customer = &self.progress.customer;
        match self.progress.phase {
            Phase::Out => matches!(
                exit(&view.forms, &view.reading.links, decision, customer),
                Ok(Some(_))
            ),
            Phase::Back => view.forms.iter().any(HtmlForm::offers_choice),
            Phase::Chosen(_) => false,
        }
    }

    /// Looks for something to do in the frames of a page.
    async fn look_into_frames(
        &mut self,
        screen: &mut impl Screen,
        reading: &PageReading,
        decision: Decision,
    ) -> Result<Option<(PageFingerprint, PageView)>, VisitEnd> {
        let frames = reading.frame_places.iter().take(FRAMES_MAX);
        let mut paths: Vec<Vec<usize>> = frames.map(|frame| vec![*frame]).collect();
        self.frame_unchanged = false;
        let mut looked = 0;
        while looked < paths.len() {
            let path = paths[looked].clone();
            looked += 1;
            let Some(shown) = self.look(screen, &path).await? else {
                continue;
            };
            self.arrive(screen, &shown.url)?;
            let view = PageView::of(&shown);
            // A frame in which something was pressed may still show the same.
            let fingerprint = view.fingerprint(&shown.url);
            let unchanged = self
                .pressed
                .as_ref()
                .is_some_and(|(old, _)| *old == fingerprint);
            if !unchanged && self.offers_something(&view, decision) {
                return Ok(Some((fingerprint, view)));
            }
            self.frame_unchanged |= unchanged;
            if path.len() < DEPTH_MAX {
                let further = view
                    .reading
                    .frame_places
                    .iter()
                    .map(|frame| [&path[..], &[*frame]].concat());
                paths.extend(further.take(FRAMES_MAX));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
