package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// prefectServer says how one Prefect server is run.
type prefectServer struct {
	venv string
	// home is the server's own PREFECT_HOME, with its database.
	home string
	port int
	// authString is `user:password` of basic authentication; empty for none.
	authString string
	// name is the name of its log file.
	name string
}

// url is the address of its API.
func (s prefectServer) url() string { return fmt.Sprintf("http://127.0.0.1:%d/api", s.port) }

// environment is all that the server sees: nothing of the caller's settings,
// and nothing that makes it talk to the outside.
func (s prefectServer) environment() []string {
	env := []string{
		"PATH=" + filepath.Join(s.venv, "bin") + ":" + os.Getenv("PATH"),
		"HOME=" + s.home,
		"LANG=C.UTF-8",
		"PYTHONUNBUFFERED=1",
		"PREFECT_HOME=" + s.home,
		"PREFECT_PROFILES_PATH=" + filepath.Join(s.home, "profiles.toml"),
		"PREFECT_API_DATABASE_CONNECTION_URL=sqlite+aiosqlite:///" + filepath.Join(s.home, "prefect.db"),
		"DO_NOT_TRACK=1",
		"PREFECT_SERVER_ANALYTICS_ENABLED=false",
		"PREFECT_SERVER_UI_ENABLED=false",
		"PREFECT_UI_ENABLED=false",
		// One connection waits this long for another's write (seconds).
		"PREFECT_SERVER_DATABASE_TIMEOUT=30",
		"PYTHONPATH=" + filepath.Join(s.home, "site"),
		// New deployments and changed schedules give runs within seconds.
		"PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS=5",
	}
	if s.authString != "" {
		env = append(env, "PREFECT_SERVER_API_AUTH_STRING="+s.authString)
	}
	return env
}

// start copies a migrated database into the server's home, if it has none yet,
// and starts the server.
func (s prefectServer) start(ctx context.Context, procs *processes) (*child, error) {
	if err := os.MkdirAll(s.home, 0o700); err != nil {
		return nil, err
	}
	if err := s.writeSite(); err != nil {
		return nil, err
	}
	database := filepath.Join(s.home, "prefect.db")
	if _, err := os.Stat(database); err != nil {
		migrated, err := migratedDatabase(ctx, s.venv)
		if err != nil {
			return nil, err
		}
		if err := copyFile(migrated, database); err != nil {
			return nil, err
		}
	}
	return procs.start(childSpec{
		name: s.name,
		path: filepath.Join(s.venv, "bin", "prefect"),
		args: []string{"server", "start", "--host", "127.0.0.1", "--port", fmt.Sprint(s.port), "--no-ui"},
		env:  s.environment(),
		dir:  s.home,
	})
}

// bulkInsert lets the server schedule the runs of cron deployments.
//
// SQLAlchemy 2.1 refuses a bulk insert that names a hybrid property without a setter, as this
// server's does; 2.0 passed over the name. With 2.0 itself the server holds SQLite's lock for a
// minute at a time when several workers are busy, so 2.1 is taught the one thing.
const bulkInsert = `from sqlalchemy.ext.hybrid import ExprComparator

_setter = ExprComparator._bulk_dml_setter


def _setter_or_none(self, key):
    return None if self.hybrid.bulk_dml_setter is None else _setter(self, key)


ExprComparator._bulk_dml_setter = _setter_or_none
`

// writeSite writes what Python runs when the server starts.
func (s prefectServer) writeSite() error {
	dir := filepath.Join(s.home, "site")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "sitecustomize.py"), []byte(bulkInsert), 0o600)
}

// waitHealthy waits until the server's health check answers.
func (s prefectServer) waitHealthy(ctx context.Context) error {
	client := &http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	return waitFor(ctx, 2*time.Minute, "the Prefect server", func() (bool, string) {
		response, err := client.Get(s.url() + "/health")
		if err != nil {
			return false, err.Error()
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK, response.Status
	})
}

// migratedDatabase gives an empty database at the newest schema, made once for
// each set of packages and kept in the cache folder.
func migratedDatabase(ctx context.Context, venv string) (string, error) {
	key, err := venvKey(venv)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cacheDir(), "prefect-db")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("failed to lock %s: %w", lock.Name(), err)
	}
	file := filepath.Join(dir, key+".db")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	progress("migrating an empty Prefect database (once)")
	home, err := os.MkdirTemp(dir, "migrate-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	command := exec.CommandContext(ctx, filepath.Join(venv, "bin", "prefect"), "server", "database", "upgrade", "-y")
	command.Env = prefectServer{venv: venv, home: home}.environment()
	command.Dir = home
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("failed to migrate a Prefect database: %w\n%s", err, out)
	}
	return file, os.Rename(filepath.Join(home, "prefect.db"), file)
}

// venvKey names a virtual environment's contents: the key that build.sh left
// in it, or a hash of the folder's installed distributions.
func venvKey(venv string) (string, error) {
	if key, err := os.ReadFile(filepath.Join(venv, "kubectl-prefect-key")); err == nil {
		return string(key), nil
	}
	infos, err := filepath.Glob(filepath.Join(venv, "lib", "python3*", "site-packages", "*.dist-info"))
	if err != nil {
		return "", err
	}
	if len(infos) == 0 {
		return "", fmt.Errorf("no Python packages in %s", venv)
	}
	hash := sha256.New()
	for _, info := range infos {
		fmt.Fprintln(hash, filepath.Base(info))
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
}

// cacheDir is where builds and downloads are kept, outside of any checkout.
func cacheDir() string {
	if dir := os.Getenv("KUBECTL_PREFECT_CACHE"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "kubectl-prefect")
	}
	return filepath.Join(os.Getenv("HOME"), ".cache", "kubectl-prefect")
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}
