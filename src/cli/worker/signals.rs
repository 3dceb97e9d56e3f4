//! Signals: the first drains a worker, the second aborts it.

use std::cell::Cell;

use crate::{
    error::{Error, Result},
    worker::Stop,
};

/// Which signal came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What Kubernetes sends to end a pod.
    Terminate,
}

/// The first signal drains, the second aborts.
pub async fn listen(stop: &Stop, first: &Cell<Option<Signal>>) -> Result<()> {
    let mut source = Signals::listen()?;
    first.set(Some(source.next().await));
    tracing::info!("stopping: no new flow runs are taken; once more aborts");
    stop.drain.cancel();
    source.next().await;
    stop.abort.cancel();
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Error::failed("failed to listen for signals").because(&error))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
