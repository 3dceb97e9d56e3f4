//! `NO_PROXY`: which servers are reached without a proxy, by Go's rules (golang.org/x/net/http/httpproxy),
//! which kubectl keeps and Python's clients share.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// Whether `list` names `server`: by its name or a domain of it, its address or network, each with
/// or without a port, or all servers by a star.
#[must_use]
pub fn names(list: &str, server: &Uri) -> bool {
    let port = server.port_u16().or_else(|| match server.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    });
    let entries = list.split(',').map(str::trim);
    let hosts: Vec<&str> = entries
        .filter(|entry| !entry.is_empty())
        .map(with_port)
        .filter(|(_, only)| only.is_none() || *only == port)
        // The matcher takes `.corp` for the names below it, and knows no `*.corp`.
        .map(|(host, _)| {
            host.strip_prefix('*')
                .filter(|it| it.starts_with('.'))
                .unwrap_or(host)
        })
        .collect();
    // The matcher takes a star for names alone, and no ports.
    hosts.contains(&"*") || {
        let matcher = Matcher::builder()
            .all("http://proxy")
            .no(hosts.join(","))
            .build();
        matcher.intercept(server).is_none()
    }
}

/// An entry and its port, if it names one. `::1` names none, `[::1]:80` does.
fn with_port(entry: &str) -> (&str, Option<u16>) {
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
        _ => (entry, ""),
    };
    match port.parse() {
        Ok(port) => (unbracketed(host), Some(port)),
        Err(_) => (unbracketed(entry), None),
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_servers_as_for_go() {
        for (list, server, expected) in [
            ("", "https://a.corp", false),
            (" , ", "https://a.corp", false),
            ("*", "https://a.corp", true),
            ("x, *", "https://10.1.2.3:6443", true),
            ("a.corp", "https://a.corp", true),
            (".corp", "https://a.corp", true),
            ("corp", "https://a.corp", true),
            ("*.corp", "https://a.corp", true),
            ("*.corp:443", "https://b.a.corp", true),
            ("*.corp", "https://acorp", false),
            ("rp", "https://a.corp", false),
            ("A.Corp", "https://a.corp", true),
            ("a.corp:4200", "http://a.corp:4200/api", true),
            ("a.corp:4200", "http://a.corp/api", false),
            ("a.corp:80", "http://a.corp/api", true),
            ("a.corp:443", "https://a.corp/api", true),
            ("a.corp:443", "http://a.corp/api", false),
            ("10.0.0.0/8", "https://10.1.2.3:6443", true),
            ("10.0.0.5:4200", "http://10.0.0.5:4200", true),
            ("10.0.0.5:4200", "http://10.0.0.5:4201", false),
            ("fd00::1", "http://[fd00::1]:4200", true),
            ("[fd00::1]", "http://[fd00::1]:4200", true),
            ("[fd00::1]:4200", "http://[fd00::1]:4200", true),
            ("[fd00::1]:4201", "http://[fd00::1]:4200", false),
        ] {
            assert_eq!(
                names(list, &server.parse().unwrap()),
                expected,
                "{list} {server}"
            );
        }
    }
}
