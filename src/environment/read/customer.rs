//! `customers`: test users, what they type, and what the bank's data holds for them.

use crate::environment::read::credential::reference;
use crate::environment::read::data;
use crate::environment::read::each_entry;
use crate::environment::{Customer, Given, Ledger, LoginField, Reference};
use plan_language::source::{Fields, Finding, Kind, Node, Span};

/// Reads `customers`.
pub(super) fn read(node: &Node, findings: &mut Vec<Finding>) -> Vec<Customer> {
    let what = "`customers` is a map of names to customers";
    let mut users: Vec<(String, Span)> = Vec::new();
    let read = each_entry(node, what, findings, |key, node, findings| {
        let (customer, user) = read_customer(&key.text, node, findings)?;
        match users.iter().find(|(name, _)| *name == customer.username) {
            // Cases that hold the same customer run one after another; two names for one would undo that.
            Some((name, other)) => findings.push(
                Finding::new(&user, format!("two customers have the user name `{name}`"))
                    .with_note(other, "first here"),
            ),
            None => users.push((customer.username.clone(), user)),
        }
        Some(customer)
    });
    if node.as_map().is_some_and(<[_]>::is_empty) {
        findings.push(Finding::new(&node.span, "`customers` names nobody"));
    }
    read.into_iter().map(|(_, customer)| customer).collect()
}

/// Reads a customer, and where its user name stands.
fn read_customer(name: &str, node: &Node, findings: &mut Vec<Finding>) -> Option<(Customer, Span)> {
    let mut fields = Fields::of(node, "a customer", findings)?;
    let login = fields.require("login");
    let [accounts, without_branch, cleared, pending] =
        ["accounts", "without_branch", "cleared", "pending"].map(|name| number(&mut fields, name));
    let bank_identifier = fields.text("bank_identifier");
    let data = fields.list("data");
    let ledger = fields.take("ledger");
    if let (Some(node), false) = (ledger, data.is_empty()) {
        fields.complain(
            &node.span,
            "a customer has `data` (emulated) or a `ledger` (live), not both",
        );
    }
    let ledger = ledger.and_then(|node| read_ledger(node, fields.findings()));
    if let (Some((without, span)), Some((accounts, _))) = (&without_branch, &accounts)
        && without > accounts
    {
        let message = format!("{without} accounts without a branch, of {accounts} accounts");
        fields.complain(span, message);
    }
    fields.end();
    let data: Vec<_> = data
        .iter()
        .filter_map(|node| data::read(node, findings))
        .collect();
    let mut login = Fields::of(login?, "`login`", findings)?;
    let username = login.require_text("username");
    let password = reference(&mut login, "password");
    let further = login
        .take("fields")
        .map(|node| read_fields(node, login.findings()))
        .unwrap_or_default();
    login.end();
    let booked = |pending| {
        let all = data.iter().flat_map(|one| &one.transactions);
        all.filter(|one| one.pending == pending).count()
    };
    let count = |given: &Option<(u64, Span)>, counted: usize| match given {
        Some((number, _)) => *number,
        None => counted as u64,
    };
    let (username, user_span) = username?;
    let branchless = data.iter().filter(|one| one.branch.is_none()).count();
    let customer = Customer {
        name: name.to_owned(),
        username: username.to_owned(),
        password: password?,
        fields: further,
        accounts: count(&accounts, data.len()),
        without_branch: count(&without_branch, branchless),
        cleared: count(&cleared, booked(false)),
        pending: count(&pending, booked(true)),
        bank_identifier: bank_identifier.map(|(text, _)| text.to_owned()),
        data,
        ledger,
        given: Given {
            accounts: accounts.map(|(_, span)| span),
            cleared: cleared.map(|(_, span)| span),
            pending: pending.map(|(_, span)| span),
        },
    };
    Some((customer, user_span.clone()))
}

/// Takes an optional number with its place.
fn number(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<(u64, Span)> {
    let span = fields.take(name)?.span.clone();
    Some((fields.count(name)?.into(), span))
}

fn read_ledger(node: &Node, findings: &mut Vec<Finding>) -> Option<Ledger> {
    let hint = "a path beside the environment file, such as `file:alice.csv`";
    let file = match node.as_text() {
        Some(text) if text.starts_with("file:") => Reference::read(text, &node.span, findings)?,
        _ => {
            let finding = Finding::new(&node.span, "a ledger is a file");
            findings.push(finding.with_hint(hint));
            return None;
        }
    };
    Some(Ledger {
        file,
        entries: Vec::new(),
    })
}

fn read_fields(node: &Node, findings: &mut Vec<Finding>) -> Vec<(String, LoginField)> {
    let what = "`fields` is a map of names or labels of fields to what is typed";
    let read = each_entry(node, what, findings, |key, node, findings| {
        match &node.kind {
            Kind::Text(text) => {
                let prefixed = ["env:", "file:", "literal:"];
                if !prefixed.iter().any(|one| text.starts_with(one)) {
                    let message =
                        format!("what is typed into `{}` is given as a reference", key.text);
                    findings.push(Finding::new(&node.span, message).with_hint(
                        "`env:NAME` or `file:PATH`; for what is no secret `literal:` and the text",
                    ));
                    return None;
                }
                Reference::read(text, &node.span, findings).map(LoginField::Text)
            }
            Kind::Map(_) => {
                let mut fields = Fields::of(node, "a one-time code", findings)?;
                let secret = reference(&mut fields, "totp");
                fields.end();
                secret.map(LoginField::Totp)
            }
            _ => {
                let message = format!(
                    "a field is a reference or `{{ totp: … }}`, and this is {}",
                    node.kind_name()
                );
                findings.push(
                    Finding::new(&node.span, message)
                        .with_hint("`env:NAME`, or in quotes `\"literal:1234\"`"),
                );
                None
            }
        }
    });
    read.into_iter()
        .map(|(name, field)| (name.to_owned(), field))
        .collect()
}
