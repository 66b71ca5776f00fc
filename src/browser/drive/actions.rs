//! Turns what a form is to hold into actions.

use crate::browser::Action;
use crate::browser::fill::FieldEntry;
use crate::browser::form::{FieldKind, HtmlForm};

/// Lists what is entered into a form, as far as it is not there already.
pub(super) fn enter(form: &HtmlForm, entries: &[FieldEntry]) -> Vec<Action> {
    let mut actions = Vec::new();
    for (index, field) in form.fields.iter().enumerate() {
        let Some(place) = field.place else { continue };
        let mut values = entries
            .iter()
            .filter(|entry| entry.field == index)
            .map(|entry| entry.value.clone());
        match &field.kind {
            FieldKind::Hidden => {}
            FieldKind::Radio(on) => {
                if values.next().is_some() && !on {
                    actions.push(Action::Click { place });
                }
            }
            FieldKind::Checkbox(on) => {
                if values.next().is_some() != *on {
                    actions.push(Action::Click { place });
                }
            }
            FieldKind::Select { .. } => actions.push(Action::Choose {
                place,
                values: values.collect(),
            }),
            FieldKind::Line | FieldKind::Other | FieldKind::Password => {
                let text = values.next().unwrap_or_default();
                if field.open && text != field.value {
                    actions.push(Action::Type { place, text });
                }
            }
        }
    }
    actions
}

/// Makes a action at a place, if the element has one.
pub(super) fn placed(
    place: Option<usize>,
    action: impl Fn(usize) -> Action,
) -> Result<Vec<Action>, &'static str> {
    match place {
        Some(place) => Ok(vec![action(place)]),
        None => Err("shows something to press that the browser does not find again"),
    }
}
