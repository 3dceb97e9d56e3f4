package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Names of the contexts in the kubeconfigs that this program writes.
const (
	adminContext  = "kubectl-prefect-test"
	tokenContext  = "kubectl-prefect-test-token"
	nobodyContext = "kubectl-prefect-test-nobody"
)

// kubeletClientUser is who the API server is when it asks a node for logs.
const kubeletClientUser = "kube-apiserver-kubelet-client"

// auditPolicy records one line a request of everyone except the cluster's own
// parts, which would drown the rest.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: None
  users: [system:apiserver, system:kube-controller-manager, system:kube-scheduler, kubectl-prefect-test-node]
- level: None
  userGroups: [system:serviceaccounts:kube-system]
- level: None
  nonResourceURLs: [/healthz*, /readyz*, /livez*]
- level: Metadata
`

// controlPlane is a running API server with its etcd, controllers and
// scheduler.
type controlPlane struct {
	server           string
	port             int
	adminKubeconfig  string
	tokenKubeconfig  string
	nobodyKubeconfig string
	nodeKubeconfig   string
	auditLog         string
	authority        *authority
	ca               []byte
}

// startControlPlane starts etcd and the API server, waits until it answers,
// then starts the controllers and the scheduler.
func startControlPlane(ctx context.Context, procs *processes, dir string) (*controlPlane, error) {
	authority, err := newAuthority(filepath.Join(dir, "pki"))
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(authority.certFile())
	if err != nil {
		return nil, err
	}
	etcd, err := startEtcd(procs, dir)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cp := &controlPlane{
		port:      port,
		server:    fmt.Sprintf("https://127.0.0.1:%d", port),
		auditLog:  filepath.Join(dir, "audit.log"),
		authority: authority,
		ca:        ca,
	}
	saKey, err := cp.startAPIServer(procs, dir, etcd)
	if err != nil {
		return nil, err
	}
	if err := cp.writeKubeconfigs(dir); err != nil {
		return nil, err
	}
	if err := cp.waitReady(ctx); err != nil {
		return nil, err
	}
	return cp, cp.startControllers(procs, dir, saKey)
}

// component gives the program and the leading arguments that run a component:
// a binary of KUBEBUILDER_ASSETS when there is one, else this program.
func component(name string) (path string, args []string, external bool) {
	if assets := os.Getenv("KUBEBUILDER_ASSETS"); assets != "" {
		path := filepath.Join(assets, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path, nil, true
		}
	}
	return "/proc/self/exe", []string{name}, false
}

func startEtcd(procs *processes, dir string) (url string, err error) {
	clientPort, err := freePort()
	if err != nil {
		return "", err
	}
	peerPort, err := freePort()
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "etcd")
	url = fmt.Sprintf("http://127.0.0.1:%d", clientPort)
	peer := fmt.Sprintf("http://127.0.0.1:%d", peerPort)
	path, args, external := component("etcd")
	if external {
		args = []string{
			"--data-dir=" + data, "--listen-client-urls=" + url, "--advertise-client-urls=" + url,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
			"--initial-cluster=default=" + peer, "--unsafe-no-fsync", "--log-level=warn",
		}
	} else {
		args = append(args, data, url, peer)
	}
	_, err = procs.start(childSpec{name: "etcd", path: path, args: args})
	return url, err
}

// startAPIServer returns the file of the key that signs service account tokens.
func (cp *controlPlane) startAPIServer(procs *processes, dir, etcd string) (saKey string, err error) {
	serving, err := cp.authority.issue("apiserver", "kube-apiserver", nil,
		"127.0.0.1", "10.96.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
	if err != nil {
		return "", err
	}
	kubelet, err := cp.authority.issue("kubelet-client", kubeletClientUser, nil)
	if err != nil {
		return "", err
	}
	saKey, saPublic, err := cp.authority.serviceAccountKey()
	if err != nil {
		return "", err
	}
	policy := filepath.Join(dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		return "", err
	}
	path, args, _ := component("kube-apiserver")
	args = append(args,
		"--etcd-servers="+etcd,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", cp.port),
		// A loopback address is no valid endpoint of the kubernetes service.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.96.0.0/16",
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--client-ca-file="+cp.authority.certFile(),
		"--tls-cert-file="+serving.certFile, "--tls-private-key-file="+serving.keyFile,
		"--kubelet-certificate-authority="+cp.authority.certFile(),
		"--kubelet-client-certificate="+kubelet.certFile, "--kubelet-client-key="+kubelet.keyFile,
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file="+saPublic, "--service-account-signing-key-file="+saKey,
		"--token-auth-file="+filepath.Join(dir, "tokens.csv"),
		"--audit-policy-file="+policy, "--audit-log-path="+cp.auditLog,
		"--allow-privileged=true", "--profiling=false",
	)
	token := make([]byte, 16)
	if _, err := rand.Read(token); err != nil {
		return "", err
	}
	line := fmt.Sprintf("%s,kubectl-prefect-test-token,kubectl-prefect-test-token,system:masters\n", hex.EncodeToString(token))
	if err := os.WriteFile(filepath.Join(dir, "tokens.csv"), []byte(line), 0o600); err != nil {
		return "", err
	}
	cp.tokenKubeconfig = filepath.Join(dir, "kubeconfig-token")
	user := &clientcmdapi.AuthInfo{Token: hex.EncodeToString(token)}
	if err := writeKubeconfig(cp.tokenKubeconfig, tokenContext, cp.server, cp.ca, user); err != nil {
		return "", err
	}
	_, err = procs.start(childSpec{name: "kube-apiserver", path: path, args: args})
	return saKey, err
}

// certKubeconfig issues a client certificate and writes a kubeconfig with it.
func (cp *controlPlane) certKubeconfig(file, context, user string, groups ...string) error {
	id, err := cp.authority.issue(user, user, groups)
	if err != nil {
		return err
	}
	cert, err := os.ReadFile(id.certFile)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(id.keyFile)
	if err != nil {
		return err
	}
	auth := &clientcmdapi.AuthInfo{ClientCertificateData: cert, ClientKeyData: key}
	return writeKubeconfig(file, context, cp.server, cp.ca, auth)
}

func (cp *controlPlane) writeKubeconfigs(dir string) error {
	cp.adminKubeconfig = filepath.Join(dir, "kubeconfig")
	cp.nobodyKubeconfig = filepath.Join(dir, "kubeconfig-nobody")
	cp.nodeKubeconfig = filepath.Join(dir, "pki", "node.kubeconfig")
	return errors.Join(
		cp.certKubeconfig(cp.adminKubeconfig, adminContext, "kubectl-prefect-test-admin", "system:masters"),
		cp.certKubeconfig(cp.nobodyKubeconfig, nobodyContext, "nobody"),
		cp.certKubeconfig(cp.nodeKubeconfig, "node", "kubectl-prefect-test-node", "system:masters"),
	)
}

// waitReady waits until the API server says that it is ready.
func (cp *controlPlane) waitReady(ctx context.Context) error {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cp.ca)
	client := &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}},
	}
	defer client.CloseIdleConnections()
	return waitFor(ctx, 2*time.Minute, "the API server", func() (bool, string) {
		response, err := client.Get(cp.server + "/readyz")
		if err != nil {
			return false, err.Error()
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode == http.StatusOK, strings.TrimSpace(string(body))
	})
}

func (cp *controlPlane) startControllers(procs *processes, dir, saKey string) error {
	kcm := filepath.Join(dir, "pki", "controller-manager.kubeconfig")
	if err := cp.certKubeconfig(kcm, "kcm", "system:kube-controller-manager"); err != nil {
		return err
	}
	scheduler := filepath.Join(dir, "pki", "scheduler.kubeconfig")
	if err := cp.certKubeconfig(scheduler, "scheduler", "system:kube-scheduler"); err != nil {
		return err
	}
	path, args, _ := component("kube-controller-manager")
	args = append(args,
		"--kubeconfig="+kcm,
		"--service-account-private-key-file="+saKey, "--root-ca-file="+cp.authority.certFile(),
		"--use-service-account-credentials=true", "--leader-elect=false",
		"--bind-address=127.0.0.1", "--secure-port=0",
		"--kube-api-qps=300", "--kube-api-burst=600", "--concurrent-job-syncs=10",
		// A node that falls silent is NotReady after ten seconds, not forty.
		"--node-monitor-period=2s", "--node-monitor-grace-period=10s",
		"--profiling=false",
	)
	if _, err := procs.start(childSpec{name: "kube-controller-manager", path: path, args: args}); err != nil {
		return err
	}
	path, args, _ = component("kube-scheduler")
	args = append(args,
		"--kubeconfig="+scheduler, "--leader-elect=false",
		"--bind-address=127.0.0.1", "--secure-port=0",
		"--kube-api-qps=300", "--kube-api-burst=600", "--profiling=false",
	)
	_, err := procs.start(childSpec{name: "kube-scheduler", path: path, args: args})
	return err
}

// waitFor polls until the check holds. Its error says what was last seen.
func waitFor(ctx context.Context, limit time.Duration, what string, check func() (done bool, seen string)) error {
	deadline := time.After(limit)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		done, seen := check()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-deadline:
			return fmt.Errorf("%s is not ready after %s: %s", what, limit, seen)
		case <-tick.C:
		}
	}
}
