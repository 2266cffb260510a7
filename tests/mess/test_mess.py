"""Messy ledgers of townships whose truth is known: no number is wrong without a problem naming it.

30 townships in the suite; NUANTU_MESS=500 takes as many, from NUANTU_MESS_FROM on.
"""

import os
from collections import Counter

import pytest
from mess.ignoring import MUTANTS
from mess.judge import judge, judge_public
from mess.kinds import KINDS
from mess.ledger import FORMS
from mess.project import EACH, make_project, publish, steps

TOWNSHIPS = int(os.environ.get("NUANTU_MESS", "30"))
FIRST = int(os.environ.get("NUANTU_MESS_FROM", "0"))
REFUSABLE = {"file_lost"}  # a second file of which every row contradicts the first


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """(the project, what is published, its problems), of every ten townships."""
    found = []
    for seed in range(FIRST, FIRST + TOWNSHIPS, EACH):
        project = make_project(seed)
        found.append((project, *publish(project, tmp_path_factory.mktemp("mess"))))
    return found


def test_no_number_is_wrong_without_a_problem_that_names_it(projects):
    wrong = [
        (project.seed + at, fault)
        for project, published, problems in projects
        for at, ledger in enumerate(project.ledgers)
        if not ledger.refused
        for fault in judge(ledger, published, problems)
    ]
    assert wrong[:5] == []


def test_the_public_page_rounds_what_the_tables_say(projects):
    assert [judge_public(published) for _, published, _ in projects] == [[] for _ in projects]


def test_every_kind_and_form_is_among_them(projects):
    ledgers = [ledger for project, *_ in projects for ledger in project.ledgers]
    refused = Counter(code for ledger in ledgers for code in ledger.refused)
    assert set(refused) <= REFUSABLE
    assert refused.total() <= len(ledgers) / 10
    read = Counter(one for ledger in ledgers if not ledger.refused for one in ledger.kinds)
    assert set(read) == {one.name for one in KINDS} == set(MUTANTS) - set(FORMS)
    assert {ledger.form for ledger in ledgers} == set(FORMS)


def is_caught(project, ledger, folder):
    return any(
        step is None or judge(ledger, *step) != [] for step in steps(project.write(folder, ledger))
    )


# The quick suite looks at every eighth; all of them take over a minute.
_CAUGHT = [
    kind if at % 8 == 0 else pytest.param(kind, marks=pytest.mark.long)
    for at, kind in enumerate(MUTANTS)
]


@pytest.mark.parametrize("kind", _CAUGHT)
def test_a_product_that_does_not_know_a_kind_is_caught(projects, kind, monkeypatch, tmp_path):
    own = [
        (project, ledger)
        for project, *_ in projects
        for ledger in project.ledgers
        if not ledger.refused and kind in (*ledger.kinds, ledger.form)
    ]
    for owner, name, instead in MUTANTS[kind]:
        monkeypatch.setattr(owner, name, instead)
    assert any(is_caught(project, ledger, tmp_path) for project, ledger in own)
