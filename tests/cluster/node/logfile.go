package node

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"k8s.io/klog/v2"
)

// logLimit is the longest piece of a line in one record, as in containerd.
const logLimit = 16 * 1024

// logFile writes a container's output in the form in which container runtimes
// keep it (`TIME stdout F TEXT`), which the kubelet's reader of logs reads.
type logFile struct {
	mu     sync.Mutex
	file   *os.File
	copies sync.WaitGroup
}

// createLog creates the file and gives the ends of two pipes for the process.
func createLog(path string) (log *logFile, stdout, stderr *os.File, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, nil, err
	}
	log = &logFile{file: file}
	if stdout, err = log.pipe("stdout"); err == nil {
		if stderr, err = log.pipe("stderr"); err == nil {
			return log, stdout, stderr, nil
		}
		stdout.Close()
	}
	file.Close()
	return nil, nil, nil, err
}

func (l *logFile) pipe(stream string) (*os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l.copies.Go(func() {
		defer reader.Close()
		if err := l.copy(reader, stream); err != nil {
			klog.Errorf("failed to write %s: %v", l.file.Name(), err)
		}
	})
	return writer, nil
}

// copy writes one record a line, and a record marked P for a piece of a line
// that is longer than the limit.
func (l *logFile) copy(reader io.Reader, stream string) error {
	lines := bufio.NewReaderSize(reader, logLimit)
	for {
		line, err := lines.ReadSlice('\n')
		tag := "F"
		if errors.Is(err, bufio.ErrBufferFull) {
			tag = "P"
		}
		if len(line) > 0 {
			if tag == "F" && line[len(line)-1] == '\n' {
				line = line[:len(line)-1]
			}
			l.mu.Lock()
			_, writeErr := fmt.Fprintf(l.file, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, line)
			l.mu.Unlock()
			if writeErr != nil {
				return writeErr
			}
		}
		switch {
		case err == nil, tag == "P":
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}

// close waits until all output is written; the process must have ended. A
// process that escaped keeps its pipe open, so the wait has an end.
func (l *logFile) close() {
	written := make(chan struct{})
	go func() {
		l.copies.Wait()
		l.file.Close()
		close(written)
	}()
	select {
	case <-written:
	case <-time.After(2 * time.Second):
	}
}
