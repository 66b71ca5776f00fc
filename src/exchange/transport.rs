//! How connections are made: trusted authorities, the client certificate, and the proxy.

use crate::secret::Secret;
use reqwest::{Certificate, ClientBuilder, Identity, NoProxy, Proxy};

/// Hosts that are never reached through a proxy: those of this machine.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// The proxy on the way to live participants, as messages name it: by host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyRoute(String);

impl ProxyRoute {
    /// Reads it from the URL of a proxy; `None` where that has no host.
    pub fn of(url: &Secret) -> Option<Self> {
        let read = |url: &str| url::Url::parse(url).ok().filter(url::Url::has_host);
        // Without a scheme it is one of HTTP.
        let url = read(url.expose()).or_else(|| read(&format!("http://{}", url.expose())))?;
        let usual = match url.scheme() {
            "http" => 80,
            "https" => 443,
            _ => 1080,
        };
        let port = url.port().unwrap_or(usual);
        Some(Self(format!("{}:{port}", url.host_str()?)))
    }

    /// Returns its host and port.
    pub fn place(&self) -> &str {
        &self.0
    }

    /// Tells whether requests to a host pass the proxy.
    pub fn leads_to(&self, host: &str) -> bool {
        !is_loopback(host)
    }
}

/// Tells whether a host is this machine by its name or address, and so is reached without a proxy.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    bare.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// How connections are made; the default trusts the system's authorities and uses no proxy.
#[derive(Clone, Copy, Default)]
pub struct Transport<'t> {
    /// Certificates of authorities that are trusted beside the system's, in PEM.
    pub authorities: Option<&'t Secret>,
    /// Our certificate with its chain, and its key, both in PEM.
    pub identity: Option<(&'t Secret, &'t Secret)>,
    /// The URL of the proxy for everything but loopback addresses.
    pub proxy: Option<&'t Secret>,
}

impl Transport<'_> {
    /// Makes a builder connect like this.
    ///
    /// # Errors
    /// The name of the environment's field that cannot be used; never a part of its value.
    pub(super) fn apply(self, mut builder: ClientBuilder) -> Result<ClientBuilder, String> {
        if let Some(pem) = self.authorities {
            let authorities = Certificate::from_pem_bundle(pem.expose().as_bytes())
                .map_err(|_| "`tls.ca` holds no certificates in PEM")?;
            if authorities.is_empty() {
                return Err("`tls.ca` holds no certificates in PEM".to_owned());
            }
            builder = builder.tls_certs_merge(authorities);
        }
        if let Some((certificate, key)) = self.identity {
            let pem = format!("{}\n{}\n", certificate.expose(), key.expose());
            let identity = Identity::from_pem(pem.as_bytes())
                .map_err(|_| "`tls.client_certificate` and `tls.client_key` hold no certificate and key in PEM")?;
            builder = builder.identity(identity);
        }
        if let Some(url) = self.proxy {
            let proxy = Proxy::all(url.expose()).map_err(|_| "`proxy` is no address of a proxy")?;
            builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(LOOPBACK)));
        }
        Ok(builder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_user_and_passed_by_for_this_machine() {
        for (url, place) in [
            ("http://kim:secret@proxy.example:3128", "proxy.example:3128"),
            ("http://proxy.example/", "proxy.example:80"),
            ("kim:secret@proxy.example:3128", "proxy.example:3128"),
            ("127.0.0.1:3128", "127.0.0.1:3128"),
            ("socks5://[2001:db8::1]", "[2001:db8::1]:1080"),
        ] {
            let route = ProxyRoute::of(&Secret::new(url)).expect("it has a host");
            assert_eq!(route.place(), place);
            assert!(route.leads_to("bank.example") && route.leads_to("192.0.2.1"));
            for own in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
                assert!(!route.leads_to(own), "{own}");
            }
        }
        assert_eq!(ProxyRoute::of(&Secret::new("no host")), None);
    }
}
