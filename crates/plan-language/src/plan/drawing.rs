//! A sequence diagram that is being drawn, in Mermaid: messages, notes and frames, and how their labels are written.
//!
//! Which messages a verb draws is in the verb's file; a case as a whole is drawn by `diagram`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::participant::{Address, Callback, Participant};
use crate::plan::model::{Mention, Query, Wait};
use crate::value::duration;

/// A diagram that is being drawn.
pub(super) struct Drawing {
    text: String,
    depth: usize,
    /// Flows that provide names; each is drawn once.
    provided: BTreeSet<String>,
}

impl Drawing {
    /// Begins a diagram with all participants.
    pub(super) fn begin() -> Self {
        let mut drawing = Self {
            text: "sequenceDiagram\n".to_owned(),
            depth: 1,
            provided: BTreeSet::new(),
        };
        for participant in Participant::ALL {
            drawing.line(&format!(
                "participant {participant} as {}",
                title(participant)
            ));
        }
        drawing
    }

    fn line(&mut self, line: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:width$}{line}", "", width = self.depth * 4);
    }

    /// Draws a message.
    pub(super) fn arrow(&mut self, from: Participant, arrow: &str, to: Participant, label: &str) {
        self.line(&format!("{from}{arrow}{to}: {}", escape(label)));
    }

    /// Draws a note over one participant.
    pub(super) fn note(&mut self, over: Participant, label: &str) {
        self.line(&format!("Note over {over}: {}", escape(label)));
    }

    /// Draws a note over all participants.
    pub(super) fn across(&mut self, label: &str) {
        self.line(&format!("Note over product,provider: {}", escape(label)));
    }

    /// Draws a frame such as `loop`, with what is inside.
    pub(super) fn frame(&mut self, head: &str, inside: impl FnOnce(&mut Self)) {
        self.line(head);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line("end");
    }

    /// Draws branches that run at the same time; `inside` draws the branch of an index.
    pub(super) fn branches(&mut self, count: usize, mut inside: impl FnMut(&mut Self, usize)) {
        for index in 0..count {
            let word = if index == 0 { "par" } else { "and" };
            self.line(&format!("{word} branch {}", index + 1));
            self.depth += 1;
            inside(self, index);
            self.depth -= 1;
        }
        self.line("end");
    }

    /// Notes that a flow provides its names from here on; tells whether it did not before.
    pub(super) fn provide(&mut self, flow: &str) -> bool {
        self.provided.insert(flow.to_owned())
    }

    /// Returns the text of the diagram.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Returns the participant that usually sends the messages of a query.
pub(super) fn caller(query: &Query) -> Participant {
    let Address {
        participant,
        callback,
    } = query.at;
    match (participant, callback) {
        (_, Some(Callback::Auth | Callback::ReAuth)) => Participant::Browser,
        (Participant::Provider, _) => Participant::Service,
        (Participant::Service, _) => {
            let start = query.path.as_ref().map_or("", |path| path.literal_start());
            if start.starts_with("/ui/") {
                Participant::Browser
            } else {
                Participant::Provider
            }
        }
        _ => Participant::Provider,
    }
}

/// Returns method, callback and path of a query.
pub(super) fn asked(query: &Query) -> String {
    let place = query.at.callback.map_or("", Callback::as_str);
    let path = query
        .path
        .as_ref()
        .map_or_else(String::new, |path| path.written());
    format!("{} {place}{path}", query.method)
        .trim_end()
        .to_owned()
}

/// Returns a moment as a plan writes it.
pub(super) fn moment(mention: &Mention) -> String {
    if mention.response {
        format!("{}.response", mention.label)
    } else {
        mention.label.clone()
    }
}

/// Returns a wait as a plan writes it.
pub(super) fn time(wait: &Wait) -> String {
    match wait {
        Wait::Named(name, _) => name.clone(),
        Wait::Literal(time, _) => duration::format(*time),
    }
}

/// Escapes a label, so that Mermaid shows it as it is, in one line.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
        // The bare word would end a frame.
        let (own, rest) = match word.strip_prefix("end") {
            Some(rest) if rest.chars().all(|letter| !letter.is_alphanumeric()) => ("#101;nd", rest),
            _ => ("", word),
        };
        out.push_str(own);
        for letter in rest.chars() {
            match letter {
                '#' | ';' | '<' | '>' | '"' | '%' | '&' | '\\' => {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "#{};", u32::from(letter));
                }
                _ if letter.is_control() => out.push(' '),
                _ => out.push(letter),
            }
        }
    }
    out
}

fn title(participant: Participant) -> &'static str {
    match participant {
        Participant::Product => "Product",
        Participant::Browser => "Browser",
        Participant::Service => "Banking Service",
        Participant::Sageid => "Sage ID",
        Participant::Provider => "Provider",
    }
}
