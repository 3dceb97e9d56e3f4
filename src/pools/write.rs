//! Gives a pool another template. The API has no condition for it, so the pool is read right before
//! and right after.

use std::{cell::RefCell, path::PathBuf};

use super::{Backup, Pool, failed_to_read, read};
use crate::{
    base_template::{Template, diff},
    error::{Error, Kind, Result},
    prefect::{Client, NewWorkPool, WorkPoolName, WorkPoolUpdate},
};

/// What is to be done.
#[derive(Debug)]
pub struct Change<'a> {
    /// The pool as it was when the change was agreed to.
    pub pool: &'a Pool,
    /// The template to give it.
    pub template: &'a Template,
    /// Where its present template goes.
    pub backup: &'a Backup,
    /// Go on when somebody else changed the template since.
    pub force: bool,
    /// Told how far it has come.
    pub progress: &'a Progress,
}

/// Whether a template is being written at this moment: for who interrupts.
#[derive(Debug, Default)]
pub struct Progress(RefCell<Option<Writing>>);

#[derive(Debug)]
struct Writing {
    pool: WorkPoolName,
    backup: Option<PathBuf>,
}

impl Progress {
    /// What an interruption left open, if it came in the middle of a write.
    #[must_use]
    pub fn explain(&self, error: Error) -> Error {
        match &*self.0.borrow() {
            Some(Writing { pool, backup }) if error.kind == Kind::Interrupted => {
                let error = Error::new(
                    Kind::Interrupted,
                    format!(
                        "Interrupted: work pool {:?} may have the new template already.",
                        pool.0
                    ),
                );
                match backup {
                    Some(path) => error.hint(format!("The one before is in {}.", path.display())),
                    None => error,
                }
            }
            _ => error,
        }
    }
}

/// What was done.
#[derive(Debug)]
pub struct Written {
    /// The pool with its new template.
    pub pool: Pool,
    /// The file with the template before.
    pub backup: Option<PathBuf>,
}

/// Writes a template.
///
/// # Errors
/// When the template has changed since the pool was read; when it cannot be saved first; when the
/// server refuses the new one. In all these cases the pool is left as it is.
pub async fn write(prefect: &Client, change: &Change<'_>) -> Result<Written> {
    let name = &change.pool.name;
    let now = read(prefect, name).await?;
    let is_as_agreed = now.id == change.pool.id && is_same(&now.template, &change.pool.template);
    if !is_as_agreed && !change.force {
        return Err(Error::failed(format!(
            "the template of work pool {:?} has just been changed by somebody else",
            name.0
        ))
        .cause("it is not what it was a moment ago, and nothing was written")
        .hint("Look at it again, or say --force to overwrite it."));
    }
    let backup = change.backup.save(&now)?;
    let update = WorkPoolUpdate {
        base_job_template: Some(change.template.members().clone()),
        ..WorkPoolUpdate::default()
    };
    change.progress.0.replace(Some(Writing {
        pool: name.clone(),
        backup: backup.clone(),
    }));
    let answer = prefect.update_work_pool(name, &update).await;
    change.progress.0.replace(None);
    if let Err(error) = answer {
        let message = format!("failed to write the template of work pool {:?}", name.0);
        let is_open = error.may_be_done;
        let error = error.context(message);
        return Err(match backup {
            Some(path) if is_open => error.hint(format!(
                "It may have been written all the same; the one before is in {}.",
                path.display()
            )),
            Some(path) => {
                // It is what the pool still has.
                let _ = std::fs::remove_file(path);
                error
            }
            None => error,
        });
    }
    let pool = prefect.read_work_pool(name).await;
    let pool: Pool = pool.map_err(|error| failed_to_read(name, error))?.into();
    if is_same(&pool.template, change.template) {
        return Ok(Written { pool, backup });
    }
    let error = Error::failed(format!(
        "the template of work pool {:?} is not what was written",
        name.0
    ))
    .cause("somebody else wrote another one at the same moment");
    Err(match backup {
        Some(path) => error.hint(format!("The one before both is in {}.", path.display())),
        None => error,
    })
}

/// Makes a pool with a template.
///
/// # Errors
/// When the server refuses it, or there is one of that name by now.
pub async fn create(
    prefect: &Client,
    name: &WorkPoolName,
    kind: &str,
    template: &Template,
) -> Result<Pool> {
    let pool = NewWorkPool {
        name: name.clone(),
        kind: kind.to_owned(),
        base_job_template: Some(template.members().clone()),
        description: None,
        concurrency_limit: None,
    };
    let made = prefect.create_work_pool(&pool).await;
    made.map(Pool::from)
        .map_err(|error| error.context(format!("failed to make work pool {:?}", name.0)))
}

fn is_same(one: &Template, other: &Template) -> bool {
    one == other || diff(&one.to_value(), &other.to_value()).is_empty()
}
