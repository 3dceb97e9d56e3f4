use std::fs;

use kube::config::ExecConfig;

use super::*;
use crate::env_vars::KUBECONFIG;

/// A self-signed certificate; nothing is verified with it here.
pub(super) const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

const FILE: &str = r#"
apiVersion: v1
kind: Config
current-context: one
contexts:
- {name: one, context: {cluster: alpha, user: admin, namespace: team-a}}
- {name: two, context: {cluster: beta, user: cert}}
- {name: astray, context: {cluster: gone, user: admin}}
- {name: bare, context: {cluster: empty, user: admin}}
- {name: plain, context: {cluster: http, user: admin}}
clusters:
- {name: alpha, cluster: {server: 'https://alpha:6443', certificate-authority: ca.pem, tls-server-name: alpha.internal}}
- {name: beta, cluster: {server: 'https://beta/k8s/clusters/c-1', proxy-url: 'socks5://p:1'}}
- {name: empty, cluster: {}}
- {name: http, cluster: {server: 'http://plain:8080'}}
users:
- {name: admin, user: {token: t-admin}}
- {name: cert, user: {client-certificate: ca.pem, client-key: ca.pem, exec: {command: never}}}
- {name: plugin, user: {exec: {command: ./bin/login, apiVersion: client.authentication.k8s.io/v1}}}
- {name: half, user: {client-certificate: ca.pem}}
- {name: old, user: {auth-provider: {name: azure, config: {}}}}
"#;

pub(super) struct Case {
    pub(super) folder: tempfile::TempDir,
}

impl Case {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config"), FILE).unwrap();
        fs::write(folder.path().join("ca.pem"), PEM).unwrap();
        Self { folder }
    }

    fn env(&self) -> Environment {
        let path = self.folder.path().join("config");
        Environment::from_iter([(KUBECONFIG, path.to_str().unwrap())])
    }

    fn resolve(&self, overrides: &Overrides) -> Result<Target> {
        resolve_in(overrides, &self.env(), Path::new("/nowhere"))
    }

    fn error(&self, overrides: &Overrides) -> String {
        let error = self.resolve(overrides).unwrap_err();
        assert_eq!(error.kind.exit_code(), 2, "{error:?}");
        format!("{} | {}", error.one_line(), error.hints.join(" | "))
    }
}

pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(super) fn header(target: &Target) -> Option<&str> {
    match &target.credential {
        Credential::Header(value) => value.to_str().ok(),
        _ => None,
    }
}

#[test]
fn the_current_context_counts() {
    let target = Case::new().resolve(&Overrides::default()).unwrap();
    assert_eq!(target.server, "https://alpha:6443/");
    assert_eq!(target.context.as_deref(), Some("one"));
    assert_eq!(target.namespace, "team-a");
    assert_eq!(
        target.config.tls_server_name.as_deref(),
        Some("alpha.internal")
    );
    assert_eq!(target.config.root_cert.as_ref().map(Vec::len), Some(1));
    assert_eq!(header(&target), Some("Bearer t-admin"));
}

#[test]
fn flags_choose_among_the_entries() {
    let case = Case::new();
    let two = case
        .resolve(&Overrides {
            context: some("two"),
            ..Overrides::default()
        })
        .unwrap();
    assert_eq!(two.server, "https://beta/k8s/clusters/c-1");
    assert_eq!(two.namespace, "default");
    assert_eq!(
        two.config
            .proxy_url
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("socks5://p:1/")
    );
    // A client certificate leaves the plugin out.
    assert!(matches!(two.credential, Credential::Anonymous));
    assert!(two.config.auth_info.client_key_data.is_some());
    let mixed = case
        .resolve(&Overrides {
            cluster: some("beta"),
            user: some("plugin"),
            namespace: some("n"),
            ..Overrides::default()
        })
        .unwrap();
    assert_eq!(mixed.server, "https://beta/k8s/clusters/c-1");
    assert_eq!(mixed.namespace, "n");
    let Credential::Exec(plugin) = &mixed.credential else {
        panic!("{:?}", mixed.credential);
    };
    let ExecConfig { command, .. } = &**plugin;
    assert_eq!(
        command.as_deref(),
        case.folder.path().join("./bin/login").to_str()
    );
}

#[test]
fn another_server_keeps_the_credentials_and_drops_the_name() {
    let target = Case::new()
        .resolve(&Overrides {
            server: some("https://other:1"),
            ..Overrides::default()
        })
        .unwrap();
    assert_eq!(target.server, "https://other:1/");
    assert_eq!(target.config.tls_server_name, None);
    assert_eq!(header(&target), Some("Bearer t-admin"));
}

#[test]
fn a_server_without_a_scheme_is_https_when_anything_speaks_of_tls() {
    let case = Case::new();
    let flags = Overrides {
        server: some("other:1"),
        ..Overrides::default()
    };
    assert_eq!(case.resolve(&flags).unwrap().server, "https://other:1/");
    let flags = Overrides {
        context: some("plain"),
        ..flags
    };
    assert_eq!(case.resolve(&flags).unwrap().server, "http://other:1/");
    let flags = Overrides {
        insecure_skip_tls_verify: true,
        ..flags
    };
    assert_eq!(case.resolve(&flags).unwrap().server, "https://other:1/");
}

#[test]
fn no_credential_goes_over_plain_http() {
    let target = Case::new()
        .resolve(&Overrides {
            context: some("plain"),
            token: Some("x".into()),
            ..Overrides::default()
        })
        .unwrap();
    assert!(matches!(target.credential, Credential::Anonymous));
}

#[test]
fn a_token_takes_the_place_of_every_other_credential() {
    let case = Case::new();
    for user in ["admin", "cert", "plugin", "old"] {
        let target = case
            .resolve(&Overrides {
                user: some(user),
                token: Some("mine".into()),
                ..Overrides::default()
            })
            .unwrap();
        assert_eq!(header(&target), Some("Bearer mine"), "{user}");
        assert_eq!(
            target.config.auth_info.client_certificate_data, None,
            "{user}"
        );
    }
    let basic = case
        .resolve(&Overrides {
            username: some("u"),
            password: Some("p".into()),
            ..Overrides::default()
        })
        .unwrap();
    assert_eq!(header(&basic), Some("Basic dTpw"));
}

#[test]
fn skipping_verification_drops_the_kubeconfigs_authority() {
    let target = Case::new()
        .resolve(&Overrides {
            insecure_skip_tls_verify: true,
            ..Overrides::default()
        })
        .unwrap();
    assert!(target.config.accept_invalid_certs);
    assert_eq!(target.config.root_cert, Some(Vec::new()));
}

#[test]
fn who_we_act_as_goes_into_the_client() {
    let target = Case::new()
        .resolve(&Overrides {
            impersonate: some("u"),
            impersonate_groups: vec!["a".to_owned(), "b".to_owned()],
            impersonate_uid: some("7"),
            impersonate_extra: vec![
                ("k".to_owned(), "1".to_owned()),
                ("k".to_owned(), "2".to_owned()),
            ],
            ..Overrides::default()
        })
        .unwrap();
    let acting = &target.config.auth_info;
    assert_eq!(acting.impersonate.as_deref(), Some("u"));
    assert_eq!(acting.impersonate_uid.as_deref(), Some("7"));
    assert_eq!(acting.impersonate_groups.as_ref().map(Vec::len), Some(2));
    assert_eq!(
        acting.impersonate_user_extra.as_ref().unwrap()["k"],
        ["1", "2"]
    );
}

#[test]
fn what_is_missing_or_wrong_is_said() {
    let case = Case::new();
    let ca = case.folder.path().join("ca.pem");
    let none = Overrides::default;
    for (overrides, said) in [
        (
            Overrides {
                context: some("x"),
                ..none()
            },
            "context \"x\" does not exist in the kubeconfig | contexts in the kubeconfig: astray, bare, one, plain, two",
        ),
        (
            Overrides {
                cluster: some("x"),
                ..none()
            },
            "cluster \"x\" does not exist in the kubeconfig | clusters in the kubeconfig: alpha, beta, empty, http",
        ),
        (
            Overrides {
                user: some("x"),
                ..none()
            },
            "user \"x\" does not exist",
        ),
        (
            Overrides {
                context: some("astray"),
                ..none()
            },
            "context \"astray\" leads to no API server: its cluster \"gone\" does not exist",
        ),
        (
            Overrides {
                context: some("bare"),
                ..none()
            },
            "cluster \"empty\" of the kubeconfig has no server",
        ),
        (
            Overrides {
                user: some("half"),
                ..none()
            },
            "client certificate without its key",
        ),
        (
            Overrides {
                user: some("old"),
                ..none()
            },
            "auth-provider \"azure\" is not supported",
        ),
        (
            Overrides {
                impersonate_uid: some("7"),
                ..none()
            },
            "needs a user to act as | name the user with --as",
        ),
        (
            Overrides {
                server: some("ftp://x"),
                ..none()
            },
            "is not the address of an API server",
        ),
        (
            Overrides {
                token: Some("a".into()),
                username: some("b"),
                ..none()
            },
            "two ways to authenticate",
        ),
        (
            Overrides {
                insecure_skip_tls_verify: true,
                certificate_authority: Some(ca),
                ..none()
            },
            "contradict each other",
        ),
        (
            Overrides {
                certificate_authority: Some("/nowhere/ca".into()),
                ..none()
            },
            "failed to read the certificate authority /nowhere/ca: No such file",
        ),
        (
            Overrides {
                client_certificate: Some("/nowhere/c".into()),
                client_key: Some("/nowhere/k".into()),
                ..none()
            },
            "failed to read the client certificate /nowhere/c",
        ),
        (
            Overrides {
                token: Some("a\nb".into()),
                ..none()
            },
            "characters that no header may carry",
        ),
    ] {
        let error = case.error(&overrides);
        assert!(error.contains(said), "{error}\nlacks\n{said}");
    }
}

#[test]
fn a_kubeconfig_without_a_current_context_lists_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(
        &path,
        FILE.replace("current-context: one", "current-context: ''"),
    )
    .unwrap();
    let overrides = Overrides {
        kubeconfig: Some(path),
        ..Overrides::default()
    };
    let error = resolve_in(&overrides, &Environment::default(), Path::new("/nowhere")).unwrap_err();
    assert_eq!(error.message, "the kubeconfig has no current context");
    assert_eq!(
        error.hints[0],
        "contexts in the kubeconfig: astray, bare, one, plain, two"
    );
    assert!(
        error.hints[1].contains("--context")
            && error.hints[1].contains("kubectl config use-context")
    );
    // A server given by a flag needs no context.
    let overrides = Overrides {
        server: some("https://x"),
        ..overrides
    };
    let target = resolve_in(&overrides, &Environment::default(), Path::new("/nowhere")).unwrap();
    assert_eq!(
        (target.server.to_string().as_str(), target.context),
        ("https://x/", None)
    );
}

#[test]
fn no_credential_shows_in_debug_output() {
    let target = Case::new().resolve(&Overrides::default()).unwrap();
    let shown = format!("{target:?}");
    assert!(!shown.contains("t-admin"), "{shown}");
}
