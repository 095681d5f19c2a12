package model

import (
	"math"
	"math/bits"
	"strconv"
)

func (s *scanner) header(line []byte) (Header, error) {
	var h Header
	seen := map[string]bool{}
	newer := "" // a field that came with version 3
	err := s.whole(line, func(name string, at int) (err error) {
		if seen[name] {
			return s.fail(at, "field "+quote(name)+" stands twice")
		}
		seen[name] = true
		switch name {
		case "groundhog-history":
			var v int64
			v, err = s.integer(math.MaxInt32)
			if h.Version = int(v); err == nil && (v < 1 || v > HistoryVersion) {
				err = s.fail(at, "version "+itoa(v)+" of the format; this program reads up to "+itoa(HistoryVersion))
			}
		case "source":
			h.Source, err = s.string()
		case "note":
			h.Note, err = s.string()
		case "fresh":
			h.Fresh, err = s.boolean()
		case "began_us":
			newer = name
			h.Began, err = s.natural()
		case "settings":
			newer = name
			h.Settings, err = s.settings()
		case "us", "event":
			err = s.fail(at, `expected a header as the first line, found an event; put `+anyHeader+` before it`)
		default:
			err = s.fail(at, "unknown field "+quote(name)+" in the header; expected groundhog-history, source, note, fresh, began_us, settings")
		}
		return err
	})
	switch {
	case err != nil:
	case h.Version == 0:
		err = s.fail(0, "not a history; expected "+anyHeader+" as the first line")
	case h.Version < 3 && newer != "":
		err = s.fail(0, newer+" came with version 3 of the format; begin the file with "+anyHeader)
	}
	return h, err
}

// anyHeader is a header as messages show it.
var anyHeader = `{"groundhog-history":` + itoa(HistoryVersion) + `}`

// event reads one event.
func (s *scanner) event(line []byte, e *Event) error {
	*e = Event{}
	s.bare, s.noTopic = -1, -1
	var seen field
	err := s.whole(line, func(name string, at int) error {
		f := fieldOf(name)
		if f == 0 && name == "groundhog-history" {
			return s.fail(at, "a second header; give the histories of several processes, or of one that was started again, as files of their own")
		}
		if f == 0 {
			return s.fail(at, "unknown field "+quote(name)+"; expected one of "+(^field(0)).String())
		}
		if seen&f != 0 {
			return s.fail(at, "field "+quote(name)+" stands twice")
		}
		seen |= f
		s.at[bits.TrailingZeros32(uint32(f))] = at
		return s.field(f, e)
	})
	if err != nil {
		return err
	}
	must := fieldUs | fieldEvent
	spec := specOf(e.Kind)
	if spec != nil {
		must |= spec.Must
	}
	if missing := must &^ seen; missing != 0 {
		what := "the event"
		if spec != nil {
			what = string(e.Kind)
		}
		return s.fail(0, what+" lacks "+missing.String())
	}
	if s.version > 0 && spec.Since > s.version {
		return s.fail(0, "event "+string(e.Kind)+" came with version "+itoa(int64(spec.Since))+" of the format; begin the file with "+anyHeader)
	}
	if s.version == 1 && seen&fieldsSince2 != 0 {
		return s.fail(0, (seen&fieldsSince2).String()+" came with version 2 of the format; begin the file with "+anyHeader)
	}
	if s.version > 0 && s.version < 5 && seen&fieldsSince5 != 0 {
		return s.fail(0, (seen&fieldsSince5).String()+" came with version 5 of the format; begin the file with "+anyHeader)
	}
	return s.filled(spec, e)
}

// filled checks what an event must have but an empty value.
func (s *scanner) filled(spec *kindSpec, e *Event) error {
	if empty := spec.empty(e); empty != 0 {
		i := bits.TrailingZeros32(uint32(empty))
		return s.fail(s.at[i], string(e.Kind)+" needs "+fieldNames[i]+"; expected a name, found an empty string")
	}
	if s.noTopic >= 0 {
		return s.fail(s.noTopic, string(e.Kind)+" has a partition whose topic is empty; expected the topic's name")
	}
	if s.bare >= 0 && spec.Offsets {
		return s.fail(s.bare, string(e.Kind)+" has a partition without an offset; expected topic, partition, offset")
	}
	return nil
}

// fieldOf is the field of a name; 0 when there is none.
func fieldOf(name string) field {
	for i, n := range fieldNames {
		if n == name {
			return 1 << i
		}
	}
	return 0
}

// field reads the value of a field.
func (s *scanner) field(f field, e *Event) (err error) {
	switch f {
	case fieldUs:
		e.At, err = s.natural()
	case fieldEvent:
		s.space()
		at, kind := s.i, ""
		if kind, err = s.string(); err == nil && specOf(Kind(kind)) == nil {
			err = s.fail(at, "unknown event "+quote(kind)+"; expected one of "+kindNames())
		}
		e.Kind = Kind(kind)
	case fieldNode:
		e.Node, err = s.string()
	case fieldClient:
		e.Client, err = s.string()
	case fieldGroup:
		e.Group, err = s.string()
	case fieldMember:
		e.Member, err = s.string()
	case fieldInstance:
		e.Instance, err = s.string()
	case fieldGeneration:
		e.Generation, err = s.int32()
	case fieldTopic:
		e.Topic, err = s.string()
	case fieldPartition:
		e.Partition, err = s.int32()
	case fieldFrom:
		e.From, err = s.integer(math.MaxInt64)
	case fieldTo:
		e.To, err = s.integer(math.MaxInt64)
	case fieldDeliveries:
		e.Deliveries, err = s.int32()
	case fieldPartitions:
		e.Partitions, err = s.partitions()
	case fieldKeys:
		e.Keys, err = s.strings()
	case fieldValues:
		e.Values, err = s.strings()
	case fieldMembers:
		e.Members, err = s.strings()
	case fieldOp:
		e.Op, err = s.integer(math.MaxInt64)
	case fieldError:
		e.Error, err = s.string()
	case fieldCause:
		e.Cause, err = s.string()
	default:
		panic("model: field " + strconv.Itoa(bits.TrailingZeros32(uint32(f))) + " has no reader")
	}
	return err
}

func (s *scanner) strings() ([]string, error) {
	var list []string
	err := s.list('[', ']', func() error {
		text, err := s.string()
		list = append(list, text)
		return err
	})
	return list, err
}

func (s *scanner) partitions() ([]PartitionOffset, error) {
	var list []PartitionOffset
	err := s.list('[', ']', func() error {
		p, err := s.partition()
		list = append(list, p)
		return err
	})
	return list, err
}

// partition reads an entry of partitions. Whether the offset may be absent
// depends on the kind, which may come later.
func (s *scanner) partition() (p PartitionOffset, err error) {
	const topic, partition, offset = 1, 2, 4
	s.space()
	seen, begin := 0, s.i
	err = s.object(func(name string, at int) (err error) {
		bit := 0
		switch name {
		case "topic":
			bit = topic
			p.Topic, err = s.string()
		case "partition":
			bit = partition
			p.Partition, err = s.int32()
		case "offset":
			bit = offset
			p.Offset, err = s.integer(math.MaxInt64)
		default:
			return s.fail(at, "unknown field "+quote(name)+" of a partition; expected topic, partition, offset")
		}
		if seen&bit != 0 {
			return s.fail(at, "field "+quote(name)+" stands twice")
		}
		seen |= bit
		return err
	})
	if err == nil && seen&(topic|partition) != topic|partition {
		err = s.fail(begin, "a partition lacks topic or partition")
	}
	if err == nil && seen&offset == 0 && s.bare < 0 {
		s.bare = begin
	}
	if err == nil && p.Topic == "" && s.noTopic < 0 {
		s.noTopic = begin
	}
	return p, err
}
