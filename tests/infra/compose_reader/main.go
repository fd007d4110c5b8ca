// Reads a compose file as Docker Compose does, with its own library, and says what it understood.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

type understood struct {
	Command     []string           `json:"command"`
	Environment map[string]*string `json:"environment"`
	Ports       []string           `json:"ports"`
	Volumes     []string           `json:"volumes"`
	Networks    []string           `json:"networks"`
	Health      []string           `json:"health"`
	Arguments   map[string]*string `json:"arguments"`
}

func main() {
	services, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(services)
}

func read(path string) (map[string]understood, error) {
	options, err := cli.NewProjectOptions([]string{path}, cli.WithName("polku"), cli.WithOsEnv)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	services := map[string]understood{}
	for name, service := range project.Services {
		services[name] = of(service)
	}
	return services, nil
}

func of(service types.ServiceConfig) understood {
	said := understood{Command: service.Command, Environment: service.Environment}
	for _, port := range service.Ports {
		said.Ports = append(said.Ports, fmt.Sprintf("%s:%s:%d", port.HostIP, port.Published, port.Target))
	}
	for _, volume := range service.Volumes {
		said.Volumes = append(said.Volumes, fmt.Sprintf("%s:%s:%t", volume.Source, volume.Target, volume.ReadOnly))
	}
	for network := range service.Networks {
		said.Networks = append(said.Networks, network)
	}
	if service.HealthCheck != nil {
		said.Health = service.HealthCheck.Test
	}
	if service.Build != nil {
		said.Arguments = service.Build.Args
	}
	return said
}
