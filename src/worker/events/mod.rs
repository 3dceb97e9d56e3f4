//! Events: what the worker does with runs, and what befalls their pods, told to Prefect in the
//! words of Prefect's own worker (`prefect/workers/base.py`) and observer
//! (`prefect_kubernetes/observer.py`), which automations match on.
//!
//! How events reach the server is the business of [`crate::prefect::ws`].

mod catch_up;
mod pod;
mod related;
mod replica;
mod told;
mod worker;

pub use catch_up::CatchUp;
pub use related::OWN_VERSION;
pub use replica::{Replica, Replicated};
pub use worker::{Submitted, WorkerEvents};
