//! A transaction as JSON text, as the state keeps it.
//!
//! Thousands of them are kept for an account, and a document of one is several times as large as its text.

use serde_json::Value;

/// The JSON text of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TransactionText(Box<str>);

impl TransactionText {
    /// Writes a transaction.
    pub(super) fn of(transaction: &Value) -> Self {
        Self(transaction.to_string().into())
    }

    /// Reads it back.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    pub(super) fn read(&self) -> Value {
        serde_json::from_str(&self.0).expect("it was written from a document")
    }

    /// Bytes of the text.
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_with_its_order_and_its_digits() {
        let text = r#"{"b":1.10,"a":{"é":"\n"},"c":null}"#;
        let transaction = serde_json::from_str(text).expect("it is JSON");
        let kept = TransactionText::of(&transaction);
        assert_eq!(kept.bytes(), text.len());
        assert_eq!(kept.read(), transaction);
        assert_eq!(kept.read().to_string(), text);
    }
}
