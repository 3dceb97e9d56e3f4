//! `kubectl prefect`: captures the process's surroundings and hands over to the command line.

use std::{path::Path, process::ExitCode};

use kubectl_prefect::{cli, env_vars::Environment};

/// musl's own allocator makes the program take almost twice the CPU. Here it gives memory in large
/// blocks only, and takes them back. One thread does nearly all of the work, so the lock need not
/// sleep: whoever finds it held lets the holder run.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: talc::TalcLock<
    spin::mutex::SpinMutex<(), spin::Yield>,
    talc::source::GlobalAllocSource<std::alloc::System>,
> = talc::TalcLock::new(talc::source::GlobalAllocSource::with_block_size(
    std::alloc::System,
    256 << 10,
));

/// The name by which kubectl asks what fits behind `kubectl prefect`.
const COMPLETE: &str = "kubectl_complete-prefect";

fn main() -> ExitCode {
    let environment = Environment::of_process();
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    if Path::new(&name)
        .file_stem()
        .is_some_and(|stem| stem == COMPLETE)
    {
        let words = words.map(|word| word.to_string_lossy().into_owned());
        return cli::complete(words.collect(), environment);
    }
    cli::main(std::iter::once(name).chain(words), environment)
}
