//! Pulls levers: sends a call, runs a program, or asks a person. What a lever brings about is seen elsewhere.

use bytes::Bytes;
use serde_json::Map;

use crate::exchange::Outgoing;
use crate::runner::check::INTERRUPTED;
use crate::runner::live::Live;
use crate::runner::stage::Lever;
use crate::value::{Template, Unset, Value};

impl Live<'_> {
    /// Pulls a lever with what the step gives.
    ///
    /// # Errors
    /// Why it could not be done, masked.
    pub(super) async fn pull_lever(
        &self,
        name: &str,
        with: &Map<String, Value>,
    ) -> Result<(), String> {
        let done = match self.stage.parts.lever(name)? {
            Lever::Http {
                method,
                url,
                headers,
                body,
            } => {
                let body = match body {
                    None => Value::Object(with.clone()),
                    Some(fields) => {
                        render_body(&fields, with).map_err(|unset| lacks(&unset, with))?
                    }
                };
                self.call(method, url, headers, &body).await
            }
            Lever::Command { .. } => Err("cannot be pulled: no program can be run yet".to_owned()),
            Lever::Person(_) => Err("cannot be pulled: no person can be asked yet".to_owned()),
        };
        done.map_err(|why| match why == INTERRUPTED {
            true => why,
            false => {
                let why = format!("the lever {name} {why}");
                self.shared.tap.vault.mask(&why).into_owned()
            }
        })
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
                Err(error) => Err(format!("could not be pulled: {error}")),
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

/// Says that a step does not give what a lever wants.
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
