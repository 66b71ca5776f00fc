//! What no input may break: a function for each kind of input that feedproof reads from outside.
//!
//! Each function takes any bytes and panics when a property does not hold; that nothing panics is the least of them.
//! `fuzz/tests/short` runs all of them with seeded mutations of the corpus, on a stable toolchain; `fuzz_targets`
//! gives them to libFuzzer. CONTRIBUTING.md has the commands.
//!
//! Inputs of several parts, such as an environment with its ledger, have form feeds between them: no document that is
//! read here contains one of its own.

#![forbid(unsafe_code)]

mod body;
mod environment;
mod journal;
mod json_path;
mod page;
mod parts;
mod places;
mod plan;
mod record;
mod replay;
pub mod sealed;
mod tap;
mod template;
mod visit;

pub use body::body;
pub use environment::environment;
pub use journal::journal;
pub use json_path::json_path;
pub use page::page;
pub use plan::plan;
pub use record::record;
pub use replay::replay;
pub use tap::tap;
pub use template::template;
pub use visit::visit;
