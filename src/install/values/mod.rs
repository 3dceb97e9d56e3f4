//! Values: from files and flags to one checked whole, and what can be told of them.
//!
//! [`given`] reads what the user says, in Helm's order of precedence; [`old_names`] moves what older
//! charts called otherwise; [`check`] compares with the schema that [`schema`] makes of [`model`];
//! [`resolve`] lays all of it over the defaults.

pub mod changes;
pub mod check;
pub mod given;
pub mod model;
pub mod native;
pub mod old_names;
mod reference;
mod resolve;
pub mod schema;
mod set;

pub use given::{Given, Request};
pub use model::Values;
pub use reference::{default_values, reference};
pub use resolve::{Findings, Resolved, inspect, refuse, resolve};
