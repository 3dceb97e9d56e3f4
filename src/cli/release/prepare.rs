//! From values to a plan, by way of everything that can be found out before something is changed.

use std::collections::BTreeSet;

use super::{
    args::CompareArgs,
    installed::not_installed,
    prefect,
    source::{self, Source},
};
use crate::{
    cli::{Session, rendering},
    error::Result,
    install::{
        adopt::{self, HelmRelease},
        plan::{self, Desired, Plan, obstacle},
        preflight::{
            job_place, namespace,
            prefect::{Connection, Seen, connection, look},
            references, rights,
        },
        release::{Record, ReleaseId, Store, Stored},
        render,
        values::{self, Given, changes::Change},
    },
    k8s::{Cluster, Patience},
    prefect::{Client, WorkPoolName},
};

/// What is to be prepared.
#[derive(Debug)]
pub struct Request<'a> {
    /// The release's name.
    pub name: &'a str,
    /// Where values come from.
    pub source: Source,
    /// Whether there must be something installed.
    pub needs_installed: bool,
    /// How the plan is made.
    pub compare: &'a CompareArgs,
    /// A missing namespace is made.
    pub create_namespace: bool,
    /// A release of Helm is taken over.
    pub adopt: bool,
    /// The rights to install are asked for.
    pub rights: bool,
    /// What the pods refer to, and the Prefect API, are looked at.
    pub verify: bool,
}

/// A plan, and all that was found out on the way to it.
#[derive(Debug)]
pub struct Prepared {
    /// The cluster.
    pub cluster: Cluster,
    /// The release.
    pub release: ReleaseId,
    /// What is stored of it.
    pub stored: Stored,
    /// What is to be done.
    pub plan: Plan,
    /// What is to be remembered.
    pub record: Record,
    /// The values that change, when something is installed.
    pub changes: Vec<Change>,
    /// Namespaces that are to be made.
    pub missing_namespaces: BTreeSet<String>,
    /// The objects, marked as members.
    pub desired: Vec<Desired>,
    /// The worker's name, when the values give it one.
    pub worker_name: Option<String>,
    /// The work pool that the worker serves.
    pub pool: Option<WorkPoolName>,
    /// The Prefect API, when it answers here.
    pub prefect: Option<Client>,
    /// The revision that is gone back to.
    pub back_to: Option<u32>,
    /// The release of Helm that is taken over.
    pub helm: Option<HelmRelease>,
}

/// Finds out what an installation would do.
///
/// # Errors
/// Everything that stands in its way.
pub async fn prepare(session: &Session, given: Given, request: &Request<'_>) -> Result<Prepared> {
    render::check_release_name(request.name)?;
    let cluster = session.cluster(Patience::Command).await?;
    render::check_namespace(cluster.namespace())?;
    let release = ReleaseId {
        name: request.name.to_owned(),
        namespace: cluster.namespace().to_owned(),
    };
    let line = cluster.line();
    session
        .ui
        .say(&format!("Release {} in {line}", release.name));
    let names = BTreeSet::from([release.namespace.clone()]);
    let mut missing = namespace::missing(&cluster, &names, request.create_namespace).await?;
    let stored = stored(&cluster, &release, &missing, request).await;
    // Who may not read what is stored lacks more rights, and hears of all of them below.
    let (stored, unread) = match stored {
        Err(error) if request.rights && !request.needs_installed => {
            (Stored::default(), Some(error))
        }
        stored => (stored?, None),
    };
    let helm = match request.adopt {
        true => adopted(&cluster, &release, &stored).await?,
        false => None,
    };
    let base = request.source.base(&stored, request.name)?;
    let helm_is_base = helm.as_ref().filter(|_| stored.deployed().is_none());
    let (resolved, notes) = source::resolve(&cluster, given, &stored, base, helm_is_base).await?;
    let mut rendered = rendering::render(request.name, &release.namespace, &resolved)?;
    let back_to = base.filter(|_| matches!(request.source, Source::Revision(_)));
    if let Some(record) = back_to.and_then(|revision| revision.record.as_ref()) {
        rendered.objects.clone_from(&record.objects);
    }
    for note in notes.iter().chain(&rendered.notes) {
        session.ui.warn(note);
    }
    let desired = plan::desired(&cluster, &release, &rendered.objects).await?;
    let others: BTreeSet<String> = desired
        .iter()
        .filter_map(|desired| desired.object.namespace.clone())
        .filter(|namespace| *namespace != release.namespace)
        .collect();
    missing.extend(namespace::missing(&cluster, &others, request.create_namespace).await?);
    let record = Record {
        values: resolved.given.to_json(),
        objects: rendered.objects,
    };
    record.check_size()?;
    let installed = stored.deployed().or(stored.latest());
    let before = installed.and_then(|revision| revision.record.as_ref());
    let worker = &resolved.values.worker;
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let mut prepared = Prepared {
        changes: before
            .map(|before| values::changes::changes(&before.values, &record.values))
            .unwrap_or_default(),
        plan: Plan::default(),
        record,
        missing_namespaces: missing,
        desired,
        worker_name: text(&worker.config.name),
        pool: text(&worker.config.work_pool).map(WorkPoolName),
        prefect: None,
        back_to: back_to.map(|revision| revision.number),
        helm,
        cluster,
        release,
        stored,
    };
    if request.rights {
        let Prepared {
            cluster, release, ..
        } = &prepared;
        let missing = &prepared.missing_namespaces;
        let needed = rights::needed(release, &prepared.desired, missing);
        rights::check(cluster, release, &needed).await?;
    }
    if let Some(error) = unread {
        return Err(error);
    }
    if request.verify {
        let kind = &worker.config.r#type;
        prepared.prefect = look_around(session, &prepared, kind).await?;
    }
    prepared.plan = prepared.make_plan(request.compare).await?;
    Ok(prepared)
}

impl Prepared {
    /// Makes the plan anew.
    ///
    /// # Errors
    /// What stands in its way.
    pub async fn make_plan(&self, compare: &CompareArgs) -> Result<Plan> {
        let options = plan::Options {
            force_conflicts: compare.force_conflicts,
            recreate: compare.recreate,
            missing_namespaces: self.missing_namespaces.clone(),
            adopts: self
                .helm
                .as_ref()
                .map(|helm| (helm.name.clone(), helm.namespace.clone())),
        };
        let desired = self.desired.clone();
        let (release, set) = (&self.release, &self.stored.set);
        let plan = plan::gather(&self.cluster, release, set, desired, &options).await?;
        match obstacle::error(&release.name, &plan.obstacles) {
            Some(error) => Err(error),
            None => Ok(plan),
        }
    }

    /// The Deployment of the worker.
    #[must_use]
    pub fn deployment(&self) -> Option<&Desired> {
        let mut desired = self.desired.iter();
        desired.find(|desired| desired.object.resource.kind == "Deployment")
    }
}

/// Reads what is stored; of a release in a namespace that is not there, nothing is.
async fn stored(
    cluster: &Cluster,
    release: &ReleaseId,
    missing: &BTreeSet<String>,
    request: &Request<'_>,
) -> Result<Stored> {
    if missing.contains(&release.namespace) {
        return Ok(Stored::default());
    }
    if request.needs_installed {
        rights::check(cluster, release, &rights::bookkeeping(release)).await?;
    }
    let stored = Store::new(cluster, release).read().await?;
    if request.needs_installed && !stored.is_installed() {
        return Err(not_installed(release));
    }
    Ok(stored)
}

/// The release of Helm that is to be taken over; nothing when that has been done, records and all.
async fn adopted(
    cluster: &Cluster,
    release: &ReleaseId,
    stored: &Stored,
) -> Result<Option<HelmRelease>> {
    match adopt::find(cluster, release).await? {
        None if !stored.is_installed() => Err(adopt::nothing_to_adopt(cluster, release).await?),
        found => Ok(found),
    }
}

/// Looks at what the pods refer to, and at the Prefect API.
async fn look_around(session: &Session, prepared: &Prepared, kind: &str) -> Result<Option<Client>> {
    let Some(Desired { object, manifest }) = prepared.deployment() else {
        return Ok(None);
    };
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let own: Vec<_> = prepared
        .desired
        .iter()
        .map(|desired| &desired.object)
        .collect();
    let cluster = &prepared.cluster;
    let unseen = references::check(cluster, namespace, manifest, &own).await?;
    if !unseen.is_empty() {
        let list = unseen.join(", ");
        session.ui.warn(&format!(
            "whether it is there is not known, since we may not read it: {list}"
        ));
    }
    let Some(connection) = connection(cluster, namespace, manifest).await? else {
        return Ok(None);
    };
    let Some(pool) = &prepared.pool else {
        return Ok(None);
    };
    ask_prefect(session, &connection, (pool, kind), &prepared.desired).await
}

async fn ask_prefect(
    session: &Session,
    connection: &Connection,
    (pool, kind): (&WorkPoolName, &str),
    desired: &[Desired],
) -> Result<Option<Client>> {
    let has_key = session.global.prefect.api_key_file.is_some();
    if let Some(why) = connection.unknown.as_ref().filter(|_| !has_key) {
        session.ui.warn(&format!(
            "the Prefect API is not asked, and no sign of life is waited for: {why}; \
             --api-key-file gives a key to ask with"
        ));
        return Ok(None);
    }
    let client = prefect::client(session, connection)?;
    let template = match look(&client, pool, kind).await? {
        Seen::Pool(found) => {
            if found.is_paused {
                let name = &pool.0;
                session.ui.warn(&format!(
                    "work pool {name:?} is paused: it gives out no runs"
                ));
            }
            Some(found.base_job_template)
        }
        Seen::NoPool => {
            let name = &pool.0;
            session.ui.say(&format!(
                "Work pool {name:?} does not exist yet: the worker will make it."
            ));
            None
        }
        Seen::Unreachable(why) => {
            session.ui.warn(&format!(
                "the Prefect API does not answer here, so that neither the key nor the work pool is \
                 checked, and no sign of life is waited for; pods may reach it all the same: {why}"
            ));
            return Ok(None);
        }
    };
    if let Some(warning) = job_place::warning(desired, pool, template.as_ref()) {
        session.ui.warn(&warning);
    }
    Ok(Some(client))
}
