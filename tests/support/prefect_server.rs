//! A Prefect server of a test's own.

use std::process::{Child, Command, Stdio};

use super::{TEST_CLUSTER_PROGRAM, TEST_PYTHON, announced, named_by};

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct PrefectServer {
    child: Child,
    /// URL of its API.
    pub url: String,
    _folder: tempfile::TempDir,
}

/// Starts a server that asks for `USER:PASSWORD`. Takes ten seconds.
pub fn start(auth_string: &str) -> PrefectServer {
    launch(&["--auth-string", auth_string], &[])
}

/// Starts a server with these settings (`PREFECT_SERVER_*`). Takes ten seconds.
pub fn start_with(settings: &[(&str, &str)]) -> PrefectServer {
    launch(&[], settings)
}

fn launch(arguments: &[&str], settings: &[(&str, &str)]) -> PrefectServer {
    let folder = tempfile::tempdir().unwrap();
    // The server reads the profile of its home.
    let home = folder.path().join("prefect");
    std::fs::create_dir(&home).unwrap();
    let mut profile = "active = 'test'\n[profiles.test]\n".to_owned();
    for (name, value) in settings {
        profile.push_str(&format!("{name} = '{value}'\n"));
    }
    std::fs::write(home.join("profiles.toml"), profile).unwrap();
    let python = named_by(TEST_PYTHON);
    let venv = python.parent().unwrap().parent().unwrap();
    let (child, ready) = announced(
        Command::new(named_by(TEST_CLUSTER_PROGRAM))
            .args(["prefect-server", "--exit-with-parent"])
            .args(arguments)
            .arg("--dir")
            .arg(folder.path())
            .arg("--venv")
            .arg(venv)
            .stdin(Stdio::null())
            .stderr(Stdio::null()),
    );
    let url = ready["prefectApiUrl"].as_str().unwrap().to_owned();
    PrefectServer {
        child,
        url,
        _folder: folder,
    }
}

impl Drop for PrefectServer {
    fn drop(&mut self) {
        // Its own children go with it: SIGTERM is what it is told by.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", "TERM", &pid]).status();
        let _ = self.child.wait();
    }
}
