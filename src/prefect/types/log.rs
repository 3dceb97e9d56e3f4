//! Log lines as the API gives them.

use jiff::Timestamp;
use serde::Deserialize;

/// A line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LogLine {
    /// The logger.
    pub name: String,
    /// The level, by Python's numbers.
    pub level: u16,
    /// The line.
    pub message: String,
    /// When it was written.
    pub timestamp: Timestamp,
}
