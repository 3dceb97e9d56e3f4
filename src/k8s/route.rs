//! The route of a request to the API server: its path without the names in it, for counting.

use std::borrow::Cow;

use http::{Method, Uri};

/// The path with `{namespace}` and `{name}` for names; a watch is told from a list, and so is what
/// follows a log. What is no path of an object is kept as it is.
///
/// `/api/v1/namespaces/flows/pods/a-1/log` is `/api/v1/namespaces/{namespace}/pods/{name}/log`.
pub(super) fn route(uri: &Uri) -> Cow<'static, str> {
    let mut segments: Vec<&str> = uri.path().split('/').collect();
    // "", "api", version or "", "apis", group, version.
    let begin = match segments.get(1) {
        Some(&"api") => 3,
        Some(&"apis") => 4,
        _ => return Cow::Owned(uri.path().to_owned()),
    };
    let is_in_namespace = segments.get(begin) == Some(&"namespaces") && segments.len() > begin + 2;
    let kind = if is_in_namespace {
        segments[begin + 1] = "{namespace}";
        begin + 2
    } else {
        begin
    };
    if let Some(name) = segments.get_mut(kind + 1) {
        *name = "{name}";
    }
    let mut route = segments.join("/");
    let query = uri.query().unwrap_or_default();
    for (flag, suffix) in [("watch=true", "?watch"), ("follow=true", "?follow")] {
        if query.split('&').any(|pair| pair == flag) {
            route.push_str(suffix);
        }
    }
    Cow::Owned(route)
}

/// The method as a word that lives for ever.
pub(super) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_left_out() {
        for (path, expected) in [
            (
                "/apis/batch/v1/namespaces/flows/jobs",
                "/apis/batch/v1/namespaces/{namespace}/jobs",
            ),
            (
                "/apis/batch/v1/namespaces/flows/jobs/a-1?dryRun=All",
                "/apis/batch/v1/namespaces/{namespace}/jobs/{name}",
            ),
            (
                "/api/v1/namespaces/flows/pods?watch=true&limit=5",
                "/api/v1/namespaces/{namespace}/pods?watch",
            ),
            (
                "/api/v1/namespaces/flows/pods/a-1/log?tailLines=3",
                "/api/v1/namespaces/{namespace}/pods/{name}/log",
            ),
            (
                "/api/v1/namespaces/kube-system",
                "/api/v1/namespaces/{name}",
            ),
            (
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            ),
            ("/version", "/version"),
        ] {
            assert_eq!(route(&path.parse().unwrap()), expected);
        }
    }
}
