package conform

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// Kfake is franz-go's fake broker as a subject: a second implementation to
// compare the model with, and no judge of it. Each script has a process of its
// own, for kfake may panic on what scripts send.
type Kfake struct {
	Command []string // runs ServeKfake
}

// ServeKfake starts a fake broker, writes its address as a line, and serves
// until in ends.
func ServeKfake(in io.Reader, out io.Writer) error {
	s := Settings()
	ms := func(n int32) time.Duration { return time.Duration(n) * time.Millisecond }
	k, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(ms(s.GroupMinSessionTimeoutMs)),
		kfake.GroupMaxSessionTimeout(ms(s.GroupMaxSessionTimeoutMs)), kfake.BrokerConfigs(map[string]string{
			"group.max.size":            strconv.Itoa(int(s.GroupMaxSize)),
			"offset.metadata.max.bytes": strconv.Itoa(int(s.OffsetMetadataMaxBytes)),
		}))
	if err != nil {
		return fmt.Errorf("kfake: %w", err)
	}
	defer k.Close()
	fmt.Fprintln(out, k.ListenAddrs()[0])
	_, err = io.Copy(io.Discard, in)
	return err
}

// Play implements Subject. A *Died tells that kfake did not live through it.
func (k Kfake) Play(ctx context.Context, s *Script, p *Plan) (*Recording, error) {
	var errs bytes.Buffer
	c := exec.CommandContext(ctx, k.Command[0], k.Command[1:]...)
	c.Stderr = &errs
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	r, played := k.playOn(ctx, out, s, p)
	in.Close()
	ended := c.Wait()
	if panicked, ok := strings.CutPrefix(firstLine(errs.String()), "panic: "); ok {
		return nil, &Died{Why: "panic: " + panicked}
	}
	if played == nil {
		played = ended
	}
	return r, played
}

func (k Kfake) playOn(ctx context.Context, out io.Reader, s *Script, p *Plan) (*Recording, error) {
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("kfake tells no address: %w", err)
	}
	l, err := Dial(ctx, strings.TrimSpace(addr), cluster.Access{}, false)
	if err != nil {
		return nil, err
	}
	l.own = true
	defer l.Close()
	r, err := l.Play(ctx, s, p)
	if r != nil {
		r.NoInitialDelay = true
	}
	return r, err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// Died tells that a subject did not live through a script.
type Died struct{ Why string }

func (d *Died) Error() string { return "the broker died: " + d.Why }
