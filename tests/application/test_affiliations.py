"""A broker has its pipeline, a partner its tenant (FX14)."""

import pytest

from domain.affiliation.state import IntroduceSubject, JoinTenant, LeaveTenant
from domain.kernel.refusal import Refused
from tests.projections.request_tale import enter
from tests.projections.tale import Tale


@pytest.fixture(scope="module")
def tale() -> Tale:
    """Give the story's people, a broker and a partner."""
    told = Tale()
    told.open()
    enter(told, "bree", "broker")
    enter(told, "paul", "partner")
    return told


@pytest.mark.capability("FX14", part="broker and partner")
def test_ties_are_noted_once_and_end(tale: Tale) -> None:
    """Who brought a subject never changes; a tenancy comes and goes."""
    for command in (
        IntroduceSubject(member="coppergate", broker="bree"),
        IntroduceSubject(member="coppergate", broker="bree"),
        JoinTenant(member="coppergate", partner="paul"),
        JoinTenant(member="coppergate", partner="paul"),
        LeaveTenant(member="coppergate", partner="paul"),
        LeaveTenant(member="coppergate", partner="paul"),
    ):
        tale.system(command)
    written = [e.envelope.type for e in tale.log if e.stream == "affiliation:coppergate"]
    assert written == [
        "affiliation.introduced",
        "affiliation.tenant_joined",
        "affiliation.tenant_left",
    ]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (IntroduceSubject(member="nobody", broker="bree"), "not_found"),
        (IntroduceSubject(member="pennine", broker="paul"), "role_missing"),
        (JoinTenant(member="pennine", partner="bree"), "role_missing"),
        (JoinTenant(member="pennine", partner="nobody"), "not_found"),
    ],
)
def test_only_brokers_bring_and_only_partners_have_tenants(
    tale: Tale, command: IntroduceSubject, code: str
) -> None:
    """And only whom there is."""
    with pytest.raises(Refused) as caught:
        tale.system(command)
    assert code == caught.value.refusal.CODE
