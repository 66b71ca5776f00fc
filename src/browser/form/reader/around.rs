//! The elements around a control that keep it from being used: disabled groups, and what is hidden.

use crate::browser::page::Tag;

/// The elements around the current place of a page.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// The open `<fieldset>`s.
    fieldsets: Vec<Fieldset>,
    /// Whether a disabled `<optgroup>` is open.
    optgroup_disabled: bool,
    /// The outermost hidden element, and how many elements of its name are open.
    hidden: Option<(String, usize)>,
}

/// An open `<fieldset>`.
#[derive(Debug)]
struct Fieldset {
    disabled: bool,
    /// Where the place is, seen from its first legend.
    legend: Legend,
}

/// A place, seen from the first legend of a fieldset: what is in that legend is never disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Legend {
    Before,
    Inside,
    Behind,
}

/// Elements that hide what they contain if they are hidden; each has to be closed.
const CONTAINERS: [&str; 14] = [
    "article", "aside", "button", "dialog", "div", "fieldset", "footer", "form", "header", "main",
    "nav", "section", "span", "ul",
];

impl Around {
    /// Enters an element.
    pub(super) fn open(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "fieldset" => self.fieldsets.push(Fieldset {
                disabled: tag.has("disabled"),
                legend: Legend::Before,
            }),
            "legend" => {
                if let Some(fieldset) = self.fieldsets.last_mut()
                    && fieldset.legend == Legend::Before
                {
                    fieldset.legend = Legend::Inside;
                }
            }
            "optgroup" => self.optgroup_disabled = tag.has("disabled"),
            _ => {}
        }
        match &mut self.hidden {
            Some((name, open)) if *name == tag.name => *open += 1,
            Some(_) => {}
            None if CONTAINERS.contains(&tag.name.as_str()) && is_hidden(tag) => {
                self.hidden = Some((tag.name.clone(), 1));
            }
            None => {}
        }
    }

    /// Leaves an element.
    pub(super) fn close(&mut self, name: &str) {
        match name {
            "fieldset" => {
                self.fieldsets.pop();
            }
            "legend" => {
                if let Some(fieldset) = self.fieldsets.last_mut()
                    && fieldset.legend == Legend::Inside
                {
                    fieldset.legend = Legend::Behind;
                }
            }
            "optgroup" | "select" => self.optgroup_disabled = false,
            _ => {}
        }
        if let Some((hidden, open)) = &mut self.hidden
            && hidden == name
        {
            *open -= 1;
            if *open == 0 {
                self.hidden = None;
            }
        }
    }

    /// Tells whether a control at this place is disabled.
    pub(super) fn disables(&self) -> bool {
        let mut around = self.fieldsets.iter();
        around.any(|fieldset| fieldset.disabled && fieldset.legend != Legend::Inside)
    }

    /// Tells whether an option at this place is disabled.
    pub(super) fn disables_options(&self) -> bool {
        self.optgroup_disabled
    }

    /// Tells whether a customer does not see an element at this place.
    pub(super) fn hides(&self, tag: &Tag) -> bool {
        self.hidden.is_some() || is_hidden(tag)
    }
}

/// Tells whether an element is hidden by what its tag says; what a style sheet says is not known.
fn is_hidden(tag: &Tag) -> bool {
    let style = tag.text("style").to_ascii_lowercase().replace(' ', "");
    tag.has("hidden")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
        || (tag.name == "dialog" && !tag.has("open"))
}
