//! One websocket of the Prefect API: opening, authenticating, frames.

use std::{fmt, time::Duration};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::{StatusCode, header};
use reqwest::Upgraded;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use tokio::time;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message, Utf8Bytes,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

use crate::prefect::{Client, call::Call};

/// The longest that opening, authenticating or a pong may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Frames are small: keep a connection's buffers small, too.
const BUFFER: usize = 4 << 10;
/// The largest event the server sends is 1.5 MB.
const LARGEST_MESSAGE: usize = 4 << 20;

/// Why a websocket is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketError {
    /// The server, or something in between, does not allow it: trying again soon is of no use.
    Refused(String),
    /// It broke, or could not be made: trying again may help.
    Broken(String),
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) | Self::Broken(why) => f.write_str(why),
        }
    }
}

/// How the server wants to know who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handshake {
    /// By the subprotocol `prefect`: the first frame has the token.
    Frame,
    /// By the headers of the request (Prefect Cloud, `/events/in`).
    Headers,
}

/// An open websocket.
#[derive(Debug)]
pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    pings: u64,
}

#[derive(Deserialize)]
struct AuthAnswer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    reason: Option<String>,
}

impl Socket {
    /// Opens a websocket and authenticates.
    pub async fn open(
        client: &Client,
        call: &Call,
        handshake: Handshake,
    ) -> Result<Self, SocketError> {
        if let Some(flaw) = &call.flaw {
            return Err(SocketError::Refused(flaw.clone()));
        }
        let opening = async {
            let mut socket = Self::upgrade(client, call, handshake).await?;
            if handshake == Handshake::Frame {
                socket.authenticate(client).await?;
            }
            Ok(socket)
        };
        time::timeout(PATIENCE, opening)
            .await
            .unwrap_or_else(|_| Err(SocketError::Broken("no answer within 10 s".to_owned())))
    }

    async fn upgrade(
        client: &Client,
        call: &Call,
        handshake: Handshake,
    ) -> Result<Self, SocketError> {
        let key = generate_key();
        let mut headers = http::HeaderMap::new();
        let mut set = |name: header::HeaderName, value: &str| {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        };
        set(header::CONNECTION, "Upgrade");
        set(header::UPGRADE, "websocket");
        set(header::SEC_WEBSOCKET_VERSION, "13");
        set(header::SEC_WEBSOCKET_KEY, &key);
        if handshake == Handshake::Frame {
            set(header::SEC_WEBSOCKET_PROTOCOL, "prefect");
        }
        let response = client
            .upgrade(call, headers)
            .await
            .map_err(|error| SocketError::Broken(error.one_line()))?;
        let status = response.status();
        if status != StatusCode::SWITCHING_PROTOCOLS {
            let why = format!("{} answered {}", call.name(), status.as_u16());
            let again = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
            return Err(if again {
                SocketError::Broken(why)
            } else {
                SocketError::Refused(why)
            });
        }
        let accept = response.headers().get(header::SEC_WEBSOCKET_ACCEPT);
        if accept
            .is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes())
        {
            return Err(SocketError::Refused(format!(
                "what answers {} does not speak the websocket protocol",
                call.name()
            )));
        }
        let upgraded = response
            .upgrade()
            .await
            .map_err(|error| SocketError::Broken(error.to_string()))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(LARGEST_MESSAGE));
        let stream = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
        Ok(Self { stream, pings: 0 })
    }

    async fn authenticate(&mut self, client: &Client) -> Result<(), SocketError> {
        let token = client.websocket_token();
        let frame = json!({
            "type": "auth",
            "token": token.as_ref().map(|token| token.expose_secret()),
        });
        self.send(frame.to_string().into()).await?;
        let answer = self.text().await?;
        let answer: AuthAnswer = serde_json::from_str(&answer).map_err(|error| {
            SocketError::Refused(format!(
                "the answer to the credential is unreadable: {error}"
            ))
        })?;
        if answer.kind == "auth_success" {
            Ok(())
        } else {
            let reason = answer.reason.unwrap_or(answer.kind);
            Err(SocketError::Refused(format!(
                "the credential is not accepted: {reason}"
            )))
        }
    }

    /// Sends a text.
    pub async fn send(&mut self, text: Utf8Bytes) -> Result<(), SocketError> {
        self.stream.send(Message::Text(text)).await.map_err(broken)
    }

    /// Hands a text over without waiting until it is sent: [`Socket::confirm`] does.
    pub async fn feed(&mut self, text: Utf8Bytes) -> Result<(), SocketError> {
        self.stream.feed(Message::Text(text)).await.map_err(broken)
    }

    /// The next text. Pings are answered on the way. May be cancelled without loss.
    pub async fn text(&mut self) -> Result<Utf8Bytes, SocketError> {
        loop {
            if let Message::Text(text) = self.frame().await? {
                return Ok(text);
            }
        }
    }

    /// Sends a ping.
    pub async fn ping(&mut self) -> Result<Bytes, SocketError> {
        self.pings += 1;
        let payload = Bytes::copy_from_slice(&self.pings.to_be_bytes());
        self.stream
            .send(Message::Ping(payload.clone()))
            .await
            .map_err(broken)?;
        Ok(payload)
    }

    /// Returns when the server has received all that was sent before: it answers a ping.
    pub async fn confirm(&mut self) -> Result<(), SocketError> {
        let confirmed = async {
            let payload = self.ping().await?;
            while !matches!(self.frame().await?, Message::Pong(pong) if pong == payload) {}
            Ok(())
        };
        time::timeout(PATIENCE, confirmed)
            .await
            .unwrap_or_else(|_| Err(SocketError::Broken("no pong within 10 s".to_owned())))
    }

    /// The next frame of any kind; the end is an error. May be cancelled without loss.
    pub async fn frame(&mut self) -> Result<Message, SocketError> {
        match self.stream.next().await {
            Some(Ok(Message::Close(frame))) => {
                let Some(frame) = frame else {
                    return Err(SocketError::Broken("closed by the server".to_owned()));
                };
                let why = format!("closed by the server ({}) {}", frame.code, frame.reason);
                Err(
                    if matches!(frame.code, CloseCode::Policy | CloseCode::Protocol) {
                        SocketError::Refused(why)
                    } else {
                        SocketError::Broken(why)
                    },
                )
            }
            Some(Ok(message)) => Ok(message),
            Some(Err(error)) => Err(broken(error)),
            None => Err(SocketError::Broken("closed by the server".to_owned())),
        }
    }

    /// Says goodbye, as far as the server listens.
    pub async fn close(mut self) {
        let closing = async {
            if self.stream.close(None).await.is_ok() {
                while let Some(Ok(_)) = self.stream.next().await {}
            }
        };
        // One second is enough for a server that is there; nothing depends on it.
        let _ = time::timeout(Duration::from_secs(1), closing).await;
    }
}

fn broken(error: tokio_tungstenite::tungstenite::Error) -> SocketError {
    SocketError::Broken(error.to_string())
}
