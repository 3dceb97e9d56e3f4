package node

import (
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type fakeSources struct {
	configMaps, secrets map[string]map[string]string
}

func (f fakeSources) configMap(name string) (map[string]string, error) {
	return f.configMaps[name], nil
}
func (f fakeSources) secret(name string) (map[string]string, error) { return f.secrets[name], nil }

func named(name string) corev1.LocalObjectReference {
	return corev1.LocalObjectReference{Name: name}
}

func plain(name, value string) corev1.EnvVar { return corev1.EnvVar{Name: name, Value: value} }

func from(name string, source corev1.EnvVarSource) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &source}
}

func field(path string) corev1.EnvVarSource {
	return corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
}

func secretKey(name, key string, optional bool) corev1.EnvVarSource {
	return corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: named(name), Key: key, Optional: &optional,
	}}
}

var testPod = &corev1.Pod{
	ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", Labels: map[string]string{"a/b": "c"}},
	Spec: corev1.PodSpec{
		NodeName: "node-1", ServiceAccountName: "sa",
		Containers: []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{
			Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Mi")},
		}}},
	},
}

var testSources = fakeSources{
	configMaps: map[string]map[string]string{"cm": {"K": "v", "not a name": "x"}},
	secrets:    map[string]map[string]string{"s": {"key": "hidden"}},
}

func TestResolveEnv(t *testing.T) {
	yes := true
	container := testPod.Spec.Containers[0]
	container.EnvFrom = []corev1.EnvFromSource{
		{Prefix: "P_", ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: named("cm")}},
		{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: named("none"), Optional: &yes}},
	}
	container.Env = []corev1.EnvVar{
		plain("A", "1"),
		plain("B", "$(A)-$(P_K)-$(LATER)-$$(A)"),
		plain("LATER", "2"),
		plain("A", "3"),
		from("S", secretKey("s", "key", false)),
		from("NONE", secretKey("s", "other", true)),
		from("POD", field("metadata.name")),
		from("LABEL", field("metadata.labels['a/b']")),
		from("NODE", field("spec.nodeName")),
		from("IP", field("status.podIP")),
		from("MEMORY", corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory"}}),
		from("CPU", corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.cpu"}}),
	}
	allocatable := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("64")}
	env, err := resolveEnv(testPod, &container, allocatable, testSources)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, variable := range env {
		if _, twice := got[variable.Name]; twice {
			t.Errorf("%s is given twice", variable.Name)
		}
		got[variable.Name] = variable.Value
	}
	want := map[string]string{
		"P_K": "v", "A": "3", "B": "1-v-$(LATER)-$(A)", "LATER": "2", "S": "hidden",
		"POD": "p", "LABEL": "c", "NODE": "node-1", "IP": podIP(testPod.UID), "MEMORY": "1048576", "CPU": "64",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestResolveEnvNamesWhatIsMissing(t *testing.T) {
	cases := map[string]corev1.Container{
		`secret "none" not found`:            {Env: []corev1.EnvVar{from("A", secretKey("none", "k", false))}},
		`couldn't find key k in Secret ns/s`: {Env: []corev1.EnvVar{from("A", secretKey("s", "k", false))}},
		`configmap "none" not found`: {EnvFrom: []corev1.EnvFromSource{
			{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: named("none")}},
		}},
	}
	for want, container := range cases {
		_, err := resolveEnv(testPod, &container, nil, testSources)
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestCommandLine(t *testing.T) {
	env := []corev1.EnvVar{plain("X", "y")}
	cases := []struct {
		command, args, want []string
		group               bool
	}{
		{command: []string{"a", "$(X)"}, args: []string{"$$(X)", "$(NO)"}, want: []string{"a", "y", "$(X)", "$(NO)"}},
		{args: []string{"prefect", "flow-run", "execute"}, want: []string{"prefect", "flow-run", "execute"}, group: true},
		{command: imageEntrypoint, args: []string{"prefect", "worker"}, want: []string{"prefect", "worker"}, group: true},
		{command: imageEntrypoint[:2], want: imageEntrypoint[:2]},
		{group: true},
	}
	for _, c := range cases {
		got, group := commandLine(&corev1.Container{Command: c.command, Args: c.args}, env)
		if !slices.Equal(got, c.want) || group != c.group {
			t.Errorf("%v %v: got %v, group %t", c.command, c.args, got, group)
		}
	}
}

func TestProcessEnvPutsBinsFirst(t *testing.T) {
	env := processEnv([]corev1.EnvVar{plain("HOME", "/a"), plain("Z", "1")},
		[]corev1.EnvVar{plain("HOME", "/b"), plain("PATH", "/mine")}, []string{"/bin1", "/bin2"})
	want := "HOME=/b Z=1 PATH=/bin1:/bin2:/mine"
	if got := strings.Join(env, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
