"""Signatures: over exactly this payload, by exactly this key."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.security.permissions import Role
from smdesk.security.signatures import SigningKey, canonical, fingerprint, sign, verify

KEY = SigningKey.from_seed(bytes(range(32)))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcé ", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
payloads = st.dictionaries(st.text("abcé ", max_size=3), values, max_size=4)


@given(payloads)
def test_a_signature_holds_whatever_order_the_facts_come_in(payload: dict[str, Any]) -> None:
    signature = sign(KEY, payload)
    assert verify(KEY.public, dict(reversed(payload.items())), signature)
    assert not verify(KEY.public, {**payload, "added": 1}, signature)
    assert not verify(SigningKey.generate().public, payload, signature)


def test_the_written_form_never_changes() -> None:
    # Signatures made by an older version must verify for as long as the records are kept.
    payload = {"b": [1, True, None, "é"], "a": {"y": "2026-05-01", "x": Role.DSL}, "empty": ()}
    assert canonical(payload) == (
        '{"a":{"x":"dsl","y":"2026-05-01"},"b":[1,true,null,"é"],"empty":[]}'.encode()
    )
    assert sign(KEY, {"letter": 1}).hex() == sign(SigningKey.from_seed(bytes(range(32))), {"letter": 1}).hex()


@pytest.mark.parametrize(
    "payload", [{"on": date(2026, 5, 1)}, {"share": 0.5}, {"raw": b"x"}, {1: "x"}, {"deep": [{"set": {1}}]}]
)
def test_what_has_two_written_forms_is_refused(payload: Any) -> None:
    with pytest.raises(TypeError):
        canonical(payload)


@given(st.binary(max_size=70), st.binary(max_size=40))
def test_bad_bytes_are_no_signature(signature: bytes, public: bytes) -> None:
    assert not verify(KEY.public, {"letter": 1}, signature)
    assert not verify(public, {"letter": 1}, sign(KEY, {"letter": 1}))


def test_a_true_is_not_a_one() -> None:
    assert not verify(KEY.public, {"approved": True}, sign(KEY, {"approved": 1}))


def test_the_private_half_is_not_shown_or_written_out() -> None:
    assert KEY.seed().hex() not in repr(KEY)
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    with pytest.raises(TypeError):
        copy.deepcopy(KEY)


def test_fingerprints_are_short_and_differ() -> None:
    other = SigningKey.generate()
    assert fingerprint(KEY.public) == fingerprint(SigningKey.from_seed(KEY.seed()).public)
    assert fingerprint(KEY.public) != fingerprint(other.public)
    assert [len(group) for group in fingerprint(KEY.public).split(" ")] == [4] * 8
