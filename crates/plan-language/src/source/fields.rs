//! Reads the fields of an object one by one, and complains about those that nobody asked for.
//!
//! Every complaint is gathered; a reader goes on after a wrong field so that all findings of a file
//! come out together. What a field means is left to the caller.

use std::borrow::Cow;

use crate::source::{Finding, Key, Kind, Node, Span, meant};

/// An object that is being read.
pub struct Fields<'a, 'f> {
    span: Span,
    what: &'f str,
    entries: &'a [(Key, Node)],
    known: Vec<&'static str>,
    /// Fields with an example each, for hints.
    examples: Vec<(&'static str, &'static str)>,
    /// Says where a field belongs that is not one of this object.
    elsewhere: fn(&str) -> Option<&'static str>,
    /// What to say about fields that are not known, beside the names of those that are.
    remark: Option<&'static str>,
    findings: &'f mut Vec<Finding>,
}

impl<'a, 'f> Fields<'a, 'f> {
    /// Begins to read a node that must be an object; `what` names it in complaints ("a case").
    pub fn of(node: &'a Node, what: &'f str, findings: &'f mut Vec<Finding>) -> Option<Self> {
        match &node.kind {
            Kind::Map(entries) => Some(Self {
                span: node.span.clone(),
                what,
                entries,
                known: Vec::new(),
                examples: Vec::new(),
                elsewhere: |_| None,
                remark: None,
                findings,
            }),
            _ => {
                let message = format!("{what} must be an object, not {}", node.kind_name());
                findings.push(hint_of_list(Finding::new(&node.span, message), node));
                None
            }
        }
    }

    /// Names examples of fields, for hints about those that are missing or of another kind.
    pub fn with_examples(
        mut self,
        examples: impl Iterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        self.examples = examples.collect();
        self
    }

    /// Says where fields belong that are not known here, for hints.
    pub fn with_elsewhere(mut self, elsewhere: fn(&str) -> Option<&'static str>) -> Self {
        self.elsewhere = elsewhere;
        self
    }

    /// Adds a remark to the list of fields in hints about one that is not known.
    pub fn with_remark(mut self, remark: &'static str) -> Self {
        self.remark = Some(remark);
        self
    }

    /// Adds an example of a field to a finding about it.
    fn exemplified(&self, finding: Finding, name: &str) -> Finding {
        match self.examples.iter().find(|(known, _)| *known == name) {
            Some((_, example)) => finding.with_hint(format!("for example `{name}: {example}`")),
            None => finding,
        }
    }

    /// Returns where the object stands.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Returns the list to which complaints are added.
    pub fn findings(&mut self) -> &mut Vec<Finding> {
        self.findings
    }

    /// Returns the keys of the object, in order.
    pub fn keys(&self) -> impl Iterator<Item = &'a Key> + use<'a, 'f> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// Takes an optional field.
    pub fn take(&mut self, name: &'static str) -> Option<&'a Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// Takes an optional field with its key.
    pub fn entry(&mut self, name: &'static str) -> Option<(&'a Key, &'a Node)> {
        self.known.push(name);
        self.entries
            .iter()
            .find(|(key, _)| key.text == name)
            .map(|(key, node)| (key, node))
    }

    /// Takes a field that must be there.
    pub fn require(&mut self, name: &'static str) -> Option<&'a Node> {
        let found = self.take(name);
        if found.is_none() {
            let finding = Finding::new(&self.span, format!("{} needs `{name}`", self.what));
            let finding = self.exemplified(finding, name);
            self.findings.push(finding);
        }
        found
    }

    /// Takes an optional field that must be a string.
    pub fn text(&mut self, name: &'static str) -> Option<(&'a str, &'a Span)> {
        let node = self.take(name)?;
        self.as_text(name, node)
    }

    /// Takes a sentence for reports that must be there; `title` is one line.
    ///
    /// Control characters would act on a terminal; a line break in a title is shown as a blank by some reports only.
    pub fn require_sentence(&mut self, name: &'static str) -> Option<(&'a str, &'a Span)> {
        let found = self.require_text(name)?;
        self.refuse_controls(name, found);
        Some(found)
    }

    /// Takes an optional sentence for reports, like [`Fields::require_sentence`].
    pub fn sentence(&mut self, name: &'static str) -> Option<(&'a str, &'a Span)> {
        let found = self.text(name)?;
        self.refuse_controls(name, found);
        Some(found)
    }

    fn refuse_controls(&mut self, name: &str, (text, span): (&str, &Span)) {
        let is_break = |letter: char| matches!(letter, '\n' | '\r');
        if let Some(control) = text
            .chars()
            .find(|letter| letter.is_control() && !is_break(*letter))
        {
            let message = format!(
                "`{name}` contains the control character U+{:04X}",
                u32::from(control)
            );
            let finding = Finding::new(span, message);
            self.findings
                .push(finding.with_hint("remove it: terminals and reports show this text"));
        } else if name == "title" && text.trim_end().contains(is_break) {
            self.findings.push(
                Finding::warning(span, "this title has several lines, and lists show one")
                    .with_hint("write one line; `expected` may have several"),
            );
        }
    }

    /// Takes a string that must be there.
    pub fn require_text(&mut self, name: &'static str) -> Option<(&'a str, &'a Span)> {
        let node = self.require(name)?;
        self.as_text(name, node)
    }

    fn as_text(&mut self, name: &str, node: &'a Node) -> Option<(&'a str, &'a Span)> {
        match node.as_text() {
            Some(text) if !text.trim().is_empty() => Some((text, &node.span)),
            Some(_) => {
                self.complain(&node.span, format!("`{name}` is empty"));
                None
            }
            None => {
                let message = format!("`{name}` must be a string, not {}", node.kind_name());
                let finding = self.exemplified(Finding::new(&node.span, message), name);
                self.findings.push(finding);
                None
            }
        }
    }

    /// Takes an optional field that must be true or false.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        let node = self.take(name)?;
        match node.kind {
            Kind::Bool(flag) => Some(flag),
            _ => {
                self.complain(
                    &node.span,
                    format!(
                        "`{name}` is true or false, and this is {}",
                        node.kind_name()
                    ),
                );
                None
            }
        }
    }

    /// Takes an optional whole number that is not negative.
    pub fn count(&mut self, name: &'static str) -> Option<u32> {
        let node = self.take(name)?;
        let number = match &node.kind {
            Kind::Number(number) => number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok()),
            _ => None,
        };
        if number.is_none() {
            self.complain(&node.span, format!("`{name}` is a whole number from 0"));
        }
        number
    }

    /// Takes an optional field that is one string or an array of strings.
    pub fn words(&mut self, name: &'static str) -> Vec<(&'a str, &'a Span)> {
        let Some(node) = self.take(name) else {
            return Vec::new();
        };
        let items = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        items
            .iter()
            .filter_map(|item| self.as_text(name, item))
            .collect()
    }

    /// Takes an optional array; nothing (`null`) stands for an empty one, and anything else is complained about.
    pub fn list(&mut self, name: &'static str) -> &'a [Node] {
        let Some(node) = self.take(name) else {
            return &[];
        };
        match &node.kind {
            Kind::List(items) => items,
            Kind::Null => &[],
            _ => {
                let message = format!("`{name}` must be an array, not {}", node.kind_name());
                self.findings.push(
                    Finding::new(&node.span, message).with_hint("begin each entry with `- `"),
                );
                &[]
            }
        }
    }

    /// Adds a complaint.
    pub fn complain(&mut self, span: &Span, message: impl Into<String>) {
        self.findings.push(Finding::new(span, message));
    }

    /// Ends the reading: fields that nobody took are complained about, with the one that is meant, if one is.
    pub fn end(self) {
        for (key, _) in self.entries {
            if self.known.contains(&key.text.as_str()) {
                continue;
            }
            let mut finding = Finding::new(
                &key.span,
                format!("{} has no field `{}`", self.what, shown_key(&key.text)),
            );
            let near = meant(&key.text, self.known.iter().copied());
            finding.hint = Some(match (near, (self.elsewhere)(&key.text)) {
                (Some(word), _) => format!("did you mean `{word}`?"),
                (None, Some(place)) => place.to_owned(),
                (None, None) => {
                    let remark = self.remark.map(|remark| format!("; {remark}"));
                    format!(
                        "fields are: {}{}",
                        self.known.join(", "),
                        remark.unwrap_or_default()
                    )
                }
            });
            self.findings.push(finding);
        }
    }
}

/// Adds to a finding about an array how an object is written, if its elements are objects.
pub fn hint_of_list(finding: Finding, node: &Node) -> Finding {
    let are_objects = |items: &[Node]| items.iter().any(|item| item.as_map().is_some());
    match node.as_list() {
        Some(items) if are_objects(items) => {
            finding.with_hint("write its keys without `- ` before them, or between `{ }`")
        }
        _ => finding,
    }
}
/// Returns the name of a field as a finding shows it: of `literal:VALUE`, written as a key, not the value.
fn shown_key(key: &str) -> Cow<'_, str> {
    match key.split_once(':') {
        Some((before, _)) => Cow::Owned(format!("{before}:…")),
        None => Cow::Borrowed(key),
    }
}
