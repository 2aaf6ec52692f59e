"""Folders that were listed, and those that stand for others."""

from runlore.capture.access.walked import walked


def below(folder: bytes, count: int) -> set[bytes]:
    return {b"%b/%d" % (folder, number) for number in range(count)}


def test_a_hundred_folders_below_one_are_named() -> None:
    folders = {b"/data"} | below(b"/data", 100) | {b"/elsewhere"}
    assert walked(folders) == folders


def test_one_more_and_the_folder_that_holds_them_stands_for_them() -> None:
    assert walked({b"/data"} | below(b"/data", 101) | {b"/data/7/deep", b"/elsewhere"}) == {b"/data", b"/elsewhere"}


def test_it_does_not_stand_for_them_if_it_was_not_listed_itself() -> None:
    assert walked(below(b"/data", 101)) == below(b"/data", 101)


def test_a_folder_with_a_name_that_begins_alike_is_not_below() -> None:
    folders = {b"/data", b"/data-2"} | below(b"/data", 101) | below(b"/data-2", 3)
    assert walked(folders) == {b"/data", b"/data-2"} | below(b"/data-2", 3)


def test_of_folders_below_each_other_the_highest_with_many_stands() -> None:
    assert walked({b"/", b"/a", b"/a/b"} | below(b"/a/b", 101)) == {b"/"}
