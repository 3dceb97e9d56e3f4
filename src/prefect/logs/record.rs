//! One log line as the API takes it.

use jiff::Timestamp;
use serde::Serialize;

use crate::prefect::ids::{FlowRunId, WorkerId};

/// What a long message ends with, as in prefect/logging/handlers.py.
const TRUNCATED: &str = "... [truncated]";
/// What is cut off more than needed, so that the mark fits.
const MARGIN: usize = 50;

/// The weight of a line, by Python's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum LogLevel {
    /// For whoever looks for a fault.
    Debug = 10,
    /// What happens.
    Info = 20,
    /// What should not happen.
    Warning = 30,
    /// What failed.
    Error = 40,
    /// What cannot go on.
    Critical = 50,
}

/// A line before it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub run: Option<FlowRunId>,
    /// Only Prefect Cloud takes it; any other server refuses the whole batch for it.
    pub worker: Option<WorkerId>,
    pub name: &'a str,
    pub level: LogLevel,
    pub timestamp: Timestamp,
    pub message: &'a str,
}

#[derive(Serialize)]
struct LogCreate<'a> {
    name: &'a str,
    level: u16,
    message: &'a str,
    timestamp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_run_id: Option<FlowRunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker_id: Option<WorkerId>,
}

impl Line<'_> {
    /// The line as JSON of at most `limit` bytes, its message cut if need be.
    ///
    /// Zero bytes are left out: PostgreSQL cannot keep them in a text.
    pub fn to_json(self, limit: usize) -> Result<Vec<u8>, serde_json::Error> {
        // JSON is never shorter than its text: what is longer than the limit is cut unseen.
        let whole = self.message.len() <= limit;
        let message = head(self.message, limit).replace('\0', "");
        let json = self.write(&message)?;
        let oversize = json.len().saturating_sub(limit);
        if whole && oversize == 0 {
            return Ok(json);
        }
        let kept = message.len().saturating_sub(oversize + MARGIN);
        let cut = format!("{}{TRUNCATED}", head(&message, kept));
        self.write(&cut)
    }

    fn write(&self, message: &str) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&LogCreate {
            name: self.name,
            level: self.level as u16,
            message,
            timestamp: self.timestamp,
            flow_run_id: self.run,
            worker_id: self.worker,
        })
    }
}

/// The first bytes of a text, at most `length`, up to a whole character.
fn head(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn line(message: &str) -> Line<'_> {
        Line {
            run: Some(FlowRunId(Uuid::nil())),
            worker: None,
            name: "prefect.flow_runs.worker",
            level: LogLevel::Warning,
            timestamp: "2026-11-22T16:00:00.5Z".parse().unwrap(),
            message,
        }
    }

    fn read(json: &[u8]) -> Value {
        serde_json::from_slice(json).unwrap()
    }

    #[test]
    fn a_line_as_the_api_takes_it() {
        let json = line("hello\0 wörld").to_json(1000).unwrap();
        assert_eq!(
            read(&json),
            json!({
                "name": "prefect.flow_runs.worker", "level": 30, "message": "hello wörld",
                "timestamp": "2026-11-22T16:00:00.5Z",
                "flow_run_id": "00000000-0000-0000-0000-000000000000",
            })
        );
    }

    #[test]
    fn a_worker_is_named_only_where_it_is_known() {
        let worker = WorkerId(Uuid::nil());
        let line = Line {
            run: None,
            worker: Some(worker),
            ..line("x")
        };
        let json = read(&line.to_json(1000).unwrap());
        assert_eq!(json["worker_id"], worker.to_string());
        assert!(json.get("flow_run_id").is_none());
    }

    #[test]
    fn long_messages_are_cut_to_the_limit() {
        for text in ["a", "ä", "\"", "\u{1}", "😀", "\n"] {
            for length in [100, 799, 1000, 5000, 1_000_000] {
                let message = text.repeat(length);
                let json = line(&message).to_json(1000).unwrap();
                let sent = read(&json)["message"].as_str().unwrap().to_owned();
                assert!(json.len() <= 1000, "{text:?} {length}: {}", json.len());
                if sent != message {
                    let kept = sent.strip_suffix("... [truncated]").unwrap();
                    assert!(message.starts_with(kept));
                }
            }
        }
    }

    #[test]
    fn a_message_that_just_fits_is_kept() {
        let overhead = line("").to_json(1000).unwrap().len();
        let message = "a".repeat(1000 - overhead);
        assert_eq!(line(&message).to_json(1000).unwrap().len(), 1000);
        let sent = line(&format!("{message}a")).to_json(1000).unwrap();
        assert!(
            read(&sent)["message"]
                .as_str()
                .unwrap()
                .ends_with("... [truncated]")
        );
    }
}
