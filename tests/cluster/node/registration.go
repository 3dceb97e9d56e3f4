package node

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/version"
	"k8s.io/klog/v2"
)

// LostAnnotation on a Node, with any value, makes the node fall silent as if
// its machine had lost the network: no lease, no status, no news of its pods,
// whose processes go on. Removing it brings the node back.
const LostAnnotation = "test.kubectl-prefect.io/lost"

const (
	leaseSeconds   = 8
	renewInterval  = 2 * time.Second
	statusInterval = 30 * time.Second
)

// gate holds back everything that talks to the API server while the node is
// lost.
type gate struct {
	mu   sync.Mutex
	open chan struct{}
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

// set opens or closes the gate and tells whether that was a change.
func (g *gate) set(open bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
		if !open {
			g.open = make(chan struct{})
			return true
		}
	default:
		if open {
			close(g.open)
			return true
		}
	}
	return false
}

// wait returns once the gate is open, or with the context's error.
func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		// With both at hand select would choose by chance.
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// register creates the Node and its first lease.
func (n *Node) register(ctx context.Context) error {
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	object := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: n.config.Name,
			Labels: map[string]string{
				corev1.LabelHostname:   n.config.Name,
				corev1.LabelOSStable:   runtime.GOOS,
				corev1.LabelArchStable: runtime.GOARCH,
			},
		},
	}
	created, err := n.client.CoreV1().Nodes().Create(ctx, object, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		created, err = n.client.CoreV1().Nodes().Get(ctx, n.config.Name, metav1.GetOptions{})
	}
	if err != nil {
		return fmt.Errorf("failed to register the node: %w", err)
	}
	if err := n.writeLease(ctx, created); err != nil {
		return fmt.Errorf("failed to write the node's lease: %w", err)
	}
	created.Status.NodeInfo = corev1.NodeSystemInfo{
		MachineID: hostname, SystemUUID: hostname, BootID: hostname,
		OperatingSystem: runtime.GOOS, Architecture: runtime.GOARCH,
		KubeletVersion: version.Get().GitVersion, ContainerRuntimeVersion: "process://1",
		OSImage: "local processes",
	}
	return n.writeStatus(ctx, created)
}

// writeStatus reports the node as ready, with its capacity and address.
func (n *Node) writeStatus(ctx context.Context, object *corev1.Node) error {
	now := metav1.Now()
	object.Status.Capacity, object.Status.Allocatable = n.config.Capacity, n.config.Capacity
	object.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}}
	object.Status.DaemonEndpoints.KubeletEndpoint.Port = n.port
	conditions := []corev1.NodeCondition{
		{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasSufficientMemory", Message: "kubelet has sufficient memory available"},
		{Type: corev1.NodeDiskPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasNoDiskPressure", Message: "kubelet has no disk pressure"},
		{Type: corev1.NodePIDPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasSufficientPID", Message: "kubelet has sufficient PID available"},
		{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "kubelet is posting ready status"},
	}
	for i := range conditions {
		conditions[i].LastHeartbeatTime, conditions[i].LastTransitionTime = now, now
		for _, old := range object.Status.Conditions {
			if old.Type == conditions[i].Type && old.Status == conditions[i].Status {
				conditions[i].LastTransitionTime = old.LastTransitionTime
			}
		}
	}
	object.Status.Conditions = conditions
	if _, err := n.client.CoreV1().Nodes().UpdateStatus(ctx, object, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("failed to report the node's status: %w", err)
	}
	return nil
}

// writeLease makes or renews the node's lease.
func (n *Node) writeLease(ctx context.Context, object *corev1.Node) error {
	leases := n.client.CoordinationV1().Leases(corev1.NamespaceNodeLease)
	now, seconds := metav1.NowMicro(), int32(leaseSeconds)
	lease, err := leases.Get(ctx, n.config.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		_, err = leases.Create(ctx, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{
				Name: n.config.Name,
				OwnerReferences: []metav1.OwnerReference{{
					APIVersion: "v1", Kind: "Node", Name: object.Name, UID: object.UID,
				}},
			},
			Spec: coordinationv1.LeaseSpec{HolderIdentity: &n.config.Name, LeaseDurationSeconds: &seconds, RenewTime: &now},
		}, metav1.CreateOptions{})
		return err
	}
	if err != nil {
		return err
	}
	lease.Spec.RenewTime = &now
	_, err = leases.Update(ctx, lease, metav1.UpdateOptions{})
	return err
}

// keepAlive renews the lease and the status until the context ends, and looks
// whether the node shall be lost.
func (n *Node) keepAlive(ctx context.Context) {
	tick := time.NewTicker(renewInterval)
	defer tick.Stop()
	reported := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		object, err := n.client.CoreV1().Nodes().Get(ctx, n.config.Name, metav1.GetOptions{})
		if err != nil {
			klog.Errorf("failed to read the node: %v", err)
			continue
		}
		_, lost := object.Annotations[LostAnnotation]
		changed := n.online.set(!lost)
		if changed {
			klog.Infof("the node is lost: %t", lost)
		}
		if lost {
			continue
		}
		if err := n.writeLease(ctx, object); err != nil {
			klog.Errorf("failed to renew the lease: %v", err)
		}
		if changed || time.Since(reported) > statusInterval {
			if err := n.writeStatus(ctx, object); err != nil {
				klog.Error(err)
				continue
			}
			reported = time.Now()
		}
	}
}
