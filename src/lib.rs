//! `kubectl prefect`: Prefect 3 work pools on Kubernetes, from one binary.
//!
//! Arrows point one way: [`cli`] and [`check`] call [`base_template`], [`pools`], [`template`],
//! [`install`], [`report`], [`worker`], [`secret`], [`deployed`] and [`records`], which call
//! [`prefect`] and [`k8s`]; both count their [`requests`]. Only [`ui`] prints, only [`env_vars`]
//! reads the environment, only `main` exits.

pub mod base_template;
pub mod check;
pub mod cli;
pub mod deployed;
pub mod env_vars;
pub mod error;
pub mod install;
pub mod k8s;
pub mod no_proxy;
pub mod pools;
pub mod prefect;
pub mod records;
pub mod report;
pub mod requests;
pub mod secret;
pub mod settings;
pub mod state;
pub mod suggest;
pub mod template;
pub mod this_build;
pub mod ui;
pub mod worker;
