"""One target under atheris: ``python tests/fuzz/fuzzing.py TARGET [OPTION OF LIBFUZZER...]``. By `scripts/fuzz`."""

import os
import sys
import tempfile
import warnings

import atheris

with atheris.instrument_imports(include=["runlore"]):
    from tests.fuzz.all_targets import TARGETS


def main() -> None:
    """Until the time is over, or an input is found."""
    target = TARGETS[sys.argv[1]]
    warnings.simplefilter("ignore")  # what a parser of the standard library warns of is no finding
    corpus = os.environ["FUZZ_CORPUS"]
    os.makedirs(corpus, exist_ok=True)
    for number, data in enumerate(target.seeds):
        with open(f"{corpus}/seed-{number}", "wb") as file:
            file.write(data)
    words = tempfile.NamedTemporaryFile("w", suffix=".dict")  # noqa: SIM115 - for as long as the process
    words.writelines('"{}"\n'.format("".join(f"\\x{byte:02x}" for byte in each)) for each in target.tokens)
    words.flush()
    folder = tempfile.mkdtemp()
    options = [f"-dict={words.name}"] if target.tokens else []
    atheris.Setup([sys.argv[0], *options, *sys.argv[2:], corpus], lambda data: target.attempt(data, folder))
    atheris.Fuzz()


main()
