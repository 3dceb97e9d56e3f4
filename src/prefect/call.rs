//! One request as a value: method, route, body, and whether it may be repeated.

use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::retry::Repeat;

/// What is encoded in a segment of a path: everything but the unreserved characters of RFC 3986.
pub const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request of a route.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: Method,
    /// The route's template below the API's URL.
    pub route: &'static str,
    /// The template filled in, with the query.
    pub path: String,
    pub body: Option<Bytes>,
    pub repeat: Repeat,
    /// What makes this request impossible: it is never sent.
    pub flaw: Option<String>,
}

impl Call {
    pub fn new(method: Method, route: &'static str, repeat: Repeat) -> Self {
        Self {
            method,
            route,
            path: route.to_owned(),
            body: None,
            repeat,
            flaw: None,
        }
    }

    /// Reads: repeating is harmless.
    pub fn get(route: &'static str) -> Self {
        Self::new(Method::GET, route, Repeat::Always)
    }

    /// Asks with a body, or changes something.
    pub fn post(route: &'static str, repeat: Repeat) -> Self {
        Self::new(Method::POST, route, repeat)
    }

    /// Sets fields to values: doing it twice is doing it once.
    pub fn patch(route: &'static str) -> Self {
        Self::new(Method::PATCH, route, Repeat::Always)
    }

    /// Removes: the second time it is gone.
    pub fn delete(route: &'static str) -> Self {
        Self::new(Method::DELETE, route, Repeat::Always)
    }

    /// Fills the next `{placeholder}` of the route.
    pub fn with(mut self, value: impl std::fmt::Display) -> Self {
        let value = value.to_string();
        if matches!(value.as_str(), "" | "." | "..") {
            // Such a segment would change which route is meant.
            self.flaw = Some(format!("{value:?} is no usable name"));
        }
        if let (Some(start), Some(end)) = (self.path.find('{'), self.path.find('}')) {
            let encoded = utf8_percent_encode(&value, SEGMENT).to_string();
            self.path.replace_range(start..=end, &encoded);
        }
        self
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        self.path.push(separator);
        self.path.push_str(name);
        self.path.push('=');
        self.path
            .extend(utf8_percent_encode(&value.to_string(), SEGMENT));
        self
    }

    /// Sets the body.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.body = Some(bytes.into()),
            Err(error) => self.flaw = Some(format!("failed to write the request as JSON: {error}")),
        }
        self
    }

    /// Method and template, for messages and counters.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.route)
    }

    /// Whether CSRF protection applies.
    pub fn is_change(&self) -> bool {
        self.method != Method::GET
    }

    /// The method as counters keep it.
    pub fn method_name(&self) -> &'static str {
        match self.method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            _ => "OTHER",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_and_the_template_stays() {
        let call = Call::delete("/work_pools/{work_pool_name}/workers/{name}")
            .with("my pool/ä?#%")
            .with("w.1~_-")
            .query("q", "a b&c");
        assert_eq!(
            call.path,
            "/work_pools/my%20pool%2F%C3%A4%3F%23%25/workers/w.1~_-?q=a%20b%26c"
        );
        assert_eq!(
            call.name(),
            "DELETE /work_pools/{work_pool_name}/workers/{name}"
        );
        assert!(call.flaw.is_none());
    }

    #[test]
    fn a_value_with_braces_does_not_disturb_the_next_one() {
        let call = Call::get("/a/{x}/{y}").with("{y}").with("2");
        assert_eq!(call.path, "/a/%7By%7D/2");
    }

    #[test]
    fn a_name_that_changes_the_route_is_a_flaw() {
        for name in ["", ".", ".."] {
            assert!(Call::get("/a/{x}").with(name).flaw.is_some(), "{name}");
        }
    }
}
