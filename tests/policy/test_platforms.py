"""Links and the platforms they lead to: what fits, what is another platform's, and what only looks alike."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.errors import Invalid
from smdesk.policy.platforms import Platform, Status, host_of, link_problem, parse_platforms, platform_of
from smdesk.services import reference_data


def platform(code: str, *hosts: str) -> Platform:
    return Platform(code, code.title(), (), "", "", date(2026, 11, 20), Status.UNSURE, (), "", hosts)


KNOWN = (
    platform("alpha", "alpha.example", "al.example"),
    platform("beta", "beta.example"),
    platform("gamma"),
)


@pytest.mark.parametrize(
    ("name", "link", "wrong"),
    [
        ("alpha", "https://alpha.example/school", ""),
        ("Alpha", "http://www.ALPHA.example./school", ""),
        ("alpha", "https://al.example/x", ""),
        ("alpha", "https://beta.example/x", "This is a link to Beta, and the platform is Alpha."),
        ("gamma", "https://beta.example/x", "This is a link to Beta, and the platform is Gamma."),
        (
            "The village board",
            "https://m.beta.example/x",
            "This is a link to Beta, and the platform is The village",
        ),
        ("gamma", "https://somewhere.example/x", ""),
        ("The village board", "https://somewhere.example/x", ""),
        ("alpha", "https://notalpha.example/x", "This link leads to notalpha.example."),
        ("alpha", "https://alpha.example.evil.test/x", "This link leads to alpha.example.evil.test."),
        ("alpha", "https://alpha.example@evil.test/x", "Write the link as a web address"),
        ("alpha", "alpha.example/x", "Write the link as a web address"),
        ("alpha", "javascript:alert('alpha.example')", "Write the link as a web address"),
        ("alpha", "", "Write the link as a web address"),
    ],
)
def test_a_link_fits_its_platform_or_is_said_not_to(name: str, link: str, wrong: str) -> None:
    found = link_problem(KNOWN, name, link)
    assert found.startswith(wrong) if wrong else found == ""


@given(st.text(max_size=60))
def test_no_text_is_too_strange_to_be_looked_at(text: str) -> None:
    for link in (text, f"https://{text}", f"https://alpha.example/{text}"):
        host = host_of(link)
        assert host == host.strip()
        assert "@" not in host
        if platform_of(KNOWN, link) is not None:
            assert any(host == each or host.endswith(f".{each}") for one in KNOWN for each in one.hosts)


def test_the_shipped_sites_each_belong_to_one_platform() -> None:
    shipped = reference_data.platforms()
    hosts = [host for each in shipped for host in each.hosts]
    assert len(hosts) == len(set(hosts)) > 10
    for each in shipped:
        for host in each.hosts:
            assert platform_of(shipped, f"https://www.{host}/school") is each
    assert {each.code for each in shipped if not each.hosts} == {"other", "google_reviews"}


def test_platforms_without_sites_are_read_as_before() -> None:
    text = """
    [[platform]]
    code = "board"
    label = "Board"
    also_called = []
    reporting = "Ask."
    reporting_url = ""
    checked_on = 2026-11-20
    status = "unsure"
    note = ""
    ages = []
    """
    assert parse_platforms(text)[0].hosts == ()
    assert parse_platforms(text.replace("ages = []", 'ages = []\n    hosts = ["board.example"]'))[
        0
    ].hosts == ("board.example",)
    with pytest.raises(Invalid):
        parse_platforms(text.replace("ages = []", 'ages = []\n    hosts = "board.example"'))
