package node

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// containerRecord is what the node knows of one container.
type containerRecord struct {
	state    corev1.ContainerState
	last     *corev1.ContainerStateTerminated
	restarts int32
	ready    bool
	started  bool
	id       string
}

// ending is why the node ended a pod on its own account.
type ending struct {
	reason    string
	message   string
	condition *corev1.PodCondition
}

// podRecord is what the node knows of one pod.
type podRecord struct {
	startTime  metav1.Time
	sandbox    bool
	containers map[string]containerRecord
	// ended says that no process is left and none will be started.
	ended  bool
	ending *ending
}

// podStatus computes the status to report, by a kubelet's rules: from the
// pod's definition and last reported status, and from what the node knows.
func podStatus(pod *corev1.Pod, record podRecord, now metav1.Time) corev1.PodStatus {
	status := corev1.PodStatus{
		ObservedGeneration: pod.Generation,
		QOSClass:           pod.Status.QOSClass,
		HostIP:             loopback,
		HostIPs:            []corev1.HostIP{{IP: loopback}},
		StartTime:          &record.startTime,
	}
	if record.sandbox {
		ip := podIP(pod.UID)
		status.PodIP, status.PodIPs = ip, []corev1.PodIP{{IP: ip}}
	}
	waiting := "ContainerCreating"
	if len(pod.Spec.InitContainers) > 0 {
		waiting = "PodInitializing"
	}
	for i := range pod.Spec.InitContainers {
		status.InitContainerStatuses = append(status.InitContainerStatuses,
			containerStatus(&pod.Spec.InitContainers[i], record, waiting, true))
	}
	for i := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses,
			containerStatus(&pod.Spec.Containers[i], record, waiting, false))
	}
	status.Phase = podPhase(pod, status, record.ended)
	if record.ended && record.ending != nil {
		status.Phase = corev1.PodFailed
		status.Reason, status.Message = record.ending.reason, record.ending.message
	}
	status.Conditions = podConditions(pod, status, record, now)
	return status
}

func containerStatus(container *corev1.Container, record podRecord, waiting string, init bool) corev1.ContainerStatus {
	known, ok := record.containers[container.Name]
	if !ok || known.state == (corev1.ContainerState{}) {
		known.state.Waiting = &corev1.ContainerStateWaiting{Reason: waiting}
	}
	status := corev1.ContainerStatus{
		Name:         container.Name,
		State:        known.state,
		Image:        container.Image,
		ContainerID:  known.id,
		RestartCount: known.restarts,
		Ready:        known.ready && known.state.Running != nil,
	}
	if known.id != "" {
		status.ImageID = imageID(container.Image)
	}
	started := known.started && known.state.Running != nil
	status.Started = &started
	if known.last != nil {
		status.LastTerminationState.Terminated = known.last
	}
	if init && known.state.Terminated != nil && known.state.Terminated.ExitCode == 0 {
		status.Ready = true
	}
	return status
}

// podPhase follows getPhase of the kubelet.
func podPhase(pod *corev1.Pod, status corev1.PodStatus, ended bool) corev1.PodPhase {
	for i, s := range status.InitContainerStatuses {
		if isSidecar(&pod.Spec.InitContainers[i]) {
			if !isTrue(s.Started) && !ended && !anyStarted(status.ContainerStatuses) {
				return corev1.PodPending
			}
			continue
		}
		switch {
		case s.State.Terminated != nil && s.State.Terminated.ExitCode == 0:
		case s.State.Terminated != nil && (pod.Spec.RestartPolicy == corev1.RestartPolicyNever || ended):
			return corev1.PodFailed
		case ended:
			return corev1.PodFailed
		default:
			return corev1.PodPending
		}
	}
	var waiting, running, stopped, succeeded int
	for _, s := range status.ContainerStatuses {
		switch {
		case s.State.Running != nil:
			running++
		case s.State.Terminated != nil:
			stopped++
			if s.State.Terminated.ExitCode == 0 {
				succeeded++
			}
		case s.LastTerminationState.Terminated != nil:
			stopped++
		default:
			waiting++
		}
	}
	switch {
	case ended && stopped > 0 && stopped == succeeded && waiting == 0:
		return corev1.PodSucceeded
	case ended:
		return corev1.PodFailed
	case waiting > 0:
		return corev1.PodPending
	case running > 0:
		return corev1.PodRunning
	case pod.Spec.RestartPolicy == corev1.RestartPolicyAlways:
		return corev1.PodRunning
	case stopped == succeeded:
		return corev1.PodSucceeded
	case pod.Spec.RestartPolicy == corev1.RestartPolicyNever:
		return corev1.PodFailed
	}
	return corev1.PodRunning
}

func anyStarted(statuses []corev1.ContainerStatus) bool {
	for _, s := range statuses {
		if s.ContainerID != "" {
			return true
		}
	}
	return false
}

// podConditions gives the conditions that a kubelet owns, with those of others
// as they were (DisruptionTarget of the eviction API).
func podConditions(pod *corev1.Pod, status corev1.PodStatus, record podRecord, now metav1.Time) []corev1.PodCondition {
	phase := status.Phase
	over := phase == corev1.PodSucceeded || phase == corev1.PodFailed
	condition := func(kind corev1.PodConditionType, holds bool, reason, message string) corev1.PodCondition {
		c := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, ObservedGeneration: pod.Generation}
		if !holds {
			c.Status, c.Reason, c.Message = corev1.ConditionFalse, reason, message
		}
		return c
	}
	var uninitialized, unready []string
	for i, s := range status.InitContainerStatuses {
		sidecar := isSidecar(&pod.Spec.InitContainers[i])
		if sidecar && !isTrue(s.Started) && !over || !sidecar && !s.Ready {
			uninitialized = append(uninitialized, s.Name)
		}
		if sidecar && !s.Ready {
			unready = append(unready, s.Name)
		}
	}
	for _, s := range status.ContainerStatuses {
		if !s.Ready {
			unready = append(unready, s.Name)
		}
	}
	reason, message := "ContainersNotReady", "containers with unready status: ["+strings.Join(unready, " ")+"]"
	switch phase {
	case corev1.PodSucceeded:
		reason, message = "PodCompleted", ""
	case corev1.PodFailed:
		reason, message = "PodFailed", ""
	}
	ready := len(unready) == 0 && len(uninitialized) == 0 && !over
	initialized := condition(corev1.PodInitialized, len(uninitialized) == 0, "ContainersNotInitialized",
		"containers with incomplete status: ["+strings.Join(uninitialized, " ")+"]")
	if phase == corev1.PodSucceeded {
		initialized = condition(corev1.PodInitialized, true, "", "")
		initialized.Reason = "PodCompleted"
	}
	conditions := []corev1.PodCondition{
		condition(corev1.PodReadyToStartContainers, record.sandbox && !over, "", ""),
		initialized,
		condition(corev1.PodReady, ready, reason, message),
		condition(corev1.ContainersReady, ready, reason, message),
		condition(corev1.PodScheduled, true, "", ""),
	}
	if record.ended && record.ending != nil && record.ending.condition != nil {
		conditions = append(conditions, *record.ending.condition)
	}
	return mergeConditions(conditions, pod.Status.Conditions, now)
}

// mergeConditions adds the conditions of others, and gives ours the time of
// their last change.
func mergeConditions(ours, old []corev1.PodCondition, now metav1.Time) []corev1.PodCondition {
	for i := range ours {
		ours[i].LastTransitionTime = now
	}
	for _, before := range old {
		i := slices.IndexFunc(ours, func(c corev1.PodCondition) bool { return c.Type == before.Type })
		switch {
		case i < 0:
			ours = append(ours, before)
		case ours[i].Status == before.Status:
			ours[i].LastTransitionTime = before.LastTransitionTime
		}
	}
	return ours
}

// isSidecar tells an init container that runs as long as the pod.
func isSidecar(container *corev1.Container) bool {
	return container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// shouldRestart tells whether a container that ended is started again.
func shouldRestart(policy corev1.RestartPolicy, exitCode int32) bool {
	switch policy {
	case corev1.RestartPolicyNever:
		return false
	case corev1.RestartPolicyOnFailure:
		return exitCode != 0
	default:
		return true
	}
}
