r"""The shapes by which services' secrets are known: what they begin with, how they go on, who says so.

A row is ``(rule, marks, pattern)``; the reference on secrets says where each shape is documented. A text
that holds none of the ``marks`` (words of the second column; those with a star are followed by twelve letters
or digits) has no secret of this rule, so its pattern is compiled only where one is found. The secret is the
pattern's group, or all of it. Patterns repeat a bounded number of times or possessively, so that none takes
time by the square of a text's length.
"""

import functools
import re

Row = tuple[str, str, str]

_AI: tuple[Row, ...] = (
    ("anthropic", "sk-ant-", r"sk-ant-[a-z]{3,10}\d{2}-[\w-]{80,200}"),
    ("openai", "sk-proj- sk-svcacct- sk-admin- sk-None-", r"sk-(?:proj|svcacct|admin|None)-[\w-]{40,250}"),
    ("openai-legacy", "sk-*", r"sk-[A-Za-z0-9]{48}"),
    ("deepseek", "sk-*", r"sk-[0-9a-f]{32}"),
    ("elevenlabs", "sk_*", r"sk_[0-9a-f]{48}"),
    ("fireworks", "fw_*", r"fw_[A-Za-z0-9]{24}"),
    ("openrouter", "sk-or-v1-", r"sk-or-v1-[0-9a-f]{64}"),
    ("langfuse", "sk-lf-", r"sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("langsmith", "lsv2_", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    ("huggingface", "hf_* api_org_*", r"(?:hf|api_org)_[A-Za-z0-9]{30,64}"),
    ("replicate", "r8_*", r"r8_[A-Za-z0-9]{37}"),
    ("groq", "gsk_", r"gsk_[A-Za-z0-9]{52}"),
    ("xai", "xai-", r"xai-[A-Za-z0-9]{80}"),
    ("perplexity", "pplx-", r"pplx-[A-Za-z0-9]{48,64}"),
    ("nvidia", "nvapi-", r"nvapi-[\w-]{60,80}"),
    ("pinecone", "pcsk_", r"pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{60,70}"),
    ("runpod", "rpa_", r"rpa_[A-Z0-9]{38,48}"),
    ("wandb", "wandb_v1_", r"wandb_v1_[\w-]{40,120}"),
    ("wandb-local", "local-*", r"local-[0-9a-f]{40}"),
    ("neptune", "eyJhcGlfYWRkcmVzcyI6", r"eyJhcGlfYWRkcmVzcyI6[\w+/-]{40,600}={0,2}"),
    ("kaggle", "KGAT_", r"KGAT_[0-9a-f]{32}"),
    ("prefect", "pnu_ pnb_", r"pn[ub]_[A-Za-z0-9]{36}"),
    ("databricks", "dapi*", r"dapi[0-9a-f]{32}(?:-\d)?"),
)
_CLOUD: tuple[Row, ...] = (
    ("aws-key-id", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    ("aws-signature", "X-Amz-Signature=", r"X-Amz-Signature=([0-9a-f]{64})"),
    ("aws-bedrock", "ABSK", r"ABSK[A-Za-z0-9+/]{109,269}={0,2}"),
    ("gcp-api-key", "AIza", r"AIza[\w-]{35}"),
    ("gcp-oauth-secret", "GOCSPX-", r"GOCSPX-[\w-]{28}"),
    ("gcp-access-token", "ya29.", r"ya29\.[\w-]{30,1100}"),
    ("gcp-signature", "X-Goog-Signature=", r"X-Goog-Signature=([0-9a-f]{256,1024})"),
    ("signed-url", "Signature=", r"[?&]Signature=([\w~%+/-]{20,1024}={0,2})"),
    ("azure-storage", "AccountKey=", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    ("azure-shared-access", "SharedAccessKey=", r"SharedAccessKey=([A-Za-z0-9+/]{43}=)"),
    ("azure-sas", "sig=", r"[?&;]sig=([A-Za-z0-9+/%]{40,80}=?)"),
    ("azure-client", "Q~", r"[\w.~-]{3}\dQ~[\w.~-]{31,34}"),
    ("alibaba-key-id", "LTAI*", r"LTAI[A-Za-z0-9]{20}"),
    ("digitalocean", "dop_v1_ doo_v1_ dor_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    ("heroku", "HRKU-", r"HRKU-[\w-]{36,60}"),
    ("fly", "fm1a_ fm1r_ fm2_ fo1_", r"(?:fm1[ar]_|fm2_|fo1_)[A-Za-z0-9+/_-]{40,800}={0,3}"),
    ("supabase", "sbp_ sb_secret_", r"(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{31,40})"),
    ("planetscale", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}"),
    ("netlify", "nfp_", r"nfp_[A-Za-z0-9]{36}"),
    ("tailscale", "tskey-", r"tskey-[a-z]{2,10}-[A-Za-z0-9]{8,24}(?:-[A-Za-z0-9]{16,40})?"),
    ("vault", "hvs. hvb. hvr.", r"hv[sbr]\.[\w-]{24,300}"),
    ("terraform", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}"),
    ("pulumi", "pul-", r"pul-[0-9a-f]{40}"),
    (
        "doppler",
        "dp.pt. dp.ct. dp.sa. dp.st. dp.scim. dp.audit.",
        r"dp\.(?:pt|ct|sa|scim|audit|st(?:\.[\w-]{2,35})?)\.[A-Za-z0-9]{40,44}",
    ),
    ("1password-service", "ops_eyJ", r"ops_eyJ[\w+/-]{100,1200}={0,2}"),
    ("1password-key", "A3-", r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
)
_CODE: tuple[Row, ...] = (
    ("github", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("github-fine-grained", "github_pat_", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    (
        "gitlab",
        "glpat- gldt- glrt- glft- glimt- glagent- gloas- glcbt- glptt- glsoat- glffct-",
        r"gl(?:pat|dt|rt|ft|imt|agent|oas|cbt|ptt|soat|ffct)-(?:t\d_)?[\w-]{20,64}(?:\.[\w.]{2,30})?",
    ),
    ("bitbucket", "ATBB", r"ATBB[A-Za-z0-9_=.-]{28,60}"),
    ("atlassian", "ATATT3 ATCTT3", r"AT[AC]TT3[\w=-]{60,220}"),
    ("npm", "npm_*", r"npm_[A-Za-z0-9]{36}"),
    ("pypi", "pypi-AgE", r"pypi-AgE[\w-]{50,400}"),
    ("rubygems", "rubygems_", r"rubygems_[0-9a-f]{48}"),
    ("crates", "cio*", r"cio[A-Za-z0-9]{32}"),
    ("nuget", "oy2*", r"oy2[a-z0-9]{43}"),
    ("docker", "dckr_", r"dckr_(?:pat|oat)_[\w-]{27,40}"),
    ("artifactory", "AKCp*", r"AKCp[A-Za-z0-9]{60,80}"),
    ("sonar", "sqa_ sqp_ squ_", r"sq[apu]_[0-9a-f]{40}"),
    ("circleci", "CCIPAT_ CCIPRJ_", r"CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[0-9a-f]{40}"),
    ("buildkite", "bkua_", r"bkua_[0-9a-f]{40}"),
    ("postman", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
)
_SERVICES: tuple[Row, ...] = (
    ("slack", "xox xapp-", r"(?:xox[abeoprs]-(?:\d-)?|xapp-\d-)[A-Za-z0-9-]{24,250}"),
    ("slack-webhook", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/]{30,100})"),
    ("discord", "MT* MD* Mj* Mz* ND* NT* Nj* Nz* OD* OT*", r"[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,40}"),
    ("discord-webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/\d{17,20}/([\w-]{60,80})"),
    ("teams-webhook", ".webhook.office.com/", r"\.webhook\.office\.com/webhookb2/([\w@/-]{60,250})"),
    ("telegram", ":AA", r"(?:bot)?(\d{8,10}:AA[\w-]{33})"),
    ("twilio", "SK*", r"SK[0-9a-f]{32}"),
    ("sendgrid", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    ("brevo", "xkeysib-", r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    ("mailgun", "key-*", r"key-[0-9a-f]{32}"),
    ("mailchimp", "-us", r"[0-9a-f]{32}-us\d{1,2}"),
    ("stripe", "sk_live_ sk_test_ rk_live_ rk_test_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{24,247}"),
    ("stripe-webhook", "whsec_", r"whsec_[A-Za-z0-9+/]{32,64}={0,2}"),
    ("square", "sq0", r"sq0(?:atp|csp)-[\w-]{22,43}"),
    ("paypal", "access_token$production$", r"access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    ("shopify", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}"),
    ("grafana", "glsa_", r"glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"),
    ("grafana-cloud", "glc_", r"glc_[A-Za-z0-9+/]{40,400}={0,2}"),
    ("new-relic", "NRAK- NRAL- NRJS- NRII-", r"NR(?:AK-[A-Z0-9]{27}|AL-[A-Za-z0-9]{32}|JS-[0-9a-f]{19}|II-[\w-]{32})"),
    ("sentry", "sntrys_ sntryu_", r"sntry(?:s_eyJ[\w+/=-]{60,400}|u_[0-9a-f]{64})"),
    ("linear", "lin_api_ lin_oauth_", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}"),
    ("notion", "secret_* ntn_", r"(?:secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,50})"),
    ("airtable", "pat*", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("dropbox", "sl.", r"sl\.(?:u\.)?[\w-]{100,1500}"),
    ("figma", "figd_", r"figd_[\w-]{40,64}"),
    ("mapbox", "sk.eyJ", r"sk\.eyJ[\w-]{40,200}\.[\w-]{16,64}"),
)
_PEM = (
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?=[\s\S]{0,120}?[A-Za-z0-9+/]{40})"
    r"((?:[\w+/=\s\\\"',.:()]|-(?!----))++)"
)
_AUTHORIZATION = (
    r"uthorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?(?:[Tt]oken|[Aa]pi-?[Kk]ey)\s{1,3}(?:token=)?[\"']?"
    r"(?=[^\s\d]{0,64}\d)([\w.~+/-]{16,1024}={0,2})"
)
_GENERAL: tuple[Row, ...] = (
    ("private-key", "PRIVATE KEY", _PEM),
    (
        "putty",
        "PuTTY-User-Key-File-",
        r"Private-Lines: \d{1,4}\s{1,4}([A-Za-z0-9+/=\s]{40,8192}+)",
    ),
    ("age", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    (
        "kaggle-file",
        '"username',
        r'"username\\?"\s{0,4}:\s{0,4}\\?"[\w.-]{1,64}\\?"\s{0,4},\s{0,4}\\?"key\\?"\s{0,4}:\s{0,4}\\?"([0-9a-f]{32})\\?"',
    ),
    ("jwt", "eyJ", r"eyJ(?<![A-Za-ln-z0-9_-]eyJ)[\w-]{10,500}+\.(?:eyJ)?[\w-]{10,8000}+\.[\w-]{10,2000}+"),
    ("bearer", "earer ", r"earer\s{1,3}(?=[^\s\d]{0,64}\d)([\w.~+/-]{16,4096}={0,2})"),
    ("basic", "Basic ", r"uthorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?Basic\s{1,3}([A-Za-z0-9+/]{8,1024}={0,2})"),
    (
        "authorization",
        "uthorization",
        _AUTHORIZATION,
    ),
    (
        "netrc",
        "machine",
        r"machine\s{1,8}\S{1,253}\s{1,8}(?:(?:login|account)\s{1,8}\S{1,256}\s{1,8}){1,2}password\s{1,8}(\S{4,256}+)",
    ),
    ("sentry-dsn", "@", r"://([0-9a-f]{32}(?::[0-9a-f]{32})?)(?=@[\w.-]{1,100}/\d)"),
    ("url-password", "@", r"://[^\s/?#@:\[\]\"'<>]{0,128}+:(?!\d{0,5}(?:[/?#\s]|$))([^\s\"'<>]{1,128})(?=@[\w\[.-])"),
    ("url-user", "@", r"://((?=[^\s@]{0,64}\d)(?=[^\s@]{0,64}[A-Za-z])[\w-]{20,128}+)(?=@[\w.-])"),
)

_TABLE = {row[0]: row for rows in (_AI, _CLOUD, _CODE, _SERVICES, _GENERAL) for row in rows}
RULES = tuple(_TABLE)
"""The rules' names, the more telling before the less."""
_PLAIN = frozenset(("mailchimp", *(row[0] for row in _GENERAL)))
"""Rules of which the marks are looked for in long texts too."""
_MARKS = [(mark.rstrip("*"), "*" in mark, row[0]) for row in _TABLE.values() for mark in row[1].split()]
_LONG = 4096
"""Characters from which on it is quicker to look where a secret may be than to look for each mark."""
# A long word with digits or capitals, after what ends a service's prefix or stands before a value.
_GATE = r"[-_.:=\"'$/@\s,;|(\[{>](?=[\w+/.=~-]{14})(?=[a-z_+/.=~-]{0,13}[0-9A-Z])"
_BEFORE, _AFTER, _BODY = 32, 24, 12


def candidates(text: str) -> list[str]:
    """The rules of which ``text`` holds a mark: no other finds anything in it."""
    near = text if len(text) < _LONG else _suspicious(text)
    found = {rule for mark, bare, rule in _MARKS if mark in near and (not bare or _goes_on(near, mark))}
    if near is not text:
        found.update(
            rule
            for mark, bare, rule in _MARKS
            if rule in _PLAIN and mark in text and (not bare or _goes_on(text, mark))
        )
    return [rule for rule in RULES if rule in found] if found else []


def is_begun(word: str) -> bool:
    """Whether ``word`` holds a mark, and so may be the first part of a secret."""
    return any(mark in word for mark, _, _ in _MARKS)


def _goes_on(text: str, mark: str) -> bool:
    """Whether letters and digits follow a mark that many ordinary words hold too."""
    at = text.find(mark)
    while at >= 0:
        end = at + len(mark)
        if len(body := text[end : end + _BODY]) == _BODY and body.isalnum():
            return True
        at = text.find(mark, end)
    return False


def _suspicious(text: str) -> str:
    """The surroundings of all long words that may be part of a secret."""
    ends = [match.end() for match in _gate().finditer(text)]
    return "\n".join({text[max(0, end - _BEFORE) : end + _AFTER] for end in ends})


@functools.cache
def _gate() -> re.Pattern[str]:
    return re.compile(_GATE, re.ASCII)


@functools.cache
def pattern(rule: str) -> re.Pattern[str]:
    """The compiled pattern of a rule; whether a match begins a word is left to ask."""
    return re.compile(f"(?:{_TABLE[rule][2]})(?![A-Za-z0-9])")
