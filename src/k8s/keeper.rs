//! Which tool keeps an object as it wants it: whoever changes one of these by hand sees it changed back.

use std::fmt;

/// A tool, by the marks that it leaves on what is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// An application of Argo CD
    /// (<https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/>).
    ArgoCd(String),
    /// A Kustomization or a HelmRelease of Flux.
    Flux {
        /// Which of them.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A release of Helm.
    Helm {
        /// Its name.
        release: String,
        /// Its namespace; empty when Helm has not told.
        namespace: String,
    },
}

impl Keeper {
    /// Reads the marks: `mark` gives the label or annotation of a name. Argo CD and Flux go before
    /// Helm, whose charts they install.
    #[must_use]
    pub fn of<'a>(mark: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let argo = mark("argocd.argoproj.io/tracking-id")
            .map(|id| id.split(':').next().unwrap_or(id))
            .or_else(|| mark("argocd.argoproj.io/instance"));
        if let Some(application) = argo {
            return Some(Self::ArgoCd(application.to_owned()));
        }
        for (name, kind) in [
            ("kustomize.toolkit.fluxcd.io/name", "Kustomization"),
            ("helm.toolkit.fluxcd.io/name", "HelmRelease"),
        ] {
            if let Some(name) = mark(name) {
                let name = name.to_owned();
                return Some(Self::Flux { kind, name });
            }
        }
        let release = mark("meta.helm.sh/release-name")?.to_owned();
        let namespace = mark("meta.helm.sh/release-namespace").unwrap_or_default();
        Some(Self::Helm {
            release,
            namespace: namespace.to_owned(),
        })
    }
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArgoCd(application) => write!(f, "Argo CD application {application}"),
            Self::Flux { kind, name } => write!(f, "Flux {kind} {name}"),
            Self::Helm { release, .. } => write!(f, "Helm release {release}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_known_by_their_marks() {
        let helm = ("meta.helm.sh/release-name", "r");
        for (marks, keeper) in [
            (vec![], None),
            (vec![("app.kubernetes.io/managed-by", "Helm")], None),
            (vec![helm], Some("Helm release r")),
            (
                vec![
                    helm,
                    ("argocd.argoproj.io/tracking-id", "app:apps/Deployment:n/w"),
                ],
                Some("Argo CD application app"),
            ),
            (
                vec![("argocd.argoproj.io/instance", "app")],
                Some("Argo CD application app"),
            ),
            (
                vec![helm, ("helm.toolkit.fluxcd.io/name", "w")],
                Some("Flux HelmRelease w"),
            ),
            (
                vec![("kustomize.toolkit.fluxcd.io/name", "k")],
                Some("Flux Kustomization k"),
            ),
        ] {
            let mark = |name: &str| Some(marks.iter().find(|mark| mark.0 == name)?.1);
            let found = Keeper::of(mark).map(|keeper| keeper.to_string());
            assert_eq!(found.as_deref(), keeper, "{marks:?}");
        }
    }
}
