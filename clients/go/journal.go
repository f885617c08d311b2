package leadrun

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"sync"
)

// Not that of other clients, whose idempotency keys are made in another way.
const (
	journalKind    = "leadrun-resume-go"
	journalVersion = 1
)

// journal is a file with a line for each step: which run a key was accepted as, and the run when it has ended.
//
// It is only ever appended to. A last line that was cut off is dropped: the idempotency key of its contact finds the
// run again.
type journal struct {
	// salt goes into every idempotency key of this list.
	salt string

	mutex sync.Mutex
	known map[string]entry
	file  *os.File
	free  func()
}

type entry struct {
	Key   string          `json:"key"`
	RunID string          `json:"runId"`
	Run   json.RawMessage `json:"run,omitempty"`
}

type journalHead struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	Salt    string `json:"salt"`
}

// newJournal returns one without a file; a fresh one asks for runs of its own, even where the same contacts were
// submitted today.
func newJournal(fresh bool) *journal {
	j := &journal{known: map[string]entry{}, free: func() {}}
	if fresh {
		j.salt = newKey()
	}
	return j
}

// open opens or makes the file. It returns ErrResumeFile if it is something else, damaged or used by another list.
func (j *journal) open(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return refuse(ErrResumeFile, "the resume file cannot be opened: %v", err)
	}
	if j.free, err = lock(file); err != nil {
		file.Close()
		return err
	}
	j.file = file
	content, err := os.ReadFile(path)
	if err != nil {
		err = refuse(ErrResumeFile, "the resume file cannot be read: %v", err)
	} else {
		err = j.read(content, path)
	}
	if err != nil {
		j.close()
	}
	return err
}

func (j *journal) read(content []byte, path string) error {
	whole := bytes.LastIndexByte(content, '\n') + 1
	head := `{"kind":"` + journalKind + `"`
	notOurs := refuse(ErrResumeFile, "%s is not a resume file; name another file, which need not exist", path)
	if whole == 0 {
		if !strings.HasPrefix(head, string(content[:min(len(content), len(head))])) {
			return notOurs
		}
		return j.begin()
	}
	for number, line := range bytes.Split(content[:whole-1], []byte("\n")) {
		if number == 0 {
			var first journalHead
			if json.Unmarshal(line, &first) != nil || first.Kind != journalKind || first.Version != journalVersion {
				return notOurs
			}
			j.salt = first.Salt
			continue
		}
		var one entry
		if json.Unmarshal(line, &one) != nil || one.Key == "" || one.RunID == "" {
			return refuse(ErrResumeFile, "line %d of the resume file %s is damaged; delete that line", number+1, path)
		}
		j.known[one.Key] = one
	}
	if err := j.file.Truncate(int64(whole)); err != nil {
		return refuse(ErrResumeFile, "the resume file cannot be written: %v", err)
	}
	return nil
}

func (j *journal) begin() error {
	if err := j.file.Truncate(0); err != nil {
		return refuse(ErrResumeFile, "the resume file cannot be written: %v", err)
	}
	return j.write(journalHead{journalKind, journalVersion, j.salt})
}

// note keeps that a key was accepted, or with the run what it came to.
func (j *journal) note(key string, run *Run) error {
	one := entry{Key: key, RunID: run.RunID}
	if run.Ended() {
		one.Run = run.Raw
	}
	return j.write(one)
}

// write writes a line at once: a kill leaves whole lines, but for the last one.
func (j *journal) write(line any) error {
	if j.file == nil {
		return nil
	}
	content, err := json.Marshal(line)
	if err == nil {
		j.mutex.Lock()
		defer j.mutex.Unlock()
		_, err = j.file.Write(append(content, '\n'))
	}
	if err != nil {
		return refuse(ErrResumeFile, "the resume file cannot be written: %v", err)
	}
	return nil
}

// close closes the file, which another list may use then.
func (j *journal) close() {
	if j.file != nil {
		j.free()
		j.file.Close()
		j.file = nil
	}
}
