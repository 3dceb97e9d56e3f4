package node

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// onThread runs a function on a thread with mounts of its own.
func onThread(t *testing.T, run func() error) {
	t.Helper()
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := unshareMounts(); err != nil {
			result <- err
			return
		}
		result <- run()
	}()
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMountsAreSeenByTheThreadAndLeaveNoTrace(t *testing.T) {
	if os.Geteuid() != 0 || !canMount() {
		t.Skip("mounts need root")
	}
	base := t.TempDir()
	staging := filepath.Join(base, "root")
	for _, dir := range []string{staging, filepath.Join(base, "host", "full"), filepath.Join(base, "scratch")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := write(t, filepath.Join(base, "source", "file"), "mounted")
	write(t, filepath.Join(base, "host", "full", "old"), "old")
	kept := filepath.Join(base, "host", "full")
	inRoot := "/kubectl-prefect-test-mount"
	mounts := []mount{
		{source: filepath.Dir(file), target: inRoot + "/deep", readOnly: true},
		{source: file, target: filepath.Join(base, "host", "new", "file")},
		{source: filepath.Join(base, "scratch"), target: "/home/kubectl-prefect-test"},
		{source: file, target: "/home/kubectl-prefect-test/sub/file"},
		{source: filepath.Join(base, "scratch"), target: "/tmp"},
	}
	onThread(t, func() error {
		if err := applyMounts(mounts, []string{kept}, staging); err != nil {
			return err
		}
		for _, path := range []string{
			inRoot + "/deep/file", "/home/kubectl-prefect-test/sub/file",
			filepath.Join(kept, "old"), "/etc/passwd", "/proc/self/stat",
		} {
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		}
		if err := os.WriteFile(inRoot+"/deep/other", nil, 0o644); err == nil {
			t.Error("a read-only volume can be written")
		}
		return os.WriteFile("/tmp/scratched", nil, 0o644)
	})
	for _, path := range []string{inRoot, "/home/kubectl-prefect-test", filepath.Join(base, "host", "new"), "/tmp/scratched"} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s was made on the host", path)
		}
	}
	if _, err := os.Stat(filepath.Join(base, "scratch", "scratched")); err != nil {
		t.Error("what a pod writes to its volume is not in the volume")
	}
}
