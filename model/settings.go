package model

import "math"

// Settings are what a history cannot tell by its events: how its clients and
// topics are set up, and how long things may take. They stand in its header.
// Bounds are in µs; one that is 0 is not checked.
type Settings struct {
	HiddenRetries bool
	RelaxedEpochs bool
	SparseOffsets bool
	FromStart     bool

	LagBound       int64
	UnownedBound   int64
	SettleBound    int64
	DiscoveryBound int64
	RebalanceBound int64

	ShareLock  int64 // µs
	ShareLimit int64
}

// Setting is one of Settings, by the name that it has in a header. One of Flag,
// Us and Count is set, and points into the Settings it was made from.
type Setting struct {
	Name  string
	Text  string
	Flag  *bool
	Us    *int64
	Count *int64
}

// Number is what Us or Count points to; nil for a Flag.
func (s Setting) Number() *int64 {
	if s.Us != nil {
		return s.Us
	}
	return s.Count
}

// List gives the settings in the order in which they are written.
func (s *Settings) List() []Setting {
	return []Setting{
		{"hidden_retries", "clients retry commits by themselves: no error but not-sent says that a commit had no effect", &s.HiddenRetries, nil, nil},
		{"relaxed_epochs", "a member may commit with an earlier epoch of its own (KIP-1251)", &s.RelaxedEpochs, nil, nil},
		{"sparse_offsets", "not every offset is a record: transactions or compaction", &s.SparseOffsets, nil, nil},
		{"from_start", "the group is to read its topics from their first record on", &s.FromStart, nil, nil},
		{"lag_bound_us", "how long the group may need after calm to read everything", nil, &s.LagBound, nil},
		{"unowned_bound_us", "how long a partition may be without an owner in calm", nil, &s.UnownedBound, nil},
		{"settle_bound_us", "in what time a group must settle in calm", nil, &s.SettleBound, nil},
		{"discovery_bound_us", "in what time a group must own a partition that was added, in calm; absent: as settle_bound_us", nil, &s.DiscoveryBound, nil},
		{"rebalance_bound_us", "how long a join or a sync phase may last", nil, &s.RebalanceBound, nil},
		{"share_lock_us", "how long the lock on a record of a share group lasts (group.share.record.lock.duration.ms)", nil, &s.ShareLock, nil},
		{"share_delivery_limit", "how often a record of a share group is delivered at the most (group.share.delivery.count.limit)", nil, nil, &s.ShareLimit},
	}
}

// Options are those of a Judge for a history with this header. One that is
// not fresh began in its group's life.
func (h Header) Options() Options {
	s := h.Settings
	return Options{Fresh: h.Fresh, Midlife: !h.Fresh,
		HiddenRetries: s.HiddenRetries, RelaxedEpochs: s.RelaxedEpochs, SparseOffsets: s.SparseOffsets, FromStart: s.FromStart,
		LagBound: s.LagBound, UnownedBound: s.UnownedBound, SettleBound: s.SettleBound,
		DiscoveryBound: s.DiscoveryBound, RebalanceBound: s.RebalanceBound,
		ShareLock: s.ShareLock, ShareLimit: int32(min(s.ShareLimit, math.MaxInt32))}
}

// Settings are the part of the options that a history's header can have.
func (o Options) Settings() Settings {
	return Settings{HiddenRetries: o.HiddenRetries, RelaxedEpochs: o.RelaxedEpochs, SparseOffsets: o.SparseOffsets, FromStart: o.FromStart,
		LagBound: o.LagBound, UnownedBound: o.UnownedBound, SettleBound: o.SettleBound,
		DiscoveryBound: o.DiscoveryBound, RebalanceBound: o.RebalanceBound,
		ShareLock: o.ShareLock, ShareLimit: int64(o.ShareLimit)}
}

// appendSettings appends the settings that are set, as a JSON object.
func appendSettings(b []byte, s Settings) []byte {
	comma := false
	b = append(b, '{')
	for _, set := range s.List() {
		var value string
		switch {
		case set.Flag != nil && *set.Flag:
			value = "true"
		case set.Flag == nil && *set.Number() != 0:
			value = itoa(*set.Number())
		default:
			continue
		}
		if comma {
			b = append(b, ',')
		}
		comma = true
		b = append(append(append(append(b, '"'), set.Name...), `":`...), value...)
	}
	return append(b, '}')
}

// settings reads the object of that name in a header.
func (s *scanner) settings() (Settings, error) {
	var out Settings
	seen := map[string]bool{}
	list := out.List()
	err := s.object(func(name string, at int) (err error) {
		if seen[name] {
			return s.fail(at, "setting "+quote(name)+" stands twice")
		}
		seen[name] = true
		for _, set := range list {
			switch {
			case set.Name != name:
				continue
			case set.Flag != nil:
				*set.Flag, err = s.boolean()
			default:
				*set.Number(), err = s.natural()
			}
			return err
		}
		names := ""
		for _, set := range list {
			names += ", " + set.Name
		}
		return s.fail(at, "unknown setting "+quote(name)+"; expected one of "+names[2:])
	})
	return out, err
}
