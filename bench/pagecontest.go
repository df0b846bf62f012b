package main

import (
	"context"
	"os"
	"time"
)

// pageContest lets many read a page of posts, through the edge and through an nginx in front of the same instance.
func (m *machine) pageContest(ctx context.Context, p page) ([]Row, error) {
	dir, err := benchDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	signer, err := startStandIn(nil)
	if err != nil {
		return nil, err
	}
	defer signer.stop()
	proxy, err := startProxy(ctx, dir, p.socket, signer)
	defer proxy.stop()
	if err != nil {
		return nil, err
	}
	edge, err := m.child("edge")
	if err != nil {
		return nil, err
	}
	pages := contest{"page", func(ctx context.Context, address string) (tally, error) {
		readers := make([]secureReader, versusClients)
		for i := range readers {
			readers[i] = secureReader{address: address, host: p.host, request: p.request}
		}
		return crowdOf(ctx, readers, versusLasts)
	}}
	o, n, err := pages.compare(ctx, [2]server{running(edge), proxy}, [2]string{m.tls, proxy.listen})
	return append([]Row{{"edge_vs_nginx_ratio", o[0].perSecond / o[1].perSecond, "", n}}, pages.rows(o, n)...), err
}

// running is a process by its id.
type running int

func (r running) processorTime() (time.Duration, error) { return processorTime(int(r)) }
