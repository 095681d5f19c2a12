package cluster

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/moby/moby/client"
)

// The labels of our containers: which program started one, and a word that no
// other container has.
const (
	ownerLabel  = "groundhog.owner"
	uniqueLabel = "groundhog.unique"
)

// labels are those of a container that this program starts.
func labels(unique string) map[string]string {
	return map[string]string{ownerLabel: thisProgram().String(), uniqueLabel: unique}
}

// reaper is a process that outlives this one by some seconds, and removes its
// container then: also if this one is killed. It waits at a pipe of which we
// hold the other end, and nobody else does.
type reaper struct {
	cmd  *exec.Cmd
	pipe io.Closer
}

// reaping is the whole of a reaper. It looks several times, for an engine may
// still be making the container when the one that asked for it dies.
const reaping = `read -r never
for i in 1 2 3; do
  ids=$(docker ps -aq --filter "label=$GROUNDHOG_REAPED") && [ -n "$ids" ] && docker rm -f -v $ids
  sleep 1
done`

// startReaper starts the reaper of the container with a unique label. It is nil
// where there is no shell or no docker command: then sweep is what is left.
func startReaper(dockerHost, unique string) *reaper {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil
	}
	if _, err := exec.LookPath("docker"); err != nil {
		return nil
	}
	cmd := exec.Command(shell, "-c", reaping)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+dockerHost, "GROUNDHOG_REAPED="+uniqueLabel+"="+unique)
	cmd.Dir = os.TempDir()
	detach(cmd)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil
	}
	if err := cmd.Start(); err != nil {
		return nil
	}
	return &reaper{cmd, pipe}
}

// stop ends the reaper, whose container is gone.
func (r *reaper) stop() {
	if r == nil {
		return
	}
	killGroup(r.cmd.Process)
	r.cmd.Wait()
	r.pipe.Close()
}

// sweep removes containers whose program is dead. It touches none of other
// machines, or of other containers that use the same engine: whether their
// programs live cannot be seen from here. That it fails is no harm.
func (e *engine) sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	found, err := e.Client().ContainerList(ctx, client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", ownerLabel)})
	if err != nil {
		return
	}
	us := thisProgram()
	for _, c := range found.Items {
		if o, ok := parseOwner(c.Labels[ownerLabel]); ok && o.host == us.host && !o.lives() {
			e.Client().ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		}
	}
}

// owner is a program that starts containers.
type owner struct {
	host  string // where process numbers mean the same
	pid   string
	begun string // when it started, in a unit of the system's; "" where that is not known
}

func (o owner) String() string { return o.host + " " + o.pid + " " + o.begun }

func parseOwner(text string) (owner, bool) {
	parts := strings.Split(text, " ")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return owner{}, false
	}
	return owner{parts[0], parts[1], parts[2]}, true
}
