//! A small HTTP/1.1 server on loopback, for stand-ins of services.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// Besides the length of the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response with a body of this type.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// What becomes of a response on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// It arrives.
    Whole,
    /// There is no connection. A server that has one already closes it.
    Refused,
    /// The connection ends before the response.
    Closed,
    /// Nothing comes, and the connection stays.
    Silent,
    /// Half of the body comes, and the connection stays.
    Stalled,
    /// The body comes a byte a second.
    Trickled,
    /// Half of the body comes, and the connection ends.
    Cut,
    /// The response says that it is half as long as it is.
    TooShort,
}

/// A response and its way.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What is sent.
    pub response: Response,
    /// What becomes of it.
    pub wire: Wire,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, wire: Wire::Whole }
    }
}

/// A server that answers until it is dropped.
pub struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Answers on a free port of loopback, each connection in a thread of its own. An answer of none closes it.
    pub fn start<A: Into<Answer>>(answer: impl Fn(&Request) -> Option<A> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port on loopback");
        let address = listener.local_addr().unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let (answer, stop) = (Arc::new(answer), Arc::clone(&stopped));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let answer = Arc::clone(&answer);
                thread::spawn(move || {
                    // A client that goes away in the middle is nothing to fail on: its test says what it missed.
                    let _ = serve(&stream, answer.as_ref());
                });
            }
        });
        Self { address, stopped }
    }

    /// `127.0.0.1:port`.
    #[must_use]
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// `http://127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve<A: Into<Answer>>(
    stream: &TcpStream,
    answer: &(dyn Fn(&Request) -> Option<A> + Send + Sync),
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(request) = read(&mut reader, &mut writer)? {
        let Some(answer) = answer(&request) else { return Ok(()) };
        let Answer { response, wire } = answer.into();
        let body = response.body.as_slice();
        let half = &body[..body.len() / 2];
        let length = if wire == Wire::TooShort { half.len() } else { body.len() };
        let mut head = format!("HTTP/1.1 {} -\r\ncontent-length: {length}\r\n", response.status);
        for (name, value) in &response.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        match wire {
            Wire::Whole => writer.write_all(&[head.as_bytes(), body].concat())?,
            Wire::Refused | Wire::Closed => return Ok(()),
            Wire::Silent => return wait_for_the_end(reader),
            Wire::Stalled => {
                writer.write_all(&[head.as_bytes(), half].concat())?;
                return wait_for_the_end(reader);
            }
            Wire::Trickled => {
                writer.write_all(head.as_bytes())?;
                for byte in body {
                    writer.write_all(&[*byte])?;
                    thread::sleep(Duration::from_secs(1));
                }
            }
            Wire::Cut => return writer.write_all(&[head.as_bytes(), half].concat()),
            Wire::TooShort => return writer.write_all(&[head.as_bytes(), body].concat()),
        }
    }
    Ok(())
}

/// Until the client has had enough.
fn wait_for_the_end(mut reader: BufReader<&TcpStream>) -> std::io::Result<()> {
    reader.read_to_end(&mut Vec::new()).map(drop)
}

/// The next request of a connection; none when the client has closed it.
fn read(reader: &mut BufReader<&TcpStream>, writer: &mut &TcpStream) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    if headers.get("expect").is_some_and(|value| value == "100-continue") {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let body = if headers.get("transfer-encoding").is_some_and(|value| value == "chunked") {
        read_chunks(reader)?
    } else {
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        body
    };
    Ok(Some(Request { method, path, headers, body }))
}

fn read_chunks(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16).unwrap_or(0);
        let mut chunk = vec![0; length];
        reader.read_exact(&mut chunk)?;
        body.extend_from_slice(&chunk);
        reader.read_line(&mut String::new())?;
        if length == 0 {
            return Ok(body);
        }
    }
}
