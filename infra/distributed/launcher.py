"""The launcher of services as processes of their own: the same steps as on one machine, with a gateway before them."""

import os

from infra.distributed.addresses import PROCESSES, outer_ports, port_of
from infra.distributed.broker import Broker, broker_of_our_own
from infra.distributed.processes import environment_of_services, processes_of_services
from infra.gateway import prepare_gateway
from infra.one_machine.launcher import Launcher
from infra.processes.ports import PortTaken, is_free
from infra.processes.process import Process


class DistributedLauncher(Launcher):
    command = "make run-distributed"
    broker: Broker | None = None

    def processes_to_run(self) -> list[Process]:
        self.environment |= environment_of_services()
        return processes_of_services(self.home, self.environment, self.with_demonstration)

    def start_stores(self) -> None:
        super().start_stores()
        self.broker = broker_of_our_own(self.home, self.progress)
        if self.broker:
            self.broker.begin(self.progress)
            self.environment |= self.broker.where
            os.environ.update(self.broker.where)
            self.processes.append(self.broker)

    def stop_stores(self) -> None:
        """The broker may run although nothing else came to run."""
        if self.broker:
            self.broker.wait_until_stopped()
        super().stop_stores()

    @property
    def ports(self) -> dict[str, int]:
        return outer_ports()

    def check_needs(self) -> None:
        prepare_gateway(self.home)
        super().check_needs()
        self.check_inner_ports()

    def check_inner_ports(self) -> None:
        """They lie side by side: behind the last taken one there may be room for all."""
        taken = [port for port in map(port_of, PROCESSES) if not is_free(port)]
        if taken:
            raise PortTaken(taken[-1], "POLKU_DISTRIBUTED_PORT", self.command)

    @property
    def names_of_processes(self) -> str:
        return f"{len(self.processes)} processes"
