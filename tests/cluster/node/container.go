package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/reference"
	"k8s.io/klog/v2"
)

// container runs one container of a pod, again and again as its policy says.
type container struct {
	runner  *podRunner
	def     *corev1.Container
	volumes map[string]volume
	policy  corev1.RestartPolicy
	trouble trouble
	wrong   error
	// onStart, if any, is called each time the process has started.
	onStart func()
	started chan struct{}
	once    sync.Once
}

func newContainer(r *podRunner, def *corev1.Container, volumes map[string]volume, policy corev1.RestartPolicy) *container {
	c := &container{runner: r, def: def, volumes: volumes, policy: policy, started: make(chan struct{})}
	c.trouble, c.wrong = troubleOf(r.latest(), def)
	return c
}

// run runs the container until it is not to be started again, or until stop
// ends, and then ends its process. It gives the last exit code, if it ran.
func (c *container) run(stop context.Context) (code int32, ran bool) {
	config := c.runner.node.config
	delay := time.Duration(0)
	for restarts := int32(0); ; restarts++ {
		if !c.pullImage(stop) {
			return code, ran
		}
		began := time.Now()
		state, ok := c.runOnce(stop, restarts)
		if !ok {
			return code, ran
		}
		code, ran = state.ExitCode, true
		c.change(func(record *containerRecord) {
			record.state = corev1.ContainerState{Terminated: state}
			record.ready, record.started = false, false
		})
		if stop.Err() != nil || !shouldRestart(c.policy, code) {
			return code, ran
		}
		if time.Since(began) > 2*config.BackoffMax {
			delay = 0
		}
		c.backOff(stop, state, delay)
		if stop.Err() != nil {
			return code, ran
		}
		delay = min(max(2*delay, config.Backoff), config.BackoffMax)
	}
}

// backOff waits before a restart. The first restart is immediate, as a
// kubelet's is.
func (c *container) backOff(stop context.Context, last *corev1.ContainerStateTerminated, delay time.Duration) {
	if delay == 0 {
		return
	}
	message := fmt.Sprintf("back-off %s restarting failed container=%s pod=%s_%s(%s)",
		delay, c.def.Name, c.runner.name, c.runner.namespace, c.runner.uid)
	c.event(corev1.EventTypeWarning, "BackOff", fmt.Sprintf("Back-off restarting failed container %s in pod %s_%s(%s)",
		c.def.Name, c.runner.name, c.runner.namespace, c.runner.uid))
	c.change(func(record *containerRecord) {
		record.last, record.state = last, waiting("CrashLoopBackOff", message)
	})
	if !sleep(stop, delay) {
		// The pod ends now: what is left to say is how the container ended.
		c.change(func(record *containerRecord) { record.state = corev1.ContainerState{Terminated: last} })
	}
}

// background runs a sidecar and gives the function that ends it.
func (c *container) background() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	c.runner.node.running.Go(func() {
		defer close(done)
		c.run(ctx)
	})
	return func() {
		cancel()
		<-done
	}
}

// waitStarted waits for a sidecar's first start (its startup probe, if any).
func (c *container) waitStarted(stop context.Context) bool {
	select {
	case <-c.started:
		return true
	case <-stop.Done():
		return false
	}
}

// instance is one run of a container's process.
type instance struct {
	id      string
	process *process
	spec    processSpec
	log     *logFile
	logPath string
}

// runOnce starts the container, waits for its end and gives its final state.
// It gives nothing when it was stopped before it started.
func (c *container) runOnce(stop context.Context, restarts int32) (*corev1.ContainerStateTerminated, bool) {
	spec, ok := c.configure(stop)
	if !ok {
		return nil, false
	}
	i := &instance{
		id: containerID(c.runner, c.def, restarts), spec: spec,
		logPath: c.runner.logPath(c.def.Name, restarts),
	}
	c.event(corev1.EventTypeNormal, "Created", "Container created")
	began := now()
	if err := c.start(i); err != nil {
		message := "failed to start the process: " + err.Error()
		c.event(corev1.EventTypeWarning, "Failed", "Error: "+message)
		c.change(func(record *containerRecord) { record.id, record.restarts = i.id, restarts })
		return terminated(i.id, 128, "StartError", message, began, now()), true
	}
	c.event(corev1.EventTypeNormal, "Started", "Container started")
	c.change(func(record *containerRecord) {
		if record.state.Terminated != nil {
			record.last = record.state.Terminated
		}
		record.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: began}}
		record.id, record.restarts = i.id, restarts
		record.started = c.def.StartupProbe == nil
		record.ready = record.started && c.def.ReadinessProbe == nil && !c.trouble.unready
	})
	if c.onStart != nil {
		c.onStart()
	}
	return c.watch(stop, i, began), true
}

// configure resolves the container's environment, again and again until that
// works or stop ends.
func (c *container) configure(stop context.Context) (processSpec, bool) {
	for {
		spec, err := c.runner.spec(c.def, c.volumes)
		if c.trouble.configError {
			err = fmt.Errorf("secret %q not found", "asked-for-by-the-test")
		}
		if c.wrong != nil {
			err = c.wrong
		}
		if err == nil {
			return spec, true
		}
		if stop.Err() != nil {
			return spec, false
		}
		c.change(func(record *containerRecord) { record.state = waiting("CreateContainerConfigError", err.Error()) })
		c.event(corev1.EventTypeWarning, "Failed", "Error: "+err.Error())
		if !sleep(stop, c.runner.node.config.Backoff) {
			return spec, false
		}
	}
}

// start opens the log and starts the process.
func (c *container) start(i *instance) error {
	if c.trouble.startError {
		return fmt.Errorf("exec: %q: executable file not found in $PATH", i.spec.argv[0])
	}
	if c.trouble.crash {
		i.spec.argv = []string{"/bin/sh", "-c", "echo 'asked to crash' >&2; exit 1"}
	}
	log, stdout, stderr, err := createLog(i.logPath)
	if err != nil {
		return err
	}
	defer stdout.Close()
	defer stderr.Close()
	i.log = log
	i.spec.stdout, i.spec.stderr = stdout, stderr
	i.process, err = c.runner.node.isolation.start(i.spec)
	return err
}

// watch waits for the end of the process, and ends it when the pod ends, a
// probe asks for it or trouble is due.
func (c *container) watch(stop context.Context, i *instance, began metaTime) *corev1.ContainerStateTerminated {
	probing, endProbes := context.WithCancel(stop)
	unhealthy := c.probe(probing, i)
	hookFailed := c.postStart(probing, i)
	oom := after(c.trouble.oomAfter)
	reason := ""
	select {
	case <-i.process.done:
	case <-oom:
		reason = "OOMKilled"
		i.process.signal(syscallKill)
	case message := <-hookFailed:
		c.event(corev1.EventTypeWarning, "FailedPostStartHook", message)
		c.end(i, gracePeriod(c.runner.latest()))
	case message := <-unhealthy:
		c.event(corev1.EventTypeNormal, "Killing", message)
		c.end(i, gracePeriod(c.runner.latest()))
	case <-stop.Done():
		if c.runner.ctx.Err() == nil {
			c.event(corev1.EventTypeNormal, "Killing", "Stopping container "+c.def.Name)
		}
		c.end(i, gracePeriod(c.runner.latest()))
	}
	endProbes()
	<-i.process.done
	i.log.close()
	code := i.process.exitCode
	if c.trouble.exit != nil && reason == "" {
		code = *c.trouble.exit
	}
	switch {
	case reason != "":
	case code == 0:
		reason = "Completed"
	default:
		reason = "Error"
	}
	message := ""
	if code != 0 && c.def.TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError {
		message = logTail(i.logPath)
	}
	return terminated(i.id, code, reason, message, began, now())
}

// end asks the process to end, and kills it when the grace period is over.
func (c *container) end(i *instance, grace time.Duration) {
	ctx, cancel := context.WithTimeout(c.runner.killing, grace)
	defer cancel()
	c.preStop(ctx, i)
	if ctx.Err() == nil {
		i.process.signal(syscallTerm)
	}
	select {
	case <-i.process.done:
	case <-ctx.Done():
		i.process.signal(syscallKill)
	}
}

func (c *container) change(change func(*containerRecord)) { c.runner.change(c.def.Name, change) }

// event records an event about the container.
func (c *container) event(kind, reason, message string) {
	ref, err := reference.GetPartialReference(scheme.Scheme, c.runner.latest(), "spec.containers{"+c.def.Name+"}")
	if err != nil {
		klog.Errorf("failed to refer to a pod: %v", err)
		return
	}
	c.runner.node.events.Event(ref, kind, reason, message)
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

// containerID names one run of a container, in the form of a runtime's ids.
func containerID(r *podRunner, def *corev1.Container, restarts int32) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", r.uid, def.Name, restarts))
	return "process://" + hex.EncodeToString(sum[:])
}

// imageID makes up an image's digest from its name.
func imageID(image string) string {
	sum := sha256.Sum256([]byte(image))
	return image + "@sha256:" + hex.EncodeToString(sum[:])
}

// logPath is where the output of one run of a container is.
func (r *podRunner) logPath(container string, restarts int32) string {
	return filepath.Join(r.dir, "logs", fmt.Sprintf("%s.%d.log", container, restarts))
}

// logTail is the end of a log, for a termination message.
func logTail(path string) string {
	const limit = 2048
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	text := plainLog(data)
	return text[max(0, len(text)-limit):]
}
