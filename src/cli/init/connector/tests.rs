use super::*;
use crate::cli::init::fixture::{self, opened};
use crate::cli::init_mode::InitMode;

fn arguments() -> InitArguments {
    fixture::arguments(InitMode::Connector)
}

fn callbacks(text: &str) -> Vec<&str> {
    let lines = text.lines().skip_while(|line| line.trim() != "callbacks:");
    lines.skip(1).take(4).map(str::trim).collect()
}

#[test]
fn without_arguments_it_is_the_example() {
    assert_eq!(
        environment(EXAMPLE, &arguments()).expect("it is made"),
        EXAMPLE
    );
}

#[test]
fn what_is_known_is_filled_in_and_nothing_of_the_example_is_left_there() {
    let text = environment(
        EXAMPLE,
        &InitArguments {
            connector: Some("https://feeds.northbank.example/v2/".to_owned()),
            name: Some("Northbank feeds".to_owned()),
            customer: vec!["n.o@north.example=2".to_owned(), "no=1".to_owned()],
            ..arguments()
        },
    )
    .expect("it is made");
    assert!(!text.to_lowercase().contains("acme"), "{text}");
    assert!(!text.contains("localhost:8080"), "{text}");
    let environment = opened(&text);
    let subject = environment.subject.expect("it has one");
    assert_eq!(subject.name, "Northbank feeds");
    assert_eq!(
        callbacks(&text),
        [
            "notification: https://feeds.northbank.example/v2/notification",
            "auth: https://feeds.northbank.example/v2/auth",
            "reAuth: https://feeds.northbank.example/v2/authrefresh",
            "availableAccounts: https://feeds.northbank.example/v2/availableaccounts",
        ]
    );
    let customers: Vec<_> = environment
        .customers
        .iter()
        .map(|customer| (&*customer.username, customer.accounts))
        .collect();
    assert_eq!(customers, [("n.o@north.example", 2), ("no", 1)]);
}

#[test]
fn an_openapi_document_tells_the_paths_and_what_it_lacks_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("openapi.json");
    let document = serde_json::json!({
        "servers": [ { "url": "http://localhost:7000/sage" } ],
        "paths": {
            "/hooks/notifications": {}, "/admin/hooks/notifications": {}, "/login/authorise": {},
            "/available-accounts/": {}, "/health": {},
        },
    });
    std::fs::write(&file, document.to_string()).expect("written");
    let text = environment(
        EXAMPLE,
        &InitArguments {
            openapi: Some(file.clone()),
            ..arguments()
        },
    )
    .expect("it is made");
    assert_eq!(
        callbacks(&text),
        [
            "notification: http://localhost:7000/sage/hooks/notifications",
            "auth: http://localhost:7000/sage/login/authorise",
            "reAuth: http://localhost:7000/sage/authrefresh   # not found in the OpenAPI document",
            "availableAccounts: http://localhost:7000/sage/available-accounts/",
        ]
    );
    opened(&text);
    std::fs::write(&file, "openapi: 3.1.0").expect("written");
    let refused = environment(
        EXAMPLE,
        &InitArguments {
            openapi: Some(file),
            ..arguments()
        },
    );
    assert!(
        refused
            .expect_err("no JSON")
            .to_string()
            .contains("no JSON")
    );
}

#[test]
fn arguments_that_say_nothing_are_refused() {
    for (connector, name, customer) in [
        (Some("localhost:8080"), None, None),
        (Some("ftp://h/"), None, None),
        (None, Some("–"), None),
        (None, Some(""), None),
        (None, None, Some("alice")),
        (None, None, Some("=3")),
        (None, None, Some("al ice=3")),
        (None, None, Some("alice=three")),
    ] {
        let refused = environment(
            EXAMPLE,
            &InitArguments {
                connector: connector.map(str::to_owned),
                name: name.map(str::to_owned),
                customer: customer.map(str::to_owned).into_iter().collect(),
                ..arguments()
            },
        );
        assert!(refused.is_err(), "{connector:?} {name:?} {customer:?}");
    }
}
