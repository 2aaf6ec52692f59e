"""What strace writes is read back whatever stands in it."""

import time
from collections.abc import Iterable

import pytest

from runlore.capture.access import touch
from runlore.capture.access.syscalls import Reader
from runlore.capture.access.touch import Touch


def read(*lines: str) -> list[Touch]:
    return list(Reader().read(line.encode("latin-1") + b"\n" for line in lines))


def brief(touches: Iterable[Touch]) -> list[tuple[str | int | bytes, ...]]:
    return [(each.kind, each.pid, each.path, *([each.other] if each.other else [])) for each in touches]


def test_an_open_is_known_by_the_path_of_its_descriptor_and_by_its_flags() -> None:
    found = read(
        '7  1700000000.000001 openat(AT_FDCWD</w>, "link", O_RDONLY|O_CLOEXEC) = 3</w/real>',
        '7  1700000000.000002 openat(4</d>, "f", O_WRONLY|O_CREAT|O_EXCL, 0666) = 5</d/f>',
        '7  1700000000.000003 open("g", O_RDWR) = 3</w/g>',
        '7  1700000000.000004 openat2(AT_FDCWD</w>, "h", {flags=O_RDONLY|O_DIRECTORY, resolve=0}, 24) = 3</w/h>',
        '7  1700000000.000005 creat("i", 0644) = 3</w/i>',
        '7  1700000000.000006 openat(AT_FDCWD</w>, "j", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3</w/j>',
    )
    assert brief(found) == [
        (touch.READ, 7, b"/w/real"),
        (touch.WRITE, 7, b"/d/f"),
        (touch.READ, 7, b"/w/g"),
        (touch.UPDATE, 7, b"/w/g"),
        (touch.LIST, 7, b"/w/h"),
        (touch.WRITE, 7, b"/w/i"),
        (touch.WRITE, 7, b"/w/j"),
    ]
    assert [each.fresh for each in found] == [False, True, False, False, False, False, False]
    assert found[0].at == 1_700_000_000_000_001_000


@pytest.mark.parametrize(
    "line",
    [
        '7 1.000000 openat(AT_FDCWD</w>, "a", O_RDONLY) = -1 ENOENT (No such file or directory)',
        '7 1.000000 openat(AT_FDCWD</w>, "a", O_RDONLY|O_PATH) = 3</w/a>',
        '7 1.000000 openat(AT_FDCWD</w>, "/tmp", O_RDWR|O_TMPFILE, 0600) = 3</tmp/#12>(deleted)',
        '7 1.000000 openat(AT_FDCWD</w>, "/proc/self/fd/5", O_RDWR) = 7</w/gone>(deleted)',
        '7 1.000000 openat(AT_FDCWD</w>, "p", O_RDONLY) = 3<pipe:[12]>',
        '7 1.000000 rename("a", "b") = -1 ENOENT (No such file or directory)',
        '7 1.000000 execve("/bin/no", ["n"..., ...], 0x7ffc /* 9 vars */) = -1 ENOENT (No such file or directory)',
        '7 1.000000 rename("a", "b") = 0',
        "7 1.000000 +++ exited with 0 +++",
        "7 1.000000 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---",
        "[ Process PID=7 runs in 32 bit mode. ]",
        "7 1.000000 <... read resumed>) = 0",
        "7 1.000000 openat(",
        "",
        "\0\xff" * 40,
    ],
)
def test_what_failed_or_means_nothing_is_no_touch(line: str) -> None:
    assert read(line) == []


def test_names_of_any_bytes_come_back() -> None:
    name = r"x\ny\"q\\<>\377\337) = 3</etc/passwd>"
    line = rf'7 1.000000 openat(AT_FDCWD</w>, "{name}", O_RDONLY) = 3</w/x\ny\"q\\\74\76\377\0337) = 3>'
    assert brief(read(line)) == [(touch.READ, 7, b'/w/x\ny"q\\<>\xff\x1b7) = 3')]
    quoted = r'7 1.000000 renameat(3</w/a\tb>, "o\"l, \"d", 4</w/\303\251>, "n\\") = 0'
    assert brief(read(quoted)) == [(touch.RENAME, 7, b'/w/a\tb/o"l, "d', b"/w/\xc3\xa9/n\\")]


def test_a_line_that_was_cut_in_two_is_put_together() -> None:
    found = read(
        '7 1.000000 openat(AT_FDCWD</w>, "a", O_RDONLY <unfinished ...>',
        '8 1.000001 openat(AT_FDCWD</v>, "b", O_RDONLY <unfinished ...>',
        "8 1.000002 <... openat resumed>) = 3</v/b>",
        "7 1.000003 <... openat resumed> ) = 3</w/a>",
    )
    assert brief(found) == [(touch.READ, 8, b"/v/b"), (touch.READ, 7, b"/w/a")]
    assert [each.at for each in found] == [1_000_001_000, 1_000_000_000]


def test_relative_names_are_those_of_the_folder_that_the_process_works_in() -> None:
    found = read(
        '7 1.000000 openat(AT_FDCWD</w>, "a", O_RDONLY) = 3</w/a>',
        '7 1.000001 chdir("d") = 0',
        "7 1.000002 vfork( <unfinished ...>",
        '8 1.000003 rename("x", "y") = 0',
        "8 1.000004 fchdir(5</e\\n>) = 0",
        '8 1.000005 rename("x", "y") = 0',
        "7 1.000006 <... vfork resumed>) = 8",
        '7 1.000007 rename("x", "/abs") = 0',
        '7 1.000008 execve("./run", ["."], 0x1 /* 2 vars */) = 0',
    )
    assert brief(found)[1:] == [
        (touch.RENAME, 8, b"/w/d/x", b"/w/d/y"),
        (touch.RENAME, 8, b"/e\n/x", b"/e\n/y"),
        (touch.RENAME, 7, b"/w/d/x", b"/abs"),
        (touch.EXEC, 7, b"/w/d/run"),
        (touch.START, 7, b"/w/d/run"),
    ]


def test_threads_share_their_folder_and_the_number_of_their_process() -> None:
    found = read(
        '7 1.000000 openat(AT_FDCWD</w>, "a", O_RDONLY) = 3</w/a>',
        "7 1.000001 clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD, stack_size=0x7fff80} => {parent_tid=[8]}, 88) = 8",
        '8 1.000002 chdir("/v") = 0',
        '7 1.000003 rename("x", "y") = 0',
        '8 1.000004 openat(AT_FDCWD</v>, "b", O_RDONLY) = 3</v/b>',
    )
    assert brief(found)[1:] == [(touch.RENAME, 7, b"/v/x", b"/v/y"), (touch.READ, 7, b"/v/b")]


def test_a_thread_that_becomes_another_program_is_seen() -> None:
    found = read(
        '7 1.000000 execve("/bin/a", ["a"], 0x1 /* 2 vars */) = 0',
        '9 1.000001 execve("/nowhere/b", ["b"], 0x1 /* 2 vars */ <pid changed to 7 ...>',
        "7 1.000002 +++ superseded by execve in pid 9 +++",
        "7 1.000003 <... execve resumed>) = -1 (errno 18446744073709551359)",
    )
    assert [each.path for each in found if each.kind == touch.EXEC][-1] == b"/nowhere/b"


def test_connections_beyond_this_machine_are_seen_also_before_they_stand() -> None:
    def connect(number: int, address: str, result: str) -> str:
        return f"7 1.000000 connect(5<socket:[{number}]>, {{{address}}}, 16) = {result}"

    def inet(address: str) -> str:
        return f'sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("{address}")'

    found = read(
        "7 1.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5<socket:[1]>",
        connect(1, inet("192.0.2.7"), "-1 EINPROGRESS (Operation now in progress)"),
        connect(1, 'sa_family=AF_INET6, sin6_port=htons(80), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)', "0"),
        connect(1, inet("127.0.0.1"), "0"),
        connect(1, 'sa_family=AF_UNIX, sun_path="/run/s"', "0"),
        connect(1, inet("192.0.2.8"), "-1 ENETUNREACH (Network is unreachable)"),
        "7 1.000000 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 5<socket:[2]>",
        connect(2, inet("192.0.2.9"), "0"),
    )
    assert brief(found) == [(touch.CONNECT, 7, b"192.0.2.7:443"), (touch.CONNECT, 7, b"[2001:db8::1]:80")]


def test_a_file_that_was_cut_or_linked_to_was_written() -> None:
    found = read(
        '7 1.000000 truncate("/w/a", 0) = 0',
        '7 1.000001 linkat(AT_FDCWD</w>, "a", AT_FDCWD</w>, "b", 0) = 0',
    )
    assert brief(found) == [(touch.WRITE, 7, b"/w/a"), (touch.LINK, 7, b"/w/a", b"/w/b")]


@pytest.mark.parametrize("how", ["exited with 3", "killed by SIGKILL"])
def test_the_end_of_the_first_process_is_known(how: str) -> None:
    reader = Reader()
    assert list(reader.read([b'7 1.000000 execve("/bin/a", ["a"], 0x1) = 0\n', b"8 1.000001 +++ exited with 0 +++\n"]))
    assert not reader.ended
    assert not list(reader.read([b"7 1.000002 +++ %b +++\n" % how.encode()]))
    assert reader.ended


def test_a_hundred_thousand_opens_are_read_within_seconds() -> None:
    lines = [
        b'7 1.%06d openat(AT_FDCWD</w>, "%d.csv", O_RDONLY|O_CLOEXEC) = 3</w/%d.csv>\n' % (number, number, number)
        for number in range(100_000)
    ]
    began = time.process_time()
    assert sum(1 for _ in Reader().read(lines)) == 100_000
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "line",
    [
        '7 1.000000 execve("/bin/a\\0b", [], 0x7) = 0',
        '7 1.000000 chdir("a\\0b") = 0',
        '7 1.000000 renameat(AT_FDCWD</a\\0b>, "..", AT_FDCWD</c>, "d") = 0',
        '7 1.000000 unlink("\\8") = 0',
        "9" * 5000 + ' 1.000000 chdir("/tmp") = 0',
        "7 " + "9" * 5000 + '.000000 chdir("/tmp") = 0',
        "7 1.000000 fork() = " + "9" * 5000,
    ],
)
def test_names_that_no_file_has_and_numbers_that_nobody_writes_mean_nothing(line: str) -> None:
    assert read(line) == []
