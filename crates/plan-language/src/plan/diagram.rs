//! Draws the planned sequence of a case as a Mermaid `sequenceDiagram`: what its steps say, before anything is sent.
//!
//! What really happened is drawn by reports, from the journal. Who usually sends an awaited message is told by its
//! address; another sender would be drawn the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::participant::{Address, Callback, Participant};
use crate::plan::model::{
    Browse, Case, Count, Deed, End, Query, Receive, Reply, Send, Sentinel, Start, Step, Verb, Wait,
};
use crate::value::{Scope, duration};

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

struct Drawing {
    text: String,
    depth: usize,
    /// Flows that ran by themselves; they do so once.
    provided: BTreeSet<String>,
}

impl Drawing {
    fn line(&mut self, line: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:width$}{line}", "", width = self.depth * 4);
    }

    fn arrow(&mut self, from: Participant, arrow: &str, to: Participant, label: &str) {
        self.line(&format!("{from}{arrow}{to}: {}", escape(label)));
    }

    fn note(&mut self, over: Participant, label: &str) {
        self.line(&format!("Note over {over}: {}", escape(label)));
    }

    fn across(&mut self, label: &str) {
        self.line(&format!("Note over product,provider: {}", escape(label)));
    }

    /// Draws a frame such as `loop`, with what is inside.
    fn frame(&mut self, head: &str, inside: impl FnOnce(&mut Self)) {
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
        let serves = match step.requirement.is_empty() {
            true => String::new(),
            false => format!(" [{}]", step.requirement.join(" ")),
        };
        match &step.verb {
            Verb::Send(send) => self.send(send, &serves),
            Verb::Receive(receive) => self.receive(receive, &serves),
            Verb::Never(never) => {
                let until = match &never.sentinel {
                    Sentinel::Until(mention) => {
                        format!("until {}", moment(&mention.label, mention.response))
                    }
                    Sentinel::For(wait) => format!("for {}", time(wait)),
                };
                self.arrow(
                    caller(&never.query),
                    "-x",
                    never.query.at.participant,
                    &format!("never {}, {until}{serves}", asked(&never.query)),
                );
            }
            Verb::Browse(browse) => self.browse(browse, &serves),
            Verb::Stub(arm) => {
                let replies: Vec<_> = arm.with.iter().map(reply).collect();
                let label = format!("answers {}: {}", asked(&arm.query), replies.join(", "));
                self.note(arm.query.at.participant, &label);
            }
            Verb::Judge(judge) => {
                let what = moment(&judge.on.label, judge.response.is_some());
                self.across(&format!("judge {what}{serves}"));
            }
            Verb::Trigger(trigger) => {
                self.note(
                    Participant::Provider,
                    &format!("bank action {}", trigger.bank_action),
                );
            }
            Verb::Use(used) => {
                self.provided
                    .extend((!used.flow.provides.is_empty()).then(|| used.flow.name.to_string()));
                self.across(&format!("flow {}", used.flow.name));
                self.steps(&used.flow.steps);
            }
            Verb::Parallel(branches) => {
                for (at, branch) in branches.iter().enumerate() {
                    let word = if at == 0 { "par" } else { "and" };
                    self.line(&format!("{word} branch {}", at + 1));
                    self.depth += 1;
                    self.steps(branch);
                    self.depth -= 1;
                }
                self.line("end");
            }
            Verb::Age(age) => {
                let by = duration::format(age.by);
                self.note(age.at, &format!("what exists becomes {by} older"));
            }
            Verb::Set(_) => {}
        }
    }

    fn send(&mut self, send: &Send, serves: &str) {
        let to = send.to.participant;
        let path = match send.to.callback {
            Some(callback) => callback.as_str().to_owned() + &send.path.written(),
            None => send.path.written(),
        };
        let draw = |drawing: &mut Self| {
            drawing.arrow(
                send.by,
                "->>",
                to,
                &format!("{} {path}{serves}", send.method),
            );
            if let Some((status, _)) = &send.expect.status {
                drawing.arrow(to, "-->>", send.by, &status.to_string());
            }
        };
        match &send.eventually {
            Some(eventually) => {
                let head = format!(
                    "loop {}",
                    escape(&format!("until as expected, {}", time(&eventually.within)))
                );
                self.frame(&head, draw);
            }
            None => draw(self),
        }
    }

    fn receive(&mut self, receive: &Receive, serves: &str) {
        let (from, to) = (caller(&receive.query), receive.query.at.participant);
        let many = match receive.count {
            Count {
                least: 1,
                most: None,
            } => String::new(),
            Count {
                least,
                most: Some(most),
            } if least == most => format!(", {least} times"),
            Count {
                least,
                most: Some(most),
            } => format!(", {least} to {most} times"),
            Count { least, most: None } => format!(", {least} times or more"),
        };
        let end = match &receive.end {
            End::Within(wait) => format!("within {}", time(wait)),
            End::Until(mention) => {
                format!("until {}", moment(&mention.label, mention.response))
            }
        };
        let label = format!("{}, {end}{many}{serves}", asked(&receive.query));
        self.arrow(from, "->>", to, &label);
        let response = receive
            .response
            .as_ref()
            .and_then(|one| one.status.as_ref());
        if let Some((status, _)) = response {
            self.arrow(to, "-->>", from, &status.to_string());
        }
    }

    fn browse(&mut self, browse: &Browse, serves: &str) {
        match &browse.start {
            Start::At(address) => {
                let page = address.callback.map_or("", Callback::as_str);
                self.arrow(
                    Participant::Browser,
                    "->>",
                    address.participant,
                    &format!("visit {page}{serves}"),
                );
            }
            Start::Url(url) => self.arrow(
                Participant::Browser,
                "->>",
                Participant::Browser,
                &format!("visit {}{serves}", url.written()),
            ),
        }
        let outcome = browse.outcome.as_ref().and_then(|(matcher, _)| {
            let nothing: &dyn Scope = &serde_json::Map::new();
            Some(matcher.resolve(nothing).ok()?.describe())
        });
        if let Some(outcome) = outcome {
            self.note(
                Participant::Browser,
                &format!("the visit ends as {outcome}"),
            );
        }
    }
}

/// Returns who usually sends what arrives at an address.
fn caller(query: &Query) -> Participant {
    let Address {
        participant,
        callback,
    } = query.at;
    match (participant, callback) {
        (_, Some(Callback::Auth | Callback::ReAuth)) => Participant::Browser,
        (Participant::Provider, _) => Participant::Service,
        (Participant::Service, _) => {
            let start = query.path.as_ref().map_or("", |path| path.literal_start());
            match start.starts_with("/ui/") {
                true => Participant::Browser,
                false => Participant::Provider,
            }
        }
        _ => Participant::Provider,
    }
}

fn asked(query: &Query) -> String {
    let place = query.at.callback.map_or("", Callback::as_str);
    let path = query
        .path
        .as_ref()
        .map_or_else(String::new, |path| path.written());
    format!("{} {place}{path}", query.method)
        .trim_end()
        .to_owned()
}

fn moment(label: &str, response: bool) -> String {
    match response {
        true => format!("{label}.response"),
        false => label.to_owned(),
    }
}

fn time(wait: &Wait) -> String {
    match wait {
        Wait::Named(name, _) => name.clone(),
        Wait::Literal(time, _) => duration::format(*time),
    }
}

fn reply(reply: &Reply) -> String {
    let Reply::Canned(scripted) = reply else {
        return "pass".to_owned();
    };
    let mut said = match &scripted.deed {
        Deed::Respond {
            status: Some(status),
            ..
        } => status.to_string(),
        Deed::Respond { status: None, .. } => "its own answer".to_owned(),
        Deed::Reset => "reset".to_owned(),
        Deed::TimeOut => "time out".to_owned(),
    };
    if !scripted.delay.is_zero() {
        let _ = write!(said, " after {}", duration::format(scripted.delay));
    }
    if scripted.after_processing {
        said.push_str(" after processing");
    }
    said
}

/// Writes a text so that Mermaid takes it for nothing but text, in one line.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|one: char| !one.is_alphanumeric()) {
        // The bare word would end a frame.
        let (own, rest) = match word.strip_prefix("end") {
            Some(rest) if rest.chars().all(|one| !one.is_alphanumeric()) => ("#101;nd", rest),
            _ => ("", word),
        };
        out.push_str(own);
        for one in rest.chars() {
            match one {
                '#' | ';' | '<' | '>' | '"' | '%' | '&' | '\\' => {
                    let _ = write!(out, "#{};", u32::from(one));
                }
                one if one.is_control() => out.push(' '),
                one => out.push(one),
            }
        }
    }
    out
}

#[cfg(test)]
#[path = "diagram_tests.rs"]
mod tests;
