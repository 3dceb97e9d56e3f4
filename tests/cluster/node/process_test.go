package node

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// run starts a shell script as a container's process, with a log.
func run(t *testing.T, script string, group bool) (*process, func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	log, stdout, stderr, err := createLog(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := detectIsolation().start(processSpec{
		argv: []string{"sh", "-c", script}, group: group, env: []string{"PATH=/usr/bin:/bin"},
		dir: "/", stdout: stdout, stderr: stderr,
	})
	stdout.Close()
	stderr.Close()
	if err != nil {
		t.Fatal(err)
	}
	return p, func() string {
		<-p.done
		log.close()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return plainLog(data)
	}
}

func TestProcessGivesItsExitCodeAndOutput(t *testing.T) {
	p, output := run(t, "echo out; echo err >&2; printf rest; exit 3", false)
	text := output()
	for _, want := range []string{"out\n", "err\n", "rest\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	if p.exitCode != 3 {
		t.Errorf("exit code %d", p.exitCode)
	}
}

func TestChildrenEndWithTheirContainer(t *testing.T) {
	if !detectIsolation().pids {
		t.Skip("process id namespaces are not allowed here")
	}
	p, output := run(t, "setsid sleep 300 & exit 0", false)
	done := make(chan struct{})
	go func() {
		// The pipe is at its end only when the child is gone too.
		output()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
		t.Error("a child outlives its container")
	}
	if p.exitCode != 0 {
		t.Errorf("exit code %d", p.exitCode)
	}
}

func TestSignals(t *testing.T) {
	if !detectIsolation().pids {
		t.Skip("process id namespaces are not allowed here")
	}
	const handles = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"
	const ignorant = "echo ready; exec sleep 300"
	cases := []struct {
		name, script string
		group        bool
		code         int32
		survives     bool
	}{
		{"a handler runs", handles, false, 7, false},
		{"a handler runs in a group", handles, true, 7, false},
		{"the first process of a container ignores what it does not handle", ignorant, false, 137, true},
		{"under an init process it dies", ignorant, true, 143, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, output := run(t, c.script, c.group)
			time.Sleep(300 * time.Millisecond)
			p.signal(syscall.SIGTERM)
			select {
			case <-p.done:
				if c.survives {
					t.Error("it died")
				}
			case <-time.After(time.Second):
				if !c.survives {
					t.Error("it lives")
				}
			}
			p.signal(syscall.SIGKILL)
			output()
			if p.exitCode != c.code {
				t.Errorf("exit code %d, want %d", p.exitCode, c.code)
			}
		})
	}
}

func TestFindProgramUsesTheContainersPath(t *testing.T) {
	dir := t.TempDir()
	program := write(t, filepath.Join(dir, "tool"), "#!/bin/sh\n")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	spec := processSpec{argv: []string{"tool"}, env: []string{"PATH=/nowhere:" + dir}}
	if path, err := findProgram("/", spec); err != nil || path != program {
		t.Errorf("got %s, %v", path, err)
	}
	spec.argv = []string{"./tool"}
	if path, err := findProgram(dir, spec); err != nil || path != program {
		t.Errorf("got %s, %v", path, err)
	}
	spec.argv = []string{"missing"}
	if _, err := findProgram("/", spec); err == nil || !strings.Contains(err.Error(), "executable file not found") {
		t.Errorf("got %v", err)
	}
}
