//! A real Chromium, driven over WebDriver.
//!
//! The browser is a process of its own and goes its own way, so its requests are seen only where they pass a tap.
//! Each visit has a session of its own, which is closed however the visit ends; every command has a bound.

use std::future::Future;
use std::time::Duration;

use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::{CmdError, ErrorStatus, WebDriver};
use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::browser::{Authenticator, Deed, Screen, Shown};
use crate::runner::live::Live;
use crate::runner::trail::Trail;

/// How long a page may take to load.
const PAGE: Duration = Duration::from_secs(30);

/// How long a command may take; the longest is one that loads a page.
const COMMAND: Duration = Duration::from_secs(40);

/// How long a browser may take to start, or to end.
const SESSION: Duration = Duration::from_secs(30);

/// The pause between two looks at a page.
const LOOK: Duration = Duration::from_millis(100);

/// Looks at a document.
const LOOKING: &str = include_str!("look.js");

/// Chooses in a list and tells the page so.
const CHOOSING: &str = "const [list, values] = arguments; \
    for (const one of list.options) one.selected = values.includes(one.value) || values.includes(one.text); \
    for (const kind of ['input', 'change']) list.dispatchEvent(new Event(kind, { bubbles: true }));";

/// Sets a field that no keyboard fills in the same way everywhere, such as a date, and tells the page so.
const SETTING: &str = "const [field, text] = arguments; \
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, text); \
    for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));";

/// A session of a driven browser, for one visit.
pub(super) struct Driven<'a, 'w> {
    world: &'a Live<'w>,
    trail: Trail<'a>,
    client: Client,
    /// The window of the visit.
    window: fantoccini::wd::WindowHandle,
    /// The elements of the last look, by their places.
    elements: Vec<Element>,
    /// What the trail must show for the browser to be back, without query.
    returns: String,
}

impl<'a, 'w> Driven<'a, 'w> {
    /// Starts a browser.
    ///
    /// # Errors
    /// Why there is none, with what to do about it.
    pub async fn start(
        world: &'a Live<'w>,
        trail: Trail<'a>,
        endpoint: &str,
    ) -> Result<Self, String> {
        let hint = || format!("is a chromedriver running at {endpoint}?");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities());
        let client = match tokio::time::timeout(SESSION, builder.connect(endpoint)).await {
            Err(_) => return Err(format!("no browser started within 30 s; {}", hint())),
            Ok(Err(error)) => return Err(format!("no browser started: {error}; {}", hint())),
            Ok(Ok(client)) => client,
        };
        let opening = async {
            let limits = TimeoutConfiguration::new(Some(PAGE), Some(PAGE), Some(Duration::ZERO));
            client.update_timeouts(limits).await?;
            client.window().await
        };
        match command(opening).await {
            Ok(window) => Ok(Self {
                world,
                trail,
                window,
                client,
                elements: Vec::new(),
                returns: world.stage.returns.clone(),
            }),
            Err(why) => {
                let why = told(&why);
                close(client).await;
                Err(format!("no browser started: {why}"))
            }
        }
    }

    /// Ends the browser.
    pub async fn close(self) {
        close(self.client).await;
    }

    /// Goes to the page, or into frames of it, and reads what is there.
    async fn read(&mut self, frames: &[usize]) -> Result<Option<Shown>, Trouble> {
        let client = self.client.clone();
        let windows = command(client.windows()).await?.len();
        command(client.switch_to_window(self.window.clone())).await?;
        let mut seen = command(client.execute(LOOKING, Vec::new())).await?;
        for place in frames {
            let frame = self.take_elements(&mut seen).into_iter().nth(*place);
            let Some(frame) = frame else { return Ok(None) };
            command(frame.enter_frame()).await?;
            seen = command(client.execute(LOOKING, Vec::new())).await?;
        }
        self.elements = self.take_elements(&mut seen);
        if seen["ready"] != true {
            return Ok(None);
        }
        let vault = &self.world.shared.tap.vault;
        let masked = |field: &str| {
            vault
                .mask(seen[field].as_str().unwrap_or_default())
                .into_owned()
        };
        let status = seen["status"]
            .as_u64()
            .and_then(|one| u16::try_from(one).ok());
        Ok(Some(Shown {
            url: masked("url"),
            status: status.filter(|status| *status > 0),
            html: masked("html"),
            windows,
        }))
    }

    fn take_elements(&self, seen: &mut Value) -> Vec<Element> {
        let Value::Array(elements) = seen["elements"].take() else {
            return Vec::new();
        };
        let reference = |one: &Value| Some(one.as_object()?.values().next()?.as_str()?.to_owned());
        elements
            .iter()
            .map(|one| {
                // An element that cannot be named is never found, and its place stays taken.
                let reference = ElementRef::from(reference(one).unwrap_or_default());
                Element::from_element_id(self.client.clone(), reference)
            })
            .collect()
    }

    async fn do_it(&self, deed: &Deed) -> Result<(), Trouble> {
        let vault = &self.world.shared.tap.vault;
        let (Deed::Type { place, .. }
        | Deed::Click { place }
        | Deed::Choose { place, .. }
        | Deed::Press { place }
        | Deed::Submit { place }) = deed;
        let Some(element) = self.elements.get(*place) else {
            return Err(Trouble::Other(
                "the element is not there any more".to_owned(),
            ));
        };
        let script = async |script: &str, arguments: Vec<Value>| {
            command(self.client.execute(script, arguments))
                .await
                .map(|_| ())
        };
        let this = json!(element);
        match deed {
            Deed::Type { text, .. } => {
                let text = vault.fill(text).into_owned();
                let sort = command(element.prop("type")).await?.unwrap_or_default();
                let typed = [
                    "text", "password", "email", "tel", "url", "number", "search", "textarea",
                ];
                if typed.contains(&sort.as_str()) {
                    command(element.clear()).await?;
                    command(element.send_keys(&text)).await
                } else {
                    script(SETTING, vec![this, text.into()]).await
                }
            }
            Deed::Choose { values, .. } => {
                let values: Vec<_> = values
                    .iter()
                    .map(|one| vault.fill(one).into_owned())
                    .collect();
                script(CHOOSING, vec![this, json!(values)]).await
            }
            Deed::Click { .. } | Deed::Press { .. } => match command(element.click()).await {
                // What covers it (a banner, its own label) does not keep a person from it.
                Err(Trouble::Covered) => script("arguments[0].click()", vec![this]).await,
                other => other,
            },
            Deed::Submit { .. } => script("arguments[0].requestSubmit()", vec![this]).await,
        }
    }

    fn masked(&self, trouble: &Trouble) -> String {
        self.world
            .shared
            .tap
            .vault
            .mask(&told(trouble))
            .into_owned()
    }
}

impl Authenticator for Driven<'_, '_> {
    async fn code(&self, secret: &str) -> Result<String, String> {
        self.world.code(secret).await
    }
}

impl Screen for Driven<'_, '_> {
    async fn open(&mut self, url: &str) -> Result<(), String> {
        let url = self.world.shared.tap.vault.fill_url(url).into_owned();
        let opened = command(self.client.goto(&url)).await;
        opened.map_err(|trouble| self.masked(&trouble))
    }

    async fn look(&mut self, frames: &[usize]) -> Result<Option<Shown>, String> {
        match self.read(frames).await {
            Ok(shown) => Ok(shown),
            Err(Trouble::Changing) => Ok(None),
            Err(trouble) => Err(self.masked(&trouble)),
        }
    }

    async fn act(&mut self, deed: &Deed) -> Result<(), String> {
        let done = self.do_it(deed).await;
        done.map_err(|trouble| self.masked(&trouble))
    }

    async fn rest(&mut self) {
        tokio::time::sleep(LOOK).await;
    }

    fn named(&self) -> Vec<String> {
        self.trail.named()
    }

    fn returned(&self) -> Option<String> {
        let mut addresses = self.trail.named();
        addresses.push(self.returns.clone());
        let passed = self.trail.passed();
        addresses.into_iter().find(|address| {
            let address = address.split('?').next().unwrap_or_default();
            passed.iter().any(|one| one.comes_back_to(address))
        })
    }
}

/// Why a command did not succeed.
#[derive(Debug)]
enum Trouble {
    /// The page was changing under it.
    Changing,
    /// Something else would have been clicked.
    Covered,
    /// Anything else.
    Other(String),
}

fn told(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Changing => "the page changed at the same moment".to_owned(),
        Trouble::Covered => "something else covers it".to_owned(),
        Trouble::Other(why) => why.clone(),
    }
}

/// Runs a command within its bound.
async fn command<T>(running: impl Future<Output = Result<T, CmdError>>) -> Result<T, Trouble> {
    let error = match tokio::time::timeout(COMMAND, running).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => error,
        Err(_) => {
            return Err(Trouble::Other(
                "the browser gave no answer within 40 s".to_owned(),
            ));
        }
    };
    if error.is_stale_element_reference()
        || error.is_javascript_error()
        || error.is_no_such_frame()
        || error.is_detached_shadow_root()
        || matches!(&error, CmdError::Standard(one) if one.message.contains("navigation") || one.message.contains("execution context"))
    {
        return Err(Trouble::Changing);
    }
    let intercepted = |one: &WebDriver| one.error == ErrorStatus::ElementClickIntercepted;
    let intercepted = matches!(&error, CmdError::Standard(one) if intercepted(one));
    if intercepted || error.is_element_not_interactable() {
        return Err(Trouble::Covered);
    }
    Err(Trouble::Other(match &error {
        // Behind the first line stands the stack of the browser's own code.
        CmdError::Standard(one) => one.message.lines().next().unwrap_or_default().to_owned(),
        other => other.to_string(),
    }))
}

async fn close(client: Client) {
    // A browser that does not end is the driver's to end; the visit goes on without it.
    let _ = tokio::time::timeout(SESSION, client.close()).await;
}

fn capabilities() -> serde_json::Map<String, Value> {
    let mut arguments = vec![
        "--headless=new",
        "--disable-dev-shm-usage",
        "--window-size=1280,1024",
    ];
    if is_root() {
        // Chromium refuses to start its sandbox as root, as in a container.
        arguments.push("--no-sandbox");
    }
    let wanted = json!({
        "browserName": "chrome",
        "acceptInsecureCerts": false,
        "pageLoadStrategy": "normal",
        "unhandledPromptBehavior": "accept",
        "goog:chromeOptions": { "args": arguments },
    });
    match wanted {
        Value::Object(wanted) => wanted,
        _ => serde_json::Map::new(),
    }
}

/// Tells whether this process, and so most likely a driver beside it, belongs to root.
fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata("/proc/self").is_ok_and(|one| one.uid() == 0)
    }
    #[cfg(not(unix))]
    {
        false
    }
}
