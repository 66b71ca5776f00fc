//! Draws the planned sequence of a case as a Mermaid `sequenceDiagram`, before any message is sent.
//!
//! Reports draw what really happened, from the journal. The diagram takes the usual sender of an awaited message from
//! its address; another sender would be drawn the same. How a verb looks is in the verb's own file.

use crate::plan::document::Case;
use crate::plan::drawing::Drawing;
use crate::plan::verb::draw_steps;

/// Draws the steps of a case, flows written out.
///
/// The text begins with `sequenceDiagram` and ends with a line break. Values are not known yet: `${…}` stand as written.
pub fn diagram(case: &Case) -> String {
    let mut drawing = Drawing::begin();
    for (name, steps) in [
        ("given", &case.given),
        ("steps", &case.steps),
        ("teardown", &case.teardown),
    ] {
        if !steps.is_empty() {
            drawing.across(name);
            draw_steps(&mut drawing, steps);
        }
    }
    drawing.finish()
}

#[cfg(test)]
#[path = "diagram_tests.rs"]
mod tests;
