"""A made-up secret of every rule, put together when asked for so that no scanner takes this file for a leak."""

import base64
import random
import string

_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_LOWER = string.ascii_lowercase + string.digits
_UPPER = string.ascii_uppercase + string.digits
_WORD = _ALNUM + "_-"
_BASE64 = _ALNUM + "+/"


class Maker:
    """Draws the random parts; equal seeds give equal secrets."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - only made-up secrets, the same each time

    def __call__(self, count: int, alphabet: str = _ALNUM) -> str:
        """Random characters, with a digit and a letter, and no sign at either end."""
        letters = [self._random.choice(alphabet) for _ in range(count)]
        letters[0], letters[-1] = self._random.choice("ABCDEF" if "A" in alphabet else "abcdef"), "7"
        return "".join(letters)


def hexes(make: Maker, count: int) -> str:
    return make(count, _HEX)


def jwt(make: Maker, payload: str = '{"sub":"1234567890"}') -> str:
    parts = ['{"alg":"HS256","typ":"JWT"}', payload]
    encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, make(43, _WORD)))


def pem(make: Maker, kind: str = "RSA ") -> str:
    """A private key's file, as text."""
    lines = "\n".join(make(64, _BASE64) for _ in range(12))
    dashes = "-" * 5
    return f"{dashes}BEGIN {kind}PRIVATE KEY{dashes}\n{lines}\n{dashes}END {kind}PRIVATE KEY{dashes}\n"


def samples(seed: int = 0) -> list[tuple[str, str, str]]:
    """Rule, text that holds a secret of it, and the secret."""
    make = Maker(seed)
    whole = [(rule, text, text) for rule, text in (*_ai(make), *_cloud(make), *_code(make), *_services(make))]
    return whole + _parts(make)


def _ai(make: Maker) -> list[tuple[str, str]]:
    uuid = "-".join(hexes(make, count) for count in (8, 4, 4, 4, 12))
    return [
        ("anthropic", "sk-" + "ant-" + "api03-" + make(93, _WORD) + "AA"),
        ("openai", "sk-" + "proj-" + make(124, _WORD)),
        ("openai", "sk-" + "svcacct-" + make(60, _WORD)),
        ("openai", "sk-" + "admin-" + make(60, _WORD)),
        ("openai-legacy", "sk-" + make(48)),
        ("deepseek", "sk-" + hexes(make, 32)),
        ("elevenlabs", "sk" + "_" + hexes(make, 48)),
        ("fireworks", "fw" + "_" + make(24)),
        ("openrouter", "sk-" + "or-v1-" + hexes(make, 64)),
        ("langfuse", "sk-" + "lf-" + uuid),
        ("langsmith", "lsv2" + "_pt_" + hexes(make, 32) + "_" + hexes(make, 10)),
        ("huggingface", "hf" + "_" + make(34, string.ascii_letters)),
        ("replicate", "r8" + "_" + make(37)),
        ("groq", "gsk" + "_" + make(52)),
        ("xai", "xai" + "-" + make(80)),
        ("perplexity", "pplx" + "-" + make(48)),
        ("nvidia", "nvapi" + "-" + make(64, _WORD)),
        ("pinecone", "pcsk" + "_" + make(6) + "_" + make(63)),
        ("runpod", "rpa" + "_" + make(44, _UPPER)),
        ("wandb", "wandb" + "_v1_" + make(80)),
        ("wandb-local", "local" + "-" + hexes(make, 40)),
        (
            "neptune",
            base64.b64encode(f'{{"api_{"address"}":"https://app.invalid","key":"{make(36)}"}}'.encode()).decode(),
        ),
        ("kaggle", "KGAT" + "_" + hexes(make, 32)),
        ("prefect", "pnu" + "_" + make(36)),
        ("databricks", "da" + "pi" + hexes(make, 32)),
    ]


def _cloud(make: Maker) -> list[tuple[str, str]]:
    return [
        ("aws-key-id", "AK" + "IA" + make(15, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") + "Q"),
        ("aws-key-id", "AS" + "IA" + make(15, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") + "Q"),
        ("aws-bedrock", "AB" + "SK" + make(128)),
        ("gcp-api-key", "AI" + "za" + make(35, _WORD)),
        ("gcp-oauth-secret", "GOC" + "SPX-" + make(28, _WORD)),
        ("gcp-access-token", "ya" + "29." + make(120, _WORD)),
        ("azure-client", make(3) + "8" + "Q~" + make(34)),
        ("alibaba-key-id", "LT" + "AI" + make(20)),
        ("digitalocean", "dop" + "_v1_" + hexes(make, 64)),
        ("heroku", "HR" + "KU-" + make(60, _WORD)),
        ("fly", "fm2" + "_" + make(160)),
        ("supabase", "sbp" + "_" + hexes(make, 40)),
        ("supabase", "sb_" + "secret_" + make(31)),
        ("planetscale", "pscale" + "_tkn_" + make(43)),
        ("netlify", "nfp" + "_" + make(36)),
        ("tailscale", "tskey" + "-auth-" + make(12) + "-" + make(32)),
        ("vault", "hv" + "s." + make(90)),
        ("terraform", make(14) + ".atlas" + "v1." + make(67)),
        ("pulumi", "pul" + "-" + hexes(make, 40)),
        ("doppler", "dp" + ".pt." + make(43)),
        ("doppler", "dp" + ".st.dev." + make(43)),
        ("1password-service", "ops_" + "eyJ" + make(240)),
        ("1password-key", "A3" + "-" + "-".join(make(count, _UPPER) for count in (6, 6, 5, 5, 5, 5))),
    ]


def _code(make: Maker) -> list[tuple[str, str]]:
    github = [("github", f"gh{kind}" + "_" + make(36)) for kind in "pousr"]
    gitlab = [("gitlab", f"gl{kind}" + "-" + make(20, _WORD)) for kind in ("pat", "dt", "rt", "ptt", "soat")]
    return [
        *github,
        ("github-fine-grained", "github" + "_pat_" + make(22) + "_" + make(59)),
        *gitlab,
        ("bitbucket", "AT" + "BB" + make(32)),
        ("atlassian", "AT" + "ATT3" + make(180, _WORD)),
        ("npm", "npm" + "_" + make(36)),
        ("pypi", "pypi" + "-AgE" + "IcHlwaS5vcmc" + make(120, _WORD)),
        ("rubygems", "rubygems" + "_" + hexes(make, 48)),
        ("crates", "ci" + "o" + make(32)),
        ("nuget", "oy" + "2" + make(43, string.ascii_lowercase + string.digits)),
        ("docker", "dckr" + "_pat_" + make(27, _WORD)),
        ("artifactory", "AK" + "Cp" + make(69)),
        ("sonar", "sq" + "p_" + hexes(make, 40)),
        ("circleci", "CCIP" + "AT_" + make(22) + "_" + hexes(make, 40)),
        ("buildkite", "bk" + "ua_" + hexes(make, 40)),
        ("postman", "PM" + "AK-" + hexes(make, 24) + "-" + hexes(make, 34)),
    ]


def _services(make: Maker) -> list[tuple[str, str]]:
    numbers = "123456789012-210987654321-"
    return [
        *(("slack", f"xox{kind}-" + numbers + make(24)) for kind in "abprs"),
        ("slack", "xapp" + "-1-A0" + make(9, _UPPER) + "-" + make(64, _HEX)),
        ("discord", "MT" + make(22) + "." + make(6) + "." + make(38, _WORD)),
        ("telegram", "123456789" + ":AA" + make(33, _WORD)),
        ("twilio", "S" + "K" + hexes(make, 32)),
        ("sendgrid", "S" + "G." + make(22, _WORD) + "." + make(43, _WORD)),
        ("brevo", "xkeysib" + "-" + hexes(make, 64) + "-" + make(16)),
        ("mailgun", "key" + "-" + hexes(make, 32)),
        ("mailchimp", hexes(make, 32) + "-us" + "12"),
        ("stripe", "sk" + "_live_" + make(24)),
        ("stripe", "rk" + "_live_" + make(99)),
        ("stripe-webhook", "whsec" + "_" + make(32)),
        ("square", "sq0" + "atp-" + make(22, _WORD)),
        (
            "paypal",
            "access_token" + "$production$" + make(16, _LOWER) + "$" + hexes(make, 32),
        ),
        ("shopify", "shp" + "at_" + hexes(make, 32)),
        ("grafana", "gl" + "sa_" + make(32) + "_" + hexes(make, 8)),
        ("grafana-cloud", "gl" + "c_" + make(120)),
        ("new-relic", "NR" + "AK-" + make(27, _UPPER)),
        ("sentry", "sntr" + "ys_eyJ" + make(120)),
        ("linear", "lin" + "_api_" + make(40)),
        ("notion", "sec" + "ret_" + make(43)),
        ("notion", "nt" + "n_" + make(46)),
        ("airtable", "pa" + "t" + make(14) + "." + hexes(make, 64)),
        ("dropbox", "s" + "l." + make(135, _WORD)),
        ("figma", "fig" + "d_" + make(43, _WORD)),
        ("mapbox", "s" + "k.eyJ" + make(60) + "." + make(22)),
        ("age", "AGE-SECRET" + "-KEY-1" + make(58, _UPPER)),
        ("jwt", jwt(make)),
    ]


def _parts(make: Maker) -> list[tuple[str, str, str]]:
    """Secrets that are told by what stands around them."""
    frames = [
        ("aws-signature", "https://b.s3.invalid/k?X-Amz-" + "Signature={}", hexes(make, 64)),
        ("gcp-signature", "https://g.invalid/k?X-Goog-" + "Signature={}", hexes(make, 512)),
        ("signed-url", "https://d.cdn.invalid/k?Expires=1&Signa" + "ture={}&Key-Pair-Id=K2", make(344, _WORD)),
        ("signed-url", "https://b.s3.invalid/k?Expires=1&Signa" + "ture={}", make(27) + "%3D"),
        ("azure-storage", "AccountName=a;Account" + "Key={};EndpointSuffix=core", make(86, _BASE64) + "=="),
        ("azure-shared-access", "Endpoint=sb://a/;SharedAccess" + "Key={};x=y", make(43) + "="),
        ("azure-sas", "https://a.blob.invalid/c?sv=2022&s" + "ig={}&se=2027", make(43) + "%3D"),
        (
            "slack-webhook",
            "https://hooks.slack" + ".com/services/{}",
            "T0" + make(8, _UPPER) + "/B0" + make(8, _UPPER) + "/" + make(24),
        ),
        ("discord-webhook", "https://discord" + ".com/api/webhooks/123456789012345678/{}", make(68, _WORD)),
        (
            "teams-webhook",
            "https://a.webhook" + ".office.com/webhookb2/{}",
            make(36) + "@" + make(36) + "/x/" + make(32),
        ),
        ("kaggle-file", '{{"user' + 'name":"me","key":"{}"}}', hexes(make, 32)),
        ("bearer", "Authorization: Bea" + "rer {}", make(40)),
        ("authorization", "Authorization: To" + "ken {}", hexes(make, 40)),
        ("authorization", '"Authorization": "Api' + 'Key {}"', make(40)),
        ("netrc", "machine api.invalid login user pass" + "word {}", hexes(make, 40)),
        ("netrc", "machine api.invalid\n  login user\n  pass" + "word {}", "hunt-er2"),
        ("telegram", "https://api.telegram.invalid/bot{}/getMe", "123456789" + ":AA" + make(33, _WORD)),
        ("basic", "Authorization: Ba" + "sic {}", base64.b64encode(b"me:" + make(9).encode()).decode()),
        ("url-password", "postgres://me:{}" + "@db.invalid:5432/runs", "hunt-er2"),
        ("url-user", "https://{}" + "@git.invalid/a.git", make(40)),
        ("sentry-dsn", "https://{}" + "@o1.ingest.invalid/12", hexes(make, 32)),
    ]
    found = [(rule, frame.format(secret), secret) for rule, frame, secret in frames]
    kinds = ("", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ")
    found += [("private-key", key, key.splitlines()[5]) for key in (pem(make, kind) for kind in kinds)]
    key = pem(make).replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK")
    found.append(("private-key", key, key.splitlines()[5]))
    lines = "\n".join(make(64) for _ in range(4))
    putty = "PuTTY-User-Key" + f"-File-3: ssh-rsa\nComment: x\nPrivate-Lines: 4\n{lines}\nPrivate-MAC: 00\n"
    return [*found, ("putty", putty, lines.splitlines()[2])]
