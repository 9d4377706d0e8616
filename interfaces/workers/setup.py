"""Sets the platform up, once: log, contracts, calendar, accounts."""

from collections.abc import Callable
from typing import Final

from interfaces.outbound.signer.keyring import checkpoint_signer, contract_address
from interfaces.settings import Settings
from interfaces.wiring import gateway_of, log_of, open_gate, ring_of, witnesses_of
from interfaces.workers.bootstrap import Accounts, Bootstrap, Opening
from interfaces.workers.gateway import Sender

CALENDAR_YEARS: Final = range(2026, 2032)


def run_bootstrap(settings: Settings, say: Callable[[str], None]) -> None:
    """Set the platform up, once; the workers must be running. Raises BootstrapFailed."""
    ring = ring_of(settings)
    accounts = Accounts(
        token_agent=ring.evm_address("token_agent"),
        registry_owner=ring.evm_address("registry_owner"),
        anchorer=ring.evm_address("anchorer"),
        settlement_operator=ring.evm_address("settlement_operator"),
        claim_issuer=ring.evm_address("claim_issuer"),
        listing=ring.evm_address("listing"),
    )
    with gateway_of(settings) as gateway:
        chain_id = gateway.chain_id()
    opening = Opening(
        origin=settings.log,
        verifier_key=checkpoint_signer(ring, settings.log).verifier_key,
        witnesses=tuple(witnesses_of(settings).keys),
        chain_id=chain_id,
        registry=contract_address(accounts.registry_owner, 0),
    )
    log = log_of(settings)
    with open_gate(settings) as gate:
        Bootstrap(
            Sender(gate, "bootstrap"),
            log,
            opening=opening,
            accounts=accounts,
            holidays=bank_holidays(),
            progress=say,
        ).run()
    log.close()


def bank_holidays() -> tuple[str, ...]:
    """Tell the bank holidays of England & Wales, as dates, for the years ahead."""
    import holidays  # noqa: PLC0415 - heavy, and only for the set-up

    found = holidays.country_holidays("GB", subdiv="ENG", years=CALENDAR_YEARS)
    return tuple(sorted(day.isoformat() for day in found))
