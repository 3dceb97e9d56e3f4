//! Reads what is there and lets the server try what is to be.
//!
//! Requests: the members of the release come by one list a kind; each other object is read by its
//! name. Then each is applied in a dry run. So an object costs two requests before it is changed.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::{
    Action, Desired, Obstacle, Plan, Step, compare, handover, obstacle,
    owner::{self, Owner},
    target,
};
use crate::{
    error::Result,
    install::{
        adopt::{hold, marks},
        release::{ApplySet, PART_OF, ReleaseId},
    },
    k8s::{Applying, Class, Cluster, Deleting, Failure, FieldCause, NotTaken, ObjectRef, Resource},
};

/// Requests under way at once.
const AT_ONCE: usize = 8;
/// How often an object is read again that others write to meanwhile.
const RACES: usize = 3;

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Fields that others own are taken from them.
    pub force_conflicts: bool,
    /// Objects with a field that cannot be changed are deleted and made anew.
    pub recreate: bool,
    /// Namespaces that are not there yet: nothing can be in them, and nothing can be tried.
    pub missing_namespaces: BTreeSet<String>,
    /// Name and namespace of the release of Helm whose objects are taken over.
    pub adopts: Option<(String, String)>,
}

/// Makes the plan that turns a release into these objects. `set` says where its members are now.
///
/// # Errors
/// When the API server does not answer, or does not let us read. What it says against an object is
/// an obstacle of the plan.
pub async fn gather(
    cluster: &Cluster,
    release: &ReleaseId,
    set: &ApplySet,
    desired: Vec<Desired>,
    options: &Options,
) -> Result<Plan> {
    let gathering = Gathering {
        cluster,
        release,
        options,
        desired: &desired,
        members: members(cluster, release, set, options).await?,
    };
    let tried: Vec<(Option<Step>, Vec<Obstacle>)> = stream::iter(&desired)
        .map(|desired| gathering.step(desired))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut plan = Plan::default();
    for (step, obstacles) in tried {
        plan.steps.extend(step);
        plan.obstacles.extend(obstacles);
    }
    gathering.prune(&mut plan).await?;
    Ok(plan)
}

/// The members of a release that are there.
async fn members(
    cluster: &Cluster,
    release: &ReleaseId,
    set: &ApplySet,
    options: &Options,
) -> Result<Vec<(ObjectRef, Value)>> {
    let selector = format!("{PART_OF}={}", release.set_id());
    let namespaces: Vec<&str> = std::iter::once(release.namespace.as_str())
        .chain(set.namespaces.iter().map(String::as_str))
        .filter(|namespace| !options.missing_namespaces.contains(*namespace))
        .collect();
    let mut places = Vec::new();
    for group_kind in &set.group_kinds {
        let (kind, group) = group_kind.split_once('.').unwrap_or((group_kind, ""));
        // A kind that the cluster no longer has, has no objects either.
        let Some(resource) = cluster.preferred_resource(group, kind).await? else {
            continue;
        };
        if resource.namespaced {
            let each = namespaces
                .iter()
                .map(|namespace| Some((*namespace).to_owned()));
            places.extend(each.map(|namespace| (resource.clone(), namespace)));
        } else {
            places.push((resource, None));
        }
    }
    let found: Vec<Vec<(ObjectRef, Value)>> = stream::iter(places)
        .map(|(resource, namespace)| {
            let selector = &selector;
            async move {
                let list = cluster.list_objects(&resource, namespace.as_deref(), selector);
                let objects = list.await?.into_iter();
                let named = objects.map(|object| (reference(&resource, &object), object));
                Ok::<_, Failure>(named.collect())
            }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

fn reference(resource: &Resource, object: &Value) -> ObjectRef {
    let text = |key: &str| object["metadata"][key].as_str().map(str::to_owned);
    ObjectRef {
        resource: resource.clone(),
        namespace: text("namespace"),
        name: text("name").unwrap_or_default(),
    }
}

fn version(object: &Value) -> &Value {
    &object["metadata"]["resourceVersion"]
}

struct Gathering<'a> {
    cluster: &'a Cluster,
    release: &'a ReleaseId,
    options: &'a Options,
    desired: &'a [Desired],
    members: Vec<(ObjectRef, Value)>,
}

impl Gathering<'_> {
    async fn step(&self, desired: &Desired) -> Result<(Option<Step>, Vec<Obstacle>)> {
        let object = &desired.object;
        let mut step = Step {
            object: object.clone(),
            action: Action::Create,
            manifest: Some(desired.manifest.clone()),
            live: None,
            result: None,
            note: None,
            from_helm: false,
        };
        let missing = &self.options.missing_namespaces;
        if object
            .namespace
            .as_ref()
            .is_some_and(|it| missing.contains(it))
        {
            return Ok((Some(step), Vec::new()));
        }
        step.live = self.live(object).await?;
        if let Some(live) = &step.live {
            let owner = owner::of(live, &self.release.set_id());
            step.from_helm = self.is_taken_over(live, &owner);
            if !step.from_helm && owner.objection().is_some() {
                return Ok((None, vec![Obstacle::Owned(object.clone(), owner)]));
            }
            if step.from_helm {
                step.note = Some("taken over from Helm: labels, annotations, managers".to_owned());
            } else if owner == owner::Owner::Nobody {
                step.note = Some("was there already and becomes part of the release".to_owned());
            }
        }
        let mut desired = desired.clone();
        if let Some(live) = &step.live {
            handover::keep_replicas(&mut desired.manifest, live);
        }
        let tried = self.tried_with_marks(&mut desired, &mut step).await;
        step.manifest = Some(desired.manifest.clone());
        let desired = &desired;
        match tried {
            Ok(mut result) => {
                if step.from_helm {
                    hold::without(&mut result, &desired.manifest);
                }
                step.action = match &step.live {
                    None => Action::Create,
                    Some(_) if step.from_helm => Action::Change,
                    Some(live) if compare::is_unchanged(live, &result) => Action::Unchanged,
                    Some(_) => Action::Change,
                };
                step.result = Some(result);
                Ok((Some(step), Vec::new()))
            }
            Err(refused) if step.live.is_none() && self.is_only_early(desired, &refused) => {
                Ok((Some(step), Vec::new()))
            }
            Err(refused) => self.refused(desired, step, refused).await,
        }
    }

    /// Whether Helm's hold on an object ends: it belongs to the release that is taken over, or has
    /// become ours already by one that was broken off.
    fn is_taken_over(&self, live: &Value, owner: &Owner) -> bool {
        let Some((release, namespace)) = &self.options.adopts else {
            return false;
        };
        matches!(owner, Owner::Helm { .. } | Owner::Us) && hold::is_held(live, release, namespace)
    }

    /// Tries an object with the marks of Helm on its pods, and without them when the pods are
    /// started again anyway.
    async fn tried_with_marks(
        &self,
        desired: &mut Desired,
        step: &mut Step,
    ) -> Result<Value, NotTaken> {
        let plain = desired.manifest.clone();
        let adopted = step.from_helm;
        let live = step.live.as_ref();
        let kept = live.is_some_and(|live| marks::keep(&mut desired.manifest, live, adopted));
        let result = self.tried_on(desired, step).await?;
        let template = |object: &Value| object["spec"]["template"].clone();
        let starts_pods = step.live.as_ref().map(template) != Some(template(&result));
        if kept && !adopted && starts_pods {
            desired.manifest = plain;
            return self.tried_on(desired, step).await;
        }
        Ok(result)
    }

    async fn refused(
        &self,
        desired: &Desired,
        mut step: Step,
        refused: NotTaken,
    ) -> Result<(Option<Step>, Vec<Obstacle>)> {
        if matches!(
            refused.failure.class,
            Class::Unauthorized | Class::Unreachable
        ) {
            return Err(refused.into());
        }
        let obstacle = obstacle::obstacle(&desired.object, refused);
        let Obstacle::Immutable(_, fields) = &obstacle else {
            return Ok((None, vec![obstacle]));
        };
        if !self.options.recreate {
            return Ok((None, vec![obstacle]));
        }
        step.note = Some(format!("{} cannot be changed", fields.join(", ")));
        step.action = Action::Recreate;
        match self.tried_anew(desired).await {
            Ok(result) => {
                step.result = Some(result);
                Ok((Some(step), Vec::new()))
            }
            Err(refused) => Ok((None, vec![obstacle::obstacle(&desired.object, refused)])),
        }
    }

    async fn live(&self, object: &ObjectRef) -> Result<Option<Value>> {
        // A list is of the preferred version, and an object may be written in another one.
        let is_it = |member: &ObjectRef| {
            member.is_same(object) && member.resource.version == object.resource.version
        };
        let member = self.members.iter().find(|(member, _)| is_it(member));
        match member {
            Some((_, live)) => Ok(Some(live.clone())),
            None => Ok(self.cluster.get_object(object).await?),
        }
    }

    /// Tries an object on what is there. A controller may write to it between the two readings; then
    /// what it wrote would look like a change of ours, so both are read again.
    async fn tried_on(&self, desired: &Desired, step: &mut Step) -> Result<Value, NotTaken> {
        let mut result = self.tried_over_helm(desired, step).await?;
        for _ in 0..RACES {
            let Some(there) = &step.live else { break };
            if version(there) == version(&result) || compare::is_unchanged(there, &result) {
                break;
            }
            match self.cluster.get_object(&desired.object).await {
                Ok(now) => step.live = now,
                Err(failure) => {
                    return Err(NotTaken {
                        failure,
                        fields: Vec::new(),
                    });
                }
            }
            result = self.tried_over_helm(desired, step).await?;
        }
        Ok(result)
    }

    /// Tries an object. The fields of the release that is taken over are taken from Helm, and from
    /// nobody else.
    async fn tried_over_helm(&self, desired: &Desired, step: &Step) -> Result<Value, NotTaken> {
        let force = self.options.force_conflicts;
        let refused = match self.tried(desired, force).await {
            Err(refused) if step.from_helm => refused,
            result => return result,
        };
        let helm = step.live.as_ref().map(hold::managers).unwrap_or_default();
        let is_helms = |cause: &FieldCause| {
            let manager = obstacle::manager(&cause.message);
            helm.contains(&manager.as_str())
        };
        let is_conflict = refused.failure.class == Class::Conflict && !refused.fields.is_empty();
        match is_conflict && refused.fields.iter().all(is_helms) {
            true => self.tried(desired, true).await,
            false => Err(refused),
        }
    }

    async fn tried(&self, desired: &Desired, force: bool) -> Result<Value, NotTaken> {
        let applying = Applying {
            dry_run: true,
            force,
        };
        let Desired { object, manifest } = desired;
        self.cluster.apply_object(object, manifest, applying).await
    }

    /// Tries an object that is to be made anew, under another name: its own is taken until it is
    /// deleted.
    async fn tried_anew(&self, desired: &Desired) -> Result<Value, NotTaken> {
        let mut object = desired.object.clone();
        object.name.push_str("-anew");
        let mut manifest = desired.manifest.clone();
        manifest["metadata"]["name"] = object.name.as_str().into();
        let applying = Applying {
            dry_run: true,
            force: false,
        };
        let mut result = self
            .cluster
            .apply_object(&object, &manifest, applying)
            .await?;
        result["metadata"]["name"] = desired.object.name.as_str().into();
        Ok(result)
    }

    /// Whether an object is refused only because another one of the plan is not there yet: who is no
    /// administrator may bind a Role only once its rules can be looked up.
    fn is_only_early(&self, desired: &Desired, refused: &NotTaken) -> bool {
        let role = &desired.manifest["roleRef"];
        refused.failure.class == Class::NotFound
            && desired.object.resource.kind.ends_with("RoleBinding")
            && self.desired.iter().any(|other| {
                role["kind"] == other.object.resource.kind.as_str()
                    && role["name"] == other.object.name.as_str()
            })
    }

    /// Members that are no longer wanted. The server tries their deletion too.
    async fn prune(&self, plan: &mut Plan) -> Result<()> {
        let mut members: Vec<&(ObjectRef, Value)> = self.members.iter().collect();
        members.sort_by_key(|(object, _)| target::place_of_deletion(&object.resource.kind));
        for (object, live) in members {
            if self
                .desired
                .iter()
                .any(|desired| desired.object.is_same(object))
            {
                continue;
            }
            let step = Step {
                object: object.clone(),
                action: Action::Delete,
                manifest: None,
                live: Some(live.clone()),
                result: None,
                note: None,
                from_helm: false,
            };
            match self
                .cluster
                .delete_object(object, step.uid(), Deleting::DryRun)
                .await
            {
                Ok(()) => plan.steps.push(step),
                Err(failure) => plan.obstacles.push(Obstacle::Refused(
                    object.clone(),
                    NotTaken {
                        failure,
                        fields: Vec::new(),
                    },
                )),
            }
        }
        Ok(())
    }
}
