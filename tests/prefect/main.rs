//! The client of the Prefect API: in conversation with a mock server, for faults that a real one
//! does not produce on demand, and with a real one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod api;
mod channel;
mod clock;
mod csrf;
mod errors;
mod logs;
mod retries;
mod stage;
mod states;
mod streams;
mod support;
mod tls;
mod ws;
