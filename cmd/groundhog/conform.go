package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/conform"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

type conformFlags struct {
	kafka     cluster.Choice
	subject   string
	sequences int
	seed      uint64
	groups    int
	out       string
	shrink    int
}

func conformCommand() *cobra.Command {
	var f conformFlags
	c := &cobra.Command{
		Use:   "conform [FILE…]",
		Short: "The model against a live broker, request by request",
		Long: "Sends sequences of raw requests, drawn from a seed, to a live broker and to the\n" +
			"model, and compares all answers, the groups' states and what the broker wrote.\n" +
			"What differs is shrunk. With files, plays the scripts in them instead.",
		RunE: func(c *cobra.Command, args []string) error { return runConform(c, f, args) },
	}
	kafkaFlags(c, &f.kafka)
	c.Flags().StringVar(&f.subject, "subject", "kafka", "kafka, or kfake: franz-go's fake broker, whose differences are listed and are no failure")
	c.Flags().IntVar(&f.sequences, "sequences", 200, "how many sequences, of 10 to 40 steps each")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "what they are drawn from")
	c.Flags().IntVar(&f.groups, "groups", 48, "how many groups at once")
	c.Flags().StringVar(&f.out, "out", "", "a folder for the scripts that differ")
	c.Flags().IntVar(&f.shrink, "shrink", 8, "how many kinds of mismatches to shrink; 0 for none")
	return c
}

func (f *conformFlags) check(files []string) error {
	if err := f.kafka.Validate(); err != nil {
		return usageError{err}
	}
	switch {
	case f.subject != "kafka" && f.subject != "kfake":
		return usage("--subject %s: want kafka or kfake", f.subject)
	case f.sequences < 1 && len(files) == 0:
		return usage("--sequences %d: want at least one", f.sequences)
	case f.groups < 1:
		return usage("--groups %d: want at least one", f.groups)
	}
	return nil
}

func runConform(c *cobra.Command, f conformFlags, files []string) (err error) {
	if err := f.check(files); err != nil {
		return err
	}
	scripts, err := readScripts(files)
	if err != nil {
		return err
	}
	if _, err := openOut(f.out); err != nil {
		return err
	}
	live, stop, err := f.open(c.Context())
	if err != nil {
		return err
	}
	defer func() {
		if e := stop(); err == nil {
			err = e
		}
	}()
	r := &conformReport{flags: f, command: c, kinds: map[string]*conformKind{}}
	config := conform.Config{Subject: live, Seed: f.seed, Sequences: f.sequences, Groups: f.groups, Scripts: scripts, Once: f.subject == "kfake", Told: r.told}
	s, err := conform.Run(c.Context(), config)
	if err != nil {
		return err
	}
	if f.subject == "kafka" {
		if err := r.shrinkAll(config); err != nil {
			return err
		}
	}
	if err := r.finish(s); err != nil {
		return err
	}
	if f.subject == "kafka" && s.Differ > 0 {
		return errVerdict
	}
	return nil
}

// open finds or starts what the model is compared with.
func (f *conformFlags) open(ctx context.Context) (conform.Subject, func() error, error) {
	if f.subject == "kfake" {
		self, err := os.Executable()
		return conform.Kfake{Command: []string{self, kfakeCommandName}}, func() error { return nil }, err
	}
	return conform.OpenKafka(ctx, f.kafka)
}

// kfakeCommand is what conform starts for its second subject.
func kfakeCommand() *cobra.Command {
	return &cobra.Command{
		Use: kfakeCommandName, Short: "franz-go's fake broker, until the input ends", Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return conform.ServeKfake(c.InOrStdin(), c.OutOrStdout()) },
	}
}

const kfakeCommandName = "kfake"

func readScripts(files []string) (scripts []*conform.Script, err error) {
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		s, err := conform.ParseScript(f)
		f.Close()
		if err != nil {
			return nil, usage("%s: %w", path, err)
		}
		scripts = append(scripts, s)
	}
	return scripts, nil
}

// conformReport gathers what differs, by kind.
type conformReport struct {
	flags   conformFlags
	command *cobra.Command
	kinds   map[string]*conformKind
	order   []string
}

// conformKind is one kind of mismatch, with the first sequence that showed it.
type conformKind struct {
	count  int
	first  conform.Result
	what   conform.Mismatch
	shrunk *conform.Result
	file   string
}

func (r *conformReport) told(x conform.Result) error {
	if x.Outcome() == "mismatch" {
		r.sort(x)
		if r.flags.subject == "kafka" {
			fmt.Fprintf(r.command.ErrOrStderr(), "sequence %d differs: %s\n", x.Number, x.Verdict.Mismatches[0])
		}
	}
	if !asJSON(r.command) {
		return nil
	}
	type mismatch struct {
		Step    int    `json:"step"`
		Line    string `json:"line"`
		Kind    string `json:"kind"`
		Subject string `json:"subject"`
		Model   string `json:"model"`
	}
	list := []mismatch{}
	for _, m := range x.Verdict.Mismatches {
		list = append(list, mismatch{m.Step + 1, m.Line, m.Kind, m.Subject, m.Model})
	}
	return r.line(struct {
		Sequence   int        `json:"sequence"`
		Steps      int        `json:"steps"`
		Requests   int        `json:"requests"`
		Outcome    string     `json:"outcome"`
		Runs       int        `json:"runs"`
		Late       string     `json:"late,omitempty"`
		Mismatches []mismatch `json:"mismatches"`
	}{x.Number, len(x.Script.Steps), x.Requests, x.Outcome(), x.Runs, lateness(&x), list})
}

// sort puts a sequence under the kind of its first mismatch: others may follow
// from that. Of kfake, which differs everywhere, all kinds are told.
func (r *conformReport) sort(x conform.Result) {
	seen := map[string]bool{}
	for _, m := range x.Verdict.Mismatches {
		if seen[m.Kind] {
			continue
		}
		seen[m.Kind] = true
		k := r.kinds[m.Kind]
		if k == nil {
			k = &conformKind{first: x, what: m}
			r.kinds[m.Kind] = k
			r.order = append(r.order, m.Kind)
		}
		k.count++
		if r.flags.subject == "kafka" {
			return
		}
	}
}

func lateness(x *conform.Result) string {
	if x.Outcome() == "late" {
		return x.Verdict.Close
	}
	return ""
}

func (r *conformReport) line(v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(r.command.OutOrStdout(), "%s\n", b)
	}
	return err
}

// shrinkAll makes the first script of each kind of mismatch smaller, and keeps
// it as a recording.
func (r *conformReport) shrinkAll(config conform.Config) error {
	for i, name := range r.order {
		k := r.kinds[name]
		if i < r.flags.shrink {
			fmt.Fprintf(r.command.ErrOrStderr(), "shrinking sequence %d\n", k.first.Number)
			small, err := conform.Shrink(r.command.Context(), config, k.first.Script, name)
			switch {
			case err == nil:
				k.shrunk = small
				at := slices.IndexFunc(small.Verdict.Mismatches, func(m conform.Mismatch) bool { return m.Kind == name })
				k.what = small.Verdict.Mismatches[max(at, 0)]
			case err != conform.ErrGone:
				return err
			}
		}
		if err := r.keep(k); err != nil {
			return err
		}
	}
	return nil
}

// keep writes a recording into the folder that was asked for.
func (r *conformReport) keep(k *conformKind) error {
	if r.flags.out == "" {
		return nil
	}
	x := &k.first
	if k.shrunk != nil {
		x = k.shrunk
	}
	k.file = filepath.Join(r.flags.out, fmt.Sprintf("conform-%d-%d.txt", r.flags.seed, k.first.Number))
	return create(k.file, func(w io.Writer) error {
		for _, m := range x.Verdict.Mismatches {
			fmt.Fprintf(w, "# %s\n", m)
		}
		return conform.WriteRecording(w, x.Script, x.Record)
	})
}

func (r *conformReport) finish(s *conform.Summary) error {
	if asJSON(r.command) {
		return r.finishJSON(s)
	}
	w := r.command.OutOrStdout()
	fmt.Fprintf(w, "%s, %s in %.1f s: %d match, %d differ, %d discarded for lateness (%.1f %%)\n",
		plural(s.Sequences, "sequence"), plural(s.Requests, "request"), s.Wall.Seconds(), s.Matched, s.Differ, s.Late,
		100*float64(s.Late)/float64(max(s.Sequences, 1)))
	s.Coverage.Print(w)
	slices.SortStableFunc(r.order, func(a, b string) int { return r.kinds[b].count - r.kinds[a].count })
	for _, name := range r.order {
		k := r.kinds[name]
		fmt.Fprintf(w, "%s: %s\n  subject %s\n  model   %s\n", plural(k.count, "sequence"), name, k.what.Subject, k.what.Model)
		script := k.first.Script
		if k.shrunk != nil {
			script = k.shrunk.Script
		}
		if r.flags.subject == "kafka" {
			fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(strings.TrimSpace(script.String()), "\n", "\n    "))
		} else {
			fmt.Fprintf(w, "  at      %s\n", k.what.Line)
		}
		if k.file != "" {
			fmt.Fprintf(w, "  kept in %s\n", k.file)
		}
	}
	return nil
}

func (r *conformReport) finishJSON(s *conform.Summary) error {
	type kind struct {
		Kind      string   `json:"kind"`
		Sequences int      `json:"sequences"`
		Line      string   `json:"line"`
		Subject   string   `json:"subject"`
		Model     string   `json:"model"`
		Script    []string `json:"script"`
		File      string   `json:"file,omitempty"`
	}
	kinds := []kind{}
	for _, name := range r.order {
		k := r.kinds[name]
		script := k.first.Script
		if k.shrunk != nil {
			script = k.shrunk.Script
		}
		kinds = append(kinds, kind{name, k.count, k.what.Line, k.what.Subject, k.what.Model,
			strings.Split(strings.TrimSpace(script.String()), "\n"), k.file})
	}
	coverage := map[string]int{}
	for cell, n := range s.Coverage {
		coverage[cell.String()] = n
	}
	unmet := []string{}
	for _, cell := range s.Coverage.Unmet() {
		unmet = append(unmet, cell.String())
	}
	return r.line(struct {
		Subject    string         `json:"subject"`
		Sequences  int            `json:"sequences"`
		Requests   int            `json:"requests"`
		Matched    int            `json:"matched"`
		Mismatches int            `json:"mismatches"`
		Discarded  int            `json:"discarded"`
		Kinds      []kind         `json:"kinds"`
		Coverage   map[string]int `json:"coverage"`
		Unmet      []string       `json:"unmet"`
		Wall       json.Number    `json:"wall_seconds"`
	}{r.flags.subject, s.Sequences, s.Requests, s.Matched, s.Differ, s.Late, kinds, coverage, unmet, seconds(s.Wall)})
}
