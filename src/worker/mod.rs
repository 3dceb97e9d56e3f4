//! The worker: poll, submit, observe, decide, report, cancel, recover.

pub mod board;
pub mod cache;
pub mod claim;
pub mod decide;
pub mod health;
