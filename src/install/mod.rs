//! The worker's resources in a cluster: values as the Helm chart has them, and what they render.
//!
//! [`values`] reads, checks and explains values. All of it is offline. Rules are those of the
//! prefect-worker chart; a comment says where we go another way.

pub mod tree;
pub mod values;
pub mod yaml;
