//! Reads an environment from its document.

use std::collections::BTreeMap;

use crate::environment::{
    Agreed, Arrangement, Bank, BankAccount, BankTransaction, Credentials, Customer, Environment,
    HttpLever, Reference, Subject,
};
use crate::plan::{Callback, Declared, LEVERS, WAITS};
use crate::source::{Fields, Finding, Kind, Node, nearest};
use crate::value::duration;

/// Reads an environment; `None` with findings when it is unsound.
pub fn read(node: &Node, findings: &mut Vec<Finding>) -> Option<Environment> {
    let before = findings.len();
    let mut fields = Fields::of(node, "an environment", findings)?;
    let written = fields.text("arrangement");
    let subject = fields
        .take("subject")
        .and_then(|node| subject(node, fields.findings()));
    let (listen, public) = match fields.take("service") {
        Some(node) => service(node, fields.findings()),
        None => (None, None),
    };
    let provider = fields.take("provider");
    let mut bank_node = fields.take("bank");
    let mut header_node = fields.take("notification_header");
    let mut callbacks = BTreeMap::new();
    if let Some(node) = provider
        && let Some(mut inner) = Fields::of(node, "`provider`", fields.findings())
    {
        if let Some(node) = inner.require("callbacks") {
            callbacks = read_callbacks(node, inner.findings());
        }
        bank_node = inner.take("bank").or(bank_node);
        header_node = inner.take("notification_header").or(header_node);
        inner.end();
    }
    let credentials = fields
        .require("credentials")
        .and_then(|node| read_credentials(node, fields.findings()));
    let customers = match fields.require("customers") {
        Some(node) => read_customers(node, fields.findings()),
        None => Vec::new(),
    };
    let levers = match fields.take("levers") {
        Some(node) => read_levers(node, fields.findings()),
        None => BTreeMap::new(),
    };
    let waits = match fields.take("waits") {
        Some(node) => read_waits(node, fields.findings()),
        None => BTreeMap::new(),
    };
    let features = match fields.take("features") {
        Some(node) => read_features(node, fields.findings()),
        None => BTreeMap::new(),
    };
    let agreed = match fields.take("agreed") {
        Some(node) => Agreed::read(node, fields.findings()),
        None => Agreed::default(),
    };
    let jobs = fields.count("jobs");
    let span = fields.span().clone();
    if jobs == Some(0) {
        fields.complain(&span, "`jobs` is at least 1");
    }
    let bank = match bank_node {
        Some(node) => read_bank(node, fields.findings()),
        None => {
            fields.complain(&span, "an environment needs `bank`");
            None
        }
    };
    let header = match header_node {
        Some(node) => read_header(node, fields.findings()),
        None => {
            fields.complain(&span, "an environment needs `notification_header`");
            None
        }
    };
    let arrangement = match callbacks.is_empty() {
        true => Arrangement::Rehearsal,
        false => Arrangement::Connector,
    };
    if let Some((word, span)) = written
        && word != arrangement.as_str()
    {
        let why = format!("the addresses make this a {arrangement}, not a {word}");
        fields.complain(span, why);
    }
    fields.end();
    if findings.len() > before {
        return None;
    }
    Some(Environment {
        name: node.span.file.to_string(),
        arrangement,
        subject,
        bank: bank?,
        notification_header: header?,
        credentials: credentials?,
        customers,
        levers,
        waits,
        features,
        agreed,
        jobs: jobs.map(|one| one as usize),
        listen,
        public,
        callbacks,
    })
}

fn subject(node: &Node, findings: &mut Vec<Finding>) -> Option<Subject> {
    let mut fields = Fields::of(node, "`subject`", findings)?;
    let name = fields.require_text("name");
    let version = fields.text("version");
    let commit = fields.text("commit");
    fields.end();
    Some(Subject {
        name: name?.0.to_owned(),
        version: version.map(|(text, _)| text.to_owned()),
        commit: commit.map(|(text, _)| text.to_owned()),
    })
}

fn service(
    node: &Node,
    findings: &mut Vec<Finding>,
) -> (Option<std::net::SocketAddr>, Option<String>) {
    let Some(mut fields) = Fields::of(node, "`service`", findings) else {
        return (None, None);
    };
    let mut listen = None;
    let mut public = None;
    if let Some(node) = fields.require("embedded")
        && let Some(mut inner) = Fields::of(node, "`embedded`", fields.findings())
    {
        if let Some((text, span)) = inner.text("listen") {
            match text.parse() {
                Ok(address) => listen = Some(address),
                Err(_) => {
                    let finding =
                        Finding::new(span, format!("`{text}` is no address to listen on"))
                            .with_hint("such as `127.0.0.1:9000`");
                    inner.findings().push(finding);
                }
            }
        }
        public = inner.text("public").and_then(|(text, span)| {
            let url = url_of(text, span, inner.findings())?;
            Some(url.trim_end_matches('/').to_owned())
        });
        inner.end();
    }
    fields.end();
    (listen, public)
}

fn url_of(text: &str, span: &crate::source::Span, findings: &mut Vec<Finding>) -> Option<String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Some(text.to_owned())
        }
        _ => {
            findings.push(
                Finding::new(span, format!("`{text}` is no address"))
                    .with_hint("a full URL such as `http://localhost:8080/notification`"),
            );
            None
        }
    }
}

fn read_callbacks(node: &Node, findings: &mut Vec<Finding>) -> BTreeMap<Callback, String> {
    let Some(mut fields) = Fields::of(node, "`callbacks`", findings) else {
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for callback in Callback::ALL {
        if let Some((text, span)) = fields.require_text(callback.as_str())
            && let Some(url) = url_of(text, span, fields.findings())
        {
            read.insert(callback, url);
        }
    }
    fields.end();
    read
}

fn read_bank(node: &Node, findings: &mut Vec<Finding>) -> Option<Bank> {
    let mut fields = Fields::of(node, "`bank`", findings)?;
    let id = fields.require_text("id");
    let external_ref = fields.require_text("externalRef");
    let name = fields.text("name");
    if let Some((text, span)) = id
        && uuid::Uuid::parse_str(text).is_err()
    {
        fields.complain(span, format!("`{text}` is no UUID"));
    }
    fields.end();
    let external_ref = external_ref?.0.to_owned();
    Some(Bank {
        id: id?.0.to_owned(),
        name: name.map_or_else(|| external_ref.clone(), |(text, _)| text.to_owned()),
        external_ref,
    })
}

fn reference(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Reference> {
    let (text, span) = fields.require_text(name)?;
    Reference::read(text, span, fields.findings())
}

fn read_header(node: &Node, findings: &mut Vec<Finding>) -> Option<(String, Reference)> {
    let mut fields = Fields::of(node, "`notification_header`", findings)?;
    let name = fields.require_text("name");
    let value = reference(&mut fields, "value");
    if let Some((text, span)) = name
        && axum::http::HeaderName::from_bytes(text.as_bytes()).is_err()
    {
        fields.complain(span, format!("`{text}` cannot be the name of a header"));
    }
    fields.end();
    Some((name?.0.to_owned(), value?))
}

fn read_credentials(node: &Node, findings: &mut Vec<Finding>) -> Option<Credentials> {
    let mut fields = Fields::of(node, "`credentials`", findings)?;
    let api_key = reference(&mut fields, "api_key");
    let client_id = reference(&mut fields, "client_id");
    let client_secret = reference(&mut fields, "client_secret");
    let application_key = reference(&mut fields, "application_key");
    let audience = fields.require_text("audience");
    let notification_audience = fields.require_text("notification_audience");
    let application = fields.require_text("application");
    fields.end();
    let plain = |text: &str| text.strip_prefix("literal:").unwrap_or(text).to_owned();
    Some(Credentials {
        api_key: api_key?,
        client_id: client_id?,
        client_secret: client_secret?,
        audience: plain(audience?.0),
        notification_audience: plain(notification_audience?.0),
        application: plain(application?.0),
        application_key: application_key?,
    })
}

fn read_customers(node: &Node, findings: &mut Vec<Finding>) -> Vec<Customer> {
    let Kind::Map(entries) = &node.kind else {
        findings.push(Finding::new(
            &node.span,
            "`customers` is a map of names to customers",
        ));
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|(key, node)| read_customer(&key.text, node, findings))
        .collect()
}

fn read_customer(name: &str, node: &Node, findings: &mut Vec<Finding>) -> Option<Customer> {
    let mut fields = Fields::of(node, "a customer", findings)?;
    let login = fields.require("login");
    let accounts = fields.count("accounts");
    let without_branch = fields.count("without_branch");
    let cleared = fields.count("cleared");
    let pending = fields.count("pending");
    let bank_identifier = fields.text("bank_identifier");
    let data = fields.list("data");
    fields.end();
    let data: Vec<_> = data
        .iter()
        .filter_map(|node| read_account(node, findings))
        .collect();
    let mut login = Fields::of(login?, "`login`", findings)?;
    let username = login.require_text("username");
    let password = reference(&mut login, "password");
    login.end();
    let booked = |pending| {
        let all = data.iter().flat_map(|one| &one.transactions);
        all.filter(|one| one.pending == pending).count()
    };
    let count = |given: Option<u32>, counted: usize| given.map_or(counted as u64, u64::from);
    Some(Customer {
        name: name.to_owned(),
        username: username?.0.to_owned(),
        password: password?,
        accounts: count(accounts, data.len()),
        without_branch: count(
            without_branch,
            data.iter().filter(|one| one.branch.is_none()).count(),
        ),
        cleared: count(cleared, booked(false)),
        pending: count(pending, booked(true)),
        bank_identifier: bank_identifier.map(|(text, _)| text.to_owned()),
        data,
    })
}

fn whole(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<i64> {
    let node = fields.require(name)?;
    let number = match &node.kind {
        Kind::Number(number) => number.as_i64(),
        _ => None,
    };
    if number.is_none() {
        fields.complain(&node.span, format!("`{name}` is a whole number of cents"));
    }
    number
}

fn read_account(node: &Node, findings: &mut Vec<Finding>) -> Option<BankAccount> {
    let mut fields = Fields::of(node, "an account", findings)?;
    let external_id = fields.require_text("external_id");
    let name = fields.require_text("name");
    let branch = fields.text("branch");
    let identifier = fields.require_text("identifier");
    let kind = fields.require_text("kind");
    let opening_balance = whole(&mut fields, "opening_balance");
    let nodes = fields.list("transactions");
    fields.end();
    let transactions = nodes
        .iter()
        .filter_map(|node| {
            let mut fields = Fields::of(node, "a transaction", findings)?;
            let id = fields.require_text("id");
            let date = fields.require_text("date");
            let amount = whole(&mut fields, "amount");
            let description = fields.require_text("description");
            let pending = fields.flag("pending").unwrap_or(false);
            fields.end();
            Some(BankTransaction {
                id: id?.0.to_owned(),
                date: date?.0.to_owned(),
                amount: amount?,
                description: description?.0.to_owned(),
                pending,
            })
        })
        .collect();
    Some(BankAccount {
        external_id: external_id?.0.to_owned(),
        name: name?.0.to_owned(),
        branch: branch.map(|(text, _)| text.to_owned()),
        identifier: identifier?.0.to_owned(),
        kind: kind?.0.to_owned(),
        opening_balance: opening_balance?,
        transactions,
    })
}

fn read_levers(node: &Node, findings: &mut Vec<Finding>) -> BTreeMap<String, HttpLever> {
    let Kind::Map(entries) = &node.kind else {
        findings.push(Finding::new(
            &node.span,
            "`levers` is a map of levers to how they are pulled",
        ));
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for (key, node) in entries {
        if !LEVERS.iter().any(|(name, _)| *name == key.text) {
            let finding = Finding::new(&key.span, format!("there is no lever `{}`", key.text));
            let words: Vec<_> = LEVERS.iter().map(|(name, _)| *name).collect();
            findings.push(finding.with_hint(format!("levers are: {}", words.join(", "))));
        }
        let Some(mut fields) = Fields::of(node, "a lever", findings) else {
            continue;
        };
        let call = fields.require_text("http");
        fields.end();
        match call.map(|(text, span)| (text.split_once(' '), span)) {
            Some((Some((method, url)), _)) => {
                read.insert(
                    key.text.clone(),
                    HttpLever {
                        method: method.to_owned(),
                        url: url.trim().to_owned(),
                    },
                );
            }
            Some((None, span)) => findings.push(
                Finding::new(span, "a call is a method and a URL")
                    .with_hint("`POST http://localhost:8081/test/book`"),
            ),
            None => {}
        }
    }
    read
}

fn read_waits(node: &Node, findings: &mut Vec<Finding>) -> BTreeMap<String, std::time::Duration> {
    let Kind::Map(entries) = &node.kind else {
        findings.push(Finding::new(
            &node.span,
            "`waits` is a map of waits to times",
        ));
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for (key, node) in entries {
        if !WAITS.iter().any(|one| one.name == key.text) {
            let finding = Finding::new(&key.span, format!("there is no wait `{}`", key.text));
            let words = WAITS.iter().map(|one| one.name);
            findings.push(match nearest(&key.text, words) {
                Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
                None => finding,
            });
        }
        match node.as_text().map(duration::parse) {
            Some(Ok(time)) => {
                read.insert(key.text.clone(), time);
            }
            Some(Err(why)) => findings.push(Finding::new(&node.span, why)),
            None => findings
                .push(Finding::new(&node.span, "a time has a unit").with_hint("`90s` or `10m`")),
        }
    }
    read
}

fn read_features(node: &Node, findings: &mut Vec<Finding>) -> BTreeMap<String, Declared> {
    let Kind::Map(entries) = &node.kind else {
        findings.push(Finding::new(
            &node.span,
            "`features` is a map of features to `supported` or `absent`",
        ));
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for (key, node) in entries {
        match node.as_text() {
            Some("supported") => {
                read.insert(key.text.clone(), Declared::Supported);
            }
            Some("absent") => {
                read.insert(key.text.clone(), Declared::Absent);
            }
            _ => findings.push(Finding::new(
                &node.span,
                "a feature is `supported` or `absent`",
            )),
        }
    }
    read
}
