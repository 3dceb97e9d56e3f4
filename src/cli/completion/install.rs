//! The link by which kubectl finds our answers: `kubectl_complete-prefect` on PATH.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    cli::Session,
    env_vars::Environment,
    error::{Error, Result},
};

/// What kubectl looks for.
const LINK: &str = if cfg!(windows) {
    "kubectl_complete-prefect.exe"
} else {
    "kubectl_complete-prefect"
};
/// What it is a link to.
const PROGRAM: &str = if cfg!(windows) {
    "kubectl-prefect.exe"
} else {
    "kubectl-prefect"
};

/// Puts the link beside the program.
pub fn install(dir: Option<&Path>, session: &Session) -> Result<()> {
    let program = program(&session.env)?;
    let dir = match dir {
        Some(dir) => dir,
        None => program.parent().unwrap_or(Path::new(".")),
    };
    let link = dir.join(LINK);
    if leads_to(&link, &program) {
        session
            .ui
            .say(&format!("{} is in place already", link.display()));
    } else {
        if link.symlink_metadata().is_ok() && !is_ours(&link) {
            return Err(
                Error::failed(format!("{} is something else", link.display()))
                    .hint("Move it away, or name another folder on PATH with --dir."),
            );
        }
        make(&program, &link).map_err(|error| {
            Error::failed(format!("failed to create {}", link.display()))
                .because(&error)
                .hint("Name a folder on PATH that you may write to with --dir.")
        })?;
        session.ui.say(&match cfg!(windows) {
            // It is no link there, and does not follow.
            true => format!(
                "copied {} to {}; after an upgrade, do it again",
                program.display(),
                link.display()
            ),
            false => format!("linked {} to {}", link.display(), program.display()),
        });
    }
    if !folders(&session.env).any(|folder| folder == dir) {
        session.ui.warn(&format!(
            "{} is not on PATH: kubectl will not find it there",
            dir.display()
        ));
    }
    session.ui.say(
        "Tab works behind `kubectl prefect` in every shell where kubectl's own completion does \
         (kubectl completion --help). Undo: kubectl prefect completion uninstall",
    );
    Ok(())
}

/// Takes it away.
pub fn uninstall(dir: Option<&Path>, session: &Session) -> Result<()> {
    let link = match dir {
        Some(dir) => Some(dir.join(LINK)),
        None => folders(&session.env)
            .map(|folder| folder.join(LINK))
            .find(|link| link.symlink_metadata().is_ok()),
    };
    let Some(link) = link.filter(|link| link.symlink_metadata().is_ok()) else {
        session.ui.say(&format!("there is no {LINK} to remove"));
        return Ok(());
    };
    if !is_ours(&link) {
        return Err(
            Error::failed(format!("{} is not a link to {PROGRAM}", link.display()))
                .hint("It was not made by this program, which leaves it alone."),
        );
    }
    fs::remove_file(&link).map_err(|error| {
        Error::failed(format!("failed to remove {}", link.display())).because(&error)
    })?;
    session.ui.say(&format!("removed {}", link.display()));
    Ok(())
}

/// The program as PATH has it, so that the link outlives upgrades; else the one that runs.
fn program(env: &Environment) -> Result<PathBuf> {
    if let Some(found) = folders(env)
        .map(|folder| folder.join(PROGRAM))
        .find(|path| path.is_file())
    {
        return Ok(found);
    }
    std::env::current_exe()
        .map_err(|error| Error::failed("failed to find this program's own file").because(&error))
}

fn folders(env: &Environment) -> impl Iterator<Item = PathBuf> {
    let path = env.get("PATH").unwrap_or_default().to_owned();
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect();
    folders.into_iter()
}

#[cfg(unix)]
fn make(program: &Path, link: &Path) -> io::Result<()> {
    if link.symlink_metadata().is_ok() {
        fs::remove_file(link)?;
    }
    std::os::unix::fs::symlink(program, link)
}

#[cfg(not(unix))]
fn make(program: &Path, link: &Path) -> io::Result<()> {
    fs::copy(program, link).map(drop)
}

/// Whether a link leads to this program already.
fn leads_to(link: &Path, program: &Path) -> bool {
    fs::read_link(link).is_ok_and(|target| target == program)
}

/// Whether it is a link to some kubectl-prefect; on Windows, where it is a copy, any file is.
fn is_ours(link: &Path) -> bool {
    if cfg!(windows) {
        return link.is_file();
    }
    fs::read_link(link).is_ok_and(|target| target.file_name().is_some_and(|name| name == PROGRAM))
}
