//! The lines that wait, as plain data: what fits, what is dropped, what a batch takes.

use std::collections::{BTreeMap, VecDeque};

use crate::prefect::ids::FlowRunId;

/// Runs whose dropped lines are counted one by one; beyond it only the sum is kept.
const COUNTED_RUNS: usize = 1000;

/// A line as JSON, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub run: Option<FlowRunId>,
    pub json: Vec<u8>,
}

/// Lines that wait for being sent.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    entries: VecDeque<Entry>,
    /// Bytes that wait or are on their way.
    bytes: usize,
    on_their_way: usize,
    sent: u64,
    dropped: u64,
    /// Dropped lines that have not been said in the run's log.
    unsaid: BTreeMap<FlowRunId, u64>,
}

impl Buffer {
    /// Takes a line if there is room for it, else counts it as dropped.
    pub fn push(&mut self, entry: Entry, limit: usize) {
        if self.bytes + entry.json.len() > limit {
            self.drop_one(entry.run);
            return;
        }
        self.bytes += entry.json.len();
        self.entries.push_back(entry);
    }

    /// Counts a line as dropped.
    pub fn drop_one(&mut self, run: Option<FlowRunId>) {
        self.dropped += 1;
        if let Some(run) = run
            && (self.unsaid.len() < COUNTED_RUNS || self.unsaid.contains_key(&run))
        {
            *self.unsaid.entry(run).or_default() += 1;
        }
    }

    /// Takes the next lines out, up to `full` bytes and at least one. They count as waiting until
    /// [`Buffer::settle`].
    pub fn take(&mut self, full: usize) -> Vec<Entry> {
        let mut batch = Vec::new();
        let mut size = 0;
        while size < full
            && let Some(entry) = self.entries.pop_front()
        {
            size += entry.json.len();
            batch.push(entry);
        }
        self.on_their_way += batch.len();
        batch
    }

    /// A line that was taken has arrived, or never will.
    pub fn settle(&mut self, entry: &Entry, arrived: bool) {
        self.bytes = self.bytes.saturating_sub(entry.json.len());
        self.on_their_way = self.on_their_way.saturating_sub(1);
        if arrived {
            self.sent += 1;
        } else {
            self.drop_one(entry.run);
        }
    }

    /// How many lines of which runs were dropped since the last call.
    pub fn take_unsaid(&mut self) -> BTreeMap<FlowRunId, u64> {
        std::mem::take(&mut self.unsaid)
    }

    /// Gives up all lines that wait.
    pub fn give_up(&mut self) {
        while let Some(entry) = self.entries.pop_front() {
            self.bytes = self.bytes.saturating_sub(entry.json.len());
            self.drop_one(entry.run);
        }
    }

    /// Bytes that wait and are not on their way.
    pub fn is_full(&self, full: usize) -> bool {
        self.bytes >= full
    }

    /// Whether nothing waits to be taken.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The counters.
    pub fn stats(&self) -> super::LogStats {
        super::LogStats {
            sent: self.sent,
            dropped: self.dropped,
            waiting: (self.entries.len() + self.on_their_way) as u64,
            waiting_bytes: self.bytes,
        }
    }
}

/// The body of `POST /logs/`.
pub(super) fn body(batch: &[Entry]) -> Vec<u8> {
    let size: usize = batch.iter().map(|entry| entry.json.len() + 1).sum();
    let mut body = Vec::with_capacity(size + 1);
    body.push(b'[');
    for (number, entry) in batch.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&entry.json);
    }
    body.push(b']');
    body
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const RUN: FlowRunId = FlowRunId(Uuid::nil());

    fn entry(size: usize) -> Entry {
        Entry {
            run: Some(RUN),
            json: vec![b'1'; size],
        }
    }

    #[test]
    fn what_does_not_fit_is_counted_for_its_run() {
        let mut buffer = Buffer::default();
        for size in [40, 40, 40, 10] {
            buffer.push(entry(size), 100);
        }
        let stats = buffer.stats();
        assert_eq!(
            (stats.waiting, stats.waiting_bytes, stats.dropped),
            (3, 90, 1)
        );
        assert_eq!(buffer.take_unsaid(), BTreeMap::from([(RUN, 1)]));
        assert!(buffer.take_unsaid().is_empty());
    }

    #[test]
    fn a_batch_takes_its_size_and_at_least_one() {
        let mut buffer = Buffer::default();
        for size in [500, 30, 30, 30] {
            buffer.push(entry(size), 1000);
        }
        let sizes = |batch: &[Entry]| {
            batch
                .iter()
                .map(|entry| entry.json.len())
                .collect::<Vec<_>>()
        };
        let first = buffer.take(50);
        assert_eq!(sizes(&first), [500]);
        assert_eq!(sizes(&buffer.take(50)), [30, 30]);
        assert_eq!(buffer.stats().waiting, 4);
        buffer.settle(&first[0], true);
        assert_eq!(buffer.stats().waiting_bytes, 90);
        assert_eq!(buffer.stats().sent, 1);
        buffer.give_up();
        assert_eq!(buffer.stats().dropped, 1);
    }

    #[test]
    fn the_body_is_a_list() {
        let parsed: Vec<u64> = serde_json::from_slice(&body(&[entry(1), entry(2)])).unwrap();
        assert_eq!(parsed, [1, 11]);
        assert_eq!(body(&[]), b"[]");
    }
}
