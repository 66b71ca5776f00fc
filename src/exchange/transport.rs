//! How connections are made: trusted authorities, the client certificate, and the proxy.

use crate::secret::Secret;
use reqwest::{Certificate, ClientBuilder, Identity, NoProxy, Proxy};

/// Hosts that are never reached through a proxy: those of this machine.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

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
