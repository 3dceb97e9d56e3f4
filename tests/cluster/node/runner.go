package node

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/klog/v2"
)

// podRunner owns one pod: it runs its containers, reports its status, and
// deletes its object when the pod is deleted and nothing of it runs any more.
type podRunner struct {
	node            *Node
	namespace, name string
	uid             types.UID
	dir             string
	// ctx ends with the node.
	ctx context.Context

	// stopping ends when the pod shall end, killing when its grace is over.
	stopping     context.Context
	beginStop    context.CancelFunc
	killing      context.Context
	kill         context.CancelFunc
	dirty        chan struct{}
	finished     chan struct{}
	firstStarted chan struct{}
	markStarted  func()

	mu       sync.Mutex
	pod      *corev1.Pod
	record   podRecord
	killAt   time.Time
	timer    *time.Timer
	deleting bool
	over     bool
}

// stopReason says why a pod ends; ending is nil when its object is deleted.
type stopReason struct {
	what   string
	ending *ending
}

func newPodRunner(ctx context.Context, n *Node, pod *corev1.Pod) *podRunner {
	r := &podRunner{
		node: n, namespace: pod.Namespace, name: pod.Name, uid: pod.UID, ctx: ctx, pod: pod,
		dir:      filepath.Join(n.config.Dir, "pods", string(pod.UID)),
		dirty:    make(chan struct{}, 1),
		finished: make(chan struct{}), firstStarted: make(chan struct{}),
		record: podRecord{startTime: metav1.Now(), containers: map[string]containerRecord{}},
	}
	r.stopping, r.beginStop = context.WithCancel(ctx)
	r.killing, r.kill = context.WithCancel(ctx)
	r.markStarted = sync.OnceFunc(func() { close(r.firstStarted) })
	return r
}

// run runs the pod from its start to its end.
func (r *podRunner) run() {
	defer close(r.finished)
	defer r.beginStop()
	defer r.kill()
	if phase := r.latest().Status.Phase; phase != corev1.PodSucceeded && phase != corev1.PodFailed {
		var reporting sync.WaitGroup
		lastReport := make(chan struct{})
		reporting.Go(func() { r.report(lastReport) })
		r.touch()
		r.live()
		r.mu.Lock()
		r.record.ended = true
		r.mu.Unlock()
		close(lastReport)
		reporting.Wait()
	}
	r.mu.Lock()
	r.over = true
	deleting := r.deleting
	r.mu.Unlock()
	if deleting {
		r.deleteObject()
	}
}

// latest is the pod as last seen.
func (r *podRunner) latest() *corev1.Pod {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pod
}

// update takes a newer version of the pod; a deletion ends it.
func (r *podRunner) update(pod *corev1.Pod) {
	r.mu.Lock()
	r.pod = pod
	begin := pod.DeletionTimestamp != nil && !r.deleting
	if begin {
		r.deleting = true
	}
	over := r.over
	r.mu.Unlock()
	if pod.DeletionTimestamp == nil {
		return
	}
	grace := time.Duration(0)
	if pod.DeletionGracePeriodSeconds != nil {
		grace = time.Duration(*pod.DeletionGracePeriodSeconds) * time.Second
	}
	r.stop(stopReason{what: "it is deleted"}, grace)
	if begin && over {
		r.node.running.Go(r.deleteObject)
	}
}

// stop ends the pod with a grace period; a later stop can only shorten it.
func (r *podRunner) stop(reason stopReason, grace time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := time.Now().Add(grace)
	if r.timer != nil && !at.Before(r.killAt) {
		return
	}
	if r.timer != nil {
		r.timer.Stop()
	} else {
		klog.V(1).Infof("pod %s/%s ends: %s", r.namespace, r.name, reason.what)
		r.record.ending = reason.ending
	}
	r.killAt = at
	r.timer = time.AfterFunc(grace, r.kill)
	r.beginStop()
}

// change updates what is known of a container and reports it.
func (r *podRunner) change(container string, change func(*containerRecord)) {
	r.mu.Lock()
	record := r.record.containers[container]
	change(&record)
	r.record.containers[container] = record
	r.mu.Unlock()
	r.touch()
}

func (r *podRunner) touch() {
	select {
	case r.dirty <- struct{}{}:
	default:
	}
}

// report sends the pod's status whenever it changed, and once more at the end.
func (r *podRunner) report(last <-chan struct{}) {
	base := &r.latest().Status
	for final := false; !final; {
		select {
		case <-r.dirty:
		case <-last:
			final = true
		case <-r.ctx.Done():
			return
		}
		for {
			if r.node.online.wait(r.ctx) != nil {
				return
			}
			status := r.status(base)
			if equality.Semantic.DeepEqual(*base, status) {
				break
			}
			newBase, err := r.sendStatus(base, status)
			if err == nil {
				base = newBase
				break
			}
			if apierrors.IsNotFound(err) || apierrors.IsConflict(err) || r.ctx.Err() != nil {
				// The object is gone, or another pod has its name.
				return
			}
			klog.Errorf("failed to report pod %s/%s: %v", r.namespace, r.name, err)
			sleep(r.ctx, 500*time.Millisecond)
		}
	}
}

// status is what to report, on top of what the API server has.
func (r *podRunner) status(base *corev1.PodStatus) corev1.PodStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	record := r.record
	record.containers = maps.Clone(record.containers)
	pod := *r.pod
	pod.Status = *base
	return podStatus(&pod, record, metav1.Now())
}

// sendStatus changes what differs from the base, so that what others write
// (a condition of the eviction API) stays, and gives the new base.
func (r *podRunner) sendStatus(base *corev1.PodStatus, status corev1.PodStatus) (*corev1.PodStatus, error) {
	old, err := json.Marshal(corev1.Pod{Status: *base})
	if err != nil {
		return nil, err
	}
	changed, err := json.Marshal(corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: r.uid}, Status: status})
	if err != nil {
		return nil, err
	}
	patch, err := strategicpatch.CreateTwoWayMergePatch(old, changed, &corev1.Pod{})
	if err != nil {
		return nil, err
	}
	pod, err := r.node.client.CoreV1().Pods(r.namespace).
		Patch(r.ctx, r.name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil {
		return nil, err
	}
	return &pod.Status, nil
}

// deleteObject removes the pod's object, as nothing of it runs any more.
func (r *podRunner) deleteObject() {
	zero := int64(0)
	options := metav1.DeleteOptions{GracePeriodSeconds: &zero, Preconditions: &metav1.Preconditions{UID: &r.uid}}
	for {
		if r.node.online.wait(r.ctx) != nil {
			return
		}
		err := r.node.client.CoreV1().Pods(r.namespace).Delete(r.ctx, r.name, options)
		if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) || r.ctx.Err() != nil {
			return
		}
		klog.Errorf("failed to delete pod %s/%s: %v", r.namespace, r.name, err)
		sleep(r.ctx, 500*time.Millisecond)
	}
}

// cleanUp removes the pod's files; nothing may run any more.
func (r *podRunner) cleanUp() {
	if err := os.RemoveAll(r.dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		klog.Errorf("failed to remove %s: %v", r.dir, err)
	}
}

// sleep waits; it tells whether the whole time passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
