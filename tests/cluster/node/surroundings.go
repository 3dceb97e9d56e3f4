package node

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// accountMount is where a pod finds its service account.
const accountMount = "/var/run/secrets/kubernetes.io/serviceaccount"

// spec says how to run a container: its environment, folders and mounts. An
// error is a reason for CreateContainerConfigError.
func (r *podRunner) spec(container *corev1.Container, volumes map[string]volume) (processSpec, error) {
	pod := r.latest()
	from := objectSources{ctx: r.ctx, client: r.node.client, namespace: pod.Namespace}
	env, err := resolveEnv(pod, container, r.node.config.Capacity, from)
	if err != nil {
		return processSpec{}, err
	}
	argv, group := commandLine(container, env)
	if len(argv) == 0 {
		return processSpec{}, errors.New("no command specified")
	}
	mounts, err := containerMounts(container, volumes, env)
	if err != nil {
		return processSpec{}, err
	}
	home := filepath.Join(r.dir, "home")
	base := []corev1.EnvVar{
		{Name: "HOSTNAME", Value: pod.Name},
		{Name: "HOME", Value: home},
		{Name: "LANG", Value: "C.UTF-8"},
		// Pods share the ports of the machine: what serves probes does so on its
		// own address, as if it had them for itself.
		{Name: "PREFECT_WORKER_WEBSERVER_HOST", Value: podIP(pod.UID)},
	}
	server, err := url.Parse(r.node.config.Client.Host)
	if err != nil {
		return processSpec{}, err
	}
	base = append(base,
		corev1.EnvVar{Name: "KUBERNETES_SERVICE_HOST", Value: server.Hostname()},
		corev1.EnvVar{Name: "KUBERNETES_SERVICE_PORT", Value: server.Port()},
		corev1.EnvVar{Name: "KUBERNETES_SERVICE_PORT_HTTPS", Value: server.Port()})
	kubeconfig, err := r.accountKubeconfig(container, volumes, server.String())
	if err != nil {
		return processSpec{}, err
	}
	if kubeconfig != "" {
		base = append(base, corev1.EnvVar{Name: "KUBECONFIG", Value: kubeconfig})
	}
	env, mounts = r.placeHome(env, mounts, home)
	env = append(env, corev1.EnvVar{Name: ownerVariable, Value: r.node.config.Dir})
	dir := container.WorkingDir
	if dir == "" {
		dir = home
	}
	return processSpec{
		argv: argv, group: group, env: processEnv(base, env, r.node.config.Bins),
		dir: dir, fallbackDir: home,
		mounts: mounts, keep: r.node.keep(r.dir), staging: filepath.Join(r.dir, "root"),
	}, nil
}

// placeHome sees to it that nothing is written to a HOME that this machine
// lacks (an image has it): the pod's own folder is mounted there, or where
// there are no mounts HOME is changed.
func (r *podRunner) placeHome(env []corev1.EnvVar, mounts []mount, home string) ([]corev1.EnvVar, []mount) {
	for i, variable := range env {
		if variable.Name != "HOME" {
			continue
		}
		if _, err := os.Stat(variable.Value); err == nil || !filepath.IsAbs(variable.Value) {
			continue
		}
		if !r.node.isolation.mounts {
			env[i].Value = home
			continue
		}
		covered := false
		for _, m := range mounts {
			covered = covered || filepath.Clean(m.target) == filepath.Clean(variable.Value)
		}
		if !covered {
			mounts = append(mounts, mount{source: home, target: variable.Value})
		}
	}
	return env, mounts
}

// accountKubeconfig writes a kubeconfig with the service account's token for a
// container into which the account is mounted; empty for others.
func (r *podRunner) accountKubeconfig(container *corev1.Container, volumes map[string]volume, server string) (string, error) {
	for _, wanted := range container.VolumeMounts {
		if wanted.MountPath != accountMount {
			continue
		}
		config := clientcmdapi.NewConfig()
		config.Clusters["pod"] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: r.node.caData}
		config.AuthInfos["pod"] = &clientcmdapi.AuthInfo{TokenFile: filepath.Join(volumes[wanted.Name].path, "token")}
		config.Contexts["pod"] = &clientcmdapi.Context{Cluster: "pod", AuthInfo: "pod", Namespace: r.namespace}
		config.CurrentContext = "pod"
		file := filepath.Join(r.dir, "kubeconfig-"+container.Name)
		if err := clientcmd.WriteToFile(*config, file); err != nil {
			return "", fmt.Errorf("failed to write the service account's kubeconfig: %w", err)
		}
		return file, nil
	}
	return "", nil
}

// keep lists the host paths that a pod sees whatever it mounts: its own folder
// and the programs in its PATH, with the virtual environment around them.
func (n *Node) keep(podDir string) []string {
	paths := []string{podDir}
	for _, bin := range n.config.Bins {
		if _, err := os.Stat(filepath.Join(filepath.Dir(bin), "pyvenv.cfg")); err == nil {
			bin = filepath.Dir(bin)
		}
		if _, err := os.Stat(bin); err == nil {
			paths = append(paths, bin)
		}
	}
	return paths
}
