//go:build !unix

package leadrun

import "os"

// lock keeps other lists from a file by a file next to it.
func lock(file *os.File) (func(), error) {
	name := file.Name() + ".lock"
	held, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, refuse(ErrResumeFile, "the resume file %s is used by another list; if there is none, delete %s", file.Name(), name)
	}
	held.Close()
	return func() { os.Remove(name) }, nil
}
