//! The one runtime of the process: a single thread, because a worker must be small.

use std::future::Future;

use crate::error::{Error, Kind, Result};

/// Runs a command's future to its end.
///
/// # Errors
/// Those of the command, and of a system that gives no runtime.
pub fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed("failed to start the runtime").because(&error))?
        .block_on(command)
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
}
