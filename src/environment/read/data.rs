//! `data`: accounts and transactions at the reference provider's bank.

use crate::environment::{BankAccount, BankTransaction};
use plan_language::source::{Fields, Finding, Kind, Node};

/// Takes a required amount in cents.
fn cents(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<i64> {
    let node = fields.require(name)?;
    let number = match &node.kind {
        Kind::Number(number) => number.as_i64(),
        _ => None,
    };
    if number.is_none() {
        fields.complain(
            &node.span,
            format!("`{name}` must be a whole number of cents"),
        );
    }
    number
}

/// Reads an account of the bank's data.
pub(super) fn read(node: &Node, findings: &mut Vec<Finding>) -> Option<BankAccount> {
    let mut fields = Fields::of(node, "an account", findings)?;
    let external_id = fields.require_text("external_id");
    let name = fields.require_text("name");
    let branch = fields.text("branch");
    let identifier = fields.require_text("identifier");
    let kind = fields.require_text("kind");
    let opening_balance = cents(&mut fields, "opening_balance");
    let nodes = fields.list("transactions");
    fields.end();
    let transactions = nodes
        .iter()
        .filter_map(|node| {
            let mut fields = Fields::of(node, "a transaction", findings)?;
            let id = fields.require_text("id");
            let date = fields.require_text("date");
            let amount = cents(&mut fields, "amount");
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
