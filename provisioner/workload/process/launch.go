package process

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/longhouse-dev/longhouse/internal/confine"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// instanceUmask lets the owner and the group in and nobody else: the group of a socket is its folder's.
const instanceUmask = 0o007

// launch starts the process of an instance. Everything that confines it belongs here.
func (a *Agent) launch(want saved) (*proc.Process, error) {
	d := want.Desired
	if err := a.binaries.verify(d.Binary, d.SHA256); err != nil {
		return nil, err
	}
	if err := a.borders.admit(d); err != nil { // it may be of a time when the operator didn't ask for that
		return nil, err
	}
	if err := a.cfg.enoughSpace(); err != nil {
		return nil, err
	}
	bound, err := a.cfg.makeSockets(want)
	if err != nil {
		return nil, err
	}
	defer closeAll(bound)
	if err := a.cfg.makeWorkDir(d.ID, d.UID); err != nil {
		return nil, err
	}
	spec := proc.Spec{
		Path:       d.Binary,
		Args:       d.Args,
		Env:        a.environment(want),
		LogFile:    a.cfg.logFile(d.ID),
		Credential: credential(d.UID),
		Dir:        a.cfg.workDir(d.ID),
		ExtraFiles: bound,
		Umask:      instanceUmask,
		NoNewPrivs: true,
		Turn:       proc.UsualTurn,
	}
	if err := a.cgroups.empty(d.ID); err != nil { // what an earlier life left behind
		return nil, err
	}
	done, err := a.cgroups.confine(d.ID, d.Limits, &spec)
	if err != nil {
		return nil, err
	}
	defer done()
	rules, err := a.rules(want)
	if err != nil {
		return nil, err
	}
	enter := spec.Thread
	spec.Thread = func() error { // the groups first: behind the rules their files can't be written
		return errors.Join(enter(), confine.Thread(rules, a.borders.Kernel))
	}
	a.forking.Lock()
	defer a.forking.Unlock()
	if err := a.limitProcesses(d.Limits.PIDs); err != nil {
		return nil, err
	}
	return proc.Start(spec)
}

func (a *Agent) environment(want saved) []string {
	env := maps.Clone(want.Desired.Env)
	if env == nil {
		env = workload.Env{}
	}
	env[workload.ListenVariable] = "unix:" + a.cfg.socket(want.SocketDir)
	env[workload.FolderVariable] = a.cfg.workDir(want.Desired.ID)
	env[workload.AdminListenVariable] = "unix:" + a.cfg.adminSocket(want.SocketDir)
	if want.Desired.Broker != nil {
		env[workload.BrokerVariable] = "unix:" + a.cfg.brokerSocket(want.SocketDir)
		env[workload.InheritedVariable] = strconv.Itoa(boundSockets)
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

func credential(uid int) *proc.Credential {
	if !asRoot() {
		return nil
	}
	return &proc.Credential{UID: uid, GID: uid}
}
