//! `kubectl prefect`: captures the process's surroundings and hands over to the command line.

use std::process::ExitCode;

use kubectl_prefect::{cli, env_vars::Environment};

fn main() -> ExitCode {
    cli::main(std::env::args_os(), Environment::of_process())
}
