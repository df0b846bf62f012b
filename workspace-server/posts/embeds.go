package posts

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/attachments"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/previews"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// unpreviewed is the prop by which an author takes the preview of their post away.
const unpreviewed = `"remove_link_preview"`

// links are the links of posts, with the posts that have them.
type links struct {
	pages map[string][]*wire.Post
	posts map[id.ID][]*wire.Post
}

// addEmbeds adds what is shown under posts: attachments, or what their first link leads to. It takes a query where there are links to pages, and one
// where there are links to posts.
func (l *Log) addEmbeds(ctx context.Context, posts []*wire.Post) error {
	found := links{map[string][]*wire.Post{}, map[id.ID][]*wire.Post{}}
	for _, p := range posts {
		switch {
		case p.DeleteAt > 0 || strings.HasPrefix(p.Type, "system_"):
		case attachments.In(p.Props):
			p.Metadata.Embeds = []*wire.PostEmbed{{Type: "message_attachment"}}
		default:
			l.note(found, p)
		}
	}
	if err := l.addPages(ctx, found.pages); err != nil {
		return err
	}
	return l.addPosts(ctx, found.posts)
}

func (l *Log) note(found links, p *wire.Post) {
	link := firstLink(p.Message)
	if link == "" || bytes.Contains(p.Props, []byte(unpreviewed)) {
		return
	}
	set := l.Config.Settings()
	switch post, own := permalink(link, l.Site); {
	case !post.IsZero() && set.Enabled.Permalinks:
		found.posts[post] = append(found.posts[post], p)
	case !own && l.Previews != nil && set.LinkPreviews.Enabled:
		found.pages[link] = append(found.pages[link], p)
	}
}

// addPages shows what is known of pages. What isn't is fetched, and shown in an event of its own.
func (l *Log) addPages(ctx context.Context, of map[string][]*wire.Post) error {
	if len(of) == 0 {
		return nil
	}
	known, err := l.Previews.Known(ctx, slices.Collect(maps.Keys(of)))
	if err != nil {
		return err
	}
	for link, posts := range of {
		preview, is := known[link]
		for _, p := range posts {
			if !is || preview.Outdated(max(p.CreateAt, p.EditAt)) {
				l.Previews.Want(link, p.ID)
			}
			p.Metadata.Embeds, p.Metadata.Images = []*wire.PostEmbed{embedOf(link, preview)}, preview.Images
		}
	}
	return nil
}

func embedOf(link string, p previews.Preview) *wire.PostEmbed {
	switch p.Kind {
	case previews.Page:
		return &wire.PostEmbed{Type: string(p.Kind), URL: link, Data: p.Data}
	case previews.Image:
		return &wire.PostEmbed{Type: string(p.Kind), URL: link}
	}
	return &wire.PostEmbed{Type: string(previews.Link), URL: link}
}

// addPosts shows other posts under those that link to them, where everybody may read them who sees them there.
func (l *Log) addPosts(ctx context.Context, of map[id.ID][]*wire.Post) error {
	if len(of) == 0 {
		return nil
	}
	channels := map[id.ID]bool{}
	for _, posts := range of {
		for _, p := range posts {
			channels[p.ChannelID] = true
		}
	}
	rows, err := l.DB.PostsShownIn(ctx, dbsql.PostsShownInParams{Ids: slices.Collect(maps.Keys(of)), Channels: slices.Collect(maps.Keys(channels))})
	if err != nil || len(rows) == 0 {
		return err
	}
	shown := make([]dbsql.Post, len(rows))
	for i, r := range rows {
		shown[i] = r.Post
	}
	views, err := l.complete(ctx, slices.CompactFunc(shown, func(x, y dbsql.Post) bool { return x.ID == y.ID }))
	if err != nil {
		return err
	}
	at := make(map[id.ID]*wire.Post, len(views))
	for _, v := range views {
		at[v.ID] = v
	}
	for _, r := range rows {
		for _, p := range of[r.Post.ID] {
			if p.ChannelID == r.ShownIn {
				p.Metadata.Embeds = []*wire.PostEmbed{{Type: "permalink", Data: wire.PreviewPost{PostID: r.Post.ID, Post: at[r.Post.ID], TeamName: r.TeamName,
					ChannelDisplayName: r.Channel.DisplayName, ChannelType: r.Channel.Type, ChannelID: r.Channel.ID}}}
			}
		}
	}
	return nil
}

// ForgetPreviews drops what links led to long ago.
func (l *Log) ForgetPreviews(ctx context.Context) error {
	if l.Previews == nil {
		return nil
	}
	return l.Previews.Forget(ctx)
}
