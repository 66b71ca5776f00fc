//! The longest time of a run, as environments and the command line write it.

use std::time::Duration;

use plan_language::value::duration;

/// The longest time of a run, unless the environment or the command line sets it.
pub const RUN_TIME: Duration = Duration::from_secs(30 * 60);

/// The shortest time that can be set: less would not even start the participants.
const RUN_TIME_LEAST: Duration = Duration::from_secs(1);

/// The longest time that can be set.
const RUN_TIME_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads the longest time of a run.
///
/// # Errors
/// A sentence for the author: no duration, or one that no run needs.
pub fn run_time(text: &str) -> Result<Duration, String> {
    let time = duration::parse(text)?;
    if (RUN_TIME_LEAST..=RUN_TIME_MOST).contains(&time) {
        return Ok(time);
    }
    Err(format!(
        "the longest time of a run is from {} to {}, and not {text}",
        duration::format(RUN_TIME_LEAST),
        duration::format(RUN_TIME_MOST)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_may_take_from_a_second_to_a_day() {
        assert_eq!(run_time("45m"), Ok(Duration::from_secs(2700)));
        assert_eq!(run_time("1s"), Ok(RUN_TIME_LEAST));
        assert_eq!(run_time("24h"), Ok(RUN_TIME_MOST));
        for (text, part) in [
            ("0s", "`0s` is no time at all"),
            ("999ms", "from 1s to 24h, and not 999ms"),
            ("25h", "from 1s to 24h, and not 25h"),
            ("30", "`30` lacks a unit: write `30s`"),
            ("", "a duration such as `90s` is needed"),
        ] {
            let refused = run_time(text).expect_err(text);
            assert!(refused.contains(part), "{refused}");
        }
    }
}
