package node

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/probe"
	httpprobe "k8s.io/kubernetes/pkg/probe/http"
)

// probe runs the container's probes until the context ends. The channel gives
// a message when the container must be restarted.
func (c *container) probe(ctx context.Context, i *instance) <-chan string {
	unhealthy := make(chan string, 1)
	fail := func(kind string) {
		select {
		case unhealthy <- fmt.Sprintf("Container %s failed %s probe, will be restarted", c.def.Name, kind):
		default:
		}
	}
	c.runner.node.running.Go(func() {
		if c.def.StartupProbe != nil {
			ok := c.repeat(ctx, i, "Startup", c.def.StartupProbe, func(healthy bool) (done bool) {
				if !healthy {
					fail("startup")
				}
				return true
			})
			if !ok || len(unhealthy) > 0 {
				return
			}
			c.change(func(record *containerRecord) {
				record.started = true
				record.ready = c.def.ReadinessProbe == nil && !c.trouble.unready
			})
		}
		c.once.Do(func() { close(c.started) })
		if c.def.LivenessProbe != nil {
			c.runner.node.running.Go(func() {
				c.repeat(ctx, i, "Liveness", c.def.LivenessProbe, func(healthy bool) (done bool) {
					if !healthy {
						fail("liveness")
					}
					return !healthy
				})
			})
		}
		if c.def.ReadinessProbe != nil && !c.trouble.unready {
			c.repeat(ctx, i, "Readiness", c.def.ReadinessProbe, func(healthy bool) (done bool) {
				c.change(func(record *containerRecord) { record.ready = healthy })
				return false
			})
		}
	})
	return unhealthy
}

// repeat probes until the context ends or the verdict is taken as final. The
// verdict is given each time the thresholds are reached. It tells whether a
// final verdict was taken.
func (c *container) repeat(ctx context.Context, i *instance, kind string, p *corev1.Probe, verdict func(healthy bool) (done bool)) bool {
	if !sleep(ctx, time.Duration(p.InitialDelaySeconds)*time.Second) {
		return false
	}
	var good, bad int32
	for {
		err := c.check(ctx, i, &p.ProbeHandler, time.Duration(max(p.TimeoutSeconds, 1))*time.Second)
		if ctx.Err() != nil {
			return false
		}
		if err == nil {
			good, bad = good+1, 0
		} else {
			good, bad = 0, bad+1
			c.event(corev1.EventTypeWarning, "Unhealthy", fmt.Sprintf("%s probe failed: %v", kind, err))
		}
		if good >= max(p.SuccessThreshold, 1) && verdict(true) {
			return true
		}
		if bad >= max(p.FailureThreshold, 1) && verdict(false) {
			return true
		}
		if !sleep(ctx, time.Duration(max(p.PeriodSeconds, 1))*time.Second) {
			return false
		}
	}
}

// check runs one probe.
func (c *container) check(ctx context.Context, i *instance, handler *corev1.ProbeHandler, timeout time.Duration) error {
	switch {
	case handler.HTTPGet != nil:
		return c.httpGet(handler.HTTPGet, timeout)
	case handler.TCPSocket != nil:
		port, err := probe.ResolveContainerPort(handler.TCPSocket.Port, c.def)
		if err != nil {
			return err
		}
		host := handler.TCPSocket.Host
		if host == "" {
			host = podIP(c.runner.uid)
		}
		connection, err := net.DialTimeout("tcp", net.JoinHostPort(host, strconv.Itoa(port)), timeout)
		if err != nil {
			return err
		}
		return connection.Close()
	case handler.Exec != nil:
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return c.exec(ctx, i, handler.Exec.Command)
	}
	return fmt.Errorf("this node has httpGet, tcpSocket and exec probes only")
}

func (c *container) httpGet(action *corev1.HTTPGetAction, timeout time.Duration) error {
	request, err := httpprobe.NewRequestForHTTPGetAction(action, c.def, podIP(c.runner.uid), "probe")
	if err != nil {
		return err
	}
	result, output, err := httpprobe.New(false).Probe(request, timeout)
	if err != nil {
		return err
	}
	if result == probe.Failure {
		return fmt.Errorf("%s", output)
	}
	return nil
}

// postStart runs the hook beside the container; the channel gives a message
// when it failed, upon which the container is ended.
func (c *container) postStart(ctx context.Context, i *instance) <-chan string {
	if c.def.Lifecycle == nil || c.def.Lifecycle.PostStart == nil {
		return nil
	}
	failed := make(chan string, 1)
	c.runner.node.running.Go(func() {
		if err := c.hook(ctx, i, c.def.Lifecycle.PostStart); err != nil && ctx.Err() == nil {
			failed <- "PostStartHook failed: " + err.Error()
		}
	})
	return failed
}

// preStop runs the hook; the grace period bounds it.
func (c *container) preStop(ctx context.Context, i *instance) {
	if c.def.Lifecycle == nil || c.def.Lifecycle.PreStop == nil || ctx.Err() != nil {
		return
	}
	if err := c.hook(ctx, i, c.def.Lifecycle.PreStop); err != nil {
		c.event(corev1.EventTypeWarning, "FailedPreStopHook", "PreStopHook failed: "+err.Error())
	}
}

func (c *container) hook(ctx context.Context, i *instance, handler *corev1.LifecycleHandler) error {
	switch {
	case handler.Exec != nil:
		return c.exec(ctx, i, handler.Exec.Command)
	case handler.HTTPGet != nil:
		return c.httpGet(handler.HTTPGet, 30*time.Second)
	case handler.Sleep != nil:
		sleep(ctx, time.Duration(handler.Sleep.Seconds)*time.Second)
	}
	return nil
}

// exec runs a command as the container would: with its environment and mounts,
// until the context ends. Unlike in a real container it does not see the
// container's processes.
func (c *container) exec(ctx context.Context, i *instance, argv []string) error {
	log, stdout, stderr, err := createLog(i.logPath + ".exec")
	if err != nil {
		return err
	}
	defer log.close()
	spec := i.spec
	spec.argv, spec.stdout, spec.stderr = argv, stdout, stderr
	process, err := c.runner.node.isolation.start(spec)
	stdout.Close()
	stderr.Close()
	if err != nil {
		return err
	}
	select {
	case <-process.done:
	case <-ctx.Done():
		process.signal(syscallKill)
		<-process.done
		return ctx.Err()
	}
	if process.exitCode != 0 {
		return fmt.Errorf("command %q exited with %d", argv, process.exitCode)
	}
	return nil
}
