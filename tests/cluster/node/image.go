package node

import (
	"context"
	"fmt"
	"syscall"

	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type metaTime = metav1.Time

const (
	syscallTerm = syscall.SIGTERM
	syscallKill = syscall.SIGKILL
)

func now() metaTime { return metav1.Now() }

// pullImage does as if it pulled the container's image. It tells whether the
// container may be made; a pull that fails is tried again until stop ends.
func (c *container) pullImage(stop context.Context) bool {
	if c.trouble.pending {
		<-stop.Done()
		return false
	}
	delay := c.runner.node.config.Backoff
	for {
		reason, message := c.imageError()
		if reason == "" {
			if c.trouble.slowStart > 0 {
				c.event(corev1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", c.def.Image))
				return sleep(stop, c.trouble.slowStart)
			}
			c.event(corev1.EventTypeNormal, "Pulled", fmt.Sprintf("Container image %q already present on machine", c.def.Image))
			return stop.Err() == nil
		}
		if reason == "ErrImagePull" {
			c.event(corev1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", c.def.Image))
			c.event(corev1.EventTypeWarning, "Failed", fmt.Sprintf("Failed to pull image %q: %s", c.def.Image, message))
		}
		c.event(corev1.EventTypeWarning, "Failed", "Error: "+reason)
		c.change(func(record *containerRecord) { record.state = waiting(reason, message) })
		if !sleep(stop, delay) {
			return false
		}
		if reason == "ErrImagePull" {
			backOff := fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %s", c.def.Image, message)
			c.event(corev1.EventTypeNormal, "BackOff", fmt.Sprintf("Back-off pulling image %q", c.def.Image))
			c.change(func(record *containerRecord) { record.state = waiting("ImagePullBackOff", backOff) })
			if !sleep(stop, delay) {
				return false
			}
		}
		delay = min(2*delay, c.runner.node.config.BackoffMax)
	}
}

// imageError gives the reason and the message of a failed pull, or nothing.
func (c *container) imageError() (reason, message string) {
	image := c.def.Image
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return "InvalidImageName", fmt.Sprintf("Failed to apply default image tag %q: couldn't parse image name %q: %v", image, image, err)
	}
	if !c.trouble.imagePull {
		return "", ""
	}
	if c.def.ImagePullPolicy == corev1.PullNever {
		return "ErrImageNeverPull", fmt.Sprintf("Container image %q is not present with pull policy of Never", image)
	}
	full := reference.TagNameOnly(named).String()
	return "ErrImagePull", fmt.Sprintf("failed to pull and unpack image %q: failed to resolve reference %q: %s: not found", full, full, full)
}
