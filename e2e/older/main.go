// Command older asks a chat server by all reading methods of the official client library of an older release, and tells what of the answers has not
// the shape of its types. The session's token is read from the standard input; the names of things that there are, are the arguments.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/internal/clientwalk"
)

// least is how many methods must be answered for the look to say something.
const least = 100

func main() {
	url := flag.String("url", "", "base URL of the server")
	flag.Parse()
	token, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	c := model.NewAPIv4Client(*url)
	c.SetToken(strings.TrimSpace(token))
	recorder := &clientwalk.Recorder{}
	c.HTTPClient = &http.Client{Transport: recorder}
	answered, objections := clientwalk.Shapes{Names: flag.Args(), Except: map[string]string{
		"GetAllTeamsWithTotalCount": "reads a list with its length",
		"SearchAllChannelsPaged":    "reads a page, and asks for none here",
	}}.Look(context.Background(), c, recorder)
	if answered < least {
		objections = append(objections, fmt.Sprintf("only %d methods were answered", answered))
	}
	if len(objections) > 0 {
		fmt.Println(strings.Join(objections, "\n"))
		os.Exit(1)
	}
}
