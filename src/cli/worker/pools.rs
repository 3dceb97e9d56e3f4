//! Which pools a worker serves, each with its queues and its limit, from the flags of
//! `kubectl prefect worker run`.

use std::num::NonZeroUsize;

use crate::{
    error::{Error, Result},
    prefect::{WorkPoolName, WorkQueueName},
};

/// A pool to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedPool {
    /// Its name.
    pub name: WorkPoolName,
    /// The queues to poll; none means all.
    pub work_queues: Vec<WorkQueueName>,
    /// Most runs in hand at once.
    pub limit: Option<NonZeroUsize>,
}

/// A value of `--limit`: for every pool, or for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pool: Option<String>,
    most: NonZeroUsize,
}

impl std::str::FromStr for Limit {
    type Err = String;

    /// `N`, or `POOL=N`; a pool's name may have `=` in it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (pool, most) = match text.rsplit_once('=') {
            Some(("", _)) => return Err("no work pool is named before '='".to_owned()),
            Some((pool, most)) => (Some(pool.to_owned()), most),
            None => (None, text),
        };
        let most = most
            .parse()
            .map_err(|_| format!("{most:?} is not a number from 1 on"))?;
        Ok(Self { pool, most })
    }
}

/// Gives each pool its queues and its limit.
///
/// # Errors
/// A pool that is named twice, a limit or a queue of a pool that is not served, a queue that does
/// not say which of several pools it is of, a limit that is given twice.
pub fn served(
    pools: &[String],
    work_queues: &[String],
    limits: &[Limit],
) -> Result<Vec<ServedPool>> {
    for (index, pool) in pools.iter().enumerate() {
        if pools[..index].contains(pool) {
            return Err(Error::usage(format!("work pool {pool:?} is named twice")));
        }
    }
    let queues = queues(pools, work_queues)?;
    let every = limit_of(limits, None)?;
    for limit in limits {
        if let Some(pool) = &limit.pool {
            check_is_served(pools, pool, &format!("--limit {pool}={}", limit.most))?;
        }
    }
    pools
        .iter()
        .map(|pool| {
            let own = queues.iter().filter(|(of, _)| of == pool);
            Ok(ServedPool {
                name: pool.clone().into(),
                work_queues: own.map(|(_, queue)| queue.clone().into()).collect(),
                limit: limit_of(limits, Some(pool))?.or(every),
            })
        })
        .collect()
}

/// The limit that was given for a pool, or for every one.
fn limit_of(limits: &[Limit], pool: Option<&String>) -> Result<Option<NonZeroUsize>> {
    let mut own = limits.iter().filter(|limit| limit.pool.as_ref() == pool);
    let limit = own.next().map(|limit| limit.most);
    match (own.next(), pool) {
        (None, _) => Ok(limit),
        (Some(_), None) => Err(Error::usage("--limit is given twice")
            .hint("Say for which pool each is: --limit POOL=N.")),
        (Some(_), Some(pool)) => Err(Error::usage(format!(
            "--limit is given twice for work pool {pool:?}"
        ))),
    }
}

/// Queues with their pools. Neither names of pools nor of queues can have a `/` in them
/// (prefect/types/names.py), so it parts one from the other.
fn queues(pools: &[String], work_queues: &[String]) -> Result<Vec<(String, String)>> {
    work_queues
        .iter()
        .map(|queue| match (queue.split_once('/'), pools) {
            (Some((pool, queue)), _) => {
                check_is_served(pools, pool, &format!("-q {pool}/{queue}"))?;
                Ok((pool.to_owned(), queue.to_owned()))
            }
            (None, [pool]) => Ok((pool.clone(), queue.clone())),
            (None, _) => Err(Error::usage(format!(
                "-q {queue:?} does not say of which work pool it is"
            ))
            .hint(format!(
                "With several pools, name the queue's: -q {}/{queue}",
                pools.first().map_or("POOL", String::as_str)
            ))),
        })
        .collect()
}

fn check_is_served(pools: &[String], pool: &str, flag: &str) -> Result<()> {
    if pools.iter().any(|served| served == pool) {
        return Ok(());
    }
    Err(
        Error::usage(format!("{flag} is for a work pool that is not served"))
            .hint(format!("The pools are: {}.", pools.join(", "))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn limits(text: &str) -> Vec<Limit> {
        text.split_whitespace()
            .map(|limit| limit.parse().unwrap())
            .collect()
    }

    fn pool(name: &str, queues: &str, limit: Option<usize>) -> ServedPool {
        ServedPool {
            name: name.to_owned().into(),
            work_queues: words(queues).into_iter().map(Into::into).collect(),
            limit: limit.and_then(NonZeroUsize::new),
        }
    }

    #[test]
    fn each_pool_has_its_queues_and_its_limit() {
        for (pools, queues, limit, expected) in [
            ("a", "high low", "5", vec![pool("a", "high low", Some(5))]),
            ("a", "a/high", "a=5", vec![pool("a", "high", Some(5))]),
            (
                "a b",
                "b/high b/low",
                "",
                vec![pool("a", "", None), pool("b", "high low", None)],
            ),
            (
                "a b",
                "",
                "10 b=5",
                vec![pool("a", "", Some(10)), pool("b", "", Some(5))],
            ),
            (
                "a b=c",
                "",
                "b=c=5",
                vec![pool("a", "", None), pool("b=c", "", Some(5))],
            ),
        ] {
            let served = served(&words(pools), &words(queues), &limits(limit));
            assert_eq!(served, Ok(expected), "{pools} {queues} {limit}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_wrong_usage() {
        for (pools, queues, limit, said) in [
            ("a a", "", "", "work pool \"a\" is named twice"),
            (
                "a b",
                "high",
                "",
                "-q \"high\" does not say of which work pool it is",
            ),
            (
                "a b",
                "c/high",
                "",
                "-q c/high is for a work pool that is not served",
            ),
            (
                "a",
                "c/high",
                "",
                "-q c/high is for a work pool that is not served",
            ),
            (
                "a b",
                "",
                "c=1",
                "--limit c=1 is for a work pool that is not served",
            ),
            ("a b", "", "1 2", "--limit is given twice"),
            (
                "a b",
                "",
                "a=1 a=2",
                "--limit is given twice for work pool \"a\"",
            ),
        ] {
            let error = served(&words(pools), &words(queues), &limits(limit)).unwrap_err();
            assert_eq!(error.message, said);
        }
    }

    #[test]
    fn limits_begin_with_one() {
        for text in ["0", "-1", "a=0", "=5", "a=", "a=b", ""] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
