// Package certificate says what a certificate of deletion holds, signs it, and verifies one without a server. It owns the
// form; it never reads a database and decides nothing about deletions.
package certificate

import "time"

// Format is the version of the form. A reader refuses one that it does not know.
const Format = 1

// Certificate tells what was removed of a workspace, when, and how it was seen to be gone.
type Certificate struct {
	Format       int       `json:"format"`
	Installation string    `json:"installation" doc:"The domain under which its workspaces are"`
	Workspace    Subject   `json:"workspace"`
	Tenant       Owner     `json:"tenant"`
	AskedBy      string    `json:"asked_by" doc:"The principal that wanted it deleted, and set the date last"`
	AskedByName  string    `json:"asked_by_name,omitempty" doc:"As people knew who that was: an e-mail address, or that it was an operator"`
	AskedAt      time.Time `json:"asked_at"`
	DeleteAt     time.Time `json:"delete_at" doc:"Until when it could be brought back"`
	Operation    string    `json:"operation" doc:"That removed it, op_..."`
	DeletedAt    time.Time `json:"deleted_at" doc:"When everything was seen to be gone, and this was signed"`
	Removed      []Removed `json:"removed" doc:"What is gone"`
	Ages         []Aging   `json:"ages" doc:"What is left, and how long"`
}

// Subject is what was deleted.
type Subject struct {
	ID        string    `json:"id" doc:"ws_..."`
	Name      string    `json:"name"`
	Slug      string    `json:"slug"`
	Host      string    `json:"host"`
	CreatedAt time.Time `json:"created_at"`
}

// Owner is whose it was.
type Owner struct {
	ID   string `json:"id" doc:"ten_..."`
	Name string `json:"name"`
}

// Removed is one thing that is gone.
type Removed struct {
	Kind       string     `json:"kind" doc:"route, instance, database, role, bucket, credential, key or storage"`
	Name       string     `json:"name" doc:"As the cell knew it"`
	RemovedAt  *time.Time `json:"removed_at,omitempty"`
	ObservedAt time.Time  `json:"observed_at" doc:"When it was looked for again, and not found"`
	Observed   string     `json:"observed" doc:"How it was looked for, and what that means"`
	Objects    *int64     `json:"objects,omitempty" doc:"Of a bucket: how many were in it"`
	Bytes      *int64     `json:"bytes,omitempty" doc:"Of a bucket: how much was in it"`
}

// Aging is something that outlives the workspace for a while.
type Aging struct {
	What  string     `json:"what"`
	Until *time.Time `json:"until,omitempty" doc:"When it is gone; left out where no date can be told"`
	Why   string     `json:"why" doc:"What it still holds, and what ends it"`
}
