//! What every command takes: the connections to Kubernetes and Prefect, and how to speak.

use clap::Args;

use super::kube_args::KubeArgs;
use super::prefect_args::PrefectArgs;
use crate::{
    env_vars::Environment,
    ui::{ColorChoice, Ui},
};

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct GlobalArgs {
    /// The connection to Kubernetes.
    #[command(flatten)]
    pub kube: KubeArgs,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Output"
    )]
    pub color: ColorChoice,
    /// The connection to Prefect.
    #[command(flatten)]
    pub prefect: PrefectArgs,
}

/// What a command has at hand: its connections' flags, the environment, the terminal.
#[derive(Debug)]
pub struct Session {
    /// Flags that every command takes.
    pub global: GlobalArgs,
    /// The environment of the process.
    pub env: Environment,
    /// The terminal.
    pub ui: Ui,
}

impl Session {
    /// A session for one command.
    #[must_use]
    pub const fn new(global: GlobalArgs, env: Environment, ui: Ui) -> Self {
        Self { global, env, ui }
    }
}
