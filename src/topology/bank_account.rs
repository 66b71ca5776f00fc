//! The accounts of an environment as the reference provider has them.

use std::sync::Arc;

use crate::environment::BankAccount;
use reference_provider as provider;

impl From<&BankAccount> for provider::Account {
    fn from(account: &BankAccount) -> Self {
        provider::Account {
            external_id: account.external_id.clone(),
            name: account.name.clone(),
            branch: account.branch.clone(),
            identifier: account.identifier.clone(),
            kind: account.kind.clone(),
            opening_balance: account.opening_balance,
            transactions: account
                .transactions
                .iter()
                .map(|transaction| {
                    Arc::new(provider::Transaction {
                        id: transaction.id.clone(),
                        date: transaction.date.clone(),
                        amount: transaction.amount,
                        description: transaction.description.clone(),
                        pending: transaction.pending,
                    })
                })
                .collect(),
        }
    }
}
