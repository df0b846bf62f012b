package provisioner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	objects "github.com/longhouse-dev/longhouse/internal/objectstore/admin"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// CellOwner is the access key that owns a cell's own buckets.
const CellOwner = "longhouse-cell"

// Site is a cell as its configuration describes it, with what opens its parts.
type Site struct {
	Name     string
	Config   tenants.CellConfig
	AdminURL string // of the database server, as a superuser
	Secret   string // of CellOwner
	region   string
	agent    string
}

// OpenSite reads the secrets of a cell that runs on this machine or near it. agent is the socket of this machine's own
// agent, for cells that name none.
func OpenSite(c tenants.Cell, agent string) (Site, error) {
	config, err := c.Configuration()
	if err != nil {
		return Site{}, err
	}
	if err := config.Validate(); err != nil {
		return Site{}, fmt.Errorf("the configuration of cell %s: %w", c.Name, err)
	}
	s := Site{Name: c.Name, Config: config, region: c.Region, agent: cmp.Or(config.Agent, agent)}
	if s.AdminURL, err = secretIn(config.Database.AdminURLFile); err != nil {
		return Site{}, err
	}
	if s.Secret, err = secretIn(config.ObjectStore.SecretFile); err != nil {
		return Site{}, err
	}
	return s, nil
}

// secretIn reads a file that holds one secret. The error names the file and never what is in it.
func secretIn(file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("the worker (user %d) may not read %s: give the file to that user, with mode 600", os.Getuid(), file)
	}
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode()&0o007 != 0 {
		return "", fmt.Errorf("%s holds a secret, and everybody on the machine may read it: chmod 600 it", file)
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return "", fmt.Errorf("%s is empty; it must hold a secret", file)
	}
	return text, nil
}

// Objects is the store's administration.
func (s Site) Objects() *objects.Client { return objects.NewClient(s.Config.ObjectStore.AdminSocket) }

// Stack is what terraform makes of the cell.
func (s Site) Stack() terraform.Stack {
	c := s.Config
	cell := terraform.LocalCell{Cell: s.Name, Region: s.region,
		Database:    terraform.LocalDatabase{Host: c.Database.Host, Port: c.Database.Port},
		ObjectStore: terraform.LocalObjectStore{Endpoint: c.ObjectStore.Endpoint, Region: c.ObjectStore.Region, TLS: c.ObjectStore.TLS, PathStyle: c.ObjectStore.PathStyle},
		Workloads:   terraform.Workloads{Engine: terraform.ProcessEngine, Endpoint: s.agent},
	}
	return cell.Stack(terraform.Provider{Databases: terraform.PostgresDatabases{AdminURL: s.AdminURL},
		Buckets: terraform.StoreBuckets{Admin: s.Objects(), Owner: CellOwner}})
}

// Prepare makes what terraform must not know: the credential that owns the cell's buckets. And it keeps the workspaces'
// roles out of the databases that every cluster has, into which PostgreSQL lets everybody.
func (s Site) Prepare(ctx context.Context) error {
	if err := s.Objects().PutCredential(ctx, CellOwner, s.Secret); err != nil {
		return err
	}
	config, err := pgx.ParseConfig(s.AdminURL)
	if err != nil {
		return fmt.Errorf("%s does not hold the URL of a PostgreSQL server", s.Config.Database.AdminURLFile)
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to the database server of cell %s: %w", s.Name, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return closeServer(ctx, conn)
}

// hide takes the site's secrets out of a text.
func (s Site) hide(text string) string {
	hidden := []string{}
	for _, secret := range []string{s.AdminURL, s.Secret} {
		if secret != "" {
			hidden = append(hidden, secret, "***")
		}
	}
	if u, err := url.Parse(s.AdminURL); err == nil {
		if password, ok := u.User.Password(); ok && password != "" {
			hidden = append(hidden, password, "***", url.QueryEscape(password), "***")
		}
	}
	return strings.NewReplacer(hidden...).Replace(text)
}
