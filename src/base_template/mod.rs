//! Base job templates as people work on them: read and written, compared, merged, judged.
//!
//! Synchronous functions over plain data. What a worker makes of a template is [`crate::template`]'s;
//! fetching and sending templates is the command line's.

pub mod diff;
pub mod document;
pub mod example;
mod json;
pub mod lint;
pub mod merge;
mod namespace;
pub mod origin;
pub mod path;
pub mod releases;
#[cfg(test)]
mod robustness;
pub mod schema;
mod walk;

pub use diff::{Difference, diff};
pub use document::{Document, Template};
pub use namespace::{default_namespace, with_namespace};
pub use path::Path;
