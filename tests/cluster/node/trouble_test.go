package node

import (
	"net/url"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTroubleOf(t *testing.T) {
	seven := int32(7)
	cases := []struct {
		annotation, image string
		want              trouble
		wrong             string
	}{
		{image: "busybox"},
		{image: "registry.test/does-not-exist:1", want: trouble{imagePull: true}},
		{image: "trouble.test/oom-after:2s", want: trouble{oomAfter: 2 * time.Second}},
		{image: "trouble.test/start-error", want: trouble{startError: true}},
		{annotation: "slow-start=1s, exit=7", want: trouble{slowStart: time.Second, exit: &seven}},
		{annotation: "oom-after", wrong: "needs a duration"},
		{annotation: "exit=300", wrong: "needs a code"},
		{annotation: "explode", wrong: `unknown trouble "explode"`},
		{image: "trouble.test/explode", wrong: "image trouble.test/explode"},
	}
	for _, c := range cases {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{TroubleAnnotation: c.annotation}}}
		got, err := troubleOf(pod, &corev1.Container{Image: c.image})
		switch {
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%+v: got error %v", c, err)
		case c.wrong == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.wrong == "":
			if (got.exit == nil) != (c.want.exit == nil) || got.exit != nil && *got.exit != *c.want.exit {
				t.Errorf("%+v: exit %v", c, got.exit)
			}
			got.exit, c.want.exit = nil, nil
			if got != c.want {
				t.Errorf("%+v: got %+v", c, got)
			}
		}
	}
}

func TestParseLogQuery(t *testing.T) {
	now := time.Now()
	query, err := url.ParseQuery("follow=true&tailLines=5&limitBytes=10&previous=1&timestamps=true&sinceSeconds=60&stream=Stderr")
	if err != nil {
		t.Fatal(err)
	}
	q, err := parseLogQuery(query, now)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Follow || !q.Timestamp || !q.previous || *q.TailLines != 5 || *q.LimitBytes != 10 ||
		q.stream != "Stderr" || !q.Since.Equal(now.Add(-time.Minute)) {
		t.Errorf("got %+v", q)
	}
	for _, wrong := range []string{"follow=maybe", "tailLines=x", "sinceTime=yesterday"} {
		query, err := url.ParseQuery(wrong)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseLogQuery(query, now); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}
