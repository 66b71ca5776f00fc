//! The participants of a test: a logged-in product, a browser and a listening provider around one Service.

use super::*;

/// A Service with a product that is logged in and a provider that listens.
pub(super) struct World {
    pub(super) service: Service,
    pub(super) inbox: mpsc::UnboundedReceiver<Received>,
    pub(super) listing: Listing,
    pub(super) bank: Uuid,
    pub(super) organisation: String,
    pub(super) company: String,
    pub(super) signing_key: String,
    pub(super) jwt: String,
    pub(super) token: String,
}

pub(super) struct Started {
    pub(super) id: String,
    pub(super) redirect: String,
    pub(super) poll: String,
}

impl World {
    pub(super) async fn open() -> Self {
        Self::with(&[], Rulings::default()).await
    }

    pub(super) async fn faulty(fault: Fault) -> Self {
        Self::with(&[fault], Rulings::default()).await
    }

    pub(super) async fn with(faults: &[Fault], rulings: Rulings) -> Self {
        let listing = Listing::new();
        let (url, inbox) = provider_with(StatusCode::NO_CONTENT, listing.clone()).await;
        let bank = bank_at(&url);
        let id = bank.id;
        let service = Service::new(settings(Some(bank), faults, rulings));
        let world = Self::enter(service, id, inbox).await;
        Self { listing, ..world }
    }

    pub(super) async fn enter(
        service: Service,
        bank: Uuid,
        inbox: mpsc::UnboundedReceiver<Received>,
    ) -> Self {
        let mut world = Self {
            service,
            inbox,
            listing: Listing::new(),
            bank,
            organisation: String::new(),
            company: String::new(),
            signing_key: String::new(),
            jwt: String::new(),
            token: String::new(),
        };
        world.register().await;
        world.log_in().await;
        world.token = world.fetch_token().await;
        world
    }

    pub(super) async fn register(&mut self) {
        let body = r#"{"company":{"name":"Acme"}}"#;
        let nonce = Uuid::new_v4().to_string();
        let path = "/api/v1/organisations";
        let signature = sign("POST", path, body, &nonce, "app-signing-key");
        let answer = send(
            &self.service,
            Method::POST,
            path,
            &[
                ("x-application", "app-1"),
                ("x-nonce", &nonce),
                ("x-signature", &signature),
                ("content-type", "application/json"),
            ],
            body,
        )
        .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let made = answer.json();
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        self.organisation = text(&made["organisationId"]);
        self.company = text(&made["companies"][0]);
        self.signing_key = text(&made["token"]);
    }

    pub(super) async fn log_in(&mut self) {
        let nonce = Uuid::new_v4().to_string();
        let path = "/api/v1/accessToken";
        let signature = sign("GET", path, "", &nonce, &self.signing_key);
        let answer = send(
            &self.service,
            Method::GET,
            path,
            &[
                ("X-Organisation-Id", &self.organisation),
                ("X-Company-Id", &self.company),
                ("X-Application", "app-1"),
                ("X-Nonce", &nonce),
                ("X-Signature", &signature),
            ],
            "",
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        self.jwt = answer.json()["jwt"].as_str().expect("a jwt").to_owned();
    }

    pub(super) async fn fetch_token(&self) -> String {
        let answer = send(
            &self.service,
            Method::POST,
            "/sageid/oauth/token",
            &[("content-type", "application/x-www-form-urlencoded")],
            "grant_type=client_credentials&client_id=client-1&client_secret=secret-1&audience=provider-api",
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    /// A call of the product; `path` is relative to its company.
    pub(super) async fn product(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let path = format!(
            "/api/v1/organisations/{}/companies/{}/{path}",
            self.organisation, self.company
        );
        let bearer = format!("Bearer {}", self.jwt);
        send(
            &self.service,
            method,
            &path,
            &[
                ("authorization", &bearer),
                ("x-application", "app-1"),
                ("content-type", "application/json"),
            ],
            body.map(|body| body.to_string()).unwrap_or_default(),
        )
        .await
    }

    /// A call of the provider, with valid credentials.
    pub(super) async fn provider(&self, method: Method, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        send(
            &self.service,
            method,
            path,
            &[
                ("x-api-key", "key-1"),
                ("authorization", &bearer),
                ("content-type", "application/json"),
            ],
            body.to_string(),
        )
        .await
    }

    pub(super) async fn browse(&self, url: &str) -> Answer {
        send(&self.service, Method::GET, below(url), &[], "").await
    }

    /// Returns the next notification; fails the test if none arrives within five seconds.
    pub(super) async fn next_notification(&mut self) -> Received {
        tokio::time::timeout(Duration::from_secs(5), self.inbox.recv())
            .await
            .expect("a notification arrives")
            .expect("the provider listens")
    }

    /// Waits for the Service's background work, and asserts that no further notification arrived.
    pub(super) async fn assert_no_notification(&mut self) {
        self.service.context().tasks().close();
        tokio::time::timeout(
            Duration::from_secs(5),
            self.service.context().tasks().wait(),
        )
        .await
        .expect("background work ends");
        assert!(
            self.inbox.try_recv().is_err(),
            "there was another notification"
        );
    }

    /// C4 up to its response; takes N1 from the inbox.
    pub(super) async fn start(&mut self) -> Started {
        let answer = self
            .product(
                Method::GET,
                &format!("indirectlinkaccount?bankid={}&web=true", self.bank),
                None,
            )
            .await;
        assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
        let body = answer.json();
        let n1 = self
            .inbox
            .try_recv()
            .expect("N1 was sent before C4 answered");
        Started {
            id: n1.body["resource"]["id"]
                .as_str()
                .expect("an id")
                .to_owned(),
            redirect: body["redirect"].as_str().expect("a url").to_owned(),
            poll: body["pollRoute"].as_str().expect("a url").to_owned(),
        }
    }

    /// Reports success with `accounts` for an authorisation.
    pub(super) async fn report(&self, id: &str, accounts: &Value) -> Answer {
        let body = json!({ "data": { "status": "success", "bankAccounts": accounts } });
        self.provider(Method::PATCH, &format!("/v1/authorisations/{id}"), &body)
            .await
    }

    /// Returns the address to which the provider would send the browser back.
    pub(super) async fn way_back(&self, started: &Started) -> String {
        let opened = self.browse(&started.redirect).await;
        assert_eq!(opened.status, StatusCode::FOUND, "{}", opened.text);
        let query: std::collections::HashMap<String, String> =
            opened.location().query_pairs().into_owned().collect();
        format!("{}&state={}", query["redirect_uri"], query["state"])
    }

    /// Links up to the poll's result; the customer chooses the first listed account.
    pub(super) async fn link(&mut self) -> Value {
        self.link_one_of(&listed()).await
    }

    /// Links up to the poll's result, for the first of `accounts`.
    pub(super) async fn link_one_of(&mut self, accounts: &Value) -> Value {
        let started = self.start().await;
        let back = self.way_back(&started).await;
        let reported = self.report(&started.id, accounts).await;
        assert_eq!(reported.status, StatusCode::NO_CONTENT, "{}", reported.text);
        let choice = self.browse(&back).await;
        let chosen = self.choose(&choice, "0").await;
        assert_eq!(chosen.status, StatusCode::OK, "{}", chosen.text);
        let polled = self.browse(&started.poll).await;
        assert_eq!(polled.status, StatusCode::OK, "{}", polled.text);
        polled.json()["account"].clone()
    }

    pub(super) async fn choose(&self, page: &Answer, account: &str) -> Answer {
        let action = page
            .text
            .split("action=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_else(|| panic!("a form in {}", page.text))
            .replace("&amp;", "&");
        send(
            &self.service,
            Method::POST,
            below(&action),
            &[("content-type", "application/x-www-form-urlencoded")],
            format!("account={account}"),
        )
        .await
    }

    /// Onboards an account and takes N1 and N3 from the inbox; returns the account's id.
    pub(super) async fn onboard(&mut self) -> String {
        self.onboard_one_of(&listed()).await
    }

    /// Onboards the first of `accounts`; returns the account's id.
    pub(super) async fn onboard_one_of(&mut self, accounts: &Value) -> String {
        let account = self.link_one_of(accounts).await;
        let made = self
            .product(Method::POST, "bankaccounts", Some(account))
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        self.next_notification().await;
        made.json()["bankAccountId"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    pub(super) async fn status(&self, account: &str) -> Value {
        let answer = self
            .product(Method::GET, &format!("bankaccounts/{account}"), None)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["status"].clone()
    }

    /// Waits until no background work runs.
    pub(super) async fn settle(&self) {
        let idle = async {
            while !self.service.context().tasks().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), idle)
            .await
            .expect("background work ends");
    }

    /// Posts a statement that must be accepted, and lets it take effect.
    pub(super) async fn feed(&self, account: &str, prefix: &str, amounts: &[f64]) {
        let body = statement(account, self.bank, prefix, amounts);
        let posted = self.provider(Method::POST, "/v1/statements", &body).await;
        assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text);
        self.settle().await;
    }

    /// Posts the status-only statement of a lost consent.
    pub(super) async fn lose_consent(&self, account: &str) {
        let mut body = statement(account, self.bank, "none", &[]);
        body["data"]["accountDetails"][0] =
            json!({ "bankAccountId": account, "status": "authRequired" });
        let posted = self.provider(Method::POST, "/v1/statements", &body).await;
        assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text);
        self.settle().await;
    }

    /// C10 for one account.
    pub(super) async fn available(&self, account: &str) -> Answer {
        let path = format!("availablebankaccounts?bankAccountIds={account}");
        self.product(Method::GET, &path, None).await
    }

    /// C10 twice, with the fetch between; the candidates of the second response.
    pub(super) async fn candidates(&self, account: &str) -> Vec<Value> {
        self.available(account).await;
        self.settle().await;
        let answer = self.available(account).await;
        self.settle().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let body = answer.json();
        body["availableAccounts"]
            .as_array()
            .expect("a list")
            .clone()
    }

    /// C11 without a date.
    pub(super) async fn link_candidate(&self, candidate: &Value) -> Answer {
        let body = json!({ "bankAccountCandidateId": candidate["bankAccountCandidateId"] });
        self.product(Method::POST, "linkavailablebankaccount", Some(body))
            .await
    }

    /// C12 up to its response; takes N2 from the inbox.
    pub(super) async fn renew(&mut self, account: &str) -> Started {
        let path = format!("bankaccounts/{account}/indirectauth?web=true");
        let answer = self.product(Method::GET, &path, None).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
        let n2 = self
            .inbox
            .try_recv()
            .expect("N2 was sent before C12 answered");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Started {
            id: text(&n2.body["resource"]["id"]),
            redirect: text(&answer.json()["redirect"]),
            poll: text(&answer.json()["pollRoute"]),
        }
    }

    /// Reports a renewed consent as the sources show it: without accounts.
    pub(super) async fn report_renewal(&self, id: &str) -> Answer {
        let body = json!({ "data": { "status": "success" } });
        self.provider(Method::PATCH, &format!("/v1/authorisations/{id}"), &body)
            .await
    }
}
