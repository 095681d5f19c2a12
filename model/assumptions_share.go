package model

import "slices"

// onShares is what hangs on the assumptions about share groups.
var onShares = []string{ShareDupWhileHeld, ShareRedeliveredAfterAck, ShareLockLeak, ShareStartPassedLive, ShareDeliveredBeyondLimit,
	ShareArchivedUnprocessed, ShareAcceptedUnprocessed, ShareAckLost, ShareUndelivered, ShareNotLinearizable}

// shareRequest is a request with acknowledgements that is not answered.
type shareRequest struct {
	Client string
	Op     int64
	groupPart
}

// shareTypes are the types of acknowledgements.
var shareTypes = []string{CauseAccept, CauseRelease, CauseReject, CauseRenew, CauseGap}

// share checks an event of a share group: that ranges hold something, that a
// delivery counts, and that answers are to something that was asked.
func (a *Assumptions) share(i int, e *Event) (usable bool) {
	switch e.Kind {
	case ShareLoaded, ShareUnloaded, ShareStartMoved:
		return true
	case ShareAcknowledgeDone:
		k := shareRequest{e.Client, e.Op, groupPart{e.Group, e.TopicPartition}}
		at := slices.Index(a.Shares, k)
		if at >= 0 {
			a.Shares = slices.Delete(a.Shares, at, at+1)
			return true
		}
		if !a.Older[e.Client] {
			a.violated(i, e, string(e.Kind)+" without an open "+string(ShareAcknowledge), ", op "+itoa(e.Op), onShares)
		}
		return false
	}
	if e.From < 0 || e.From >= e.To || e.To-e.From > most {
		a.violated(i, e, string(e.Kind)+" an empty range", ", from "+itoa(e.From)+" to "+itoa(e.To), onShares)
		return false
	}
	if (e.Kind == ShareAcquired || e.Kind == ShareExpired || e.Kind == ShareReleased) && e.Deliveries < 1 {
		a.violated(i, e, string(e.Kind)+" what was delivered "+itoa(int64(e.Deliveries))+" times", "", onShares)
		return false
	}
	if e.Kind == ShareAcknowledge {
		if !slices.Contains(shareTypes, e.Cause) {
			a.violated(i, e, string(e.Kind)+" of an unknown type", ": "+quote(e.Cause)+"; expected accept, release, reject, renew or gap", onShares)
			return false
		}
		k := shareRequest{e.Client, e.Op, groupPart{e.Group, e.TopicPartition}}
		if !slices.Contains(a.Shares, k) {
			a.Shares = append(a.Shares, k)
		}
	}
	return true
}
