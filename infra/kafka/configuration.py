"""server.properties of the one broker: its listeners, who may enter, and what a single broker must not wait for."""

from pathlib import Path
from typing import NamedTuple

from shared.messaging.bus import PARTITIONS

SECURITY = ("PLAINTEXT", "SASL_PLAINTEXT")
ADMIN = "admin"
MOST_BYTES_A_MESSAGE = 256 * 1024  # 64 KiB of event, its headers, and the room that a batch of one needs

SINGLE = f"""
process.roles=broker,controller
node.id=1
num.partitions={PARTITIONS}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions={PARTITIONS}
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.retention.ms=-1
message.max.bytes={MOST_BYTES_A_MESSAGE}
controlled.shutdown.enable=true
"""
OPEN = """
listener.security.protocol.map=CONTROLLER:PLAINTEXT,CLIENTS:PLAINTEXT
"""
# Services enter by SCRAM, whose credentials live in the metadata log. The controller's own listener is needed before that
# log can be read, so it takes the administrator's password from this file: nobody is anonymous anywhere.
SECURED = """
listener.security.protocol.map=CONTROLLER:SASL_PLAINTEXT,CLIENTS:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
listener.name.clients.scram-sha-512.sasl.jaas.config={scram} username="{admin}" password="{password}";
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain} username="{admin}" password="{password}" user_{admin}="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:{admin}
"""
LOG = """
rootLogger.level=warn
rootLogger.appenderRef.said.ref=said
appender.said.type=Console
appender.said.name=said
appender.said.layout.type=PatternLayout
appender.said.layout.pattern=%d %p %m (%c)%n
"""


class Ports(NamedTuple):
    """Ports on loopback: of clients, and of the controller itself."""

    clients: int
    controller: int


def server_properties(data: Path, ports: Ports, security: str, password: str, host: str = "127.0.0.1") -> str:
    listeners = f"CLIENTS://{host}:{ports.clients},CONTROLLER://{host}:{ports.controller}"
    places = (
        f"listeners={listeners}",
        f"advertised.listeners={listeners}",
        f"controller.quorum.bootstrap.servers={host}:{ports.controller}",
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=CLIENTS",
        f"log.dirs={data}",
    )
    return SINGLE + "\n".join(places) + (OPEN if security == "PLAINTEXT" else secured(password))


def secured(password: str) -> str:
    module = "org.apache.kafka.common.security"
    return SECURED.format(
        scram=f"{module}.scram.ScramLoginModule required",
        plain=f"{module}.plain.PlainLoginModule required",
        admin=ADMIN,
        password=password,
    )
