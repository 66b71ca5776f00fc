//! The driver of a Chromium: starts browsers, ends them, and tells apart why a command failed.
//!
//! What a browser does during a visit belongs to `webdriver`.

use std::future::Future;
use std::time::Duration;

use fantoccini::error::{CmdError, ErrorStatus, WebDriver};
use fantoccini::wd::{TimeoutConfiguration, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::runner::live::driven_pages::{keeps_log, logging};

/// How long a page may take to load.
const PAGE: Duration = Duration::from_secs(30);

/// How long a command may take; the longest is one that loads a page.
const COMMAND: Duration = Duration::from_secs(40);

/// How long a browser may take to start, or to end.
const SESSION: Duration = Duration::from_secs(30);

/// The versions of a browser and its driver: `156.0.8078.108`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverVersions {
    /// That of the browser.
    pub browser: String,
    /// That of the driver; `None` where it does not tell.
    pub driver: Option<String>,
}

impl DriverVersions {
    /// Tells whether the major versions differ: a driver drives only the browser that it was made for.
    pub fn differ(&self) -> bool {
        let major = |version: &str| version.split('.').next().map(str::to_owned);
        self.driver
            .as_deref()
            .is_some_and(|driver| major(driver) != major(&self.browser))
    }
}

/// Starts a browser as for a visit, and ends it.
///
/// # Errors
/// Why no visit could be made or observed, and what to do.
pub async fn try_driver(endpoint: &str) -> Result<DriverVersions, String> {
    let (client, _) = start(endpoint).await?;
    let known = client.capabilities().cloned().unwrap_or_default();
    let kept = command(keeps_log(&client)).await;
    close(client).await;
    kept.map_err(|why| {
        format!("a browser started, but its driver keeps no log of the browser's requests: {why}")
    })?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let driver = known
        .get("chrome")
        .map(|chrome| &chrome["chromedriverVersion"]);
    Ok(DriverVersions {
        browser: text(known.get("browserVersion")).unwrap_or_default(),
        // A commit stands behind the number.
        driver: text(driver).and_then(|text| text.split(' ').next().map(str::to_owned)),
    })
}

/// Starts a browser, and returns the window that it opens.
///
/// # Errors
/// The reason why no browser started, and what to do.
pub(super) async fn start(endpoint: &str) -> Result<(Client, WindowHandle), String> {
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
        Ok(window) => Ok((client, window)),
        Err(why) => {
            close(client).await;
            Err(format!("no browser started: {why}"))
        }
    }
}

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    /// The page changed while the command ran.
    #[error("the page changed at the same moment")]
    Changing,
    /// Another element would have received the click.
    #[error("another element covers it")]
    Covered,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// Runs a command within its bound.
pub(super) async fn command<T>(
    running: impl Future<Output = Result<T, CmdError>>,
) -> Result<T, CommandError> {
    let error = match tokio::time::timeout(COMMAND, running).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => error,
        Err(_) => {
            return Err(CommandError::Other(
                "the browser did not respond within 40 s".to_owned(),
            ));
        }
    };
    if error.is_stale_element_reference()
        || error.is_javascript_error()
        || error.is_no_such_frame()
        || error.is_detached_shadow_root()
        || matches!(&error, CmdError::Standard(standard)
            if standard.message.contains("navigation") || standard.message.contains("execution context"))
    {
        return Err(CommandError::Changing);
    }
    let intercepted = matches!(&error, CmdError::Standard(WebDriver { error, .. })
        if *error == ErrorStatus::ElementClickIntercepted);
    if intercepted || error.is_element_not_interactable() {
        return Err(CommandError::Covered);
    }
    Err(CommandError::Other(match &error {
        // The lines after the first are a stack trace of the browser.
        CmdError::Standard(standard) => standard
            .message
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        other => other.to_string(),
    }))
}

/// Ends a browser.
pub(super) async fn close(client: Client) {
    // The driver ends a browser that does not; the visit is over without it.
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
        "goog:loggingPrefs": logging(),
        "goog:chromeOptions": { "args": arguments },
    });
    match wanted {
        Value::Object(wanted) => wanted,
        _ => serde_json::Map::new(),
    }
}

/// Tells whether this process runs as root; a driver beside it most likely does as well.
fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
    }
    #[cfg(not(unix))]
    {
        false
    }
}
