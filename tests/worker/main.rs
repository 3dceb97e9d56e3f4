//! `kubectl prefect worker run` on a real cluster with a real Prefect server: what it does when
//! all is well, and what when it is not. Each test has a namespace and a work pool of its own.
//!
//! Most runs have a shell command in the place of the flow (job variable `command`): they cost
//! nothing, and what is tried is the worker.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod cancel;
mod channel;
mod cleanup;
mod credentials;
mod diagnosis;
mod elsewhere;
mod events;
mod faults;
mod few_at_once;
mod flows;
mod kills;
mod late;
mod limits;
mod logs;
mod observer;
mod odd;
mod outages;
mod parity;
mod pools;
mod records;
mod refused;
mod requests;
mod retries;
mod rights;
mod server_version;
mod skew;
mod stage;
mod standin;
mod start;
mod stop;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod together;
mod tokens;
mod trials;
mod trouble;
mod web;
