//! One step of a driven visit: what is done with what is shown.

use super::actions::{enter, placed};
use super::page_view::{PageFingerprint, PageView};
use super::{Phase, ScreenNavigator};
use crate::browser::address::trunk;
use crate::browser::choice::{choose, offers};
use crate::browser::decision::{Decision, FormExit, allow, choose_form, decide};
use crate::browser::end::{VisitEnd, prepare};
use crate::browser::fill::FormFilling;
use crate::browser::text::shorten;
use crate::browser::{Action, Choice, Screen};

/// How often the same form is sent; when it is shown once more after that, the customer gives up.
const SENDINGS_MAX: usize = 2;

impl ScreenNavigator<'_> {
    /// Says how a visit ends in which nothing more comes.
    pub(super) fn give_up(&self, last: Option<&(PageFingerprint, PageView)>) -> VisitEnd {
        let here = self.here();
        let Some((fingerprint, view)) = last else {
            return VisitEnd::hindered(format!("{here} never came to rest"));
        };
        let quote = view.reading.quote();
        match (&self.phase, &self.pressed) {
            (Phase::Chosen(_) | Phase::Out, Some((old, what)))
                if old == fingerprint || self.stays =>
            {
                VisitEnd::stuck(format!("{here} stays as it was after {what}{quote}"))
            }
            (Phase::Back, _) => VisitEnd::returned(format!(
                "came back to `{}`, where no account is offered{quote}",
                trunk(&self.at)
            )),
            _ => VisitEnd::refused(format!("{here} shows a page without a form{quote}")),
        }
    }

    /// Names the open address in a sentence.
    pub(super) fn here(&self) -> String {
        let which = match self.phase {
            Phase::Out => "",
            Phase::Back => "the return page ",
            Phase::Chosen(_) => "the choice of an account at ",
        };
        format!("{which}`{}`", trunk(&self.at))
    }

    /// Says what is done on a page on the way out.
    pub(super) async fn leave(
        &mut self,
        screen: &impl Screen,
        fingerprint: PageFingerprint,
        view: &PageView,
        decision: Decision,
    ) -> Result<Vec<Action>, VisitEnd> {
        let here = self.here();
        let stuck = |why: &dyn std::fmt::Display| VisitEnd::stuck(format!("{here} {why}"));
        let Some(form) = choose_form(&view.forms, decision) else {
            return Err(stuck(&"shows a page without a form"));
        };
        let way = decide(form, &view.reading.links, decision).map_err(|why| stuck(&why))?;
        let (button, leaving) = match way {
            FormExit::Follow(link) => {
                let what = format!("the link `{}` was followed", shorten(&link.text));
                self.pressed = Some((fingerprint, what));
                return placed(link.place, |place| Action::Press { place })
                    .map_err(|why| stuck(&why));
            }
            FormExit::Press(button) => (button, false),
            FormExit::Cancel(button) => (Some(button), true),
        };
        let mut actions = Vec::new();
        if !leaving {
            prepare(screen, &mut self.customer, form).await?;
            let filling = FormFilling {
                customer: &self.customer,
                button,
                leaving,
                chosen: None,
            };
            let entries = filling
                .entries(form)
                .map_err(|why| VisitEnd::unfilled(&here, &why))?;
            actions = enter(form, &entries);
        }
        if form.asks_text() && !leaving {
            let names = form.fields.iter().map(|field| field.name.clone()).collect();
            let sendings = self
                .sendings
                .entry((trunk(&self.at).to_owned(), names))
                .or_default();
            if *sendings == SENDINGS_MAX {
                let said = view.reading.quote();
                return Err(stuck(&format_args!("shows the same form again{said}")));
            }
            *sendings += 1;
        }
        let last = match button {
            Some(button) => placed(button.place, |place| Action::Press { place }),
            None => placed(form.place, |place| Action::Submit { place }),
        };
        actions.extend(last.map_err(|why| stuck(&why))?);
        let what = button.map_or_else(
            || "its form was sent".to_owned(),
            |button| format!("`{}` was pressed", shorten(button.title())),
        );
        self.pressed = Some((fingerprint, what));
        Ok(actions)
    }

    /// Says what is done to choose an account.
    pub(super) async fn pick(
        &mut self,
        screen: &impl Screen,
        fingerprint: PageFingerprint,
        view: &PageView,
    ) -> Result<Vec<Action>, VisitEnd> {
        let here = self.here();
        let stuck = |why: &dyn std::fmt::Display| VisitEnd::stuck(format!("{here} {why}"));
        let form = view.forms.iter().find(|form| form.offers_choice());
        let (Some(form), Some(choice)) = (form, &self.visit.choose) else {
            return Err(stuck(&"offers no account"));
        };
        let choice: &Choice = choice;
        let offers = offers(form);
        let chosen = choose(&offers, choice).map_err(|why| stuck(&why))?;
        let button = allow(form).map_err(|why| stuck(&why))?;
        prepare(screen, &mut self.customer, form).await?;
        let filling = FormFilling {
            customer: &self.customer,
            button,
            leaving: false,
            chosen: Some((chosen.name, chosen.value)),
        };
        let entries = filling
            .entries(form)
            .map_err(|why| VisitEnd::unfilled(&here, &why))?;
        let mut actions = enter(form, &entries);
        let last = match button {
            Some(button) => placed(button.place, |place| Action::Press { place }),
            None => placed(form.place, |place| Action::Submit { place }),
        };
        actions.extend(last.map_err(|why| stuck(&why))?);
        self.pressed = Some((fingerprint, "an account was chosen".to_owned()));
        self.phase = Phase::Chosen(chosen.title().to_owned());
        Ok(actions)
    }
}
