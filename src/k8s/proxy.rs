//! Which proxy stands before an API server: the kubeconfig's, else the environment's.
//!
//! kube 5 has rules of its own that match `NO_PROXY` against the proxy in place of the server and
//! refuse a trailing comma, so the proxy is decided here, by Go's rules.

use http::Uri;

use crate::{
    env_vars::Environment,
    error::{Error, Result},
    no_proxy,
};

/// The proxy for `server`: the one that is named, else as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.
///
/// A server on loopback is reached directly unless a proxy is named for it.
pub fn for_server(server: &Uri, named: Option<&str>, env: &Environment) -> Result<Option<Uri>> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return parse(named, "the proxy of the Kubernetes connection").map(Some);
    }
    let (upper, lower) = match server.scheme_str() {
        Some("http") => ("HTTP_PROXY", "http_proxy"),
        _ => ("HTTPS_PROXY", "https_proxy"),
    };
    let Some(url) = env
        .get_non_empty(upper)
        .or_else(|| env.get_non_empty(lower))
    else {
        return Ok(None);
    };
    let direct = env
        .get_non_empty("NO_PROXY")
        .or_else(|| env.get_non_empty("no_proxy"))
        .unwrap_or_default();
    if is_loopback(server) || no_proxy::names(direct, server) {
        return Ok(None);
    }
    parse(url, upper).map(Some)
}

fn is_loopback(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Reads a proxy's address; one without a scheme speaks HTTP, as for Go.
fn parse(text: &str, source: &str) -> Result<Uri> {
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    // Names are resolved by the proxy in both forms, and the client knows only the first.
    let text = text.replacen("socks5h://", "socks5://", 1);
    let uri = text.parse::<Uri>().ok().filter(|uri| uri.host().is_some());
    match uri {
        Some(uri) if matches!(uri.scheme_str(), Some("http" | "https" | "socks5")) => Ok(uri),
        // The address is not repeated: it may hold a password.
        _ => Err(
            Error::usage(format!("{source} is not an address of a proxy"))
                .hint("write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(server: &str, named: Option<&str>, env: &[(&str, &str)]) -> Option<String> {
        let env = Environment::from_iter(env.iter().copied());
        for_server(&server.parse().unwrap(), named, &env)
            .unwrap()
            .map(|uri| uri.to_string())
    }

    #[test]
    fn the_environment_is_read_as_go_reads_it() {
        let https = [("HTTPS_PROXY", "http://p:1")];
        let with = |no: &'static str| [("HTTPS_PROXY", "p:1"), ("NO_PROXY", no)];
        let through = Some("http://p:1/".to_owned());
        for (server, env, expected) in [
            ("https://k.example:6443", &https[..], through.clone()),
            (
                "https://k.example",
                &[("https_proxy", "http://p:1")],
                through.clone(),
            ),
            ("http://k.example", &https, None),
            ("https://127.0.0.1:6443", &https, None),
            ("https://[::1]:6443", &https, None),
            ("https://localhost:6443", &https, None),
            ("https://k.example", &with("other,"), through.clone()),
            ("https://k.example", &with("k.example,"), None),
            ("https://k.example", &with(".example"), None),
            ("https://10.1.2.3", &with("10.0.0.0/8"), None),
            ("https://10.1.2.3", &with("*"), None),
            ("https://10.1.2.3", &with("p"), through),
        ] {
            assert_eq!(proxy(server, None, env), expected, "{server} {env:?}");
        }
    }

    #[test]
    fn a_named_proxy_goes_first() {
        let env = [("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "*")];
        assert_eq!(
            proxy("https://127.0.0.1", Some("socks5h://q:2"), &env).as_deref(),
            Some("socks5://q:2/")
        );
    }

    #[test]
    fn a_wrong_proxy_is_named_by_its_source_alone() {
        let env = Environment::from_iter([("HTTPS_PROXY", "ftp://user:s3cr3t@p")]);
        let error = for_server(&"https://k".parse().unwrap(), None, &env).unwrap_err();
        assert!(error.message.contains("HTTPS_PROXY"), "{error:?}");
        assert!(!format!("{error:?}").contains("s3cr3t"));
    }
}
