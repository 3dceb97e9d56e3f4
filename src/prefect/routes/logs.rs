//! Log lines: writing a batch, reading a run's.

use jiff::Timestamp;
use serde_json::json;

use crate::prefect::{
    ApiError, Client, FlowRunId, LogLine, Page, call::Call, logs::LogLevel, retry::Repeat,
};

impl Client {
    /// Writes log lines, already a JSON list.
    ///
    /// Log lines have no ids. After a lost answer they are sent again, since a line twice is
    /// better than the one line with the reason missing.
    pub(in crate::prefect) async fn create_logs(&self, lines: Vec<u8>) -> Result<(), ApiError> {
        let mut call = Call::post("/logs/", Repeat::Always);
        call.body = Some(lines.into());
        self.call(call).await.map(drop)
    }

    /// Reads the log of a run, oldest first: lines of at least this level, after a moment.
    ///
    /// # Errors
    /// As every route.
    pub async fn list_logs(
        &self,
        run: FlowRunId,
        level: Option<LogLevel>,
        after: Option<Timestamp>,
        page: Page,
    ) -> Result<Vec<LogLine>, ApiError> {
        let mut filter = json!({ "flow_run_id": { "any_": [run] } });
        if let Some(level) = level {
            filter["level"] = json!({ "ge_": level as u16 });
        }
        if let Some(after) = after {
            filter["timestamp"] = json!({ "after_": after });
        }
        self.list(page, |part| {
            Call::post("/logs/filter", Repeat::Always).json(&json!({
                "logs": filter,
                "sort": "TIMESTAMP_ASC",
                "limit": part.limit,
                "offset": part.offset,
            }))
        })
        .await
    }
}
