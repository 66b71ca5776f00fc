//! One step of a driven visit: what is done with what is shown.

use super::deeds::{enter, placed};
use super::view::{Face, View};
use super::{Drive, Phase};
use crate::browser::address::trunk;
use crate::browser::choice::{choose, offers};
use crate::browser::decision::{Decision, Way, allow, choose_form, decide};
use crate::browser::end::{End, prepare};
use crate::browser::fill::Filling;
use crate::browser::text::shorten;
use crate::browser::{Choice, Deed, Screen};

/// How often the same form is sent; when it is shown once more after that, the customer gives up.
const SENDINGS_MAX: usize = 2;

impl Drive<'_> {
    /// Says how a visit ends in which nothing more comes.
    pub(super) fn give_up(&self, last: Option<&(Face, View)>) -> End {
        let here = self.here();
        let Some((face, view)) = last else {
            return End::hindered(format!("{here} never came to rest"));
        };
        let quote = view.reading.quote();
        match (&self.phase, &self.pressed) {
            (Phase::Chosen(_) | Phase::Out, Some((old, what))) if old == face || self.stays => {
                End::stuck(format!("{here} stays as it was after {what}{quote}"))
            }
            (Phase::Back, _) => End::returned(format!(
                "came back to `{}`, where no account is offered{quote}",
                trunk(&self.at)
            )),
            _ => End::refused(format!("{here} shows a page without a form{quote}")),
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
        face: Face,
        view: &View,
        decision: Decision,
    ) -> Result<Vec<Deed>, End> {
        let here = self.here();
        let stuck = |why: &dyn std::fmt::Display| End::stuck(format!("{here} {why}"));
        let Some(form) = choose_form(&view.forms, decision) else {
            return Err(stuck(&"shows a page without a form"));
        };
        let way = decide(form, &view.reading.links, decision).map_err(|why| stuck(&why))?;
        let (button, leaving) = match way {
            Way::Follow(link) => {
                let what = format!("the link `{}` was followed", shorten(&link.text));
                self.pressed = Some((face, what));
                return placed(link.place, |place| Deed::Press { place })
                    .map_err(|why| stuck(&why));
            }
            Way::Press(button) => (button, false),
            Way::Cancel(button) => (Some(button), true),
        };
        let mut deeds = Vec::new();
        if !leaving {
            prepare(screen, &mut self.customer, form).await?;
            let filling = Filling {
                customer: &self.customer,
                button,
                leaving,
                chosen: None,
            };
            let entries = filling
                .entries(form)
                .map_err(|why| End::unfilled(&here, &why))?;
            deeds = enter(form, &entries);
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
            Some(button) => placed(button.place, |place| Deed::Press { place }),
            None => placed(form.place, |place| Deed::Submit { place }),
        };
        deeds.extend(last.map_err(|why| stuck(&why))?);
        let what = button.map_or_else(
            || "its form was sent".to_owned(),
            |button| format!("`{}` was pressed", shorten(button.title())),
        );
        self.pressed = Some((face, what));
        Ok(deeds)
    }

    /// Says what is done to choose an account.
    pub(super) async fn pick(
        &mut self,
        screen: &impl Screen,
        face: Face,
        view: &View,
    ) -> Result<Vec<Deed>, End> {
        let here = self.here();
        let stuck = |why: &dyn std::fmt::Display| End::stuck(format!("{here} {why}"));
        let form = view.forms.iter().find(|form| form.offers_choice());
        let (Some(form), Some(choice)) = (form, &self.visit.choose) else {
            return Err(stuck(&"offers no account"));
        };
        let choice: &Choice = choice;
        let offers = offers(form);
        let chosen = choose(&offers, choice).map_err(|why| stuck(&why))?;
        let button = allow(form).map_err(|why| stuck(&why))?;
        prepare(screen, &mut self.customer, form).await?;
        let filling = Filling {
            customer: &self.customer,
            button,
            leaving: false,
            chosen: Some((chosen.name, chosen.value)),
        };
        let entries = filling
            .entries(form)
            .map_err(|why| End::unfilled(&here, &why))?;
        let mut deeds = enter(form, &entries);
        let last = match button {
            Some(button) => placed(button.place, |place| Deed::Press { place }),
            None => placed(form.place, |place| Deed::Submit { place }),
        };
        deeds.extend(last.map_err(|why| stuck(&why))?);
        self.pressed = Some((face, "an account was chosen".to_owned()));
        self.phase = Phase::Chosen(chosen.title().to_owned());
        Ok(deeds)
    }
}
