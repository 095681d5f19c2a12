package conform

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
)

// Answer is a response, or a record, taken apart into fields: what is compared,
// printed and kept. Fields stand in the order of the message; sets are sorted.
type Answer struct {
	Name   string // of the request
	Fields []Field
}

// Field is one value. Elements of lists have their index in the path, those of
// sets their name: Topics[orders].Partitions[0].ErrorCode.
type Field struct{ Path, Value string }

// Get finds a field; it is empty when there is none.
func (a Answer) Get(path string) string {
	for _, f := range a.Fields {
		if f.Path == path {
			return f.Value
		}
	}
	return ""
}

// String is the answer on one line; parseAnswer reads it again.
func (a Answer) String() string {
	var b strings.Builder
	b.WriteString(a.Name)
	b.WriteByte(':')
	for _, f := range a.Fields {
		fmt.Fprintf(&b, " %s=%s", f.Path, f.Value)
	}
	return b.String()
}

func parseAnswer(text string) (Answer, error) {
	name, rest, ok := strings.Cut(text, ":")
	if !ok {
		return Answer{}, fmt.Errorf("%q: want NAME: FIELD=VALUE …", text)
	}
	a := Answer{Name: name}
	quoted := false
	words := strings.FieldsFunc(rest, func(c rune) bool {
		if c == '"' {
			quoted = !quoted
		}
		return c == ' ' && !quoted
	})
	for _, w := range words {
		// A path may have = in the name of an element, but not its last part.
		end := strings.LastIndexByte(w[:max(strings.IndexAny(w+`"{`, `"{`), 0)], '=')
		if end < 0 {
			return Answer{}, fmt.Errorf("%q: want FIELD=VALUE", w)
		}
		a.Fields = append(a.Fields, Field{w[:end], w[end+1:]})
	}
	return a, nil
}

// errorCode is the error of the whole answer; of the first part that has one
// where there is no such field.
func (a Answer) errorCode() api.ErrorCode {
	for _, f := range a.Fields {
		if strings.HasSuffix(f.Path, "ErrorCode") && f.Value != api.None.String() {
			return errorNamed(f.Value)
		}
	}
	return api.None
}

// joined is what a JoinGroup's answer says to its sender.
func (a Answer) joined() (id string, generation int32, protocol string) {
	n, _ := strconv.ParseInt(a.Get("Generation"), 10, 32)
	id, _ = strconv.Unquote(a.Get("MemberID"))
	protocol, _ = strconv.Unquote(a.Get("Protocol"))
	return id, int32(n), protocol
}

func errorNamed(name string) api.ErrorCode {
	for code := api.ErrorCode(-1); code < 150; code++ {
		if code.String() == name {
			return code
		}
	}
	return api.UnknownServerError
}

// unlike are the fields that are not compared: they say where a broker is, or
// are words for people, or are drawn at random.
var unlike = []string{
	"Version", "UnknownTags", "ThrottleMillis", "ErrorMessage", "Host", "Port", "Rack", "ClusterID", "TopicID", "ClientHost",
	"AuthorizedOperations", "Configs", "ConfigErrorCode", "SessionID", "Replicas", "ISR", "OfflineReplicas", "CurrentLeader", "SnapshotID",
	"PreferredReadReplica", "IsInternal", "CurrentStateTimestamp", "CommitTimestamp", "LogAppendTime", "ErrorRecords",
	"ExpireTimestamp",
}

// sets are the lists whose order means nothing, and the field that tells their
// elements apart.
var sets = map[string]string{
	"Topics": "Topic", "Partitions": "Partition", "Brokers": "NodeID", "ListGroups.Groups": "Group", "Coordinators": "Key",
}

// takeApart makes an answer of a message; keep says which elements of sets are
// looked at (the names that are the script's own), and may be nil.
func takeApart(name string, message any, keep func(string) bool) Answer {
	t := taker{Answer{Name: name}, keep}
	t.structure("", reflect.Indirect(reflect.ValueOf(message)))
	return t.Answer
}

func answerOf(k kmsg.Response, n names) Answer {
	name := kmsg.Key(k.Key()).Name()
	var keep func(string) bool
	if name == "ListGroups" {
		keep = n.owns
	}
	return takeApart(name, k, keep)
}

type taker struct {
	Answer
	keep func(string) bool
}

func (t *taker) structure(path string, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.PkgPath == "" && !slices.Contains(unlike, f.Name) {
			t.value(join(path, f.Name), f.Name, v.Field(i))
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (t *taker) value(path, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		t.structure(path, v)
	case reflect.Pointer:
		if v.IsNil() {
			t.add(path, `""`) // null and empty are the same to clients
		} else {
			t.value(path, name, v.Elem())
		}
	case reflect.Slice:
		if b, ok := v.Interface().([]byte); ok {
			t.add(path, bytesText(name, b))
			return
		}
		t.list(path, name, v)
	case reflect.String:
		t.add(path, strconv.Quote(v.String()))
	case reflect.Int16:
		if name == "ErrorCode" {
			t.add(path, api.ErrorCode(v.Int()).String())
			return
		}
		t.add(path, strconv.FormatInt(v.Int(), 10))
	default:
		t.add(path, fmt.Sprint(v.Interface()))
	}
}

func (t *taker) list(path, name string, v reflect.Value) {
	key, isSet := sets[name]
	if !isSet {
		key, isSet = sets[t.Name+"."+name]
	}
	if !isSet || v.Type().Elem().Kind() != reflect.Struct {
		for i := range v.Len() {
			t.value(fmt.Sprintf("%s[%d]", path, i), name, v.Index(i))
		}
		t.add(path+".length", strconv.Itoa(v.Len()))
		return
	}
	at := map[string]int{}
	var keys []string
	for i := range v.Len() {
		k := fmt.Sprint(reflect.Indirect(v.Index(i).FieldByName(key)).Interface())
		if t.keep != nil && !t.keep(k) {
			continue
		}
		for _, twice := at[k]; twice; _, twice = at[k] {
			k += "'"
		}
		at[k] = i
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { // numbers as numbers
		return len(keys[i]) < len(keys[j]) || len(keys[i]) == len(keys[j]) && keys[i] < keys[j]
	})
	for _, k := range keys {
		e := v.Index(at[k])
		for i := range e.NumField() {
			f := e.Type().Field(i)
			if f.Name != key && !slices.Contains(unlike, f.Name) {
				t.value(fmt.Sprintf("%s[%s].%s", path, k, f.Name), f.Name, e.Field(i))
			}
		}
	}
	t.add(path+".length", strconv.Itoa(len(keys)))
}

func (t *taker) add(path, value string) { t.Fields = append(t.Fields, Field{path, value}) }

// bytesText shows what bytes stand for, if they are exactly what consumers
// would write; else the bytes.
func bytesText(name string, b []byte) string {
	if len(b) == 0 {
		return "nothing"
	}
	switch name {
	case "ProtocolMetadata", "Subscription":
		var m kmsg.ConsumerMemberMetadata
		if m.ReadFrom(b) == nil && slices.Equal(m.AppendTo(nil), b) {
			return fmt.Sprintf("{topics:%q,data:%q,owned:%v,generation:%d}", strings.Join(m.Topics, ","), m.UserData, len(m.OwnedPartitions), m.Generation)
		}
	case "MemberAssignment", "Assignment":
		var a kmsg.ConsumerMemberAssignment
		if a.ReadFrom(b) == nil && slices.Equal(a.AppendTo(nil), b) {
			var ps []string
			for _, t := range a.Topics {
				for _, p := range t.Partitions {
					ps = append(ps, fmt.Sprintf("%s/%d", t.Topic, p))
				}
			}
			return "{" + strings.Join(ps, ",") + "}"
		}
	case "RecordBatches":
		if text, ok := batchesText(b); ok {
			return text
		}
	}
	return hex.EncodeToString(b)
}

func batchesText(b []byte) (string, bool) {
	var all []string
	err := eachRecord(b, func(offset int64, r *kmsg.Record) {
		all = append(all, fmt.Sprintf("%d=%s", offset, r.Value))
	})
	return "{" + strings.Join(all, ",") + "}", err == nil
}

// eachRecord goes through the records of batches as they come from a fetch. A
// batch that was cut off at the end counts for nothing.
func eachRecord(b []byte, f func(offset int64, r *kmsg.Record)) error {
	const header = 12 // offset and length
	for len(b) >= header {
		size := header + int(binary.BigEndian.Uint32(b[8:]))
		if size > len(b) {
			return nil
		}
		var batch kmsg.RecordBatch
		if err := batch.ReadFrom(b[:size]); err != nil {
			return err
		}
		b = b[size:]
		records := batch.Records
		for range batch.NumRecords {
			n, used := binary.Varint(records)
			if used <= 0 || int(n)+used > len(records) {
				return fmt.Errorf("a record of %d bytes in %d", n, len(records))
			}
			var r kmsg.Record
			if err := r.ReadFrom(records[:used+int(n)]); err != nil {
				return err
			}
			records = records[used+int(n):]
			f(batch.FirstOffset+int64(r.OffsetDelta), &r)
		}
	}
	return nil
}

func putOffset(batch []byte, offset int64) { binary.BigEndian.PutUint64(batch, uint64(offset)) }
