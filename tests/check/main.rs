//! `kubectl prefect check` as a user runs it: on the real cluster and real Prefect servers, with one
//! thing after the other broken.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

#[path = "../secret/cloud.rs"]
#[allow(dead_code, reason = "shared with the tests of secret")]
mod cloud;
mod connections;
mod installed;
mod jobs;
mod planned;
mod pool;
mod skew;
mod stage;
#[path = "../support/mod.rs"]
mod support;
