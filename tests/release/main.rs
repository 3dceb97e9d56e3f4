//! `install`, `upgrade` and `diff` on a real cluster with a real Prefect server. Each test has a
//! namespace and a work pool of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod adopt;
mod broken_off;
mod lifecycle;
mod like_helm;
mod manners;
mod native;
mod obstacles;
mod refusals;
mod removal;
mod several;
mod stage;
mod status;
#[path = "../support/mod.rs"]
mod support;
mod verify;
mod works;
