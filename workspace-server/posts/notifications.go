package posts

import "github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"

// Notifications say by what people are told of posts who are not looking, and who does it. The zero Notifications: by nothing.
type Notifications struct {
	Mails, Pushes func() bool
	Ring          func() // there may be somebody to be told; it doesn't wait
}

// leave has the statement that stores a post leave a notification of it with the post, where somebody may have to be told.
func (n Notifications) leave(d Draft, to reach, p *dbsql.CreatePostWithParams) {
	p.Concerns = d.counts() && (len(to.users) > 0 || !d.RootID.IsZero())
	p.Mailed = p.Concerns && n.Mails != nil && n.Mails()
	p.Pushed = d.counts() && n.Pushes != nil && n.Pushes()
}

func (n Notifications) ring(p dbsql.CreatePostWithParams) {
	if p.Mailed || p.Pushed {
		n.Ring()
	}
}
