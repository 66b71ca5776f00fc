//! Compares messages with what plans demand of them: for checks, and for stubs at a tap. Pure.
//!
//! Inputs are masked messages of the journal and matchers of the plan language with their values filled in. What a
//! difference means for a verdict is left to [`judge`](crate::judge).

mod compared;
mod demand;
mod difference;
mod selector;

pub use compared::{Compared, UndecidedPart};
pub use demand::{Demand, form};
pub use difference::Difference;
pub use selector::Selector;
