//! The worker's resources in a cluster: values as the Helm chart has them, and what they render.
//!
//! [`values`] reads, checks and explains values, [`render`] makes the Kubernetes objects of them,
//! [`expression`] evaluates the template expressions that values may hold. All of that is offline.
//! [`plan`] compares objects with a cluster, [`preflight`] looks at what an installation needs,
//! [`apply`] carries a plan out, [`adopt`] takes a release over from Helm, [`wait`] until the worker works; [`release`] is what the cluster
//! remembers. Rules are those of the prefect-worker chart; a comment says where we go another way.

pub mod adopt;
pub mod apply;
pub mod diff;
pub mod expression;
pub mod fetch;
pub mod health;
pub mod plan;
pub mod preflight;
pub mod release;
pub mod removal;
pub mod render;
#[cfg(test)]
mod robustness;
pub mod tree;
pub mod values;
pub mod wait;
pub mod yaml;
