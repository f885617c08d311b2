package leadrun

import (
	"regexp"
	"strconv"
	"sync"
	"time"
)

var (
	leftOf  = regexp.MustCompile(`"[^"]*"\s*;(?:.*;)?\s*r=(\d{1,9})`)
	untilOf = regexp.MustCompile(`;\s*t=(\d{1,9})`)
)

// pace spaces submissions by what the server says of its rate limit, so that few are refused.
//
// The header `RateLimit: "default";r=12;t=31` (draft-ietf-httpapi-ratelimit-headers-11) says how many places are left
// and in how many seconds the next one is free. Without the header nothing waits.
type pace struct {
	mutex    sync.Mutex
	limited  bool
	left     int
	underWay int
	freeAt   time.Time
}

// take takes a place for a submission; returns 0, or the time after which to ask again.
func (p *pace) take(now time.Time) time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.limited && p.left <= 0 {
		if wait := p.freeAt.Sub(now); wait > 0 {
			return wait
		}
		// One goes ahead; its answer says how many may follow.
		p.left, p.freeAt = 1, now.Add(time.Second)
	}
	p.left--
	p.underWay++
	return 0
}

// note keeps what the answer to a submission says.
func (p *pace) note(header string, now time.Time) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.underWay = max(0, p.underWay-1)
	left := leftOf.FindStringSubmatch(header)
	if left == nil {
		return
	}
	places, _ := strconv.Atoi(left[1])
	seconds := 1
	if until := untilOf.FindStringSubmatch(header); until != nil {
		seconds, _ = strconv.Atoi(until[1])
	}
	// The server has not seen yet those that are under way.
	p.limited, p.left = true, places-p.underWay
	p.freeAt = now.Add(time.Duration(seconds) * time.Second)
}
