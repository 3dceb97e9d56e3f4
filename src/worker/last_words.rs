//! The last log lines of containers whose flow never reached the API: without them a run that
//! crashed while it was imported leaves no trace.
//!
//! Hundreds of runs may crash at once, by an image that is broken, and each waits half a minute for
//! a replacement of its Job. So few logs are read at a time, and when many are held, the later ones
//! are short.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{decide::JobEnd, journal::RunRef, judge::Case, shared::Shared};
use crate::k8s::{
    Class, Failure,
    view::{Phase, PodView},
};

/// Logs that are read at a time.
const READERS: usize = 4;
/// Bytes of logs that are held by all runs together.
const HELD: u32 = 2 << 20;
/// Bytes that each run may hold beyond that.
const AT_LEAST: usize = 4 << 10;
/// Lines that are asked for where more do not come in time: they may be of any length.
const FEW: u32 = 10;

/// The container that runs the flow (prefect-kubernetes).
const FLOW_CONTAINER: &str = "prefect-job";

/// Where the logs of all runs are read and held.
#[derive(Debug)]
pub struct Desk {
    readers: Semaphore,
    room: Arc<Semaphore>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            readers: Semaphore::new(READERS),
            room: Arc::new(Semaphore::new(HELD as usize)),
        }
    }
}

impl Desk {
    /// Room for so many bytes, while there is any.
    fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).ok()?;
        let room = Arc::clone(&self.room);
        room.try_acquire_many_owned(bytes).ok()
    }
}

/// The lines, by container.
#[derive(Debug, Default)]
pub struct LastWords(Vec<Words>);

#[derive(Debug)]
struct Words {
    pod: String,
    container: String,
    /// The end of the log.
    text: String,
    _room: Option<OwnedSemaphorePermit>,
}

/// Reads them, the newest pod first. What cannot be read is left out: the crash is told anyway.
pub async fn of(shared: &Shared, case: &Case) -> LastWords {
    if !shared.options.observer.forward_logs {
        return LastWords::default();
    }
    match read(shared, case).await {
        Ok(words) => LastWords(words),
        Err(failure) => {
            tracing::debug!(
                "the last log lines of Job {} are not to be had: {failure}",
                case.job
            );
            LastWords::default()
        }
    }
}

async fn read(shared: &Shared, case: &Case) -> Result<Vec<Words>, Failure> {
    let mut pods = case.pods().await?;
    if case.end != JobEnd::Succeeded {
        pods.retain(|pod| pod.status.phase != Phase::Succeeded);
    }
    pods.sort_by_key(|pod| std::cmp::Reverse(pod.metadata.creation_timestamp));
    let mut words = Vec::new();
    for pod in &pods {
        words.extend(of_pod(shared, case, pod).await);
    }
    Ok(words)
}

/// The flow's container speaks for its pod; where it says nothing, the others do.
async fn of_pod(shared: &Shared, case: &Case, pod: &PodView) -> Vec<Words> {
    let containers = || pod.status.container_statuses.iter().map(name);
    let alone = containers().count() == 1;
    let speaks = |container: &&str| alone || *container == FLOW_CONTAINER;
    let first: Vec<&str> = containers().filter(speaks).collect();
    let init = pod.status.init_container_statuses.iter().map(name);
    let others = init.chain(containers().filter(|container| !speaks(container)));
    for container in first {
        if let Some(words) = of_container(shared, case, pod, container).await {
            return vec![words];
        }
    }
    let mut words = Vec::new();
    for container in others {
        words.extend(of_container(shared, case, pod, container).await);
    }
    words
}

fn name(container: &crate::k8s::view::ContainerStatus) -> &str {
    &container.name
}

async fn of_container(
    shared: &Shared,
    case: &Case,
    pod: &PodView,
    container: &str,
) -> Option<Words> {
    let pod = &pod.metadata.name;
    let desk = &shared.process.desk;
    // The semaphore is never closed.
    let _reader = desk.readers.acquire().await.ok()?;
    let text = match tail(shared, case, pod, container).await {
        Ok(text) => text,
        Err(failure) => {
            tracing::debug!("{failure}");
            return None;
        }
    };
    let room = desk.room(text.len());
    let text = if room.is_some() {
        text
    } else {
        end_of(&text, AT_LEAST).to_owned()
    };
    (!text.trim().is_empty()).then(|| Words {
        pod: pod.clone(),
        container: container.to_owned(),
        text,
        _room: room,
    })
}

async fn tail(shared: &Shared, case: &Case, pod: &str, container: &str) -> Result<String, Failure> {
    let lines = shared.options.observer.forward_log_lines;
    let read = |lines| {
        case.cluster
            .log_tail(&case.namespace, pod, container, lines)
    };
    let tail = match read(lines).await {
        Err(failure) if failure.class == Class::Unreachable && lines > FEW => read(FEW).await,
        tail => tail,
    };
    tail.map(|tail| tail.text)
}

/// The end of a text, from the beginning of a line if there is one.
fn end_of(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = &text[text.ceil_char_boundary(text.len() - bytes)..];
    end.split_once('\n').map_or(end, |(_, rest)| rest)
}

impl LastWords {
    /// Writes the lines into the run's log.
    pub fn forward(self, shared: &Shared, about: &RunRef) {
        for words in self.0 {
            let lines = words.text.lines().filter(|line| !line.trim().is_empty());
            let count = lines.clone().count();
            let (noun, verb) = if count == 1 {
                ("line", "is")
            } else {
                ("lines", "are")
            };
            let head = format!(
                "The last {noun} of container '{}' in pod '{}' {verb} in the run's log ({count}):",
                words.container, words.pod
            );
            shared.journal.observed(about, true, &head);
            for line in lines {
                shared.journal.relay(about, line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_is_cut_between_lines_and_letters() {
        assert_eq!(end_of("one\ntwo\n", 100), "one\ntwo\n");
        assert_eq!(end_of("one\ntwo\nthree\n", 8), "three\n");
        assert_eq!(end_of("ääää", 3), "ä");
    }

    #[test]
    fn room_comes_back() {
        let desk = Desk::default();
        let all = desk.room(HELD as usize);
        assert!(all.is_some() && desk.room(1).is_none());
        drop(all);
        assert!(desk.room(1).is_some());
    }
}
