//! The check of the customer's browser: that one starts, and fits its driver.

use url::Url;

use super::{CheckState, PreflightCheck};
use crate::runner::{DriverVersions, try_driver};

/// Starts a browser once, as visits do.
pub(super) async fn browser(driver: &Url) -> PreflightCheck {
    judge(driver, try_driver(driver.as_str()).await)
}

fn judge(driver: &Url, tried: Result<DriverVersions, String>) -> PreflightCheck {
    let what = "browser";
    match tried {
        Err(why) => PreflightCheck::new(what, CheckState::Error, why).with_hint(
            "start `chromedriver --port=9515` (Debian: `chromium-driver`), and write its address as `browser: { webdriver: \
             \"http://127.0.0.1:9515\" }`",
        ),
        Ok(versions) => {
            let made_for = versions.driver.as_deref().unwrap_or("a version that it does not tell");
            let seen = format!(
                "Chromium {} starts at {driver}, driven by chromedriver {made_for}",
                versions.browser
            );
            if versions.differ() {
                PreflightCheck::new(what, CheckState::Warning, seen)
                    .with_hint("install the driver of the browser's own version: others drive it by chance")
            } else {
                PreflightCheck::new(what, CheckState::Ok, seen)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_of_another_version_is_a_warning_and_none_an_error() {
        let driver = Url::parse("http://127.0.0.1:9515/").expect("a URL");
        let versions = |browser: &str, driver: Option<&str>| {
            Ok(DriverVersions {
                browser: browser.to_owned(),
                driver: driver.map(str::to_owned),
            })
        };
        let state = |tried| judge(&driver, tried).state;
        assert_eq!(state(versions("156.0.1", Some("156.0.9"))), CheckState::Ok);
        assert_eq!(
            state(versions("156.0.1", Some("15.0"))),
            CheckState::Warning
        );
        assert_eq!(state(versions("156.0.1", None)), CheckState::Ok);
        assert_eq!(
            state(Err("no browser started".to_owned())),
            CheckState::Error
        );
    }
}
