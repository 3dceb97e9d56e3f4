//! The worker: poll, submit, observe, decide, report, cancel, recover.

pub mod claim;
