//! A server that plays a part on each connection: for websockets, and what stands in their way.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt, future::BoxFuture};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};

use crate::support::read_request;

/// A connection whose first request has been read.
pub struct Peer {
    pub number: usize,
    pub head: String,
    pub body: String,
    stream: TcpStream,
}

impl Peer {
    pub fn wants(&self, request: &str) -> bool {
        self.head.starts_with(request)
    }

    pub async fn answer(mut self, status: u16) {
        let answer =
            format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        self.stream.write_all(answer.as_bytes()).await.unwrap();
    }

    pub async fn accept(self) -> WebSocketStream<TcpStream> {
        accept(&self.head, self.stream).await
    }

    /// Accepts and authenticates as Prefect does.
    pub async fn welcome(self) -> WebSocketStream<TcpStream> {
        assert!(
            self.head.contains("sec-websocket-protocol: prefect"),
            "{}",
            self.head
        );
        let mut socket = self.accept().await;
        let auth = read(&mut socket).await.unwrap();
        assert_eq!(auth["type"], "auth");
        write(&mut socket, json!({"type": "auth_success"})).await;
        socket
    }
}

pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
    head: &str,
    mut stream: S,
) -> WebSocketStream<S> {
    let key = head
        .lines()
        .find_map(|line| line.strip_prefix("sec-websocket-key: "))
        .unwrap();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    WebSocketStream::from_raw_socket(stream, Role::Server, None).await
}

/// The next text, or `None` when the client has gone. Pings are answered.
pub async fn read<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
) -> Option<Value> {
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Text(text) = message {
            return Some(serde_json::from_str(&text).unwrap());
        }
    }
    None
}

pub async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    value: Value,
) {
    socket.send(Message::text(value.to_string())).await.unwrap();
}

/// A server that plays a part on each connection.
pub struct Stage {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Stage {
    pub async fn start(play: impl Fn(Peer) -> BoxFuture<'static, ()> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            let mut number = 0;
            while let Ok((mut stream, _)) = listener.accept().await {
                if let Some((head, body)) = read_request(&mut stream).await {
                    number += 1;
                    connections.spawn(play(Peer {
                        number,
                        head,
                        body,
                        stream,
                    }));
                }
            }
        });
        Self {
            address,
            _tasks: tasks,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }
}
