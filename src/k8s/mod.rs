//! The Kubernetes side: connection, access reviews, Jobs, pods, the cluster's UID.
