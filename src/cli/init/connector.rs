//! The environment of `feedproof init --connector`: the written example, filled in with the facts that are known.
//!
//! The other values stay as in the example, and `feedproof check --environment` says what is missing. An OpenAPI
//! document tells the paths of the callbacks; their names are the provider's own, so they are found by their last parts.

use std::path::Path;

use serde_json::Value;

use crate::cli::arguments::InitArguments;
use crate::cli::error::CliError;
use crate::variable_name::variable_name;

/// The environment with its example values.
pub(super) const EXAMPLE: &str = include_str!("environments/connector.yaml");

/// The address of the example's connector.
const ADDRESS: &str = "http://localhost:8080";

/// The largest OpenAPI document that is read, in bytes.
const OPENAPI_BYTES_MAX: u64 = 8 << 20;

/// The callbacks with their paths in the example, and the words that end the path of each elsewhere, in lower case
/// without punctuation.
const CALLBACKS: [(&str, &str, &[&str]); 4] = [
    (
        "notification",
        "/notification",
        &["notification", "notifications", "webhook", "webhooks"],
    ),
    (
        "auth",
        "/auth",
        &[
            "auth",
            "authorise",
            "authorize",
            "authorisation",
            "authorization",
        ],
    ),
    (
        "reAuth",
        "/authrefresh",
        &["authrefresh", "reauth", "reauthorise", "reauthorize"],
    ),
    (
        "availableAccounts",
        "/availableaccounts",
        &["availableaccounts"],
    ),
];

/// Returns an environment for the connector that the arguments describe; `example` is the one with the example's values.
///
/// # Errors
/// [`CliError`] when an argument cannot be used, or the OpenAPI document cannot be read.
pub(super) fn environment(example: &str, arguments: &InitArguments) -> Result<String, CliError> {
    let document = arguments.openapi.as_deref().map(read).transpose()?;
    let served = document.as_ref().and_then(|document| {
        let server = document.pointer("/servers/0/url")?.as_str()?;
        server.starts_with("http").then(|| server.to_owned())
    });
    let address = arguments.connector.clone().or(served);
    let address = address.as_deref().unwrap_or(ADDRESS).trim_end_matches('/');
    check_address(address)?;
    let mut text = example.to_owned();
    for (callback, usual, endings) in CALLBACKS {
        let found = document
            .as_ref()
            .and_then(|document| path_of(document, endings));
        let note = match (&document, &found) {
            (Some(_), None) => "   # not found in the OpenAPI document",
            _ => "",
        };
        let path = found.as_deref().unwrap_or(usual);
        text = replaced(
            &text,
            &format!("    {callback}: {ADDRESS}{usual}\n"),
            &format!(
                "    {callback}: {}{note}\n",
                quoted(&format!("{address}{path}"))
            ),
        );
    }
    text = text.replace(ADDRESS, address);
    if let Some(name) = &arguments.name {
        text = named(&text, name)?;
    }
    if !arguments.customer.is_empty() {
        text = with_customers(&text, &arguments.customer)?;
    }
    Ok(text)
}

/// Reads an OpenAPI document.
fn read(path: &Path) -> Result<Value, CliError> {
    let shown = path.display();
    let unread = |why: String| {
        CliError::usage(format!("cannot read the OpenAPI document {shown}: {why}"))
            .with_hint("name a JSON file with `paths`, such as the one that the connector serves")
    };
    let size = path
        .metadata()
        .map_err(|error| unread(error.to_string()))?
        .len();
    if size > OPENAPI_BYTES_MAX {
        return Err(unread(format!(
            "it has {size} bytes, at most {OPENAPI_BYTES_MAX} are read"
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| unread(error.to_string()))?;
    let document: Value =
        serde_json::from_slice(&bytes).map_err(|error| unread(format!("no JSON: {error}")))?;
    if document["paths"].is_object() {
        Ok(document)
    } else {
        Err(unread("it has no `paths`".to_owned()))
    }
}

/// Finds the path of a callback: the shortest one that ends as its endings say.
fn path_of(document: &Value, endings: &[&str]) -> Option<String> {
    let paths = document["paths"].as_object()?;
    let fitting = paths.keys().filter(|path| {
        let last = path.trim_end_matches('/').rsplit('/').next();
        let bare: String = last
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        path.starts_with('/') && endings.contains(&bare.as_str())
    });
    fitting.min_by_key(|path| path.len()).cloned()
}

fn check_address(address: &str) -> Result<(), CliError> {
    match url::Url::parse(address) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) && url.query().is_none() => Ok(()),
        _ => Err(
            CliError::usage(format!("`{address}` is no address of a connector"))
                .with_hint("write its base URL: `--connector http://localhost:8080`"),
        ),
    }
}

/// Names the subject, and with its first word the variables, the header and the bank of the example.
fn named(text: &str, name: &str) -> Result<String, CliError> {
    let name = name.trim();
    let first = name
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .next();
    let Some(word) = first.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
    else {
        return Err(
            CliError::usage(format!("the name {name:?} begins with no word"))
                .with_hint("write the product's name: `--name \"Acme connector\"`"),
        );
    };
    let text = replaced(
        text,
        "subject: { name: Acme connector, version: 1.4.2, commit: 9f3c1ab }\n",
        &format!(
            "subject: {{ name: {} }}   # add version: and commit:\n",
            quoted(name)
        ),
    );
    let mut capital = word.to_ascii_lowercase();
    capital[..1].make_ascii_uppercase();
    Ok(text
        .replace("ACME", &word.to_ascii_uppercase())
        .replace("acme", &word.to_ascii_lowercase())
        .replace("Acme", &capital))
}

/// Writes customers in place of the example's.
fn with_customers(text: &str, customers: &[String]) -> Result<String, CliError> {
    let unread = |customer: &str| {
        CliError::usage(format!("`{customer}` is no customer"))
            .with_hint("write the user name and the number of accounts: `--customer alice=3`")
    };
    let mut block = "customers:\n".to_owned();
    for customer in customers {
        let (name, accounts) = customer.split_once('=').ok_or_else(|| unread(customer))?;
        let accounts: u32 = accounts.parse().map_err(|_| unread(customer))?;
        let word = |letter: char| letter.is_ascii_alphanumeric() || "-_.@".contains(letter);
        if name.is_empty() || !name.chars().all(word) {
            return Err(unread(customer));
        }
        let variable = variable_name(name);
        block.push_str(&format!(
            "  {0}:\n    login: {{ username: {0}, password: env:{variable}_PASSWORD }}\n    accounts: {accounts}\n    \
             without_branch: 0\n    # Account, date and signed amount of every transaction; the numbers of transactions \
             follow from it.\n    # ledger: file:{name}.csv\n    cleared: 0   # how many transactions are booked\n    pending: 0\n",
            quoted(name),
        ));
    }
    let begins = text.find("customers:\n");
    let ends = text.find("# Actions that the bank can be asked to perform");
    Ok(match (begins, ends) {
        (Some(begins), Some(ends)) => format!("{}{block}\n{}", &text[..begins], &text[ends..]),
        _ => text.to_owned(),
    })
}

/// Replaces a line of the example; a test says that it is there.
fn replaced(text: &str, line: &str, by: &str) -> String {
    text.replacen(line, by, 1)
}

/// Writes a text so that YAML reads it as such: plain where that is safe, else as JSON does.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:".contains(letter);
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if begins
        && text.len() > 1
        && text.chars().all(plain)
        && !["no", "yes", "on", "off", "true", "false", "null"]
            .contains(&text.to_ascii_lowercase().as_str())
    {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests;
