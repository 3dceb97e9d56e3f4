//! A wire that can be cut: what goes over it breaks off, and may begin anew at once.

use std::sync::Arc;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
};

/// A wire to a plain HTTP server; it ends with this value.
#[derive(Debug)]
pub struct Wire {
    /// The URL of its far end, by way of the wire.
    pub url: String,
    scissors: Arc<Notify>,
    _tasks: JoinSet<()>,
}

impl Wire {
    /// Lays one to a URL.
    pub async fn to(url: &str) -> Self {
        let far = url.trim_start_matches("http://");
        let (far, path) = far.split_once('/').unwrap_or((far, ""));
        let far = far.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = listener.local_addr().unwrap();
        let url = format!("http://{near}/{path}");
        let scissors = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        let cut = Arc::clone(&scissors);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let (far, cut) = (far.clone(), Arc::clone(&cut));
                connections.spawn(async move {
                    let mut far = TcpStream::connect(far).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        () = cut.notified() => {}
                    }
                });
            }
        });
        Self {
            url: url.trim_end_matches('/').to_owned(),
            scissors,
            _tasks: tasks,
        }
    }

    /// Cuts everything that is on it.
    pub fn cut(&self) {
        self.scissors.notify_waiters();
    }
}
