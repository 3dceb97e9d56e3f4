//! The program alone in a root folder, as in an image from scratch: names resolve, and authorities
//! are found, with nothing of a system but what tells where names are.
//!
//! `make dist-test` runs this with the binary that is shipped; other runs take the debug build, with
//! the shared libraries that it needs beside it.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
    thread,
};

use super::support::TestCommand;

/// Names the binary to try in place of the debug build.
const RELEASE: &str = "KUBECTL_PREFECT_TEST_RELEASE";

/// A root folder with the program in it.
struct Root {
    folder: tempfile::TempDir,
    /// The words by which a program is started in another root folder.
    enter: Vec<&'static str>,
}

impl Root {
    /// `None` where nobody may enter it, which is told.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        #[allow(
            clippy::disallowed_methods,
            reason = "tests have no Environment of their own"
        )]
        let release = std::env::var_os(RELEASE).map(PathBuf::from);
        let program = release.as_deref().unwrap_or_else(|| TestCommand::program());
        fs::copy(program, folder.path().join("kubectl-prefect")).unwrap();
        for library in libraries(program) {
            let copy = folder.path().join(library.strip_prefix("/").unwrap());
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(&library, copy).unwrap();
        }
        let ways = [
            vec!["chroot"],
            vec!["unshare", "--user", "--map-root-user", "chroot"],
        ];
        let mut root = Self {
            folder,
            enter: Vec::new(),
        };
        for way in ways {
            root.enter = way;
            let tried = root.try_run("version --client", &[]);
            if tried.is_ok_and(|output| output.status.success()) {
                return Some(root);
            }
        }
        skip("no other root folder may be entered here");
        None
    }

    fn try_run(&self, words: &str, variables: &[(&str, &str)]) -> std::io::Result<Output> {
        Command::new(self.enter[0])
            .args(&self.enter[1..])
            .arg(self.folder.path())
            .arg("/kubectl-prefect")
            .args(words.split(' '))
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .envs(variables.iter().copied())
            .output()
    }

    fn run(&self, words: &str, variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
        let output = self.try_run(words, variables).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[allow(clippy::print_stderr, reason = "whoever reads the log is to know")]
fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// The shared libraries of a program; none of a static one.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let output = Command::new("ldd").arg(program).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split_whitespace();
    words
        .filter(|word| word.starts_with('/'))
        .map(PathBuf::from)
        .collect()
}

/// Answers as much of both APIs as `version` asks for; where it listens.
fn servers() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]);
            let (status, body) = match request.split(' ').nth(1) {
                Some("/version") => ("200 OK", r#"{"gitVersion":"v1.37.1"}"#),
                Some("/api/admin/version") => ("200 OK", r#""3.8.8""#),
                _ => ("404 Not Found", "{}"),
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            // Whoever has gone needs no answer.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// A server of names that knows `NAME.svc.test` to be this machine; `None` where nobody may be one.
fn name_server(names: &'static [&'static str]) -> Option<Ipv4Addr> {
    // Any address of 127.0.0.0/8 is this machine, so that servers do not meet: those of other
    // processes by the number of ours, those of other tests by the next address that is free.
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let (address, socket) = (53..=63).find_map(|number| {
        let address = Ipv4Addr::new(127, number, high, low.max(1));
        Some((address, UdpSocket::bind((address, 53)).ok()?))
    })?;
    thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, asker)) = socket.recv_from(&mut question) {
            let answer = answer(&question[..length], names);
            let _ = socket.send_to(&answer, asker);
        }
    });
    Some(address)
}

/// The answer to a question for one name (RFC 1035, 4.1).
fn answer(question: &[u8], names: &[&str]) -> Vec<u8> {
    let mut labels = Vec::new();
    let mut at = 12;
    while question[at] != 0 {
        let length = usize::from(question[at]);
        let label = String::from_utf8_lossy(&question[at + 1..=at + length]);
        labels.push(label.into_owned());
        at += length + 1;
    }
    let end = at + 5;
    let name = labels.join(".");
    let is_known = names.iter().any(|it| format!("{it}.svc.test") == name);
    let is_ipv4 = question[at + 1..at + 3] == [0, 1];
    let found = is_known && is_ipv4;
    let mut answer = question[..2].to_vec();
    // An answer, recursion available; no such name where it is not known.
    answer.extend([0x81, if is_known { 0x80 } else { 0x83 }]);
    answer.extend([0, 1, 0, u8::from(found), 0, 0, 0, 0]);
    answer.extend(&question[12..end]);
    if found {
        // The name of the question, A, IN, 60 s, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    answer
}

fn kubeconfig(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
         clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\n\
         contexts: [{{name: c, context: {{cluster: c, user: ''}}}}]\n"
    )
}

/// Asks both servers for their versions, by these names.
fn versions(root: &Root, names: [&str; 2], port: u16) -> String {
    let [kube, prefect] = names.map(|name| format!("http://{name}:{port}"));
    root.write("kubeconfig", &kubeconfig(&kube));
    let url = format!("{prefect}/api");
    let variables = [
        ("KUBECONFIG", "/kubeconfig"),
        ("PREFECT_API_URL", url.as_str()),
    ];
    let (code, stdout, stderr) = root.run("version", &variables);
    assert_eq!(code, Some(0), "{stderr}");
    stdout
}

#[test]
fn names_resolve_by_hosts_alone() {
    let Some(root) = Root::new() else { return };
    root.write("etc/hosts", "127.0.0.1 kube.test prefect.test\n");
    let said = versions(&root, ["kube.test", "prefect.test"], servers().port());
    assert!(
        said.contains("\nKubernetes v1.37.1 at http://kube.test"),
        "{said}"
    );
    assert!(
        said.contains("\nPrefect server 3.8.8 at http://prefect.test"),
        "{said}"
    );
}

#[test]
fn names_resolve_by_a_name_server_alone() {
    let Some(root) = Root::new() else { return };
    let Some(address) = name_server(&["kube", "prefect"]) else {
        return skip("nobody may serve names here");
    };
    // As kubelets write it: names of one word are looked for in the namespace first.
    let text = format!("search flows.svc.test svc.test\nnameserver {address}\noptions ndots:5\n");
    root.write("etc/resolv.conf", &text);
    let said = versions(&root, ["kube", "prefect"], servers().port());
    assert!(
        said.contains("\nKubernetes v1.37.1 at http://kube:"),
        "{said}"
    );
    assert!(
        said.contains("\nPrefect server 3.8.8 at http://prefect:"),
        "{said}"
    );
}

#[test]
fn a_name_that_nobody_knows_is_told() {
    let Some(root) = Root::new() else { return };
    let Some(address) = name_server(&[]) else {
        return skip("nobody may serve names here");
    };
    root.write("etc/resolv.conf", &format!("nameserver {address}\n"));
    root.write("kubeconfig", &kubeconfig("http://kube.test:6443"));
    let variables = [
        ("KUBECONFIG", "/kubeconfig"),
        ("PREFECT_API_URL", "http://prefect.test:4200/api"),
        ("PREFECT_CLIENT_MAX_RETRIES", "0"),
    ];
    for (words, name) in [
        ("cluster-uid", "kube.test"),
        ("worker list", "prefect.test"),
    ] {
        let (code, _, stderr) = root.run(words, &variables);
        assert_eq!(code, Some(3), "{stderr}");
        assert!(stderr.contains(name), "{stderr}");
        assert!(stderr.contains("lookup"), "{stderr}");
        assert!(stderr.contains("hint: "), "{stderr}");
    }
}

/// A server of TLS with a certificate that nobody has signed but itself.
fn secure() -> SocketAddr {
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            // Nothing is said but what TLS has to say.
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        }
    });
    address
}

#[test]
fn there_are_authorities_without_a_system() {
    let Some(root) = Root::new() else { return };
    root.write("etc/hosts", "127.0.0.1 localhost\n");
    let port = secure().port();
    root.write(
        "kubeconfig",
        &kubeconfig(&format!("https://localhost:{port}")),
    );
    let url = format!("https://localhost:{port}/api");
    let variables = [
        ("KUBECONFIG", "/kubeconfig"),
        ("PREFECT_API_URL", url.as_str()),
        ("PREFECT_CLIENT_MAX_RETRIES", "0"),
    ];
    // The certificate was compared with those of known authorities, of whom none had signed it.
    let (code, _, stderr) = root.run("worker list", &variables);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains("UnknownIssuer"), "{stderr}");
    assert!(stderr.contains("hint: "), "{stderr}");
    // A cluster's authority is its own, as a rule, and is named.
    let (code, _, stderr) = root.run("cluster-uid", &variables);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("this system has none"), "{stderr}");
    assert!(stderr.contains("SSL_CERT_FILE"), "{stderr}");
    // Where nothing is compared, nothing is missing: the server is reached, and does not answer.
    let (code, _, stderr) = root.run("cluster-uid --insecure-skip-tls-verify", &variables);
    assert_eq!(code, Some(3), "{stderr}");
}
