//! Lists and watches objects: pages of a list, then every change, for ever.
//!
//! Own code in place of `kube::runtime::watcher` for three reasons: that one keeps bookmarks and
//! reconnections to itself, so that nobody can tell a quiet watch from a dead one; it repeats a
//! version that the server refuses without end; and it wants full metadata. The protocol is
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>.

use std::{collections::VecDeque, time::Duration};

use futures::{Stream, StreamExt, stream};
use kube::{
    api::{ListParams, WatchParams},
    core::Request,
};
use tokio::time::{Instant, sleep, timeout};

use super::{
    cluster::Cluster,
    events::{Event, Events},
    failure::{self, Class, Failure},
    page::PageReader,
    transport::once,
    view::View,
};

/// Objects of one page. They are read one by one as they come in.
const PAGE: u32 = 250;
/// A watch is ended by the server after this many seconds and begun again by us.
const WATCH_SECONDS: std::ops::Range<u32> = 200..290;
/// A server that sends bookmarks does so every minute or so; silence for longer is a dead connection.
const BOOKMARK_SILENCE: Duration = Duration::from_secs(150);
/// A watch that ends earlier than this has failed, even if it says nothing.
const SHORT_LIVED: Duration = Duration::from_secs(1);

/// Which namespaces are meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// This one.
    Namespace(String),
    /// All of them.
    Cluster,
}

impl Scope {
    /// Path of the objects of a kind.
    pub(super) fn path<T: View>(&self) -> String {
        match self {
            Self::Namespace(namespace) => {
                format!("{}/namespaces/{namespace}/{}", T::GROUP, T::PLURAL)
            }
            Self::Cluster => format!("{}/{}", T::GROUP, T::PLURAL),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Namespace(namespace) => write!(f, "namespace {namespace}"),
            Self::Cluster => f.write_str("all namespaces"),
        }
    }
}

/// What a watch tells. Every one of them is a sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// A new list begins: changes may have been missed.
    Restarted,
    /// The object is there, or has changed. Between `Restarted` and `Synced` it may be known.
    Applied(T),
    /// The object is gone; this was its last state.
    Deleted(T),
    /// The list is complete: what was not applied since `Restarted` is gone.
    Synced,
    /// Nothing has changed, and the server says so.
    Alive,
}

impl Cluster {
    /// Every object of a kind that a label selector selects.
    pub async fn list<T: View>(&self, scope: &Scope, labels: &str) -> Result<Vec<T>, Failure> {
        let mut all = VecDeque::new();
        let mut token = None;
        loop {
            let request = page_request::<T>(scope, labels, token);
            let mut reader = PageReader::open(self, list_of::<T>(scope), request).await?;
            let mut page = loop {
                if let Some(page) = reader.next(&mut all).await? {
                    break page;
                }
            };
            token = page.token();
            if token.is_none() {
                return Ok(all.into());
            }
        }
    }

    /// Lists the objects of a kind that a label selector selects, then tells every change.
    ///
    /// The stream never ends. Errors are told and survived: the next item is waited for after a
    /// pause that grows to 30 s, and the watch goes on where it was, or begins anew with
    /// [`Change::Restarted`] when the server no longer knows that place.
    pub fn watch<T: View>(
        &self,
        scope: Scope,
        labels: &str,
    ) -> impl Stream<Item = Result<Change<T>, Failure>> + Send + Unpin + use<T> {
        let watch = Watch {
            cluster: self.clone(),
            scope,
            labels: labels.to_owned(),
            state: State::Empty,
            failures: 0,
            failed: false,
            begun: false,
        };
        stream::unfold(watch, |mut watch| async move {
            let item = watch.next().await;
            Some((item, watch))
        })
        .boxed()
    }
}

/// One page of a list.
fn page_request<T: View>(
    scope: &Scope,
    labels: &str,
    token: Option<String>,
) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
    let parameters = ListParams {
        label_selector: Some(labels.to_owned()).filter(|labels| !labels.is_empty()),
        limit: Some(PAGE),
        continue_token: token,
        ..ListParams::default()
    };
    Request::new(scope.path::<T>()).list(&parameters)
}

fn list_of<T: View>(scope: &Scope) -> String {
    format!("list {} in {scope}", T::PLURAL)
}

struct Watch<T> {
    cluster: Cluster,
    scope: Scope,
    labels: String,
    state: State<T>,
    /// How many tries have failed since a watch told something: a list alone is no success, for the
    /// watch after it may be refused for ever.
    failures: u32,
    /// Whether the last one did, so that a pause is due.
    failed: bool,
    /// Whether it has begun: what begins later begins anew.
    begun: bool,
}

enum State<T> {
    /// Nothing is known.
    Empty,
    /// Pages are read.
    Listing(Box<Listing<T>>),
    /// The list is known up to a version.
    Listed { version: String },
    /// Changes come in.
    Watching {
        version: String,
        events: Box<Events<T>>,
        since: Instant,
        silence: Duration,
    },
}

/// A list that is being read.
struct Listing<T> {
    /// Objects that have come in.
    objects: VecDeque<T>,
    /// The page that is coming in.
    page: Option<PageReader<T>>,
    /// What the next page is asked for with.
    token: Option<String>,
    /// The version of the list, once a page is complete.
    version: Option<String>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self {
            objects: VecDeque::new(),
            page: None,
            token: None,
            version: None,
        }
    }
}

/// What one step of the watch comes to.
type Step<T> = Option<Result<Change<T>, Failure>>;

impl<T: View> Watch<T> {
    async fn next(&mut self) -> Result<Change<T>, Failure> {
        loop {
            if std::mem::take(&mut self.failed) {
                sleep(pause(self.failures)).await;
            }
            let step = match std::mem::replace(&mut self.state, State::Empty) {
                State::Empty => {
                    if std::mem::replace(&mut self.begun, true) {
                        self.cluster.metrics().watch_restart(T::PLURAL);
                    }
                    self.state = State::Listing(Box::default());
                    Some(Ok(Change::Restarted))
                }
                State::Listing(listing) => self.list(listing).await,
                State::Listed { version } => self.connect(version).await,
                State::Watching {
                    version,
                    events,
                    since,
                    silence,
                } => self.follow(version, events, since, silence).await,
            };
            if let Some(item) = step {
                return item;
            }
        }
    }

    async fn list(&mut self, mut listing: Box<Listing<T>>) -> Step<T> {
        if let Some(object) = listing.objects.pop_front() {
            self.state = State::Listing(listing);
            return Some(Ok(Change::Applied(object)));
        }
        if let (None, None, Some(version)) = (&listing.page, &listing.token, &listing.version) {
            let version = version.clone();
            self.state = State::Listed { version };
            return Some(Ok(Change::Synced));
        }
        match self.read_on(&mut listing).await {
            Ok(()) => {
                self.state = State::Listing(listing);
                None
            }
            // Whatever it is, pages of one list must fit together: it begins anew.
            Err(failure) => Some(self.fail(failure, State::Empty)),
        }
    }

    /// Takes in the next piece of the page, or asks for the next page.
    async fn read_on(&mut self, listing: &mut Listing<T>) -> Result<(), Failure> {
        let Some(reader) = &mut listing.page else {
            let token = listing.token.take();
            let request = once(page_request::<T>(&self.scope, &self.labels, token));
            let doing = list_of::<T>(&self.scope);
            listing.page = Some(PageReader::open(&self.cluster, doing, request).await?);
            return Ok(());
        };
        if let Some(mut page) = reader.next(&mut listing.objects).await? {
            listing.page = None;
            listing.token = page.token();
            listing.version = Some(page.version());
        }
        Ok(())
    }

    async fn connect(&mut self, version: String) -> Step<T> {
        let parameters = WatchParams {
            label_selector: Some(self.labels.clone()).filter(|labels| !labels.is_empty()),
            timeout: Some(fastrand::u32(WATCH_SECONDS)),
            bookmarks: true,
            ..WatchParams::default()
        };
        let silence = Duration::from_secs(parameters.timeout.unwrap_or_default().into());
        let request = once(Request::new(self.scope.path::<T>()).watch(&parameters, &version));
        let answer = async {
            let request = request.map_err(kube::Error::BuildRequest)?;
            Events::open(&self.cluster, request).await
        };
        match answer.await {
            Ok(events) => {
                self.state = State::Watching {
                    version,
                    events: Box::new(events),
                    since: Instant::now(),
                    silence: silence + Duration::from_secs(15),
                };
                Some(Ok(Change::Alive))
            }
            Err(error) => self.refused(&error, version),
        }
    }

    async fn follow(
        &mut self,
        mut version: String,
        mut events: Box<Events<T>>,
        since: Instant,
        mut silence: Duration,
    ) -> Step<T> {
        let change = match timeout(silence, events.next()).await {
            Ok(Some(Ok(Event::Applied(object)))) => {
                version.clone_from(&object.meta().resource_version);
                Ok(Change::Applied(object))
            }
            Ok(Some(Ok(Event::Deleted(object)))) => {
                version.clone_from(&object.meta().resource_version);
                Ok(Change::Deleted(object))
            }
            Ok(Some(Ok(Event::Bookmark(reached)))) => {
                version = reached;
                silence = silence.min(BOOKMARK_SILENCE);
                Ok(Change::Alive)
            }
            Ok(Some(Ok(Event::Refused(status)))) => {
                return self.refused(&kube::Error::Api(status), version);
            }
            // One object that cannot be read does not keep the others away.
            Ok(Some(Err(error))) if failure::is_unreadable(&error) => Err(self.explain(&error)),
            Ok(Some(Err(error))) => {
                let failure = self.explain(&error);
                return Some(self.fail(failure, State::Listed { version }));
            }
            Ok(None) | Err(_) => {
                self.failed = since.elapsed() < SHORT_LIVED;
                self.failures = if self.failed {
                    self.failures.saturating_add(1)
                } else {
                    0
                };
                self.state = State::Listed { version };
                return None;
            }
        };
        self.failures = 0;
        self.state = State::Watching {
            version,
            events,
            since,
            silence,
        };
        Some(change)
    }

    /// The server does not serve the watch from this version.
    fn refused(&mut self, error: &kube::Error, version: String) -> Step<T> {
        let failure = self.explain(error);
        if failure.class == Class::Gone {
            tracing::debug!("{failure}; listing again");
            // Once is everyday life; again and again is a failure that must slow down.
            self.failed = self.failures > 0;
            self.failures = self.failures.saturating_add(1);
            self.state = State::Empty;
            return None;
        }
        // A server that was restored from a backup never reaches the version.
        let ahead = failure
            .error
            .one_line()
            .contains("Too large resource version");
        let state = match failure.class {
            _ if ahead => State::Empty,
            Class::Unauthorized | Class::Forbidden | Class::Busy | Class::Unreachable => {
                State::Listed { version }
            }
            _ => State::Empty,
        };
        Some(self.fail(failure, state))
    }

    fn fail(&mut self, failure: Failure, state: State<T>) -> Result<Change<T>, Failure> {
        self.failures = self.failures.saturating_add(1);
        self.failed = true;
        self.state = state;
        Err(failure)
    }

    fn explain(&self, error: &kube::Error) -> Failure {
        let doing = format!("watch {} in {}", T::PLURAL, self.scope);
        self.cluster.failure(&doing, error)
    }
}

/// 0.5 s after the first failure, doubled each time up to 30 s, with a quarter of chance around it.
fn pause(failures: u32) -> Duration {
    let full = Duration::from_millis(250 << failures.min(7)).min(Duration::from_secs(30));
    full.mul_f64(fastrand::f64().mul_add(0.5, 0.75))
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
