//! The Prefect API: client, types, retries, logs and events.
//!
//! [`Client`] speaks to one server: it authenticates, retries, counts and turns every failure into
//! an [`ApiError`]. Its routes stand in [`routes`], what they carry in [`types`].

mod answer;
mod call;
pub mod client;
pub mod clock;
pub mod compatibility;
pub mod config;
mod connect;
mod csrf;
pub mod detail;
pub mod error;
mod headers;
pub mod ids;
pub mod logs;
pub mod proxy;
pub mod reachability;
pub mod retry;
pub mod routes;
pub mod tls;
mod transport;
pub mod types;
pub mod ws;

pub use call::SEGMENT;
pub use client::Client;
pub use config::ClientConfig;
pub use error::{ApiError, ApiErrorKind};
pub use ids::*;
pub use retry::Budget;
pub use types::*;
