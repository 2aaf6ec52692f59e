"""What is replaced in a command, in parameters and in text, and what never is."""

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.capture.secret_samples import Maker, hexes, pem

from runlore.capture.secret_names import ANY, MIXED, NONE, RANDOM, entropy, looks_random, telling
from runlore.capture.secrets import LIMIT, find, fingerprint, redact, redact_argv, redact_params, scan_file

if TYPE_CHECKING:
    from runlore.records.canonical import Scalar

KEY = bytes(range(32))
MAKE = Maker(7)
TOKEN = "gh" + "p_" + MAKE(36)
DASHES = "-" * 5
RANDOM_HEX = hexes(MAKE, 40)


def shown(text: str) -> str:
    """As redacted, with the fingerprints left out."""
    redacted, found = redact(text, KEY)
    for each in found:
        redacted = redacted.replace(f":{each.fingerprint}>", ">")
    return redacted


def test_equal_secrets_have_one_fingerprint_in_a_store_and_another_in_the_next() -> None:
    redacted, (one, two) = redact(f"{TOKEN} {TOKEN}", KEY)
    assert redacted == f"<secret:github:{one.fingerprint}> <secret:github:{one.fingerprint}>"
    assert one.fingerprint == two.fingerprint == fingerprint(TOKEN, KEY)
    assert len(one.fingerprint) == 8
    assert find(TOKEN, bytes(32))[0].fingerprint != one.fingerprint
    assert find(TOKEN[:-1] + "8", KEY)[0].fingerprint != one.fingerprint


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"--api-key={RANDOM_HEX}", "--api-key=<secret:named>"),
        ("password: hunter2", "password: <secret:named>"),
        ('{"db_password": "hunter2", "x": 1}', '{"db_password": "<secret:named>", "x": 1}'),  # mlrun: made-up
        ('{\\"db_password\\": \\"hunter2\\"}', '{\\"db_password\\": \\"<secret:named>\\"}'),
        ("export DB_PASSWORD='hunter2'; run", "export DB_PASSWORD='<secret:named>'; run"),
        ("https://h/x?api_key=hunter22&y=1", "https://h/x?api_key=<secret:named>&y=1"),
        ("https://me:hunter2@h/x", "https://me:<secret:url-password>@h/x"),
        ("https://me:hunt@er2/@h/x", "https://me:<secret:url-password>@h/x"),  # mlrun: made-up
        (f"https://me:{TOKEN}@h/x", "https://me:<secret:github>@h/x"),
        (f"Authorization: Bearer {RANDOM_HEX}", "Authorization: Bearer <secret:bearer>"),
        (f"AWS_SECRET_ACCESS_KEY={MAKE(40)}", "AWS_SECRET_ACCESS_KEY=<secret:named>"),
        (f"wandb_api_key: {RANDOM_HEX}", "wandb_api_key: <secret:named>"),
        (f"DD_API_KEY={hexes(MAKE, 32)}", "DD_API_KEY=<secret:named>"),
        ("Server=h;Uid=me;Pwd=hunter2;", "Server=h;Uid=me;Pwd=<secret:named>;"),
        (
            f"a {pem(MAKE)}b",
            f"a -----BEGIN RSA PRIVATE KEY-----<secret:private-key>{'-' * 5}END RSA PRIVATE KEY-----\nb",
        ),
    ],
)
def test_only_the_value_is_replaced(text: str, kept: str) -> None:
    assert shown(text) == kept
    redacted, _ = redact(text, KEY)
    assert redact(redacted, KEY) == (redacted, [])


@pytest.mark.parametrize(
    ("argv", "kept"),
    [
        (("--token", "hunter22"), ("--token", "<secret:named>")),
        (("--db-password", "a b9"), ("--db-password", "<secret:named>")),
        (("--db-password=a 'b\"",), ("--db-password=<secret:named>",)),
        (("--password", "123456"), ("--password", "<secret:named>")),
        (("+hf.token=hunter22",), ("+hf.token=<secret:named>",)),
        (("env", f"HF_TOKEN={TOKEN}"), ("env", "HF_TOKEN=<secret:github>")),
        (("bash", "-c", f"X={TOKEN} run"), ("bash", "-c", "X=<secret:github> run")),
        (("--init", TOKEN), ("--init", "<secret:github>")),
    ],
)
def test_a_command_loses_its_secrets(argv: tuple[str, ...], kept: tuple[str, ...]) -> None:
    redacted, found = redact_argv(("python", "train.py", *argv), KEY)
    assert tuple(word.replace(f":{found[0][1].fingerprint}>", ">") for word in redacted[2:]) == kept
    assert [index for index, _ in found] == [index + 2 for index in range(len(argv)) if argv[index] != kept[index]]
    assert redact_argv(redacted, KEY) == (redacted, [])


def test_an_ordinary_command_is_kept_to_the_letter() -> None:
    argv = (
        *("python", "-u", "train.py", "--tokenizer", "gpt2-xl-1558", "--max_tokens", "512", "--token", "--lr", "1e-3"),
        *("--pad-token", "<|endoftext|>", "--key-dim=64", "data=s3://b/k@v1", "--use-auth-token", "True", "caf\udce9"),
        *("--resume", f"ckpt/{RANDOM_HEX}.pt", "--password-file", "/run/secrets/x1", "--api-key", "$API_KEY", "a=b"),
        *("--token-file=x1", "--secret", "${oc.env:SECRET}", "--password", "", "--seed", "1234567"),
    )
    assert redact_argv(argv, KEY) == (argv, [])


def test_parameters_lose_their_secrets_by_name_and_by_value() -> None:
    secret: dict[str, Scalar] = {
        "db.password": "hunter2",
        "openai.api_key": MAKE(24),
        "HF_TOKEN": "abc1234",  # mlrun: made-up
        "clientSecret": "hunter2",
        "auth": MAKE(40),
        "secrets.wandb.key": RANDOM_HEX,
        "pin.password": 123456,
        "callback": f"x {TOKEN}",
        "smtp_pass": "hunter2",
        "hooks.0.webhook_key": RANDOM_HEX,
        "tokens.0": TOKEN,
        "dsn": "pg://a:hunter2@h/x",
    }
    redacted, found = redact_params(secret, KEY)
    assert [name for name, _ in found] == list(secret) == list(redacted)
    assert all("<secret:" in str(value) for value in redacted.values())
    assert redact_params(redacted, KEY) == (redacted, [])


def test_ordinary_parameters_are_kept_as_they_are() -> None:
    params: dict[str, Scalar] = {
        "max_tokens": 512,
        "tokenizer": "bert",
        "pad_token": "[PAD]",
        "eos_token": "</s>",
        "bos_token_id": 1,
        "token": None,
        "password": "",
        "use_auth_token": True,
        "secret_santa": False,
        "auth_type": "none",
        "key_dim": 64,
        "num_key_value_heads": 8,
        "monkey": RANDOM_HEX,
        "author": MAKE(20),
        "public_key": RANDOM_HEX,
        "cache_key": RANDOM_HEX,
        "api_key": "${oc.env:KEY}",
        "hub_token": "<your token>",
        "secret": "changeme",
        "password_": "xxxxxxxx",
        "credentials": "/etc/gcp/key1.json",
        "token_url": "https://h/1",
        "api.key": "EMPTY",
        "sha": RANDOM_HEX,
        "db_password": "not-needed",
        "secret_key": "your-secret-key-1",
        "image_token": "<image1>",
        "client_secret": "{{ vault.x1 }}",
        "session_key": "user_session_2019",
        "private_key": 7,
        "secret_name": "s1",
    }
    assert redact_params(params, KEY) == (params, [])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("password", ANY),
        ("DB_PASSWORD", ANY),
        ("dbPassword2", ANY),
        ("a.secret.value", ANY),
        ("hf_token", MIXED),
        ("APIKey", MIXED),
        ("x-api-key", MIXED),
        ("wandb.api.key", MIXED),
        ("storage_account_key", RANDOM),
        ("foo_token", RANDOM),
        ("github_pat", RANDOM),
        ("token_count", NONE),
        ("next_page_token", NONE),
        ("public_secret", NONE),
        ("password.description", NONE),
        ("forward_pass", NONE),
        ("path", NONE),
        ("", NONE),
        ("...", NONE),
        ("key", NONE),
    ],
)
def test_a_name_tells_more_or_less(name: str, told: int) -> None:
    assert telling(name) == told


@pytest.mark.parametrize("count", [16, 20, 32, 40, 64])
def test_random_values_look_random(count: int) -> None:
    make = Maker(count)
    assert sum(looks_random(hexes(make, max(count, 20))) for _ in range(100)) >= 97
    assert sum(looks_random(make(count)) for _ in range(100)) >= 99


@pytest.mark.parametrize(
    "value",
    [
        "RandomForestClassifier100",
        "bert-base-uncased-2019-v1",
        "a" * 30 + "1",
        "12345678901234567890",
        "two words of 1 a2",
    ],
)
def test_words_do_not_look_random(value: str) -> None:
    assert not looks_random(value)
    assert entropy("abcd") == 2


def test_a_file_of_code_is_marked_only_for_values_and_not_for_expressions() -> None:
    code = [
        "password = read_password()",
        "def login(user, password: str, token=None): ...",
        'token = os.environ["HF_TOKEN"]',
        "self.api_key = args.api_key1",
        'parser.add_argument("--password", help="the password2 of the database")',
        'sha = "' + RANDOM_HEX + '"',
        "password = 'hunter2'",
        f"DB_TOKEN={RANDOM_HEX}",
        f'hub = "{TOKEN}"',
    ]
    data = "\n".join(code).encode()
    assert [(line, each.rule) for line, each in scan_file(data, KEY)] == [(7, "named"), (8, "named"), (9, "github")]


def test_what_is_no_text_or_too_large_is_not_searched() -> None:
    data = TOKEN.encode()
    assert len(scan_file(data, KEY)) == 1
    assert scan_file(b"\0" + data, KEY) == []
    assert scan_file(data + b" " * LIMIT, KEY) == []
    assert scan_file(b"", KEY) == []
    assert [(line, each.start) for line, each in scan_file(b"\xff\n\r\n" + data, KEY)] == [(3, 4)]


def test_any_text_is_accepted() -> None:
    for text in ("", "\0", "\ud800 password=\ud800b\ud8001c", "İ password: hunter2 İ", "é" * 9):
        redacted, found = redact(text, KEY)
        assert bool(found) == ("password" in text)
        assert ("hunter2" in redacted) is False


def test_an_ordinary_run_compiles_no_rules() -> None:
    script = (
        "from runlore.capture import secret_rules, secrets\n"
        "secrets.redact_argv(('python', 'train.py', '--lr', '0.1', '--tokenizer', 'x', 'url=https://h/x'), bytes(32))\n"
        "secrets.redact_params({'max_tokens': 1, 'tokenizer': 'x', 'path': '/data/x', 'optimizer': 'a'}, bytes(32))\n"
        "print(secret_rules.pattern.cache_info().currsize, secrets._assignment.cache_info().currsize)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said == "0 0\n"
