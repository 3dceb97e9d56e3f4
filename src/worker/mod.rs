//! The worker: poll, submit, observe, decide, report, cancel, recover.
//!
//! [`run`] owns everything that is under way. Decisions ([`decide`], [`cancel`], [`diagnose`]) are
//! functions over plain data; the other modules are the I/O around them.

pub mod abandoned;
pub mod attempt;
pub mod board;
pub mod cache;
pub mod cancel;
pub mod cancellations;
pub mod cancelling;
mod channel;
pub mod claim;
pub mod claiming;
pub mod context;
pub mod create_job;
pub mod decide;
pub mod diagnose;
pub mod disruption;
pub mod docket;
pub mod events;
pub mod glance;
pub mod health;
pub mod heartbeat;
mod history;
pub mod hollow;
pub mod journal;
pub mod judge;
pub mod last_words;
mod left_over;
pub mod metrics;
pub mod observe;
pub mod options;
pub mod pace;
pub mod pending;
pub mod pid;
pub mod place;
pub mod poll;
pub mod pool;
pub mod process;
pub mod recover;
pub mod removal;
pub mod report;
pub mod resolve;
pub mod retry;
mod rights;
mod round;
mod run;
pub mod secrets;
mod server_version;
mod sessions;
pub mod shared;
pub mod start;
pub mod status;
pub mod stuck;
pub mod submit;
mod sweep;
pub mod tally;
mod teardown;
pub mod trouble;
pub mod turns;
pub mod vanished;
pub mod web;
pub mod whose;

pub use options::{CreateJobOptions, InfrastructureOptions, ObserverOptions, Options};
pub use run::{Ended, Stop, Worker, run};
pub use start::{Surroundings, start};
