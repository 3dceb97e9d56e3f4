//! The worker's resources in a cluster: values as the Helm chart has them, and what they render.
//!
//! [`values`] reads, checks and explains values, [`render`] makes the Kubernetes objects of them,
//! [`expression`] evaluates the template expressions that values may hold. All of it is offline.
//! Rules are those of the prefect-worker chart; a comment says where we go another way.

pub mod expression;
pub mod fetch;
pub mod render;
#[cfg(test)]
mod robustness;
pub mod tree;
pub mod values;
pub mod yaml;
