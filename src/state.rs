//! The folder in which this program keeps what it has to remember from one command to the next.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use crate::{
    env_vars::{Environment, LOCALAPPDATA, XDG_STATE_HOME},
    error::{Error, Result},
};

/// The name of the folder among those of other programs.
const NAME: &str = "kubectl-prefect";

/// The folder. It is made when something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// `$XDG_STATE_HOME/kubectl-prefect`, else `~/.local/state/kubectl-prefect`, and on Windows
    /// `%LOCALAPPDATA%\kubectl-prefect` (XDG Base Directory Specification 0.8).
    ///
    /// # Errors
    /// When there is no home folder.
    pub fn of(env: &Environment) -> Result<Self> {
        let absolute = |name| {
            let path = env.get_non_empty(name).map(Path::new);
            // The specification says to ignore a relative one.
            path.filter(|path| path.is_absolute())
        };
        let folder = absolute(XDG_STATE_HOME)
            .or_else(|| absolute(LOCALAPPDATA))
            .map(Path::to_owned)
            .or_else(|| Some(env.home()?.join(".local/state")));
        folder.map(|folder| Self(folder.join(NAME))).ok_or_else(|| {
            Error::failed("there is no folder to keep files in")
                .cause("neither XDG_STATE_HOME nor HOME is set")
        })
    }

    /// The path of a file in it.
    #[must_use]
    pub fn path(&self, name: &Path) -> PathBuf {
        self.0.join(name)
    }

    /// Reads a file; none: there is no such file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, name: &Path) -> Result<Option<Vec<u8>>> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => {
                Err(Error::failed(format!("failed to read {}", path.display())).because(&error))
            }
        }
    }

    /// Writes a file whole, in place of one that is there. Only its owner may read it.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays.
    pub fn write(&self, name: &Path, content: &[u8]) -> Result<PathBuf> {
        let path = self.path(name);
        let write = || -> io::Result<()> {
            make_parent(&path)?;
            let mut other = path.clone().into_os_string();
            other.push(format!(".{}.tmp", std::process::id()));
            let other = PathBuf::from(other);
            let written = write_to(
                &mut options().create(true).truncate(true).open(&other)?,
                content,
            )
            .and_then(|()| fs::rename(&other, &path));
            if written.is_err() {
                // What cannot be removed is overwritten by the next try.
                let _ = fs::remove_file(&other);
            }
            written
        };
        write().map_err(|error| failed_to_write(&path, &error))?;
        Ok(path)
    }
}

/// Writes a file that must not be there yet. Only its owner may read it. Its folder is made.
///
/// # Errors
/// When it is there, or cannot be written whole; a part of it is taken away again.
pub fn write_new(path: &Path, content: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        make_parent(path)?;
        let mut file = options().create_new(true).open(path)?;
        let written = write_to(&mut file, content);
        if written.is_err() {
            // The failure that matters is told.
            let _ = fs::remove_file(path);
        }
        written
    };
    write().map_err(|error| failed_to_write(path, &error))
}

fn failed_to_write(path: &Path, error: &io::Error) -> Error {
    Error::failed(format!("failed to write {}", path.display())).because(error)
}

fn write_to(file: &mut fs::File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()
}

fn make_parent(path: &Path) -> io::Result<()> {
    let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(parent)
}

fn options() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().copied().collect()
    }

    #[test]
    fn the_folder_is_where_others_keep_theirs() {
        for (variables, expected) in [
            (
                &[("HOME", "/h")][..],
                Some("/h/.local/state/kubectl-prefect"),
            ),
            (
                &[("HOME", "/h"), ("XDG_STATE_HOME", "/s")],
                Some("/s/kubectl-prefect"),
            ),
            (
                &[("HOME", "/h"), ("XDG_STATE_HOME", "s")],
                Some("/h/.local/state/kubectl-prefect"),
            ),
            (&[], None),
        ] {
            let folder = StateFolder::of(&environment(variables)).ok();
            assert_eq!(folder, expected.map(|path| StateFolder(path.into())));
        }
    }

    #[test]
    fn files_are_written_whole_and_for_their_owner() {
        let home = tempfile::tempdir().unwrap();
        let folder = StateFolder(home.path().join("a"));
        let name = Path::new("b/c.json");
        assert_eq!(folder.read(name), Ok(None));
        folder.write(name, b"1").unwrap();
        let path = folder.write(name, b"2").unwrap();
        assert_eq!(folder.read(name), Ok(Some(b"2".to_vec())));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
        }
        let new = home.path().join("x/new.json");
        write_new(&new, b"1").unwrap();
        let error = write_new(&new, b"2").unwrap_err();
        assert!(error.causes[0].contains("exists"), "{error:?}");
        assert_eq!(fs::read(&new).unwrap(), b"1");
    }
}
