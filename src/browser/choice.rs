//! The choice of an account on the page to which the customer comes back.

use super::Choice;
use super::form::{FieldKind, HtmlForm};
use super::text::{bare, list};
use plan_language::value::handle::same_text;

/// An account that a form offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AccountOffer<'p> {
    /// Name of the field.
    pub(super) name: &'p str,
    /// What is sent for it.
    pub(super) value: &'p str,
    /// The text that the page shows; may be empty.
    text: &'p str,
    /// Other identifiers: values of `data-` attributes.
    marks: &'p [String],
}

impl AccountOffer<'_> {
    /// Returns its name for a sentence: its text, or else its value.
    pub(super) fn title(&self) -> &str {
        if self.text.is_empty() {
            self.value
        } else {
            self.text
        }
    }
}

/// Why no account was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unchosen {
    /// The form offers fewer accounts.
    #[error("offers {offered}, and no account at place {index} (places count from 0)")]
    TooFew {
        /// The place.
        index: usize,
        /// What is offered.
        offered: String,
    },
    /// No account matches.
    #[error("offers {offered}, and none of these is `{wanted}`")]
    NotOffered {
        /// The account that the plan chooses.
        wanted: String,
        /// What is offered.
        offered: String,
    },
    /// More than one account matches.
    #[error("offers {offered}, and more than one of these is `{wanted}`")]
    Ambiguous {
        /// The account that the plan chooses.
        wanted: String,
        /// What is offered.
        offered: String,
    },
}

/// Returns the accounts that a form offers, in order: its first radios, else its first list without empty entries.
pub(super) fn offers(form: &HtmlForm) -> Vec<AccountOffer<'_>> {
    let group = form
        .fields
        .iter()
        .find(|field| matches!(field.kind, FieldKind::Radio(_)));
    if let Some(first) = group {
        return form
            .fields
            .iter()
            .filter(|field| field.name == first.name && matches!(field.kind, FieldKind::Radio(_)))
            .map(|field| AccountOffer {
                name: &field.name,
                value: &field.value,
                text: &field.label,
                marks: &field.marks,
            })
            .collect();
    }
    let list = form.fields.iter().find_map(|field| match &field.kind {
        FieldKind::Select { options, .. } => Some((field, options)),
        _ => None,
    });
    let Some((field, options)) = list else {
        return Vec::new();
    };
    options
        .iter()
        .filter(|option| !option.disabled && !option.sent().is_empty())
        .map(|option| AccountOffer {
            name: &field.name,
            value: option.sent(),
            text: &option.text,
            marks: &option.marks,
        })
        .collect()
}

/// Chooses an account.
///
/// # Errors
/// [`Unchosen`] unless exactly one account matches.
pub(super) fn choose<'o, 'p>(
    offers: &'o [AccountOffer<'p>],
    choice: &Choice,
) -> Result<&'o AccountOffer<'p>, Unchosen> {
    let offered = || list(offers.iter().map(AccountOffer::title));
    let wanted = match choice {
        Choice::Index(index) => {
            return offers.get(*index).ok_or_else(|| Unchosen::TooFew {
                index: *index,
                offered: offered(),
            });
        }
        Choice::Text(wanted) => wanted,
    };
    let shown = bare(wanted);
    let identified = |offer: &AccountOffer<'_>| {
        same_text(offer.value, wanted) || offer.marks.iter().any(|mark| same_text(mark, wanted))
    };
    let titled = |offer: &AccountOffer<'_>| bare(offer.text) == shown;
    let contains =
        |offer: &AccountOffer<'_>| !shown.is_empty() && bare(offer.text).contains(&shown);
    let matches: [&dyn Fn(&AccountOffer<'_>) -> bool; 3] = [&identified, &titled, &contains];
    for matches in matches {
        let mut found = offers.iter().filter(|offer| matches(offer));
        match (found.next(), found.next()) {
            (Some(only), None) => return Ok(only),
            (Some(_), Some(_)) => {
                return Err(Unchosen::Ambiguous {
                    wanted: wanted.clone(),
                    offered: offered(),
                });
            }
            (None, _) => {}
        }
    }
    Err(Unchosen::NotOffered {
        wanted: wanted.clone(),
        offered: offered(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::form::forms;
    use super::super::page::PageReading;
    use super::*;

    const RADIOS: &str = "<form>\
        <label><input type=radio name=account value=k1 data-external-id=ext-1 checked> Everyday ***4321</label>\
        <label><input type=radio name=account value=k2 data-external-id=ext-2> Savings ***4321</label>\
        <label><input type=radio name=account value=k3 data-external-id=⟦secret:number#ab⟧> Savings</label>\
        <input type=radio name=other value=k4></form>";

    const LIST: &str = "<form><select name=a><option value=''>Please choose<option value=k1>Everyday<option>Savings</select></form>";

    #[track_caller]
    fn check(html: &str, choice: Choice, expected: Result<(&str, &str), &str>) {
        let form = forms(&PageReading::of(html)).remove(0);
        let offers = offers(&form);
        let chosen = choose(&offers, &choice).map(|offer| (offer.name, offer.value));
        assert_eq!(
            chosen.map_err(|why| why.to_string()),
            expected.map_err(str::to_owned)
        );
    }

    fn text(text: &str) -> Choice {
        Choice::Text(text.to_owned())
    }

    #[test]
    fn places_count_from_0_up_to_the_last() {
        check(RADIOS, Choice::Index(0), Ok(("account", "k1")));
        check(RADIOS, Choice::Index(2), Ok(("account", "k3")));
        check(
            RADIOS,
            Choice::Index(3),
            Err(
                "offers `Everyday ***4321`, `Savings ***4321` and `Savings`, and no account at place 3 (places count from 0)",
            ),
        );
        check(LIST, Choice::Index(0), Ok(("a", "k1")));
        check(LIST, Choice::Index(1), Ok(("a", "Savings")));
    }

    #[test]
    fn identifiers_go_before_texts_and_texts_before_parts_of_them() {
        check(RADIOS, text("k2"), Ok(("account", "k2")));
        check(RADIOS, text("ext-2"), Ok(("account", "k2")));
        check(RADIOS, text("⟦secret:iban#ab⟧"), Ok(("account", "k3")));
        check(RADIOS, text("savings"), Ok(("account", "k3")));
        check(RADIOS, text("Everyday"), Ok(("account", "k1")));
        check(LIST, text("k1"), Ok(("a", "k1")));
        check(LIST, text("Everyday"), Ok(("a", "k1")));
    }

    #[test]
    fn what_fits_none_or_several_is_not_chosen() {
        let offered = "offers `Everyday ***4321`, `Savings ***4321` and `Savings`";
        check(
            RADIOS,
            text("***4321"),
            Err(&format!(
                "{offered}, and more than one of these is `***4321`"
            )),
        );
        check(
            RADIOS,
            text("Loan"),
            Err(&format!("{offered}, and none of these is `Loan`")),
        );
        check(
            RADIOS,
            text(""),
            Err(&format!("{offered}, and none of these is ``")),
        );
        check(
            LIST,
            text("Please choose"),
            Err("offers `Everyday` and `Savings`, and none of these is `Please choose`"),
        );
    }
}
