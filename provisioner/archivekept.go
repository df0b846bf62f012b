package provisioner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/tenants/audit"
)

const (
	// readings is how many objects are read at a time.
	readings = 16
	// rememberedMost is how long a document may be to be remembered: checkpoints that told all heads were longer.
	rememberedMost = 4 << 10
)

// ArchiveMemory is what was read of an archive before. What is the same by its name, its ETag and its size is not read again: the store
// gives another content another ETag, and whoever can write to the database changes neither.
type ArchiveMemory struct {
	mu    sync.Mutex
	known map[objectVersion]audit.Signed
}

type objectVersion struct {
	name, etag string
	size       int64
}

// Remembering has an archive use what was read before, and remember what it reads.
func (a *Archive) Remembering(m *ArchiveMemory) *Archive {
	return &Archive{client: a.client, bucket: a.bucket, memory: m}
}

// Kept implements tenants.Archive, in the order of names.
func (a *Archive) Kept(ctx context.Context, each func(name string, signed audit.Signed) error) error {
	known := a.memory.remembered()
	kept := map[objectVersion]audit.Signed{}
	var unread error
	pages := s3.NewListObjectsV2Paginator(a.client, &s3.ListObjectsV2Input{Bucket: &a.bucket, Prefix: aws.String(auditFolder)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return errors.Join(unread, fmt.Errorf("list the archive: %w", err))
		}
		versions := make([]objectVersion, len(page.Contents))
		for i, object := range page.Contents {
			versions[i] = objectVersion{aws.ToString(object.Key), aws.ToString(object.ETag), aws.ToInt64(object.Size)}
		}
		read, err := a.readAll(ctx, versions, known)
		unread = errors.Join(unread, err)
		for i, v := range versions {
			if read[i] == nil {
				continue
			}
			if err := each(v.name, *read[i]); err != nil {
				return err
			}
			if len(read[i].Document) <= rememberedMost && v.etag != "" {
				kept[v] = *read[i]
			}
		}
	}
	a.memory.remember(kept)
	return unread
}

// readAll reads what is not known, several at a time. What can't be read is nil.
func (a *Archive) readAll(ctx context.Context, versions []objectVersion, known map[objectVersion]audit.Signed) ([]*audit.Signed, error) {
	read, failed := make([]*audit.Signed, len(versions)), make([]error, len(versions))
	var reading errgroup.Group
	reading.SetLimit(readings)
	for i, v := range versions {
		if signed, there := known[v]; there {
			read[i] = &signed
			continue
		}
		reading.Go(func() error {
			kept, err := a.get(ctx, v.name)
			if err != nil {
				failed[i] = err
				return nil // others are read all the same
			}
			read[i] = &kept.Signed
			return nil
		})
	}
	_ = reading.Wait()
	return read, errors.Join(failed...)
}

// Heads implements tenants.Archive.
func (a *Archive) Heads(ctx context.Context, name string) ([]audit.ArchivedHead, error) {
	kept, err := a.get(ctx, name)
	if err != nil {
		return nil, err
	}
	return kept.AllHeads(), nil
}

func (m *ArchiveMemory) remembered() map[objectVersion]audit.Signed {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.known)
}

func (m *ArchiveMemory) remember(kept map[objectVersion]audit.Signed) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known = kept
}
