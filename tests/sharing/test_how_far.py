"""How far a push and a pull have come is told of each part that may take long."""

from tests.sharing.people import Person

from runlore.ops.pull import PullRequest, pull
from runlore.ops.push import PushRequest, push


def test_each_part_of_a_push_and_of_a_pull_is_told(ann: Person, ben: Person, remote: str) -> None:
    for _ in range(3):
        ann.make({"train.py": b"print('hello')\n"})
    told: list[tuple[str, int, int]] = []
    ann.share(remote)
    ben.share(remote)
    ben.make({"other.py": b"print('other')\n"})
    ben.push()  # so that the remote has news, and what ann needs to send is found out once it has answered
    push(ann.folder, PushRequest((), None), ann.env, lambda *word: told.append(word))
    assert ("reading runs", 2, 3) in told
    assert ("searching for secrets in runs", 2, 3) in told
    assert ("looking into folders", 1, 0) in told
    assert told[-1][0] == "pushing"
    assert told[-1][1] == told[-1][2] > 0
    told.clear()
    pull(ben.folder, PullRequest((), None), ben.env, lambda *word: told.append(word))
    for word in (("reading runs", 3, 0), ("writing runs", 2, 3), ("indexing runs", 2, 3)):
        assert word in told, word
    assert [each for each in told if each[0] == "pulling"][-1][1] > 0
