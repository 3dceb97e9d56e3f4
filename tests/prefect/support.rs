//! A server that answers by a script, connection by connection, and what the tests share.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use kubectl_prefect::prefect::{Client, ClientConfig, config::RetryPolicy};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

/// A configuration that does not make tests wait.
pub fn config(url: &str) -> ClientConfig {
    let mut config = ClientConfig::new(url.parse().unwrap());
    config.retry = RetryPolicy {
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(20),
        ..RetryPolicy::default()
    };
    config
}

/// A client that does not make tests wait.
pub fn client(url: &str) -> Client {
    Client::new(&config(url)).unwrap()
}

/// What the scripted server does with one request.
pub enum Act {
    /// Answers.
    Answer(u16, Value),
    /// Reads the request and closes the connection.
    Drop,
    /// Reads the request and keeps quiet for this time.
    Stall(Duration),
}

/// Decides what to do with a request: its number, its head, its body.
pub type Script = dyn Fn(usize, &str, &str) -> Act + Send + Sync;

/// A server on loopback. It ends with this value.
pub struct Scripted {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Scripted {
    /// Starts it.
    pub async fn start(script: impl Fn(usize, &str, &str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let (seen, script): (_, Arc<Script>) = (Arc::clone(&requests), Arc::new(script));
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                connections.spawn(async move { serve(stream, &seen, &*script).await });
            }
        });
        Self {
            address,
            requests,
            _tasks: tasks,
        }
    }

    /// The API's URL here.
    pub fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// The heads of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Answers the requests of one connection.
pub async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: &Mutex<Vec<String>>,
    script: &Script,
) {
    while let Some((head, body)) = read_request(&mut stream).await {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(head.clone());
            seen.len()
        };
        match script(number, &head, &body) {
            Act::Answer(status, value) => {
                let body = if value.is_null() {
                    String::new()
                } else {
                    value.to_string()
                };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                );
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Act::Drop => return,
            Act::Stall(time) => tokio::time::sleep(time).await,
        }
    }
}

/// Reads the head and the body of a request.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
                return Some((head, body));
            }
        }
        let read = stream.read(&mut buffer).await.ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
}
