//! Logins of several steps, and pages behind a sink.

use super::*;
use crate::journal::Hindrance;

const NAME: &str = "<form method=post action=/name><label>Customer number <input name=number required></label><button>Next</button></form>";
const WORD: &str = "<form method=post action=/word><label for=w>Password</label><input type=password id=w name=p required><button>Next</button></form>";
const PHONE: &str = "<form method=post action=/code><label>Enter the one-time code <input name=t required></label><button>Next</button></form>";

/// A bank that asks for one thing a page.
fn bank_of_steps() -> Site {
    Site::bank()
        .but("GET", "http://bank/auth", html(NAME))
        .with("POST", "http://bank/name", redirect(303, "/password"))
        .with("GET", "http://bank/password", html(WORD))
        .with("POST", "http://bank/word", html(PHONE))
        .with("POST", "http://bank/code", html(CONSENT))
}

fn with_phone(seed: &str) -> Visit {
    Visit {
        login: Some(json!({
            "username": "kim", "password": PASSWORD, "fields": {"One-time code": {"totp": seed}}
        })),
        ..linking()
    }
}

#[tokio::test]
async fn a_login_of_several_steps_with_a_code_is_gone_through() {
    let site = bank_of_steps();
    let visited = visit(&site, &with_phone(SEED)).await;
    ends(
        &visited,
        Returned,
        "came back to `http://service/ui/return`",
    );
    assert_eq!(visited.exchanges.len(), 8);
    assert_eq!(visited.hindrance, None);
    for (page, name, value) in [
        ("name", "number", "kim"),
        ("word", "p", PASSWORD),
        ("code", "t", CODE),
    ] {
        let sent = site.sent(&format!("http://bank/{page}"));
        assert_eq!(sent, pairs(&[(name, value)]));
    }
}

#[tokio::test]
async fn what_the_login_lacks_is_nobody_elses_fault() {
    let visited = visit(&bank_of_steps(), &linking()).await;
    ends(
        &visited,
        Stuck,
        "`http://bank/word` asks for `t` (Enter the one-time code), for which the login has no entry",
    );
    assert_eq!(visited.hindrance, Some(Hindrance::Login));
    let visited = visit(&bank_of_steps(), &with_phone("literal")).await;
    ends(&visited, Stuck, "no one-time code: the secret is no base32");
    assert_eq!(visited.hindrance, Some(Hindrance::Browser));
}

#[tokio::test]
async fn a_page_behind_a_sink_leads_on_from_its_own_address() {
    let mut page = html("<form method=post action=login><input type=password name=p></form>");
    page.own = Some("http://bank/de/auth?bank=b".to_owned());
    let site = Site::bank().but("GET", "http://bank/auth", page).with(
        "POST",
        "http://bank/de/login",
        html(CONSENT),
    );
    let visited = visit(&site, &linking()).await;
    ends(
        &visited,
        Returned,
        "came back to `http://service/ui/return`",
    );
    assert_eq!(site.sent("http://bank/de/login").len(), 1);
}

proptest::proptest! {
    /// Whatever pages say, a visit ends, and no page is asked for too often.
    #[test]
    fn a_visit_of_hostile_pages_ends(body in hostile(), status in 100_u16..600, location in proptest::option::of(".{0,40}")) {
        let page = Page { location, ..super::status(status, &body) };
        let site = Hostile { page, asked: Mutex::new(0) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
        let begun = Visit { choose: Some(Choice::Index(0)), ..start("http://h/?redirect_uri=http%3A%2F%2Fh%2Fx") };
        let visited = runtime.block_on(visit(&site, &begun));
        let asked = *site.asked.lock().expect("no test panics while it asks");
        proptest::prop_assert!(asked <= WAITS_MAX + PAGES_MAX + REDIRECTS_MAX && asked == visited.exchanges.len());
        proptest::prop_assert!(visited.why.len() < 4096, "{}", visited.why.len());
    }
}

/// Pages put together from what pages are made of, in any order.
fn hostile() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::strategy::Strategy as _;
    let parts = proptest::sample::select(vec![
        "<form method=post action=x>",
        "<form>",
        "</form>",
        "<input name=a>",
        "<input type=password name=p>",
        "<input type=radio name=r value=1>",
        "<select name=s><option>",
        "<button name=b>Allow",
        "<button>Cancel</button>",
        "<label>",
        "<iframe src=/f>",
        "<meta http-equiv=refresh content='0;url=/m'>",
        "<script>location='/s'</script>",
        "<script>",
        "<textarea name=t>",
        "<base href='//['>",
        "<a href=/c>Cancel</a>",
        "<!--",
        "⟦secret:password#a91f⟧",
        "\u{0}<",
        "&#x27e6;",
    ]);
    proptest::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
}

#[tokio::test]
async fn a_password_that_no_browser_would_type_whole_is_not_sent_whole() {
    let login = |length: usize| {
        html(&format!(
            "<form method=post action=/login><input name=username>\
             <input type=password name=password maxlength={length}><button>Log in</button></form>"
        ))
    };
    let site = Site::bank().but("GET", "http://bank/auth", login(8));
    assert_eq!(visit(&site, &linking()).await.outcome, Returned);
    let site = Site::bank().but("GET", "http://bank/auth", login(7));
    let visited = visit(&site, &linking()).await;
    assert_eq!(visited.hindrance, Some(Hindrance::Login));
    assert!(
        visited
            .why
            .ends_with("takes at most 7 characters for `password`, and the login has more"),
        "{}",
        visited.why
    );
}

#[tokio::test]
async fn a_field_for_a_file_is_sent_empty_unless_it_is_required() {
    let login = |required: &str| {
        html(&format!(
            "<form method=post action=/login enctype=multipart/form-data><input name=username>\
             <input type=password name=password><input type=file name=scan value=x {required}>\
             <button>Log in</button></form>"
        ))
    };
    let site = Site::bank().but("GET", "http://bank/auth", login(""));
    assert_eq!(visit(&site, &linking()).await.outcome, Returned);
    let sent = site.form("http://bank/login");
    assert_eq!(sent.files, ["scan"]);
    assert!(sent.pairs.contains(&("scan".to_owned(), String::new())));
    let site = Site::bank().but("GET", "http://bank/auth", login("required"));
    let visited = visit(&site, &linking()).await;
    assert!(visited.why.contains("asks for `scan`"), "{}", visited.why);
}

/// Answers the same to everything.
struct Hostile {
    page: Page,
    asked: Mutex<usize>,
}

impl Authenticator for Hostile {
    async fn code(&self, _: &str) -> Result<String, String> {
        Err("no phone".to_owned())
    }

    fn length(&self, entry: &str) -> usize {
        // Handles stand for secrets of 8 letters here.
        if entry.starts_with('⟦') {
            8
        } else {
            entry.len()
        }
    }
}

impl Fetch for Hostile {
    async fn fetch(&self, _: PageRequest) -> Result<Page, String> {
        *self.asked.lock().expect("no test panics while it asks") += 1;
        Ok(self.page.clone())
    }

    async fn pause(&self, _: u32) -> Result<(), String> {
        Ok(())
    }
}

#[tokio::test]
async fn a_form_of_ten_thousand_fields_is_read_as_far_as_it_is_bounded() {
    let fields: String = (0..10_000)
        .map(|number| format!("<label>l{number} <input name=n{number}></label>"))
        .collect();
    let page = format!("<form method=post action=/login>{fields}</form>");
    let site = Site::bank().but("GET", "http://bank/auth", html(&page));
    visit(&site, &linking()).await;
    assert_eq!(site.sent("http://bank/login").len(), 200);
}

#[tokio::test]
async fn a_page_of_fifty_megabytes_is_read_at_its_beginning() {
    let page = format!("{LOGIN}{}", "<div class=error>x".repeat(50 << 20 >> 4));
    let site = Site::bank().but("GET", "http://bank/auth", html(&page));
    let visited = visit(&site, &linking()).await;
    assert_eq!(visited.outcome, Returned);
}
