#!/usr/bin/env python3
"""A real Apache Kafka on this machine, without Docker: one KRaft broker on Java, its jars fetched
once with Maven.

    kafka.py [start] [--port N] [--dir D] [--topic NAME[:PARTITIONS]]...    runs until Ctrl-C
    kafka.py fetch                                                          only gets the jars

    from kafka import Kafka
    with Kafka() as broker:                # a free port, data in a temporary directory
        print(broker.bootstrap_servers)
        broker.kill()                 # SIGKILL; broker.start() comes back on the same data and port

The broker dies with its parent, however that ends. It listens on 127.0.0.1 alone and creates no
topic by itself.
"""

import argparse
import atexit
import ctypes
import fcntl
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

VERSION = "4.3.1"  # the newest version whose admin tools are published too
LOG4J_VERSION = "2.25.5"
DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 30
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qk"
JVM_FLAGS = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
]  # starts quickly; TLS throughput would need the full JIT
PR_SET_PDEATHSIG = 1

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka-dist</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>{kafka}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId>
      <version>{kafka}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
      <version>{log4j}</version>
    </dependency>
  </dependencies>
</project>
"""

PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners={advertised},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners={advertised}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,{protocols}
log.dirs={directory}/data
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
background.threads=2
log.cleaner.dedupe.buffer.size=4194304
log.cleaner.backoff.ms=200
log.index.size.max.bytes=1048576
log.segment.bytes=67108864
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
"""

LOG4J = """status=error
appender.file.type=File
appender.file.name=file
appender.file.fileName={directory}/broker.log
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d %p %m (%c)%n%throwable
rootLogger.level=info
rootLogger.appenderRef.file.ref=file
"""


class KafkaError(RuntimeError):
    """Kafka could not be fetched or started; the message says why."""


def say(text):
    print(f"kafka: {text}", file=sys.stderr, flush=True)


def libs_directory():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(cache) / "klambda" / f"kafka-{VERSION}" / "libs"


def fetch():
    """Returns the directory with Kafka's jars, after getting them through Maven when it is not
    there yet.
    """
    libs = libs_directory()
    if libs.is_dir():
        return libs
    if shutil.which("mvn") is None or shutil.which("java") is None:
        raise KafkaError(
            "needs Java 17 or newer and Maven (Debian: apt-get install default-jre-headless maven)"
        )
    libs.parent.mkdir(parents=True, exist_ok=True)
    with open(
        libs.parent / "lock", "w"
    ) as lock:  # a second process waits for the first one's download
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not libs.is_dir():
            download(libs)
    return libs


def download(libs):
    say(f"getting Apache Kafka {VERSION} through Maven into {libs} (56 MB, once)")
    with tempfile.TemporaryDirectory(dir=libs.parent) as work:
        pom = pathlib.Path(work) / "pom.xml"
        pom.write_text(POM.format(kafka=VERSION, log4j=LOG4J_VERSION))
        command = [
            "mvn",
            "-q",
            "-B",
            "-Dstyle.color=never",
            "-f",
            str(pom),
            f"{DEPENDENCY_PLUGIN}:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={work}/libs",
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise KafkaError("Maven could not get the jars:\n" + done.stdout[-4000:])
        os.rename(f"{work}/libs", libs)


def free_port():
    """A free port below the range that outgoing connections take, so that a killed broker finds it
    free again.
    """
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise KafkaError("found no free port between 20000 and 32000")


def die_with_parent(parent):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


class Kafka:
    """One broker. Start it from the thread that lives longest: it ends with that thread."""

    def __init__(self, port=None, directory=None, heap_mb=256, listeners=None, properties=""):
        """`listeners`: more of them, name → (security protocol, port); `properties`: more lines of
        server.properties.
        """
        self.port = port or free_port()
        self.controller_port = free_port()
        self.heap_mb = heap_mb
        self.listeners = {"PLAINTEXT": ("PLAINTEXT", self.port), **(listeners or {})}
        self.properties = properties
        self._temporary = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="kafka.")).absolute()
        self._process = None
        self._log_start = 0  # of the latest launch, in the log file
        atexit.register(self.close)

    @property
    def bootstrap_servers(self):
        return f"127.0.0.1:{self.port}"

    @property
    def log_file(self):
        return self.directory / "broker.log"

    def start(self):
        """Starts the broker, formatting its storage the first time, and returns when it serves."""
        self.prepare()
        self.launch()
        self.wait_until_ready()
        return self

    def prepare(self):
        """Writes its files, and formats its storage the first time."""
        self.directory.mkdir(parents=True, exist_ok=True)
        names = dict(
            directory=self.directory,
            controller_port=self.controller_port,
            advertised=",".join(
                f"{name}://127.0.0.1:{port}" for name, (_, port) in self.listeners.items()
            ),
            protocols=",".join(
                f"{name}:{protocol}" for name, (protocol, _) in self.listeners.items()
            ),
        )
        (self.directory / "server.properties").write_text(
            PROPERTIES.format(**names) + self.properties
        )
        (self.directory / "log4j2.properties").write_text(LOG4J.format(**names))
        properties = str(self.directory / "server.properties")
        if not (self.directory / "data" / "meta.properties").exists():
            self.tool("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties)

    def launch(self):
        self._log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        command = [
            "java",
            *JVM_FLAGS,
            f"-Xmx{self.heap_mb}m",
            "-Xms64m",
            f"-Dlog4j2.configurationFile={self.directory}/log4j2.properties",
            "-cp",
            f"{fetch()}/*",
            "kafka.Kafka",
            str(self.directory / "server.properties"),
        ]
        parent = os.getpid()
        with open(self.directory / "console.log", "ab") as console:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent),
            )

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while "Kafka Server started" not in self._log_from(self._log_start):
            if self._process.poll() is not None:
                raise KafkaError(
                    f"the broker ended with {self._process.returncode}:\n{self._tail()}"
                )
            if time.monotonic() > deadline:
                self.kill()
                raise KafkaError(
                    f"the broker was not ready after {START_SECONDS_MAX} s:\n{self._tail()}"
                )
            time.sleep(0.05)

    def _log_from(self, offset):
        if not self.log_file.exists():
            return ""
        with open(self.log_file, "rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def _tail(self):
        files = [self.directory / "console.log", self.log_file]
        return "".join(file.read_text(errors="replace")[-2000:] for file in files if file.exists())

    def tool(self, main_class, *arguments):
        """Runs one of Kafka's admin tools (about 2.5 s each) and returns what it printed."""
        command = ["java", *JVM_FLAGS, "-Xmx128m", "-cp", f"{fetch()}/*", main_class, *arguments]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise KafkaError(f"{main_class} failed:\n{done.stdout[-2000:]}")
        return done.stdout

    def create_topic(self, topic, partitions):
        self.tool(
            "org.apache.kafka.tools.TopicCommand",
            "--bootstrap-server",
            self.bootstrap_servers,
            "--create",
            "--if-not-exists",
            "--topic",
            topic,
            "--partitions",
            str(partitions),
        )

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def stop(self):
        """SIGTERM: leaves clean logs; takes some seconds."""
        if self.is_running():
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        """SIGKILL, as a crash would end it."""
        if self.is_running():
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def close(self):
        """Kills the broker and deletes its data, unless the directory was given by the caller."""
        self.kill()
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", nargs="?", choices=["start", "fetch"], default="start")
    parser.add_argument("--port", type=int, default=9092, help="default 9092; 0: any free one")
    parser.add_argument("--dir", help="keep the data here (default: a temporary directory)")
    parser.add_argument(
        "--topic",
        action="append",
        default=[],
        metavar="NAME[:PARTITIONS]",
        help="create it; default 4 partitions",
    )
    return parser.parse_args()


def main():
    options = parse_arguments()
    if options.command == "fetch":
        fetch()
        return
    # SIGTERM and a closed terminal end like Ctrl-C: through the `finally` below.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    broker = Kafka(port=options.port, directory=options.dir)
    try:
        say("starting (5 to 10 seconds)")
        broker.start()
        for topic in options.topic:
            name, _, partitions = topic.partition(":")
            broker.create_topic(name, int(partitions or 4))
        say(
            f"Apache Kafka {VERSION} serves on {broker.bootstrap_servers},"
            f" log {broker.log_file}; Ctrl-C stops it"
        )
        while broker.is_running():
            time.sleep(0.2)
        raise KafkaError(f"the broker ended; its log: {broker.log_file}")
    except KeyboardInterrupt:
        pass
    finally:
        if options.dir:
            broker.stop()
        broker.close()


if __name__ == "__main__":
    try:
        main()
    except KafkaError as error:
        sys.exit(f"kafka: {error}")
