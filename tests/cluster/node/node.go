// Package node is a Kubernetes node whose containers are local processes: it
// registers itself, runs the pods bound to it, reports their status and serves
// their logs, as far as possible with a kubelet's behaviour.
//
// What differs from a real node: an image is only a name, all pods share the
// machine's network (podIP is 127.0.0.1) and its user, nothing limits memory
// or CPU, and delays after a failure are short. See trouble.go for the failures
// that can be asked for.
package node

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
)

// Config says what a node is.
type Config struct {
	Name     string
	Dir      string
	Client   *rest.Config
	Capacity corev1.ResourceList
	// Bins are the folders at the front of each container's PATH.
	Bins []string
	// Backoff and BackoffMax are the first and the longest delay before a
	// container is restarted or an image is pulled again.
	Backoff    time.Duration
	BackoffMax time.Duration
	// CertFile and KeyFile serve the logs, to a client with a certificate of
	// ClientCAFile and the common name ClientUser.
	CertFile     string
	KeyFile      string
	ClientCAFile string
	ClientUser   string
}

// Node is a running node.
type Node struct {
	config    Config
	client    kubernetes.Interface
	events    record.EventRecorder
	isolation isolation
	caData    []byte
	port      int32
	online    *gate
	// starting bounds how many pods are set up at once.
	starting chan struct{}

	mu      sync.Mutex
	runners map[types.UID]*podRunner
	running sync.WaitGroup
}

// Run registers the node and serves it until the context ends, then ends every
// pod's processes.
func Run(ctx context.Context, config Config) error {
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return err
	}
	killOrphans(config.Dir)
	client, err := kubernetes.NewForConfig(config.Client)
	if err != nil {
		return err
	}
	n := &Node{
		config:    config,
		client:    client,
		isolation: detectIsolation(),
		online:    newGate(),
		starting:  make(chan struct{}, 16),
		runners:   map[types.UID]*podRunner{},
	}
	klog.Infof("isolation of pods: %s", n.isolation)
	if n.caData, err = certificateAuthority(config.Client); err != nil {
		return err
	}
	broadcaster := record.NewBroadcasterWithCorrelatorOptions(record.CorrelatorOptions{BurstSize: 100, QPS: 1})
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	n.events = broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "kubelet", Host: config.Name})

	stopServing, err := n.listen()
	if err != nil {
		return err
	}
	defer stopServing()
	if err := n.register(ctx); err != nil {
		return err
	}
	var loops sync.WaitGroup
	loops.Go(func() { n.keepAlive(ctx) })
	n.watchPods(ctx)
	<-ctx.Done()
	// Each pod's runner has the same context and kills what it runs.
	n.running.Wait()
	loops.Wait()
	killOrphans(config.Dir)
	return nil
}

// listen opens the port that serves logs, and starts serving.
func (n *Node) listen() (stop func(), err error) {
	tlsConfig, err := servingTLS(n.config)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n.port = int32(listener.Addr().(*net.TCPAddr).Port)
	return n.serve(tls.NewListener(listener, tlsConfig)), nil
}

// watchPods runs each pod that is bound to this node, until the context ends.
func (n *Node) watchPods(ctx context.Context) {
	factory := informers.NewSharedInformerFactoryWithOptions(n.client, 0,
		informers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", n.config.Name).String()
		}))
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(obj any) { n.podChanged(ctx, obj.(*corev1.Pod)) },
		UpdateFunc: func(_, obj any) { n.podChanged(ctx, obj.(*corev1.Pod)) },
		DeleteFunc: func(obj any) {
			if unknown, ok := obj.(cache.DeletedFinalStateUnknown); ok {
				obj = unknown.Obj
			}
			if pod, ok := obj.(*corev1.Pod); ok {
				n.podGone(ctx, pod.UID)
			}
		},
	})
	if err != nil {
		// The informer has not been started, the one case in which it refuses.
		panic(err)
	}
	factory.Start(ctx.Done())
}

// podChanged hands a pod's newest version to its runner, or makes one. While
// the node is lost it learns nothing; waiting here delays all later changes too.
func (n *Node) podChanged(ctx context.Context, pod *corev1.Pod) {
	if n.online.wait(ctx) != nil {
		return
	}
	n.mu.Lock()
	runner, known := n.runners[pod.UID]
	if !known {
		if ctx.Err() != nil {
			n.mu.Unlock()
			return
		}
		runner = newPodRunner(ctx, n, pod)
		n.runners[pod.UID] = runner
	}
	n.mu.Unlock()
	if !known {
		n.running.Go(runner.run)
	}
	runner.update(pod)
}

// podGone ends what is left of a pod whose object is gone.
func (n *Node) podGone(ctx context.Context, uid types.UID) {
	if n.online.wait(ctx) != nil {
		return
	}
	n.mu.Lock()
	runner := n.runners[uid]
	delete(n.runners, uid)
	n.mu.Unlock()
	if runner == nil {
		return
	}
	runner.stop(stopReason{what: "its object is gone"}, 0)
	n.running.Go(func() {
		<-runner.finished
		runner.cleanUp()
	})
}

// runner finds a pod's runner by the pod's name.
func (n *Node) runner(namespace, name string) (*podRunner, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, runner := range n.runners {
		if runner.namespace == namespace && runner.name == name {
			return runner, nil
		}
	}
	return nil, fmt.Errorf("pod %q not found in namespace %q", name, namespace)
}

// certificateAuthority is the authority of the API server, for pods to trust.
func certificateAuthority(config *rest.Config) ([]byte, error) {
	loaded := rest.CopyConfig(config)
	if err := rest.LoadTLSFiles(loaded); err != nil {
		return nil, err
	}
	return loaded.CAData, nil
}
