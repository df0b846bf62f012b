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

// gone are settings that the official server has no more.
var gone = map[string]bool{
	"ExperimentalAuditSettings.FileMaxSizeMB": true, "ExperimentalAuditSettings.FileMaxAgeDays": true, "ExperimentalAuditSettings.FileMaxBackups": true,
	"ExperimentalAuditSettings.FileCompress": true, "ExperimentalAuditSettings.FileMaxQueueSize": true,
	"ExperimentalSettings.ExperimentalChannelCategorySorting": true, "AccessControlSettings.EnableChannelScopeAccessControl": true,
	"AutoTranslationSettings.TimeoutsMs": true, "FeatureFlags.InteractiveDialogAppsForm": true,
}

func main() {
	url := flag.String("url", "", "base URL of the server")
	flag.Parse()
	token, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	c := model.NewAPIv4Client(*url)
	c.SetToken(strings.TrimSpace(token))
	recorder := &clientwalk.Recorder{}
	c.HTTPClient = &http.Client{Transport: recorder}
	answered, objections := clientwalk.Shapes{Names: flag.Args(), Except: map[string]string{
		"GetAllTeamsWithTotalCount":           "reads a list with its length",
		"GetGroupsByChannel":                  "reads a list with its length",
		"GetGroupsByTeam":                     "reads a list with its length",
		"GetGroupsAssociatedToChannelsByTeam": "reads the lists inside of what is answered",
		"SearchAllChannelsPaged":              "reads a page, and asks for none here",
	}, Fields: gone}.Look(context.Background(), c, recorder)
	if err := putBack(context.Background(), c); err != nil {
		objections = append(objections, err.Error())
	}
	if answered < least {
		objections = append(objections, fmt.Sprintf("only %d methods were answered", answered))
	}
	if len(objections) > 0 {
		fmt.Println(strings.Join(objections, "\n"))
		os.Exit(1)
	}
}

// putBack changes the configuration as older programs do: they get all of it that they know, and put that back.
func putBack(ctx context.Context, c *model.Client4) error {
	config, _, err := c.GetConfig(ctx)
	if err != nil {
		return err
	}
	config.SetDefaults()
	config.TeamSettings.SiteName = model.NewPointer("The Older Shed")
	changed, _, err := c.UpdateConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("put the configuration back: %w", err)
	}
	if *changed.TeamSettings.SiteName != "The Older Shed" {
		return fmt.Errorf("the site became %s", *changed.TeamSettings.SiteName)
	}
	return nil
}
