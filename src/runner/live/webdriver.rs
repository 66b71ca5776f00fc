//! A Chromium, driven over WebDriver.
//!
//! The browser is a process of its own; its requests for pages are recorded by `driven_pages`. Each visit has a session
//! of its own, which is closed however the visit ends; every command has a bound.

use std::time::Duration;

use fantoccini::Client;
use fantoccini::elements::{Element, ElementRef};
use serde_json::{Value, json};

use crate::browser::{Action, Authenticator, Screen, ShownPage};
use crate::runner::live::case::Live;
use crate::runner::live::driven_pages::DrivenPages;
use crate::runner::live::driver::{self, CommandError, close, command};
use crate::runner::live::navigation::ObservedNavigation;
use plan_language::plan::StepKey;

/// The pause between two looks at a page.
const LOOK: Duration = Duration::from_millis(100);

/// Reads a document: its address, its HTML and its elements.
const LOOKING: &str = include_str!("look.js");

/// Selects options of a list and dispatches the events of a selection.
const CHOOSING: &str = "const [list, values] = arguments; \
    for (const option of list.options) option.selected = values.includes(option.value) || values.includes(option.text); \
    for (const kind of ['input', 'change']) list.dispatchEvent(new Event(kind, { bubbles: true }));";

/// Sets a field that keyboards fill in differently, such as a date, and dispatches the events of an input.
const SETTING: &str = "const [field, text] = arguments; \
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, text); \
    for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }));";

/// A session of a driven browser, for one visit.
pub(super) struct WebDriverSession<'a, 'w> {
    world: &'a Live<'w>,
    navigation: ObservedNavigation<'a>,
    pages: DrivenPages<'a, 'w>,
    client: Client,
    /// The window of the visit.
    window: fantoccini::wd::WindowHandle,
    /// The elements that the last look found, by their places.
    elements: Vec<Element>,
    /// The return address of the runner.
    returns: String,
}

impl<'a, 'w> WebDriverSession<'a, 'w> {
    /// Starts a browser.
    ///
    /// # Errors
    /// The reason why no browser started, and what to do.
    pub async fn start(
        world: &'a Live<'w>,
        step: &'a StepKey,
        navigation: ObservedNavigation<'a>,
        endpoint: &str,
    ) -> Result<Self, String> {
        let (client, window) = driver::start(endpoint).await?;
        Ok(Self {
            world,
            navigation,
            pages: DrivenPages::new(world, step, navigation),
            window,
            client,
            elements: Vec::new(),
            returns: world.stage.returns.clone(),
        })
    }

    /// Ends the browser, and returns the exchanges of its pages.
    pub async fn close(mut self) -> Vec<u64> {
        let client = self.client.clone();
        if let Err(error) = command(self.pages.finish(&client)).await {
            tracing::debug!(%error, "the last pages of a visit were not reported");
        }
        close(client).await;
        self.pages.exchanges
    }

    /// Reads the page, or a frame of it.
    async fn read(&mut self, frames: &[usize]) -> Result<Option<ShownPage>, CommandError> {
        let client = self.client.clone();
        command(self.pages.read(&client)).await?;
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
        let masked = |field: &str| self.world.mask(seen[field].as_str().unwrap_or_default());
        let status = seen["status"].as_u64();
        let status = status.and_then(|status| u16::try_from(status).ok());
        let url = masked("url");
        let failed = url
            .starts_with("chrome-error:")
            .then(|| self.pages.last_url());
        Ok(Some(ShownPage {
            failed: failed.flatten(),
            url,
            status: status.filter(|status| *status > 0),
            html: masked("html"),
            windows,
        }))
    }

    fn take_elements(&self, seen: &mut Value) -> Vec<Element> {
        let Value::Array(elements) = seen["elements"].take() else {
            return Vec::new();
        };
        let reference = |element: &Value| -> Option<String> {
            let reference = element.as_object()?.values().next()?;
            Some(reference.as_str()?.to_owned())
        };
        elements
            .iter()
            .map(|element| {
                // An element without a reference is never found, and its place stays taken.
                let reference = ElementRef::from(reference(element).unwrap_or_default());
                Element::from_element_id(self.client.clone(), reference)
            })
            .collect()
    }

    async fn perform(&self, action: &Action) -> Result<(), CommandError> {
        let vault = &self.world.shared.tap.vault;
        let (Action::Type { place, .. }
        | Action::Click { place }
        | Action::Choose { place, .. }
        | Action::Press { place }
        | Action::Submit { place }) = action;
        let Some(element) = self.elements.get(*place) else {
            return Err(CommandError::Other(
                "the element is no longer on the page".to_owned(),
            ));
        };
        let script = async |script: &str, arguments: Vec<Value>| {
            command(self.client.execute(script, arguments))
                .await
                .map(|_| ())
        };
        let this = json!(element);
        match action {
            Action::Type { text, .. } => {
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
            Action::Choose { values, .. } => {
                let filled = values.iter().map(|value| vault.fill(value).into_owned());
                let values: Vec<_> = filled.collect();
                script(CHOOSING, vec![this, json!(values)]).await
            }
            Action::Click { .. } | Action::Press { .. } => match command(element.click()).await {
                // A person clicks around what covers it, such as a banner or its own label.
                Err(CommandError::Covered) => script("arguments[0].click()", vec![this]).await,
                other => other,
            },
            Action::Submit { .. } => script("arguments[0].requestSubmit()", vec![this]).await,
        }
    }

    fn masked(&self, error: &CommandError) -> String {
        self.world.mask(&error.to_string())
    }
}

impl Authenticator for WebDriverSession<'_, '_> {
    async fn code(&self, secret: &str) -> Result<String, String> {
        self.world.code(secret).await
    }

    fn length(&self, entry: &str) -> usize {
        let filled = self.world.shared.tap.vault.fill(entry);
        filled.encode_utf16().count()
    }
}

impl Screen for WebDriverSession<'_, '_> {
    async fn open(&mut self, url: &str) -> Result<(), String> {
        let url = self.world.shared.tap.vault.fill_url(url).into_owned();
        let opened = command(self.client.goto(&url)).await;
        opened.map_err(|error| self.masked(&error))
    }

    async fn look(&mut self, frames: &[usize]) -> Result<Option<ShownPage>, String> {
        match self.read(frames).await {
            Ok(shown) => Ok(shown),
            Err(CommandError::Changing) => Ok(None),
            Err(error) => Err(self.masked(&error)),
        }
    }

    async fn act(&mut self, action: &Action) -> Result<(), String> {
        let done = self.perform(action).await;
        done.map_err(|error| self.masked(&error))
    }

    async fn rest(&mut self) {
        tokio::time::sleep(LOOK).await;
    }

    fn redirect_uris(&self) -> Vec<String> {
        self.navigation.redirect_uris()
    }

    fn returned(&self) -> Option<String> {
        let mut addresses = self.navigation.redirect_uris();
        addresses.push(self.returns.clone());
        let requests = self.navigation.requests();
        addresses.into_iter().find(|address| {
            let address = address.split('?').next().unwrap_or_default();
            requests
                .iter()
                .any(|request| request.comes_back_to(address))
        })
    }
}
