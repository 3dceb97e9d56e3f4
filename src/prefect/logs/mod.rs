//! Log lines for flow runs (and, on Prefect Cloud, for the worker), sent in batches.
//!
//! A bounded buffer takes lines without ever waiting; one task sends them. The rules are those of
//! Prefect's `APILogHandler` (prefect/logging/handlers.py): PREFECT_LOGGING_TO_API_BATCH_INTERVAL,
//! `_BATCH_SIZE` and `_MAX_LOG_SIZE`, and the truncation of long messages. What does not fit is
//! counted and said, in the run's own log too.

mod buffer;
mod record;
mod shipper;

use std::time::Duration;

pub use record::LogLevel;
pub use shipper::{LogShipper, Logs};

/// How lines are collected and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// Send lines at all (PREFECT_LOGGING_TO_API_ENABLED).
    pub enabled: bool,
    /// Less severe lines are not sent (PREFECT_LOGGING_LEVEL).
    pub level: LogLevel,
    /// The longest a line waits for others (PREFECT_LOGGING_TO_API_BATCH_INTERVAL).
    pub batch_interval: Duration,
    /// Bytes in a request (PREFECT_LOGGING_TO_API_BATCH_SIZE).
    pub batch_size: usize,
    /// Bytes of a line as it is sent (PREFECT_LOGGING_TO_API_MAX_LOG_SIZE).
    pub max_log_size: usize,
    /// Bytes that may wait while the API does not take them; more is dropped.
    pub buffer_size: usize,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            level: LogLevel::Info,
            batch_interval: Duration::from_secs(2),
            batch_size: 4_000_000,
            max_log_size: 1_000_000,
            buffer_size: 4 << 20,
        }
    }
}

impl LogSettings {
    /// A batch that is larger than this has no room for another line of the largest size.
    fn full_batch(&self) -> usize {
        self.batch_size
            .saturating_sub(self.max_log_size)
            .max(self.max_log_size)
    }
}

/// What became of the lines so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Lines that the server took.
    pub sent: u64,
    /// Lines that found no room or that the server refused.
    pub dropped: u64,
    /// Lines that wait or are on their way.
    pub waiting: u64,
    /// Their size in bytes.
    pub waiting_bytes: usize,
}
