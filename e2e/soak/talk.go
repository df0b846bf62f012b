package soak

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// said is what a post may say: the last acknowledged text, and what was sent since without an answer.
type said struct {
	texts   []string
	file    string // the id of its file, or nothing
	content []byte
}

// talk posts, edits and uploads for as long as ctx lasts.
func (h *house) talk(ctx context.Context) {
	var last string
	for i := 0; ctx.Err() == nil; i++ {
		pause(ctx, h.random, time.Second)
		switch n := h.random.IntN(20); {
		case n == 0:
			h.upload(ctx, i)
		case n < 4 && last != "":
			h.edit(ctx, last, fmt.Sprintf("said again %d", i))
		default:
			if id := h.say(ctx, &model.Post{ChannelId: h.channel, Message: fmt.Sprintf("said %d", i)}); id != "" {
				last = id
			}
		}
	}
}

// say posts, and returns the id when that was acknowledged.
func (h *house) say(ctx context.Context, post *model.Post) string {
	made, _, err := h.client.CreatePost(ctx, post)
	if err != nil {
		return ""
	}
	h.posts[made.Id] = &said{texts: []string{post.Message}}
	return made.Id
}

// edit changes a post. Without an answer either text is right.
func (h *house) edit(ctx context.Context, id, text string) {
	s := h.posts[id]
	s.texts = append(s.texts, text)
	if _, _, err := h.client.PatchPost(ctx, id, &model.PostPatch{Message: &text}); err == nil {
		s.texts = []string{text}
	}
}

func (h *house) upload(ctx context.Context, i int) {
	content := bytes.Repeat(fmt.Appendf(nil, "%s %d ", h.Slug, i), 1+h.random.IntN(20_000))
	files, _, err := h.client.UploadFile(ctx, content, h.channel, "smoke.txt")
	if err != nil {
		return
	}
	file := files.FileInfos[0].Id
	if id := h.say(ctx, &model.Post{ChannelId: h.channel, Message: fmt.Sprintf("sent %d", i), FileIds: []string{file}}); id != "" {
		h.posts[id].file, h.posts[id].content = file, content
	}
}

func (h *house) same(t *testing.T, post *model.Post, s *said) {
	t.Helper()
	if !slices.Contains(s.texts, post.Message) {
		t.Errorf("%s: post %s says %q; acknowledged was one of %q", h.Slug, post.Id, post.Message, s.texts)
	}
	if s.file == "" {
		return
	}
	content, _, err := h.client.GetFile(t.Context(), s.file)
	if err != nil || !bytes.Equal(content, s.content) {
		t.Errorf("%s: file %s came back with %d bytes of %d: %v", h.Slug, s.file, len(content), len(s.content), err)
	}
}
