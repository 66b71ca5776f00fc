//! The walk of a customer in a browser that someone drives: looks at what is shown, decides, acts, looks again.
//!
//! Decides as `visit` does, by the same readings of pages; only there is no request to be made here, and redirects,
//! scripts and refreshes are the browser's own affair. What the provider answered cannot be told from what is shown,
//! so a driven visit names no exchanges.

mod actions;
mod page_view;
mod step;

use std::collections::HashMap;

use page_view::{PageFingerprint, PageView};

use super::address::{lies_below, query_values, resolve, trunk};
use super::customer::Customer;
use super::decision::{Decision, choose_form};
use super::end::VisitEnd;
use super::form::HtmlForm;
use super::page::PageReading;
use super::text::shorten;
use super::{Screen, ShownPage, Visit};
use crate::journal::Visited;

/// How often a customer presses something in one visit.
const STEPS_MAX: usize = 20;

/// How often a page is looked at until it shows something to do; between two looks the browser rests.
const LOOKS_MAX: usize = 100;

/// After how many looks a page that never comes to rest is taken as it is.
const LOOKS_RESTLESS: usize = 30;

/// How many frames of a page are looked into.
const FRAMES_MAX: usize = 5;

/// How many frames within frames are looked into.
const DEPTH_MAX: usize = 3;

/// Plays a customer in a driven browser until back, refused or stuck; see [`super::visit`] for what these mean.
///
/// A browser that cannot be driven to the end of the visit is a hindrance and no judgement.
pub async fn drive(screen: &mut impl Screen, visit: &Visit) -> Visited {
    let mut navigator = ScreenNavigator::new(visit);
    let end = navigator.run(screen).await;
    let mut why = end.why;
    if navigator.windows > 1 {
        why.push_str("; a further window was opened, and nobody looked into it");
    }
    Visited {
        outcome: end.outcome,
        why,
        url: trunk(&navigator.at).to_owned(),
        returned_to: navigator.returned_to,
        exchanges: Vec::new(),
        hindrance: end.hindrance,
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

struct ScreenNavigator<'v> {
    visit: &'v Visit,
    customer: Customer,
    phase: Phase,
    /// The address of the page, last seen.
    at: String,
    /// The return addresses that count, without query.
    awaited: Vec<String>,
    /// The whole address at which the customer came back.
    returned_to: Option<String>,
    /// What was shown when something was pressed last, and what was pressed.
    pressed: Option<(PageFingerprint, String)>,
    /// Whether a frame still shows what was pressed in it.
    stays: bool,
    sendings: HashMap<(String, Vec<String>), usize>,
    windows: usize,
}

impl<'v> ScreenNavigator<'v> {
    fn new(visit: &'v Visit) -> Self {
        Self {
            visit,
            customer: Customer::of(visit.login.as_ref()),
            phase: Phase::Out,
            at: String::new(),
            awaited: Vec::new(),
            returned_to: None,
            pressed: None,
            stays: false,
            sendings: HashMap::new(),
            windows: 0,
        }
    }

    async fn run(&mut self, screen: &mut impl Screen) -> VisitEnd {
        let Some(decision) = Decision::parse(&self.visit.decision) else {
            return VisitEnd::stuck(format!(
                "the customer's decision is `{}`, neither `allow` nor `cancel`",
                shorten(&self.visit.decision)
            ));
        };
        let url = match resolve(None, &self.visit.url) {
            Ok(url) => url,
            Err(misrouted) => return VisitEnd::stuck(format!("the visit {misrouted}")),
        };
        self.note(&url);
        self.at.clone_from(&url);
        if let Err(why) = screen.open(&url).await {
            return VisitEnd::hindered(format!("`{}` was not opened: {why}", trunk(&url)));
        }
        for _ in 0..STEPS_MAX {
            let (fingerprint, view) = match self.settle(screen, decision).await {
                Ok(found) => found,
                Err(end) => return end,
            };
            let actions = match &self.phase {
                Phase::Back => self.pick(screen, fingerprint, &view).await,
                _ => self.leave(screen, fingerprint, &view, decision).await,
            };
            let actions = match actions {
                Ok(actions) => actions,
                Err(end) => return end,
            };
            for action in &actions {
                if let Err(why) = screen.act(action).await {
                    let here = self.here();
                    return VisitEnd::hindered(format!(
                        "the browser could not act on {here}: {why}"
                    ));
                }
            }
        }
        VisitEnd::stuck(format!(
            "goes in a circle: {STEPS_MAX} forms were sent, and `{}` shows another",
            trunk(&self.at)
        ))
    }

    /// Takes note of the return addresses that an address names; the first that does decides.
    fn note(&mut self, url: &str) {
        if self.awaited.is_empty() {
            self.awaited = query_values(url, "redirect_uri")
                .iter()
                .filter_map(|uri| resolve(None, uri).ok())
                .map(|uri| trunk(&uri).to_owned())
                .collect();
        }
    }

    /// Looks until there is something to do, and returns what is shown then; the last look was at just that.
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
            self.at.clone_from(&shown.url);
            self.arrive(screen, &shown.url)?;
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
            self.heed(&shown)?;
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
        Err(self.give_up(last.as_ref()))
    }

    async fn look(
        &self,
        screen: &mut impl Screen,
        frames: &[usize],
    ) -> Result<Option<ShownPage>, VisitEnd> {
        let looked = screen.look(frames).await;
        looked.map_err(|why| {
            VisitEnd::hindered(format!("the browser was lost at {}: {why}", self.here()))
        })
    }

    /// Takes note of where the browser is, and ends the visit where that is its end.
    fn arrive(&mut self, screen: &impl Screen, url: &str) -> Result<(), VisitEnd> {
        self.note(url);
        if self.awaited.is_empty() {
            let named = screen.redirect_uris();
            let first = named.iter().find_map(|uri| resolve(None, uri).ok());
            self.awaited.extend(first.map(|uri| trunk(&uri).to_owned()));
        }
        if self.visit.ours.iter().any(|ours| lies_below(url, ours)) {
            self.at = url.to_owned();
            if self.phase == Phase::Out {
                self.returned_to = Some(url.to_owned());
            }
            return Err(VisitEnd::returned(format!("came back to `{}`", trunk(url))));
        }
        if self.phase == Phase::Out {
            let here = self.awaited.iter().any(|one| one == trunk(url));
            if here || screen.returned().is_some() {
                self.phase = Phase::Back;
                // A return address that sends the browser on at once is told by its tap, without its query.
                self.returned_to = here.then(|| url.to_owned());
            }
        }
        Ok(())
    }

    /// Ends the visit where the page that is shown at rest is its end.
    fn heed(&self, shown: &ShownPage) -> Result<(), VisitEnd> {
        if !shown.url.starts_with("http://") && !shown.url.starts_with("https://") {
            let scheme = shown.url.split(':').next().unwrap_or_default();
            return Err(match scheme {
                // Chromium's own page, shown in place of one that did not come.
                "chrome-error" => VisitEnd::hindered(
                    "the browser shows a page of its own: what was asked for did not come"
                        .to_owned(),
                ),
                _ => VisitEnd::stuck(format!(
                    "the browser shows an address that begins with `{}:`, where no page is",
                    shorten(scheme)
                )),
            });
        }
        let answers = |status: u16| {
            let quote = PageReading::of(&shown.html).quote();
            format!("{} answers {status}{quote}", self.here())
        };
        let returned = match &self.phase {
            Phase::Out => None,
            Phase::Back if self.visit.choose.is_none() => {
                Some(format!("came back to `{}`", trunk(&self.at)))
            }
            Phase::Back => None,
            Phase::Chosen(title) => Some(format!("came back and chose `{}`", shorten(title))),
        };
        // Where the return address sent the browser on to is no part of the visit.
        let went_on =
            self.phase == Phase::Back && !self.awaited.iter().any(|one| one == trunk(&self.at));
        match (shown.status.filter(|_| !went_on), returned) {
            (Some(status @ 400..=499), _) => Err(VisitEnd::refused(answers(status))),
            (Some(status @ 500..), _) => Err(VisitEnd::stuck(answers(status))),
            (_, Some(why)) => Err(VisitEnd::returned(why)),
            (_, None) => Ok(()),
        }
    }

    fn offers_something(&self, view: &PageView, decision: Decision) -> bool {
        match self.phase {
            Phase::Out => choose_form(&view.forms, decision).is_some(),
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
        let mut ways: Vec<Vec<usize>> = reading.frame_places.iter().map(|one| vec![*one]).collect();
        ways.truncate(FRAMES_MAX);
        self.stays = false;
        let mut looked = 0;
        while looked < ways.len() {
            let way = ways[looked].clone();
            looked += 1;
            let Some(shown) = self.look(screen, &way).await? else {
                continue;
            };
            self.arrive(screen, &shown.url)?;
            let view = PageView::of(&shown);
            // A frame that still shows what was left by a press shows nothing new.
            let fingerprint = view.fingerprint(&shown.url);
            let unchanged = self
                .pressed
                .as_ref()
                .is_some_and(|(old, _)| *old == fingerprint);
            if !unchanged && self.offers_something(&view, decision) {
                return Ok(Some((fingerprint, view)));
            }
            self.stays |= unchanged;
            if way.len() < DEPTH_MAX {
                let further = view
                    .reading
                    .frame_places
                    .iter()
                    .map(|one| [&way[..], &[*one]].concat());
                ways.extend(further.take(FRAMES_MAX));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
