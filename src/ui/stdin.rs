//! Standard input, until SIGINT.
//!
//! Commands listen for SIGINT by the runtime, on the one thread that waits here for a person or for a
//! pipe; and once somebody listens, the system no longer ends the process by itself. So a thread of
//! its own listens meanwhile, and what waits here waits for it too.

use std::{
    io::{self, Read as _},
    os::unix::net::UnixStream,
    thread::{self, JoinHandle},
};

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::oneshot;

/// Standard input. SIGINT comes to this alone while it is there, and to the command afterwards.
pub struct Stdin {
    /// Has something to read after SIGINT.
    interrupted: UnixStream,
    end: Option<oneshot::Sender<()>>,
    listener: Option<JoinHandle<()>>,
}

impl Stdin {
    /// From now on no SIGINT is lost.
    ///
    /// # Errors
    /// When the system gives no socket or no thread.
    pub fn listen() -> io::Result<Self> {
        let (mut interrupted, tell) = UnixStream::pair()?;
        let (end, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = thread::Builder::new().spawn(move || {
            runtime.block_on(async move {
                let mut signal = std::pin::pin!(tokio::signal::ctrl_c());
                // Whoever listens for a signal does so from the first poll on.
                let _ = futures::poll!(signal.as_mut());
                let _ = io::Write::write_all(&mut &tell, &[LISTENING]);
                tokio::select! {
                    _ = signal => {
                        let _ = io::Write::write_all(&mut &tell, &[INTERRUPTED]);
                    }
                    _ = ended => {}
                }
            });
        })?;
        interrupted.read_exact(&mut [0])?;
        Ok(Self {
            interrupted,
            end: Some(end),
            listener: Some(listener),
        })
    }

    /// Reads what there is, and waits for some. Not by the buffer of the standard library: what is
    /// typed ahead is for the next question.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] after SIGINT; do not try again.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let stdin = io::stdin();
            let mut both = [
                PollFd::new(&self.interrupted, PollFlags::IN),
                PollFd::new(&stdin, PollFlags::IN),
            ];
            match poll(&mut both, None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            if !both[0].revents().is_empty() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            // Whatever is odd about it, reading tells.
            if !both[1].revents().is_empty() {
                match rustix::io::read(&stdin, &mut *buffer) {
                    Err(rustix::io::Errno::INTR) => {}
                    read => return read.map_err(io::Error::from),
                }
            }
        }
    }

    /// Whether there is more to read, at once or after as long as a slow line holds back the rest of a
    /// key's bytes.
    pub fn has_more(&self) -> bool {
        let stdin = io::stdin();
        let mut stdin = [PollFd::new(&stdin, PollFlags::IN)];
        let a_moment = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: 50_000_000,
        };
        matches!(poll(&mut stdin, Some(&a_moment)), Ok(1))
    }

    /// Reads to the end, and no more than so many bytes.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_all(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        while all.len() < most {
            let room = buffer.len().min(most - all.len());
            let count = self.read(&mut buffer[..room])?;
            if count == 0 {
                break;
            }
            all.extend_from_slice(&buffer[..count]);
        }
        Ok(all)
    }
}

/// What the thread tells first.
const LISTENING: u8 = b'l';
/// What it tells after SIGINT.
const INTERRUPTED: u8 = b'i';

impl Drop for Stdin {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(listener) = self.listener.take() {
            // A panic in it has been told.
            let _ = listener.join();
        }
    }
}
