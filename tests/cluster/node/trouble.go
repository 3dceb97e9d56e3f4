package node

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Trouble on demand. A pod asks for it by an annotation, for all its main
// containers, several separated by commas:
//
//	test.kubectl-prefect.io/trouble: oom-after=2s
//
// or a container by its image, `trouble.test/KIND` or `trouble.test/KIND:VALUE`,
// for instance `trouble.test/oom-after:2s`.
//
//	kind              what happens
//	image-pull        ErrImagePull and ImagePullBackOff in turn, for ever; also
//	                  any image whose name contains `does-not-exist`
//	slow-start=D      the image takes the time D to pull (ContainerCreating)
//	pending           ContainerCreating for ever
//	config-error      CreateContainerConfigError for ever
//	start-error       the container ends at once: StartError, exit code 128
//	crash             the container ends at once with exit code 1, each time
//	                  (CrashLoopBackOff where it is restarted)
//	exit=N            the command runs, and its exit code is replaced by N
//	oom-after=D       killed the time D after its start: OOMKilled, exit code 137
//	evict-after=D     the pod is evicted for lack of memory the time D after its
//	                  first container's start: Failed, Evicted, condition
//	                  DisruptionTarget; its processes get SIGTERM and their grace
//	                  period, as in a soft eviction
//	unready           the container never becomes ready
//
// Other trouble needs no word of ours: a pod that asks for more than the node
// has is Unschedulable, an unknown ConfigMap gives FailedMount, a wrong image
// name InvalidImageName, a missing command StartError, the eviction API evicts,
// and LostAnnotation on the Node makes it NotReady.
const TroubleAnnotation = "test.kubectl-prefect.io/trouble"

const troubleImage = "trouble.test/"

// trouble is what one container has been asked for.
type trouble struct {
	imagePull   bool
	pending     bool
	configError bool
	startError  bool
	crash       bool
	unready     bool
	slowStart   time.Duration
	oomAfter    time.Duration
	evictAfter  time.Duration
	exit        *int32
}

// troubleOf reads what a container of a pod has been asked for. A word that is
// not known is an error: a test that misspells it shall not pass.
func troubleOf(pod *corev1.Pod, container *corev1.Container) (trouble, error) {
	var t trouble
	if strings.Contains(container.Image, "does-not-exist") {
		t.imagePull = true
	}
	if words, ok := strings.CutPrefix(container.Image, troubleImage); ok {
		kind, value, _ := strings.Cut(words, ":")
		if err := t.add(kind, value); err != nil {
			return t, fmt.Errorf("image %s: %w", container.Image, err)
		}
	}
	annotation := pod.Annotations[TroubleAnnotation]
	if annotation == "" {
		return t, nil
	}
	for word := range strings.SplitSeq(annotation, ",") {
		kind, value, _ := strings.Cut(strings.TrimSpace(word), "=")
		if err := t.add(kind, value); err != nil {
			return t, fmt.Errorf("annotation %s: %w", TroubleAnnotation, err)
		}
	}
	return t, nil
}

func (t *trouble) add(kind, value string) error {
	flags := map[string]*bool{
		"image-pull": &t.imagePull, "pending": &t.pending, "config-error": &t.configError,
		"start-error": &t.startError, "crash": &t.crash, "unready": &t.unready,
	}
	times := map[string]*time.Duration{
		"slow-start": &t.slowStart, "oom-after": &t.oomAfter, "evict-after": &t.evictAfter,
	}
	if flag, ok := flags[kind]; ok {
		*flag = true
		return nil
	}
	if duration, ok := times[kind]; ok {
		parsed, err := time.ParseDuration(value)
		if err != nil || parsed <= 0 {
			return fmt.Errorf("%s needs a duration, not %q", kind, value)
		}
		*duration = parsed
		return nil
	}
	if kind == "exit" {
		code, err := strconv.ParseUint(value, 10, 8)
		if err != nil {
			return fmt.Errorf("exit needs a code from 0 to 255, not %q", value)
		}
		narrow := int32(code)
		t.exit = &narrow
		return nil
	}
	return fmt.Errorf("unknown trouble %q", kind)
}

// after is a channel that fires after the duration, or never for none.
func after(d time.Duration) <-chan time.Time {
	if d == 0 {
		return nil
	}
	return time.After(d)
}
