//! The actions that fill in a form.

use crate::browser::Action;
use crate::browser::fill::FieldEntry;
use crate::browser::form::{FieldKind, HtmlForm};

/// Returns the actions that make a form hold these entries; a field that holds its entry already needs none.
pub(super) fn enter(form: &HtmlForm, entries: &[FieldEntry]) -> Vec<Action> {
    let mut actions = Vec::new();
    for (index, field) in form.fields.iter().enumerate() {
        let Some(place) = field.place else { continue };
        let mut values = entries
            .iter()
            .filter(|entry| entry.field == index)
            .map(|entry| entry.value.clone());
        match &field.kind {
            FieldKind::Hidden | FieldKind::File => {}
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
