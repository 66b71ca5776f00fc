//! Performs bank actions: sends a call, runs a program, or asks a person. Their effect shows in later messages.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Map;

use crate::exchange::Outgoing;
use crate::runner::live::case::Live;
use crate::runner::live::program;
use crate::runner::stage::BankAction;
use plan_language::plan::{BANK_ACTIONS, BankActionArgument};
use plan_language::value::{Template, Unset, Value};

/// The longest time that the program of a bank action may run.
const COMMAND: Duration = Duration::from_secs(60);

/// The longest time that a person may take for a bank action.
const PERSON: Duration = Duration::from_secs(10 * 60);

/// How much of the end of a program's output, or of a response, a failure shows, in bytes.
const OUTPUT_SHOWN: usize = 1024;

impl Live<'_> {
    /// Performs a bank action with what the step gives.
    ///
    /// # Errors
    /// The reason why it was not done, masked, in words that follow the name of the bank action.
    pub(super) async fn perform_bank_action(
        &self,
        name: &str,
        with: &Map<String, Value>,
    ) -> Result<(), String> {
        let unset = |unset: Unset| missing_value(&unset, with);
        match self.stage.parts.bank_action(name)? {
            BankAction::Http {
                method,
                url,
                headers,
                body,
            } => {
                let body = match body {
                    None => Value::Object(with.clone()),
                    Some(fields) => render_body(&fields, with).map_err(unset)?,
                };
                self.call(method, url, headers, &body).await
            }
            BankAction::Command { words, folder } => {
                let known = BANK_ACTIONS.iter().find(|action| action.name == name);
                let optional = known.map_or(&[][..], |action| action.arguments);
                let words = render_words(&words, with, optional).map_err(unset)?;
                self.run(&words, &folder).await
            }
            BankAction::Person(text) => {
                let text = text.render(with).map_err(unset)?;
                self.ask(&plain(&text)).await
            }
        }
    }

    async fn run(&self, words: &[String], folder: &Path) -> Result<(), String> {
        let vault = &self.shared.tap.vault;
        let filled = words.iter().map(|word| vault.fill(word).into_owned());
        let filled: Vec<_> = filled.collect();
        let running = async {
            let ended = program::run(&filled, folder, COMMAND).await;
            ended.map_err(|failed| {
                // Masked before it is cut, so that no part of a secret is left over.
                let output = self.mask(failed.output.trim());
                let shown = last(&output, OUTPUT_SHOWN);
                if shown.is_empty() {
                    failed.why
                } else {
                    format!("{}: {shown}", failed.why)
                }
            })
        };
        self.without_permit(running).await
    }

    async fn ask(&self, text: &str) -> Result<(), String> {
        let Some(person) = &self.shared.person else {
            return Err(format!(
                "needs a person ({text}), and there is no terminal to ask at"
            ));
        };
        let asking = async {
            let _attention = self.shared.visits.attention().await;
            let done = person.ask(text, PERSON).await;
            // The person may have typed the reason.
            done.map_err(|why| self.words(&why))
        };
        self.without_permit(asking).await
    }

    /// Awaits something that takes long, until the run is interrupted; other cases may act meanwhile.
    async fn without_permit(
        &self,
        acting: impl Future<Output = Result<(), String>>,
    ) -> Result<(), String> {
        self.permit.release();
        let done = tokio::select! {
            biased;
            () = self.shared.interrupt.cancelled() => Err(self.shared.cut_short()),
            done = acting => done,
        };
        self.permit.take().await;
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
            sent.retain(|(known, _)| *known != name);
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
            () = self.shared.interrupt.cancelled() => Err(self.shared.cut_short()),
            response = self.shared.tap.client.send(request) => match response {
                Ok(response) if (200..300).contains(&response.status) => Ok(()),
                Ok(response) => {
                    let body = self.mask(&String::from_utf8_lossy(&response.body));
                    let shown = last(&body, OUTPUT_SHOWN);
                    let status = response.status;
                    Err(if shown.is_empty() {
                        format!("responded with {status}")
                    } else {
                        format!("responded with {status}: {shown}")
                    })
                }
                Err(error) => Err(format!("failed: {}", self.mask(&error.to_string()))),
            },
        }
    }
}

/// Renders a body. A field that is exactly one reference is left out where the step gives no such name.
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

/// Renders the words of a command; an array becomes several arguments. A word is left out that refers to an argument of
/// the bank action which the step does not give.
fn render_words(
    words: &[Template],
    with: &Map<String, Value>,
    optional: &[BankActionArgument],
) -> Result<Vec<String>, Unset> {
    let mut rendered = Vec::new();
    for word in words {
        let mut references = word.references().into_iter();
        let is_left_out = references.any(|reference| {
            let mut known = optional.iter();
            !with.contains_key(&reference.name)
                && known.any(|argument| *argument.name == *reference.name)
        });
        if is_left_out {
            continue;
        }
        match word.render(with)? {
            Value::Array(items) => rendered.extend(items.iter().map(plain)),
            value => rendered.push(plain(&value)),
        }
    }
    Ok(rendered)
}

/// Returns a string without quotes, and any other value as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the end of a text on one line, at most `bytes` of it, without control characters.
fn last(text: &str, bytes: usize) -> String {
    let mut from = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let lines = text[from..]
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let lines: Vec<_> = lines.collect();
    lines.join(" / ").replace(char::is_control, " ")
}

/// Says that a step does not give a value that a bank action needs.
fn missing_value(unset: &Unset, with: &Map<String, Value>) -> String {
    let given: Vec<_> = with.keys().map(String::as_str).collect();
    let given = if given.is_empty() {
        "nothing".to_owned()
    } else {
        given.join(", ")
    };
    format!(
        "cannot be triggered: the step gives {given}, but {} needs `{}`",
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
            missing_value(&unset, &with()),
            "cannot be triggered: the step gives accounts, count, customer, but e.yaml:1:1 needs `${amounts}`"
        );
    }

    #[test]
    fn a_list_becomes_several_arguments_and_nothing_is_split_at_blanks() {
        let words = ["./book.sh", "${accounts}", "--count=${count}", "${count}"]
            .map(|word| template(json!(word)));
        let optional = BANK_ACTIONS[0].arguments;
        let words = render_words(&words, &with(), optional).expect("it renders");
        assert_eq!(words, ["./book.sh", "a", "b c", "--count=2", "2"]);
        let words =
            ["./book.sh", "${amounts}", "--amounts=${amounts}"].map(|word| template(json!(word)));
        let words = render_words(&words, &with(), optional).expect("it renders");
        assert!(render_words(&[template(json!("${missing}"))], &with(), optional).is_err());
        assert_eq!(words, ["./book.sh"], "a step may give no amounts");
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
