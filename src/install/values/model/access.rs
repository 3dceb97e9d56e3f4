//! Values of the ServiceAccount, the Role and the RoleBinding.

use super::{Part, Texts, group};

group! {
    /// The ServiceAccount that the worker runs as.
    #[serde(deny_unknown_fields)]
    pub struct ServiceAccount {
        /// Whether to make it.
        #[serde(default)]
        pub create: bool = true,
        /// Its name. When empty: that of all objects, or `default` when none is made.
        pub name: Option<String> = Some(String::new()),
        /// Its annotations, such as those that give it a cloud identity. They win over
        /// `commonAnnotations`. Templates are evaluated.
        #[serde(default)]
        pub annotations: Texts = Texts::new(),
    }
}

group! {
    /// What the worker may do.
    #[serde(deny_unknown_fields)]
    pub struct Role {
        /// Whether to make it.
        #[serde(default)]
        pub create: bool = true,
        /// Namespace of the Role and the RoleBinding, where Jobs go to another one than the
        /// worker's.
        pub namespace: Option<String> = None,
        /// Rules to add, each with `apiGroups`, `resources` and `verbs`. Templates are evaluated.
        #[serde(default)]
        pub extra_permissions: Vec<Part> = Vec::new(),
    }
}

group! {
    /// Gives the Role to the ServiceAccount.
    #[serde(deny_unknown_fields)]
    pub struct RoleBinding {
        /// Whether to make it. As in the chart it is made even where `role.create` is false.
        #[serde(default)]
        pub create: bool = true,
    }
}
