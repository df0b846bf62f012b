package terraform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-exec/tfexec"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// quietSDK keeps the plugin framework from writing its debug log into ours. It reads nothing but the environment.
var quietSDK = sync.OnceValue(func() error { return os.Setenv("TF_LOG_SDK", "off") })

// errNotListening stands for what go-plugin writes to its log, but does not return.
var errNotListening = errors.New("no socket in the directory for temporary files")

// serve answers terraform for the provider from within this process, until stop is called.
func (p Provider) serve() (reattach *tfexec.ReattachOption, stop func(), err error) {
	if err := quietSDK(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, closed := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(providerAddress, providerserver.NewProtocol6(pluginProvider{p}),
			tf6server.WithDebug(ctx, ready, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()),
			tf6server.WithoutLogStderrOverride())
	}()
	select {
	case at := <-ready:
		return reattachTo(at), func() { cancel(); <-closed }, nil
	case err := <-failed:
		cancel()
		return nil, nil, fmt.Errorf("serve the longhouse provider: %w", cmp.Or(err, errNotListening))
	}
}

func reattachTo(at *plugin.ReattachConfig) *tfexec.ReattachOption {
	return tfexec.Reattach(tfexec.ReattachInfo{providerAddress: {
		Protocol: string(at.Protocol), ProtocolVersion: at.ProtocolVersion, Pid: at.Pid, Test: at.Test,
		Addr: tfexec.ReattachConfigAddr{Network: at.Addr.Network(), String: at.Addr.String()},
	}})
}
