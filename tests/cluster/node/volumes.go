package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// volume is a pod's volume as a folder (or, for hostPath, a file) of the host.
type volume struct {
	path     string
	readOnly bool
}

// volumeMaker makes the volumes of one pod below a folder.
type volumeMaker struct {
	client      kubernetes.Interface
	pod         *corev1.Pod
	dir         string
	allocatable corev1.ResourceList
}

// make makes all volumes. An error is a reason to try again later (FailedMount).
func (m volumeMaker) make(ctx context.Context) (map[string]volume, error) {
	volumes := map[string]volume{}
	for i := range m.pod.Spec.Volumes {
		v := &m.pod.Spec.Volumes[i]
		made, err := m.makeOne(ctx, v)
		if err != nil {
			return nil, fmt.Errorf("MountVolume.SetUp failed for volume %q : %w", v.Name, err)
		}
		volumes[v.Name] = made
	}
	return volumes, nil
}

func (m volumeMaker) makeOne(ctx context.Context, v *corev1.Volume) (volume, error) {
	if v.HostPath != nil {
		_, err := os.Stat(v.HostPath.Path)
		return volume{path: v.HostPath.Path}, err
	}
	dir := filepath.Join(m.dir, v.Name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return volume{}, err
	}
	if v.EmptyDir != nil {
		return volume{path: dir}, nil
	}
	var projections []corev1.VolumeProjection
	switch {
	case v.ConfigMap != nil:
		projections = []corev1.VolumeProjection{{ConfigMap: &corev1.ConfigMapProjection{
			LocalObjectReference: v.ConfigMap.LocalObjectReference, Items: v.ConfigMap.Items, Optional: v.ConfigMap.Optional,
		}}}
	case v.Secret != nil:
		projections = []corev1.VolumeProjection{{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: v.Secret.SecretName}, Items: v.Secret.Items, Optional: v.Secret.Optional,
		}}}
	case v.DownwardAPI != nil:
		projections = []corev1.VolumeProjection{{DownwardAPI: &corev1.DownwardAPIProjection{Items: v.DownwardAPI.Items}}}
	case v.Projected != nil:
		projections = v.Projected.Sources
	default:
		return volume{}, errors.New("this node has emptyDir, configMap, secret, downwardAPI, projected and hostPath only")
	}
	for _, projection := range projections {
		files, err := m.project(ctx, projection)
		if err != nil {
			return volume{}, err
		}
		if err := writeFiles(dir, files); err != nil {
			return volume{}, err
		}
	}
	return volume{path: dir, readOnly: true}, nil
}

// project gives the files of one source of a projected volume.
func (m volumeMaker) project(ctx context.Context, p corev1.VolumeProjection) (map[string]string, error) {
	from := objectSources{ctx: ctx, client: m.client, namespace: m.pod.Namespace}
	switch {
	case p.ConfigMap != nil:
		data, err := from.configMap(p.ConfigMap.Name)
		if err != nil {
			return nil, err
		}
		return selectItems("configmap", p.ConfigMap.Name, data, p.ConfigMap.Items, isTrue(p.ConfigMap.Optional))
	case p.Secret != nil:
		data, err := from.secret(p.Secret.Name)
		if err != nil {
			return nil, err
		}
		return selectItems("secret", p.Secret.Name, data, p.Secret.Items, isTrue(p.Secret.Optional))
	case p.DownwardAPI != nil:
		return m.downward(p.DownwardAPI.Items)
	case p.ServiceAccountToken != nil:
		token, err := m.token(ctx, p.ServiceAccountToken)
		return map[string]string{p.ServiceAccountToken.Path: token}, err
	}
	return nil, errors.New("this node does not support this projection")
}

func (m volumeMaker) downward(items []corev1.DownwardAPIVolumeFile) (map[string]string, error) {
	files := map[string]string{}
	for _, item := range items {
		var value string
		var err error
		if item.FieldRef != nil {
			value, err = fieldValue(m.pod, item.FieldRef.FieldPath)
		} else if item.ResourceFieldRef != nil {
			value, err = resourceValue(m.pod, &m.pod.Spec.Containers[0], m.allocatable, item.ResourceFieldRef)
		}
		if err != nil {
			return nil, err
		}
		files[item.Path] = value
	}
	return files, nil
}

// token asks for a token of the pod's service account that is bound to the pod.
func (m volumeMaker) token(ctx context.Context, p *corev1.ServiceAccountTokenProjection) (string, error) {
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: p.ExpirationSeconds,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: m.pod.Name, UID: m.pod.UID},
	}}
	if p.Audience != "" {
		request.Spec.Audiences = []string{p.Audience}
	}
	accounts := m.client.CoreV1().ServiceAccounts(m.pod.Namespace)
	token, err := accounts.CreateToken(ctx, m.pod.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return token.Status.Token, nil
}

// selectItems gives the files of a ConfigMap or Secret: all keys, or the items.
func selectItems(kind, name string, data map[string]string, items []corev1.KeyToPath, optional bool) (map[string]string, error) {
	if data == nil && !optional {
		return nil, fmt.Errorf("%s %q not found", kind, name)
	}
	if len(items) == 0 {
		return data, nil
	}
	files := map[string]string{}
	for _, item := range items {
		value, ok := data[item.Key]
		if !ok && !optional {
			return nil, fmt.Errorf("%s references non-existent key: %s", kind, item.Key)
		}
		if ok {
			files[item.Path] = value
		}
	}
	return files, nil
}

func writeFiles(dir string, files map[string]string) error {
	for path, content := range files {
		file := filepath.Join(dir, filepath.Clean("/"+path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// containerMounts says where a container wants its volumes. A subPath that a
// writable volume lacks is made.
func containerMounts(container *corev1.Container, volumes map[string]volume, env []corev1.EnvVar) ([]mount, error) {
	values := map[string]string{}
	for _, variable := range env {
		values[variable.Name] = variable.Value
	}
	var mounts []mount
	for _, wanted := range container.VolumeMounts {
		source, ok := volumes[wanted.Name]
		if !ok {
			return nil, fmt.Errorf("volume %q of the container is not in the pod", wanted.Name)
		}
		sub := wanted.SubPath
		if wanted.SubPathExpr != "" {
			sub = expansion.Expand(wanted.SubPathExpr, expansion.MappingFuncFor(values))
		}
		path := source.path
		if sub != "" {
			if filepath.IsAbs(sub) || strings.Contains(sub, "..") {
				return nil, fmt.Errorf("subPath %q must be relative and without '..'", sub)
			}
			path = filepath.Join(path, sub)
			if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && !source.readOnly {
				if err := os.MkdirAll(path, 0o777); err != nil {
					return nil, err
				}
			}
		}
		mounts = append(mounts, mount{source: path, target: wanted.MountPath, readOnly: wanted.ReadOnly || source.readOnly})
	}
	return mounts, nil
}

// objectSources reads ConfigMaps and Secrets of one namespace from the API.
type objectSources struct {
	ctx       context.Context
	client    kubernetes.Interface
	namespace string
}

func (s objectSources) configMap(name string) (map[string]string, error) {
	object, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(s.ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data := make(map[string]string, len(object.Data)+len(object.BinaryData))
	for key, value := range object.Data {
		data[key] = value
	}
	for key, value := range object.BinaryData {
		data[key] = string(value)
	}
	return data, nil
}

func (s objectSources) secret(name string) (map[string]string, error) {
	object, err := s.client.CoreV1().Secrets(s.namespace).Get(s.ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data := make(map[string]string, len(object.Data))
	for key, value := range object.Data {
		data[key] = string(value)
	}
	return data, nil
}
