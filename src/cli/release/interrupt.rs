//! Ctrl-C while a release is changed: the first lets the step under way end, the second does not.

use std::{future::Future, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    cli::Session,
    error::{Error, Kind, Result},
};

/// What ends within this time after a signal need not be announced.
const MOMENT: Duration = Duration::from_millis(300);

/// Runs a command that minds `stop`. The first signal cancels it, the second ends the command where
/// it stands.
///
/// # Errors
/// Those of the command, and that it was interrupted.
pub async fn mindful<T>(
    session: &Session,
    stop: &CancellationToken,
    command: impl Future<Output = Result<T>>,
) -> Result<T> {
    let signals = async {
        signal().await?;
        stop.cancel();
        tokio::select! {
            second = signal() => return second,
            () = tokio::time::sleep(MOMENT) => {}
        }
        session
            .ui
            .say("Stopping after the step under way; once more ends it at once.");
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
