"""200 clients at once create, list, read, invoke and delete: no error but 429."""

import json
import threading
from collections import Counter

from botocore.exceptions import ClientError
from support.api import client_of, create_function, mapping_of, python_function

CLIENTS = 200


def test_200_clients_at_once(klambda, kafka, topic):
    kafka.create_topic(topic, 1)
    run = klambda("start", "--kafka", kafka.bootstrap_servers, "--max-concurrency", "2")
    # Sharing a client would share its connections: each thread has its own, as processes would.
    client, _ = client_of(run.url())
    create_function(client, "shared")
    clients = [client_of(run.url())[0] for _ in range(CLIENTS)]
    outcomes = Counter()
    barrier = threading.Barrier(CLIENTS)
    lock = threading.Lock()

    def attempt(what, call):
        try:
            result = call()
            outcome = "ok"
        except ClientError as error:
            result = None
            outcome = error.response["Error"]["Code"]
        except Exception as error:  # what a client must never see
            result = None
            outcome = repr(error)
        with lock:
            outcomes[what, outcome] += 1
        return result

    def work(index, own):
        name = f"own-{index}"
        barrier.wait()
        attempt(
            "create",
            lambda: own.create_function(FunctionName=name, **python_function()),
        )
        attempt("get", lambda: own.get_function(FunctionName=name))
        attempt("list", lambda: own.list_functions(MaxItems=10))
        answer = attempt(
            "invoke",
            lambda: json.load(own.invoke(FunctionName="shared", Payload=b'{"n": 1}')["Payload"]),
        )
        assert answer in (None, {"n": 1})
        mapping = attempt(
            "create mapping",
            lambda: own.create_event_source_mapping(
                **mapping_of(topic, kafka.bootstrap_servers, name, Enabled=False)
            ),
        )
        if mapping is not None:
            attempt("get mapping", lambda: own.get_event_source_mapping(UUID=mapping["UUID"]))
        attempt("list mappings", lambda: own.list_event_source_mappings(FunctionName=name))
        attempt("delete", lambda: own.delete_function(FunctionName=name))

    threads = [
        threading.Thread(target=work, args=(index, own)) for index, own in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = {key: count for key, count in outcomes.items() if key[1] != "ok"}
    assert all(key[1] == "TooManyRequestsException" for key in refused), (refused, run.log())
    assert outcomes["invoke", "ok"] == CLIENTS, outcomes
    assert [one["FunctionName"] for one in client.list_functions()["Functions"]] == ["shared"]
    run.interrupt()
    run.expect_exit(130)
