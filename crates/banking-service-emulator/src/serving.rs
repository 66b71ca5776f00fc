//! A Service on a port: accepts connections until it is shut down.

use std::io;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Service, Settings};

/// A Service that listens on a port; dropping it stops the server without waiting.
///
/// ```
/// use banking_service_emulator::{Service, Settings};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let running = Service::serve(listener, Settings::default())?;
/// println!("the Provider API is at {}/v1", running.base_url());
/// assert!(running.service().received().is_empty());
/// running.shutdown().await
/// # }
/// ```
#[derive(Debug)]
pub struct RunningService {
    service: Service,
    stop: DropGuard,
    server: JoinHandle<io::Result<()>>,
}

impl Service {
    /// Makes a Service and serves it on a bound listener until [`RunningService::shutdown`].
    ///
    /// An empty [`Settings::base_url`], as by default, becomes `http://` and the listener's address.
    ///
    /// # Errors
    /// The listener's, if its address cannot be read.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn serve(listener: TcpListener, mut settings: Settings) -> io::Result<RunningService> {
        if settings.base_url.is_empty() {
            settings.base_url = format!("http://{}", listener.local_addr()?);
        }
        let service = Self::new(settings);
        let router = service.router();
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(stopped)
                .await
        });
        Ok(RunningService {
            service,
            stop: stop.drop_guard(),
            server,
        })
    }
}

impl RunningService {
    /// Returns the base URL, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.service.base_url()
    }

    /// Returns the Service, to age it or to read the requests that it received.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Stops listening, cancels calls to the provider, and waits until open requests are answered.
    ///
    /// # Errors
    /// The server's, if it failed or panicked.
    pub async fn shutdown(self) -> io::Result<()> {
        drop(self.stop);
        self.service.close().await;
        self.server.await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_empty_base_url_becomes_the_listeners_and_shutdown_frees_the_port() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        let running = Service::serve(listener, Settings::default()).expect("it serves");
        assert_eq!(running.base_url(), format!("http://{address}"));
        running.shutdown().await.expect("it stops");
        TcpListener::bind(address).await.expect("the port is free");
    }
}
