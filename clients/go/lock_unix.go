//go:build unix

package leadrun

import (
	"os"
	"syscall"
)

// lock keeps other lists from a file until it is closed, also by the end of the process.
func lock(file *os.File) (func(), error) {
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, refuse(ErrResumeFile, "the resume file %s is used by another list; wait for it to end", file.Name())
	}
	return func() {}, nil
}
