//! `customers`: test users, their logins, and the bank's data about them.

use crate::environment::contained::Contained;
use crate::environment::read::credential::reference;
use crate::environment::read::data;
use crate::environment::read::field::{each_entry, optional};
use crate::environment::{Customer, DeclaredCounts, Ledger, LoginField, LoginStep, Reference};
use plan_language::source::{Fields, Finding, Kind, Node, Span};

/// Reads `customers`; where no provider is live, the reference provider is their bank.
pub(super) fn read(
    node: &Node,
    provider_is_live: bool,
    findings: &mut Vec<Finding>,
) -> Vec<Customer> {
    let what = "`customers` is a map from names to customers";
    let mut users: Vec<(String, Span)> = Vec::new();
    let read = each_entry(node, what, findings, |key, node, findings| {
        let (customer, user) = read_customer(&key.text, node, provider_is_live, findings)?;
        match users.iter().find(|(name, _)| *name == customer.username) {
            // Cases that hold the same customer run one after another; two names for one customer would prevent that.
            Some((name, other)) => findings.push(
                Finding::new(&user, format!("two customers have the user name `{name}`"))
                    .with_note(other, "first here"),
            ),
            None => users.push((customer.username.clone(), user)),
        }
        Some(customer)
    });
    if node.as_map().is_some_and(<[_]>::is_empty) {
        findings.push(Finding::new(&node.span, "`customers` is empty"));
    }
    read.into_iter().map(|(_, customer)| customer).collect()
}

/// Reads a customer, with the place of its user name.
fn read_customer(
    name: &str,
    node: &Node,
    provider_is_live: bool,
    findings: &mut Vec<Finding>,
) -> Option<(Customer, Span)> {
    let mut fields = Fields::of(node, "a customer", findings)?;
    let login = fields.require("login");
    let numbers = Numbers::take(&mut fields);
    let bank_identifier = fields.text("bank_identifier");
    let data = fields.list("data");
    let ledger = fields.take("ledger");
    if let (Some(node), false) = (ledger, data.is_empty()) {
        fields.complain(
            &node.span,
            "a customer has only one of `data` (emulated) and `ledger` (live)",
        );
    }
    let ledger = ledger.and_then(|node| read_ledger(node, fields.findings()));
    fields.end();
    let data: Vec<_> = data
        .iter()
        .filter_map(|node| data::read(node, findings))
        .collect();
    let login = read_login(login?, findings)?;
    let transactions = |pending| {
        let all = data.iter().flat_map(|account| &account.transactions);
        all.filter(|transaction| transaction.pending == pending)
            .count()
    };
    let without_branch = data.iter().filter(|account| account.branch.is_none());
    if !provider_is_live && let Some(finding) = missing_data(node, &numbers, data.len()) {
        findings.push(finding);
    }
    let contained = Contained {
        accounts: data.len() as u64,
        cleared: transactions(false) as u64,
        pending: transactions(true) as u64,
    };
    let mut customer = Customer {
        name: name.to_owned(),
        username: login.username,
        password: login.password,
        fields: login.fields,
        steps: login.steps,
        accounts: declared_or(&numbers.accounts, data.len()),
        without_branch: declared_or(&numbers.without_branch, without_branch.count()),
        cleared: declared_or(&numbers.cleared, transactions(false)),
        pending: declared_or(&numbers.pending, transactions(true)),
        bank_identifier: bank_identifier.map(|(text, _)| text.to_owned()),
        data,
        ledger,
        declared: DeclaredCounts {
            accounts: numbers.accounts.map(|(_, span)| span),
            cleared: numbers.cleared.map(|(_, span)| span),
            pending: numbers.pending.map(|(_, span)| span),
        },
    };
    if !customer.data.is_empty() {
        contained.settle(&mut customer, ("`data`", "`data`"), findings);
    }
    Some((customer, login.username_span))
}

/// Returns the finding about a customer of the reference provider whose accounts are not all in `data`: it has no others.
fn missing_data(node: &Node, numbers: &Numbers, listed: usize) -> Option<Finding> {
    let (span, message) = match &numbers.accounts {
        Some((accounts, span)) if usize::try_from(*accounts).is_ok_and(|all| all > listed) => {
            let message = format!("`accounts` is {accounts}, and `data` lists {listed}");
            (span, message)
        }
        None if listed == 0 => (&node.span, "the customer has no `data`".to_owned()),
        _ => return None,
    };
    let finding = Finding::new(
        span,
        format!("{message}; the reference provider has no others"),
    );
    Some(finding.with_hint(
        "no provider is live here, so the reference provider is the bank: list the accounts in `data`, as the example environments do",
    ))
}

/// A number of a customer with its place; unset if the environment does not declare it.
type DeclaredNumber = Option<(u64, Span)>;

/// The numbers that an environment declares about a customer.
struct Numbers {
    accounts: DeclaredNumber,
    without_branch: DeclaredNumber,
    cleared: DeclaredNumber,
    pending: DeclaredNumber,
}

impl Numbers {
    fn take(fields: &mut Fields<'_, '_>) -> Self {
        let numbers = Self {
            accounts: number(fields, "accounts"),
            without_branch: number(fields, "without_branch"),
            cleared: number(fields, "cleared"),
            pending: number(fields, "pending"),
        };
        if let (Some((without, span)), Some((accounts, _))) =
            (&numbers.without_branch, &numbers.accounts)
            && without > accounts
        {
            let message = format!("`without_branch` is {without}, and `accounts` is {accounts}");
            fields.complain(span, message);
        }
        numbers
    }
}

/// Returns the declared number, or else the one that the customer's `data` gives.
fn declared_or(declared: &DeclaredNumber, counted: usize) -> u64 {
    declared
        .as_ref()
        .map_or(counted as u64, |(number, _)| *number)
}

/// Takes an optional number with its place.
fn number(fields: &mut Fields<'_, '_>, name: &'static str) -> DeclaredNumber {
    let span = fields.take(name)?.span.clone();
    Some((fields.count(name)?.into(), span))
}

/// The values that a customer types to log in.
struct Login {
    username: String,
    username_span: Span,
    password: Reference,
    fields: Vec<(String, LoginField)>,
    steps: Vec<LoginStep>,
}

fn read_login(node: &Node, findings: &mut Vec<Finding>) -> Option<Login> {
    let mut login = Fields::of(node, "`login`", findings)?;
    let username = login.require_text("username");
    let password = reference(&mut login, "password");
    let fields = optional(&mut login, "fields", read_fields).unwrap_or_default();
    let steps = login.list("steps");
    login.end();
    let steps = steps
        .iter()
        .filter_map(|node| read_step(node, findings))
        .collect();
    let (username, span) = username?;
    Some(Login {
        username: username.to_owned(),
        username_span: span.clone(),
        password: password?,
        fields,
        steps,
    })
}

/// Reads what a customer does on one page.
fn read_step(node: &Node, findings: &mut Vec<Finding>) -> Option<LoginStep> {
    let mut fields = Fields::of(node, "a step of a login", findings)?;
    let text = |fields: &mut Fields<'_, '_>, name: &'static str| {
        fields.text(name).map(|(text, _)| text.to_owned())
    };
    let step = LoginStep {
        form: text(&mut fields, "form"),
        tick: read_names(&mut fields, "tick"),
        choose: read_names(&mut fields, "choose"),
        press: text(&mut fields, "press"),
        cancel: text(&mut fields, "cancel"),
    };
    fields.end();
    if step == LoginStep::default() {
        findings.push(
            Finding::new(&node.span, "a step of a login says nothing")
                .with_hint("`{ press: \"Zustimmen\" }`, by the text of the button on the page"),
        );
        return None;
    }
    Some(step)
}

/// Reads one name, or a list of names.
fn read_names(fields: &mut Fields<'_, '_>, name: &'static str) -> Vec<String> {
    let Some(node) = fields.take(name) else {
        return Vec::new();
    };
    let items = node.as_list().unwrap_or(std::slice::from_ref(node));
    let mut names = Vec::new();
    for item in items {
        match item.as_text() {
            Some(text) if !text.trim().is_empty() => names.push(text.to_owned()),
            _ => {
                let message = format!(
                    "`{name}` names what the page shows, and this is {}",
                    item.kind_name()
                );
                fields.complain(&item.span, message);
            }
        }
    }
    names
}

fn read_ledger(node: &Node, findings: &mut Vec<Finding>) -> Option<Ledger> {
    let hint = "a path beside the environment file, such as `file:alice.csv`";
    let file = match node.as_text() {
        Some(text) if text.starts_with("file:") => Reference::read(text, &node.span, findings)?,
        _ => {
            let finding = Finding::new(&node.span, "`ledger` must be a file");
            findings.push(finding.with_hint(hint));
            return None;
        }
    };
    Some(Ledger {
        file,
        transactions: Vec::new(),
        note: None,
    })
}

fn read_fields(node: &Node, findings: &mut Vec<Finding>) -> Vec<(String, LoginField)> {
    let what = "`fields` is a map from names or labels of login fields to their values";
    let read = each_entry(node, what, findings, |key, node, findings| {
        match &node.kind {
            Kind::Text(text) => {
                let prefixed = ["env:", "file:", "literal:"];
                if !prefixed.iter().any(|prefix| text.starts_with(prefix)) {
                    let message = format!("the value of `{}` must be a reference", key.text);
                    findings.push(Finding::new(&node.span, message).with_hint(
                        "`env:NAME` or `file:PATH`; `literal:VALUE` for a value that is no secret",
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
                    "a login field is a reference or `{{ totp: … }}`, and this is {}",
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
