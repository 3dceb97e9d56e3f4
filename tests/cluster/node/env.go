package node

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	podresource "k8s.io/kubernetes/pkg/api/v1/resource"
	"k8s.io/kubernetes/pkg/fieldpath"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// sources reads the objects that a pod's environment refers to. A missing
// object is a nil map and no error.
type sources interface {
	configMap(name string) (map[string]string, error)
	secret(name string) (map[string]string, error)
}

// loopback is the address of the node. What a pod opens on all addresses or on
// this one is open here.
const loopback = "127.0.0.1"

// podIP is a pod's own address, so that two pods can open the same port when
// they open it on their address alone: all of 127.0.0.0/8 leads to this
// machine. Another pod has the same one time in four million.
func podIP(uid types.UID) string {
	sum := sha256.Sum256([]byte(uid))
	return fmt.Sprintf("127.%d.%d.%d", 64+sum[0]%64, sum[1], 1+sum[2]%254)
}

// resolveEnv gives a container's environment in the order of its definition:
// envFrom, then env with $(VAR) expanded; a later value replaces an earlier
// one of the same name. An error is a reason for CreateContainerConfigError.
func resolveEnv(pod *corev1.Pod, container *corev1.Container, allocatable corev1.ResourceList, from sources) ([]corev1.EnvVar, error) {
	result := &envList{values: map[string]string{}}
	for _, source := range container.EnvFrom {
		if err := addEnvFrom(result, source, from); err != nil {
			return nil, err
		}
	}
	mapping := expansion.MappingFuncFor(result.values)
	for _, variable := range container.Env {
		if variable.ValueFrom == nil {
			result.set(variable.Name, expansion.Expand(variable.Value, mapping))
			continue
		}
		value, found, err := envValueFrom(pod, container, allocatable, variable.ValueFrom, from)
		if err != nil {
			return nil, err
		}
		if found {
			result.set(variable.Name, value)
		}
	}
	return result.list(), nil
}

// envList keeps variables in the order of their first appearance.
type envList struct {
	names  []string
	values map[string]string
}

func (l *envList) set(name, value string) {
	if _, known := l.values[name]; !known {
		l.names = append(l.names, name)
	}
	l.values[name] = value
}

func (l *envList) list() []corev1.EnvVar {
	result := make([]corev1.EnvVar, 0, len(l.names))
	for _, name := range l.names {
		result = append(result, corev1.EnvVar{Name: name, Value: l.values[name]})
	}
	return result
}

func addEnvFrom(result *envList, source corev1.EnvFromSource, from sources) error {
	var data map[string]string
	var err error
	var kind, name string
	var optional *bool
	switch {
	case source.ConfigMapRef != nil:
		kind, name, optional = "configmap", source.ConfigMapRef.Name, source.ConfigMapRef.Optional
		data, err = from.configMap(name)
	case source.SecretRef != nil:
		kind, name, optional = "secret", source.SecretRef.Name, source.SecretRef.Optional
		data, err = from.secret(name)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if data == nil && !isTrue(optional) {
		return fmt.Errorf("%s %q not found", kind, name)
	}
	for _, key := range sortedKeys(data) {
		// Keys that are no names of variables are left out, as a kubelet does.
		if name := source.Prefix + key; len(validation.IsEnvVarName(name)) == 0 {
			result.set(name, data[key])
		}
	}
	return nil
}

// envValueFrom gives the value, or false when an optional reference has none.
func envValueFrom(pod *corev1.Pod, container *corev1.Container, allocatable corev1.ResourceList, source *corev1.EnvVarSource, from sources) (string, bool, error) {
	switch {
	case source.FieldRef != nil:
		value, err := fieldValue(pod, source.FieldRef.FieldPath)
		return value, err == nil, err
	case source.ResourceFieldRef != nil:
		value, err := resourceValue(pod, container, allocatable, source.ResourceFieldRef)
		return value, err == nil, err
	case source.ConfigMapKeyRef != nil:
		ref := source.ConfigMapKeyRef
		data, err := from.configMap(ref.Name)
		if err != nil {
			return "", false, err
		}
		return keyValue(pod, "configmap", "ConfigMap", ref.Name, ref.Key, ref.Optional, data)
	case source.SecretKeyRef != nil:
		ref := source.SecretKeyRef
		data, err := from.secret(ref.Name)
		if err != nil {
			return "", false, err
		}
		return keyValue(pod, "secret", "Secret", ref.Name, ref.Key, ref.Optional, data)
	}
	return "", false, fmt.Errorf("environment source is not supported by this node")
}

func keyValue(pod *corev1.Pod, lower, kind, name, key string, optional *bool, data map[string]string) (string, bool, error) {
	value, found := data[key]
	switch {
	case found:
		return value, true, nil
	case isTrue(optional):
		return "", false, nil
	case data == nil:
		return "", false, fmt.Errorf("%s %q not found", lower, name)
	}
	return "", false, fmt.Errorf("couldn't find key %s in %s %s/%s", key, kind, pod.Namespace, name)
}

// fieldValue resolves a field of the downward API.
func fieldValue(pod *corev1.Pod, path string) (string, error) {
	switch path {
	case "spec.nodeName":
		return pod.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName, nil
	case "status.hostIP", "status.hostIPs":
		return loopback, nil
	case "status.podIP", "status.podIPs":
		return podIP(pod.UID), nil
	}
	return fieldpath.ExtractFieldPathAsString(pod, path)
}

// resourceValue resolves requests and limits; a missing limit is the node's.
func resourceValue(pod *corev1.Pod, container *corev1.Container, allocatable corev1.ResourceList, ref *corev1.ResourceFieldSelector) (string, error) {
	name := ref.ContainerName
	if name == "" {
		name = container.Name
	}
	return podresource.ExtractResourceValueByContainerNameAndNodeAllocatable(ref, pod, name, allocatable)
}

// imageEntrypoint is how the image prefecthq/prefect starts its arguments: an
// init process that passes signals on to the whole process group, and a script
// that installs packages and executes the rest.
var imageEntrypoint = []string{"/usr/bin/tini", "-g", "--", "/opt/prefect/entrypoint.sh"}

// commandLine is what the container runs, with $(VAR) expanded. A container
// without a command has the image's, of which we know only that of Prefect's
// own; there, signals are for the whole process group.
func commandLine(container *corev1.Container, env []corev1.EnvVar) (line []string, group bool) {
	values := make(map[string]string, len(env))
	for _, variable := range env {
		values[variable.Name] = variable.Value
	}
	mapping := expansion.MappingFuncFor(values)
	for _, word := range slices.Concat(container.Command, container.Args) {
		line = append(line, expansion.Expand(word, mapping))
	}
	n := len(imageEntrypoint)
	if len(line) >= n && slices.Equal(line[:n], imageEntrypoint) {
		return line[n:], true
	}
	return line, len(container.Command) == 0
}

// processEnv turns a container's environment into that of its process: the
// node's own variables first, the container's over them, the folders of bins
// at the front of PATH in any case.
func processEnv(base []corev1.EnvVar, container []corev1.EnvVar, bins []string) []string {
	merged := &envList{values: map[string]string{}}
	for _, variable := range slices.Concat(base, container) {
		merged.set(variable.Name, variable.Value)
	}
	path := merged.values["PATH"]
	if path == "" {
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	}
	merged.set("PATH", strings.Join(append(slices.Clone(bins), path), ":"))
	result := make([]string, 0, len(merged.names))
	for _, variable := range merged.list() {
		result = append(result, variable.Name+"="+variable.Value)
	}
	return result
}

func isTrue(value *bool) bool { return value != nil && *value }

func sortedKeys[V any](data map[string]V) []string {
	keys := make([]string, 0, len(data))
	for key := range data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
