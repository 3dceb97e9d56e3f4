package node

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func running(ready bool) containerRecord {
	return containerRecord{state: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}, ready: ready, started: true, id: "x"}
}

func exited(code int32) containerRecord {
	return containerRecord{state: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code}}, id: "x"}
}

func crashing() containerRecord {
	return containerRecord{state: waiting("CrashLoopBackOff", ""), last: &corev1.ContainerStateTerminated{ExitCode: 1}, id: "x"}
}

const (
	always    = corev1.RestartPolicyAlways
	onFailure = corev1.RestartPolicyOnFailure
	never     = corev1.RestartPolicyNever
)

func TestPhaseAndReadiness(t *testing.T) {
	cases := []struct {
		name       string
		policy     corev1.RestartPolicy
		containers map[string]containerRecord
		ended      bool
		ending     *ending
		phase      corev1.PodPhase
		ready      bool
	}{
		{"nothing started", never, nil, false, nil, corev1.PodPending, false},
		{"image cannot be pulled", never, map[string]containerRecord{"i": exited(0), "c": {state: waiting("ErrImagePull", "")}}, false, nil, corev1.PodPending, false},
		{"init runs", never, map[string]containerRecord{"i": running(true)}, false, nil, corev1.PodPending, false},
		{"init failed", never, map[string]containerRecord{"i": exited(1)}, false, nil, corev1.PodFailed, false},
		{"init is tried again", onFailure, map[string]containerRecord{"i": exited(1)}, false, nil, corev1.PodPending, false},
		{"runs", never, map[string]containerRecord{"i": exited(0), "c": running(true)}, false, nil, corev1.PodRunning, true},
		{"runs, not ready", never, map[string]containerRecord{"i": exited(0), "c": running(false)}, false, nil, corev1.PodRunning, false},
		{"succeeded", never, map[string]containerRecord{"i": exited(0), "c": exited(0)}, true, nil, corev1.PodSucceeded, false},
		{"failed", never, map[string]containerRecord{"i": exited(0), "c": exited(2)}, true, nil, corev1.PodFailed, false},
		{"failed, tried again", onFailure, map[string]containerRecord{"i": exited(0), "c": exited(2)}, false, nil, corev1.PodRunning, false},
		{"done, started again", always, map[string]containerRecord{"i": exited(0), "c": exited(0)}, false, nil, corev1.PodRunning, false},
		{"crash loop", always, map[string]containerRecord{"i": exited(0), "c": crashing()}, false, nil, corev1.PodRunning, false},
		{"deleted before it ran", never, nil, true, nil, corev1.PodFailed, false},
		{"deleted, clean exit", always, map[string]containerRecord{"i": exited(0), "c": exited(0)}, true, nil, corev1.PodSucceeded, false},
		{"eviction begins", never, map[string]containerRecord{"i": exited(0), "c": running(true)}, false, &ending{reason: "Evicted"}, corev1.PodRunning, true},
		{"evicted, clean exit", never, map[string]containerRecord{"i": exited(0), "c": exited(0)}, true, &ending{reason: "Evicted"}, corev1.PodFailed, false},
	}
	for _, c := range cases {
		pod := &corev1.Pod{Spec: corev1.PodSpec{
			RestartPolicy:  c.policy,
			InitContainers: []corev1.Container{{Name: "i"}},
			Containers:     []corev1.Container{{Name: "c"}},
		}}
		status := podStatus(pod, podRecord{containers: c.containers, ended: c.ended, ending: c.ending}, metav1.Now())
		if status.Phase != c.phase {
			t.Errorf("%s: phase %s, want %s", c.name, status.Phase, c.phase)
		}
		if c.ended && c.ending != nil && status.Reason != c.ending.reason {
			t.Errorf("%s: reason %q", c.name, status.Reason)
		}
		for _, kind := range []corev1.PodConditionType{corev1.PodReady, corev1.ContainersReady} {
			if got := holds(status, kind); got != c.ready {
				t.Errorf("%s: %s is %t", c.name, kind, got)
			}
		}
	}
}

func holds(status corev1.PodStatus, kind corev1.PodConditionType) bool {
	for _, condition := range status.Conditions {
		if condition.Type == kind {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func TestSidecarDoesNotKeepAPodFromSucceeding(t *testing.T) {
	policy := corev1.ContainerRestartPolicyAlways
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		RestartPolicy:  never,
		InitContainers: []corev1.Container{{Name: "s", RestartPolicy: &policy}},
		Containers:     []corev1.Container{{Name: "c"}},
	}}
	record := podRecord{containers: map[string]containerRecord{"s": running(true), "c": running(true)}}
	if status := podStatus(pod, record, metav1.Now()); status.Phase != corev1.PodRunning || !holds(status, corev1.PodReady) {
		t.Errorf("both run: %s", status.Phase)
	}
	record.containers = map[string]containerRecord{"s": exited(143), "c": exited(0)}
	record.ended = true
	if status := podStatus(pod, record, metav1.Now()); status.Phase != corev1.PodSucceeded {
		t.Errorf("both ended: %s", status.Phase)
	}
}

func TestConditionsKeepTheirTimesAndThoseOfOthers(t *testing.T) {
	before := metav1.NewTime(time.Now().Add(-time.Hour))
	pod := &corev1.Pod{
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}},
		Status: corev1.PodStatus{Conditions: []corev1.PodCondition{
			{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: before},
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: before},
			{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "EvictionByEvictionAPI"},
		}},
	}
	now := metav1.Now()
	status := podStatus(pod, podRecord{containers: map[string]containerRecord{"c": running(true)}}, now)
	times := map[corev1.PodConditionType]metav1.Time{}
	for _, condition := range status.Conditions {
		times[condition.Type] = condition.LastTransitionTime
	}
	if times[corev1.PodReady] != now {
		t.Error("Ready changed and has not the time of now")
	}
	if times[corev1.PodScheduled] != before {
		t.Error("PodScheduled did not change and has another time")
	}
	if !holds(status, corev1.DisruptionTarget) {
		t.Error("the eviction's condition is lost")
	}
}
