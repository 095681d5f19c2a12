package canon

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type Time int64

type leaf struct {
	N    int32
	S    string
	When Time `canon:"rel"`
	note string
}

type shape interface{ area() int }

type square struct{ side int }

func (s *square) area() int { return s.side * s.side }

type tree struct {
	Leaves []leaf
	ByName map[string]*leaf
	Next   *tree
	Any    shape
	Seen   int64  `canon:"sat=3"`
	Cache  []int  `canon:"-"`
	Fn     func() `canon:"-"`
	Pair   [2]uint16
	Log    *[]byte `canon:"shared"`
}

func drawTree(t *rapid.T, depth int) *tree {
	leafOf := func(i int) leaf {
		return leaf{N: rapid.Int32().Draw(t, "n"), S: rapid.String().Draw(t, "s"), When: Time(rapid.Int64Range(0, 1e9).Draw(t, "w")), note: fmt.Sprint(i)}
	}
	out := &tree{Seen: rapid.Int64Range(0, 6).Draw(t, "seen"), ByName: map[string]*leaf{}}
	for i := range rapid.IntRange(0, 4).Draw(t, "leaves") {
		out.Leaves = append(out.Leaves, leafOf(i))
		l := leafOf(i)
		out.ByName[fmt.Sprint("k", i)] = &l
	}
	if rapid.Bool().Draw(t, "any") {
		out.Any = &square{rapid.IntRange(0, 9).Draw(t, "side")}
	}
	if depth > 0 {
		out.Next = drawTree(t, depth-1)
	}
	return out
}

func TestCloneIsEqualAndIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawTree(t, 2)
		before := Append(nil, 5, a)
		b := Clone(a)
		if got := Append(nil, 5, b); !bytes.Equal(before, got) {
			t.Fatalf("the copy encodes differently:\n%x\n%x", before, got)
		}
		if len(b.Leaves) > 0 {
			b.Leaves[0].N++
			b.ByName["k0"].S += "x"
		}
		b.Next.Seen = 77
		if b.Any != nil {
			b.Any.(*square).side++
		}
		if got := Append(nil, 5, a); !bytes.Equal(before, got) {
			t.Fatal("a change of the copy shows in the original")
		}
	})
}

func TestEncodingFollowsTags(t *testing.T) {
	base := func() *tree { return &tree{Leaves: []leaf{{N: 1, When: 10}}, Seen: 3} }
	enc := func(now int64, f func(*tree)) string {
		x := base()
		f(x)
		return string(Append(nil, now, x))
	}
	same := enc(4, func(*tree) {})
	if enc(4, func(x *tree) { x.Cache = []int{1}; x.Seen = 9; x.ByName = map[string]*leaf{} }) != same {
		t.Error("a dropped field, a saturated number or an empty map changed the encoding")
	}
	if enc(6, func(x *tree) { x.Leaves[0].When = 12 }) != same {
		t.Error("a relative time changed the encoding though it moved with now")
	}
	for name, f := range map[string]func(*tree){
		"time":   func(x *tree) { x.Leaves[0].When = 11 },
		"number": func(x *tree) { x.Seen = 2 },
		"nil":    func(x *tree) { x.Next = &tree{} },
		"iface":  func(x *tree) { x.Any = &square{} },
	} {
		if enc(4, f) == same {
			t.Errorf("%s: different states encode equally", name)
		}
	}
}

func TestMapOrderDoesNotShow(t *testing.T) {
	a, b := map[string]int{}, map[string]int{}
	for i := range 100 {
		a[fmt.Sprint(i)] = i
		b[fmt.Sprint(99-i)] = 99 - i
	}
	if !maps.Equal(a, b) || !bytes.Equal(Append(nil, 0, &a), Append(nil, 0, &b)) {
		t.Fatal("equal maps encode differently")
	}
}

func TestCheckNamesTheFieldAtFault(t *testing.T) {
	type bad struct {
		Ch   chan int
		When Time
	}
	type outer struct{ In []bad }
	err := Check[outer]()
	if err == nil {
		t.Fatal("accepted a channel")
	}
	for _, want := range []string{"Ch", "chan int", "When", "rel"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %q", err, want)
		}
	}
	if err := Check[tree](); err != nil {
		t.Errorf("refused a good type: %v", err)
	}
}

func BenchmarkAppend(b *testing.B) {
	x := &tree{Leaves: make([]leaf, 20), ByName: map[string]*leaf{"a": {}, "b": {}}, Next: &tree{}}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], 0, x)
	}
}
