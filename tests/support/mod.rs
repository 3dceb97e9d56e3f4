//! What tests share: the real cluster, namespaces that go with their test, and the built binary in
//! an environment that holds nothing of the machine's.

#![allow(dead_code, reason = "every test program uses another part of it")]

pub mod kube;
pub mod own_cluster;
pub mod piped;
pub mod prefect;
pub mod prefect_server;
pub mod proxy;
pub mod terminal;
pub mod wire;
pub mod worker;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use serde::Deserialize;
use serde_json::Value;

use piped::piped;

/// Names the file in which the test cluster says where it is (`ready.json`).
pub const TEST_CLUSTER: &str = "KUBECTL_PREFECT_TEST_CLUSTER";

/// Names the program of the test cluster, for servers and proxies of a test's own.
pub const TEST_CLUSTER_PROGRAM: &str = "KUBECTL_PREFECT_TEST_CLUSTER_PROGRAM";
/// Names a Python that has prefect and prefect-kubernetes.
pub const TEST_PYTHON: &str = "KUBECTL_PREFECT_TEST_PYTHON";

/// What a variable of the test's environment names.
///
/// # Panics
/// When it is not set.
pub fn named_by(variable: &str) -> PathBuf {
    #[allow(
        clippy::disallowed_methods,
        reason = "tests have no Environment of their own"
    )]
    let Some(path) = std::env::var_os(variable) else {
        panic!("not prepared: run `make test` ({variable} is not set)");
    };
    path.into()
}

/// The real cluster, as it announces itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestCluster {
    /// Kubeconfig of an administrator, by client certificate.
    pub kubeconfig: PathBuf,
    /// Kubeconfig of an authenticated user without rights.
    pub nobody_kubeconfig: PathBuf,
    /// Kubeconfig of an administrator, by token.
    pub token_kubeconfig: Option<PathBuf>,
    /// Address of the API server.
    pub api_server: String,
    /// Address of a Prefect server's API.
    pub prefect_api_url: Option<String>,
    /// `USER:PASSWORD` that the Prefect server asks for.
    pub auth_string: Option<String>,
    /// Audit log of the API server.
    pub audit_log: Option<PathBuf>,
    /// Folder with kubectl and prefect.
    pub bin: Option<PathBuf>,
    /// kubectl.
    pub kubectl: Option<PathBuf>,
}

/// The cluster that this test runs on.
///
/// # Panics
/// When there is none.
pub fn cluster() -> TestCluster {
    let path = named_by(TEST_CLUSTER);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "no test cluster: run `make test` ({}: {error})",
            path.display()
        )
    });
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{} is not of the test cluster: {error}", path.display()))
}

impl TestCluster {
    /// The Prefect API of the test cluster.
    pub fn prefect_api_url(&self) -> &str {
        self.prefect_api_url
            .as_deref()
            .expect("a test cluster with a Prefect server")
    }

    /// Our binary, with the administrator's kubeconfig.
    pub fn command(&self) -> TestCommand {
        TestCommand::new().env("KUBECONFIG", self.kubeconfig.to_str().unwrap())
    }

    /// kubectl as the administrator; its standard output.
    ///
    /// # Panics
    /// When kubectl fails.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.kubectl_with_input(arguments, "")
    }

    /// kubectl as the administrator, with something on standard input; its standard output.
    ///
    /// # Panics
    /// When kubectl fails.
    pub fn kubectl_with_input(&self, arguments: &[&str], input: &str) -> String {
        let program = self.kubectl.clone().unwrap_or_else(|| "kubectl".into());
        let mut command = Command::new(program);
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(arguments);
        let output = piped(command.stderr(Stdio::piped()), input.as_bytes());
        assert!(
            output.status.success(),
            "kubectl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// kubectl as the administrator, with these variables; its standard error when it fails.
    pub fn try_kubectl(
        &self,
        variables: &[(&str, &str)],
        arguments: &[&str],
        input: &str,
    ) -> Result<String, String> {
        let program = self.kubectl.clone().unwrap_or_else(|| "kubectl".into());
        let mut command = Command::new(program);
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(arguments)
            .envs(variables.iter().copied())
            .stderr(Stdio::piped());
        let output = piped(&mut command, input.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(text(&output.stderr)),
        }
    }

    /// A namespace of its own for a test; it is deleted when the guard goes.
    pub fn namespace(&self, purpose: &str) -> TestNamespace {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{purpose}-{}-{number}", std::process::id());
        self.kubectl(&["create", "namespace", &name]);
        TestNamespace {
            name,
            cluster: self.clone(),
        }
    }
}

/// A namespace of one test.
#[derive(Debug)]
pub struct TestNamespace {
    /// Its name.
    pub name: String,
    cluster: TestCluster,
}

impl Drop for TestNamespace {
    fn drop(&mut self) {
        let delete = ["delete", "namespace", &self.name, "--wait=false"];
        if std::thread::panicking() {
            // A second panic would hide the first.
            let _ = std::panic::catch_unwind(|| self.cluster.kubectl(&delete));
        } else {
            self.cluster.kubectl(&delete);
        }
    }
}

/// Our binary, run with a cleared environment and a home folder of its own.
#[derive(Debug)]
pub struct TestCommand {
    home: tempfile::TempDir,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    input: String,
}

impl Default for TestCommand {
    fn default() -> Self {
        Self::new()
    }
}

impl TestCommand {
    /// The binary without arguments.
    pub fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            arguments: Vec::new(),
            variables: Vec::new(),
            input: String::new(),
        }
    }

    /// The path of the binary.
    pub fn program() -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_kubectl-prefect"))
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments, separated by blanks.
    #[must_use]
    pub fn words(mut self, words: &str) -> Self {
        self.arguments
            .extend(words.split_whitespace().map(str::to_owned));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives something on standard input.
    #[must_use]
    pub fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// The process, not yet started, for tests that follow or signal it. The guard's home folder
    /// goes with it.
    pub fn to_process(&self) -> Command {
        let mut command = Command::new(Self::program());
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .current_dir(self.home.path())
            .args(&self.arguments);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self) -> TestOutput {
        let mut process = self.to_process();
        let output = piped(process.stderr(Stdio::piped()), self.input.as_bytes());
        TestOutput {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the binary; its standard output.
    ///
    /// # Panics
    /// When it does not end with 0.
    pub fn success(&self) -> String {
        let output = self.run();
        assert_eq!(
            output.code,
            Some(0),
            "{:?}: {}",
            self.arguments,
            output.stderr
        );
        output.stdout
    }

    /// Runs the binary, which must end with this exit code; what it said.
    pub fn failure(&self, code: i32) -> TestOutput {
        let output = self.run();
        assert_eq!(output.code, Some(code), "{:?}: {output:?}", self.arguments);
        output
    }
}

/// What a run of the binary came to.
#[derive(Debug)]
pub struct TestOutput {
    /// Exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Starts a part of the test cluster of a test's own: the program with these arguments, which says
/// where it is once it is ready.
fn announced(program: &mut Command) -> (Child, Value) {
    let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}
