//! Reads forms off the pieces of a page, as a browser would build them.

mod around;

use around::Around;

use super::{Button, FieldKind, FormField, HtmlForm, SelectOption};
use crate::browser::Enctype;
use crate::browser::page::{PageReading, Piece, Tag};
use crate::browser::text::plain;

/// How many fields and buttons of a page are looked at.
const CONTROLS_MAX: usize = 200;

/// How many options of one field are looked at.
const OPTIONS_MAX: usize = 500;

/// How many forms of a page are looked at.
const FORMS_MAX: usize = 200;

/// How many labels of a page are looked at.
const LABELS_MAX: usize = 500;

/// How many headings and legends of a form are looked at.
const TITLES_MAX: usize = 20;

/// Reads the forms of a page, in order.
pub(in crate::browser) fn forms(reading: &PageReading) -> Vec<HtmlForm> {
    let mut reader = Reader::default();
    for piece in &reading.pieces {
        match piece {
            Piece::Open(tag) => reader.open(tag),
            Piece::Close(name) => reader.close(name),
            Piece::Text(text) => reader.text(text),
        }
    }
    reader.end()
}

/// To which form a control belongs.
#[derive(Clone, Debug)]
enum Owner {
    Place(usize),
    Id(String),
}

#[derive(Clone, Debug)]
enum Control {
    FormField(FormField),
    Button(Button),
}

/// A label that is being read or was read.
#[derive(Debug, Default)]
struct Label {
    /// The `id` that it names, perhaps empty.
    target: String,
    text: String,
    /// The first control inside.
    inside: Option<usize>,
}

#[derive(Default)]
struct Reader {
    forms: Vec<HtmlForm>,
    /// The form that is open.
    current: Option<usize>,
    controls: Vec<(Owner, Control)>,
    labels: Vec<Label>,
    /// Whether the last label is open.
    labelling: bool,
    /// The control into which text goes.
    taking: Option<Taking>,
    /// Which elements around keep controls from being used.
    around: Around,
    /// Whether the title of the open form is being read.
    titling: bool,
}

/// What swallows text instead of showing it beside a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taking {
    /// A button's text.
    Button(usize),
    /// The last option of a list.
    Option(usize),
    /// A list, between its options.
    List(usize),
    /// What is written in a field of several lines.
    Lines(usize),
    /// Scripts, styles and the like.
    Nothing,
}

impl Reader {
    fn open(&mut self, tag: &Tag) {
        self.around.open(tag);
        if is_title(&tag.name) {
            self.title(String::new());
        }
        match tag.name.as_str() {
            "form" => self.open_form(tag),
            "label" if self.labels.len() < LABELS_MAX => {
                self.labels.push(Label {
                    target: tag.text("for").to_owned(),
                    ..Label::default()
                });
                self.labelling = true;
            }
            "input" => self.input(tag),
            "button" => self.button(tag),
            "select" => {
                let kind = FieldKind::Select {
                    multiple: tag.has("multiple"),
                    options: Vec::new(),
                };
                self.taking = Some(match self.field(tag, kind) {
                    Some(place) => Taking::List(place),
                    None => Taking::Nothing,
                });
            }
            "option" => self.option(tag),
            "textarea" => {
                self.taking = Some(match self.field(tag, FieldKind::Other) {
                    Some(place) => Taking::Lines(place),
                    None => Taking::Nothing,
                });
            }
            "script" | "style" | "title" | "iframe" => {
                self.taking = Some(Taking::Nothing);
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        self.around.close(name);
        self.titling &= !is_title(name);
        match (name, self.taking) {
            ("form", _) => {
                self.current = None;
                self.taking = None;
            }
            ("label", _) => self.labelling = false,
            ("option", Some(Taking::Option(place))) => self.taking = Some(Taking::List(place)),
            ("button" | "select" | "textarea", _)
            | ("script" | "style" | "title" | "iframe", Some(Taking::Nothing)) => {
                self.taking = None;
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        match self.taking {
            None => {
                if let (true, Some(label)) = (self.labelling, self.labels.last_mut()) {
                    label.text.push_str(text);
                }
                let form = self.current.and_then(|place| self.forms.get_mut(place));
                let title = form.and_then(|form| form.titles.last_mut());
                if let (true, Some(title)) = (self.titling, title) {
                    title.push_str(text);
                }
            }
            Some(Taking::Nothing | Taking::List(_)) => {}
            Some(Taking::Button(place)) => {
                if let Some((_, Control::Button(button))) = self.controls.get_mut(place) {
                    button.text.push_str(text);
                }
            }
            Some(Taking::Lines(place)) => {
                if let Some((_, Control::FormField(field))) = self.controls.get_mut(place) {
                    // A line break right behind the tag belongs to the layout.
                    let text = text.strip_prefix('\n').unwrap_or(text);
                    field.value.push_str(text);
                }
            }
            Some(Taking::Option(place)) => {
                if let Some(option) = self.options(place).and_then(|all| all.last_mut()) {
                    option.text.push_str(text);
                }
            }
        }
    }

    fn open_form(&mut self, tag: &Tag) {
        // A form inside a form does not count, as in every browser.
        let method = tag.text("method").to_ascii_lowercase();
        if self.current.is_some() || method == "dialog" || self.forms.len() >= FORMS_MAX {
            return;
        }
        self.current = Some(self.forms.len());
        let named = ["name", "aria-label", "title"].map(|attribute| tag.text(attribute));
        let named = named.into_iter().filter(|text| !text.is_empty());
        self.forms.push(HtmlForm {
            place: tag.place(),
            id: tag.text("id").to_owned(),
            titles: named.map(str::to_owned).collect(),
            action: tag.text("action").trim().to_owned(),
            window: tag.get("target").map(str::to_owned),
            post: method == "post",
            by_script: tag.has("onsubmit")
                || matches!(tag.text("action").trim().as_bytes(), [] | [b'#', ..]),
            enctype: Enctype::parse(tag.text("enctype")),
            charsets: tag.text("accept-charset").to_owned(),
            hidden: self.around.hides(tag),
            role_search: tag.text("role") == "search",
            ..HtmlForm::default()
        });
    }

    /// Begins a title of the open form.
    fn title(&mut self, text: String) {
        let form = self.current.and_then(|place| self.forms.get_mut(place));
        if let Some(form) = form.filter(|form| form.titles.len() < TITLES_MAX) {
            form.titles.push(text);
            self.titling = true;
        }
    }

    fn input(&mut self, tag: &Tag) {
        let checked = tag.has("checked");
        let sort = tag.text("type").to_ascii_lowercase();
        let kind = match sort.as_str() {
            "hidden" => FieldKind::Hidden,
            "password" => FieldKind::Password,
            "radio" => FieldKind::Radio(checked),
            "checkbox" => FieldKind::Checkbox(checked),
            "submit" | "image" => {
                self.add_button(tag);
                return;
            }
            "button" | "reset" => return,
            "file" => FieldKind::File,
            "date" | "datetime-local" | "month" | "week" | "time" | "range" | "color"
            | "search" => FieldKind::Other,
            _ => FieldKind::Line,
        };
        self.field(tag, kind);
    }

    fn button(&mut self, tag: &Tag) {
        let sort = tag.text("type").to_ascii_lowercase();
        let place = match sort.as_str() {
            "button" | "reset" => None,
            _ => self.add_button(tag),
        };
        self.taking = Some(place.map_or(Taking::Nothing, Taking::Button));
    }

    /// Adds a button and returns its place.
    fn add_button(&mut self, tag: &Tag) -> Option<usize> {
        if self.around.hides(tag) {
            return None;
        }
        let value = tag.text("value");
        let text = match tag.name.as_str() {
            "input" if !value.is_empty() => value,
            "input" => tag.text("alt"),
            _ => "",
        };
        let button = Button {
            place: tag.place(),
            name: tag.text("name").to_owned(),
            value: value.to_owned(),
            text: text.to_owned(),
            hint: plain(tag.text("aria-label")),
            action: tag.get("formaction").map(|action| action.trim().to_owned()),
            window: tag.get("formtarget").map(str::to_owned),
            post: tag
                .get("formmethod")
                .map(|method| method.eq_ignore_ascii_case("post")),
            enctype: tag.get("formenctype").map(Enctype::parse),
            fields_before: 0,
            image: tag.name == "input" && tag.text("type").eq_ignore_ascii_case("image"),
        };
        self.add(tag, Control::Button(button))
    }

    /// Adds a field and returns its place; one without a name is never sent, so it is left out.
    fn field(&mut self, tag: &Tag, kind: FieldKind) -> Option<usize> {
        let name = tag.text("name");
        if name.is_empty() {
            return None;
        }
        let ticked = matches!(kind, FieldKind::Radio(_) | FieldKind::Checkbox(_));
        let hint = ["aria-label", "placeholder", "title"]
            .into_iter()
            .find_map(|name| tag.get(name))
            .unwrap_or_default();
        let field = FormField {
            place: tag.place(),
            name: name.to_owned(),
            id: tag.text("id").to_owned(),
            label: plain(hint),
            autocomplete: tag.text("autocomplete").to_ascii_lowercase(),
            required: tag.has("required") || tag.text("aria-required") == "true",
            open: !tag.has("readonly") && kind != FieldKind::Hidden && !self.around.hides(tag),
            value: match tag.get("value") {
                None if ticked => "on".to_owned(),
                value => value.unwrap_or_default().to_owned(),
            },
            marks: marks(tag),
            max: tag.text("maxlength").trim().parse().ok(),
            direction: tag.get("dirname").map(str::to_owned),
            kind,
        };
        self.add(tag, Control::FormField(field))
    }

    /// Adds a control that would be sent, and returns its place.
    fn add(&mut self, tag: &Tag, control: Control) -> Option<usize> {
        let owner = match (tag.get("form"), self.current) {
            (Some(id), _) => Owner::Id(id.to_owned()),
            (None, Some(place)) => Owner::Place(place),
            (None, None) => return None,
        };
        let place = self.controls.len();
        if tag.has("disabled") || self.around.disables() || place >= CONTROLS_MAX {
            return None;
        }
        if let (true, Some(label)) = (self.labelling, self.labels.last_mut()) {
            label.inside.get_or_insert(place);
        }
        self.controls.push((owner, control));
        Some(place)
    }

    fn options(&mut self, place: usize) -> Option<&mut Vec<SelectOption>> {
        match self.controls.get_mut(place) {
            Some((_, Control::FormField(field))) => match &mut field.kind {
                FieldKind::Select { options, .. } => Some(options),
                _ => None,
            },
            _ => None,
        }
    }

    fn option(&mut self, tag: &Tag) {
        let Some(Taking::List(place) | Taking::Option(place)) = self.taking else {
            return;
        };
        self.taking = Some(Taking::List(place));
        let disabled = tag.has("disabled") || self.around.disables_options();
        let Some(options) = self.options(place) else {
            return;
        };
        if options.len() < OPTIONS_MAX {
            options.push(SelectOption {
                value: tag.get("value").map(str::to_owned),
                text: String::new(),
                marks: marks(tag),
                selected: tag.has("selected"),
                disabled,
            });
            self.taking = Some(Taking::Option(place));
        }
    }

    /// Gives labels to fields and controls to forms.
    fn end(mut self) -> Vec<HtmlForm> {
        for label in &self.labels {
            let text = plain(&label.text);
            let place = match label.target.as_str() {
                "" => label.inside,
                id => self.controls.iter().position(
                    |(_, control)| matches!(control, Control::FormField(field) if field.id == id),
                ),
            };
            if let (false, Some((_, Control::FormField(field)))) = (
                text.is_empty(),
                place.and_then(|place| self.controls.get_mut(place)),
            ) {
                field.label = text;
            }
        }
        for (owner, control) in self.controls {
            let form = match owner {
                Owner::Place(place) => self.forms.get_mut(place),
                Owner::Id(id) => self
                    .forms
                    .iter_mut()
                    .find(|form| !id.is_empty() && form.id == id),
            };
            match (form, control) {
                (None, _) => {}
                (Some(form), Control::FormField(field)) => form.fields.push(finish(field)),
                (Some(form), Control::Button(mut button)) => {
                    button.text = plain(&button.text);
                    if button.text.is_empty() {
                        button.text = std::mem::take(&mut button.hint);
                    }
                    button.fields_before = form.fields.len();
                    form.buttons.push(button);
                }
            }
        }
        for form in &mut self.forms {
            form.titles = form.titles.iter().map(|title| plain(title)).collect();
            form.titles.retain(|title| !title.is_empty());
        }
        self.forms
    }
}

/// Tells whether what an element contains is a title of the form around it.
fn is_title(name: &str) -> bool {
    matches!(name, "legend" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn finish(mut field: FormField) -> FormField {
    if let FieldKind::Select { options, .. } = &mut field.kind {
        for option in options {
            option.text = plain(&option.text);
        }
    }
    field
}

fn marks(tag: &Tag) -> Vec<String> {
    tag.attributes
        .iter()
        .filter(|(name, value)| name.starts_with("data-") && !value.is_empty())
        .map(|(_, value)| value.clone())
        .collect()
}
