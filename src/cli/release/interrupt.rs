//! Ctrl-C while a release is changed: the first lets the step under way end, the second does not.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::error::{Error, Kind, Result};

/// Runs a command that minds `stop`. The first signal cancels it, the second ends the command where
/// it stands.
///
/// # Errors
/// Those of the command, and that it was interrupted.
pub async fn mindful<T>(
    stop: &CancellationToken,
    command: impl Future<Output = Result<T>>,
) -> Result<T> {
    let signals = async {
        signal().await?;
        stop.cancel();
        signal().await
    };
    tokio::select! {
        result = command => result,
        signal = signals => Err(match signal {
            Ok(()) => Error::new(Kind::Interrupted, "interrupted while a request was under way")
                .hint("run the same command again: it finds out how far this one came"),
            Err(error) => error,
        }),
    }
}

/// Runs a part of a command that has changed nothing yet, or nothing that matters.
///
/// # Errors
/// Those of the part; `words` when it was interrupted.
pub async fn unless<T>(
    stop: &CancellationToken,
    words: &str,
    part: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        result = part => result,
        () = stop.cancelled() => Err(Error::new(Kind::Interrupted, format!("interrupted: {words}"))),
    }
}

/// Waits for Ctrl-C, or for what ends a job in CI.
async fn signal() -> Result<()> {
    let failed =
        |error: std::io::Error| Error::failed("failed to listen for signals").because(&error);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        tokio::select! {
            interrupt = tokio::signal::ctrl_c() => interrupt.map_err(failed),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(failed)
}
