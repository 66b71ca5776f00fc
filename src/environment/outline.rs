//! The outline of an environment: how it is set, for a reader of the reports, without anything that could be a secret.
//!
//! Credentials are shown as the references that the environment contains. Of addresses that messages name anyway, user
//! names, queries and fragments are left out; of all others also the path, and of commands everything but the program.

use url::Url;

use crate::environment::{BankAction, Browser, Customer, Environment, Proxy};
use crate::number::count;

/// Outlines an environment as names and values, in the order in which an environment is written.
///
/// Waits, features, ledgers and changed limits are left out: the header of a run has them.
pub fn outline(environment: &Environment) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut add = |name: &str, value: String| lines.push((name.to_owned(), value));
    match &environment.live_service {
        None => add("service", "emulated".to_owned()),
        Some(live) => {
            add("service, Consumer API", address(&live.consumer));
            add("service, Provider API", address(&live.provider_api));
            add("Sage ID", address(&live.sageid));
            add("issuer", address(&live.issuer));
        }
    }
    if let Some(listen) = environment.listen {
        add("listens at", listen.to_string());
    }
    if let Some(public) = &environment.public {
        add("public address", address(public));
    }
    if environment.callbacks.is_empty() {
        add("provider", "emulated".to_owned());
    }
    for (callback, url) in &environment.callbacks {
        add(&format!("provider, {}", callback.as_str()), address(url));
    }
    if let Some(start) = &environment.launch.start {
        let program = start.command.first().map(String::as_str);
        add(
            "provider is started by",
            program.unwrap_or_default().to_owned(),
        );
    }
    let (header, value) = &environment.notification_header;
    add("header of notifications", format!("{header}: {value}"));
    let bank = &environment.bank;
    add(
        "bank",
        format!(
            "{}, {}, externalRef {}",
            bank.name, bank.id, bank.external_ref
        ),
    );
    if let Some(zone) = &bank.zone {
        add("zone of the bank", zone.clone());
    }
    credentials(environment, &mut add);
    for customer in &environment.customers {
        add(&format!("customer {}", customer.name), about(customer));
    }
    for (name, action) in &environment.bank_actions {
        add(&format!("bank action {name}"), trigger(action));
    }
    connections(environment, &mut add);
    lines
}

fn credentials(environment: &Environment, add: &mut impl FnMut(&str, String)) {
    let credentials = &environment.credentials;
    add("API key", credentials.api_key.to_string());
    add("client id", credentials.client_id.to_string());
    add("client secret", credentials.client_secret.to_string());
    add("application", credentials.application.clone());
    add(
        "key of the application",
        credentials.application_key.to_string(),
    );
    add("audience", credentials.audience.clone());
    let audience = &credentials.notification_audience;
    add("audience of notifications", audience.clone());
}

fn connections(environment: &Environment, add: &mut impl FnMut(&str, String)) {
    let agreed = &environment.agreed;
    let (batch, rate) = (agreed.batch_limit, agreed.requests_per_second);
    add(
        "agreed",
        format!("{batch} transactions in a statement, {rate} requests per second"),
    );
    if let Some(rate) = environment.requests_per_second {
        add("requests per second", format!("{rate} at most"));
    }
    add(
        "browser",
        match &environment.browser {
            Browser::Http => "built in".to_owned(),
            Browser::Webdriver(url) => format!("WebDriver at {}", origin(url.as_str())),
            Browser::Manual => "a person's".to_owned(),
        },
    );
    let tls = &environment.tls;
    for (name, reference) in [
        ("certificate authorities", &tls.ca),
        ("client certificate", &tls.client_certificate),
        ("client key", &tls.client_key),
        ("passphrase of the client key", &tls.client_key_passphrase),
    ] {
        if let Some(reference) = reference {
            add(name, reference.to_string());
        }
    }
    match &environment.proxy {
        None => {}
        Some(Proxy::Plain(url)) => add("proxy", origin(url)),
        Some(Proxy::Secret(reference)) => add("proxy", reference.to_string()),
    }
    let masks: Vec<String> = environment
        .masks
        .iter()
        .map(|path| path.text().to_owned())
        .collect();
    if !masks.is_empty() {
        add("masked customer data", masks.join(", "));
    }
}

/// Says what a customer has, and what the customer types.
fn about(customer: &Customer) -> String {
    let mut parts = vec![
        count(
            usize::try_from(customer.accounts).unwrap_or(usize::MAX),
            "account",
        ),
        format!(
            "{} cleared and {} pending transactions",
            customer.cleared, customer.pending
        ),
        format!("password {}", customer.password),
    ];
    if !customer.fields.is_empty() {
        parts.push(count(customer.fields.len(), "further login field"));
    }
    if !customer.steps.is_empty() {
        parts.push(count(customer.steps.len(), "login step"));
    }
    parts.join(", ")
}

fn trigger(action: &BankAction) -> String {
    match action {
        BankAction::Http(call) => format!("{} {}", call.method, origin(&call.url)),
        BankAction::Command(command) => {
            let program = command.words.first().and_then(|word| word.as_fixed());
            let program = program
                .and_then(|word| word.as_str())
                .unwrap_or("a program");
            format!("runs {program}")
        }
        BankAction::Person(_) => "a person".to_owned(),
    }
}

/// Returns scheme, host and port of an address: in the path of a hook there is often a token, too.
fn origin(url: &str) -> String {
    match Url::parse(url) {
        Ok(parsed) if parsed.has_host() => format!("{}/…", parsed.origin().ascii_serialization()),
        _ => "at the reference provider".to_owned(),
    }
}

/// Returns an address without user name, query and fragment, in which a secret could stand.
fn address(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        // A path below the reference provider.
        return url.split(['?', '#']).next().unwrap_or_default().to_owned();
    };
    parsed.set_query(None);
    parsed.set_fragment(None);
    // An address that cannot have them has none.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_could_be_a_secret() {
        for (url, shown) in [
            (
                "http://127.0.0.1:8080/notification",
                "http://127.0.0.1:8080/notification",
            ),
            (
                "https://jane:secret@bank.example/auth?key=secret#secret",
                "https://bank.example/auth",
            ),
            ("https://jane@bank.example", "https://bank.example/"),
            ("/reset?key=secret", "/reset"),
            ("https://bank.example?to=a/b@c", "https://bank.example/"),
        ] {
            assert_eq!(address(url), shown);
        }
        let hook = "https://jane:secret@bank.example:8443/hook/secret?key=secret";
        assert_eq!(origin(hook), "https://bank.example:8443/…");
        assert_eq!(origin("/bank-actions/secret"), "at the reference provider");
    }
}
