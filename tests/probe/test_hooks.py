"""The hooks' manners: what a library and its importers can notice of them, and libraries of unknown shape.

The libraries here are stand-ins of a few lines, some of them hostile; the real ones are in test_libraries.py.
"""

import re
import zipfile
from pathlib import Path

import pytest
from tests.probe.children import Child

from runlore.probe import hooking
from runlore.probe.path import site_folder

WRITER = '''
"""A writer."""
class SummaryWriter:
    """Writes."""
    def __init__(self, logdir):
        self.logdir = logdir
    def add_scalar(self, tag: str, scalar_value: float, global_step=None, *, odd: int = 3) -> "tuple":
        """Adds."""
        if tag == "raise":
            raise KeyError(tag)
        return (tag, scalar_value, global_step, odd)
    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None):
        tag_scalar_dict.clear()
    def add_hparams(self, hparam_dict, metric_dict=None):
        pass
'''


@pytest.fixture
def library(child: Child) -> Child:
    """A folder with a tensorboardX of known shape."""
    child.write("tensorboardX/__init__.py", "from .writer import SummaryWriter")
    child.write("tensorboardX/writer.py", WRITER)
    return child


def test_the_finder_watches_what_has_a_hook_and_nothing_else() -> None:
    source = (Path(site_folder()) / "sitecustomize.py").read_text()
    match = re.search(r"^_WATCHED = \{\n    \*_OWN,\n(.*?)^\}", source, re.DOTALL | re.MULTILINE)
    assert match is not None
    assert set(re.findall(r'"([^"]+)"', match[1])) == {*hooking.HOOKS, *hooking.PACKAGES}
    assert {needed for needed, _ in hooking.PACKAGES.values()} == set(hooking.HOOKS)


def test_what_it_returns_and_raises_is_what_it_was(library: Child) -> None:
    done = library.script("""
import tensorboardX
writer = tensorboardX.SummaryWriter("runs/a")
print(writer.add_scalar("loss", 0.5, 1), writer.add_scalar("acc", global_step=2, scalar_value=1, odd=4))
try:
    writer.add_scalar("raise", 1)
except KeyError as error:
    print(repr(error), error.__context__, error.__cause__)
try:
    writer.add_scalar()
except TypeError as error:
    print(error)
""")
    assert done.stdout.splitlines() == [
        "('loss', 0.5, 1, 3) ('acc', 1, 2, 4)",
        "KeyError('raise') None None",
        "SummaryWriter.add_scalar() missing 2 required positional arguments: 'tag' and 'scalar_value'",
    ]
    own = {"kind": "log", "source": "tensorboard", "run": "runs/a"}
    assert library.told() == [{**own, "step": 1, "values": {"loss": 0.5}}, {**own, "step": 2, "values": {"acc": 1}}]


def test_arguments_that_the_library_uses_up_are_copied_before(library: Child) -> None:
    library.script("import tensorboardX\ntensorboardX.SummaryWriter('r').add_scalars('m', {'a': 1, 'b': 2}, 3)")
    assert [entry["values"] for entry in library.told("log")] == [{"m/a": 1, "m/b": 2}]


SEEN = """
import copy, inspect, pickle, sys, types
import tensorboardX, tensorboardX.writer
from tensorboardX import SummaryWriter
method = SummaryWriter.add_scalar
print(inspect.signature(method), inspect.getdoc(method), method.__name__, method.__qualname__, method.__module__)
print(inspect.getsource(method).count("raise"), method.__annotations__, isinstance(method, types.FunctionType))
print(pickle.loads(pickle.dumps(method)) is method, pickle.loads(pickle.dumps(SummaryWriter)) is SummaryWriter)
print(copy.deepcopy(SummaryWriter("a")).logdir, sorted(vars(SummaryWriter)))
module = tensorboardX.writer
print(module.__doc__, module.__file__, type(module.__loader__), type(module.__spec__.loader), sorted(vars(module)))
print(sorted(vars(module.__loader__)), module.__spec__.origin, module.__cached__)
print(type(inspect.getattr_static(SummaryWriter, "add_scalar")), SummaryWriter("a").add_scalar.__func__ is method)
"""


def test_introspection_and_pickling_see_no_difference(python: str, library: Child) -> None:
    bare = library.script(SEEN, python, probe=False)
    assert library.script(SEEN, python).stdout == bare.stdout
    library.script("from tensorboardX import SummaryWriter\nSummaryWriter('r').add_scalar('a', 1)", python)
    assert library.values("a") == [1]


def test_a_reloaded_module_is_hooked_again_and_once(python: str, library: Child) -> None:
    library.script(
        """
import importlib, tensorboardX.writer
for _ in range(3):
    importlib.reload(tensorboardX.writer)
importlib.reload(tensorboardX)
tensorboardX.SummaryWriter("r").add_scalar("a", 1)
""",
        python,
    )
    assert library.values("a") == [1]


def test_a_lazily_loaded_module_is_hooked_when_it_is_loaded(python: str, library: Child) -> None:
    done = library.script(
        """
import importlib.util, sys
import tensorboardX
del sys.modules["tensorboardX.writer"]
spec = importlib.util.find_spec("tensorboardX.writer")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["tensorboardX.writer"] = module
spec.loader.exec_module(module)
print(type(module).__name__)
module.SummaryWriter("r").add_scalar("a", 1)
print(type(module).__name__)
""",
        python,
    )
    assert done.stdout == "_LazyModule\nmodule\n"
    assert library.values("a") == [1]


def test_asking_for_a_spec_executes_nothing_and_changes_nothing(python: str, library: Child) -> None:
    source = """
import importlib.util, sys
spec = importlib.util.find_spec("tensorboardX")
print(spec.name, spec.origin, type(spec.loader), "tensorboardX" in sys.modules, importlib.util.find_spec("wandb"))
"""
    assert library.script(source, python).stdout == library.script(source, python, probe=False).stdout
    assert library.told() == []


def test_a_module_in_an_archive_is_hooked(python: str, child: Child) -> None:
    with zipfile.ZipFile(child.folder / "lib.zip", "w") as archive:
        archive.writestr("tensorboardX/__init__.py", "from .writer import SummaryWriter\nfrom . import other")
        archive.writestr("tensorboardX/writer.py", WRITER)
        archive.writestr("tensorboardX/other.py", "name = __name__")
    source = "import sys\nsys.path.insert(0, 'lib.zip')\nimport tensorboardX\n"
    source += "tensorboardX.SummaryWriter('r').add_scalar('a', 1)\n"
    source += (
        "print(vars(tensorboardX.__loader__).get('exec_module'), tensorboardX.other.name, sys.version_info >= (3, 10))"
    )
    loader, other, can = child.script(source, python).stdout.split()
    assert (loader, other) == ("None", "tensorboardX.other")
    assert child.values("a") == ([1] if can == "True" else []), "older archives know only how to load all at once"


def test_a_library_that_raises_while_it_is_imported_raises_that(child: Child) -> None:
    child.write("tensorboardX/__init__.py", "from .writer import SummaryWriter")
    child.write("tensorboardX/writer.py", "raise OSError('no protobuf')")
    source = """
try:
    import tensorboardX
except OSError as error:
    print(repr(error))
import sys
print([name for name in sys.modules if "tensorboardX" in name])
"""
    assert child.script(source).stdout == "OSError('no protobuf')\n[]\n"
    assert child.told() == []


def test_a_folder_of_that_name_is_a_namespace_as_ever(python: str, child: Child) -> None:
    child.write("wandb/run-1/log", "")
    child.write("mlflow/data", "")
    source = "import wandb, mlflow\nprint(wandb.__path__, type(wandb.__path__), getattr(wandb, '__file__', None))"
    assert child.script(source, python).stdout == child.script(source, python, probe=False).stdout
    assert child.told() == []


def test_finders_that_ask_the_others_do_not_go_round_in_circles(library: Child) -> None:
    library.script("""
import importlib.util, sys, tensorboardX
class Asking:
    busy = False
    def find_spec(self, name, path=None, target=None):
        if self.busy:
            return None
        self.busy = True
        try:
            return importlib.util.find_spec(name)
        finally:
            self.busy = False
sys.meta_path.insert(0, Asking())
sys.meta_path.insert(0, Asking())
sys.modules.pop("tensorboardX.writer")
import tensorboardX.writer
tensorboardX.writer.SummaryWriter("r").add_scalar("a", 1)
""")
    assert library.values("a") == [1]


def test_threads_that_import_at_once_hook_once(library: Child) -> None:
    library.script("""
import threading
def work():
    import tensorboardX
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
import tensorboardX
tensorboardX.SummaryWriter("r").add_scalar("a", 1)
""")
    assert library.values("a") == [1]


@pytest.mark.parametrize(
    ("writer", "message"),
    [
        ("class Writer: pass", "AttributeError: "),
        (WRITER.replace("tag: str, scalar_value: float", "values, names"), "it has no SummaryWriter.add_scalar("),
        (WRITER.replace("    def add_scalar(", "    @staticmethod\n    def add_scalar("), "it has no "),
        (WRITER.replace("def add_scalar(", "add_scalar = 3\n    def other("), "it has no SummaryWriter.add_scalar("),
        ("SummaryWriter = 3", "TypeError: "),
        ("import types\nSummaryWriter = types.MappingProxyType({})", "TypeError: "),
        (WRITER + "\nclass M(type):\n    def __setattr__(*_): raise RuntimeError('sealed')\n"
         "class SummaryWriter(metaclass=M):\n    def add_scalar(self, tag, scalar_value, global_step=None): pass",
         "RuntimeError: sealed"),
    ],
)  # fmt: skip
def test_a_shape_that_is_unknown_is_one_warning_and_the_library_works(child: Child, writer: str, message: str) -> None:
    child.write("tensorboardX/__init__.py", "__version__ = '99'\nfrom . import writer")
    child.write("tensorboardX/writer.py", writer)
    assert child.script("import tensorboardX\nprint('trained')").stdout == "trained\n"
    first, *_ = child.told()
    assert (first["kind"], first["code"]) == ("warning", "hook-unknown")
    assert first["message"].startswith(f"not all that tensorboardX 99 is told is copied: {message}")


def test_a_package_that_moved_its_inside_is_one_warning(child: Child) -> None:
    child.write("mlflow/__init__.py", "__version__ = '9.0'\ndef log_metric(key, value): return 'logged'")
    assert child.script("import mlflow\nprint(mlflow.log_metric('a', 1))").stdout == "logged\n"
    assert [entry["message"] for entry in child.told()] == [
        "not all that mlflow 9.0 is told is copied: it has no mlflow.tracking._tracking_service.client"
    ]


def test_a_package_of_that_name_without_what_we_copy_is_none_of_ours(child: Child) -> None:
    child.write("mlflow/__init__.py", "traces = []")
    child.script("import mlflow")
    assert child.told() == []


def test_values_of_unknown_kind_are_left_out_and_hurt_nobody(library: Child) -> None:
    library.script("""
import tensorboardX
class Image: pass
class Hostile:
    def __getattr__(self, name): raise RuntimeError
    def __float__(self): raise RuntimeError
writer = tensorboardX.SummaryWriter(Image())
for value in (Image(), Hostile(), "text", [1], None):
    writer.add_scalar("a", value)
writer.add_scalar("a", 1, global_step="late")
writer.add_scalar("b", float("nan"), global_step=Hostile())
""")
    assert [(entry["step"], entry["values"]) for entry in library.told("log")] == [
        (None, {"a": 1}),
        (None, {"b": "NaN"}),
    ]


def test_arguments_that_cannot_be_copied_are_one_warning(library: Child) -> None:
    library.script("""
import tensorboardX
class Hostile(dict):
    def items(self): raise RuntimeError("mine")
writer = tensorboardX.SummaryWriter("r")
for _ in range(3):
    writer.add_hparams({"lr": 0.1}, {})
    writer.add_scalars("m", Hostile())
""")
    (warning,) = library.told("warning")
    where = "SummaryWriter.add_scalars(self, main_tag, tag_scalar_dict, global_step)"
    assert warning["message"].endswith(f": RuntimeError at {where}")
    assert len(library.told("params")) == 3


def test_without_the_probe_nothing_is_copied(library: Child) -> None:
    library.script("import tensorboardX\ntensorboardX.SummaryWriter('r').add_scalar('a', 1)", probe=False)
    assert library.journal.read_bytes() == b""


def test_until_such_a_library_is_imported_nothing_of_the_hooks_is_loaded(child: Child) -> None:
    source = "import sys, json, email.message, unittest\nprint([name for name in sys.modules if 'runlore' in name])"
    assert child.script(source).stdout == "[]\n"
