package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// mount puts a file or folder of the host where a container wants it.
type mount struct {
	source   string
	target   string
	readOnly bool
}

// applyMounts binds each source to its target in the calling thread's own
// mount namespace. The host is not touched: where a target does not exist, its
// nearest existing parent is covered by a copy in memory whose entries are
// bound to the originals; for the root folder that copy is made at staging (an
// empty folder) and becomes the thread's root. The paths in keep stay reachable
// under any mount.
func applyMounts(mounts []mount, keep []string, staging string) error {
	// Descriptors still lead to what an earlier mount hides.
	open := map[string]int{}
	defer func() {
		for _, fd := range open {
			_ = unix.Close(fd)
		}
	}()
	paths := slices.Clone(keep)
	for _, m := range mounts {
		paths = append(paths, m.source)
	}
	for _, path := range paths {
		if _, known := open[path]; known {
			continue
		}
		fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("failed to open %s: %w", path, err)
		}
		open[path] = fd
	}
	sorted := slices.Clone(mounts)
	// A parent is mounted before what lies under it.
	slices.SortStableFunc(sorted, func(a, b mount) int { return depth(a.target) - depth(b.target) })
	if slices.ContainsFunc(sorted, func(m mount) bool { return missingAtRoot(m.target) }) {
		if err := newRoot(staging); err != nil {
			return fmt.Errorf("failed to copy the root folder: %w", err)
		}
	}
	var writable []string
	for _, m := range sorted {
		m.source = throughDescriptor(open[m.source])
		if err := applyMount(m, writable); err != nil {
			return fmt.Errorf("failed to mount %s: %w", m.target, err)
		}
		if !m.readOnly {
			writable = append(writable, filepath.Clean(m.target))
		}
	}
	for _, path := range keep {
		if sameFile(path, open[path]) {
			continue
		}
		if err := applyMount(mount{source: throughDescriptor(open[path]), target: path}, writable); err != nil {
			return fmt.Errorf("failed to keep %s: %w", path, err)
		}
	}
	return nil
}

// newRoot makes a copy in memory of the root folder the thread's root.
func newRoot(staging string) error {
	if err := mirror("/", staging); err != nil {
		return err
	}
	if err := unix.Chroot(staging); err != nil {
		return err
	}
	return unix.Chdir("/")
}

func throughDescriptor(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

func depth(path string) int { return strings.Count(filepath.Clean(path), "/") }

// missingAtRoot tells whether the first component of the path does not exist.
func missingAtRoot(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(filepath.Clean(path), "/"), "/")
	_, err := os.Stat("/" + first)
	return err != nil
}

// sameFile tells whether the path still leads to what the descriptor is.
func sameFile(path string, fd int) bool {
	var a, b unix.Stat_t
	return unix.Stat(path, &a) == nil && unix.Fstat(fd, &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

// applyMount makes one mount; writable are the volumes mounted so far, in which
// a mount point may be created.
func applyMount(m mount, writable []string) error {
	info, err := os.Stat(m.source)
	if err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks(m.target)
	if err != nil {
		if target, err = makeTarget(m.target, info.IsDir(), writable); err != nil {
			return err
		}
	}
	if err := unix.Mount(m.source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	if !m.readOnly {
		return nil
	}
	return unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
}

// makeTarget creates a missing mount point, in memory or in a writable volume,
// and returns its path without symbolic links.
func makeTarget(path string, dir bool, writable []string) (string, error) {
	parent := filepath.Dir(path)
	resolved, err := filepath.EvalSymlinks(parent)
	for err != nil && parent != "/" {
		parent = filepath.Dir(parent)
		resolved, err = filepath.EvalSymlinks(parent)
	}
	if err != nil {
		return "", err
	}
	rest, err := filepath.Rel(parent, path)
	if err != nil {
		return "", err
	}
	if !inMemory(resolved) && !slices.ContainsFunc(writable, func(volume string) bool { return isBelow(parent, volume) }) {
		if err := mirror(resolved, resolved); err != nil {
			return "", err
		}
	}
	target := filepath.Join(resolved, rest)
	if dir {
		return target, os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return "", err
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return "", err
	}
	return target, file.Close()
}

func isBelow(path, parent string) bool {
	rest, err := filepath.Rel(parent, path)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, "../")
}

// mirrorMark is a file in each folder that mirror made.
const mirrorMark = ".kubectl-prefect-mirror"

// inMemory tells whether a folder is part of a mirror, and not one of the
// host's that is bound into it: those are on another file system.
func inMemory(dir string) bool {
	var own, top unix.Stat_t
	if unix.Stat(dir, &own) != nil {
		return false
	}
	for at := dir; ; at = filepath.Dir(at) {
		if unix.Lstat(filepath.Join(at, mirrorMark), &top) == nil {
			return own.Dev == top.Dev
		}
		if at == "/" {
			return false
		}
	}
}

// mirror puts a copy of a folder, in memory, over the folder itself (or at
// another place): its files and folders are bound to the originals, its links
// are copied.
func mirror(dir, at string) error {
	original, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(original)
	source := throughDescriptor(original)
	entries, err := os.ReadDir(source)
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", at, "tmpfs", 0, "mode=0755"); err != nil {
		return err
	}
	for _, entry := range entries {
		from, to := filepath.Join(source, entry.Name()), filepath.Join(at, entry.Name())
		if err := mirrorEntry(entry, from, to); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.WriteFile(filepath.Join(at, mirrorMark), nil, 0o444)
}

func mirrorEntry(entry os.DirEntry, from, to string) error {
	switch {
	case entry.Type()&os.ModeSymlink != 0:
		link, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(link, to)
	case entry.IsDir():
		if err := os.Mkdir(to, 0o755); err != nil {
			return err
		}
	default:
		if err := os.WriteFile(to, nil, 0o644); err != nil {
			return err
		}
	}
	return unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
}
