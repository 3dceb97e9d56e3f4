//! For tests: an API server that plays a script, one step a connection, and notes what it is asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use http::Uri;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    authentication::Credential, cluster::Cluster, overrides::RequestTimeout, target::Target,
    transport::Patience,
};

/// What the server does with one connection.
pub(super) enum Step {
    /// Answers with this status, these header lines, this body.
    Answer(u16, &'static str, String),
    /// Answers 200 with these lines, one a chunk, and ends as it should.
    Lines(Vec<String>),
    /// Answers 200 with these lines and then breaks off.
    Cut(Vec<String>),
    /// Answers 200 with these lines and then says nothing more.
    Silence(Vec<String>),
    /// Reads the request and hangs up.
    HangUp,
}

impl Step {
    /// An answer 200 with a document.
    pub fn json(document: &serde_json::Value) -> Self {
        Self::Answer(200, "", document.to_string())
    }

    /// A `Status` that says no.
    pub fn status(code: u16, reason: &str, message: &str) -> Self {
        Self::Answer(code, "", status(code, reason, message).to_string())
    }
}

/// A `Status` object.
pub(super) fn status(code: u16, reason: &str, message: &str) -> serde_json::Value {
    serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
        "code": code, "reason": reason, "message": message})
}

/// The server; it ends with its owner.
pub(super) struct Server {
    pub address: Uri,
    seen: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Plays the steps in their order, and hangs up when there are no more.
    pub async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut steps: VecDeque<Step> = steps.into_iter().collect();
        let mut tasks = JoinSet::new();
        let log = Arc::clone(&seen);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = request(&mut stream).await;
                log.lock().unwrap().push(request);
                let step = steps.pop_front().unwrap_or(Step::HangUp);
                connections.spawn(play(stream, step));
            }
        });
        Self {
            address: address.parse().unwrap(),
            seen,
            _tasks: tasks,
        }
    }

    /// A cluster whose API server this is.
    pub async fn cluster(&self, patience: Patience) -> Cluster {
        let target = Target {
            server: self.address.clone(),
            context: Some("test".to_owned()),
            namespace: "flows".to_owned(),
            config: kube::Config::new(self.address.clone()),
            credential: Credential::Anonymous,
            timeout: RequestTimeout("2s".parse::<RequestTimeout>().unwrap().0),
        };
        Cluster::connect(target, patience).await.unwrap()
    }

    /// The requests so far, heads and bodies.
    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The first lines of the requests so far, without the version of HTTP.
    pub fn lines(&self) -> Vec<String> {
        self.requests()
            .iter()
            .filter_map(|request| {
                Some(
                    request
                        .lines()
                        .next()?
                        .trim_end_matches(" HTTP/1.1")
                        .to_owned(),
                )
            })
            .collect()
    }
}

async fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.unwrap_or(0);
        text.extend(&chunk[..read]);
        let shown = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = shown.split_once("\r\n\r\n") else {
            assert!(read > 0, "half a request: {shown}");
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0_usize);
        if body.len() >= length {
            return shown;
        }
    }
}

async fn play(mut stream: TcpStream, step: Step) {
    let (lines, end) = match step {
        Step::HangUp => return,
        Step::Answer(code, headers, body) => {
            let text = format!(
                "HTTP/1.1 {code} X\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(text.as_bytes()).await;
            return;
        }
        Step::Lines(lines) => (lines, Some("0\r\n\r\n")),
        Step::Cut(lines) => (lines, Some("")),
        Step::Silence(lines) => (lines, None),
    };
    let mut text =
        "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    for line in lines {
        text.push_str(&format!("{:x}\r\n{line}\n\r\n", line.len() + 1));
    }
    text.push_str(end.unwrap_or_default());
    let _ = stream.write_all(text.as_bytes()).await;
    if end.is_none() {
        std::future::pending::<()>().await;
    }
}
