"""Names that tell that a value is secret, and values that are none whatever they are called.

``password`` tells it of almost any value, ``hub_token`` of one with letters and digits, ``session_key`` only
of one that looks drawn at random. The words of training (``pad_token``, ``max_tokens``, ``key_dim``) tell nothing.
"""

import functools
import math
import re
from itertools import pairwise

from runlore.capture.secret_gate import STEMS

NONE, RANDOM, MIXED, ANY = range(4)
"""How far a name is telling: not, of random values, of values with letters and digits, of any value."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ANY = _set("""
    credential credentials creds passcode passphrase passwd password pwd secret secrets
""")
_MIXED = _set("""
    accesskey accesstoken apikey apitoken authkey authtoken bottoken clientsecret privatekey secretkey
""")
_RANDOM = _set("""
    auth authorization bearer cookie jwt
""")
_PASS = _set("""
    admin auth basic become db email ftp http login mail mongo mysql pg postgres proxy rabbitmq redis root smtp ssh
    sudo user
""")
_KEYS = _set("""
    access anthropic api auth cohere comet datadog gemini huggingface mistral mlflow neptune openai pagerduty
    pinecone private secret sendgrid stripe wandb
""")
_RANDOM_KEYS = _set("""
    account admin app application client consumer deploy encryption hmac ingest integration licence license
    master routing service session shared signing ssh storage subscription webhook write
""")
_TOKENS = _set("""
    access api app auth azure bearer bot clearml comet databricks dataset datasets deploy gh git github gitlab
    hf hub huggingface id installation kaggle login mlflow neptune npm oauth oauth2 personal prefect private
    push pypi refresh registry replicate secret security service session slack telegram to upload use user vault
    wandb webhook
""")
_NO_TOKENS = _set("""
    action change continuation idempotency page purchase request
    add audio begin begining bos cls decoder end eos forced image last mask max min next num pad per sep special
    start stop think type unk video
""")
_NOT_THEMSELVES = _set("""
    encrypted env forgot has hashed incorrect invalid label max min missing num prompt public reset show var
    wrong
""")
_BARE = _set("""
    key token value
""")


@functools.cache
def _word() -> re.Pattern[str]:
    return re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@functools.lru_cache(maxsize=4096)
def telling(name: str) -> int:
    """How far ``name`` (``db.password``, ``HF_TOKEN``, ``--api-key``) says that its value is secret."""
    lowered = name[-256:].lower()
    if not any(stem in lowered for stem in STEMS):
        return NONE
    parts = [part for part in name[-256:].split(".") if part and not part.isdecimal()]
    words = _words(parts[-1]) if parts else []
    if len(words) == 1 and words[0] in _BARE and len(parts) > 1:
        words = _words(parts[-2]) + [word for word in words if word != "value"]
        words = ["secret", *words[1:]] if words[:1] == ["secrets"] else words
    if not words or not _NOT_THEMSELVES.isdisjoint(words[:-1]):
        return NONE
    return _of_words(words[-1], words[:-1])


def _of_words(last: str, others: list[str]) -> int:
    before = others[-1] if others else ""
    if last in _ANY or (last == "pass" and before in _PASS):
        return ANY
    if last == "key":
        return MIXED if before in _KEYS else RANDOM if before in _RANDOM_KEYS else NONE
    if last == "token" or (last == "tokens" and others):
        known = _TOKENS.issuperset(others)
        return MIXED if known else RANDOM if last == "token" and _NO_TOKENS.isdisjoint(others) else NONE
    if last in _MIXED:
        return MIXED
    return RANDOM if last in _RANDOM or (last == "pat" and others) else NONE


def _words(part: str) -> list[str]:
    """The words of ``hf-token``, ``HF_TOKEN``, ``hfToken`` without numbers, in lower case."""
    if part.isascii() and part.islower() and part.replace("_", "").isalpha():
        return [word for word in part.split("_") if word]
    return [word.lower() for word in _word().findall(part) if not word.isdecimal()]


_PROSE = 8
"""Words of the longest passphrase; what has more explains something."""


def is_secret(value: str, told: int) -> bool:
    """Whether ``value`` is secret under a name as telling as ``told``."""
    value = value.strip()
    if told == NONE or len(value) < 4 or is_stand_in(value) or len(value.split()) > _PROSE:  # noqa: PLR2004 - nobody's password
        return False
    if told == ANY:
        return not is_number(value) or (value.isdecimal() and len(value) >= 6)  # noqa: PLR2004 - a PIN at most
    if told == MIXED:
        return len(value) >= 7 and not value.isspace() and _is_mixed(value)  # noqa: PLR2004 - shorter is a name
    return looks_random(value)


def is_number(value: str) -> bool:
    """Whether ``value`` spells a number."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def _is_mixed(value: str) -> bool:
    return (
        not is_number(value)
        and not any(map(str.isspace, value))
        and any(map(str.isdecimal, value))
        and any(map(str.isalpha, value))
    )


_LEAST, _ENTROPY, _CHANGES = 16, 2.8, 0.15


def looks_random(value: str) -> bool:
    """Whether ``value`` is one long word with digits, of at least 2.8 bits a character, that no person made up.

    A random word changes between digits, small letters and capitals more than once in seven characters, in
    whatever alphabet; ``bert-base-uncased-2019`` or ``RandomForestClassifier100`` does not, a capital that
    begins a word not counted.
    """
    if len(value) < _LEAST or not _is_mixed(value) or not value.isascii():
        return False
    kinds = ["0" if each.isdecimal() else "a" if each.islower() else "A" if each.isupper() else "" for each in value]
    changes = sum(one != two for one, two in pairwise(kinds) if one and two and one + two != "Aa")
    return changes >= _CHANGES * len(value) and entropy(value) >= _ENTROPY


def entropy(value: str) -> float:
    """Shannon's entropy of the characters of ``value``, in bits a character (Shannon 1948, section 6)."""
    shares = [value.count(each) / len(value) for each in set(value)]
    return -sum(share * math.log2(share) for share in shares)


_STAND_INS = (
    "changeme",
    "change_me",
    "change-me",
    "dummy",
    "example",
    "placeholder",
    "redacted",
    "replace",
    "todo",
    "xxxx",
    "your",
)
_NOTHING = _set("""
    a access any api ask auth auto aws basic bool credential credentials db default disabled empty enabled enter
    env false file guest here hf hidden id input k8s key keyring keys my name needed no none not nothing null
    off on optional pass passwd password please private prompt required secret secrets set str string test
    testing the token true unset unused used user value wandb yes
""")
_ELSEWHERE = (
    "/",
    "./",
    "../",
    "~",
    "file:",
    "env:",
    "vault:",
    "ssm:",
    "arn:",
    "projects/",
    "http://",
    "https://",
    "op://",
    "s3://",
    "gs://",
)
_FILES = (".json", ".pem", ".key", ".txt", ".yaml", ".yml", ".toml", ".env", ".ini", ".cfg", ".crt", ".py")


def is_stand_in(value: str) -> bool:
    """Whether ``value`` stands in for a secret: nothing, a reference, a path, or words like ``changeme``."""
    lowered = value.lower()
    if len(set(lowered)) <= 2 or any(each in lowered for each in _STAND_INS):  # noqa: PLR2004 - ****, x-x-x
        return True
    if _is_reference(value) or lowered.endswith(_FILES):
        return True
    if lowered.startswith(_ELSEWHERE) and not any(map(looks_random, value.split("/"))):
        return True
    return _NOTHING.issuperset(_word().findall(lowered))


def _is_reference(value: str) -> bool:
    """``${NAME}``, ``$NAME``, ``{{ name }}``, ``<your token>``, ``%(name)s``, ``[NAME]``."""
    if value[0] + value[-1] in ("{}", "<>", "[]", "()", "%%"):
        return True
    return (
        "${" in value
        or "$(" in value
        or "{{" in value
        or "%(" in value
        or (value[0] == "$" and value[1:].isidentifier())
    )
