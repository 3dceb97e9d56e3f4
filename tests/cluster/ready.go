package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// readyInfo is the ready line: everything that a test or a person needs. It is
// also kept in ready.json of the state folder.
type readyInfo struct {
	Ready            bool     `json:"ready"`
	Kubeconfig       string   `json:"kubeconfig"`
	TokenKubeconfig  string   `json:"tokenKubeconfig,omitempty"`
	NobodyKubeconfig string   `json:"nobodyKubeconfig"`
	APIServer        string   `json:"apiServer"`
	AuditLog         string   `json:"auditLog,omitempty"`
	Nodes            []string `json:"nodes"`
	PrefectAPIURL    string   `json:"prefectApiUrl,omitempty"`
	AuthString       string   `json:"authString,omitempty"`
	Dir              string   `json:"dir"`
	Bin              string   `json:"bin,omitempty"`
	Kubectl          string   `json:"kubectl,omitempty"`
	Path             string   `json:"path,omitempty"`
	Pid              int      `json:"pid"`
	Control          string   `json:"control,omitempty"`
}

// announce writes ready.json and prints the ready line.
func (r *readyInfo) announce(dir, form string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	temporary := filepath.Join(dir, ".ready.json")
	if err := os.WriteFile(temporary, append(data, '\n'), 0o600); err != nil {
		return err
	}
	if err := os.Rename(temporary, filepath.Join(dir, "ready.json")); err != nil {
		return err
	}
	if form == "json" {
		_, err = fmt.Println(string(data))
		return err
	}
	fmt.Printf("\nIn another terminal:\n\n  export KUBECONFIG=%s\n", r.Kubeconfig)
	if r.PrefectAPIURL != "" {
		fmt.Printf("  export PREFECT_API_URL=%s\n", r.PrefectAPIURL)
	}
	if r.Path != "" {
		fmt.Printf("  export PATH=%s:$PATH\n", r.Path)
	}
	_, err = fmt.Printf("\nLogs are in %s. Ctrl-C here takes everything down.\n", filepath.Join(r.Dir, "logs"))
	return err
}

// waitCluster waits until the nodes are ready and a pod could be made in the
// namespace default (its service account and root certificate exist).
func waitCluster(ctx context.Context, kubeconfig string, nodes int) error {
	config, err := loadKubeconfig(kubeconfig, "kubectl-prefect-test-cluster")
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	return waitFor(ctx, 2*time.Minute, "the cluster", func() (bool, string) {
		if _, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{}); err != nil {
			return false, err.Error()
		}
		if _, err := client.CoreV1().ConfigMaps("default").Get(ctx, "kube-root-ca.crt", metav1.GetOptions{}); err != nil {
			return false, err.Error()
		}
		list, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err.Error()
		}
		usable := 0
		for i := range list.Items {
			if nodeUsable(&list.Items[i]) {
				usable++
			}
		}
		return usable >= nodes, fmt.Sprintf("%d of %d nodes are ready", usable, nodes)
	})
}

// nodeUsable tells whether the scheduler would place a pod on the node.
func nodeUsable(node *corev1.Node) bool {
	if len(node.Spec.Taints) > 0 {
		return false
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// useExternal fills the ready line from a cluster that is already there. The
// user without rights is a service account made for it.
func useExternal(ctx context.Context, kubeconfig, dir string, ready *readyInfo) error {
	config, err := loadKubeconfig(kubeconfig, "kubectl-prefect-test-cluster")
	if err != nil {
		return fmt.Errorf("failed to read %s: %w", externalKubeconfig, err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	const name = "kubectl-prefect-test-nobody"
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err = client.CoreV1().ServiceAccounts("default").Create(ctx, account, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("failed to make a user without rights: %w", err)
	}
	hours := int64(24 * 3600)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &hours}}
	token, err := client.CoreV1().ServiceAccounts("default").CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("failed to make a user without rights: %w", err)
	}
	if err := rest.LoadTLSFiles(config); err != nil {
		return err
	}
	ready.Kubeconfig, ready.APIServer = kubeconfig, config.Host
	ready.NobodyKubeconfig = filepath.Join(dir, "kubeconfig-nobody")
	user := &clientcmdapi.AuthInfo{Token: token.Status.Token}
	return writeKubeconfig(ready.NobodyKubeconfig, nobodyContext, config.Host, config.CAData, user)
}
