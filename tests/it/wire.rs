//! Honest connectors on other wires: servers that speak HTTP/1.0, that close every connection, that respond in chunks; and
//! clients that send in chunks, ask to continue, or speak HTTP/1.0.
//!
//! A small relay before the example connector, and another one before the emulated service, rewrite messages so. Whole
//! cases run through them, and must pass.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use feedproof::judge::Verdict;

use crate::connector::{failures, run_behind};

/// How a relay writes the messages that it passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// HTTP/1.0: no chunks, and the end of the connection ends a response.
    Old,
    /// HTTP/1.1, with a connection for each message.
    Closing,
    /// HTTP/1.1 in chunks of a few bytes, with extensions and a trailer.
    Chunked,
}

/// A message as a relay reads it: the first line, the fields, and the body without chunks.
pub struct Relayed {
    pub first: String,
    fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What a relay does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Reaction {
    /// Passes it on, and the response back.
    Pass,
    /// Responds itself, with a status and a page.
    Respond(u16, &'static str),
    /// Ends the connection.
    Cut,
    /// Passes it on, and responds itself when it has the response.
    PassAndRespond(u16, &'static str),
    /// Passes it on, and ends both connections once this returns.
    PassAndCut(fn()),
}

impl Reaction {
    /// Passes every request on.
    pub fn pass(_: &mut Relayed) -> Self {
        Self::Pass
    }
}

impl Relayed {
    /// Reads a message; `None` when the connection ended before it.
    fn read(stream: &mut BufReader<TcpStream>, is_request: bool) -> io::Result<Option<Self>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let first = lines.remove(0);
        let fields = lines.iter().filter_map(|line| line.split_once(':'));
        let fields: Vec<_> = fields
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut message = Self {
            first,
            fields,
            body: Vec::new(),
        };
        match message.field("content-length").map(str::parse::<u64>) {
            Some(Ok(length)) => {
                stream.take(length).read_to_end(&mut message.body)?;
            }
            _ if message.field("transfer-encoding").is_some() => {
                message.read_chunks(stream)?;
            }
            _ if is_request || message.first.contains(" 204 ") => {}
            _ => {
                stream.read_to_end(&mut message.body)?;
            }
        }
        Ok(Some(message))
    }

    fn read_chunks(&mut self, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let size = line.trim().split(';').next().unwrap_or_default();
            let size = u64::from_str_radix(size, 16).map_err(io::Error::other)?;
            stream.take(size).read_to_end(&mut self.body)?;
            stream.read_line(&mut String::new())?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Writes the message as a wire does; `is_request` tells that its length must be known.
    fn written(&self, wire: Wire, is_request: bool) -> Vec<u8> {
        let first = match wire {
            Wire::Old => self.first.replace("HTTP/1.1", "HTTP/1.0"),
            Wire::Closing | Wire::Chunked => self.first.clone(),
        };
        let mut head = format!("{first}\r\n");
        let own = [
            "content-length",
            "transfer-encoding",
            "connection",
            "keep-alive",
        ];
        for (name, value) in &self.fields {
            if !own.contains(&name.as_str()) {
                head += &format!("{}: {value}\r\n", name.to_ascii_uppercase());
            }
        }
        // A response without a body has no length of its own here: its status says so.
        let has_body = !self.body.is_empty() || (!is_request && !self.first.contains(" 204 "));
        match wire {
            Wire::Chunked if has_body => head += "Transfer-Encoding: chunked\r\nTrailer: X-End\r\n",
            Wire::Chunked => {}
            // The end of the connection ends a response of HTTP/1.0.
            Wire::Old if !is_request => {}
            Wire::Old | Wire::Closing => {
                if has_body {
                    head += &format!("Content-Length: {}\r\n", self.body.len());
                }
                head += "Connection: close\r\n";
            }
        }
        let mut bytes = format!("{head}\r\n").into_bytes();
        if wire == Wire::Chunked && has_body {
            for chunk in self.body.chunks(7) {
                bytes.extend(format!("{:X};part=\"of it\"\r\n", chunk.len()).bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\nX-End: yes\r\n\r\n");
        } else {
            bytes.extend(&self.body);
        }
        bytes
    }
}

/// Relays connections to `target`, written as a wire does in both directions, until the test ends; `react` decides on each
/// request.
pub fn relay(
    wire: Wire,
    listener: TcpListener,
    target: String,
    react: fn(&mut Relayed) -> Reaction,
) -> SocketAddr {
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let target = target.clone();
            std::thread::spawn(move || {
                // A connection that one side ends is at its end.
                let _ = serve(wire, client, &target, react);
            });
        }
    });
    address
}

/// A response of the relay's own, as gateways write theirs.
fn own(status: u16, page: &str) -> Vec<u8> {
    let length = page.len();
    format!(
        "HTTP/1.1 {status} Gateway\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{page}"
    )
    .into_bytes()
}

/// Passes the messages of one connection on.
fn serve(
    wire: Wire,
    client: TcpStream,
    target: &str,
    react: fn(&mut Relayed) -> Reaction,
) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut writer = client;
    while let Some(mut request) = Relayed::read(&mut reader, true)? {
        let reaction = react(&mut request);
        match reaction {
            Reaction::Cut => return Ok(()),
            Reaction::Respond(status, page) => return writer.write_all(&own(status, page)),
            Reaction::Pass | Reaction::PassAndRespond(..) | Reaction::PassAndCut(_) => {}
        }
        let mut upstream = TcpStream::connect(target)?;
        upstream.write_all(&request.written(wire, true))?;
        if let Reaction::PassAndCut(wait) = reaction {
            wait();
            return Ok(());
        }
        let mut answers = BufReader::new(upstream);
        let Some(response) = Relayed::read(&mut answers, false)? else {
            return Ok(());
        };
        if let Reaction::PassAndRespond(status, page) = reaction {
            return writer.write_all(&own(status, page));
        }
        writer.write_all(&response.written(wire, false))?;
        if wire != Wire::Chunked {
            return Ok(());
        }
    }
    Ok(())
}

/// Cases that see every kind of message: pages and redirects, notifications, reports, statements, lists, repetitions.
const CASES: &[&str] = &[
    "onboarding/patch-is-complete",
    "onboarding/cancelling-leads-back",
    "onboarding/account-becomes-active",
    "multi-account/available-accounts-are-complete",
    "statements/lost-answer",
    "offboarding/status-cancelled",
];

/// Runs the cases against the example behind a wire, to the service and back.
async fn left_in_peace_on(wire: Wire) {
    let bind = || TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (to_connector, to_service) = (bind(), bind());
    let addresses = [&to_connector, &to_service].map(|listener| {
        listener
            .local_addr()
            .expect("it has an address")
            .to_string()
    });
    let record = run_behind(CASES, addresses, |connector, service| {
        relay(wire, to_connector, connector.to_owned(), Reaction::pass);
        relay(wire, to_service, service.to_owned(), Reaction::pass);
    })
    .await;
    let disturbed = record.cases.iter();
    let disturbed = disturbed.filter(|case| case.verdict != Verdict::Passed);
    assert_eq!(disturbed.count(), 0, "{wire:?}: {}", failures(&record));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_speaks_http_1_0_is_left_in_peace() {
    left_in_peace_on(Wire::Old).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_closes_every_connection_is_left_in_peace() {
    left_in_peace_on(Wire::Closing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_sends_in_chunks_is_left_in_peace() {
    left_in_peace_on(Wire::Chunked).await;
}
