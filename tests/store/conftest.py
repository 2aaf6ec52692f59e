from collections.abc import Iterator
from pathlib import Path

import pytest

from runlore.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(str(tmp_path / ".mlrun")) as opened:
        yield opened
