//! Tests of the planned sequence as a diagram.

use super::*;
use crate::plan::drawing::escape;
use crate::plan::{Document, Documents, Library};

const PLAN: &str = r#"
plan: drawn
title: Drawn
cases:
  - id: drawn/case
    title: A case
    expected: A drawing.
    requirement: X-01
    given:
      - use: scene
    steps:
      - stub: POST /v1/statements
        at: service
        with: [ { status: 429 }, { status: 503, processing: after, delay: 2s }, { reset: true }, pass ]
      - trigger: new-transactions
      - age: { at: provider, by: 20m }
      - send: POST
        to: provider.notification
        as: service
        label: told
        requirement: X-01
        expect: { status: 2xx }
      - parallel:
          - - browse: provider.auth
              label: seen
              expect: { outcome: returned }
          - - send: GET /banks/${bank.id}?a=1;b=<c>
              as: product
              auth: none
              eventually: status-change
              expect: { status: [200, 404] }
      - receive: POST /v1/statements
        at: service
        label: fed
        within: 2s
        response: { status: 2xx }
      - never: PATCH /v1/authorisations/${told.id}
        at: service
        since: told
        until: fed.response
      - judge: fed
        expect: { body: { data: { required: 1 } } }
"#;

const FLOW: &str = "
flow: scene
title: A scene
steps:
  - send: DELETE /organisations/end
    as: product
    auth: none
    expect: { status: 204 }
";

const REQUIREMENTS: &str = "
requirements:
  - id: X-01
    text: It is drawn.
    level: should
    class: C
    subject: [provider]
    source: '[infer] for this test'
    group: test
    faults: []
";

fn library() -> Library {
    let document = |name: &str, text: &str| Document {
        name: name.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let documents = Documents {
        requirements: Some(document("requirements.yaml", REQUIREMENTS)),
        rulings: None,
        rules: None,
        flows: vec![document("scene.yaml", FLOW)],
        plans: vec![document("drawn.yaml", PLAN)],
    };
    Library::read(&documents).unwrap_or_else(|invalid| panic!("{:?}", invalid.findings))
}

#[test]
fn every_verb_is_drawn() {
    let library = library();
    let case = library.cases().next().expect("there is one");
    insta::assert_snapshot!(diagram(case), @r#"
    sequenceDiagram
        participant product as Product
        participant browser as Browser
        participant service as Banking Service
        participant sageid as Sage ID
        participant provider as Provider
        Note over product,provider: given
        Note over product,provider: flow scene
        product->>service: DELETE /organisations/#101;nd
        service-->>product: 204
        Note over product,provider: steps
        Note over service: stub POST /v1/statements: 429, 503 after 2s after processing, reset, pass
        Note over provider: bank action new-transactions
        Note over provider: existing things become 20m older
        service->>provider: POST notification [X-01]
        provider-->>service: 2xx
        par branch 1
            browser->>provider: visit auth
            Note over browser: the visit ends as #34;returned#34;
        and branch 2
            loop until as expected, status-change
                product->>service: GET /banks/${bank.id}?a=1#59;b=#60;c#62;
                service-->>product: 200 or 404
            end
        end
        provider->>service: POST /v1/statements, within 2s
        service-->>provider: 2xx
        provider-xservice: never PATCH /v1/authorisations/${told.id}, until fed.response
        Note over product,provider: judge fed
    "#);
}

#[test]
fn nothing_in_a_label_is_taken_for_the_language() {
    assert_eq!(escape("a;b #c\nend"), "a#59;b #35;c #101;nd");
    assert_eq!(escape("endless bend end."), "endless bend #101;nd.");
    assert_eq!(escape("${x} \"<b>\" %%"), "${x} #34;#60;b#62;#34; #37;#37;");
}

#[test]
fn the_same_case_is_drawn_the_same() {
    let library = library();
    let case = library.cases().next().expect("there is one");
    assert_eq!(diagram(case), diagram(case));
}
