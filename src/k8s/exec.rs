//! Runs a credential plugin of the kubeconfig (`exec`) and reads what it gives.
//!
//! kube can do this too, but it runs the plugin three times a client, never again after a 401, and
//! hands it the terminal where kubectl does not; so it is done here by client-go's rules
//! (<https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>).

use std::{
    io::{self, IsTerminal},
    process::{Output, Stdio},
    time::Duration,
};

use http::HeaderValue;
use jiff::Timestamp;
use kube::config::{ExecConfig, ExecInteractiveMode};
#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    time::timeout,
};

use super::authentication::bearer;
use crate::error::{Error, Result};

/// How long a plugin may take that has nobody to ask: it asks a server. kubectl would wait for ever.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same where somebody may be logging in, here or in a browser. kubelogin itself waits for a
/// browser for three minutes (`--authentication-timeout-sec`).
const PATIENCE_WITH_PEOPLE: Duration = Duration::from_secs(600);

/// What a plugin gave.
#[derive(Debug, Clone)]
pub(super) struct Issued {
    /// A bearer token as a header.
    pub header: Option<HeaderValue>,
    /// A client certificate and its key, both PEM.
    pub identity: Option<Identity>,
    /// When to ask again; without it, when the API server refuses us.
    pub expires: Option<Timestamp>,
}

/// A client certificate and its key, both PEM.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub certificate: String,
    pub key: SecretString,
}

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<SecretText>,
    client_certificate_data: Option<String>,
    client_key_data: Option<SecretText>,
    expiration_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct SecretText(String);

/// Runs the plugin to its end, which may take as long as a person logs in. One that does not end
/// in time is killed.
///
/// # Errors
/// A plugin that cannot be run, hangs, fails, or answers something else than credentials.
pub(super) async fn run(plugin: &ExecConfig) -> Result<Issued> {
    let people = io::stdin().is_terminal() || io::stderr().is_terminal();
    let patience = if people {
        PATIENCE_WITH_PEOPLE
    } else {
        PATIENCE
    };
    run_within(plugin, patience, !people).await
}

/// Runs the plugin within a time, alone or side by side with this program on its terminal.
async fn run_within(plugin: &ExecConfig, patience: Duration, alone: bool) -> Result<Issued> {
    let Some(program) = plugin
        .command
        .as_deref()
        .filter(|command| !command.is_empty())
    else {
        return Err(Error::usage(
            "the kubeconfig user's credential plugin has no command",
        ));
    };
    let terminal = io::stdin().is_terminal();
    let interactive = match plugin.interactive_mode {
        Some(ExecInteractiveMode::Never) => false,
        Some(ExecInteractiveMode::Always) if !terminal => {
            return Err(refused(program)
                .cause("it wants to ask questions, and standard input is not a terminal"));
        }
        _ => terminal,
    };
    let mut command = command(plugin, program, interactive)?;
    #[cfg(unix)]
    if alone {
        // What it starts can be ended with it. On a terminal it would no longer hear of Ctrl-C.
        command.process_group(0);
    }
    let child = command
        .spawn()
        .map_err(|error| not_started(plugin, program, &error))?;
    let running = Running { child, alone };
    let Some(output) = running.output(patience).await else {
        let error = refused(program).cause(format!(
            "it did not end within {} s and was killed",
            patience.as_secs_f64()
        ));
        return Err(with_install_hint(error, plugin));
    };
    let output = output.map_err(|error| refused(program).because(&error))?;
    if !output.status.success() {
        // What it has to say it said on stderr, which is the terminal's.
        let error = refused(program).cause(format!("it ended with {}", output.status));
        return Err(with_install_hint(error, plugin));
    }
    parse(&output.stdout).map_err(|cause| refused(program).cause(cause))
}

/// A plugin that runs.
struct Running {
    child: Child,
    /// It is not on a terminal, where it would hear of Ctrl-C: when this program ends, it ends it.
    alone: bool,
}

impl Running {
    /// What it has said when it ended; `None` when it had to be killed.
    async fn output(mut self, patience: Duration) -> Option<io::Result<Output>> {
        let pipe = self.child.stdout.take();
        let ended = async {
            let mut stdout = Vec::new();
            if let Some(mut pipe) = pipe {
                pipe.read_to_end(&mut stdout).await?;
            }
            Ok(Output {
                status: self.child.wait().await?,
                stdout,
                stderr: Vec::new(),
            })
        };
        let output = timeout(patience, ended).await.ok();
        if output.is_none() {
            self.kill();
        }
        output
    }

    /// Kills it, with what it has started if it is alone. That nothing is left of it is as good.
    fn kill(&mut self) {
        #[cfg(unix)]
        if self.alone
            && let Some(group) = self
                .child
                .id()
                .and_then(|id| Pid::from_raw(id.cast_signed()))
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.start_kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.alone {
            self.kill();
        }
    }
}

fn command(plugin: &ExecConfig, program: &str, interactive: bool) -> Result<Command> {
    let info = serde_json::json!({
        "apiVersion": plugin.api_version,
        "kind": "ExecCredential",
        "spec": {
            "interactive": interactive,
            "cluster": plugin.cluster,
        },
    });
    let mut command = Command::new(program);
    command
        .args(plugin.args.iter().flatten())
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .stdin(if interactive {
            Stdio::inherit()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    for variable in plugin.env.iter().flatten() {
        match (variable.get("name"), variable.get("value")) {
            (Some(name), Some(value)) => {
                command.env(name, value);
            }
            _ => {
                return Err(refused(program).cause("a variable of its env lacks its name or value"));
            }
        }
    }
    Ok(command)
}

/// Reads the plugin's answer, which is JSON, or YAML from some.
fn parse(stdout: &[u8]) -> Result<Issued, String> {
    // Errors of the parser could quote the answer, and with it the credential.
    let answer: ExecCredential = serde_saphyr::from_slice(stdout)
        .map_err(|_| "its answer is not an ExecCredential".to_owned())?;
    let status = answer.status.ok_or("its answer has no status")?;
    let identity = match (status.client_certificate_data, status.client_key_data) {
        (Some(certificate), Some(key)) => Some(Identity {
            certificate,
            key: SecretString::from(key.0),
        }),
        (None, None) => None,
        _ => return Err("it gave a client certificate or key without the other".to_owned()),
    };
    let header = match status.token.filter(|token| !token.0.is_empty()) {
        Some(token) => Some(bearer(&token.0).map_err(|error| error.message)?),
        None => None,
    };
    if header.is_none() && identity.is_none() {
        return Err("it gave neither a token nor a client certificate".to_owned());
    }
    let expires = match status.expiration_timestamp {
        Some(text) => Some(
            text.parse()
                .map_err(|_| format!("its expirationTimestamp {text:?} is no time"))?,
        ),
        None => None,
    };
    Ok(Issued {
        header,
        identity,
        expires,
    })
}

fn refused(program: &str) -> Error {
    Error::unreachable(format!("credential plugin {program} gave no credentials"))
}

fn not_started(plugin: &ExecConfig, program: &str, error: &io::Error) -> Error {
    let failure = Error::unreachable(format!("failed to run credential plugin {program}"));
    if error.kind() == io::ErrorKind::NotFound {
        let failure = failure.cause("there is no such program on PATH");
        with_install_hint(failure, plugin)
    } else {
        failure.cause(error.to_string())
    }
}

/// Adds what the kubeconfig says about getting the plugin, without what could steer a terminal.
fn with_install_hint(error: Error, plugin: &ExecConfig) -> Error {
    match plugin.install_hint.as_deref().map(str::trim) {
        Some(hint) if !hint.is_empty() => {
            let hint: String = hint
                .chars()
                .filter(|c| *c == '\n' || !c.is_control())
                .collect();
            error.hint(hint)
        }
        _ => error
            .hint("run it by hand to see what it says, or log in again with your provider's tool"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> ExecConfig {
        ExecConfig {
            api_version: Some("client.authentication.k8s.io/v1".to_owned()),
            command: Some("sh".to_owned()),
            args: Some(vec!["-c".to_owned(), script.to_owned()]),
            interactive_mode: Some(ExecInteractiveMode::Never),
            ..ExecConfig::default()
        }
    }

    #[tokio::test]
    async fn answers_are_json_or_yaml() {
        for script in [
            r#"echo '{"status":{"token":"t1","expirationTimestamp":"2030-01-01T00:00:00Z"}}'"#,
            "printf 'status:\\n  token: t1\\n  expirationTimestamp: \"2030-01-01T00:00:00Z\"\\n'",
        ] {
            let issued = run(&shell(script)).await.unwrap();
            assert_eq!(issued.header.unwrap(), "Bearer t1", "{script}");
            assert_eq!(issued.expires.unwrap().to_string(), "2030-01-01T00:00:00Z");
        }
        let issued = run(&shell(
            r#"echo '{"status":{"clientCertificateData":"c","clientKeyData":"k"}}'"#,
        ))
        .await
        .unwrap();
        assert_eq!(issued.identity.unwrap().certificate, "c");
        assert_eq!(issued.expires, None);
    }

    #[tokio::test]
    async fn the_plugin_is_told_what_is_wanted() {
        let mut plugin = shell(
            r#"test "$COLOUR" = red || exit 3
               case "$KUBERNETES_EXEC_INFO" in
                 *'"apiVersion":"client.authentication.k8s.io/v1"'*'"interactive":false'*) ;;
                 *) exit 4;;
               esac
               echo '{"status":{"token":"t"}}'"#,
        );
        plugin.env = Some(vec![
            [("name", "COLOUR"), ("value", "red")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        ]);
        assert!(run(&plugin).await.unwrap().header.is_some());
    }

    #[tokio::test]
    async fn failures_have_a_face_and_show_no_credential() {
        for (script, why) in [
            ("exit 7", "ended with exit status: 7"),
            ("echo s3cr3t", "not an ExecCredential"),
            ("echo '{}'", "no status"),
            (r#"echo '{"status":{}}'"#, "neither a token nor"),
            (
                r#"echo '{"status":{"clientKeyData":"s3cr3t"}}'"#,
                "without the other",
            ),
            (
                r#"echo '{"status":{"token":"s3cr3t","expirationTimestamp":"soon"}}'"#,
                "is no time",
            ),
        ] {
            let error = run(&shell(script)).await.unwrap_err();
            assert_eq!(error.kind.exit_code(), 3, "{script}");
            assert!(error.one_line().contains(why), "{script}: {error:?}");
            assert!(
                !format!("{error:?}").contains("s3cr3t"),
                "{script}: {error:?}"
            );
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_plugin_that_hangs_is_killed_with_what_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("alive");
        std::fs::write(&file, "").unwrap();
        // Its child holds its output open, and writes as long as it lives: for a while.
        let script = format!(
            "for _ in $(seq 100); do sleep 0.05; echo >>{}; done & wait",
            file.display()
        );
        for (script, alone) in [(script.as_str(), true), ("exec sleep 30", false)] {
            let plugin = shell(script);
            let begun = std::time::Instant::now();
            let ended = run_within(&plugin, Duration::from_millis(300), alone).await;
            let error = ended.unwrap_err();
            assert!(begun.elapsed() < Duration::from_secs(4), "{script}");
            let why = "it did not end within 0.3 s and was killed";
            assert_eq!(error.causes, [why], "{script}");
            assert_eq!(error.kind.exit_code(), 3);
            assert!(error.hints[0].contains("run it by hand"), "{error:?}");
        }
        let size = || std::fs::metadata(&file).unwrap().len();
        let before = size();
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(size(), before);
    }

    #[tokio::test]
    async fn a_missing_plugin_says_how_to_get_it() {
        let plugin = ExecConfig {
            command: Some("no-such-plugin-anywhere".to_owned()),
            install_hint: Some("brew install\x1b[31m it\n".to_owned()),
            ..ExecConfig::default()
        };
        let error = run(&plugin).await.unwrap_err();
        assert_eq!(error.causes, ["there is no such program on PATH"]);
        assert_eq!(error.hints, ["brew install[31m it"]);
    }
}
