//go:build hard && linux

package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is a Slurm of several nodes that are all this machine. Its daemons
// listen on the loopback device alone. There are two partitions: main, which is
// the default, and urgent, which takes nodes away from it.
type cluster struct {
	dir         string
	nodes       []string
	environment []string // by which commands and daemons find it
}

const slurmConf = `ClusterName=proof
SlurmctldHost=localhost(127.0.0.1)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=%[2]d
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=%[1]s/munge/socket
CredType=cred/munge
StateSaveLocation=%[1]s/state
SlurmdSpoolDir=%[1]s/spool/%%n
SlurmctldPidFile=%[1]s/slurmctld.pid
SlurmdPidFile=%[1]s/slurmd.%%n.pid
SlurmctldLogFile=%[1]s/slurmctld.log
SlurmdLogFile=%[1]s/slurmd.%%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmctldParameters=preempt_send_user_signal
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
SlurmdTimeout=8
KillWait=3
MpiDefault=none
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
`

// newCluster starts Slurm. It takes root, and munged, slurmctld and slurmd in
// the path, and a machine on which they start: without, there is nothing to
// prove here.
func newCluster(t *testing.T, nodes, cpus int) *cluster {
	t.Helper()
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("Slurm is not installed: %v", err)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("a Slurm of one's own takes root")
	}
	dir, err := os.MkdirTemp("", "slurm") // short: sockets have their names below it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cluster{dir: dir}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"state": 0o755, "spool": 0o755, "munge": 0o711} {
		if err := os.Mkdir(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	key := make([]byte, 1024)
	rand.Read(key)
	if err := os.WriteFile(filepath.Join(dir, "munge", "key"), key, 0o400); err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 1+nodes)
	conf := fmt.Sprintf(slurmConf, dir, ports[0])
	for i := range nodes {
		name := fmt.Sprintf("n%d", i+1)
		c.nodes = append(c.nodes, name)
		conf += fmt.Sprintf("NodeName=%s NodeHostname=localhost NodeAddr=127.0.0.1 Port=%d CPUs=%d RealMemory=1000 State=UNKNOWN\n", name, ports[1+i], cpus)
	}
	conf += "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=5 PreemptMode=REQUEUE\n"
	conf += "PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF\n"
	if err := os.WriteFile(filepath.Join(dir, "slurm.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	c.environment = []string{"SLURM_CONF=" + filepath.Join(dir, "slurm.conf")}

	t.Cleanup(func() { c.stop(t) })
	munge := filepath.Join(dir, "munge")
	daemons := [][]string{
		{"munged", "--key-file=" + munge + "/key", "--socket=" + munge + "/socket", "--pid-file=" + munge + "/munged.pid", "--log-file=" + munge + "/log", "--seed-file=" + munge + "/seed"},
		{"slurmctld"},
	}
	for _, n := range c.nodes {
		daemons = append(daemons, []string{"slurmd", "-N", n})
	}
	for _, args := range daemons {
		if said, err := c.command(args...).CombinedOutput(); err != nil {
			t.Skipf("Slurm does not start here: %v: %v\n%s", args, err, said)
		}
	}
	idle := func() bool {
		return strings.TrimSpace(c.ask("sinfo", "--noheader", "--partition=main", "--states=idle", "--format=%D")) == strconv.Itoa(nodes)
	}
	if !eventually(2*time.Minute, idle) {
		t.Skipf("Slurm's nodes do not become idle here:\n%s\n%s", c.ask("sinfo", "--long"), c.log())
	}
	return c
}

// freePorts returns ports that nobody listens on, so that another Slurm on the
// machine is not disturbed.
func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// command is one that finds this cluster.
func (c *cluster) command(args ...string) *exec.Cmd {
	command := exec.Command(args[0], args[1:]...)
	command.Env = append(os.Environ(), c.environment...)
	return command
}

// do runs a command that has to succeed.
func (c *cluster) do(t *testing.T, args ...string) string {
	t.Helper()
	said, err := c.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, said)
	}
	return string(said)
}

// ask runs a command that may fail, as a controller that is down makes it do.
func (c *cluster) ask(args ...string) string {
	said, _ := c.command(args...).Output()
	return string(said)
}

func (c *cluster) startController(t *testing.T) { t.Helper(); c.do(t, "slurmctld") }

func (c *cluster) startNode(t *testing.T, name string) { t.Helper(); c.do(t, "slurmd", "-N", name) }

// longest is far more than anything takes that is waited for, so that a busy
// machine fails nothing.
const longest = 10 * time.Minute

// wait waits until something is so.
func (c *cluster) wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	if !eventually(longest, so) {
		t.Fatalf("not after %v: %s\n%s\n%s", longest, what, c.ask("squeue"), c.log())
	}
}

// eventually reports whether something becomes so in a time.
func eventually(most time.Duration, so func() bool) bool {
	for end := time.Now().Add(most); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// log is the end of the controller's.
func (c *cluster) log() []byte {
	text, _ := os.ReadFile(filepath.Join(c.dir, "slurmctld.log"))
	return text[max(0, len(text)-3000):]
}

// pid reads a daemon's.
func (c *cluster) pid(name string) int {
	text, err := os.ReadFile(filepath.Join(c.dir, name+".pid"))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}

// killController ends the controller as kill -9 does.
func (c *cluster) killController(t *testing.T) {
	t.Helper()
	pid := c.pid("slurmctld")
	if pid == 0 {
		t.Fatal("the controller is not running")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.wait(t, "the controller is gone", func() bool { return !runs(pid) })
}

// killNode ends a node as a loss of power does: its daemon and all that runs on
// it. What would tell the controller of the death of a job goes first. It
// returns how many processes that were.
func (c *cluster) killNode(t *testing.T, name string) int {
	t.Helper()
	daemon := c.pid("slurmd." + name)
	if daemon == 0 {
		t.Fatalf("node %s is not running", name)
	}
	killed := 0
	for _, pid := range append([]int{daemon}, c.processes(name)...) {
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	return killed
}

// processes lists what jobs run on a node of this cluster, known by their
// environment, behind the steps that started them.
func (c *cluster) processes(node string) []int {
	var steps, pids []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		environment, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		variables := append([]byte{0}, environment...)
		if !bytes.Contains(variables, []byte("\x00SLURM_CONF="+c.dir+"/slurm.conf\x00")) || !bytes.Contains(variables, []byte("\x00SLURMD_NODENAME="+node+"\x00")) {
			continue
		}
		pids = append(pids, pid)
		if parent := parent(pid); !slices.Contains(steps, parent) && name(parent) == "slurmstepd" {
			steps = append(steps, parent)
		}
	}
	return append(steps, pids...)
}

// parent is the process that started another.
func parent(pid int) int {
	_, n := status(pid)
	return n
}

// runs reports whether a process exists and is more than an exit code that
// nobody fetches: in a container the first process may not.
func runs(pid int) bool {
	state, _ := status(pid)
	return state != "" && state != "Z"
}

// status is a process's state and the process that started it, "" and 0 when
// there is none.
func status(pid int) (state string, parent int) {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return "", 0
	}
	n, _ := strconv.Atoi(fields[1])
	return fields[0], n
}

// name is that of a process's program.
func name(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(text))
}

// stop ends the queue, then the daemons.
func (c *cluster) stop(t *testing.T) {
	c.ask("scancel", "--user=root")
	for range 100 {
		if strings.TrimSpace(c.ask("squeue", "--noheader")) == "" {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	var pids []int
	for _, n := range c.nodes {
		pids = append(pids, c.processes(n)...)
		pids = append(pids, c.pid("slurmd."+n))
	}
	pids = append(pids, c.pid("slurmctld"), c.pid("munge/munged"))
	for end, signal := time.Now().Add(10*time.Second), syscall.SIGTERM; ; time.Sleep(100 * time.Millisecond) {
		pids = slices.DeleteFunc(pids, func(pid int) bool { return pid == 0 || !runs(pid) || syscall.Kill(pid, signal) != nil })
		if len(pids) == 0 {
			return
		}
		if time.Now().After(end) {
			signal = syscall.SIGKILL
		}
	}
}
