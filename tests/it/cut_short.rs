//! Cases for runs that are cut short: one that ends at once, and one that waits for longer than any test.

/// A case that ends at once.
pub const QUICK: &str = "  - id: PLAN/quick
    title: The bank is there
    expected: It is.
    requirement: ONB-01
    given: [{ use: onboarded-account }]
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
";

/// A case that waits for an hour.
pub const WAITS: &str = "  - id: PLAN/waits
    title: A message that never comes
    expected: The wait ends with the run.
    requirement: OFF-04
    given: [{ use: onboarded-account, bind: { account: account } }]
    steps:
      - receive: POST
        at: provider.notification
        within: 1h
        where: { body: { type: nothing-of-the-kind } }
    teardown:
      - send: DELETE /organisations/${org}/companies/${company}/bankaccounts/${account.id}
        as: product
        expect: { status: 204 }
";

/// Writes a plan of these cases, whose ids begin with its name.
pub fn plan(name: &str, cases: &[&str]) -> String {
    let cases = cases.concat().replace("PLAN/", &format!("{name}/"));
    format!("plan: {name}\ntitle: Cases of a run that is cut short\ncases:\n{cases}")
}
