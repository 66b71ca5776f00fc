//! Draws the planned sequence of a case as a Mermaid `sequenceDiagram`, before any message is sent.
//!
//! Reports draw what really happened, from the journal. The diagram takes the usual sender of an awaited message from
//! its address; another sender would be drawn the same. How a verb looks is in the verb's own file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::participant::{Address, Callback, Participant};
use crate::plan::model::{Case, Mention, Query, Wait};
use crate::plan::verb::{Flow, Step};
use crate::value::duration;

/// Draws the steps of a case, flows written out.
///
/// The text begins with `sequenceDiagram` and ends with a line break. Values are not known yet: `${…}` stand as written.
pub fn diagram(case: &Case) -> String {
    let mut drawing = Drawing {
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
    for (name, steps) in [
        ("given", &case.given),
        ("steps", &case.steps),
        ("teardown", &case.teardown),
    ] {
        if !steps.is_empty() {
            drawing.across(name);
            drawing.steps(steps);
        }
    }
    drawing.text
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

/// A diagram that is being drawn.
pub(super) struct Drawing {
    text: String,
    depth: usize,
    /// Flows that provide names; each is drawn once.
    provided: BTreeSet<String>,
}

impl Drawing {
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

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        for flow in &step.before {
            if self.provided.insert(flow.name.to_string()) {
                self.across(&format!("flow {}, by itself", flow.name));
                self.steps(&flow.steps);
            }
        }
        let serves = if step.requirement.is_empty() {
            String::new()
        } else {
            format!(" [{}]", step.requirement.join(" "))
        };
        step.verb.model().draw(self, &serves);
    }

    /// Draws a flow that a step runs.
    pub(super) fn flow(&mut self, flow: &Flow) {
        if !flow.provides.is_empty() {
            self.provided.insert(flow.name.to_string());
        }
        self.across(&format!("flow {}", flow.name));
        self.steps(&flow.steps);
    }

    /// Draws branches that run at the same time.
    pub(super) fn branches(&mut self, branches: &[Vec<Step>]) {
        for (index, branch) in branches.iter().enumerate() {
            let word = if index == 0 { "par" } else { "and" };
            self.line(&format!("{word} branch {}", index + 1));
            self.depth += 1;
            self.steps(branch);
            self.depth -= 1;
        }
        self.line("end");
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

#[cfg(test)]
#[path = "diagram_tests.rs"]
mod tests;
