//! YAML source files with positions: the one place that knows where a plan's text stands.
//!
//! In: a file's name and bytes. Out: a tree of [`Node`]s in which every value and every key has a [`Span`],
//! or [`Finding`]s, complaints that point at a place and are shown by [`render`].
//! The module reads no file, prints nothing, and leaves the meaning of the tree (plans, environments, rulings) to others.

mod comment;
mod fields;
mod finding;
mod foreign;
mod line;
mod load;
mod nearest;
mod node;
mod render;
mod span;
mod spelling;

pub use fields::{Fields, hint_of_list};
pub use finding::{Finding, Severity};
pub use foreign::meant;
pub use load::load;
pub use nearest::nearest;
pub use node::{Key, Kind, Node};
pub use render::{Excerpt, Sources, render};
pub use span::Span;
