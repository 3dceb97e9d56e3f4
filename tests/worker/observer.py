"""Prefect's own observer of Kubernetes, with a pen in the place of the connection for events.

It watches the namespaces it is given, prints `ready`, then every event it would send, a JSON object
a line. It proposes no states.
"""

import asyncio
import sys
import threading
import uuid

import kopf
import prefect_kubernetes.observer as observer
from prefect.exceptions import Abort


class Pen:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def emit(self, event):
        print(event.model_dump_json(), flush=True)


async def refuse(**_):
    raise Abort("this observer only looks")


observer.get_events_client = Pen
observer.propose_state = refuse
ready = threading.Event()


def tell():
    ready.wait()
    print("ready", flush=True)


threading.Thread(target=tell, daemon=True).start()
asyncio.run(
    kopf.operator(
        namespaces=sys.argv[1:],
        ready_flag=ready,
        standalone=True,
        identity=uuid.uuid4().hex,
    )
)
