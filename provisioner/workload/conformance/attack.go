package conformance

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// Leavings is what a neighbour could find of an instance, as the instance itself sees it.
type Leavings struct {
	Folder   string `json:"folder"`
	File     string `json:"file"`
	Abstract string `json:"abstract"` // empty if it can't make one
}

// leave makes a file, and an abstract unix socket where it can.
func leave(w http.ResponseWriter, _ *http.Request) {
	folder := os.Getenv(workload.FolderVariable)
	left := Leavings{Folder: folder, File: filepath.Join(folder, "secret"), Abstract: "left-by-" + strconv.Itoa(os.Getpid())}
	if _, err := net.Listen("unix", "@"+left.Abstract); err != nil { // for as long as we live
		left.Abstract = ""
	}
	if err := os.WriteFile(left.File, []byte("secret"), 0o600); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(left) // the caller is gone
}

// serveAttack does what it is told: it is hostile.
func serveAttack(w http.ResponseWriter, r *http.Request) {
	var aim attack.Aim
	if err := json.NewDecoder(r.Body).Decode(&aim); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	aim.Own = os.Getenv(workload.FolderVariable)
	tries, err := attack.Run(r.PathValue("name"), aim)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(tries) // the caller is gone
}
