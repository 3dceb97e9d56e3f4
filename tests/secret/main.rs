//! `kubectl prefect secret` as a user runs it: on the real cluster, on real Prefect servers, and on a
//! Prefect Cloud that is played.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod cloud;
mod cloud_tests;
mod create;
mod input;
mod others;
mod prompt;
mod rotate;
#[path = "../support/mod.rs"]
mod support;
