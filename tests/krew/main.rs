//! What is shipped: the archive, its krew manifest and its list of parts, made by krew/dist.py of
//! the binary under test and looked at by krew's own rules.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use sha2::{Digest, Sha256};
use support::{TEST_PYTHON, TestCommand, cluster, named_by};

#[path = "../support/mod.rs"]
mod support;

/// A moment for the archive's files: 2026-11-23T00:00:00Z.
const EPOCH: u64 = 1_795_392_000;
/// The pairs that krew is built for (cmd/validate-krew-manifest/main.go).
const PLATFORMS: [(&str, &str); 11] = [
    ("windows", "386"),
    ("windows", "amd64"),
    ("windows", "arm64"),
    ("linux", "386"),
    ("linux", "amd64"),
    ("linux", "arm"),
    ("linux", "arm64"),
    ("linux", "ppc64le"),
    ("darwin", "386"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
];

/// Runs a script of ours; its standard output.
fn script(name: &str, arguments: &[&str]) -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(named_by(TEST_PYTHON))
        .env("SOURCE_DATE_EPOCH", EPOCH.to_string())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(root.join(name))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

/// What a release for this machine is named after, by Rust and by krew.
fn this_machine() -> (String, &'static str, &'static str) {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => panic!("no release is made for {other}"),
    };
    let (system, os) = match std::env::consts::OS {
        "linux" => ("unknown-linux-musl", "linux"),
        "macos" => ("apple-darwin", "darwin"),
        other => panic!("no release is made for {other}"),
    };
    (format!("{}-{system}", std::env::consts::ARCH), os, arch)
}

/// Packs a program, without taking the time to pack it small.
fn pack(program: &Path, target: &str, folder: &Path) -> PathBuf {
    let (program, folder) = (program.to_str().unwrap(), folder.to_str().unwrap());
    let said = script("krew/dist.py", &["pack", program, target, folder, "1"]).unwrap();
    said.trim().into()
}

fn manifest(folder: &Path) -> Value {
    let said = script("krew/dist.py", &["manifest", folder.to_str().unwrap()]).unwrap();
    assert!(said.ends_with("/prefect.yaml\n"), "{said}");
    let text = fs::read_to_string(said.trim()).unwrap();
    assert!(!text.contains("{{"), "{text}");
    serde_saphyr::from_str(&text).unwrap()
}

fn unpack(archive: &Path, folder: &Path) -> Vec<Value> {
    let (archive, folder) = (archive.to_str().unwrap(), folder.to_str().unwrap());
    let said = script("tests/krew/unpack.py", &[archive, folder]).unwrap();
    serde_json::from_str(&said).unwrap()
}

/// The rules of krew and of its index for what a manifest says of the plugin.
fn check_words(manifest: &Value) {
    assert_eq!(
        manifest["apiVersion"],
        "krew.googlecontainertools.github.com/v1alpha2"
    );
    assert_eq!(manifest["kind"], "Plugin");
    assert_eq!(manifest["metadata"]["name"], "prefect");
    let spec = &manifest["spec"];
    assert_eq!(spec["version"], concat!("v", env!("CARGO_PKG_VERSION")));
    let short = spec["shortDescription"].as_str().unwrap();
    assert!(!short.is_empty() && short.len() < 50, "{short}");
    assert!(!short.contains('\n') && !short.ends_with('.'), "{short}");
    let description = spec["description"].as_str().unwrap();
    for line in description.lines() {
        assert!(line.len() <= 80, "{line}");
    }
    assert!(!description.contains("kubectl prefect"), "{description}");
    assert!(spec["homepage"].as_str().unwrap().starts_with("https://"));
}

/// The rules for a platform; the pair that it is for.
fn check_platform(platform: &Value) -> (String, String) {
    let labels = platform["selector"]["matchLabels"].as_object().unwrap();
    assert_eq!(platform["selector"].as_object().unwrap().len(), 1);
    assert_eq!(labels.len(), 2);
    let label = |name: &str| labels[name].as_str().unwrap().to_owned();
    let pair = (label("os"), label("arch"));
    assert!(
        PLATFORMS.contains(&(pair.0.as_str(), pair.1.as_str())),
        "{pair:?}"
    );
    let sum = platform["sha256"].as_str().unwrap();
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    assert!(sum.len() == 64 && sum.chars().all(is_hex), "{sum}");
    let uri = platform["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("https://") && uri.ends_with(".tar.gz"),
        "{uri}"
    );
    // All of the archive is installed.
    assert!(platform.get("files").is_none());
    pair
}

#[test]
fn the_archive_is_installed_as_krew_does_and_runs_as_a_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let (target, os, arch) = this_machine();
    let archive = pack(TestCommand::program(), &target, folder.path());
    let manifest = manifest(folder.path());
    check_words(&manifest);
    let platforms = manifest["spec"]["platforms"].as_array().unwrap();
    let [platform] = platforms.as_slice() else {
        panic!("one archive, and {} platforms", platforms.len());
    };
    assert_eq!(check_platform(platform), (os.to_owned(), arch.to_owned()));
    let bytes = fs::read(&archive).unwrap();
    let sum: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(platform["sha256"], sum);
    let name = archive.file_name().unwrap().to_str().unwrap();
    assert!(
        platform["uri"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/{name}"))
    );
    let beside = fs::read_to_string(folder.path().join(format!("{name}.sha256"))).unwrap();
    assert_eq!(beside, format!("{sum}  {name}\n"));

    let store = folder.path().join("store");
    let entries = unpack(&archive, &store);
    assert!(store.join("LICENSE").is_file());
    for entry in &entries {
        assert_eq!(entry["mtime"], EPOCH, "{entry}");
        assert_eq!(entry["owner"], "", "{entry}");
    }
    let program = store.join(platform["bin"].as_str().unwrap());
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(&program, bin.join("kubectl-prefect")).unwrap();

    let kubectl = cluster().kubectl.expect("a kubectl of the test cluster");
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let output = Command::new(kubectl)
        .env_clear()
        .env("HOME", &home)
        .env("PATH", &bin)
        .args(["prefect", "version", "--client"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn the_same_input_gives_the_same_archive() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    let (target, ..) = this_machine();
    let pack = |name: &str| fs::read(pack(&program, &target, &folder.path().join(name))).unwrap();
    assert!(pack("one") == pack("other"));
}

#[test]
fn every_platform_of_the_release_is_in_the_manifest_once() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    fs::write(&program, "MZ").unwrap();
    let workflow = include_str!("../../.github/workflows/release.yml");
    let targets: Vec<&str> = workflow
        .lines()
        .filter_map(|line| line.split_once(", target: ")?.1.strip_suffix(" }"))
        .collect();
    for target in &targets {
        pack(&program, target, folder.path());
    }
    let manifest = manifest(folder.path());
    let platforms = manifest["spec"]["platforms"].as_array().unwrap();
    let pairs: BTreeSet<(String, String)> = platforms.iter().map(check_platform).collect();
    assert_eq!((pairs.len(), targets.len()), (5, 5), "{pairs:?}");
    assert_eq!(platforms.len(), 5);
    for platform in platforms {
        let is_windows = platform["selector"]["matchLabels"]["os"] == "windows";
        let bin = platform["bin"].as_str().unwrap();
        assert_eq!(bin.ends_with(".exe"), is_windows, "{bin}");
        let uri = platform["uri"].as_str().unwrap();
        let archive = folder.path().join(uri.rsplit_once('/').unwrap().1);
        let store = tempfile::tempdir().unwrap();
        let entries = unpack(&archive, store.path());
        let entry = entries.iter().find(|entry| entry["name"] == bin).unwrap();
        assert_eq!(entry["mode"], 0o755, "{entry}");
    }
}

/// A tag can be moved to something else, a commit cannot.
#[test]
fn the_release_takes_nothing_that_may_change() {
    let workflow = include_str!("../../.github/workflows/release.yml");
    let words: Vec<&str> = workflow.split_whitespace().collect();
    let named = |word: &str| {
        let pairs = words.windows(2).filter(move |pair| pair[0] == word);
        pairs.map(|pair| pair[1]).collect::<Vec<_>>()
    };
    let actions = named("uses:");
    assert!(actions.len() > 5, "{actions:?}");
    for action in actions {
        let (_, commit) = action.split_once('@').unwrap();
        let is_hex = commit.chars().all(|c| c.is_ascii_hexdigit());
        assert!(commit.len() == 40 && is_hex, "{action}");
    }
    for tool in named("CRANE:") {
        let (_, version) = tool.split_once('@').unwrap();
        assert!(version.starts_with('v') && version.contains('.'), "{tool}");
    }
}

#[test]
fn what_cannot_be_packed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let program = TestCommand::program().to_str().unwrap();
    for (arguments, expected) in [
        (vec!["manifest", empty], "no archive of v"),
        (
            vec!["pack", program, "sparc-sun-solaris", empty],
            "no platform of krew is known for sparc-sun-solaris",
        ),
        (
            // The terms of glibc ask for more than a notice.
            vec!["pack", program, "x86_64-unknown-linux-gnu", empty],
            "build for musl",
        ),
        (vec!["pack"], "python3 krew/dist.py pack"),
    ] {
        let error = script("krew/dist.py", &arguments).unwrap_err();
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

/// The names of the parts on a list.
fn parts(list: &Value) -> BTreeSet<&str> {
    let parts = list["components"].as_array().unwrap();
    parts
        .iter()
        .map(|part| part["name"].as_str().unwrap())
        .collect()
}

#[test]
fn the_parts_are_listed_with_their_licences() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    let (target, ..) = this_machine();
    let archive = pack(&program, &target, folder.path());
    let store = tempfile::tempdir().unwrap();
    unpack(&archive, store.path());
    let read = |name: &str| fs::read_to_string(store.path().join(name)).unwrap();
    let list: Value = serde_json::from_str(&read("sbom.cdx.json")).unwrap();
    assert_eq!(
        (&list["bomFormat"], &list["specVersion"]),
        (&"CycloneDX".into(), &"1.6".into())
    );
    let own = &list["metadata"]["component"];
    assert_eq!(own["version"], env!("CARGO_PKG_VERSION"));

    let licences = read("THIRD-PARTY.txt");
    let mut references = BTreeSet::new();
    for part in list["components"].as_array().unwrap() {
        let name = part["name"].as_str().unwrap();
        assert!(
            references.insert(part["bom-ref"].as_str().unwrap()),
            "{name} twice"
        );
        assert!(
            part["licenses"][0]["expression"].is_string(),
            "{name} has no licence"
        );
        let line = match part["version"].as_str() {
            Some(version) => format!("\n{name} {version}: "),
            None => format!("\n{name}: "),
        };
        assert!(licences.contains(&line), "{name} has no line");
    }
    let parts = parts(&list);
    for there in ["kube", "rustls", "rust-std", "tokio", "unidecode"] {
        assert!(parts.contains(there), "{there}");
    }
    // Macros, tools and tests are not in the binary; a second TLS stack is not wanted.
    for away in [
        "aws-lc-rs",
        "clap_derive",
        "native-tls",
        "openssl",
        "wiremock",
    ] {
        assert!(!parts.contains(away), "{away}");
    }
    // What is heavy is there once.
    let refs: Vec<&str> = references.into_iter().collect();
    for heavy in [
        "hyper",
        "k8s-openapi",
        "regex",
        "rustls",
        "serde_json",
        "tokio",
    ] {
        let prefix = format!("pkg:cargo/{heavy}@");
        let count = refs.iter().filter(|it| it.starts_with(&prefix)).count();
        assert_eq!(count, 1, "{heavy}");
    }
}
