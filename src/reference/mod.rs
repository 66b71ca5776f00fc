//! Every word that an author, an environment or a pipeline meets: one list, drawn from the tables of all modules.
//!
//! `feedproof explain` shows single entries, and `docs/reference.md` contains those of the language and the command
//! line. A table of another module is the home of a word; nothing is defined here. Pure: documents come as bytes.

mod entries;
mod page;
mod usage;

pub use entries::{EntryKind, ReferenceEntry, entries};
pub use page::reference_page;

#[cfg(test)]
mod tests;
