//! Visits of the customer's browser to a site whose every page is the same hostile one.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use feedproof::browser::{Authenticator, Choice, Fetch, Page, PageRequest, Visit};
use url::Url;

use crate::parts::parts;

/// The most pages and redirects that a visit may ask for: 40 pages, each behind at most 20 redirects.
const FETCHES_MAX: usize = 40 * 21;

/// How long a visit may pause altogether, in seconds.
const SECONDS_MAX: u32 = 30;

/// The longest reason of an end, in characters, with the sign that it was cut.
const WHY_CHARS_MAX: usize = 1001;

/// Makes a visit; the parts of an input are the page, the rest of its response as lines of `name: value`, and the page
/// to which the forms of the first one lead.
///
/// The visit ends by itself, asks for absolute addresses without fragments, and names only exchanges that there were.
pub fn visit(data: &[u8]) {
    let [page, head, second] = parts(data);
    let site = Site {
        pages: [answer(page, head), answer(second, b"")],
        fetches: AtomicUsize::new(0),
        seconds: AtomicU32::new(0),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime starts");
    let visited = runtime.block_on(feedproof::browser::visit(&site, &journey()));
    let fetches = site.fetches.load(Ordering::Relaxed);
    assert!(visited.why.chars().count() <= WHY_CHARS_MAX);
    assert!(visited.exchanges.len() <= fetches);
    for exchange in &visited.exchanges {
        assert!((1..=fetches as u64).contains(exchange), "{exchange}");
    }
}

/// The visit of a customer who logs in, allows everything and chooses the first account.
fn journey() -> Visit {
    let login = serde_json::json!({
        "username": "alice",
        "password": "⟦password:alice#a91f⟧",
        "fields": { "pin": { "totp": "⟦totp:alice#b92e⟧" } },
    });
    Visit {
        url: "http://bank/auth?redirect_uri=http%3A%2F%2Fservice%2Freturn&state=s".to_owned(),
        login: Some(login),
        decision: String::new(),
        choose: Some(Choice::Index(0)),
        ours: vec!["http://ours/back".to_owned()],
    }
}

/// Reads a response off its lines; without a status it is a page.
fn answer(body: &[u8], head: &[u8]) -> Page {
    let head = String::from_utf8_lossy(head);
    let find = |wanted: &str| {
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value.to_owned())
    };
    Page {
        exchange: 0,
        own: find("own").filter(|own| is_of_a_tap(own)),
        status: find("status")
            .and_then(|status| status.parse().ok())
            .unwrap_or(200),
        location: find("location"),
        refresh: find("refresh"),
        media: find("media").unwrap_or_else(|| "text/html".to_owned()),
        charset: find("charset").unwrap_or_default(),
        unread: find("unread"),
        body: String::from_utf8_lossy(body).into_owned(),
    }
}

/// Tells whether a tap can name an address, which a page cannot.
fn is_of_a_tap(own: &str) -> bool {
    Url::parse(own).is_ok_and(|own| matches!(own.scheme(), "http" | "https"))
}

/// A site that answers the first request, and every other one, with one page, and the rest with another.
struct Site {
    pages: [Page; 2],
    fetches: AtomicUsize,
    seconds: AtomicU32,
}

impl Authenticator for Site {
    async fn code(&self, _: &str) -> Result<String, String> {
        Ok("⟦code:alice#c93d⟧".to_owned())
    }

    fn length(&self, entry: &str) -> usize {
        entry.encode_utf16().count()
    }
}

impl Fetch for Site {
    async fn fetch(&self, request: PageRequest) -> Result<Page, String> {
        let fetches = self.fetches.fetch_add(1, Ordering::Relaxed);
        // A page that refreshes itself is asked for once more a second at least.
        let most = FETCHES_MAX + SECONDS_MAX as usize;
        assert!(fetches < most, "the visit asked for {fetches} pages");
        let url = Url::parse(&request.url).expect("an absolute address");
        assert!(matches!(url.scheme(), "http" | "https"), "{url}");
        assert_eq!(url.fragment(), None, "{url}");
        assert_eq!(request.method == "POST", request.form.is_some());
        assert!(matches!(request.method, "GET" | "POST"));
        let mut page = self.pages[fetches % 2].clone();
        page.exchange = fetches as u64 + 1;
        Ok(page)
    }

    async fn pause(&self, seconds: u32) -> Result<(), String> {
        let before = self
            .seconds
            .fetch_add(seconds.clamp(1, SECONDS_MAX), Ordering::Relaxed);
        if before + seconds.min(SECONDS_MAX) > SECONDS_MAX {
            return Err("the time for the visit is over".to_owned());
        }
        Ok(())
    }
}
