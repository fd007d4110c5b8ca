// Reads a compose file as Docker Compose does, with its own library, and says what it understood.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	understood, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(understood)
}

func read(path string) (map[string][]string, error) {
	options, err := cli.NewProjectOptions([]string{path}, cli.WithName("polku"))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	commands := map[string][]string{}
	for name, service := range project.Services {
		commands[name] = service.Command
	}
	return commands, nil
}
