//! Turns what a form is to hold into deeds.

use crate::browser::Deed;
use crate::browser::fill::Entry;
use crate::browser::form::{Form, Kind};

/// Lists what is entered into a form, as far as it is not there already.
pub(super) fn enter(form: &Form, entries: &[Entry]) -> Vec<Deed> {
    let mut deeds = Vec::new();
    for (index, field) in form.fields.iter().enumerate() {
        let Some(place) = field.place else { continue };
        let mut values = entries
            .iter()
            .filter(|entry| entry.field == index)
            .map(|entry| entry.value.clone());
        match &field.kind {
            Kind::Hidden => {}
            Kind::Radio(on) => {
                if values.next().is_some() && !on {
                    deeds.push(Deed::Click { place });
                }
            }
            Kind::Checkbox(on) => {
                if values.next().is_some() != *on {
                    deeds.push(Deed::Click { place });
                }
            }
            Kind::Select { .. } => deeds.push(Deed::Choose {
                place,
                values: values.collect(),
            }),
            Kind::Line | Kind::Other | Kind::Password => {
                let text = values.next().unwrap_or_default();
                if field.open && text != field.value {
                    deeds.push(Deed::Type { place, text });
                }
            }
        }
    }
    deeds
}

/// Makes a deed at a place, if the element has one.
pub(super) fn placed(
    place: Option<usize>,
    deed: impl Fn(usize) -> Deed,
) -> Result<Vec<Deed>, &'static str> {
    match place {
        Some(place) => Ok(vec![deed(place)]),
        None => Err("shows something to press that the browser does not find again"),
    }
}
