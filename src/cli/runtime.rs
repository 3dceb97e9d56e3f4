//! The one runtime of the process: a single thread, because a worker must be small.

use std::{future::Future, time::Duration};

use crate::error::{Error, Kind, Result};

/// Runs a command's future to its end. What it left to other threads (the lookup of a name, a file
/// of a disk that does not answer) is not waited for: whoever interrupts it wants it to end.
///
/// # Errors
/// Those of the command, and of a system that gives no runtime.
pub fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed("failed to start the runtime").because(&error))?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}

/// Runs a command's future to its end, or until the user interrupts it.
pub fn block_on_interruptible<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    block_on(async {
        tokio::select! {
            result = command => result,
            signal = tokio::signal::ctrl_c() => Err(match signal {
                Ok(()) => Error::new(Kind::Interrupted, "interrupted"),
                Err(error) => Error::failed("failed to listen for Ctrl-C").because(&error),
            }),
        }
    })
}

/// Runs a future for so long; `None` when it was not at its end by then. What it left to other
/// threads (the lookup of a name, a program that gives credentials) is not waited for.
pub fn block_on_for<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let found = runtime.block_on(async { tokio::time::timeout(limit, future).await });
    runtime.shutdown_background();
    found.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commands_result_is_the_runtimes() {
        assert_eq!(block_on(async { Ok(7) }), Ok(7));
        let error = Error::failed("no");
        assert_eq!(
            block_on_interruptible(async { Err::<(), _>(error.clone()) }),
            Err(error)
        );
    }

    #[test]
    fn a_command_that_ends_waits_for_nothing_that_goes_on_elsewhere() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let elsewhere = async move {
            let work = tokio::task::spawn_blocking(move || ended.recv());
            let _ = tokio::time::timeout(Duration::from_millis(1), work).await;
            Ok(7)
        };
        // It would be waited for until `end` goes, which is after this.
        assert_eq!(block_on(elsewhere), Ok(7));
        drop(end);
    }

    #[test]
    fn nobody_waits_for_what_goes_on_elsewhere() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let elsewhere = async move {
            let work = tokio::task::spawn_blocking(move || ended.recv());
            let _ = work.await;
        };
        // It would be waited for until `end` goes, which is after this.
        assert_eq!(block_on_for(Duration::from_millis(1), elsewhere), None);
        assert_eq!(block_on_for(Duration::from_secs(60), async { 7 }), Some(7));
        drop(end);
    }
}
