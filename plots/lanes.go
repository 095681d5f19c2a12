package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Pause is a stretch of time, in seconds from any zero, in which some of a
// member's partitions were not processed.
type Pause struct {
	Member     string
	From, To   float64
	Partitions int
}

// Pauses are what one protocol or assignor stopped, in one run. Members gives
// the order of the members, and those that never paused; others follow as
// they come.
type Pauses struct {
	Name    string
	Members []string
	Pauses  []Pause
}

const laneHeight = 26

// A lane is one member's line.
type lane struct {
	member string
	stairs []Point // from X on, Y partitions are paused
}

// StopTheWorld draws, for each protocol, a lane for each member: the area is
// the number of its partitions that stood still over time, so that areas
// compare between members and protocols. The numbers are partition-seconds,
// and the longest time in which any stood still. Pauses of one member that
// overlap add up. x names the time; laws are upright lines at a time. Without
// members the chart says "no data".
func StopTheWorld(title, x string, protocols []Pauses, laws []Law) *Chart {
	ch := &Chart{title: clean(title), width: pageWidth}
	var xs []float64
	all := make([][]lane, len(protocols))
	most, count := 0.0, 0
	for i, p := range protocols {
		all[i] = lanes(p)
		count += len(all[i])
		for _, l := range all[i] {
			for _, s := range l.stairs {
				xs, most = append(xs, s.X), max(most, s.Y)
			}
		}
	}
	if count == 0 {
		ch.blocks = []block{noData{}}
		return ch
	}
	for _, l := range drawable(laws) {
		xs = append(xs, l.Low, l.High)
	}
	tx := newScale(Axis{Label: x, Unit: "s"}, xs)
	if most > 0 {
		ch.blocks = []block{key{{barSample(faded(good, laneAlpha)), fmt.Sprintf("partitions that stand still (full height: %.0f)", most)}}}
	}
	totals := make([]float64, len(protocols))
	for i := range protocols {
		for _, l := range all[i] {
			totals[i] += l.area()
		}
	}
	areas := newScale(Axis{Unit: "partition-seconds"}, totals).unit
	for i, p := range protocols {
		b := lanesBlock(all[i], tx, areas, most, moments(laws, tx.unit), i)
		ch.width = max(ch.width, b.least())
		words := fmt.Sprintf("%s: %s", clean(p.Name), areas.named(areas.short(totals[i])))
		ch.blocks = append(ch.blocks, heading(words), b)
	}
	return ch
}

// laneAlpha of an area, under its outline.
const laneAlpha = 110

func lanesBlock(ls []lane, x scale, areas unit, most float64, ms marks, colour int) *rows {
	b := &rows{heads: [2]string{"member"}, cols: []string{areas.name, "longest stop"}, tall: laneHeight, x: x, marks: ms}
	for _, l := range ls {
		b.rows = append(b.rows, row{names: [2]string{l.member}, numbers: []cell{{s: areas.short(l.area())}, {s: x.unit.short(l.longest())}}})
	}
	col := palette[colour%len(palette)]
	b.paint = func(c draw.Canvas, at func(float64) vg.Length, i int) { drawLane(c, at, ls[i], most, col) }
	b.measure()
	return b
}

// lanes adds up the pauses of each member.
func lanes(p Pauses) (out []lane) {
	names := slices.Clone(p.Members)
	for _, s := range p.Pauses {
		if !slices.Contains(names, s.Member) {
			names = append(names, s.Member)
		}
	}
	for _, name := range names {
		var edges []Point // what begins or ends, and when
		for _, s := range p.Pauses {
			if s.Member != name || s.Partitions <= 0 || !(s.From < s.To) || math.IsInf(bounded(s.To), 0) || math.IsInf(bounded(s.From), 0) {
				continue
			}
			n := float64(s.Partitions)
			edges = append(edges, Point{s.From, n}, Point{s.To, -n})
		}
		slices.SortStableFunc(edges, func(a, b Point) int {
			switch {
			case a.X < b.X:
				return -1
			case a.X > b.X:
				return 1
			}
			return 0
		})
		l := lane{member: name}
		height := 0.0
		for i, e := range edges {
			height += e.Y
			if i+1 == len(edges) || edges[i+1].X > e.X {
				l.stairs = append(l.stairs, Point{e.X, height})
			}
		}
		out = append(out, l)
	}
	return out
}

// area is in partition-seconds.
func (l lane) area() (sum float64) {
	for i := 1; i < len(l.stairs); i++ {
		sum += (l.stairs[i].X - l.stairs[i-1].X) * l.stairs[i-1].Y
	}
	return sum
}

// longest is the longest time without a moment in which all goes on.
func (l lane) longest() (most float64) {
	for i := 0; i < len(l.stairs); i++ {
		begin := l.stairs[i].X
		for i < len(l.stairs) && l.stairs[i].Y > 0 {
			i++
		}
		if i < len(l.stairs) {
			most = max(most, l.stairs[i].X-begin)
		}
	}
	return most
}

func drawLane(c draw.Canvas, x func(float64) vg.Length, l lane, most float64, col color.NRGBA) {
	base := c.Min.Y + 1
	up := func(n float64) vg.Length { return base + vg.Length(n/most)*(laneHeight-5) }
	var outline []vg.Point
	before := 0.0
	for i, s := range l.stairs {
		if before > 0 {
			fill(c, faded(col, laneAlpha), box(x(l.stairs[i-1].X), base, x(s.X), up(before)))
		}
		outline = append(outline, vg.Point{X: x(s.X), Y: up(before)}, vg.Point{X: x(s.X), Y: up(s.Y)})
		if s.Y == 0 {
			c.StrokeLines(draw.LineStyle{Color: col, Width: 0.9}, outline)
			outline = nil
		}
		before = s.Y
	}
}
