"""Whether a text can hold a secret at all: asked of everything, so that the rules are loaded only where needed."""

STEMS = (
    "passw",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "cookie",
    "jwt",
    "bearer",
    "_pass",
    "_pat",
)
"""Every telling name holds one of these, in lower case."""
_LONG = 16


def is_harmless(text: str) -> bool:
    """Whether no rule finds anything in ``text``; that it is ``False`` tells nothing.

    What a service gives out is a word of 16 characters at least; all other secrets stand after a telling name,
    or before the ``@`` of an address.
    """
    if "@" in text or max(map(len, text.split()), default=0) >= _LONG:
        return False
    lowered = text.lower()
    return not any(stem in lowered for stem in STEMS)
