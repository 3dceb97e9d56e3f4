//! What every command takes: the connections to Kubernetes and Prefect, and how to speak.

use clap::Args;

use super::kube_args::KubeArgs;
use super::prefect_args::PrefectArgs;
use crate::{
    env_vars::Environment,
    error::Kind,
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
    /// The exit codes of a command whose success has more than one.
    pub codes: Codes,
}

/// Exit codes, where they are not those of [`crate::error::Kind`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Codes {
    /// That of success: 1 when a comparison has found differences.
    pub success: u8,
    /// That of a failure that would have 1, where 1 means something else.
    pub failed: Option<u8>,
}

impl Codes {
    /// Those of a comparison before it has found anything, as kubectl diff has them: a failure is
    /// above 1.
    pub const COMPARISON: Self = Self {
        success: 0,
        failed: Some(2),
    };

    /// The exit code of a failure.
    #[must_use]
    pub fn of_failure(self, kind: Kind) -> u8 {
        match (kind, self.failed) {
            (Kind::Failed, Some(code)) => code,
            _ => kind.exit_code(),
        }
    }
}

impl Session {
    /// A session for one command.
    #[must_use]
    pub const fn new(global: GlobalArgs, env: Environment, ui: Ui) -> Self {
        Self {
            global,
            env,
            ui,
            codes: Codes {
                success: 0,
                failed: None,
            },
        }
    }
}
