"""Every block of commands in the README, the tutorial, the guides and the examples is typed, and does what it says."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import TOP, pages
from tests.docs.reader import read


def _all() -> list[Path]:
    return [*TOP.glob("*.md"), *TOP.glob("docs/**/*.md"), *TOP.glob("examples/**/*.md")]


@pytest.mark.parametrize("page", pages())
def test_what_a_page_has_one_type_does_what_it_says(page: str, tmp_path: Path) -> None:
    left = read(page, tmp_path)
    if left:
        pytest.skip(f"the rest of {page} was typed; {'; '.join(left)}")


@pytest.mark.parametrize("page", sorted(str(page.relative_to(TOP)) for page in _all()))
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = re.sub(r"```.*?```", "", (TOP / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((TOP / page).parent / target).exists(), target
