package plots

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

func svgOf(t testing.TB, ch *Chart) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := ch.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func render(t testing.TB, ch *Chart) (pngBytes, svg []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := ch.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), svgOf(t, ch)
}

func TestSameInputSameBytes(t *testing.T) {
	for name, chart := range samples() {
		ch := chart()
		var png, svg [2][]byte
		var again []byte
		var wg sync.WaitGroup
		wg.Go(func() { png[0], svg[0] = render(t, ch) })
		wg.Go(func() { again = svgOf(t, ch) })
		wg.Go(func() { png[1], svg[1] = render(t, chart()) })
		wg.Wait()
		if !bytes.Equal(png[0], png[1]) || !bytes.Equal(svg[0], svg[1]) || !bytes.Equal(svg[0], again) {
			t.Errorf("%s: a second rendering differs", name)
		}
	}
}

// hashes are those of one sample of each chart.
func hashes(t *testing.T) string {
	h := sha256.New()
	for _, ch := range []*Chart{latencySample(), duplicatesSample()} {
		p, s := render(t, ch)
		h.Write(p)
		h.Write(s)
	}
	return fmt.Sprintf("hash %x\n", h.Sum(nil))
}

// TestSameBytesInAnotherProcess: nothing depends on a process's hash seeds or
// its number of threads.
func TestSameBytesInAnotherProcess(t *testing.T) {
	if os.Getenv("PLOTS_CHILD") != "" {
		fmt.Print(hashes(t))
		return
	}
	want := hashes(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestSameBytesInAnotherProcess$")
	cmd.Env = append(os.Environ(), "PLOTS_CHILD=1", "GOMAXPROCS=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), want) {
		t.Errorf("another process renders other bytes: %s, not %s", out, want)
	}
}

func TestOrderOfValuesDoesNotShowAndInputIsCopied(t *testing.T) {
	want, wantSVG := render(t, latencySample())
	series, laws := seriesSample(), lawsSample()
	r := rand.New(rand.NewPCG(5, 6))
	for _, s := range series {
		r.Shuffle(len(s.Values), func(i, j int) { s.Values[i], s.Values[j] = s.Values[j], s.Values[i] })
	}
	first := series[0].Values[0]
	ch := CDF(latencySample().title, "from the stop of an owner until every partition has one", series, laws)
	if series[0].Values[0] != first {
		t.Error("the input was sorted in place")
	}
	series[0].Values[0], laws[0].Low = 1000, 5
	got, gotSVG := render(t, ch)
	if !bytes.Equal(got, want) || !bytes.Equal(gotSVG, wantSVG) {
		t.Error("the order of values, or a change of the input afterwards, shows")
	}
}

// words are the texts of an SVG, which must be well-formed.
func words(t testing.TB, svg []byte) []string {
	t.Helper()
	var out []string
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("the SVG is not well-formed: %v", err)
		}
		if c, ok := tok.(xml.CharData); ok && strings.TrimSpace(string(c)) != "" {
			out = append(out, string(c))
		}
	}
}

func TestSVGHoldsItsWords(t *testing.T) {
	for name, want := range map[string][]string{
		"latency": {"session − heartbeat = 20 s", "session + heartbeat = 40 s", "claim: 30 s, refuted", "law of a crash, 20–40 s",
			"crash: network cut, no LeaveGroup", "graceful: Close, LeaveGroup", "pause: the process stops for 60 s", "over 30 s", "0 of 200",
			"from the stop of an owner until every partition has one (s)", "share at or below (%)", "p50", "p99"},
		"duplicates": {"A07 snapshot of the committed offset", "crash", "graceful", "pause", "31 too many", "ok", "not judged",
			"duplicates (records)", "delivered again", "of these, above what is legal", "legal at the most", "observed", "legal", "verdict"},
		"wide-range":    {"85 350 too many", "duplicates (records, log above 1)", "10 000"},
		"never":         {"never", "2 of 4", "law, 4–8 s", "claim: session timeout = 6 s, refuted"},
		"laws-alone":    {"no data", "claim: 30 s", "law of a graceful stop, 0–10 s"},
		"no-latency":    {"no data", "Rebalance latency"},
		"no-duplicates": {"no data", "Duplicates"},
	} {
		got := words(t, svgOf(t, samples()[name]()))
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %q is missing among %q", name, w, got)
			}
		}
	}
}

func TestPNGHasItsSize(t *testing.T) {
	p, _ := render(t, latencySample())
	cfg, err := png.DecodeConfig(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Width != pageWidth*dotsPerInch/72 || cfg.Height < 800 {
		t.Errorf("%d × %d dots", cfg.Width, cfg.Height)
	}
}

func TestAnyStringIsALabel(t *testing.T) {
	for _, s := range []string{"", " ", "a<b>&\"c'", "</text>", "]]>", "\x00\x1b[31m", "\xff\xfe", "line\nbreak\ttab", "\uFFFE", "日本語 🦫",
		strings.Repeat("very long ", 100), strings.Repeat("x", 2000)} {
		laws := []Law{{Name: s, Low: 1, High: 1}, {Name: s, Low: 2, High: 3, Claim: true}}
		for _, ch := range []*Chart{
			CDF(s, s, []Series{{s, []float64{1, 2}}}, laws),
			Duplicates(s, []DuplicateRow{{s, s, 3, 2}}),
			Sweeps(s, Axis{Label: s, Unit: s}, Axis{Label: s, Unit: s}, []Points{{s, []Point{{1, 2}, {2, 3}}}}, []Reference{{s, []Point{{0, 0}, {2, 1}}, true}}, laws),
			Strips(s, Axis{Label: s, Unit: s}, s, []Strip{{s, s, []float64{1, 2}, new(1.5)}}, laws),
			Around(s, s, s, 1, []Points{{s, []Point{{-1, 2}, {2, 3}}}}, laws).Note(s),
			Page(s, StopTheWorld(s, s, []Pauses{{s, []string{s}, []Pause{{s, 0, 1, 2}}}}, laws)),
		} {
			words(t, svgOf(t, ch))
			checkTexts(t, ch)
		}
	}
}

type broken struct{ after int }

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errors.New("pipe is shut")
	}
	return len(p), nil
}

func TestErrorsOfTheWriterAreTold(t *testing.T) {
	ch := duplicatesSample()
	for name, err := range map[string]error{"PNG": ch.WritePNG(&broken{100}), "SVG": ch.WriteSVG(&broken{100})} {
		if err == nil || !strings.Contains(err.Error(), "pipe is shut") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTooTallForAPNG(t *testing.T) {
	ch := Duplicates("all of it", make([]DuplicateRow, 10000))
	err := ch.WritePNG(io.Discard)
	if err == nil || !strings.Contains(err.Error(), "split its rows") {
		t.Errorf("%v", err)
	}
	if err := ch.WriteSVG(io.Discard); err != nil {
		t.Error(err)
	}
}
