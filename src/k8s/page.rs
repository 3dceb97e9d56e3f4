//! A page of a list, read object by object while it comes in.
//!
//! A page of finished Jobs or pods weighs a few megabytes as JSON. Held whole, it would be the
//! largest thing in a worker's memory; so the objects are cut out of the stream and read one at a
//! time, and what is around them is kept.

use std::{collections::VecDeque, marker::PhantomData, time::Duration};

use http::Request as HttpRequest;
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    cluster::{Cluster, status},
    failure::Failure,
    transport::Piecemeal,
    view::View,
};

/// How long the next piece of a page may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// An object of this size is rare; the room for it is given back.
const USUAL: usize = 64 << 10;

/// What stands around the objects of a page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Page {
    metadata: PageMeta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageMeta {
    resource_version: Option<String>,
    r#continue: Option<String>,
}

impl Page {
    /// The version of the list.
    pub fn version(&mut self) -> String {
        self.metadata.resource_version.take().unwrap_or_default()
    }

    /// What the next page is asked for with, if there is one.
    pub fn token(&mut self) -> Option<String> {
        let token = self.metadata.r#continue.take();
        token.filter(|token| !token.is_empty())
    }
}

/// A page that is coming in.
pub(super) struct PageReader<T> {
    cluster: Cluster,
    doing: String,
    body: Body,
    scanner: Scanner,
    of: PhantomData<T>,
}

impl<T: View> PageReader<T> {
    /// Asks for a page.
    pub async fn open(
        cluster: &Cluster,
        doing: String,
        request: Result<HttpRequest<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<Self, Failure> {
        let answer = async {
            let mut request = request.map_err(kube::Error::BuildRequest)?;
            request.extensions_mut().insert(Piecemeal);
            let response = cluster.client().send(request.map(Body::from)).await?;
            let code = response.status();
            if code.is_client_error() || code.is_server_error() {
                let body = response.into_body().collect_bytes().await?;
                return Err(kube::Error::Api(status(&body, code.as_u16())));
            }
            Ok(response.into_body())
        };
        let body = answer
            .await
            .map_err(|error| cluster.failure(&doing, &error))?;
        Ok(Self {
            cluster: cluster.clone(),
            doing,
            body,
            scanner: Scanner::default(),
            of: PhantomData,
        })
    }

    /// Takes the next piece and adds the objects that it completes. At the end, what stood around
    /// them. An object that cannot be read is left out.
    pub async fn next(&mut self, objects: &mut VecDeque<T>) -> Result<Option<Page>, Failure> {
        let frame = match timeout(PATIENCE, self.body.frame()).await {
            Err(_) => {
                let seconds = PATIENCE.as_secs();
                return Err(self.broken(format!("nothing came for {seconds} s")));
            }
            Ok(Some(Err(error))) => return Err(self.cluster.failure(&self.doing, &error)),
            Ok(None) => return self.end().map(Some),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(piece) = frame.into_data() else {
            return Ok(None);
        };
        self.scanner
            .feed(&piece, |object| match serde_json::from_slice(object) {
                Ok(object) => objects.push_back(object),
                Err(error) => tracing::warn!(
                    "an object of a list of {} is unreadable: {error}",
                    T::PLURAL
                ),
            });
        Ok(None)
    }

    fn end(&self) -> Result<Page, Failure> {
        serde_json::from_slice(&self.scanner.around).map_err(|error| {
            self.cluster
                .failure(&self.doing, &kube::Error::SerdeError(error))
        })
    }

    fn broken(&self, why: String) -> Failure {
        Failure {
            class: super::failure::Class::Unreachable,
            ..Failure::other(&self.doing, why)
        }
    }
}

/// Cuts the members of the top object's array `items` out of a stream of JSON.
#[derive(Debug, Default)]
struct Scanner {
    /// The text without those members.
    around: Vec<u8>,
    /// The member that is coming in.
    object: Vec<u8>,
    /// Open braces and brackets.
    depth: u32,
    in_items: bool,
    in_string: bool,
    escaped: bool,
}

impl Scanner {
    /// Depth within `items`, outside of its members: the object and the array are open.
    const ITEMS: u32 = 2;

    fn feed(&mut self, piece: &[u8], mut sink: impl FnMut(&[u8])) {
        for &byte in piece {
            let inside = self.in_items && self.depth > Self::ITEMS;
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.open(byte),
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
            }
            if inside || self.in_items && self.depth > Self::ITEMS {
                self.object.push(byte);
                if self.depth == Self::ITEMS {
                    sink(&self.object);
                    self.object.clear();
                    self.object.shrink_to(USUAL);
                }
            } else if !(self.in_items && byte == b',') {
                self.around.push(byte);
            }
            self.in_items &= self.depth >= Self::ITEMS;
        }
    }

    fn open(&mut self, bracket: u8) {
        if self.depth == 1 && bracket == b'[' {
            let before = self.around.trim_ascii_end();
            let before = before.strip_suffix(b":").map(<[u8]>::trim_ascii_end);
            self.in_items = before.is_some_and(|before| before.ends_with(b"\"items\""));
        }
        self.depth += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// What a text is cut into, in pieces of this size.
    fn cut(text: &str, size: usize) -> (Vec<Value>, Value) {
        let mut scanner = Scanner::default();
        let mut objects = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            scanner.feed(piece, |object| {
                objects.push(serde_json::from_slice(object).unwrap());
            });
        }
        (objects, serde_json::from_slice(&scanner.around).unwrap())
    }

    #[test]
    fn objects_are_cut_out_whatever_the_pieces() {
        let items = json!([
            {"metadata": {"name": "a\"]},{\\", "items": [1, {"items": []}]}},
            {},
            {"text": "\\\\\"", "list": [[], [{}]]},
        ]);
        let list = json!({
            "kind": "PodList", "other": ["x", {"items": [7]}],
            "metadata": {"resourceVersion": "7", "continue": "c"}, "items": items,
        });
        let around = json!({
            "kind": "PodList", "other": ["x", {"items": [7]}],
            "metadata": {"resourceVersion": "7", "continue": "c"}, "items": [],
        });
        for text in [
            list.to_string(),
            serde_json::to_string_pretty(&list).unwrap(),
        ] {
            for size in [1, 2, 3, 7, 64, 10_000] {
                let (objects, rest) = cut(&text, size);
                assert_eq!(Value::Array(objects), items, "{size}");
                assert_eq!(rest, around, "{size}");
            }
        }
    }

    #[test]
    fn a_list_may_have_no_items() {
        for text in [
            r#"{"items":null,"metadata":{"resourceVersion":"1"}}"#,
            r#"{"metadata":{"resourceVersion":"1"}}"#,
            r#"{"items":[],"metadata":{"resourceVersion":"1"}}"#,
        ] {
            let (objects, rest) = cut(text, 4);
            assert!(objects.is_empty());
            let mut page: Page = serde_json::from_value(rest).unwrap();
            assert_eq!((page.version(), page.token()), ("1".to_owned(), None));
        }
    }

    proptest! {
        #[test]
        fn any_text_survives(text in any::<String>(), size in 1_usize..9) {
            let list = json!({"items": [{"x": text}], "metadata": {"y": text}});
            let (objects, rest) = cut(&list.to_string(), size);
            prop_assert_eq!(&objects[0]["x"], &text);
            prop_assert_eq!(&rest["metadata"]["y"], &text);
        }
    }
}
