//! The console output, whole and at its borders.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::*;
use crate::report::fixture::{Made, failed_run, outcome, passed_rehearsal};

/// Holds the colour setting, which the whole process shares, for the length of a test.
struct Colour {
    _guard: MutexGuard<'static, ()>,
}

impl Colour {
    fn set(on: bool) -> Self {
        static LOCK: Mutex<()> = Mutex::new(());
        let guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        colored::control::set_override(on);
        Self { _guard: guard }
    }
}

impl Drop for Colour {
    fn drop(&mut self) {
        colored::control::unset_override();
    }
}

#[test]
fn a_rehearsal_that_passed() {
    let _colour = Colour::set(false);
    insta::assert_snapshot!(results(&passed_rehearsal(), false, None), @r#"
    REHEARSAL PASSED: no case failed or is inconclusive; a rehearsal is never a certificate (not issued by Sage)
    2 cases: 1 passed, 0 failed, 0 inconclusive, 1 skipped in 70 ms
    feedproof 0.1.0, not issued by Sage
    mode         rehearsal
    started      2026-11-21T04:17:00Z
    rehearsal: not a certificate

    environment  emulated
    plans        plans as shipped with 0.1.0
    testable     1 of 1 requirement can be tested in the mode rehearsal, 1 of them only by some of their cases

    Offboarding
      ✓ passed  Title of offboarding/told  offboarding/told  1.23 s
      - skipped Title of offboarding/revoked  offboarding/revoked (no bank action `revoke-consent`)

    Plans
      offboarding    2 cases    1 requirement tested: C 1

    Requirements
      C derived by us, never Sage's wording    0 passed,   1 partly,   0 failed,   0 not tested,   0 not applicable
      only partly tested  OFF-04: skipped: no bank action `revoke-consent` (offboarding/revoked)

    2 cases: 1 passed, 0 failed, 0 inconclusive, 1 skipped in 70 ms
    REHEARSAL PASSED: no case failed or is inconclusive; a rehearsal is never a certificate (not issued by Sage)
    "#);
}

#[expect(
    clippy::too_many_lines,
    reason = "one snapshot or one table, which is read as a whole"
)]
#[test]
fn a_run_that_failed() {
    let _colour = Colour::set(false);
    insta::assert_snapshot!(results(&failed_run(), false, None), @r#"
    NOT CONFORMANT: 1 requirement failed: OFF-04 (not issued by Sage)
    5 cases: 0 passed, 2 failed, 2 inconclusive, 1 skipped in 70 ms
    feedproof 0.1.0, not issued by Sage
    subject      Acme Feeds 1.2 (abc123)
    mode         connector
    started      2026-11-21T04:17:00Z

    OFF-04 (must) failed: the provider broke OFF-04: the provider accepts the notification; status: expected 2xx, got 500
      offboarding/told
      offboarding/late

    2 cases are inconclusive because of one cause: given: GET /banks answers 200: connection refused
      onboarding/one
      onboarding/two

    official     0 of 1 official row whose text is public passed, 1 not tested (OFF-01)
    environment  my-connector
    plans        plans as shipped with 0.1.0
    filtered out 3 cases
    limits loosened first-statement: 90 s instead of 30 s
    testable     1 of 2 requirements can be tested in the mode connector, 1 of them only by some of their cases
      not        OFF-01: no case cites it

    Failed
      ✗ failed  Title of offboarding/told  offboarding/told  1.23 s
          the provider broke OFF-04: the provider accepts the notification; status: expected 2xx, got 500

          OFF-04: must, class C (derived by us, never Sage's wording)
            The provider must do as OFF-04 says.
            source: [doc] offboarding
            ruling 8.5: 403 for wrong credentials.

           --> plans/offboarding.yaml:12:9
          12 | - receive: POST
             |   ^

          at status
             --> plans/offboarding.yaml:14:9
            14 | response: { status: 2xx }
               | ^
            expected  2xx
            actual    500

          exchange: the emulated service to the provider (notification), 35 ms after the run began, journal.jsonl 1
            POST /hook?tenant=a b → 500 after 35 ms
            request
              content-type: application/json
              {
                "type": "resourceDeleted"
              }
            response
              content-type: application/json
              {
                "error": "no such account"
              }

          values
            ${account.id} = "b0a1", captured from the answer to POST /bankaccounts (given[0])

          repeat the request
            curl -i -X POST "$PROVIDER"'/hook?tenant=a%20b' -H 'content-type: application/json' --data-raw '{"type":"resourceDeleted"}'

          checks: 1 passed, 1 failed, 1 not reached (OFF-04)
          run this case alone: feedproof run --environment FILE --exact --filter offboarding/told

      ✗ failed  Title of offboarding/late  offboarding/late  1.23 s
          the provider broke OFF-04: expected that PATCH /v1/authorisations/9 arrives at service, but only one came within 30 s (authorisation) that differs in body.type

          OFF-04: must, class C (derived by us, never Sage's wording)
            The provider must do as OFF-04 says.
            source: [doc] offboarding
            ruling 8.5: 403 for wrong credentials.

           --> plans/offboarding.yaml:12:9
          12 | - receive: POST
             |   ^

          closest message: POST /hook, 1 difference
            at body.type
               --> plans/offboarding.yaml:14:9
              14 | response: { status: 2xx }
                 | ^
              expected  "resourceDeleted"
              actual    missing

          exchange: the emulated service to the provider (notification), 35 ms after the run began, journal.jsonl 1
            POST /hook?tenant=a b → 500 after 35 ms
            request
              content-type: application/json
              {
                "type": "resourceDeleted"
              }
            response
              content-type: application/json
              {
                "error": "no such account"
              }

          repeat the request
            curl -i -X POST "$PROVIDER"'/hook?tenant=a%20b' -H 'content-type: application/json' --data-raw '{"type":"resourceDeleted"}'

          checks: 1 failed
          run this case alone: feedproof run --environment FILE --exact --filter offboarding/late

    Inconclusive
      ! inconclusive Title of onboarding/one  onboarding/one  1.23 s
          inconclusive: given: GET /banks answers 200: connection refused

          OFF-04: must, class C (derived by us, never Sage's wording)
            The provider must do as OFF-04 says.
            source: [doc] offboarding
            ruling 8.5: 403 for wrong credentials.

           --> plans/offboarding.yaml:12:9
          12 | - receive: POST
             |   ^

          checks: 1 inconclusive
          run this case alone: feedproof run --environment FILE --exact --filter onboarding/one

    Offboarding
      ✗ failed  Title of offboarding/told  offboarding/told  1.23 s
      ✗ failed  Title of offboarding/late  offboarding/late  1.23 s

    Onboarding
      ! inconclusive Title of onboarding/one  onboarding/one  1.23 s
      ! inconclusive Title of onboarding/two  onboarding/two  1.23 s
      - skipped Title of onboarding/revoked  onboarding/revoked (no bank action `revoke-consent`)

    Failed teardown steps (they do not change verdicts)
      offboarding/late: DELETE /x answers 204; connection refused
       --> plans/offboarding.yaml:12:9

    Unattributed: 1 message, journal.jsonl 1

    Slowest
         1.23 s  offboarding/told
         1.23 s  offboarding/late
         1.23 s  onboarding/one
         1.23 s  onboarding/two

    Plans
      offboarding    2 cases    1 requirement tested: C 1
      onboarding     3 cases    1 requirement tested: C 1

    Official test plan
      not tested      OFF-01  The provider must do as OFF-01 says.
      0 of 1 official row whose text is public passed, 1 not tested (OFF-01)

    Requirements
      A official test plan                     0 passed,   0 partly,   0 failed,   1 not tested,   0 not applicable
      C derived by us, never Sage's wording    0 passed,   0 partly,   1 failed,   0 not tested,   0 not applicable

    5 cases: 0 passed, 2 failed, 2 inconclusive, 1 skipped in 70 ms
    NOT CONFORMANT: 1 requirement failed: OFF-04 (not issued by Sage)
    "#);
}

#[test]
fn a_shared_reason_is_told_once_unless_all_is_asked_for() {
    let _colour = Colour::set(false);
    let record = failed_run();
    let told = "inconclusive: given: GET /banks";
    let brief = results(&record, false, None);
    assert!(
        brief.contains(
            "2 cases are inconclusive because of one cause: given: GET /banks answers 200"
        )
    );
    assert_eq!(brief.matches(told).count(), 1);
    let verbose = results(&record, true, None);
    assert_eq!(verbose.matches(told).count(), 2);
    assert!(verbose.contains("      ✓ passed: DELETE answers 204 [OFF-04] (3 comparisons) plans/"));
}

#[test]
fn colour_only_adds() {
    let record = failed_run();
    let without = {
        let _colour = Colour::set(false);
        results(&record, true, None)
    };
    let _colour = Colour::set(true);
    let with = results(&record, true, None);
    assert!(with.contains("\u{1b}[31m✗ failed "));
    let escape = regex::Regex::new("\u{1b}\\[[0-9;]*m").expect("a sound pattern");
    assert_eq!(escape.replace_all(&with, ""), without);
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let _colour = Colour::set(false);
    let mut one = outcome("p", "p/\u{1b}]0;x\u{7}", Verdict::Skipped);
    one.title = "two\nlines\u{9b}31m".to_owned();
    one.reason = Some("\u{202e}why".to_owned());
    let text = results(&Made::default().case(one.clone()).record(), true, None);
    assert!(
        text.chars().all(|c| c == '\n' || !c.is_control()),
        "{text:?}"
    );
    assert!(
        text.contains(r"- skipped two lines\u{9b}31m  p/\u{1b}]0;x\u{7} (\u{202e}why)"),
        "{text}"
    );
    assert!(!progress_line(1, 1, &one).contains('\u{1b}'));
}

#[test]
fn progress_lines_stand_in_columns() {
    let _colour = Colour::set(false);
    let passed = outcome("p", "p/one", Verdict::Passed);
    assert_eq!(
        progress_line(3, 12, &passed),
        "[ 3/12] ✓ passed  p/one  1.23 s"
    );
    let skipped = outcome("p", "p/two", Verdict::Skipped);
    assert_eq!(progress_line(12, 12, &skipped), "[12/12] - skipped p/two");
}
