//! Where values come from: files, standard input, the web, flags.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
};

use crate::{ENOUGH, install, objects, support::TestCommand};

/// A web server for one request; its address.
fn serve(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
    });
    format!("http://{address}/values.yaml")
}

#[test]
fn later_sources_win() {
    let url = serve("worker: {replicaCount: 2, image: {prefectTag: web}, extraArgs: [web]}");
    let command = TestCommand::new();
    let file = command.home().join("values.yaml");
    std::fs::write(&file, "worker: {replicaCount: 3, extraArgs: [file]}").unwrap();
    let template = command.home().join("template.json");
    std::fs::write(&template, "{\"a\": \"{{ b }}\"}").unwrap();
    let command = command
        .words("install --dry-run=client -f -")
        .arg("-f")
        .arg(format!("{url},{}", file.display()))
        .words("--set worker.replicaCount=4,worker.podLabels.a\\.b=c --set-string worker.podAnnotations.port=8080")
        .arg(format!("--set-file=worker.config.baseJobTemplate.configuration={}", template.display()))
        .words("--set-json worker.nodeSelector={\"disk\":\"ssd\"}")
        .words("--set-literal worker.config.name={a,b}")
        .input(ENOUGH);
    let objects = objects(command);
    assert_eq!(
        objects[3]["data"]["baseJobTemplate.json"],
        "{\"a\": \"{{ b }}\"}"
    );
    let spec = &objects[4]["spec"];
    assert_eq!(spec["replicas"], 4);
    let template = &spec["template"];
    assert_eq!(template["metadata"]["labels"]["a.b"], "c");
    assert_eq!(template["metadata"]["annotations"]["port"], "8080");
    assert_eq!(template["spec"]["nodeSelector"]["disk"], "ssd");
    let container = &template["spec"]["containers"][0];
    assert_eq!(container["image"], "prefecthq/prefect:web");
    let arguments: Vec<_> = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    assert_eq!(arguments.last(), Some(&"file"));
    assert!(
        arguments.contains(&"{a,b}") && !arguments.contains(&"web"),
        "{arguments:?}"
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    for (words, code, expected) in [
        ("-f missing.yaml", 2, "failed to read missing.yaml"),
        ("-f .", 2, ". is a folder, not a file"),
        ("-f - -f -", 2, "standard input can be read only once"),
        ("--set-file a=missing", 2, "failed to read missing"),
        (
            "-f http://127.0.0.1:9/values.yaml",
            3,
            "failed to get http://127.0.0.1:9/values.yaml",
        ),
        (
            "--set worker.replicaCount",
            2,
            "\"replicaCount\" has no value: write replicaCount=VALUE",
        ),
    ] {
        let said = TestCommand::new()
            .words("install --dry-run=client")
            .words(words)
            .failure(code);
        assert!(said.stderr.contains(expected), "{words}: {}", said.stderr);
        assert_eq!(said.stdout, "", "{words}");
    }
}

#[test]
fn a_large_file_is_no_trouble() {
    let mut values = format!("{ENOUGH}  podAnnotations:\n");
    for number in 0..100_000 {
        values.push_str(&format!(
            "    annotation-{number}: \"this is the value of annotation {number}\"\n"
        ));
    }
    assert!(values.len() > 5_000_000, "{}", values.len());
    let objects = objects(install(&values));
    let annotations = objects[3]["spec"]["template"]["metadata"]["annotations"]
        .as_object()
        .unwrap();
    assert_eq!(annotations.len(), 100_001);
}
