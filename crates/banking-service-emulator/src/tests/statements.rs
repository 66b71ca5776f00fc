//! Statements, their effect on an account, and what the product and the provider read of it.

use axum::http::StatusCode as S;

use super::*;

async fn post(world: &World, body: &Value) -> Answer {
    world.provider(Method::POST, "/v1/statements", body).await
}

/// Posts a statement, lets it be processed, and returns its final word.
async fn settle(world: &World, body: &Value) -> String {
    let posted = post(world, body).await;
    assert_eq!(posted.status, S::CREATED, "{}", posted.text);
    let id = posted.json()["data"]["_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    for _ in 0..1_000 {
        let path = format!("/v1/statements/{id}");
        let read = world.provider(Method::GET, &path, &Value::Null).await;
        assert_eq!(read.status, S::OK);
        match read.json()["data"]["status"].as_str() {
            Some("processing") => tokio::task::yield_now().await,
            word => return word.expect("a word").to_owned(),
        }
    }
    panic!("the statement is never settled");
}

#[tokio::test]
async fn the_first_transactions_make_an_account_active_and_an_empty_statement_does_not() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let empty = statement(&id, world.bank, "a", &[]);
    assert_eq!(settle(&world, &empty).await, "complete");
    assert_eq!(world.status(&id).await, "pending");
    let fed = statement(&id, world.bank, "a", &[12.5, -3.25]);
    assert_eq!(settle(&world, &fed).await, "complete");
    assert_eq!(world.status(&id).await, "active");
}

#[tokio::test]
async fn a_demand_for_a_new_consent_is_kept_until_it_is_given() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let mut demand = statement(&id, world.bank, "a", &[]);
    demand["data"]["accountDetails"][0] = json!({ "bankAccountId": id, "status": "authRequired" });
    assert_eq!(settle(&world, &demand).await, "complete");
    assert_eq!(world.status(&id).await, "authRequired");
    let fed = statement(&id, world.bank, "a", &[1.0]);
    assert_eq!(settle(&world, &fed).await, "complete");
    assert_eq!(world.status(&id).await, "authRequired");
}

#[tokio::test]
async fn one_statement_of_an_account_is_in_flight() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let account = Uuid::try_parse(&id).expect("an id");
    let in_flight = |value| {
        let mut state = world.service.context().state();
        let account = state.accounts.get_mut(&account).expect("it was made");
        account.in_flight = value;
    };
    in_flight(Some(Uuid::new_v4()));
    let body = statement(&id, world.bank, "a", &[1.0]);
    assert_eq!(post(&world, &body).await.status, S::CONFLICT);
    in_flight(None);
    assert_eq!(settle(&world, &body).await, "complete");
}

#[tokio::test]
async fn a_transaction_sent_before_spoils_the_whole_statement() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    settle(&world, &statement(&id, world.bank, "a", &[1.0])).await;
    let mixed = statement(&id, world.bank, "a", &[1.0, 2.0]);
    assert_eq!(post(&world, &mixed).await.status, S::CONFLICT);
    let mut twice = statement(&id, world.bank, "b", &[1.0, 2.0]);
    twice["data"]["transactionDetails"][1]["uniqueId"] = json!("b-0");
    assert_eq!(post(&world, &twice).await.status, S::CONFLICT);
    let path = format!("bankaccounts/{id}/transactions");
    let read = world.product(Method::GET, &path, None).await.json();
    assert_eq!(read["bankTransactionList"]["total"], 1);
}

#[tokio::test]
async fn a_setting_makes_a_repeated_transaction_fail_later() {
    let rulings = Rulings {
        duplicates: crate::DuplicateTransactions::FailedLater,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    let body = statement(&id, world.bank, "a", &[1.0]);
    assert_eq!(settle(&world, &body).await, "complete");
    assert_eq!(settle(&world, &body).await, "failed");
    let next = statement(&id, world.bank, "b", &[1.0]);
    assert_eq!(settle(&world, &next).await, "complete");
}

#[tokio::test]
async fn the_largest_batch_is_accepted_and_a_larger_one_is_refused() {
    let rulings = Rulings {
        batch_limit: 3,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    let over = statement(&id, world.bank, "a", &[1.0; 4]);
    assert_eq!(post(&world, &over).await.status, S::BAD_REQUEST);
    let fits = statement(&id, world.bank, "a", &[1.0; 3]);
    assert_eq!(settle(&world, &fits).await, "complete");
}

#[tokio::test]
async fn a_statement_that_contradicts_itself_is_refused_without_effect() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let other = Uuid::new_v4().to_string();
    let changes = [
        ("/data/expected/transactionCreditSum", json!(13)),
        ("/data/expected/transactionDebitSum", json!(3.25)),
        ("/data/expected/transactionDetailsCount", json!(3)),
        ("/data/expected", json!(null)),
        ("/data/principalId", json!(other)),
        ("/data/bankId", json!(other)),
        ("/data/accountDetails", json!([])),
        ("/data/accountDetails/0/status", json!("fine")),
        ("/data/accountDetails/0/balances", json!(null)),
        ("/data/transactionDetails/0/bankAccountId", json!(other)),
        ("/data/transactionDetails/0/uniqueId", json!(7)),
        (
            "/data/transactionDetails/0/transactionAmount",
            json!("12.5"),
        ),
        ("/data/transactionDetails/0/transactionAmount", json!(1e300)),
        ("/data/transactionDetails/0/transactionType", json!("DEBIT")),
        ("/data/transactionDetails/0/datePosted", json!("2026-01-05")),
        ("/data/transactionDetails/1", json!("x")),
        ("/data/transactionDetails", json!({})),
    ];
    for (pointer, value) in changes {
        let mut body = statement(&id, world.bank, "a", &[12.5, -3.25]);
        *body.pointer_mut(pointer).expect("the field is there") = value;
        let answer = post(&world, &body).await;
        assert_eq!(answer.status, S::BAD_REQUEST, "{pointer}: {}", answer.text);
    }
    assert_eq!(world.status(&id).await, "pending");
    let good = statement(&id, world.bank, "a", &[12.5, -3.25]);
    assert_eq!(settle(&world, &good).await, "complete");
}

#[tokio::test]
async fn unknown_and_cancelled_accounts_take_no_statements() {
    let mut world = World::open().await;
    let unknown = statement(&Uuid::new_v4().to_string(), world.bank, "a", &[1.0]);
    assert_eq!(post(&world, &unknown).await.status, S::NOT_FOUND);
    let id = world.onboard().await;
    let body = statement(&id, world.bank, "a", &[1.0]);
    settle(&world, &body).await;
    let path = format!("bankaccounts/{id}");
    world.product(Method::DELETE, &path, None).await;
    let late = statement(&id, world.bank, "b", &[1.0]);
    assert_eq!(post(&world, &late).await.status, S::CONFLICT);
    let gone = world
        .product(Method::GET, &format!("{path}/transactions"), None)
        .await;
    assert_eq!(gone.status, S::NOT_FOUND);
    assert_eq!(world.service.context().state().transactions, 0);
    let nobody = format!("/v1/statements/{}", Uuid::new_v4());
    let read = world.provider(Method::GET, &nobody, &Value::Null).await;
    assert_eq!(read.status, S::NOT_FOUND);
}

#[tokio::test]
async fn a_cancellation_during_processing_fails_the_statement() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let posted = post(&world, &statement(&id, world.bank, "a", &[1.0])).await;
    assert_eq!(posted.status, S::CREATED);
    {
        // One thread runs this test, so the task has not started yet.
        let mut state = world.service.context().state();
        let account = state
            .accounts
            .get_mut(&Uuid::try_parse(&id).expect("an id"))
            .expect("it was made");
        account.status = crate::state::AccountStatus::Cancelled;
    }
    world.assert_no_notification().await;
    let path = format!(
        "/v1/statements/{}",
        posted.json()["data"]["_id"].as_str().expect("an id")
    );
    let read = world.provider(Method::GET, &path, &Value::Null).await;
    assert_eq!(read.json()["data"]["status"], "failed");
}

#[tokio::test]
async fn the_product_reads_transactions_page_by_page() {
    let rulings = Rulings {
        transaction_page: 2,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    settle(&world, &statement(&id, world.bank, "a", &[1.0, 2.0, 3.0])).await;
    let path = format!("bankaccounts/{id}/transactions");
    let first = world.product(Method::GET, &path, None).await.json();
    let list = &first["bankTransactionList"];
    assert_eq!(
        (&list["startIndex"], &list["endIndex"], &list["next"]),
        (&json!(1), &json!(2), &json!(3))
    );
    assert_eq!(first["bankAccount"]["status"], "active");
    let rest = world
        .product(Method::GET, &format!("{path}?startIndex=3"), None)
        .await
        .json();
    let list = &rest["bankTransactionList"];
    assert_eq!(list["transactions"][0]["transactionId"], 3);
    assert_eq!(list.get("next"), None);
    let none = world
        .product(Method::GET, &format!("{path}?startindex=4"), None)
        .await;
    assert_eq!(none.status, S::OK);
    assert_eq!(
        none.json()["bankTransactionList"]["transactions"],
        json!([])
    );
    let wrong = world
        .product(Method::GET, &format!("{path}?startIndex=-1"), None)
        .await;
    assert_eq!(wrong.status, S::BAD_REQUEST);
}

#[tokio::test]
async fn the_provider_finds_an_account_by_its_own_id() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let ask = |bank: String, external: &str| json!({ "data": { "bankId": bank, "externalId": external } });
    let path = "/v1/accountqueries";
    let found = world
        .provider(Method::POST, path, &ask(world.bank.to_string(), "ext-001"))
        .await;
    assert_eq!(found.status, S::OK);
    assert_eq!(found.json()["data"]["bankAccountId"], id);
    assert_eq!(found.json()["data"]["status"], "pending");
    for (bank, external, status) in [
        (world.bank.to_string(), "ext-009", S::NOT_FOUND),
        (Uuid::new_v4().to_string(), "ext-001", S::NOT_FOUND),
        ("x".to_owned(), "ext-001", S::BAD_REQUEST),
    ] {
        let answer = world
            .provider(Method::POST, path, &ask(bank, external))
            .await;
        assert_eq!(answer.status, status);
    }
}

/// The statement of one transaction with every member that the sources show.
fn full(account: &str, bank: Uuid) -> Value {
    let mut body = statement(account, bank, "full", &[-12.5]);
    let members = json!({
        "dateUserInitiated": "2026-01-04T09:00:00.000Z",
        "exchangeCurrency": "USD", "exchangeAmount": -14.25,
        "checkNumber": "77", "referenceNumber": "r-1", "description": "Rent", "narrative1": "one", "narrative2": "",
        "payee": { "payeeDescription": "Landlord", "address1": "1 High St", "address2": "", "address3": "",
            "city": "Leeds", "state": "West Yorkshire", "postalCode": "LS1", "country": "GBR",
            "phoneNumber": "0113", "payeeBankId": "b", "payeeAccountId": "a" },
        "coordinates": { "lat": 53.8, "long": -1 },
        "category": { "topLevelCategory": "Home", "subCategory": "Rent", "categoryId": 12, "standardIndustrialCode": "6513" },
        "notShownAnywhere": { "kept": true },
    });
    let transaction = &mut body["data"]["transactionDetails"][0];
    for (name, value) in members.as_object().expect("an object") {
        transaction[name] = value.clone();
    }
    body
}

/// Members of a transaction, each with a wrong value and the refusal's message.
#[expect(
    clippy::too_many_lines,
    reason = "one snapshot or one table, which is read as a whole"
)]
fn wrong_members() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "/payee",
            json!([]),
            "payee must be an object, but is an empty array",
        ),
        (
            "/payee/city",
            json!(7),
            "payee.city must be a string, but is a number",
        ),
        (
            "/payee/address3",
            json!("x".repeat(513)),
            "payee.address3 must be a string of at most 512 characters, but is a string of 513 characters",
        ),
        (
            "/payee/country",
            json!("GB"),
            "payee.country must be a code of three letters, but is a string of 2 characters",
        ),
        (
            "/payee/payeeAccountId",
            json!({}),
            "payee.payeeAccountId must be a string, but is an object",
        ),
        (
            "/coordinates",
            json!("53.8,-1"),
            "coordinates must be an object, but is a string of 7 characters",
        ),
        (
            "/coordinates/lat",
            json!("53.8"),
            "coordinates.lat must be a number, but is a string of 4 characters",
        ),
        (
            "/coordinates/long",
            json!(true),
            "coordinates.long must be a number, but is true",
        ),
        (
            "/category/categoryId",
            json!(1.5),
            "category.categoryId must be a whole number, but is a number with a fraction",
        ),
        (
            "/category/categoryId",
            json!("12"),
            "category.categoryId must be a whole number, but is a string of 2 characters",
        ),
        (
            "/category/subCategory",
            json!([]),
            "category.subCategory must be a string, but is an empty array",
        ),
        (
            "/category/standardIndustrialCode",
            json!(false),
            "category.standardIndustrialCode must be a string, but is false",
        ),
        (
            "/exchangeCurrency",
            json!("US$"),
            "exchangeCurrency must be a code of three letters, but is a string of 3 characters",
        ),
        (
            "/exchangeAmount",
            json!("14.25"),
            "exchangeAmount must be a number, but is a string of 5 characters",
        ),
        (
            "/exchangeAmount",
            json!(14.25),
            "exchangeAmount has another sign than transactionAmount; both must be positive or both negative",
        ),
        (
            "/exchangeAmount",
            json!(-1e300),
            "exchangeAmount is out of range; it must be from -1000000000000000000 to 1000000000000000000, in at most 64 characters",
        ),
        (
            "/dateUserInitiated",
            json!("yesterday"),
            "dateUserInitiated must be an ISO date-time such as 2026-01-31T12:00:00Z, but is a string of 9 characters",
        ),
        (
            "/narrative2",
            json!(2),
            "narrative2 must be a string, but is a number",
        ),
        (
            "/transactionStatus",
            json!(1),
            "transactionStatus must be a string, but is a number",
        ),
        (
            "/transactionType",
            json!(""),
            "transactionType must be a string that is not empty, but is an empty string",
        ),
    ]
}

#[tokio::test]
async fn every_member_of_a_transaction_is_read_and_a_wrong_one_is_named() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    for (pointer, wrong, what) in wrong_members() {
        let mut body = full(&id, world.bank);
        let pointer = format!("/data/transactionDetails/0{pointer}");
        *body.pointer_mut(&pointer).expect("the member is there") = wrong;
        let answer = post(&world, &body).await;
        assert_eq!(answer.status, S::BAD_REQUEST, "{pointer}: {}", answer.text);
        let told = answer.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_eq!(told, format!("data.transactionDetails[0].{what}"));
    }
    let mut as_number = full(&id, world.bank);
    as_number["data"]["transactionDetails"][0]["category"]["standardIndustrialCode"] = json!(6513);
    assert_eq!(settle(&world, &as_number).await, "complete");
    let path = format!("bankaccounts/{id}/transactions");
    let read = world.product(Method::GET, &path, None).await.json();
    let booked = &read["bankTransactionList"]["transactions"][0];
    assert_eq!(booked["notShownAnywhere"], json!({ "kept": true }));
}

/// A statement of transactions posted on these days.
fn dated(account: &str, bank: Uuid, prefix: &str, days: &[&str]) -> Value {
    let mut body = statement(account, bank, prefix, &vec![1.0; days.len()]);
    for (index, day) in days.iter().enumerate() {
        body["data"]["transactionDetails"][index]["datePosted"] = json!(format!("{day}T00:00:00Z"));
    }
    body
}

#[tokio::test]
async fn settings_refuse_unordered_and_future_dates_and_uncleared_transactions() {
    let mut usual = World::open().await;
    let strict = Rulings {
        unordered_dates: crate::DiscouragedData::Refused,
        future_dates: crate::DiscouragedData::Refused,
        uncleared_transactions: crate::DiscouragedData::Refused,
        ..Rulings::default()
    };
    let mut strict = World::with(&[], strict).await;
    for (world, refuses) in [(&mut usual, false), (&mut strict, true)] {
        let id = world.onboard().await;
        let bank = world.bank;
        let first = dated(&id, bank, "a", &["2026-01-02", "2026-01-02", "2026-01-05"]);
        assert_eq!(settle(world, &first).await, "complete");
        let mut pending = dated(&id, bank, "p", &["2026-01-05"]);
        pending["data"]["transactionDetails"][0]["transactionStatus"] = json!("pending");
        for (doubtful, what) in [
            (
                dated(&id, bank, "b", &["2026-01-07", "2026-01-06"]),
                "in one statement",
            ),
            (
                dated(&id, bank, "c", &["2026-01-04"]),
                "after an earlier one",
            ),
            (dated(&id, bank, "d", &["9999-01-01"]), "in the future"),
            (pending, "not cleared"),
        ] {
            if refuses {
                let answer = post(world, &doubtful).await;
                assert_eq!(answer.status, S::BAD_REQUEST, "{what}: {}", answer.text);
            } else {
                assert_eq!(settle(world, &doubtful).await, "complete", "{what}");
            }
        }
        // The day of the newest transaction may come again: a statement may contain several of a day.
        let same_day = dated(&id, bank, "e", &["2026-01-05", "2026-01-06"]);
        assert_eq!(settle(world, &same_day).await, "complete");
    }
}

#[tokio::test]
async fn dates_are_compared_as_moments_not_as_texts() {
    let rulings = Rulings {
        unordered_dates: crate::DiscouragedData::Refused,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    let mut body = dated(&id, world.bank, "a", &["2026-01-05", "2026-01-05"]);
    let transactions = &mut body["data"]["transactionDetails"];
    transactions[0]["datePosted"] = json!("2026-01-05T01:00:00+02:00");
    transactions[1]["datePosted"] = json!("2026-01-04T23:30:00");
    assert_eq!(settle(&world, &body).await, "complete");
}

#[tokio::test]
async fn a_date_time_without_offset_is_read_in_utc_and_the_response_says_so() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let mut body = dated(&id, world.bank, "a", &["2026-01-05", "2026-01-05"]);
    body["data"]["transactionDetails"][1]["datePosted"] = json!("2026-01-05T10:00:00");
    let answer = post(&world, &body).await;
    assert_eq!(answer.status, S::CREATED, "{}", answer.text);
    assert_eq!(
        answer.headers["x-emulator-note"],
        "data.transactionDetails[1].datePosted has no offset and is read in UTC"
    );
}

#[tokio::test]
async fn a_setting_refuses_date_times_without_offset() {
    let rulings = Rulings {
        local_date_times: crate::LocalDateTimes::Refused,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    let mut body = dated(&id, world.bank, "a", &["2026-01-05"]);
    body["data"]["accountDetails"][0]["balances"]["ledgerBalanceDate"] =
        json!("2026-01-05T10:00:00");
    let answer = post(&world, &body).await;
    assert_eq!(answer.status, S::BAD_REQUEST);
    assert!(
        answer
            .text
            .contains("ledgerBalanceDate has no offset, so it names no instant"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn amounts_are_stored_with_the_digits_that_were_sent() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let mut body = dated(&id, world.bank, "a", &["2026-01-05"]);
    let amount: Value = serde_json::from_str("9007199254740993.02").expect("a number");
    body["data"]["transactionDetails"][0]["transactionAmount"] = amount.clone();
    body["data"]["expected"]["transactionCreditSum"] = amount.clone();
    assert_eq!(settle(&world, &body).await, "complete");
    let path = format!("bankaccounts/{id}/transactions");
    let read = world.product(Method::GET, &path, None).await.json();
    let booked = &read["bankTransactionList"]["transactions"][0];
    assert_eq!(booked["transactionAmount"], amount);
}

#[tokio::test]
async fn a_setting_makes_transaction_ids_unique_among_all_accounts() {
    for (unique_ids, duplicates, taken) in [
        (crate::UniqueIds::Account, None, true),
        (crate::UniqueIds::Provider, None, false),
        (
            crate::UniqueIds::Provider,
            Some(crate::DuplicateTransactions::FailedLater),
            false,
        ),
    ] {
        let usual = Rulings::default();
        let rulings = Rulings {
            unique_ids,
            duplicates: duplicates.unwrap_or(usual.duplicates),
            ..usual
        };
        let mut world = World::with(&[], rulings).await;
        let first = world.onboard().await;
        world.feed(&first, "a", &[1.0]).await;
        let candidates = world.candidates(&first).await;
        let made = world.link_candidate(&candidates[1]).await.json();
        let second = made["bankAccountId"].as_str().expect("an id").to_owned();
        world.next_notification().await;
        let body = statement(&second, world.bank, "a", &[1.0]);
        if taken || duplicates.is_some() {
            let word = if taken { "complete" } else { "failed" };
            assert_eq!(settle(&world, &body).await, word);
        } else {
            assert_eq!(post(&world, &body).await.status, S::CONFLICT);
        }
        let other = statement(&second, world.bank, "b", &[1.0]);
        assert_eq!(settle(&world, &other).await, "complete");
    }
}

/// A statement of 1,000 transactions of maximum size, in characters of three bytes.
fn largest(account: &str, bank: Uuid) -> Value {
    let long = "\u{20ac}".repeat(512);
    let mut body = statement(account, bank, "large", &[1.0; 1_000]);
    let transactions = &mut body["data"]["transactionDetails"];
    for (index, one) in transactions
        .as_array_mut()
        .expect("a list")
        .iter_mut()
        .enumerate()
    {
        let mut model = full(account, bank)["data"]["transactionDetails"][0].take();
        for name in [
            "checkNumber",
            "referenceNumber",
            "description",
            "narrative1",
            "narrative2",
            "transactionType",
            "transactionStatus",
        ] {
            model[name] = json!(long);
        }
        for name in [
            "payeeDescription",
            "address1",
            "address2",
            "address3",
            "city",
            "state",
            "postalCode",
            "phoneNumber",
            "payeeBankId",
            "payeeAccountId",
        ] {
            model["payee"][name] = json!(long);
        }
        for name in ["topLevelCategory", "subCategory", "standardIndustrialCode"] {
            model["category"][name] = json!(long);
        }
        let id = format!("{index:04}{}", "\u{20ac}".repeat(508));
        model["uniqueId"] = json!(id);
        model["transactionAmount"] = one["transactionAmount"].clone();
        model["exchangeAmount"] = json!(1.5);
        *one = model;
    }
    body
}

#[tokio::test]
async fn the_largest_statement_that_keeps_every_bound_was_too_large() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    let body = largest(&id, world.bank);
    assert_eq!(settle(&world, &body).await, "complete");
    // The product reads it in pages of a size that clients accept.
    let path = format!("bankaccounts/{id}/transactions");
    let read = world.product(Method::GET, &path, None).await;
    let list = read.json()["bankTransactionList"].clone();
    let held = list["transactions"].as_array().expect("a list").len() as u64;
    assert!(read.text.len() < 2 << 20 && held > 10, "{held}");
    assert_eq!(
        (&list["endIndex"], &list["next"]),
        (&json!(held), &json!(held + 1))
    );
}

#[tokio::test]
async fn a_setting_makes_the_transactions_of_a_cancelled_account_empty() {
    let rulings = Rulings {
        cancelled_transactions: crate::CancelledTransactions::Empty,
        ..Rulings::default()
    };
    let mut world = World::with(&[], rulings).await;
    let id = world.onboard().await;
    world.feed(&id, "a", &[1.0]).await;
    let path = format!("bankaccounts/{id}");
    world.product(Method::DELETE, &path, None).await;
    let read = world
        .product(Method::GET, &format!("{path}/transactions"), None)
        .await;
    assert_eq!(read.status, S::OK, "{}", read.text);
    let list = read.json()["bankTransactionList"].clone();
    assert_eq!(
        (&list["total"], &list["transactions"]),
        (&json!(0), &json!([]))
    );
}

#[tokio::test]
async fn start_indices_of_any_shape_are_read_or_refused() {
    let mut world = World::open().await;
    let id = world.onboard().await;
    world.feed(&id, "a", &[1.0, 2.0]).await;
    let read = |index: &'static str| {
        let path = format!("bankaccounts/{id}/transactions?startIndex={index}");
        let world = &world;
        async move { world.product(Method::GET, &path, None).await }
    };
    for (index, first) in [
        ("0", json!(1)),
        ("2", json!(2)),
        ("002", json!(2)),
        ("%2B1", json!(1)),
    ] {
        let answer = read(index).await;
        assert_eq!(answer.status, S::OK, "{index}: {}", answer.text);
        let list = &answer.json()["bankTransactionList"];
        assert_eq!(list["transactions"][0]["transactionId"], first, "{index}");
    }
    let beyond = read("18446744073709551615").await.json();
    let list = &beyond["bankTransactionList"];
    assert_eq!(
        (&list["transactions"], &list["total"]),
        (&json!([]), &json!(2))
    );
    for index in [
        "",
        "-1",
        "1.0",
        "1e3",
        "18446744073709551616",
        "0x1",
        "one",
        "1,2",
        "%00",
        "%FF",
    ] {
        let answer = read(index).await;
        assert_eq!(answer.status, S::BAD_REQUEST, "{index}: {}", answer.text);
        assert_eq!(answer.json()["code"], "malformed");
    }
}
