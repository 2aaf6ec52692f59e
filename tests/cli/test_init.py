"""`mlrun init`."""

import os

from tests.cli.place import Place


def test_init_makes_a_store_once(place: Place) -> None:
    store = os.path.join(place.folder, ".mlrun")
    assert place.mlrun("init").out == f"made the store {store}\n"
    assert place.mlrun("init").out == f"the store is there already: {store}\n"
    assert place.mlrun("init", "--json").data() == {"store": store, "created": False}
