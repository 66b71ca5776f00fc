//! One step of a driven visit: the actions that leave a page.

use super::ScreenNavigator;
use super::actions::enter;
use super::page_view::{PageFingerprint, PageView};
use crate::browser::address::trunk;
use crate::browser::choice::{choose, offers};
use crate::browser::customer::LoginStep;
use crate::browser::decision::{Decision, ExitBy, Undecided, allow, exit};
use crate::browser::end::{VisitEnd, prepare};
use crate::browser::fill::FormFilling;
use crate::browser::form::{Button, HtmlForm};
use crate::browser::impasse::{self, Helped};
use crate::browser::progress::Phase;
use crate::browser::text::shorten;
use crate::browser::{Action, Screen};

impl ScreenNavigator<'_> {
    /// Returns the end of a visit whose page shows nothing more to do.
    pub(super) fn give_up(
        &self,
        last: Option<&(PageFingerprint, PageView)>,
        decision: Decision,
    ) -> VisitEnd {
        let here = self.progress.here();
        let Some((fingerprint, view)) = last else {
            return VisitEnd::hindered(format!("{here} never came to rest"));
        };
        let quote = view.reading.quote();
        match (&self.progress.phase, &self.pressed) {
            (Phase::Chosen(_) | Phase::Out, Some((old, what)))
                if old == fingerprint || self.frame_unchanged =>
            {
                VisitEnd::stuck(format!("{here} stays as it was after {what}{quote}"))
            }
            (Phase::Back, _) => VisitEnd::returned(format!(
                "came back to `{}`, where no account is offered{quote}",
                trunk(&self.progress.at)
            )),
            _ => {
                let customer = &self.progress.customer;
                match exit(&view.forms, &view.reading.links, decision, customer) {
                    Err(why) => self.undecided(view, decision, &why),
                    Ok(_) => {
                        VisitEnd::refused(format!("{here} shows a page without a form{quote}"))
                    }
                }
            }
        }
    }

    /// Ends the visit at a page of which it is not known how it is left.
    fn undecided(&self, view: &PageView, decision: Decision, why: &Undecided) -> VisitEnd {
        let here = self.progress.here();
        let page = (&view.reading, view.forms.as_slice());
        VisitEnd::hindered(impasse::undecided(
            &here,
            page,
            decision,
            why,
            Helped::ByLoginOnly,
        ))
    }

    /// Returns the actions that leave a page on the way to the return address.
    pub(super) async fn leave(
        &mut self,
        screen: &impl Screen,
        fingerprint: PageFingerprint,
        view: &PageView,
        decision: Decision,
    ) -> Result<Vec<Action>, VisitEnd> {
        let customer = &self.progress.customer;
        let exit = exit(&view.forms, &view.reading.links, decision, customer)
            .map_err(|why| self.undecided(view, decision, &why))?;
        let Some(exit) = exit else {
            return Err(self.progress.stuck("shows a page without a form"));
        };
        self.progress.note_window(&exit.by, &view.reading);
        self.progress.note_exit(&exit.by);
        let (actions, pressed) = match exit.by {
            ExitBy::Follow(link) => {
                let press = self.placed(link.place, |place| Action::Press { place })?;
                let pressed = format!("the link `{}` was followed", shorten(&link.text));
                (vec![press], pressed)
            }
            ExitBy::Cancel(form, button) => {
                (vec![self.send(form, Some(button))?], pressed(Some(button)))
            }
            ExitBy::Press(form, button) => {
                prepare(screen, &mut self.progress.customer, form).await?;
                let step = self.progress.customer.step(exit.step);
                let mut actions = self.fill(form, button, None, step)?;
                if form.asks_text() {
                    let at = self.progress.at.clone();
                    let quote = view.reading.quote();
                    self.progress.count_sending(&at, false, form, &quote)?;
                }
                actions.push(self.send(form, button)?);
                (actions, pressed(button))
            }
        };
        if !exit.certain {
            self.progress.doubt(&pressed);
        }
        self.progress.finish(exit.step);
        self.pressed = Some((fingerprint, pressed));
        Ok(actions)
    }

    /// Returns the actions that choose an account.
    pub(super) async fn pick(
        &mut self,
        screen: &impl Screen,
        fingerprint: PageFingerprint,
        view: &PageView,
    ) -> Result<Vec<Action>, VisitEnd> {
        let form = view.forms.iter().find(|form| form.offers_choice());
        let (Some(form), Some(choice)) = (form, &self.progress.visit.choose) else {
            return Err(self.progress.stuck("offers no account"));
        };
        let offers = offers(form);
        let chosen = choose(&offers, choice).map_err(|why| self.progress.stuck(why))?;
        let button = allow(form).map_err(|why| self.undecided(view, Decision::Allow, &why))?;
        prepare(screen, &mut self.progress.customer, form).await?;
        let mut actions = self.fill(form, button, Some((chosen.name, chosen.value)), None)?;
        actions.push(self.send(form, button)?);
        self.pressed = Some((fingerprint, "an account was chosen".to_owned()));
        self.progress.phase = Phase::Chosen(chosen.title().to_owned());
        Ok(actions)
    }

    /// Returns the actions that fill in a form.
    fn fill(
        &self,
        form: &HtmlForm,
        button: Option<&Button>,
        chosen: Option<(&str, &str)>,
        step: Option<&LoginStep>,
    ) -> Result<Vec<Action>, VisitEnd> {
        let filling = FormFilling {
            customer: &self.progress.customer,
            button,
            leaving: false,
            chosen,
            step,
        };
        match filling.entries(form) {
            Ok(entries) => Ok(enter(form, &entries)),
            Err(why) => Err(VisitEnd::unfilled(&self.progress.here(), &why)),
        }
    }

    /// Returns the action that sends a form: by a button if there is one.
    fn send(&self, form: &HtmlForm, button: Option<&Button>) -> Result<Action, VisitEnd> {
        match button {
            Some(button) => self.placed(button.place, |place| Action::Press { place }),
            None => self.placed(form.place, |place| Action::Submit { place }),
        }
    }

    /// Returns an action on an element, if the browser still finds that.
    fn placed(
        &self,
        place: Option<usize>,
        action: impl FnOnce(usize) -> Action,
    ) -> Result<Action, VisitEnd> {
        let lost = || {
            self.progress
                .stuck("shows something to press that the browser does not find again")
        };
        place.map(action).ok_or_else(lost)
    }
}

/// Says what sent a form.
fn pressed(button: Option<&Button>) -> String {
    match button {
        Some(button) => format!("`{}` was pressed", shorten(button.title())),
        None => "its form was sent".to_owned(),
    }
}
