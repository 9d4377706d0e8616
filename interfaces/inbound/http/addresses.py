"""Addresses of the chain as people type them."""

from eth_utils.address import is_checksum_address

from domain.kernel.refusal import Refused
from domain.subject.refusals import AddressChecksumWrong


def demand_checksum(address: str) -> None:
    """Go on with an address whose letters are of one case, or fit their checksum (EIP-55).

    Raises Refused ``address_checksum_wrong``.
    """
    digits = address.removeprefix("0x")
    if digits not in {digits.lower(), digits.upper()} and not is_checksum_address(address):
        raise Refused(AddressChecksumWrong(address=address))
