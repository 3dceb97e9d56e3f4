package node

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
)

// live runs the pod's containers: init containers in their order, then the
// main ones side by side, sidecars as long as there are main ones. It returns
// when no process is left and none will be started.
func (r *podRunner) live() {
	pod := r.latest()
	r.limitTime(pod)
	volumes, ok := r.setUp(pod)
	if !ok {
		return
	}
	stopSidecars, ok := r.initialize(pod, volumes)
	defer stopSidecars()
	if !ok || r.stopping.Err() != nil {
		return
	}
	r.limitEviction(pod)
	var mains sync.WaitGroup
	for i := range pod.Spec.Containers {
		container := newContainer(r, &pod.Spec.Containers[i], volumes, pod.Spec.RestartPolicy)
		container.onStart = r.markStarted
		mains.Go(func() { container.run(r.stopping) })
	}
	mains.Wait()
}

// setUp makes the pod's folders and volumes, again and again until it works.
func (r *podRunner) setUp(pod *corev1.Pod) (map[string]volume, bool) {
	for _, dir := range []string{"home", "logs", "root", "volumes"} {
		if err := os.MkdirAll(filepath.Join(r.dir, dir), 0o755); err != nil {
			klog.Errorf("pod %s/%s: %v", r.namespace, r.name, err)
			<-r.stopping.Done()
			return nil, false
		}
	}
	maker := volumeMaker{
		client: r.node.client, pod: pod, dir: filepath.Join(r.dir, "volumes"), allocatable: r.node.config.Capacity,
	}
	for delay := r.node.config.Backoff; ; delay = min(2*delay, r.node.config.BackoffMax) {
		select {
		case r.node.starting <- struct{}{}:
		case <-r.stopping.Done():
			return nil, false
		}
		volumes, err := maker.make(r.stopping)
		<-r.node.starting
		if err == nil {
			r.mu.Lock()
			r.record.sandbox = true
			r.mu.Unlock()
			return volumes, true
		}
		if r.stopping.Err() != nil {
			return nil, false
		}
		r.node.events.Event(pod, corev1.EventTypeWarning, "FailedMount", err.Error())
		if !sleep(r.stopping, delay) {
			return nil, false
		}
	}
}

// initialize runs the init containers. It gives a function that ends the
// sidecars, in reverse order, and tells whether the main containers may start.
func (r *podRunner) initialize(pod *corev1.Pod, volumes map[string]volume) (stopSidecars func(), ok bool) {
	var stops []func()
	stopSidecars = func() {
		for _, stop := range slices.Backward(stops) {
			stop()
		}
	}
	policy := corev1.RestartPolicyOnFailure
	if pod.Spec.RestartPolicy == corev1.RestartPolicyNever {
		policy = corev1.RestartPolicyNever
	}
	for i := range pod.Spec.InitContainers {
		definition := &pod.Spec.InitContainers[i]
		if isSidecar(definition) {
			sidecar := newContainer(r, definition, volumes, corev1.RestartPolicyAlways)
			stops = append(stops, sidecar.background())
			if !sidecar.waitStarted(r.stopping) {
				return stopSidecars, false
			}
			continue
		}
		container := newContainer(r, definition, volumes, policy)
		if code, ran := container.run(r.stopping); !ran || code != 0 {
			return stopSidecars, false
		}
	}
	return stopSidecars, true
}

// limitTime ends the pod at its active deadline.
func (r *podRunner) limitTime(pod *corev1.Pod) {
	if pod.Spec.ActiveDeadlineSeconds == nil {
		return
	}
	deadline := time.Duration(*pod.Spec.ActiveDeadlineSeconds) * time.Second
	r.node.running.Go(func() {
		if sleep(r.stopping, deadline) {
			r.node.events.Event(pod, corev1.EventTypeNormal, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
			r.stop(stopReason{what: "its active deadline is over", ending: &ending{
				reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline",
			}}, gracePeriod(pod))
		}
	})
}

// limitEviction evicts the pod if it asked for that.
func (r *podRunner) limitEviction(pod *corev1.Pod) {
	var evictAfter time.Duration
	for i := range pod.Spec.Containers {
		// A wrong word is reported where the container starts.
		if t, err := troubleOf(pod, &pod.Spec.Containers[i]); err == nil && t.evictAfter > 0 {
			evictAfter = t.evictAfter
		}
	}
	if evictAfter == 0 {
		return
	}
	r.node.running.Go(func() {
		select {
		case <-r.firstStarted:
		case <-r.stopping.Done():
			return
		}
		if !sleep(r.stopping, evictAfter) {
			return
		}
		message := "The node was low on resource: memory. Threshold quantity: 100Mi, available: 60Mi. "
		r.node.events.Event(pod, corev1.EventTypeWarning, "Evicted", message)
		r.stop(stopReason{what: "it is evicted", ending: &ending{
			reason: "Evicted", message: message,
			condition: &corev1.PodCondition{
				Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue,
				Reason: corev1.PodReasonTerminationByKubelet, Message: message,
			},
		}}, gracePeriod(pod))
	})
}

func gracePeriod(pod *corev1.Pod) time.Duration {
	if pod.Spec.TerminationGracePeriodSeconds == nil {
		return 30 * time.Second
	}
	return time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second
}

// terminated is the state of a container that ended.
func terminated(id string, code int32, reason, message string, started, finished metav1.Time) *corev1.ContainerStateTerminated {
	return &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, Message: message,
		StartedAt: started, FinishedAt: finished, ContainerID: id,
	}
}
