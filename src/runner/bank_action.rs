//! Pulls bank_actions: sends a call, runs a program, or asks a person. What a bank action brings about is seen elsewhere.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Map;

use crate::exchange::Outgoing;
use crate::runner::check::INTERRUPTED;
use crate::runner::live::Live;
use crate::runner::program;
use crate::runner::stage::BankAction;
use plan_language::value::{Template, Unset, Value};

/// How long the program of a bank action may run.
const COMMAND: Duration = Duration::from_secs(60);

/// How long a person may take to do what a bank action asks for.
const PERSON: Duration = Duration::from_secs(10 * 60);

/// How much of a program's output is told, in bytes.
const OUTPUT_TOLD: usize = 1024;

impl Live<'_> {
    /// Pulls a bank action with what the step gives.
    ///
    /// # Errors
    /// Why it could not be done, masked, in words that follow the bank action's name.
    pub(super) async fn pull_lever(
        &self,
        name: &str,
        with: &Map<String, Value>,
    ) -> Result<(), String> {
        match self.stage.parts.bank_action(name)? {
            BankAction::Http {
                method,
                url,
                headers,
                body,
            } => {
                let body = match body {
                    None => Ok(Value::Object(with.clone())),
                    Some(fields) => render_body(&fields, with).map_err(|unset| lacks(&unset, with)),
                };
                match body {
                    Ok(body) => self.call(method, url, headers, &body).await,
                    Err(why) => Err(why),
                }
            }
            BankAction::Command { words, folder } => {
                let words = render_words(&words, with).map_err(|unset| lacks(&unset, with));
                match words {
                    Ok(words) => self.run(&words, &folder).await,
                    Err(why) => Err(why),
                }
            }
            BankAction::Person(text) => match text.render(with) {
                Ok(text) => self.ask(&plain(&text)).await,
                Err(unset) => Err(lacks(&unset, with)),
            },
        }
    }

    async fn run(&self, words: &[String], folder: &Path) -> Result<(), String> {
        let vault = &self.shared.tap.vault;
        let filled: Vec<_> = words
            .iter()
            .map(|word| vault.fill(word).into_owned())
            .collect();
        self.turn.release();
        let done = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => Err(INTERRUPTED.to_owned()),
            done = program::run(&filled, folder, COMMAND) => done.map_err(|failed| {
                // Masked before it is cut: the end of a secret is no secret that anybody knows.
                let output = vault.mask(failed.output.trim());
                let told = last(&output, OUTPUT_TOLD);
                match told.is_empty() {
                    true => failed.why,
                    false => format!("{}: {told}", failed.why),
                }
            }),
        };
        self.turn.take().await;
        done
    }

    async fn ask(&self, text: &str) -> Result<(), String> {
        let Some(person) = &self.shared.person else {
            return Err(format!(
                "needs a person ({text}), and there is no terminal at which to ask one"
            ));
        };
        self.turn.release();
        let done = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => Err(INTERRUPTED.to_owned()),
            done = person.ask(text, PERSON) => done,
        };
        self.turn.take().await;
        done
    }

    async fn call(
        &self,
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        body: &Value,
    ) -> Result<(), String> {
        let vault = &self.shared.tap.vault;
        let mut sent = vec![("content-type".to_owned(), "application/json".to_owned())];
        for (name, value) in headers {
            let value = vault.fill(&value).into_owned();
            sent.retain(|(one, _)| *one != name);
            sent.push((name, value));
        }
        let request = Outgoing {
            method,
            url,
            headers: sent,
            body: Bytes::from(vault.fill_value(body).to_string()),
        };
        tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => Err(INTERRUPTED.to_owned()),
            answer = self.shared.tap.client.send(request) => match answer {
                Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
                Ok(answer) => Err(format!("answered {}", answer.status)),
                Err(error) => {
                    let why = error.to_string();
                    Err(format!("could not be pulled: {}", vault.mask(&why)))
                }
            },
        }
    }
}

/// Draws a body up. A field that is exactly one reference is left out where the step gives no such name.
fn render_body(fields: &[(String, Template)], with: &Map<String, Value>) -> Result<Value, Unset> {
    let mut body = Map::new();
    for (name, template) in fields {
        let left_out = template
            .as_whole()
            .is_some_and(|reference| !with.contains_key(&reference.name));
        if !left_out {
            body.insert(name.clone(), template.render(with)?);
        }
    }
    Ok(body.into())
}

/// Draws the words of a command up; an argument that is a list stands for several.
fn render_words(words: &[Template], with: &Map<String, Value>) -> Result<Vec<String>, Unset> {
    let mut rendered = Vec::new();
    for word in words {
        match word.render(with)? {
            Value::Array(items) => rendered.extend(items.iter().map(plain)),
            value => rendered.push(plain(&value)),
        }
    }
    Ok(rendered)
}

/// Returns a text as it is, and anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the last part of a text on one line, `bytes` at most, without characters that move a cursor.
fn last(text: &str, bytes: usize) -> String {
    let mut from = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let lines = text[from..]
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let one: Vec<_> = lines.collect();
    one.join(" / ").replace(char::is_control, " ")
}

/// Says that a step does not give what a bank action wants.
fn lacks(unset: &Unset, with: &Map<String, Value>) -> String {
    let given: Vec<_> = with.keys().map(String::as_str).collect();
    let given = match given.is_empty() {
        true => "nothing".to_owned(),
        false => given.join(", "),
    };
    format!(
        "cannot be pulled: the step gives {given}, and {} wants `{}`",
        unset.reference.span, unset.reference
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use plan_language::source::{Node, Span};

    fn template(value: Value) -> Template {
        Template::compile(
            &Node::from_value(&value, &Span::outside("e.yaml")),
            &mut Vec::new(),
        )
    }

    fn with() -> Map<String, Value> {
        let with = json!({ "accounts": ["a", "b c"], "count": 2, "customer": "alice" });
        with.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_field_that_the_step_does_not_give_is_left_out_and_no_other_way_of_lacking_it_is() {
        let field = |name: &str, value| (name.to_owned(), template(value));
        let fields = [
            field("accounts", json!("${accounts}")),
            field("amounts", json!("${amounts}")),
            field("who", json!(["${customer}", "${count}"])),
        ];
        let body = render_body(&fields, &with()).expect("it renders");
        assert_eq!(
            body,
            json!({ "accounts": ["a", "b c"], "who": ["alice", 2] })
        );
        let fields = [field("text", json!("amounts: ${amounts}"))];
        let unset = render_body(&fields, &with()).expect_err("it is not there");
        assert_eq!(
            lacks(&unset, &with()),
            "cannot be pulled: the step gives accounts, count, customer, and e.yaml:1:1 wants `${amounts}`"
        );
    }

    #[test]
    fn a_list_becomes_several_arguments_and_nothing_is_split_at_blanks() {
        let words = ["./book.sh", "${accounts}", "--count=${count}", "${count}"]
            .map(|one| template(json!(one)));
        let words = render_words(&words, &with()).expect("it renders");
        assert_eq!(words, ["./book.sh", "a", "b c", "--count=2", "2"]);
        assert!(render_words(&[template(json!("${nobody}"))], &with()).is_err());
    }

    #[test]
    fn the_end_of_an_output_is_told_on_one_line() {
        assert_eq!(
            last("first\n\n\u{1b}[2Jsecond\tthird\n", 1024),
            "first /  [2Jsecond third"
        );
        assert_eq!(last("aéb", 2), "b");
        assert_eq!(last("", 2), "");
    }
}
