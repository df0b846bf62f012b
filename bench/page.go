package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// page is one of posts.
type page struct {
	host    string
	socket  string // of its instance
	request string // that reads it
}

// pageOfPosts makes a channel with posts in a workspace of its own.
func (m *machine) pageOfPosts(ctx context.Context, slug string) (page, error) {
	site, token, err := m.admin(ctx, slug)
	if err != nil {
		return page{}, err
	}
	var team, channel struct {
		ID string `json:"id"`
	}
	asked := map[string]string{"name": "readers", "display_name": "Readers", "type": "O"}
	if err := m.call(ctx, http.MethodPost, site+"/api/v4/teams", token, asked, &team); err != nil {
		return page{}, err
	}
	if err := m.call(ctx, http.MethodGet, site+"/api/v4/teams/"+team.ID+"/channels/name/town-square", token, nil, &channel); err != nil {
		return page{}, err
	}
	for i := range pagePosts {
		post := map[string]string{"channel_id": channel.ID, "message": fmt.Sprintf("%d: %s", i, strings.Repeat("a post of some words ", 12))}
		if err := m.call(ctx, http.MethodPost, site+"/api/v4/posts", token, post, nil); err != nil {
			return page{}, err
		}
	}
	at, err := url.Parse(site)
	if err != nil {
		return page{}, err
	}
	socket, err := m.socketOf(slug)
	request := fmt.Sprintf("GET /api/v4/channels/%s/posts?page=0&per_page=%d HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nUser-Agent: bench\r\n\r\n",
		channel.ID, pagePosts, at.Host, token)
	return page{at.Hostname(), socket, request}, err
}

// admin signs a customer up and in.
func (m *machine) admin(ctx context.Context, slug string) (site, token string, err error) {
	var customer struct {
		Token     string `json:"token"`
		Workspace struct {
			ID  string `json:"id"`
			URL string `json:"url"`
		} `json:"workspace"`
	}
	signUp := map[string]string{"email": "owner@" + slug + ".example", "password": "a long enough password", "tenant": slug, "slug": slug}
	if err := m.call(ctx, http.MethodPost, m.api+"/api/v1/signup", "", signUp, &customer); err != nil {
		return "", "", err
	}
	var way struct {
		Token string `json:"token"`
	}
	err = eventually(ctx, 2*time.Minute, func() error {
		return m.call(ctx, http.MethodPost, m.api+"/api/v1/workspaces/"+customer.Workspace.ID+"/open", customer.Token, nil, &way)
	})
	return strings.TrimSuffix(customer.Workspace.URL, "/"), way.Token, err
}

// call exchanges JSON.
func (m *machine) call(ctx context.Context, method, url, token string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, url, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := m.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= http.StatusMultipleChoices {
		return errors.Join(fmt.Errorf("%s %s answered %s: %.200s", method, req.URL.Path, res.Status, answer), err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// socketOf is where the instance of a workspace listens, as the edge keeps it on disk.
func (m *machine) socketOf(slug string) (socket string, err error) {
	journal, err := os.ReadFile(filepath.Join(datadir.Layout{Root: m.dir}.EdgeDir(), "routes.journal"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(journal)) {
		_, record, _ := strings.Cut(strings.TrimSpace(line), " ")
		said, _, _ := strings.Cut(record, "\t") // behind which its IP filter stands
		var route struct {
			feed.Route             // of the snapshot
			Changed    *feed.Route `json:"route"`
		}
		if json.Unmarshal([]byte(said), &route) != nil {
			continue // the first line says what the file is
		}
		if route.Changed != nil {
			route.Route = *route.Changed
		}
		if len(route.Hosts) > 0 && strings.HasPrefix(route.Hosts[0], slug+".") && route.State == feed.StateServing {
			socket = route.Upstream.Address
		}
	}
	if socket == "" {
		err = fmt.Errorf("the edge has no route to %s", slug)
	}
	return socket, err
}
