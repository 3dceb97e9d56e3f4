//! Workers as they stand in a cluster: their Deployments, whoever made them (the Helm chart, this
//! program, or hands), what these tell the worker, and whether a rollout has come to its end.

mod labels;
mod rollout;
mod usage;
mod view;
mod worker;

pub use labels::selector;
pub use rollout::{Rollout, rollout};
pub use usage::{secrets_of, uses_secret};
pub use view::{Container, Deployment, EnvVar, KeyRef, Meta, PodSpec, PodTemplate};
pub use worker::{Told, WorkerSpec};
